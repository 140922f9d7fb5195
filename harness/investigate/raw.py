"""The objects of a reading as Stripe answered them, for what no view of the facts holds."""

from __future__ import annotations

from harness.history.entries import Called
from harness.history.facts import Facts
from harness.history.shapes import Json, oldest_first


def newest(facts: Facts, stripe_id: str) -> Json:
    """An object as last answered; empty where no answer held it."""
    found: Json = {}
    for call in facts.all(Called):
        if call.status < 400:
            found = next((each for each in oldest_first(call.answer) if each.get("id") == stripe_id), found)
    return found
