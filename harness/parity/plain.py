"""Stripe's objects without what differs from run to run: ids become names, wall times and links go."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from harness.history.times import holds_clock_time

Json = dict[str, Any]

LEFT_OUT = frozenset(
    (
        # names, links and secrets of the account (LIV-31)
        *("hosted_invoice_url", "invoice_pdf", "number", "client_secret", "account_name", "account_country"),
        *("receipt_number", "invoice_prefix", "confirmation_secret", "issuer", "payment_settings", "url"),
        *("statement_descriptor", "customer_name", "customer_email", "footer", "rendering"),
        # texts for people: Stripe's wording is never claimed (LIV-31, INV-66)
        *("description", "display_name", "nickname"),
        # what a shared account adds to find things again
        *("metadata", "lookup_key", "test_clock", "livemode"),
        # wall time, and what happens in it (CLK-55, INV-27)
        *("webhooks_delivered_at", "payments", "latest_charge", "next_pending_invoice_item_invoice"),
    )
)
"""Members that are not compared, wherever they stand."""

_ID = re.compile(r"([a-z]+(?:_[a-z]+)*)_(?:test_)?[A-Za-z0-9]{3,}")


class Plain:
    """Makes objects plain, with one memory of names, so that equal ids stay equal."""

    def __init__(self, labels: dict[str, str], run_id: str = "") -> None:
        self._names = dict(labels)
        self._prefix = f"{run_id}-" if run_id else ""
        self._counts: dict[str, int] = {}

    def of(self, value: Any) -> Any:
        """The value without ids, wall times and what is left out."""
        if isinstance(value, dict):
            return {name: self._member(value, name) for name in sorted(value) if name not in LEFT_OUT}
        if isinstance(value, list):
            return [self.of(member) for member in value]
        return self.name(value) if isinstance(value, str) else value

    def _member(self, owner: Json, name: str) -> Any:
        value = owner[name]
        if isinstance(value, int) and not isinstance(value, bool):
            if holds_clock_time(owner, name):
                return instant(value)
            if name == "created":
                return "(wall time)"
        if name == "id" and isinstance(value, str):
            return "(id)"
        return self.of(value)

    def name(self, text: str) -> str:
        """The label behind an id, or `(kind n)` in order of appearance; any other text as it is."""
        if text in self._names:
            return self._names[text]
        found = _ID.fullmatch(text)
        if found is None or not any(letter.isdigit() or letter.isupper() for letter in text):
            return text
        kind = found[1].partition("_sim")[0]
        self._counts[kind] = self._counts.get(kind, 0) + 1
        self._names[text] = f"({kind} {self._counts[kind]})"
        return self._names[text]

    def within(self, text: str) -> str:
        """A text with every id in it named."""
        without = text.replace(self._prefix, "") if self._prefix else text
        return _ID.sub(lambda found: self.name(found[0]), without)


def instant(unix: int) -> str:
    """Clock time as text."""
    return datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%d %H:%M:%S")
