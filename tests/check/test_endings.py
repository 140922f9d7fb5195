"""How a story went, apart from its claims."""

from __future__ import annotations

from typing import Any

from harness.check import check
from harness.history import entries as kinds

Tell = Any
NO_SUCH = {"message": "No such price: 'price_x'", "type": "invalid_request_error", "code": "resource_missing"}


def refuse(tell: Tell, *, expected: bool, wanted: dict[str, Any] | None = None) -> None:
    n = tell.call("POST", "/v1/subscriptions", {"error": NO_SUCH}, status=400)
    said = {"status": 400, "param": "items[0][price]"} | NO_SUCH
    tell.history.append(kinds.Refused, line=12, call=n, expected=expected, wanted=wanted, **said)


def test_a_refusal_that_nobody_asked_for_is_a_finding_with_everything_the_api_said(tell: Tell) -> None:
    refuse(tell, expected=False)
    tell.end("stopped", 12, "update was refused")
    [finding] = check(tell.facts()).findings
    assert (finding.code, finding.line) == ("refused", 12)
    assert finding.rows[1].actual == "POST /v1/subscriptions"
    assert finding.rows[0].actual == "400, invalid_request_error, resource_missing, param items[0][price]"
    assert finding.rows[2].actual == "No such price: 'price_x'"


def test_a_refusal_of_another_kind_shows_what_was_wanted(tell: Tell) -> None:
    refuse(tell, expected=False, wanted={"status": 404})
    [finding] = check(tell.facts()).findings
    assert finding.rows[0].expected == "status 404"


def test_an_expected_refusal_is_no_finding(tell: Tell) -> None:
    refuse(tell, expected=True, wanted={"status": 400})
    assert check(tell.end().facts()).passed


def test_a_step_that_had_to_fail_but_went_through_is_a_finding(tell: Tell) -> None:
    tell.history.append(kinds.NotRefused, line=13, wanted={"status": 400})
    [finding] = check(tell.end().facts()).findings
    assert finding.summary == "line 13: accepted, but had to fail with status 400"


def test_a_story_that_stopped_fails_and_shows_the_wait_that_gave_up(tell: Tell) -> None:
    tell.history.append(
        kinds.Waited, reason="api_calls to count", looks=9, slept=600.0, done=False, last="0 of 40"
    )
    tell.end("stopped", 30, "api_calls to count did not happen within 600 s")
    [finding] = check(tell.facts()).findings
    assert (finding.code, finding.verdict, finding.line) == ("stopped", "failed", 30)
    assert finding.rows[1].actual == "for api_calls to count: 0 of 40, after 600 s and 9 looks"


def test_a_broken_backend_says_nothing_about_the_story(tell: Tell) -> None:
    [finding] = check(tell.end("broken", 3, "connection lost").facts()).findings
    assert finding.verdict == "unknown"


def test_a_stopped_story_is_not_blamed_for_losses_it_never_came_to_claim(tell: Tell) -> None:
    tell.cast().at("2026-02-01 02:00:00").report(40, "2026-01-31 23:59:59")
    tell.invoice([tell.line("per-call", 0)])
    tell.subscription("acme-plan", "acme", ["per-call"], period=("2026-02-01", "2026-03-01"))
    tell.end("stopped", 30, "refused")
    assert [finding.code for finding in check(tell.facts()).findings] == ["stopped"]
