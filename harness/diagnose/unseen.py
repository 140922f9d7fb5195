"""What no trace can show: causes that stay unseen, and those that can never be more than likely."""

from __future__ import annotations

UNSEEN: dict[str, str] = {}
"""Causes of the catalogue without a finder, each with the reason; at present every one shows somewhere."""

ONLY_LIKELY: dict[str, str] = {
    "U05": "nothing in the facts says which customer was meant",
    "U61": "increments may grow as a counter does",
    "U71": "nothing in the facts says which unit was meant",
    "U72": "what the application made of an answer is not in the facts",
    "U73": "the facts don't say where the application's midnight is",
    "U78": "the same number may be used twice",
}
"""Causes that are about what somebody meant, by code, with what is lacking for certainty."""
