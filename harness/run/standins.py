"""Free-form values of a scenario, with what their `{id_of: …}` and `{time_of: …}` stand for."""

from __future__ import annotations

from typing import Any

from harness.check.picking import pick_invoice
from harness.history.shapes import Invoice
from harness.plan.claims import resolve_invoice
from harness.run.reading import read_for
from harness.run.story import Story, StoryStopped
from harness.scenario import InvoiceRef, parse_instant
from harness.scenario.refs import INVOICE, parse_invoice_ref, split_line


def filled(story: Story, value: Any) -> Any:
    """`value` with ids in place of `{id_of: label}` and unix seconds in place of `{time_of: instant}`.

    Raises:
        StoryStopped: nothing has the label yet, or there is no such invoice yet.
    """
    if isinstance(value, dict):
        if set(value) == {"id_of"}:
            return any_id(story, str(value["id_of"]))
        if is_time(value):
            return story.resolve(parse_instant(str(value["time_of"])))
        return {key: filled(story, member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [filled(story, member) for member in value]
    return value


def is_time(value: Any) -> bool:
    """Whether a value is written `{time_of: instant}`."""
    return isinstance(value, dict) and set(value) == {"time_of"}


def any_id(story: Story, name: str) -> str:
    """The id of a labelled object, of an invoice such as `cycle1`, or of its line: `cycle1.line2`.

    A label that reads so comes first.
    """
    invoice, place = split_line(name)
    if name in story.labels or not INVOICE.fullmatch(invoice):
        return story.any_id(name)
    found = _invoice(story, parse_invoice_ref(invoice))
    if place is None:
        return found.id
    if place > len(found.lines):
        raise StoryStopped(story.line, f"invoice {invoice} has no line {place}, as far as it shows them")
    return found.lines[place - 1].id


def invoice_id(story: Story, ref: InvoiceRef) -> str:
    """The id of an invoice, from a fresh look."""
    return _invoice(story, ref).id


def _invoice(story: Story, ref: InvoiceRef) -> Invoice:
    about = resolve_invoice(ref, story.plan.calendar)
    read_for(story, {"invoice": about})
    found = pick_invoice(story.facts(), about, None)
    if found is None:
        raise StoryStopped(story.line, f"there is no invoice {about['name']} yet")
    return found.view
