"""One function for each lane of the timeline: from what was seen to placed marks."""

from __future__ import annotations

from collections.abc import Sequence

from harness.history import wording
from harness.history.entries import Advanced
from harness.history.facts import Facts
from harness.report.page.drawing import Arrow, Band, Glyph, Lane, Mark, Text
from harness.report.page.packing import pack, text_width
from harness.report.page.scale import Axis, short_length
from harness.report.page.sightings import CyclePeriod, InvoiceSpan, MeterSight, Moment

ROW = 19.0
MOMENT_SHAPES = {
    "reaction": "bolt",
    "step": "pen",
    "met": "check",
    "unmet": "cross",
    "trouble": "warning",
    "note": "note",
}


def cycle_lane(cycles: Sequence[CyclePeriod], axis: Axis) -> Lane:
    """Each subscription's cycles as bands; the one that the story ends in stays open."""
    lane = Lane("Billing cycles")
    rows = list(dict.fromkeys(cycle.subscription for cycle in cycles))
    for place, cycle in enumerate(cycles):
        start, end = cycle.period.start, cycle.period.end
        if start > axis.end or end <= axis.start:
            continue
        x, right = axis.x(start), axis.x(end) if end <= axis.end else axis.right + 40
        label, y = _fitting(cycle.name, right - x), rows.index(cycle.subscription) * 26 + 2
        band = Band(x, y, right - x, 20, f"cycle c{place % 2}", label, Mark(None, start, cycle.text))
        lane.bands.append(band)
    lane.height = len(rows) * 26.0
    return lane


def invoice_lane(spans: Sequence[InvoiceSpan], axis: Axis) -> Lane:
    """Each invoice: its open draft hatched, its finalization a flag, what it bills beside it."""
    lane = Lane("Invoices", "hatched: still a draft")
    said = [_final_words(span) for span in spans]
    extents = [
        (axis.x(span.invoice.created), _final_x(span, axis) + 12 + max(text_width(words), 0))
        for span, words in zip(spans, said, strict=True)
    ]
    rows = pack(extents)
    for span, words, row in zip(spans, said, rows, strict=True):
        _draw_invoice(lane, span, words, axis, row * 36.0)
    lane.height = (max(rows, default=-1) + 1) * 36.0 + 2
    return lane


def _draw_invoice(lane: Lane, span: InvoiceSpan, words: str, axis: Axis, y: float) -> None:
    invoice, x, right = span.invoice, axis.x(span.invoice.created), _final_x(span, axis)
    drafted = short_length((invoice.finalized_at or axis.end) - invoice.created)
    created = f"{span.name}: draft made {wording.instant(invoice.created)} ({invoice.id})"
    if right > x:
        label = _fitting(f"draft {drafted}", right - x)
        lane.bands.append(
            Band(x, y + 15, right - x, 16, "draft", label, Mark(span.created_n, invoice.created, created))
        )
    lane.texts.append(Text(x, y + 11, span.name, "strong"))
    if invoice.finalized_at is not None:
        final = f"{span.name} is final {wording.instant(invoice.finalized_at)}: {words} ({invoice.id})"
        lane.glyphs.append(
            Glyph(right, y + 23, "flag", "final", Mark(span.final_n, invoice.finalized_at, final))
        )
    lane.texts.append(Text(right + 14, y + 27, words))


def _final_x(span: InvoiceSpan, axis: Axis) -> float:
    return axis.right if span.invoice.finalized_at is None else axis.x(span.invoice.finalized_at)


def _final_words(span: InvoiceSpan) -> str:
    total = wording.money(span.invoice.total, span.invoice.currency)
    if span.invoice.finalized_at is None:
        return f"{span.invoice.status}, {total} so far"
    return f"final: {total}"


def meter_lane(facts: Facts, sights: Sequence[MeterSight], axis: Axis) -> Lane:
    """What meters were seen to show, and how long after the sending."""
    lane = Lane("Meter catches up", "lag in wall time")
    several = len({(sight.meter, sight.customer) for sight in sights}) > 1
    said = [_sight_words(facts, sight, several=several) for sight in sights]
    extents = [
        (_since_x(sight, axis) - 8, axis.x(sight.at) + 12 + text_width(words))
        for sight, words in zip(sights, said, strict=True)
    ]
    rows = pack(extents)
    for sight, words, row in zip(sights, said, rows, strict=True):
        x, y = axis.x(sight.at), row * ROW + 11
        mark = Mark(
            sight.n, sight.at, f"{_meter_name(facts, sight)}: {words}, seen at {wording.instant(sight.at)}"
        )
        if sight.since is not None and x - _since_x(sight, axis) > 2:
            since = _since_x(sight, axis)
            lane.bands.append(
                Band(
                    since,
                    y - 4,
                    x - since,
                    8,
                    "lag",
                    "",
                    Mark(None, sight.since, f"not yet counted: {words}"),
                )
            )
        lane.glyphs.append(Glyph(x, y, "gauge", "meter", mark))
        lane.texts.append(Text(x + 12, y + 4, words))
    lane.height = (max(rows, default=-1) + 1) * ROW + 4
    return lane


def _since_x(sight: MeterSight, axis: Axis) -> float:
    return axis.x(sight.since if sight.since is not None else sight.at)


def _sight_words(facts: Facts, sight: MeterSight, *, several: bool) -> str:
    name = f"{_meter_name(facts, sight)} " if several else ""
    lag = f", {wording.length(sight.lag_seconds)} after sending" if sight.lag_seconds is not None else ""
    return f"{name}shows {wording.number(sight.total)}{lag}"


def _meter_name(facts: Facts, sight: MeterSight) -> str:
    return f"{facts.label_of(sight.meter)} of {facts.label_of(sight.customer)}"


def clock_lane(moves: Sequence[Advanced], axis: Axis) -> Lane:
    """Each advance as an arrow; where it stops short of its target, the reason."""
    lane = Lane("Test clock", "advances and pauses", height=24)
    for move in moves:
        x1, x2 = axis.x(move.since), axis.x(move.to)
        pauses = move.because != "target"
        why = f", pausing there: {move.because}" if pauses else ""
        way = f"{short_length(move.to - move.since)} to {wording.instant(move.to)}"
        text = f"the clock advances {way}{why} (line {move.line})"
        mark = Mark(move.n, move.to, text)
        lane.arrows.append(Arrow(x1, x2, 12, mark))
        lane.glyphs.append(Glyph(x2, 12, "pause" if pauses else "stop", "clock", mark))
    return lane


def moment_lane(moments: Sequence[Moment], axis: Axis) -> Lane:
    """Reactions, steps and expectations, each beside its words."""
    lane = Lane("Story", "reactions, steps, expectations")
    extents = [
        (axis.x(moment.at) - 8, axis.x(moment.at) + 13 + text_width(moment.label)) for moment in moments
    ]
    rows = pack(extents)
    for moment, row in zip(moments, rows, strict=True):
        x, y = axis.x(moment.at), row * ROW + 11
        lane.glyphs.append(
            Glyph(x, y, MOMENT_SHAPES[moment.style], moment.style, Mark(moment.n, moment.at, moment.text))
        )
        lane.texts.append(Text(x + 13, y + 4, moment.label, moment.style))
    lane.height = (max(rows, default=-1) + 1) * ROW + 4
    return lane


def _fitting(label: str, width: float) -> str:
    return label if text_width(label) + 6 <= width else ""
