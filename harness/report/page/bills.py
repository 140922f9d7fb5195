"""Each invoice as a bill: its lines with their working, and beside each what the scenario expects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple

from harness.check.findings import Row
from harness.check.line_claims import ShownLine, differences, shown_lines
from harness.check.matching import match_one_to_one, pair_the_rest
from harness.check.picking import pick_invoice
from harness.diagnose.evidence import first_shown
from harness.history import wording
from harness.history.entries import Claimed
from harness.history.facts import Facts
from harness.history.shapes import Invoice, Json
from harness.report.page.naming import invoice_name
from harness.report.page.working import working

Verdict = Literal["as expected", "differs", "missing", "not expected", "not claimed"]


@dataclass(frozen=True)
class BillLine:
    """A line as billed beside the line expected; either side may be missing.

    Args:
        line: the scenario's line that claims it.
    """

    title: str
    period: str
    quantity: str
    amount: str
    working: str
    verdict: Verdict
    expected: tuple[Row, ...] = ()
    wanted: str = ""
    line: int | None = None


@dataclass(frozen=True)
class Bill:
    """An invoice with its claims; `n` is the entry that showed it first, `heads` compares status and sums."""

    id: str
    n: int
    name: str
    status: str
    period: str
    total: str
    heads: tuple[Row, ...]
    lines: tuple[BillLine, ...]
    complete: bool

    @property
    def differs(self) -> bool:
        """Whether anything is not as expected."""
        fine = {"as expected", "not claimed"}
        return any(line.verdict not in fine for line in self.lines) or any(
            row.expected != row.actual for row in self.heads
        )


def bills(facts: Facts) -> list[Bill]:
    """Every invoice as last seen, in order of first sight."""
    claims = _claims(facts)
    return [_bill(facts, seen.view, claims.get(seen.view.id, [])) for seen in facts.last_invoices()]


class _Claim(NamedTuple):
    """What a step claims of an invoice, and the invoice as it was then."""

    says: Json
    then: Invoice


def _claims(facts: Facts) -> dict[str, list[_Claim]]:
    found: dict[str, list[_Claim]] = {}
    for claimed in facts.all(Claimed):
        about = claimed.claim.get("invoice")
        if about and (seen := pick_invoice(facts, about, claimed.n)):
            found.setdefault(seen.view.id, []).append(_Claim(claimed.claim, seen.view))
    return found


def _bill(facts: Facts, invoice: Invoice, claims: Sequence[_Claim]) -> Bill:
    final = (
        f"final {wording.instant(invoice.finalized_at)}" if invoice.finalized_at is not None else "not final"
    )
    made = f"made {wording.instant(invoice.created)}"
    noted = wording.given_back(invoice.noted_before, invoice.noted_after, invoice.currency)
    taxed = wording.added_tax(invoice.taxed, invoice.currency)
    heads = [row for claim in claims for row in _heads(claim, invoice)]
    return Bill(
        id=invoice.id,
        n=first_shown(facts, invoice.id),
        name=invoice_name(facts, invoice),
        status=", ".join(each for each in (invoice.status, made, final, taxed, noted) if each),
        period=wording.span(invoice.period.start, invoice.period.end),
        total=wording.money(invoice.total, invoice.currency),
        heads=tuple(dict.fromkeys(heads)),
        lines=tuple(_lines(facts, invoice, claims)),
        complete=invoice.lines_complete,
    )


def _heads(claim: _Claim, invoice: Invoice) -> list[Row]:
    """The claims beside what was there when they were made, which may have been another status."""
    says, then = claim
    when = "" if then.status == invoice.status else f"while {then.status}, "
    rows = [Row(f"{when}status", says["status"], then.status)] if "status" in says else []
    if "finalized" in says:
        final = then.finalized_at is not None
        rows.append(Row(f"{when}final", "yes" if says["finalized"] else "no", "yes" if final else "no"))
    for name, actual in (("total", then.total), ("amount_due", then.amount_due)):
        if name in says:
            wanted = wording.money(Decimal(says[name]["minor"]), says[name]["currency"])
            rows.append(Row(when + name.replace("_", " "), wanted, wording.money(actual, then.currency)))
    return rows


def _lines(facts: Facts, invoice: Invoice, claims: Sequence[_Claim]) -> list[BillLine]:
    """The lines with the claims of the last step that saw them so: a draft's may have changed since."""
    shown = shown_lines(facts, invoice)
    seen = [
        each.says["lines"] for each in claims if "lines" in each.says and each.then.lines == invoice.lines
    ]
    if not seen:
        return [_line(facts, each, None, "not claimed") for each in shown]
    wanted: list[Json] = seen[-1]["lines"]
    pairs = match_one_to_one(wanted, shown, lambda want, there: not differences(want, there))
    missing = [place for place in range(len(wanted)) if place not in pairs]
    spare = [place for place in range(len(shown)) if place not in pairs.values()]
    near = pair_the_rest(missing, spare, lambda want, there: _likeness(wanted[want], shown[there]))
    by_line = {there: want for want, there in (pairs | near).items()}
    unclaimed: Verdict = "not expected" if seen[-1]["exact"] else "not claimed"
    found = []
    for place, each in enumerate(shown):
        want = by_line.get(place)
        verdict: Verdict = unclaimed if want is None else "as expected" if want in pairs else "differs"
        found.append(_line(facts, each, None if want is None else wanted[want], verdict))
    return found + [_missing(wanted[want]) for want in missing if want not in near]


def _likeness(want: Json, there: ShownLine) -> tuple[int, ...]:
    differing = {row.what for row in differences(want, there)}
    return (int("price" not in differing), int("tier" not in differing), len(want) - len(differing))


def _line(facts: Facts, shown: ShownLine, want: Json | None, verdict: Verdict) -> BillLine:
    line = shown.line
    tier = f", tier {shown.tier}" if shown.tier else ""
    kind = ", proration" if line.proration else ", invoice item" if line.from_invoice_item else ""
    return BillLine(
        title=f"{shown.price or line.description or 'no price'}{tier}{kind}",
        period=wording.span(line.period.start, line.period.end),
        quantity=wording.number(line.quantity),
        amount=wording.money(line.amount, shown.currency),
        working=_working(facts, shown),
        verdict=verdict,
        expected=differences(want, shown) if want else (),
        wanted=_wanted(want) if want else "",
        line=want.get("line") if want else None,
    )


def _working(facts: Facts, shown: ShownLine) -> str:
    """How the amount comes about, and what discounts take off it."""
    line = shown.line
    price = facts.prices.get(line.price) if line.price else None
    said = [working(line, price and price.in_currency(shown.currency), shown.tier, shown.currency)]
    if line.discounted:
        said.append(f"less {wording.money(line.discounted, shown.currency)}")
    return ", ".join(each for each in said if each)


def _missing(want: Json) -> BillLine:
    title = str(want.get("price", "a line")) + (f", tier {want['tier']}" if "tier" in want else "")
    return BillLine(title, "", "", "", "", "missing", (), _wanted(want), want.get("line"))


def _wanted(want: Json) -> str:
    """`quantity 40, amount 0.80 usd, in cycle1`: the claims in the scenario's own terms."""
    parts = [f"quantity {want['quantity']}"] if "quantity" in want else []
    if "amount" in want:
        parts.append(wording.money(Decimal(want["amount"]["minor"]), want["amount"]["currency"]))
    if "discount" in want:
        parts.append(
            f"less {wording.money(Decimal(want['discount']['minor']), want['discount']['currency'])}"
        )
    if "period" in want:
        parts.append(f"for {want['period']['name']}")
    if "proration" in want:
        parts.append("a proration" if want["proration"] else "no proration")
    return ", ".join(parts) or "to be there"
