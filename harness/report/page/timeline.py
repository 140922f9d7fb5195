"""The timeline: three times of a story on one axis of clock time, as a pure function of its facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from harness.check import Checked
from harness.diagnose import Cause
from harness.history import wording
from harness.history.entries import Advanced
from harness.history.facts import Facts
from harness.report.page.drawing import Guide, Lane, Length, Mark, Shade, Tick, Timeline
from harness.report.page.lanes import clock_lane, cycle_lane, invoice_lane, meter_lane, moment_lane
from harness.report.page.naming import FATES, short_day
from harness.report.page.packing import pack, text_width
from harness.report.page.scale import Axis, Stretch, make_axis, short_length
from harness.report.page.sightings import (
    InvoiceSpan,
    MeterSight,
    Moment,
    cycle_periods,
    invoice_spans,
    meter_sights,
    moments,
    moves,
)
from harness.report.page.usage_lane import SHAPES, usage_lane

GUTTER = 168.0
MARGIN = 190.0
"""Room for words right of the last instant."""
LANE_GAP = 10.0
TICK_ROW = 15.0
TICK_SIZE = 10.5
FAR_SECONDS = 40 * wording.DAY
"""A stamp further than this outside the story is drawn at the edge."""
MOST_ACCOUNTS = 12
SIGNS = (
    ("ring", "ring", "where it counts, apart from where it was sent"),
    ("flag", "final", "invoice final"),
    ("gauge", "meter", "the meter shows it"),
    ("pause", "clock", "the clock pauses"),
    ("bolt", "reaction", "reaction"),
    ("pen", "step", "step"),
    ("check", "met", "expectation met"),
    ("cross", "unmet", "expectation not met"),
    ("warning", "trouble", "trouble"),
    ("note", "note", "note"),
)
"""Shape, style and words of marks that are no fates."""


def make_timeline(facts: Facts, checked: Checked, causes: Sequence[Cause]) -> Timeline | None:
    """The drawing of a story, or None where nothing has happened on a clock."""
    spans, sights = invoice_spans(facts), meter_sights(facts)
    moved, told = moves(facts), moments(facts, checked)
    knots = _knots(facts, spans, moved)
    if not knots:
        return None
    axis = make_axis(knots, _between(facts, sights, told), GUTTER)
    reasons = {event: cause.title for cause in reversed(causes) for event in cause.events}
    lanes = _lanes(facts, checked, axis, (spans, sights, moved, told), reasons)
    ticks = _ticks(axis, knots)
    top = 26 + TICK_ROW * (max((tick.row for tick in ticks), default=0) + 1)
    placed, bottom = _stacked(lanes, top + 27)
    return Timeline(
        width=round(_reach(axis, lanes)),
        height=round(bottom + 6),
        top=top,
        left=axis.left,
        right=axis.right,
        ticks=tuple(ticks),
        lengths=tuple(_lengths(axis)),
        lanes=tuple(placed),
        guides=tuple(_guides(facts, spans, axis)),
        shades=tuple(_shades(spans, axis)),
        words=tuple(_words(lanes)),
        legend=tuple(_legend(checked, lanes, causes)),
        cited=frozenset(evidence.n for cause in causes for evidence in cause.evidence),
    )


def _knots(facts: Facts, spans: Sequence[InvoiceSpan], moved: Sequence[Advanced]) -> list[int]:
    """Instants to be told apart: the story's ends, cycles, drafts, finalizations, stops of the clock."""
    clocks = [entry.clock for entry in facts.entries if entry.clock is not None]
    if not clocks:
        return []
    start, end = min(clocks), max(clocks)
    found = {start, end, *(move.to for move in moved)}
    found |= {span.invoice.created for span in spans}
    found |= {span.invoice.finalized_at for span in spans if span.invoice.finalized_at is not None}
    found |= {
        stamp
        for stamp in _stamps(facts)
        if start - FAR_SECONDS <= stamp < start or end < stamp <= end + FAR_SECONDS
    }
    found |= {edge for edge in _edges(facts) if start <= edge <= end}
    return sorted(found) if len(found) > 1 else [start, start + 1]


def _edges(facts: Facts) -> set[int]:
    """Where cycles begin and end."""
    periods = [cycle.period for cycle in cycle_periods(facts)]
    return {edge for period in periods for edge in (period.start, period.end)}


def _stamps(facts: Facts) -> list[int]:
    return [usage.stamp for usage in facts.usages if usage.stamp is not None]


def _between(facts: Facts, sights: Sequence[MeterSight], told: Sequence[Moment]) -> list[int]:
    sent = [usage.sent_at for usage in facts.usages if usage.sent_at is not None]
    return [*_stamps(facts), *sent, *(sight.at for sight in sights), *(moment.at for moment in told)]


def _lanes(
    facts: Facts,
    checked: Checked,
    axis: Axis,
    seen: tuple[Sequence[InvoiceSpan], Sequence[MeterSight], Sequence[Advanced], Sequence[Moment]],
    reasons: Mapping[str, str],
) -> list[Lane]:
    spans, sights, moved, told = seen
    lanes = [cycle_lane(cycle_periods(facts), axis), invoice_lane(spans, axis)]
    lanes += [usage_lane(facts, account, axis, reasons) for account in checked.accounts[:MOST_ACCOUNTS]]
    lanes += [meter_lane(facts, sights, axis), clock_lane(moved, axis), moment_lane(told, axis)]
    more = len(checked.accounts) - MOST_ACCOUNTS
    untold = [Lane(f"{wording.plural(more, 'more account')}", "in the tables below")] if more > 0 else []
    return [lane for lane in lanes if list(lane.marks())] + untold


def _stacked(lanes: Iterable[Lane], top: float) -> tuple[list[tuple[float, Lane]], float]:
    placed, y = [], top
    for lane in lanes:
        height = max(lane.height, 30.0)
        lane.height = height
        placed.append((y, lane))
        y += height + LANE_GAP
    return placed, y


def _reach(axis: Axis, lanes: Iterable[Lane]) -> float:
    texts = [text.x + text_width(text.text) for lane in lanes for text in lane.texts]
    return max([axis.right + 60, *texts]) + 10


def _guides(facts: Facts, spans: Iterable[InvoiceSpan], axis: Axis) -> Iterable[Guide]:
    edges = {edge for edge in _edges(facts) if axis.start <= edge <= axis.end}
    yield from (Guide(axis.x(edge), "boundary") for edge in sorted(edges))
    finals = {span.invoice.finalized_at for span in spans if span.invoice.finalized_at is not None}
    yield from (Guide(axis.x(final), "final") for final in sorted(finals - edges))


def _shades(spans: Iterable[InvoiceSpan], axis: Axis) -> Iterable[Shade]:
    seen = {(span.invoice.created, span.invoice.finalized_at) for span in spans}
    for created, final in sorted(seen, key=lambda pair: pair[0]):
        x, right = axis.x(created), axis.right if final is None else axis.x(final)
        if right > x:
            yield Shade(x, right - x)


def _ticks(axis: Axis, knots: Sequence[int]) -> list[Tick]:
    """The knots' dates; neighbours that would overlap are written one above the other."""
    labels, before = [], None
    for knot in knots:
        labels.append(tick_label(knot, before))
        before = knot
    places = [axis.x(knot) for knot in knots]
    widths = [text_width(label, TICK_SIZE) for label in labels]
    rows = pack([(x - 2, x + width + 2) for x, width in zip(places, widths, strict=True)], space=4)
    return [Tick(x, x + 3, row, label) for x, row, label in zip(places, rows, labels, strict=True)]


def tick_label(instant: int, before: int | None) -> str:
    """`1 Jan 2026`, then `1 Feb 00:01`, then only `01:00` while it is the same day."""
    at = datetime.fromtimestamp(instant, UTC)
    last = None if before is None else datetime.fromtimestamp(before, UTC)
    clock = f"{at:%H:%M}" + (f":{at:%S}" if at.second else "")
    if last is not None and last.date() == at.date():
        return clock
    year = "" if last is not None and last.year == at.year else f" {at.year}"
    return f"{short_day(instant)}{year}" + ("" if clock == "00:00" else f" {clock}")


def _lengths(axis: Axis) -> Iterable[Length]:
    """The scale: each stretch's length where there is room for it, else that of several together."""
    waiting: list[Stretch] = []
    for stretch in axis.stretches:
        waiting.append(stretch)
        width = sum(part.width for part in waiting)
        label = short_length(waiting[-1].end - waiting[0].start)
        if text_width(label, 9) + 2 <= width:
            yield Length(waiting[0].x, width, label, any(part.is_quiet for part in waiting))
            waiting = []
    if waiting:
        width = sum(part.width for part in waiting)
        yield Length(waiting[0].x, width, short_length(waiting[-1].end - waiting[0].start), quiet=False)


def _words(lanes: Iterable[Lane]) -> list[Mark]:
    """All that the drawing says, each once, in order of clock time; an event stands where it was sent."""
    marks = [mark for lane in lanes for mark in lane.marks() if mark.at is not None]
    distinct = {mark.text: mark for mark in sorted(marks, key=lambda mark: mark.n or 0)}
    return sorted(distinct.values(), key=lambda mark: (mark.at or 0, mark.n or 0))


def _legend(
    checked: Checked, lanes: Sequence[Lane], causes: Sequence[Cause]
) -> Iterable[tuple[str, str, str]]:
    """Shape, style and words of what occurs."""
    found = {row.fate for account in checked.accounts for row in account.rows}
    for fate, words in FATES.items():
        if fate in found:
            yield SHAPES[fate], f"fate-{fate.replace(' ', '-')}", words
    drawn = {glyph.shape for lane in lanes for glyph in lane.glyphs}
    yield from (each for each in SIGNS if each[0] in drawn)
    if any(cause.evidence for cause in causes):
        yield "halo", "halo", "the diagnosis rests on it"
