"""Which ranges of time to ask a meter's summaries for, so that no range crosses a billing period's edge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from harness.history.shapes import Period

MINUTE, HOUR = 60, 3_600


@dataclass(frozen=True)
class Range:
    """What one request asks for; `hourly` gives one summary for each hour that holds usage."""

    period: Period
    hourly: bool


def whole_minutes(period: Period) -> Period:
    """The period with its ends moved outward to whole minutes, as summaries demand (MTR-119)."""
    return Period(_down(period.start, MINUTE), _up(period.end, MINUTE))


def ranges_of(edges: Iterable[int], whole: Period, fine: Iterable[Period]) -> list[Range]:
    """Ranges that cover `whole` once: in hours inside the `fine` periods, elsewhere in one piece.

    An edge inside a minute has that minute for itself: no summary tells its two sides apart (MTR-130).

    Args:
        edges: where billing periods start and end.
        whole: what to cover; its ends are moved outward to minutes.
        fine: the periods whose usage is wanted by the hour.
    """
    outer, close = whole_minutes(whole), [whole_minutes(each) for each in fine]
    inner = {cut for edge in edges for cut in (_down(edge, MINUTE), _up(edge, MINUTE))}
    inside = {cut for cut in inner if outer.start < cut < outer.end}
    cuts = sorted({outer.start, outer.end, *inside})
    found = []
    for start, end in pairwise(cuts):
        if any(each.start <= start and end <= each.end for each in close):
            found += list(_by_the_hour(Period(start, end)))
        else:
            found.append(Range(Period(start, end), hourly=False))
    return found


def _by_the_hour(period: Period) -> Iterator[Range]:
    """Whole hours together, and what is left over before and after them."""
    first, last = _up(period.start, HOUR), _down(period.end, HOUR)
    if first >= last:
        yield Range(period, hourly=False)
        return
    if period.start < first:
        yield Range(Period(period.start, first), hourly=False)
    yield Range(Period(first, last), hourly=True)
    if last < period.end:
        yield Range(Period(last, period.end), hourly=False)


def _down(instant: int, unit: int) -> int:
    return instant // unit * unit


def _up(instant: int, unit: int) -> int:
    return -(-instant // unit) * unit
