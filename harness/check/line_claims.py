"""Claims about an invoice's lines: an exact set or a part of one, matched one to one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from harness.check.findings import Finding, Row, Scope, Verdict
from harness.check.groups import source_of
from harness.check.matching import match_one_to_one, pair_the_rest
from harness.check.tiers import tiers_of
from harness.history import wording
from harness.history.entries import Claimed
from harness.history.facts import Facts
from harness.history.shapes import Invoice, Json, Line, Period


@dataclass(frozen=True)
class ShownLine:
    """A line as claims speak of it: its price's label, its tier, its currency."""

    line: Line
    price: str | None
    tier: int | None
    currency: str


def check_lines(facts: Facts, claimed: Claimed, invoice: Invoice) -> list[Finding]:
    """Every expected line has one line of its own; with an exact set nothing is left over."""
    context = _Context(facts, claimed, invoice)
    if not invoice.lines_complete:
        return [
            context.finding(
                "unseen-lines", claimed.line, None, (), "not all of its lines were seen", "unknown"
            )
        ]
    wanted, shown = claimed.claim["lines"]["lines"], shown_lines(facts, invoice)
    pairs = match_one_to_one(wanted, shown, lambda claim, line: not differences(claim, line))
    missing = [position for position in range(len(wanted)) if position not in pairs]
    spare = [position for position in range(len(shown)) if position not in pairs.values()]
    nearest = pair_the_rest(missing, spare, lambda want, there: _likeness(wanted[want], shown[there]))
    found = [
        context.different(want, shown[nearest[want]]) if want in nearest else context.missing(want)
        for want in missing
    ]
    if claimed.claim["lines"]["exact"]:
        found += [context.unexpected(shown[each]) for each in spare if each not in nearest.values()]
    return found


def shown_lines(facts: Facts, invoice: Invoice) -> list[ShownLine]:
    """An invoice's lines in its order."""
    tiers = tiers_of(invoice.lines, facts.prices, invoice.currency)
    return [
        ShownLine(line, facts.label_of(line.price), tiers.get(line.id), invoice.currency)
        for line in invoice.lines
    ]


def differences(claim: Json, shown: ShownLine) -> tuple[Row, ...]:
    """Where a line is not as claimed; what the claim leaves out isn't looked at."""
    return tuple(row for row in _compared(claim, shown) if row.expected != row.actual)


def describe(shown: ShownLine) -> str:
    """`per-call, quantity 40, 0.80 usd`."""
    tier = f" tier {shown.tier}" if shown.tier else ""
    quantity = wording.number(shown.line.quantity)
    amount = wording.money(shown.line.amount, shown.currency)
    less = f", less {wording.money(shown.line.discounted, shown.currency)}" if shown.line.discounted else ""
    return f"{shown.price or shown.line.description or 'no price'}{tier}, quantity {quantity}, {amount}{less}"


def _compared(claim: Json, shown: ShownLine) -> list[Row]:
    line = shown.line
    rows = []
    if "price" in claim:
        rows.append(Row("price", claim["price"], shown.price or "none"))
    if "tier" in claim:
        rows.append(Row("tier", str(claim["tier"]), str(shown.tier or "none")))
    if "quantity" in claim:
        rows.append(
            Row("quantity", wording.number(Decimal(claim["quantity"])), wording.number(line.quantity))
        )
    for what, there in (("amount", line.amount), ("discount", line.discounted)):
        if what in claim:
            wanted = wording.money(Decimal(claim[what]["minor"]), claim[what]["currency"])
            rows.append(Row(what, wanted, wording.money(there, shown.currency)))
    if "period" in claim:
        period = claim["period"]
        shown_period = wording.span(line.period.start, line.period.end)
        rows.append(Row("period", wording.span(period["start"], period["end"]), shown_period))
    if "proration" in claim:
        rows.append(Row("proration", str(claim["proration"]).lower(), str(line.proration).lower()))
    return rows


def _likeness(claim: Json, shown: ShownLine) -> tuple[int, ...]:
    """How like a line is to a claim: a claimed price must agree, then the tier, then as much as possible."""
    differing = {row.what for row in differences(claim, shown)}
    return (int("price" not in differing), int("tier" not in differing), len(claim) - len(differing))


@dataclass(frozen=True)
class _Context:
    """Words the findings of one invoice's lines."""

    facts: Facts
    claimed: Claimed
    invoice: Invoice

    @property
    def name(self) -> str:
        return str(self.claimed.claim["invoice"]["name"])

    def different(self, want: int, shown: ShownLine) -> Finding:
        claim = self._claim(want)
        rows = differences(claim, shown)
        first = rows[0]
        by_name = {row.what: row for row in rows}
        if "quantity" in by_name and self._source(shown.line.price):
            said = _units_said(by_name["quantity"])
        else:
            said = f"{self._which(want)} has {first.what} {first.actual}, not {first.expected}"
        return self.finding("line", claim["line"], want, rows, said, price=shown.line.price)

    def missing(self, want: int) -> Finding:
        claim = self._claim(want)
        label = claim.get("price")
        quantity = f", quantity {claim['quantity']}" if "quantity" in claim else ""
        row = Row("line", f"{label or 'one'}{quantity}", "none")
        price = self.facts.id_of("price", label) if label else None
        metered = "quantity" in claim and self._source(price) is not None
        expected = f", {claim['quantity']} units expected" if metered else ""
        said = f"there is no {self._which(want)}{expected}"
        return self.finding("missing-line", claim["line"], want, (row,), said, price=price)

    def unexpected(self, shown: ShownLine) -> Finding:
        row = Row("line", "none", describe(shown))
        said = f"a line that nobody expects: {describe(shown)}"
        return self.finding("extra-line", self.claimed.line, None, (row,), said, price=shown.line.price)

    def finding(
        self,
        code: str,
        line: int,
        want: int | None,
        rows: tuple[Row, ...],
        said: str,
        verdict: Verdict = "failed",
        price: str | None = None,
    ) -> Finding:
        title = f"expect invoice {self.name}" + (
            f", {self._which(want)}" if want is not None else ", its lines"
        )
        invoice = self.invoice
        scope = Scope(self._source(price), invoice.customer, invoice.subscription, self._period())
        return Finding(
            code=code,
            line=line,
            entry=self.claimed.n,
            invoice=invoice.id,
            title=title,
            rows=rows,
            verdict=verdict,
            summary=f"{self.name}: {said}",
            scope=scope,
        )

    def _claim(self, want: int) -> Json:
        claim: Json = self.claimed.claim["lines"]["lines"][want]
        return claim

    def _which(self, want: int) -> str:
        claim = self._claim(want)
        words = [claim["price"]] if "price" in claim else []
        words += [f"tier {claim['tier']}"] if "tier" in claim else []
        return f"line {want + 1}" + (f" ({', '.join(words)})" if words else "")

    def _source(self, price: str | None) -> str | None:
        """The meter, or the item on usage records, that a price's quantity comes from."""
        items = (line.item for line in self.invoice.lines if line.price == price)
        return source_of(self.facts, price, next(items, None))

    def _period(self) -> Period:
        wanted = self.claimed.claim["invoice"]
        return Period(wanted["start"], wanted["end"]) if "start" in wanted else self.invoice.period


def _units_said(row: Row) -> str:
    expected, actual = Decimal(row.expected), Decimal(row.actual)
    if actual < expected:
        return f"{row.actual} of {row.expected} units billed"
    return f"{row.actual} units billed, not {row.expected}"
