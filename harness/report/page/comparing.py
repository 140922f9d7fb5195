"""Two runs of the same cases side by side: what each bills and accounts for, and where they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from jinja2 import Environment
from markupsafe import Markup

from harness.check.line_claims import shown_lines
from harness.history import wording
from harness.history.facts import Facts
from harness.history.shapes import Invoice
from harness.report.page.body import CaseBody, read_body
from harness.report.page.cases import OUTCOMES, CasePage, Judged, TraceSource, judge_entries, read_case
from harness.report.page.head import head_of
from harness.report.page.masking import Masker
from harness.report.page.naming import FATES, account_name, invoice_name
from harness.report.page.rendering import asset, make_environment
from harness.report.page.scale import short_length

Verdict = Literal["differs", "alone", "same"]
VERDICTS: dict[Verdict, str] = {"differs": "differs", "alone": "only in one run", "same": "same"}
"""In words, worst first."""
NOTHING = "nothing"
Field = tuple[str, str, str, str]
"""A field on which the runs disagree: its path, both values, and the facts about Stripe concerned."""
Fields = Mapping[str, Sequence[Field]]
"""By `file::case`."""
NO_FIELDS: Fields = MappingProxyType({})
MOST_DRAWN = 300
"""Pairs with timelines, differing ones first; the rest would only make the page slow."""


@dataclass(frozen=True)
class Pair:
    """A case of both runs; one side is None where only the other run has it."""

    left: CasePage | None
    right: CasePage | None
    rows: tuple[Compared, ...]
    fields: tuple[Field, ...] = ()

    @property
    def page(self) -> CasePage:
        """The side that is there."""
        one = self.left or self.right
        if one is None:
            raise ValueError("a pair has at least one side")
        return one

    @property
    def verdict(self) -> Verdict:
        """Whether the two runs agree."""
        if self.left is None or self.right is None:
            return "alone"
        return "differs" if self.fields or any(row.differs for row in self.rows) else "same"

    @property
    def rank(self) -> tuple[int, tuple[int, str, int, str]]:
        """Differences first; among equals as on a page about one run."""
        return list(VERDICTS).index(self.verdict), self.page.rank

    @property
    def summary(self) -> str:
        """The first difference, and how many there are."""
        if self.left is None or self.right is None:
            return "only the first run has it" if self.right is None else "only the second run has it"
        found = [row for row in self.rows if row.differs]
        if not found and self.fields:
            path, left, right, _ = self.fields[0]
            return f"{path}: {left} in the first run, {right} in the second"
        if not found:
            return f"the same outcome, invoices and accounting: {OUTCOMES[self.left.outcome]}"
        more = f", and {wording.plural(len(found) - 1, 'more difference')}" if len(found) > 1 else ""
        return f"{found[0].what}: {found[0].left} in the first run, {found[0].right} in the second{more}"


@dataclass(frozen=True)
class Compared:
    """One thing that both runs tell: free of ids and dates, which always differ."""

    what: str
    left: str
    right: str

    @property
    def differs(self) -> bool:
        """Whether the runs disagree."""
        return self.left != self.right


def render_comparison(
    left: Sequence[TraceSource],
    right: Sequence[TraceSource],
    fields: Fields = NO_FIELDS,
) -> tuple[str, int]:
    """The page about two runs, and how many cases it has. Cases are paired by file and name.

    Args:
        left: the first run's traces; the slugs of both sides together must be unique.
        right: the second run's.
        fields: by `file::case`, what a closer comparison found.
    """
    ours, theirs = [read_case(source) for source in left], [read_case(source) for source in right]
    masker = Masker(case.case.source for case in (*ours, *theirs))
    environment = make_environment(masker)
    pairs = sorted(_pairs(ours, theirs, fields), key=lambda pair: pair.rank)
    bodies = [_body(environment, pair, masker, drawn=place < MOST_DRAWN) for place, pair in enumerate(pairs)]
    page = environment.get_template("comparison.html.j2").render(
        heads=(("First run", head_of(ours)), ("Second run", head_of(theirs))),
        counts=_counts(pairs),
        verdicts=VERDICTS,
        pairs=list(zip(pairs, bodies, strict=True)),
        style=asset("page.css"),
        script=asset("page.js"),
    )
    return page, len(pairs)


def _counts(pairs: Sequence[Pair]) -> list[tuple[Verdict, str, int]]:
    counts = [(each, words, sum(pair.verdict == each for pair in pairs)) for each, words in VERDICTS.items()]
    return [each for each in counts if each[2]]


def _pairs(left: Sequence[CasePage], right: Sequence[CasePage], fields: Fields) -> Iterator[Pair]:
    others = {_key(case): case for case in right}
    for case in left:
        yield _pair(case, others.pop(_key(case), None), fields.get(_key(case), ()))
    for case in others.values():
        yield _pair(None, case, ())


def _key(case: CasePage) -> str:
    return f"{case.case.file}::{case.case.case}"


def _pair(left: CasePage | None, right: CasePage | None, fields: Sequence[Field]) -> Pair:
    if left is None or right is None:
        return Pair(left, right, ())
    told = [dict(_told(case, judge_entries(case.source.load()))) for case in (left, right)]
    names = list(dict.fromkeys([*told[0], *told[1]]))
    rows = [Compared(name, told[0].get(name, NOTHING), told[1].get(name, NOTHING)) for name in names]
    return Pair(left, right, tuple(rows), tuple(fields))


def _body(environment: Environment, pair: Pair, masker: Masker, *, drawn: bool) -> Markup:
    sides = list(_sides(pair, masker)) if drawn else []
    template = environment.get_template("pair.html.j2")
    return Markup(template.render(pair=pair, sides=sides, outcomes=OUTCOMES))  # noqa: S704  # escaped by the template


def _sides(pair: Pair, masker: Masker) -> Iterator[tuple[str, CaseBody]]:
    for title, case in (("First run", pair.left), ("Second run", pair.right)):
        if case is not None:
            yield title, read_body(case, case.source.load(), masker, traced=False)


def _told(case: CasePage, judged: Judged) -> Iterator[tuple[str, str]]:
    """What a run tells, by name: ids and dates are left out, since they differ between honest runs."""
    yield "outcome", OUTCOMES[case.outcome]
    for name, invoice in named_invoices(judged.facts):
        yield from _invoice(judged.facts, name, invoice)
    for account in judged.checked.accounts:
        name = account_name(judged.facts, account)
        for fate in FATES:
            if any(row.fate == fate for row in account.rows):
                yield f"{name}, {fate}", wording.number(account.total(fate))
    for cause in judged.causes:
        yield f"cause {cause.code}", cause.title


def named_invoices(facts: Facts) -> Iterator[tuple[str, Invoice]]:
    """Every invoice with a name that holds no id: numbered where several would share one."""
    seen: dict[str, int] = {}
    for sight in facts.last_invoices():
        invoice = sight.view
        name = invoice_name(facts, invoice).replace(f" {invoice.id}", "")
        seen[name] = seen.get(name, 0) + 1
        yield (name if seen[name] == 1 else f"{name} ({seen[name]})"), invoice


def _invoice(facts: Facts, name: str, invoice: Invoice) -> Iterator[tuple[str, str]]:
    yield f"{name}, status", invoice.status
    yield f"{name}, total", wording.money(invoice.total, invoice.currency)
    if invoice.finalized_at is not None:
        yield f"{name}, final after", short_length(invoice.finalized_at - invoice.created)
    seen: dict[str, int] = {}
    for shown in shown_lines(facts, invoice):
        line = shown.line
        tier = f" tier {shown.tier}" if shown.tier else ""
        what = (
            f"{name}, line {shown.price or 'without a price'}{tier}{' proration' if line.proration else ''}"
        )
        seen[what] = seen.get(what, 0) + 1
        numbered = what if seen[what] == 1 else f"{what} ({seen[what]})"
        yield numbered, f"{wording.number(line.quantity)} for {wording.money(line.amount, shown.currency)}"
