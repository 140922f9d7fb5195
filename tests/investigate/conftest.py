"""Accounts that stay as a story left them, to be looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.backends import Backend, open_backend
from harness.history.facts import Facts, read_facts
from harness.history.log import History
from harness.investigate.explaining import Explained, Log, explain_reading
from harness.investigate.reading import read_invoice
from harness.plan.planner import plan_case
from harness.run import runner
from harness.scenario import load_file

CAST = """\
scenario: A story
clock: 2026-01-01
meters: {api_calls: {formula: sum}}
prices: {per-call: {meter: api_calls, unit_amount: 0.02 usd}, base: {unit_amount: 10 usd}}
customers: {acme: {payment_method: pm_card_visa, name: Alice Ayers, email: alice@example.com}}
subscriptions: {plan: {customer: acme, items: [per-call, base], billing_mode: flexible}}
"""


@dataclass
class Account:
    """The simulator after a story, and what the story saw of it."""

    backend: Backend
    told: Facts

    def id(self, what: str, label: str) -> str:
        found = self.told.id_of(what, label)
        assert found is not None
        return found

    @property
    def customer(self) -> str:
        return next(found for (what, _), found in self.told.ids.items() if what == "customer")

    @property
    def invoice(self) -> str:
        """The newest invoice that bills a cycle."""
        views = [seen.view for seen in self.told.last_invoices()]
        return [view.id for view in views if view.reason == "subscription_cycle"][-1]

    def read(self, invoice: str | None = None) -> History:
        return read_invoice(self.backend, invoice or self.invoice)

    def explain(self, log: Path | None = None, invoice: str | None = None, **columns: str) -> Explained:
        return explain_reading(self.read(invoice).entries, Log(log, columns) if log else None)


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Account]:
    """Tells a story and leaves its account as it is in the end."""
    monkeypatch.setattr(runner, "clean_up", lambda _: None)

    def told(steps: str, cast: str = CAST) -> Account:
        file = tmp_path / "story.yaml"
        file.write_text(cast + "steps:\n" + steps, encoding="utf-8")
        loaded = load_file(file)
        assert not loaded.problems, loaded.problems
        case = loaded.cases[0]
        backend = open_backend("simulator", runner.simulator_settings(case))
        history = runner.run_plan(plan_case(case, "simulator"), backend, tmp_path)
        backend.recorders.clear()
        assert history.entries[-1].outcome == "completed", history.entries[-1]
        return Account(backend, read_facts(history.entries))

    return told


LATE = """\
  - advance: start + 2h
  - meter_events: {meter: api_calls, customer: acme, value: 5, at: start + 1h, times: 6}
  - advance: 2026-01-20
  - meter_events: {meter: api_calls, customer: acme, value: 12.5}
  - advance: cycle1.end + 2h
  - meter_events: {meter: api_calls, customer: acme, value: 40, at: cycle1.end - 1s}
  - meter_events: {meter: api_calls, customer: acme, value: 7}
  - advance: cycle1.end + 2d
"""


@pytest.fixture
def late(account: Callable[..., Account]) -> Account:
    """42.5 units billed in time, 40 sent an hour after the invoice was final, 7 in the next cycle."""
    return account(LATE)
