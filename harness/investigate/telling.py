"""What `harness explain --invoice` says: the invoice, what the meters count for it, the log, and why."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from harness.check.groups import Group
from harness.check.line_claims import describe, shown_lines
from harness.history import wording
from harness.history.shapes import Invoice, Period
from harness.investigate.explaining import Explained
from harness.investigate.fates import REASONS
from harness.investigate.logged import NOT_COUNTED
from harness.investigate.ranges import whole_minutes
from harness.report import machine
from harness.report.explain import explain_text
from harness.report.layout import joined, wrapped

MOST_LINES_NAMED = 8
WHERE_ELSE = (
    "Look whether they went to another account or mode (U21), whether a stream's batch held them twice (U15),"
    " whether the stream reported an error (U19), or look again in a few minutes (U24)."
)
ZERO = Decimal(0)


def text_of(explained: Explained, event: str | None = None) -> str:
    """The explanation for people; with `event` only of that piece of usage."""
    facts, checked, causes = explained.facts, explained.checked, explained.causes
    body = explain_text(facts, checked, causes, event=event)
    if event is not None:
        return body
    nothing = not checked.accounts
    said = [] if nothing else body.splitlines()
    return joined([_head(explained), _log(explained), said, _conclusion(explained)])


def json_of(explained: Explained) -> dict[str, Any]:
    """The explanation for programs; `log` is None without one."""
    found = machine.as_json(explained.facts, explained.checked, explained.causes)
    return found | {"invoice": explained.invoice, "log": _log_json(explained)}


def _head(explained: Explained) -> list[str]:
    invoice = _invoice(explained)
    final = f"final {wording.instant(invoice.finalized_at)}" if invoice.finalized_at else "not final"
    total = wording.money(invoice.total, invoice.currency)
    whose = f"{invoice.customer}, {invoice.subscription or 'no subscription'}, {invoice.reason}"
    lines = [f"{invoice.id}  {invoice.status}, {final}, {total}", f"  {whose}"]
    if taxed := wording.added_tax(invoice.taxed, invoice.currency):
        lines.append(f"  {taxed}")
    if noted := wording.given_back(invoice.noted_before, invoice.noted_after, invoice.currency):
        lines.append(f"  {noted}")
    for shown in shown_lines(explained.facts, invoice):
        period = wording.span(shown.line.period.start, shown.line.period.end)
        lines += [f"  {describe(shown)}", f"      {period}"]
    return lines + [line for group in _groups(explained) for line in _counted(explained, group)]


def _groups(explained: Explained) -> list[Group]:
    return [each for each in explained.checked.accounting.groups if each.invoice == explained.invoice]


def _counted(explained: Explained, group: Group) -> list[str]:
    """What the meter shows for a line's period by now."""
    shown = _shown(explained, group)
    if shown is None:
        return wrapped("no summary shows what was counted: usage records are not listed by the API", "  ")
    meter = explained.facts.label_of(group.meter)
    billed, units = wording.number(group.quantity), wording.number(shown)
    relation = "just what is billed" if shown == group.quantity else f"{billed} are billed"
    return wrapped(f"{meter} counts {units} for this period by now; {relation}", "  ")


def _shown(explained: Explained, group: Group) -> Decimal | None:
    wanted: Period = whole_minutes(group.period)
    total = None
    for customer, seen in explained.facts.summaries:
        if customer == group.customer and (seen.view.meter, seen.view.period) == (group.meter, wanted):
            total = seen.view.total
    return total


def _log(explained: Explained) -> list[str]:
    fates = explained.fates
    if fates is None:
        return []
    sent = fates.sent
    lines = [f"  {sent.path}: {wording.plural(sent.rows, 'row')}"]
    for fate, count in fates.counts().items():
        where = f" on {fate.invoice}" if fate.words == "billed" and fate.invoice else ""
        codes = f"  ({', '.join(fate.causes)})" if fate.causes else ""
        lines.append(f"      {count:>9}  {fate.words}{where}{codes}")
    return lines + list(_bad(explained))


def _bad(explained: Explained) -> Iterator[str]:
    sent = explained.fates.sent if explained.fates else None
    if sent is None or not sent.bad_count:
        return
    yield f"      {sent.bad_count:>9}  not readable:"
    for line, problem in sent.bad[:MOST_LINES_NAMED]:
        yield f"{'':17}line {line}: {problem}"
    if (more := sent.bad_count - MOST_LINES_NAMED) > 0:
        yield f"{'':17}and {more} more"


def _conclusion(explained: Explained) -> list[str]:
    """What can be said when nothing is lost, and what could not be decided."""
    lines = _not_shown(explained)
    undecided = [each for each in explained.checked.findings if each.verdict == "unknown"]
    if undecided:
        return [*lines, *(line for each in undecided for line in wrapped(f"Undecided: {each.summary}", "  "))]
    rows = [row for account in explained.checked.accounts for row in account.rows]
    if any(row.fate in {"lost", "refused", "unknown"} for row in rows):
        return lines
    said = "Every unit that the meters count is billed, or waits for an invoice that is not final."
    if explained.fates is None:
        said += (
            " What else was sent never counted, or counted for somebody else: give the application's own log"
        )
        said += " with --events to see it."
    return wrapped(said, "  ")


def _not_shown(explained: Explained) -> list[str]:
    """What to look at where a log says that something was sent, and no meter shows it."""
    counts = explained.fates.counts() if explained.fates else {}
    rows = sum(count for fate, count in counts.items() if fate.words == REASONS[NOT_COUNTED])
    if not rows:
        return []
    verb = "is" if rows == 1 else "are"
    said = f"{wording.plural(rows, 'row')} of the log {verb} not shown by the meter"
    return wrapped(f"{said}, and the log does not tell why. {WHERE_ELSE}", "  ")


def _invoice(explained: Explained) -> Invoice:
    seen = explained.facts.invoice(explained.invoice)
    if seen is None:
        raise ValueError(f"{explained.invoice} is not in the reading")
    return seen.view


def _log_json(explained: Explained) -> dict[str, Any] | None:
    fates = explained.fates
    if fates is None:
        return None
    return {
        "file": str(fates.sent.path),
        "rows": fates.sent.rows,
        "unreadable": fates.sent.bad_count,
        "bad": [{"line": line, "problem": problem} for line, problem in fates.sent.bad],
        "fates": [
            {"fate": fate.words, "invoice": fate.invoice, "causes": list(fate.causes), "rows": count}
            for fate, count in fates.counts().items()
        ],
    }
