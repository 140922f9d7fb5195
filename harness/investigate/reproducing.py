"""From an explained invoice to a scenario that tells it again: labels for ids, cycles for dates, no names."""

from __future__ import annotations

from decimal import Decimal

from harness.history import wording
from harness.history.shapes import Invoice
from harness.investigate.cast import CUSTOMER, SUBSCRIPTION, CannotReproduce, Cast, cast_of
from harness.investigate.explaining import Explained
from harness.investigate.steps import grace_of, lost_units, steps_of
from harness.investigate.times import absolute, length
from harness.investigate.writing import block

__all__ = ["CannotReproduce", "scenario_text"]

CYCLE = "subscription_cycle"


def scenario_text(explained: Explained, *, personal: bool = False) -> str:
    """A scenario file in which the same lines come about.

    Raises:
        CannotReproduce: the invoice is no cycle's, or bills what scenarios cannot tell.
    """
    facts = explained.facts
    seen = facts.invoice(explained.invoice)
    if seen is None or seen.view.reason != CYCLE:
        reason = seen.view.reason if seen else "unknown"
        raise CannotReproduce(
            f"{explained.invoice} bills no cycle ({reason}); only a cycle's invoice is told again"
        )
    invoice = seen.view
    owner = facts.subscription(invoice.subscription) if invoice.subscription else None
    if owner is None:
        raise CannotReproduce(f"{invoice.id}: its subscription could not be read")
    cast = cast_of(facts, invoice, owner.view, personal=personal)
    steps = steps_of(explained, cast, invoice)
    return "\n".join(
        [
            *_head(explained, cast, invoice),
            *_declared(cast, invoice),
            "steps:",
            *steps,
            *_lost(explained, cast, invoice),
            "",
        ]
    )


def _head(explained: Explained, cast: Cast, invoice: Invoice) -> list[str]:
    """The title, and in comments what is not as it was."""
    days = f"{wording.instant(cast.cycle.start)[:10]} to {wording.instant(cast.cycle.end)[:10]}"
    lines = list(block("scenario", f"An invoice for {days} told again"))
    lines += list(block("about", "Made from an account's invoice; ids are replaced by labels."))
    notes = list(dict.fromkeys(cast.notes))
    if any(row.usage.found == "meter" for account in explained.checked.accounts for row in account.rows):
        notes.append("usage is known by the hour, from the meter: one event stands for all of an hour")
    if invoice.status not in {"draft", "open", "paid"}:
        notes.append(f"the invoice is {invoice.status} by now; that is not told")
    return [*lines, *(f"# Not as in the account: {note}." for note in notes)]


def _declared(cast: Cast, invoice: Invoice) -> list[str]:
    lines = list(block("clock", absolute(cast.cycle.opens_at)))
    lines += list(block("meters", cast.meters)) if cast.meters else []
    lines += list(block("prices", cast.prices))
    lines += list(block("customers", {CUSTOMER: cast.customer}))
    lines += list(block("subscriptions", {SUBSCRIPTION: cast.subscription}))
    grace = grace_of(invoice)
    return lines + (list(block("simulator", {"finalization_grace": length(grace)})) if grace else [])


def _lost(explained: Explained, cast: Cast, invoice: Invoice) -> list[str]:
    """The claims that would make a passing test of it, as comments: unclaimed, the run explains the loss."""
    found = lost_units(explained, cast, invoice)
    if not found:
        return []
    claims = [
        f"  # - expect: {{usage: {{meter: {meter}, customer: {CUSTOMER}, never_billed: {units}}}}}"
        for meter, units in _worded(found)
    ]
    return [
        "  # Usage is lost here, and `harness run` says why. To keep this as a test that passes:",
        *claims,
    ]


def _worded(found: dict[str, Decimal]) -> list[tuple[str, str]]:
    return [(meter, wording.number(units)) for meter, units in found.items()]
