"""The lane of one account's usage: each event where it is stamped and where it was sent, joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.check.accounting import Account, Fate, FateName
from harness.diagnose.evidence import units_of, value_of
from harness.history import wording
from harness.history.facts import Facts
from harness.report.page.drawing import Glyph, Lane, Mark, Text, Thread
from harness.report.page.lanes import ROW
from harness.report.page.naming import account_name, became, event_words, fate_words
from harness.report.page.packing import pack, text_width
from harness.report.page.scale import Axis

SHAPES: dict[FateName, str] = {
    "billed": "circle",
    "lost": "triangle",
    "refused": "square",
    "cancelled": "minus",
    "pending": "half",
    "superseded": "down",
    "below zero": "diamond",
    "unknown": "question",
}
"""The fate's shape, so that no reader needs the colours."""

MOST_SINGLE = 14
"""An account with more events shows those sent at one instant with one fate together."""
MOST_STAMPS = 80
"""Stamps drawn for events shown together; the accounting has every one."""
MOST_LABELLED = 40
SAME_PLACE = 2.0
"""A stamp this near to the sending is not drawn apart."""


@dataclass(frozen=True)
class Bundle:
    """Events sent at one instant that had the same fate: mostly one, in crowds many."""

    rows: tuple[Fate, ...]

    @property
    def first(self) -> Fate:
        """The one that it is told by."""
        return self.rows[0]


def usage_lane(facts: Facts, account: Account, axis: Axis, reasons: Mapping[str, str]) -> Lane:
    """All events of an account; side by side where there is room.

    Args:
        facts: of the story.
        account: whose events.
        axis: where instants lie.
        reasons: by event label, why it is not billed, in a few words.
    """
    lane = Lane(account_name(facts, account), "○ counts at   ● sent at")
    bundles = bundled(account.rows)
    labels = [_label(facts, bundle, reasons) if len(bundles) <= MOST_LABELLED else "" for bundle in bundles]
    extents = [_extent(bundle, label, axis) for bundle, label in zip(bundles, labels, strict=True)]
    rows = pack(extents)
    for bundle, label, row in zip(bundles, labels, rows, strict=True):
        _draw(lane, facts, bundle, label, axis, row * ROW + 11)
    lane.height = (max(rows, default=-1) + 1) * ROW + 4
    return lane


def bundled(rows: Sequence[Fate]) -> list[Bundle]:
    """Each event alone, or in a crowd those sent at one instant with one fate together, in order."""
    if len(rows) <= MOST_SINGLE:
        return [Bundle((row,)) for row in rows]
    found: dict[tuple[int | None, FateName, str | None], list[Fate]] = {}
    for row in rows:
        found.setdefault((row.usage.sent_at, row.fate, row.invoice), []).append(row)
    return [Bundle(tuple(members)) for members in found.values()]


def _draw(lane: Lane, facts: Facts, bundle: Bundle, label: str, axis: Axis, y: float) -> None:
    row = bundle.first
    style = f"fate-{row.fate.replace(' ', '-')}"
    sent = _sent_x(row, axis)
    stamps = _stamp_xs(bundle, axis)
    reach = [*stamps, sent]
    if max(reach) - min(reach) > 1:
        lane.threads.append(Thread(min(reach), max(reach), y, style))
    words = event_words(facts, row) if len(bundle.rows) == 1 else _bundle_words(facts, bundle)
    for stamp in stamps:
        if abs(stamp - sent) < SAME_PLACE:
            continue
        lane.glyphs.append(Glyph(stamp, y, "ring", style, Mark(None, row.usage.stamp, words)))
    lane.glyphs.append(Glyph(sent, y, SHAPES[row.fate], style, Mark(row.usage.n, row.usage.sent_at, words)))
    lane.texts.append(Text(max(reach) + 14, y + 4, label, style))


def _extent(bundle: Bundle, label: str, axis: Axis) -> tuple[float, float]:
    reach = [*_stamp_xs(bundle, axis), _sent_x(bundle.first, axis)]
    return min(reach) - 8, max(reach) + 14 + text_width(label)


def _sent_x(row: Fate, axis: Axis) -> float:
    return axis.x(row.usage.sent_at if row.usage.sent_at is not None else axis.start)


def _stamp_xs(bundle: Bundle, axis: Axis) -> list[float]:
    """Places of the stamps, each once; a stamp far outside lies at the edge, as its words say."""
    known = [row.usage.stamp for row in bundle.rows if row.usage.stamp is not None]
    return list(dict.fromkeys(round(axis.x(stamp)) + 0.0 for stamp in known))[:MOST_STAMPS]


def _label(facts: Facts, bundle: Bundle, reasons: Mapping[str, str]) -> str:
    """`40 lost: sent after its invoice was final`, `12 events, 480 billed in cycle 1`."""
    end = became(facts, bundle.first, reasons.get(bundle.first.usage.label))
    if len(bundle.rows) == 1:
        return f"{value_of(bundle.first)} {end}"
    return f"{len(bundle.rows)} events, {wording.number(units_of(bundle.rows))} {end}"


def _bundle_words(facts: Facts, bundle: Bundle) -> str:
    first, last = bundle.rows[0].usage, bundle.rows[-1].usage
    units = wording.number(units_of(bundle.rows))
    sent = wording.instant_or_none(first.sent_at)
    return (
        f"{len(bundle.rows)} events ({first.label} to {last.label}), {units} units in all, sent {sent};"
        f" {fate_words(facts, bundle.first)}"
    )
