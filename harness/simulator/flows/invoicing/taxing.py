"""Taxes at work: which rates apply to a line, what they levy, and whom they spare."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from harness.simulator.billing.taxes import levies
from harness.simulator.objects.tax_rate import Tax

if TYPE_CHECKING:
    from harness.simulator.objects.customer import Customer
    from harness.simulator.objects.invoice import Invoice
    from harness.simulator.objects.invoice_line import Line
    from harness.simulator.objects.tax_rate import TaxRate
    from harness.simulator.world import World

ASSUMED = {
    "rounding": "An account that has chosen nothing rounds each rate on each line (INV-104).",
    "several": "Several inclusive rates on a line share one net price (INV-103).",
    "negative": "Credits and negative items are taxed as charges are, with the sign turned (INV-103).",
    "prorations": "A proration keeps the rates of its subscription item, a flexible credit those that its"
    " time was billed with; without any it gets the defaults of the invoice that it joins.",
    "drafts": "New rates on a subscription or its items are for invoices still to be made.",
    "exempt": "An exempt customer's lines show no taxes at all (INV-105).",
    "subtotal": "`subtotal_excluding_tax` lacks the tax that is in the lines before an invoice's discounts.",
    "thresholds": "Billing thresholds look at amounts without inclusive tax too (CHG-36).",
    "older": "Before 2025-03-31.basil a line's `tax_rates` are those that have taxed it, and its"
    " `taxability_reason` is null (INV-107).",
    "notes": "A credit note takes a line's taxes back in proportion to what it credits after discounts and"
    " billing credits, rounded over all notes of the line; one of an amount alone shows no tax (INV-90).",
    "phases": "A schedule's phase sets the default rates anew: without any there are none. What a renewal"
    " bills of the phase before keeps the rates of then.",
}
"""What Stripe's documentation leaves open here: all of it unverified."""

_SPARED = frozenset({"exempt", "reverse"})


def exemption(world: World, invoice: Invoice) -> str:
    """The customer's `tax_exempt`, as it is until an invoice is finalized and then stays."""
    if invoice.exemption is not None:
        return invoice.exemption
    plain = world.customers[invoice.customer].plain | invoice.customer_details
    return plain.get("tax_exempt") or "none"


def assess(world: World, invoice: Invoice) -> None:
    """Work out the taxes of an invoice's lines again, after anything about them has changed."""
    levy(invoice.lines, invoice.tax_rates, exempt=exemption(world, invoice) in _SPARED)


def is_exempt(customer: Customer) -> bool:
    """Whether a customer is charged no tax (INV-105)."""
    return customer.plain.get("tax_exempt") in _SPARED


def levy(lines: Iterable[Line], defaults: tuple[TaxRate, ...], *, exempt: bool) -> None:
    """Tax what discounts and billing credits leave of each line (INV-74, INV-102, INV-103).

    Inclusive tax is backed out of what exempt customers pay (INV-105).
    """
    for line in lines:
        line.applied = defaults if line.rates is None else line.rates
        cents = line.net_cents - line.credit_cents
        taxed = levies(cents, [each.rate for each in line.applied])
        inside = sum(tax for rate, tax in zip(line.applied, taxed, strict=True) if rate.inclusive)
        line.relief_cents = inside if exempt else 0
        line.taxes = ()
        if not exempt:
            line.taxes = tuple(
                Tax(rate, tax, cents - inside) for rate, tax in zip(line.applied, taxed, strict=True)
            )


def follow_customer(world: World, customer: Customer) -> None:
    """A customer's exemption has changed: so have the taxes of what is not final yet."""
    for invoice in world.agenda.invoices_of(customer.id):
        if invoice.status == "draft":
            assess(world, invoice)
