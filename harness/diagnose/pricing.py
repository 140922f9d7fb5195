"""Causes of a wrong amount: the quantity is right, the price's terms say something else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from harness.check import Finding
from harness.check.tiers import grouped
from harness.diagnose.causes import Evidence
from harness.diagnose.evidence import line_shown
from harness.diagnose.rating import ZERO, package_costs, rounded, tiered_cost
from harness.diagnose.registry import PER_USAGE, TIERED, Fit, cause
from harness.diagnose.story import Story
from harness.history import wording
from harness.history.shapes import Invoice, Line, Price

HALF = Decimal("0.5")
MONEY_ROWS = frozenset({"amount", "total", "amount_due"})


@dataclass(frozen=True)
class Bill:
    """What an invoice charges for one quantity under a metered price, and the finding that doubts it.

    Args:
        gap: expected minus actual minor units; None where the finding is about no amount.
    """

    finding: Finding
    invoice: Invoice
    price: Price
    lines: tuple[Line, ...]
    gap: Decimal | None

    @property
    def quantity(self) -> Decimal:
        """The lines' quantities together."""
        return sum((line.quantity for line in self.lines), ZERO)

    @property
    def amount(self) -> Decimal:
        """Their amounts together."""
        return Decimal(sum(line.amount for line in self.lines))


def bills(story: Story) -> Iterator[Bill]:
    """Every metered quantity on an invoice that a finding is about."""
    for finding, invoice in story.about_lines():
        for (price_id, _, _), lines in grouped(invoice.lines).items():
            price = story.facts.prices.get(price_id) if price_id else None
            concerned = price is not None and finding.scope.meter in {None, price.meter}
            if price is not None and price.meter is not None and concerned:
                billed = price.in_currency(invoice.currency)
                yield Bill(finding, invoice, billed, tuple(lines), _gap(finding, invoice.currency))


def _gap(finding: Finding, currency: str) -> Decimal | None:
    for row in finding.rows:
        if row.what in MONEY_ROWS:
            (expected, wanted), (actual, _) = (
                wording.minor_units(row.expected),
                wording.minor_units(row.actual),
            )
            return expected - actual if wanted == currency else None
    return None


def _fit(story: Story, bill: Bill, headline: str, text: str, *, certain: bool = True) -> Fit:
    shown = line_shown(story.facts, bill.invoice, bill.price.id, bill.quantity)
    made = Evidence(shown.n, shown.at, text)
    return Fit(headline, (shown, made), certain=certain, units=ZERO, invoice=bill.invoice.id)


def _worded(bill: Bill, minor: Decimal) -> str:
    return wording.money(minor, bill.invoice.currency)


@cause(
    "U67",
    "the line is worth less than half a minor unit and rounds to 0",
    meaning="Each line is rounded to whole minor units, once, after quantity times unit amount.",
    advice="expect 0, or price a larger unit with `transform_quantity`",
    docs=PER_USAGE,
)
def rounded_to_nothing(story: Story) -> Iterator[Fit]:
    """PRC-24, INV-64."""
    for bill in bills(story):
        worth = bill.quantity * (bill.price.unit_amount or ZERO)
        if bill.gap and bill.gap > 0 and bill.quantity > 0 and bill.amount == 0 and 0 < worth < HALF:
            worded = f"{wording.number(bill.quantity)} x {wording.number(bill.price.unit_amount or ZERO)}"
            text = f"{worded} = {wording.number(worth)} minor units, rounded to 0"
            yield _fit(story, bill, f"worth {wording.number(worth)} minor units, rounded to 0", text)


@cause(
    "U68",
    "packages round the quantity up or down",
    meaning="With `transform_quantity` the quantity is divided and rounded to whole packages before the"
    " price applies.",
    advice="count in packages, or use a price without `transform_quantity`",
    docs=PER_USAGE,
)
def rounded_to_packages(story: Story) -> Iterator[Fit]:
    """PRC-25."""
    for bill in bills(story):
        if bill.price.divide_by is None or not bill.gap:
            continue
        how = "up" if bill.price.round_up else "down"
        costs = package_costs(bill.price, bill.quantity)
        wanted = next((name for name, cost in costs.items() if cost == bill.amount + bill.gap), None)
        size = f"{wording.number(bill.quantity)} in packages of {bill.price.divide_by}, rounded {how}"
        text = f"{size}: {_worded(bill, costs[how])}"
        text += f"; {wanted} it would be {_worded(bill, bill.amount + bill.gap)}" if wanted else ""
        if bill.quantity % bill.price.divide_by or wanted:
            yield _fit(story, bill, size, text, certain=wanted is not None)


@cause(
    "U69",
    "volume tiers were taken for graduated ones, or the reverse",
    meaning="Graduated tiers price the units inside each tier apart; volume tiers price all units at the"
    " tier that the total reaches.",
    advice="make a price with the other `tiers_mode`, or expect the other amount",
    docs=TIERED,
)
def the_other_tiers_mode(story: Story) -> Iterator[Fit]:
    """PRC-26, PRC-27."""
    for bill in bills(story):
        if not bill.price.tiers or bill.price.tiers_mode is None:
            continue
        other = "volume" if bill.price.tiers_mode == "graduated" else "graduated"
        cost = tiered_cost(bill.price, bill.quantity, other)
        if cost != bill.amount and cost in _expected(story, bill):
            mode = bill.price.tiers_mode
            given, other_cost = _worded(bill, bill.amount), _worded(bill, cost)
            text = f"{mode} tiers give {given}, {other} ones would give {other_cost}"
            yield _fit(story, bill, f"the price's tiers are {mode}, not {other}", text)


def _expected(story: Story, bill: Bill) -> list[Decimal]:
    """What the claim expects for the price: from the gap of an amount, or its claimed lines together."""
    found = [] if bill.gap is None else [bill.amount + bill.gap]
    label = story.facts.label_of(bill.price.id)
    lines = story.claim(bill.finding).get("lines", {}).get("lines", [])
    amounts = [
        Decimal(line["amount"]["minor"]) for line in lines if line.get("price") == label and "amount" in line
    ]
    return [*found, sum(amounts, ZERO)] if amounts else found


@cause(
    "U70",
    "the first tier's flat fee is due without any usage",
    meaning="At quantity 0 the flat amount of the first tier is billed, in both modes.",
    advice="make a first tier with `up_to: 1`, the fee as its unit amount and no flat amount",
    docs=TIERED,
)
def flat_fee_at_zero(story: Story) -> Iterator[Fit]:
    """PRC-29."""
    for bill in bills(story):
        fee = rounded(bill.price.tiers[0].flat_amount or ZERO) if bill.price.tiers else ZERO
        unexpected = bill.finding.code == "extra-line" or (bill.gap is not None and bill.gap == -fee)
        if bill.quantity == 0 and fee > 0 and bill.amount == fee and unexpected:
            text = f"the first tier's flat amount is {_worded(bill, fee)}"
            yield _fit(story, bill, f"a flat fee of {_worded(bill, fee)} at zero usage", text)
