from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from harness.check import check
from harness.diagnose import diagnose
from harness.history.facts import Facts
from harness.report.page.drawing import Lane, Timeline
from harness.report.page.timeline import make_timeline, tick_label


def drawn(facts: Facts) -> Timeline:
    checked = check(facts)
    timeline = make_timeline(facts, checked, diagnose(facts, checked))
    assert timeline is not None
    return timeline


def lane(timeline: Timeline, title: str) -> Lane:
    return next(each for _, each in timeline.lanes if each.title == title)


def shapes(one: Lane) -> list[str]:
    return [glyph.shape for glyph in one.glyphs]


def final_x(timeline: Timeline) -> float:
    return next(guide.x for guide in timeline.guides if guide.style == "final")


def test_an_event_is_drawn_where_it_counts_and_where_it_was_sent_and_joined(too_late: Any) -> None:
    timeline = drawn(too_late.facts())
    usage = lane(timeline, "api_calls of acme")
    stamped, sent = usage.glyphs
    assert (stamped.shape, sent.shape) == ("ring", "triangle")
    assert stamped.x < final_x(timeline) < sent.x
    assert [(thread.x1, thread.x2) for thread in usage.threads] == [(pytest.approx(stamped.x, abs=1), sent.x)]
    assert [text.text for text in usage.texts] == ["40 lost: sent after its invoice was final"]


def test_an_event_stamped_when_it_was_sent_is_one_mark(passing: Any) -> None:
    usage = lane(drawn(passing.facts()), "api_calls of acme")
    assert shapes(usage) == ["circle"]
    assert usage.threads == []
    assert [text.text for text in usage.texts] == ["40 billed in cycle 1"]


@pytest.mark.parametrize(
    ("what", "shape"),
    [("refused", "square"), ("cancelled", "minus"), ("pending", "half"), ("lost", "triangle")],
)
def test_each_fate_has_a_shape_of_its_own(tell: Any, what: str, shape: str) -> None:
    tell.cast().at("2026-01-15")
    label = tell.report(40, error="refused" if what == "refused" else None)
    if what == "cancelled":
        tell.cancel(label)
    if what != "pending":
        tell.advance("2026-02-01 02:00:00")
        tell.invoice([tell.line("per-call", 0)])
        tell.subscription("acme-plan", "acme", ["per-call"], period=("2026-02-01", "2026-03-01"))
    tell.end()
    assert shapes(lane(drawn(tell.facts()), "api_calls of acme"))[-1] == shape


def test_a_draft_is_a_band_until_it_is_final(passing: Any) -> None:
    timeline = drawn(passing.facts())
    invoices = lane(timeline, "Invoices")
    [draft] = invoices.bands
    [flag] = invoices.glyphs
    assert draft.label == "draft 1 h"
    assert draft.x + draft.width == pytest.approx(flag.x)
    assert flag.mark.text.startswith("invoice of cycle 1 is final 2026-02-01 01:00:00: final: 0.80 usd")
    assert [(shade.x, shade.width) for shade in timeline.shades] == [(draft.x, draft.width)]


def test_a_draft_that_never_became_final_stays_open(tell: Any) -> None:
    tell.cast().advance("2026-02-01 00:30:00")
    tell.invoice([tell.line("per-call", 0)], final=None)
    tell.end()
    timeline = drawn(tell.facts())
    [draft] = lane(timeline, "Invoices").bands
    assert draft.x + draft.width == pytest.approx(timeline.right)
    assert lane(timeline, "Invoices").glyphs == []


def test_marks_that_the_diagnosis_rests_on_are_known(too_late: Any) -> None:
    timeline = drawn(too_late.facts())
    reported = next(usage.n for usage in too_late.facts().usages)
    assert reported in timeline.cited


def test_an_unmet_expectation_is_a_cross(too_late: Any) -> None:
    story = lane(drawn(too_late.facts()), "Story")
    assert (shapes(story), [text.text for text in story.texts]) == (["cross"], ["expect invoice cycle1"])


def test_many_events_sent_together_are_one_mark_with_all_their_stamps(tell: Any) -> None:
    tell.cast().at("2026-01-20")
    for hour in range(20):
        tell.report(2, tell.unix("2026-01-10") + hour * 3600)
    tell.advance("2026-02-01 02:00:00")
    tell.invoice([tell.line("per-call", 40)])
    tell.end()
    usage = lane(drawn(tell.facts()), "api_calls of acme")
    assert [text.text for text in usage.texts] == ["20 events, 40 billed in cycle 1"]
    assert shapes(usage).count("ring") == 20
    assert shapes(usage)[-1] == "circle"


def test_a_thousand_events_make_a_drawing_of_bounded_size(tell: Any) -> None:
    tell.cast()
    for place in range(1_000):
        tell.clock = tell.unix("2026-01-01") + place * 2_000
        tell.report(1)
    tell.end()
    timeline = drawn(tell.facts())
    assert timeline.width < 3_000
    assert timeline.height < 3_000


def test_a_stamp_far_outside_lies_at_the_edge(tell: Any) -> None:
    tell.cast().at("2026-01-15")
    tell.report(40, 1_768_435_200_000, error="in milliseconds")
    tell.advance("2026-02-01 02:00:00")
    tell.end()
    timeline = drawn(tell.facts())
    ring = next(glyph for glyph in lane(timeline, "api_calls of acme").glyphs if glyph.shape == "ring")
    assert ring.x == pytest.approx(timeline.right, abs=1)
    assert "counts at 1768435200000" in ring.mark.text


def test_the_words_tell_everything_in_order_of_time(too_late: Any) -> None:
    timeline = drawn(too_late.facts())
    told = [mark.at for mark in timeline.words]
    assert told == sorted(told, key=lambda at: at or 0)
    said = "\n".join(mark.text for mark in timeline.words)
    assert "usage-1: 40 sent 2026-02-01 02:00:00, counts at 2026-01-31 23:59:59; lost" in said
    assert "expect invoice cycle1 (line 46): not met" in said


def test_a_story_without_a_clock_has_no_drawing(tell: Any) -> None:
    tell.end("broken", reason="no network")
    facts = tell.facts()
    assert make_timeline(facts, check(facts), ()) is None


def test_labels_of_instants_never_overlap(too_late: Any) -> None:
    timeline = drawn(too_late.facts())
    for row in {tick.row for tick in timeline.ticks}:
        reach = [(tick.x, tick.x + len(tick.label) * 6) for tick in timeline.ticks if tick.row == row]
        assert all(before[1] <= after[0] + 6 for before, after in pairwise(reach))


@pytest.mark.parametrize(
    ("instant", "before", "said"),
    [
        ("2026-01-01", None, "1 Jan 2026"),
        ("2026-02-01", "2026-01-01", "1 Feb"),
        ("2026-02-01 00:01:00", "2026-02-01", "00:01"),
        ("2026-02-01 23:59:59", "2026-02-01", "23:59:59"),
        ("2027-01-01 12:30:00", "2026-12-31", "1 Jan 2027 12:30"),
    ],
)
def test_a_date_says_only_what_is_new(tell: Any, instant: str, before: str | None, said: str) -> None:
    assert tick_label(tell.unix(instant), None if before is None else tell.unix(before)) == said


def test_the_same_story_gives_the_same_drawing(too_late: Any, telling: Callable[[], Any]) -> None:
    assert drawn(too_late.facts()) == drawn(too_late.facts())


def test_where_stripe_moved_the_anchor_the_periods_that_were_seen_are_drawn(tell: Any) -> None:
    tell.cast().at("2026-01-11")
    tell.subscription("acme-plan", "acme", ["per-call"], method="POST", period=("2026-01-11", "2026-02-11"))
    tell.advance("2026-02-11 02:00:00")
    tell.subscription("acme-plan", "acme", ["per-call"], period=("2026-02-11", "2026-03-11"))
    tell.end()
    bands = lane(drawn(tell.facts()), "Billing cycles").bands
    assert [band.mark.text for band in bands] == [
        "period 1: 2026-01-01 00:00:00 to 2026-01-11 00:00:00",
        "period 2: 2026-01-11 00:00:00 to 2026-02-11 00:00:00",
        "period 3: 2026-02-11 00:00:00 to 2026-03-11 00:00:00",
    ]


def test_planned_cycles_are_drawn_up_to_where_the_story_ends(passing: Any) -> None:
    bands = lane(drawn(passing.facts()), "Billing cycles").bands
    assert [band.label for band in bands] == ["cycle 1", "cycle 2"]


def test_an_ended_subscription_has_no_later_cycles(tell: Any) -> None:
    tell.cast().at("2026-01-11")
    tell.subscription("acme-plan", "acme", ["per-call"], status="canceled", ended_at=tell.unix("2026-01-11"))
    tell.advance("2026-03-11")
    tell.end()
    bands = lane(drawn(tell.facts()), "Billing cycles").bands
    assert [band.mark.text for band in bands] == ["cycle 1: 2026-01-01 00:00:00 to 2026-01-11 00:00:00"]


def test_an_invoice_off_the_planned_cycles_is_named_by_its_days(tell: Any) -> None:
    tell.cast().advance("2026-02-11 02:00:00")
    tell.invoice([], period=("2026-01-11", "2026-02-11"), final="2026-02-11 01:00:00")
    tell.invoice([], invoice_id="in_2", billing_reason="subscription_update", final="2026-02-11 01:00:00")
    tell.end()
    names = [text.text for text in lane(drawn(tell.facts()), "Invoices").texts if text.style == "strong"]
    assert names == ["invoice for 11 Jan to 11 Feb", "update invoice in_2"]


def test_a_look_that_shows_nothing_new_is_not_drawn(tell: Any) -> None:
    tell.cast().at("2026-01-15")
    tell.report(40)
    for total in (0, 0, 40, 40):
        tell.wall += 20
        row = {"object": "billing.meter_event_summary", "meter": "mtr_api_calls", "aggregated_value": total}
        row |= {"start_time": tell.unix("2026-01-01"), "end_time": tell.unix("2026-02-01")}
        tell.call(
            "GET",
            "/v1/billing/meters/mtr_api_calls/event_summaries",
            {"object": "list", "data": [row] if total else []},
            {"customer": "cus_acme", "start_time": str(row["start_time"]), "end_time": str(row["end_time"])},
        )
    tell.advance("2026-02-01 02:00:00")
    tell.end()
    shown = lane(drawn(tell.facts()), "Meter catches up").texts
    assert [text.text for text in shown] == ["shows 40, 60 s after sending"]


def test_expectations_of_one_instant_and_verdict_are_told_together(tell: Any) -> None:
    tell.cast().advance("2026-02-01 02:00:00")
    tell.invoice([tell.line("per-call", 0)])
    tell.expect_lines({"price": "per-call", "quantity": "0"})
    tell.expect_lines({"price": "per-call", "quantity": "0"}, line=47)
    tell.expect_lines({"price": "per-call", "quantity": "9"}, line=48)
    tell.end()
    story = lane(drawn(tell.facts()), "Story")
    assert [text.text for text in story.texts] == ["2 expectations", "expect invoice cycle1"]
    assert shapes(story) == ["check", "cross"]


def test_accounts_beyond_a_dozen_are_left_to_the_tables_and_that_is_said(tell: Any) -> None:
    tell.cast().at("2026-01-15")
    for number in range(14):
        tell.customer(f"customer-{number}")
        tell.report(1, customer=f"customer-{number}")
    tell.advance("2026-02-01 02:00:00")
    tell.end()
    titles = [one.title for _, one in drawn(tell.facts()).lanes]
    assert len([title for title in titles if title.startswith("api_calls of")]) == 12
    assert titles[-1] == "2 more accounts"
