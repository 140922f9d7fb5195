"""Stories that an account cannot tell: it no longer has what the scenario's API version had."""

from __future__ import annotations

from collections.abc import Sequence

from harness.history.entries import Called, Entry, Refused
from harness.run.usage import RECORDS

BASIL = "2025-03-31"
"""From this API version on legacy prices and usage records are gone for everybody (LEG-22)."""

NO_LEGACY_PRICES = "metered prices must be backed by meters"  # PRC-02
NO_SUCH_URL = "Unrecognized request URL"  # LEG-24


def unavailable(entries: Sequence[Entry], api_version: str) -> str | None:
    """Stripe's own message, when it is the account that lacks what an older API version has; else None.

    Whether accounts made after 2025-03-31.basil get legacy prices and usage records with an older version
    header is unknown (LEG-25, UNK-39). An account that refuses them says nothing about the story; a story
    that asks for them with a newer version is at fault itself.
    """
    refusals = (entry for entry in reversed(entries) if isinstance(entry, Refused))
    last = next(refusals, None)
    if last is None or last.expected or api_version[:10] >= BASIL:
        return None
    call = entries[last.call - 1] if last.call else None
    if not isinstance(call, Called):
        return None
    no_price = NO_LEGACY_PRICES in last.message
    no_records = RECORDS.fullmatch(call.path) is not None and NO_SUCH_URL in last.message
    return f"this account has no legacy usage records: {last.message}" if no_price or no_records else None
