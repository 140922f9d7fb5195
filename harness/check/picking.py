"""Which invoice a claim speaks of."""

from __future__ import annotations

from collections.abc import Iterator

from harness.check.groups import THRESHOLD
from harness.history.facts import Facts, Seen
from harness.history.shapes import Invoice, Json


def pick_invoice(facts: Facts, wanted: Json, before: int | None) -> Seen[Invoice] | None:
    """The invoice that an `invoice` claim names, as last seen before entry `before`.

    `cycle` is the invoice of the subscription that bills the cycle (INV-07), `first` the one of its creation
    (INV-08), `latest` the newest by creation, then by order of sight.
    """
    known = list(_of_subscription(facts, wanted.get("subscription"), before))
    if wanted["which"] == "first":
        return next((seen for seen in known if seen.view.reason == "subscription_create"), None)
    if wanted["which"] == "latest":
        return max(enumerate(known), key=lambda each: (each[1].view.created, each[0]), default=(0, None))[1]
    billing = [seen for seen in known if _bills(seen.view, wanted["start"])]
    return max(billing, key=lambda seen: _closeness(seen.view, wanted["end"]), default=None)


def _of_subscription(facts: Facts, label: str | None, before: int | None) -> Iterator[Seen[Invoice]]:
    wanted = None if label is None else facts.id_of("subscription", label)
    for seen in facts.last_invoices(before):
        if label is None or seen.view.subscription == wanted:
            yield seen


def _bills(invoice: Invoice, start: int) -> bool:
    return invoice.reason not in {"subscription_create", THRESHOLD} and invoice.period.start == start


def _closeness(invoice: Invoice, end: int) -> tuple[bool, bool]:
    return invoice.reason == "subscription_cycle", invoice.period.end == end
