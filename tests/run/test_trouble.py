"""Faults that a scenario asks for: they strike, and the story bears with them or says why not."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, get_args

import pytest
import stripe

from harness.check import check
from harness.history.entries import CaseEnded
from harness.history.facts import read_facts
from harness.run import run_case
from harness.scenario import load_file
from harness.scenario.objects import FaultKind
from harness.simulator.faults import KINDS

STORY = """
scenario: A month with trouble
clock: 2026-01-01
meters: {calls: {formula: sum}}
prices: {per-call: {meter: calls, interval: month, unit_amount: 0.02 usd}}
customers: {acme: {payment_method: pm_card_visa}}
subscriptions: {plan: {customer: acme, items: [per-call]}}
simulator: {aggregation_lag: 0s, faults: [FAULT]}
steps:
  - meter_events: {meter: calls, customer: acme, value: 40}
  - advance: cycle1.end + 2h
  - expect: {invoice: cycle1, finalized: true, lines: [{price: per-call, quantity: 40}]}
"""


def tell(folder: Path, fault: str, change: Callable[[str], str] = str) -> Any:
    path = folder / "story.yaml"
    path.write_text(change(STORY.replace("FAULT", fault)))
    loaded = load_file(path)
    assert loaded.problems == []
    return run_case(loaded.cases[0]).entries


def ending(entries: Any) -> CaseEnded:
    return next(each for each in entries if isinstance(each, CaseEnded))


def statuses(entries: Any, path: str) -> list[int]:
    return [each.status for each in entries if each.kind == "call" and each.path == path]


def test_the_language_has_every_fault_but_a_change_of_order_among_deliveries() -> None:
    assert set(get_args(FaultKind)) == set(KINDS) - {"webhook_reordered"}


@pytest.mark.parametrize(
    ("kind", "seen"),
    [("error", [500, 200]), ("conflict", [409, 200]), ("reset", [200]), ("lost_answer", [200])],
)
def test_the_sdk_tries_again_and_the_usage_counts_once(tmp_path: Path, kind: str, seen: list[int]) -> None:
    entries = tell(tmp_path, f"{{kind: {kind}, on: POST /v1/billing/meter_events}}")
    assert statuses(entries, "/v1/billing/meter_events") == seen
    assert ending(entries).outcome == "completed"
    assert check(read_facts(entries)).findings == ()


def test_the_same_trouble_makes_the_same_history(tmp_path: Path) -> None:
    fault = "{kind: error, percent: 30, times: always, on: GET *}"
    assert tell(tmp_path, fault) == tell(tmp_path, fault)


def test_a_failed_advance_stops_the_story_and_is_named(tmp_path: Path) -> None:
    ended = ending(tell(tmp_path, "{kind: clock_failure}"))
    assert ended.outcome == "stopped"
    assert "internal_failure" in str(ended.reason)


def test_a_meter_that_stands_still_stops_a_story_that_waits_for_it(tmp_path: Path) -> None:
    ended = ending(tell(tmp_path, "{kind: aggregation_stuck, on: POST /v1/billing/meter_events}"))
    assert ended.outcome == "stopped"


class Handler:
    """A webhook handler that verifies, or does not."""

    def __init__(self, *, verifies: bool) -> None:
        self.taken: list[str] = []
        outer = self

        class Taker(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    if verifies:
                        stripe.Webhook.construct_event(
                            body, self.headers["Stripe-Signature"], "whsec_harness"
                        )
                    outer.taken.append(json.loads(body)["type"])
                    self.send_response(200)
                except stripe.SignatureVerificationError:
                    self.send_response(400)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Taker)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def deliver(folder: Path, fault: str, *, verifies: bool = True) -> tuple[Any, list[str]]:
    handler = Handler(verifies=verifies)
    try:
        url = f"http://127.0.0.1:{handler.server.server_port}/hook"
        reaction = f"reactions: [{{on: invoice.paid, times: 1, post: {url}}}]\nsteps:"
        return tell(folder, fault, lambda text: text.replace("steps:", reaction)), handler.taken
    finally:
        handler.stop()


@pytest.mark.parametrize(
    ("fault", "times"),
    [
        ("{kind: webhook_duplicate}", 2),
        ("{kind: webhook_duplicate, on: invoice.created}", 1),
        ("{kind: webhook_late, lasts: 5m}", 1),
        ("{kind: webhook_badly_signed}", 1),
    ],
)
def test_what_a_reaction_posts_can_go_wrong_too(tmp_path: Path, fault: str, times: int) -> None:
    entries, taken = deliver(tmp_path, fault)
    assert ending(entries).outcome == "completed"
    assert taken == ["invoice.paid"] * times


def test_a_handler_that_takes_a_wrong_signature_fails_the_story(tmp_path: Path) -> None:
    entries, _ = deliver(tmp_path, "{kind: webhook_badly_signed}", verifies=False)
    assert ending(entries).outcome == "stopped"
    assert "with a wrong signature" in str(ending(entries).reason)
