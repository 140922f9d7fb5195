"""The lines of a credit note: read from a request, worked out against the invoice."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from harness.simulator.billing.notes import Billed, in_proportion, taken_along
from harness.simulator.billing.rounding import to_cents
from harness.simulator.objects.credit_note import NoteLine, TakenBack
from harness.simulator.objects.tax_rate import Tax
from harness.simulator.wire.errors import StripeError, invalid
from harness.simulator.wire.params import merge_metadata

if TYPE_CHECKING:
    from harness.simulator.objects.invoice import Invoice
    from harness.simulator.objects.invoice_line import Line

ASSUMED = {
    "either way": "A line with a quantity may be credited by an amount too, if it was before or not at all;"
    " elsewhere the same page says that it can't.",
    "whole": "A note of an amount alone has one custom line.",
    "shown": "A line that is credited by an amount shows neither a quantity nor a unit amount.",
    "custom": "A custom line needs a description, a quantity and a unit amount.",
    "taken along": "Discounts and billing credits are taken back in proportion, rounded over all notes of a"
    " line.",
    "words": "Stripe's refusals of lines.",
}
"""What Stripe's documentation leaves open here: all of it unverified."""
_OF_INVOICE_LINES = ("amount", "invoice_line_item")
_OF_CUSTOM_LINES = ("description", "unit_amount", "unit_amount_decimal")


def for_amount(cents: int) -> list[NoteLine]:
    """The line of a note that names an amount alone (ASSUMED: whole)."""
    return [NoteLine(cents, None, quantity=1, unit_amount=Decimal(cents))]


def read(invoice: Invoice, asked: list[dict[str, Any]]) -> list[NoteLine]:
    """The lines that a request asks for; each may name a line of the invoice that another names too.

    Raises:
        StripeError: 400 for what the invoice doesn't have, or has no more.
    """
    made: list[NoteLine] = []
    for place, entry in enumerate(asked):
        name = f"lines[{place}]"
        wrong = _OF_CUSTOM_LINES if entry["type"] == "invoice_line_item" else _OF_INVOICE_LINES
        if odd := [key for key in wrong if entry.get(key) is not None]:
            param = f"{name}[{odd[0]}]"
            raise invalid(f"`{odd[0]}` can't be used with a line of the type {entry['type']}.", param=param)
        line = (
            _of_line(invoice, entry, made, name)
            if entry["type"] == "invoice_line_item"
            else _custom(entry, name)
        )
        line.metadata = merge_metadata({}, entry.get("metadata") or {})
        made.append(line)
    return made


def _custom(entry: dict[str, Any], name: str) -> NoteLine:
    whole, exact = entry.get("unit_amount"), entry.get("unit_amount_decimal")
    for key, value in (("description", entry.get("description")), ("quantity", entry.get("quantity"))):
        if value is None:
            raise _missing(f"{name}[{key}]")
    if whole is None and exact is None:
        raise _missing(f"{name}[unit_amount]")
    if whole is not None and exact is not None:
        raise invalid(
            "You may only specify one of these parameters: unit_amount, unit_amount_decimal.",
            param=f"{name}[unit_amount]",
        )
    unit = Decimal(whole or 0) if exact is None else exact
    cents = to_cents(Fraction(unit) * entry["quantity"])
    return NoteLine(cents, entry["description"], quantity=entry["quantity"], unit_amount=unit)


def _of_line(invoice: Invoice, entry: dict[str, Any], made: list[NoteLine], name: str) -> NoteLine:
    if entry.get("invoice_line_item") is None:
        raise _missing(f"{name}[invoice_line_item]")
    line = next((each for each in invoice.lines if each.id == entry["invoice_line_item"]), None)
    if line is None:
        raise invalid(
            f"No such invoice line item: '{entry['invoice_line_item']}' on invoice {invoice.id}",
            code="resource_missing",
            param=f"{name}[invoice_line_item]",
        )
    units, cents = entry.get("quantity"), entry.get("amount")
    if (units is None) == (cents is None):
        raise invalid("Credit a line by either `quantity` or `amount`.", param=f"{name}[amount]")
    earlier = [*_credited(invoice, line), *(each for each in made if each.line == line.id)]
    _check_way(earlier, units, name)
    if units is not None:
        return _by_quantity(line, units, earlier, name)
    return _by_amount(line, int(cents or 0), earlier, name)


def _credited(invoice: Invoice, line: Line) -> list[NoteLine]:
    """What notes that stand have credited of a line."""
    notes = [note for note in invoice.notes if note.issued]
    return [each for note in notes for each in note.lines if each.line == line.id]


def _check_way(earlier: list[NoteLine], units: int | None, name: str) -> None:
    """A line goes on being credited by what it was first credited by (INV-88)."""
    if earlier and (earlier[0].quantity is None) != (units is None):
        first = "amount" if earlier[0].quantity is None else "quantity"
        raise invalid(f"This line was credited by {first} before and can't be by anything else.", param=name)


def _by_quantity(line: Line, units: int, earlier: list[NoteLine], name: str) -> NoteLine:
    before = sum(each.quantity or 0 for each in earlier)
    quantity = line.quantity or Decimal(0)
    if before + units > quantity:
        raise invalid(
            f"You can't credit {units} of this line: it has a quantity of {quantity.normalize():f}, of which "
            f"{before} were credited before.",
            param=f"{name}[quantity]",
        )
    billed = Billed(line.amount_cents, line.quantity, line.unit_amount)
    cents = billed.worth(before + units) - billed.worth(before)
    made = _note_line(line, cents, earlier)
    made.quantity, made.unit_amount = units, line.unit_amount
    return made


def _by_amount(line: Line, cents: int, earlier: list[NoteLine], name: str) -> NoteLine:
    """An amount of a line's own sign, and no more than is left of it (INV-89)."""
    left = line.amount_cents - sum(each.amount_cents for each in earlier)
    if not (0 < cents <= left or left <= cents < 0):
        raise invalid(
            f"You can't credit {cents} of this line: {left} is left of it.", param=f"{name}[amount]"
        )
    return _note_line(line, cents, earlier)


def _note_line(line: Line, cents: int, earlier: list[NoteLine]) -> NoteLine:
    parts = [TakenBack(each.cents, each.discount.id, own=each.own) for each in line.taken if each.cents]
    parts += [TakenBack(each.amount_cents, credit=each.transaction) for each in line.credits]
    before = sum(each.amount_cents for each in earlier)
    shares = taken_along(line.amount_cents, [part.cents for part in parts], before, cents)
    taken = [
        TakenBack(share, part.discount, part.credit, part.own)
        for share, part in zip(shares, parts, strict=True)
    ]
    made = NoteLine(cents, line.description, line=line.id, taken=tuple(each for each in taken if each.cents))
    _take_taxes(line, made, sum(each.net_cents for each in earlier))
    return made


def _take_taxes(line: Line, made: NoteLine, before_cents: int) -> None:
    """Taxes go with what is left of a line after discounts and credits (taxing.ASSUMED: notes)."""
    whole = line.net_cents - line.credit_cents

    def share(*parts: int) -> list[int]:
        return in_proportion(whole, parts, before_cents, made.net_cents)

    [made.relief_cents] = share(line.relief_cents)
    made.taxes = tuple(Tax(each.rate, *share(each.cents, each.taxable_cents)) for each in line.taxes)


def _missing(param: str) -> StripeError:
    return invalid(f"Missing required param: {param}.", code="parameter_missing", param=param)
