"""Whole failure texts and explanations, kept as samples: output is an interface.

After a wanted change, `REWRITE_SAMPLES=1 pytest tests/report` writes them anew; read the difference.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.check import check
from harness.diagnose import diagnose
from harness.history import entries as kinds
from harness.report.text import TextOptions, as_json, explain_text, failure_text, headline, pass_line

Tell = Any
SAMPLES = Path(__file__).parent / "samples"
FEBRUARY = {"period": ("2026-02-01", "2026-03-01")}
AGAIN = 'pytest "scenarios/story.yaml::story"'
WIDEST = 110  # places and line numbers may pass column 80


def late(tell: Tell) -> None:
    """The sample: the handler reports an hour after the invoice was final."""
    tell.cast().at("2026-02-01 02:00:00").report(40, "2026-01-31 23:59:59", line=39)
    tell.invoice([tell.line("per-call", 0)], invoice_id="in_sim000002")
    tell.subscription("acme-plan", "acme", ["per-call"], **FEBRUARY)
    tell.expect_lines({"price": "per-call", "quantity": "40"})
    tell.expect({"usage": {"meter": "api_calls", "customer": "acme", "never_billed": "40"}})
    tell.end()


def moved(tell: Tell) -> None:
    tell.cast().at("2026-02-01 00:01:00").report(40, line=39)
    tell.at("2026-02-01 02:00:00").invoice([tell.line("per-call", 0)])
    tell.subscription("acme-plan", "acme", ["per-call"], **FEBRUARY)
    tell.expect_lines({"price": "per-call", "quantity": "40"})
    tell.end()


def refused(tell: Tell) -> None:
    message = 'No active meter found for event name "api_call".'
    tell.cast().at("2026-01-10").report(5, meter="api_call", error=message, line=20)
    call = next(entry.n for entry in reversed(tell.history.entries) if entry.kind == "call")
    said = {"status": 400, "type": "invalid_request_error", "code": None, "param": None, "message": message}
    tell.history.append(kinds.Refused, line=20, call=call, expected=False, wanted=None, **said)
    tell.end("stopped", 20, "meter_events was refused")


def given_up(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(40)
    reason = "api_calls to count what acme used"
    tell.history.append(kinds.Waited, reason=reason, looks=41, slept=600.0, done=False, last="0 of 40")
    tell.end("stopped", 43, f"{reason} did not happen within 600 s; last seen: 0 of 40")


def unclaimed(tell: Tell) -> None:
    tell.cast(mode="classic").price("new", "api_calls")
    tell.at("2026-01-05 09:00:00").report(1000, label="under-old", line=12)
    tell.at("2026-01-15").subscription(
        "acme-plan", "acme", ["new as per-call"], mode="classic", method="POST"
    )
    tell.at("2026-01-20").report(500, label="under-new", line=14)
    tell.at("2026-02-01 03:00:00").invoice([tell.line("new", 500, item="si_acme-plan_per-call")])
    tell.end()


def undecided(tell: Tell) -> None:
    tell.cast().at("2026-01-10")
    for value in (4, 3, 3):
        tell.report(value)
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 3)])
    tell.end()


def many(tell: Tell) -> None:
    """More findings than are shown, in long words, with two causes for one event."""
    trial = {"trial_end": tell.unix("2026-02-01")}
    tell.cast().price("base", None)
    tell.at("2026-02-01 02:00:00").report("40.50", "2026-01-31 23:59:59", line=39)
    tell.invoice([tell.line("per-call", 0), tell.line("base", 1, 2000)])
    tell.subscription("acme-plan", "acme", ["per-call"], **trial, **FEBRUARY)
    tell.expect_lines({"price": "per-call", "quantity": "40.5"})
    for _ in range(3):
        tell.expect(
            {"invoice": tell.named(1), "status": "open", "total": {"minor": "2081", "currency": "usd"}}
        )
    tell.expect({"invoices": {"count": 3}})
    tell.end()


STORIES = [late, moved, refused, given_up, unclaimed, undecided, many]


@pytest.fixture
def sample() -> Callable[[str, str], None]:
    """Compares a text with its stored sample."""

    def compare(name: str, text: str) -> None:
        path = SAMPLES / f"{name}.txt"
        if os.environ.get("REWRITE_SAMPLES"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"{text}\n", encoding="utf-8")
        assert f"{text}\n" == path.read_text(encoding="utf-8")

    return compare


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_failure_text_reads_like_its_sample(tell: Tell, story: Callable[[Tell], None], sample: Any) -> None:
    story(tell)
    facts = tell.facts()
    checked = check(facts)
    options = TextOptions(
        again=AGAIN, look=".harness/last/report.html#story", unreached=2 if story is refused else 0
    )
    text = failure_text(facts, checked, diagnose(facts, checked), options)
    sample(f"failure-{story.__name__}", text)
    lines = text.splitlines()
    assert len(lines[0]) <= 80
    assert lines[0] == headline(facts, checked, diagnose(facts, checked))
    assert all(len(line) <= WIDEST and line == line.rstrip() for line in lines)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("story", {}),
        ("event", {"event": "under-old"}),
        ("event-by-identifier", {"event": "id-under-new"}),
        ("unknown-event", {"event": "undr-old"}),
        ("invoice", {"invoice": "cycle1"}),
        ("invoice-by-id", {"invoice": "in_1"}),
        ("unknown-invoice", {"invoice": "cycle7"}),
    ],
)
def test_an_explanation_reads_like_its_sample(
    tell: Tell, name: str, arguments: dict[str, str], sample: Any
) -> None:
    unclaimed(tell)
    facts = tell.facts()
    checked = check(facts)
    sample(f"explain-{name}", explain_text(facts, checked, diagnose(facts, checked), **arguments))


def test_a_story_without_usage_is_explained_too(tell: Tell) -> None:
    facts = tell.cast().end().facts()
    assert explain_text(facts, check(facts), ()) == "no usage was reported in this story"


def test_a_pass_says_how_much_it_rests_on(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(40)
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 40)])
    tell.expect_lines({"price": "per-call", "quantity": "40"})
    facts = tell.end().facts()
    assert pass_line(facts, check(facts)) == "story: 1 expectation met, 1 event accounted for"


def test_the_same_for_machines_has_a_format_and_exact_units(tell: Tell) -> None:
    unclaimed(tell)
    facts = tell.facts()
    checked = check(facts)
    said = as_json(facts, checked, diagnose(facts, checked))
    assert (said["format"], said["kind"], said["passed"]) == (1, "explanation", False)
    [account] = said["accounts"]
    assert (account["meter"], account["reported"], account["billed"], account["lost"]) == (
        "api_calls",
        "1500",
        "500",
        "1000",
    )
    assert [event["fate"] for event in account["events"]] == ["lost", "billed"]
    [cause] = said["causes"]
    assert (cause["code"], cause["units"], cause["docs"][:24]) == ("U34", "1000", "https://docs.stripe.com/")
    assert [finding["code"] for finding in said["findings"]] == ["unclaimed-loss"]


def test_equal_histories_give_equal_texts(telling: Callable[[], Tell]) -> None:
    texts = []
    for _ in range(2):
        tell = telling()
        many(tell)
        facts = tell.facts()
        checked = check(facts)
        texts.append(failure_text(facts, checked, diagnose(facts, checked)))
    assert texts[0] == texts[1]
