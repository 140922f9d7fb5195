"""An application's log beside what the meters counted: what was sent and not counted, and the reverse."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from harness.check.groups import groups_of
from harness.diagnose.refused import REPEATED
from harness.history.facts import Facts
from harness.history.shapes import Meter
from harness.investigate.counted import Counted, Piece, counted_in, cuts_of
from harness.investigate.found import Found, stand_ins
from harness.investigate.rows import UnreadableLog
from harness.investigate.sent import Bundle, Sent, Target

ZERO = Decimal(0)
NOT_COUNTED = "not counted"
"""The reason of a loss that only the comparison with the meter shows."""


def target_of(facts: Facts, invoice: str) -> Target:
    """What a log is read for: the customer of the invoice, and the meters it bills."""
    seen = facts.invoice(invoice)
    customer = seen.view.customer if seen else ""
    meters = {sights[-1].view.event_name: sights[-1].view for sights in facts.meters.values()}
    billed = list(dict.fromkeys(each.meter for each in groups_of(facts) if each.invoice == invoice))
    names = [name for name, meter in meters.items() if meter.id in billed] or list(meters)
    finals = {seen.view.finalized_at for seen in facts.last_invoices()}
    return Target(
        customer=customer,
        meters=meters,
        event_name=names[0] if len(names) == 1 else None,
        cuts={meter.id: cuts_of(facts, meter.id, customer) for meter in meters.values()},
        closings=sorted(final for final in finals if final is not None),
    )


def found_with_log(facts: Facts, sent: Sent, target: Target) -> list[Found]:
    """All usage that is known of: the log's bundles, what only the meters show, and meters the log omits.

    Raises:
        UnreadableLog: no row names the event, and there are several meters.
    """
    if target.event_name is None and any(each.event_name is None for each in sent.bundles):
        names = ", ".join(f"`{name}`" for name in target.meters)
        raise UnreadableLog(
            f"{sent.path}: rows name no event, and there are the meters {names} (see --columns)"
        )
    ours = [each for each in sent.bundles if each.customer == target.customer and each.against != "again"]
    named = {each.event_name for each in ours}
    found = [each for each in stand_ins(facts) if each.event_name not in named]
    for name in dict.fromkeys(each.event_name for each in ours):
        mine = [each for each in ours if each.event_name == name]
        meter = target.meters.get(name or "")
        found += _of_meter(facts, meter, mine, target) if meter else [_unknown(each) for each in mine]
    return found


def _unknown(bundle: Bundle) -> Found:
    """Sent under an event name that no meter has (MTR-60)."""
    return replace(
        _found(bundle, None, bundle.units), refusal={"status": bundle.status, "reason": "no meter"}
    )


def _of_meter(facts: Facts, meter: Meter, bundles: Sequence[Bundle], target: Target) -> list[Found]:
    cuts = target.cuts.get(meter.id, ())
    inside = [each for each in bundles if 0 < each.piece < len(cuts)]
    found = [each for bundle in inside if (each := _refused(bundle, meter))]
    open_ones = [bundle for bundle in inside if _refused(bundle, meter) is None]
    counted = next((each for each in counted_in(facts) if _is(each, meter, target)), None)
    if meter.formula == "last" or meter.window is not None or counted is None:
        return _in_order([*found, *(_taken(each, meter) for each in open_ones)])
    by_piece: dict[int, list[Bundle]] = {}
    for bundle in open_ones:
        by_piece.setdefault(bundle.piece, []).append(bundle)
    pieces = {bisect_right(cuts, piece.period.start): piece for piece in counted.pieces}
    for number in sorted({*by_piece, *pieces}):
        found += _compared(meter, target.customer, by_piece.get(number, []), pieces.get(number))
    return _in_order(found)


def _is(counted: Counted, meter: Meter, target: Target) -> bool:
    return (counted.meter, counted.customer) == (meter.id, target.customer)


def _in_order(found: Sequence[Found]) -> list[Found]:
    """In the log's order, which is taken for the order of sending; what is in no log comes last."""
    return sorted(found, key=lambda each: (each.row is None, each.row or 0))


def _refused(bundle: Bundle, meter: Meter) -> Found | None:
    """Why a bundle cannot have counted, from the log alone; None if it may have."""
    doubtful = bundle.taken is None and bundle.against in {"value", "digits", "identifier"}
    if bundle.taken is not False and not doubtful:
        return None
    reason = REPEATED if bundle.against == "identifier" else bundle.against
    stated = _found(bundle, meter, _units(bundle, meter), raw=bundle.against == "milliseconds")
    return replace(stated, text=bundle.text, refusal={"status": bundle.status, "reason": reason})


def _units(bundle: Bundle, meter: Meter) -> Decimal:
    return bundle.shown(meter)


def _taken(bundle: Bundle, meter: Meter) -> Found:
    return _found(bundle, meter, _units(bundle, meter))


def _found(bundle: Bundle, meter: Meter | None, units: Decimal, *, raw: bool = False) -> Found:
    alone = bundle.rows == 1
    return Found(
        label=f"line {bundle.row}" if alone else f"from line {bundle.row} on",
        source="log",
        meter=meter.id if meter else None,
        event_name=bundle.event_name or "",
        customer=bundle.customer,
        units=units,
        stamp=bundle.raw_stamp if raw else bundle.stamp,
        events=bundle.rows,
        row=bundle.row,
        sent_at=bundle.sent_at,
        identifier=bundle.identifier if alone else None,
    )


def _compared(meter: Meter, customer: str, bundles: Sequence[Bundle], piece: Piece | None) -> list[Found]:
    """One piece of time: what was sent there, against what the meter shows."""
    shown = piece.units if piece else ZERO
    missing = sum((_units(each, meter) for each in bundles), ZERO) - shown
    if missing < 0 and piece is not None:
        return [*(_taken(each, meter) for each in bundles), _not_in_the_log(meter, customer, piece, -missing)]
    left = missing
    found: list[Found] = []
    for bundle, units in _least_believable(bundles, meter, missing):
        uncounted = min(left, units) if left > 0 and units > 0 else ZERO
        left -= uncounted
        found += list(_split(bundle, meter, units, uncounted))
    return found


def _least_believable(
    bundles: Sequence[Bundle], meter: Meter, missing: Decimal
) -> list[tuple[Bundle, Decimal]]:
    """Bundles and their units, in the order in which they are taken not to have counted.

    What is stamped in milliseconds comes first, then a bundle that is just what is missing, then what the log
    doesn't say was taken, the newest first.
    """
    sized = [(bundle, _units(bundle, meter)) for bundle in bundles]
    ranked = [
        (bundle.against != "milliseconds", units != missing, bundle.taken is True, -bundle.row)
        for bundle, units in sized
    ]
    return [each for _, each in sorted(zip(ranked, sized, strict=True), key=lambda pair: pair[0])]


def _split(bundle: Bundle, meter: Meter, units: Decimal, uncounted: Decimal) -> Iterator[Found]:
    counted = meter.formula == "count"
    if units != uncounted or not uncounted:
        kept = units - uncounted
        whole = _found(bundle, meter, kept)
        yield replace(whole, events=int(kept) if counted else bundle.rows)
    if uncounted:
        late = bundle.against == "milliseconds"
        reason = "milliseconds" if late else NOT_COUNTED
        part = _found(bundle, meter, uncounted, raw=late)
        rest = f"{part.label}, not counted" if uncounted != units else part.label
        events = int(uncounted) if counted else bundle.rows
        yield replace(part, label=rest, events=events, refusal={"status": bundle.status, "reason": reason})


def _not_in_the_log(meter: Meter, customer: str, piece: Piece, units: Decimal) -> Found:
    return Found(
        label=f"{piece.label}, not in the log",
        source="meter",
        meter=meter.id,
        event_name=meter.event_name,
        customer=customer,
        units=units,
        stamp=piece.period.start,
        events=int(units) if meter.formula == "count" else 1,
    )
