"""What `harness explain` says: the way of each event, of one event, or the making of one invoice."""

from __future__ import annotations

from collections.abc import Sequence

from harness.check import Checked
from harness.check.accounting import Account, Accounting, Fate, cycle_name
from harness.check.groups import Group
from harness.diagnose import Cause
from harness.diagnose.evidence import cycle_words, value_of
from harness.history import wording
from harness.history.facts import Facts
from harness.report.blocks import advice, shown_evidence, usage_table, why
from harness.report.layout import joined, wrapped

MOST_EVENTS = 40
SHARE_WORDS: dict[str, str] = {
    "too late": "not in it: sent after it was final",
    "too early": "not in it: stamped before the item counts",
    "not aggregated": "not in it: not aggregated in time",
    "not in time": "not in it: sent, or aggregated, after it was final",
    "voided": "in it, but it was voided",
}


def explain_text(
    facts: Facts,
    checked: Checked,
    causes: Sequence[Cause],
    event: str | None = None,
    invoice: str | None = None,
) -> str:
    """Where the usage went, and why: of the whole story, of the event with a label, or of one invoice.

    Args:
        facts: of the trace.
        checked: what was checked.
        causes: what was diagnosed.
        event: an event's label or identifier.
        invoice: an invoice's id, or the name of the cycle that it bills.
    """
    if event is not None:
        return _explain_event(facts, checked, causes, event)
    if invoice is not None:
        return _explain_invoice(facts, checked, causes, invoice)
    blocks = [block for account in checked.accounts for block in _account(facts, account)]
    blocks += [why(cause, several=True) for cause in causes]
    return joined([*blocks, advice(causes)]) or "no usage was reported in this story"


def _account(facts: Facts, account: Account) -> list[list[str]]:
    """The accounting of one customer on one meter, and its events, those that are not billed first."""
    ordered = sorted(account.rows, key=lambda row: (row.fate == "billed", row.usage.n))
    width = max(len(row.usage.label) for row in account.rows)
    lines = [_event_line(row, width) for row in ordered[:MOST_EVENTS]]
    if (more := len(ordered) - MOST_EVENTS) > 0:
        lines.append(f"  and {wording.plural(more, 'more event')}")
    return [usage_table(facts, account, None, named=True), lines]


def _event_line(row: Fate, width: int) -> str:
    usage = row.usage
    known = "sent" if usage.sending_known else "stamped"
    at = wording.instant_or_none(usage.sent_at if usage.sending_known else usage.stamp)
    return f"  {usage.label:<{width}}  {value_of(row):>8}  {known} {at}  {_fate_words(row)}"


def _fate_words(row: Fate) -> str:
    if row.fate != "billed":
        return row.fate
    where = f"billed in {cycle_words(row.cycle)} ({row.invoice})" if row.cycle else f"billed on {row.invoice}"
    return f"{where}, {row.times_billed} times" if row.times_billed > 1 else where


def _explain_event(facts: Facts, checked: Checked, causes: Sequence[Cause], event: str) -> str:
    found = [
        (account, row)
        for account in checked.accounts
        for row in account.rows
        if event in {row.usage.label, row.usage.identifier}
    ]
    if not found:
        return f"no event is labelled `{event}`; known: {_known_events(checked)}"
    return joined(_one_event(facts, account, row, causes) for account, row in found)


def _known_events(checked: Checked) -> str:
    return wording.listed([row.usage.label for account in checked.accounts for row in account.rows], most=20)


def _one_event(facts: Facts, account: Account, row: Fate, causes: Sequence[Cause]) -> list[str]:
    lines = wrapped(_sending(facts, account, row), "", 100)
    own = [cause for cause in causes if row.usage.label in cause.events]
    lines.append(f"  {_fate_words(row)}" + (f": {own[0].title}" if own else ""))
    for cause in own:
        lines += [line for evidence in cause.evidence for line in shown_evidence(evidence)]
        lines += wrapped(cause.meaning, "  ", 88)
        lines.append(f"  {cause.certainty}: {_grounds(cause)} ({cause.code})")
    return lines


def _sending(facts: Facts, account: Account, row: Fate) -> str:
    """`under-old   1000 api_calls for acme, stamped and sent 2026-01-05 09:00:00, accepted (#9)`."""
    usage = row.usage
    meter = facts.label_of(account.meter) or account.event_name
    whom = facts.label_of(account.customer) or "nobody"
    sent = wording.instant_or_none(usage.sent_at)
    if not usage.sending_known:
        times = f"stamped {wording.instant_or_none(usage.stamp)}, sent nobody knows when"
    elif not usage.stamped:
        times = f"sent {sent} without a timestamp"
    elif usage.stamp == usage.sent_at:
        times = f"stamped and sent {sent}"
    else:
        times = f"stamped {wording.instant_or_none(usage.stamp)}, sent {sent}"
    outcome = "accepted" if usage.accepted else "refused"
    return f"{usage.label}   {value_of(row)} {meter} for {whom}, {times}, {outcome} (#{usage.n})"


def _grounds(cause: Cause) -> str:
    if cause.certainty == "certain":
        return "the facts leave no other cause"
    return "it fits the facts, which do not exclude others"


def _explain_invoice(facts: Facts, checked: Checked, causes: Sequence[Cause], invoice: str) -> str:
    groups = [
        group for group in checked.accounting.groups if invoice in {group.invoice, cycle_name(facts, group)}
    ]
    ids = list(dict.fromkeys(group.invoice for group in groups if group.invoice))
    if not ids:
        return f"no invoice `{invoice}` bills usage; known: {_known_invoices(facts, checked.accounting)}"
    blocks = [_one_group(facts, checked, group) for group in groups]
    own = [cause for cause in causes if cause.invoice in ids]
    return joined([*blocks, *(why(cause, several=True) for cause in own), advice(own)])


def _known_invoices(facts: Facts, accounting: Accounting) -> str:
    names = [cycle_name(facts, group) or group.invoice for group in accounting.groups]
    return wording.listed(list(dict.fromkeys(name for name in names if name)), most=20)


def _one_group(facts: Facts, checked: Checked, group: Group) -> list[str]:
    """A line's quantity with the events that make it up, and those of its period that it lacks."""
    state = "" if group.final else ", not final"
    period = wording.span(group.period.start, group.period.end)
    price = facts.label_of(group.price)
    lines = [
        f"{group.invoice or 'pending'}  {price}, quantity {wording.number(group.quantity)}{state}  {period}"
    ]
    for account in checked.accounts:
        if (account.meter, account.customer) == (group.meter, group.customer):
            lines += [_share_line(row, group) for row in account.rows if _inside(row, group)]
    return lines


def _inside(row: Fate, group: Group) -> bool:
    return row.usage.accepted and row.usage.stamp is not None and group.period.holds(row.usage.stamp)


def _share_line(row: Fate, group: Group) -> str:
    missed = dict(row.missed).get(group.invoice or "")
    said = SHARE_WORDS.get(missed, missed) if missed else row.fate
    return f"  {row.usage.label}  {value_of(row)}  {said}  (#{row.usage.n})"
