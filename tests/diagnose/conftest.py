"""Stories told on the simulator, and what the simulator itself knows of them: the oracle, for tests only."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from harness.backends import simulated
from harness.check import Checked, check
from harness.diagnose import Cause, diagnose
from harness.history.facts import Facts, Usage, read_facts
from harness.run import run_case
from harness.scenario import Case

World = Any
ZERO = Decimal(0)


class Told:
    """A story that was told: its facts, what was found, and the world behind it."""

    def __init__(self, case: Case, world: World, folder: Path | None = None) -> None:
        self.facts: Facts = read_facts(run_case(case, folder=folder).entries)
        self.checked: Checked = check(self.facts)
        self.causes: tuple[Cause, ...] = diagnose(self.facts, self.checked)
        self.world = world[-1]

    @property
    def codes(self) -> list[str]:
        return [cause.code for cause in self.causes]

    def disagreements(self) -> list[str]:
        """Where the facts, or the accounting, say something else than the simulator knows."""
        usages = [usage for usage in self.facts.usages if usage.action is None]
        wrong = [f"{usage.label}: {said}" for usage in usages if (said := self._misjudged(usage))]
        billed, known = self._units_billed(), self._units_on_invoices()
        return wrong if billed == known else [*wrong, f"billed {billed}, the invoices hold {known}"]

    def _misjudged(self, usage: Usage) -> str | None:
        """An event is in the ledger if it was accepted, and struck out if it was cancelled."""
        receipt = self.world.usage.receipt(usage.event_name, usage.identifier or "")
        mine = receipt is not None and (receipt.at, str(receipt.value)) == (usage.stamp, usage.value_text)
        if usage.accepted and receipt is None:
            return "accepted, and yet not in the ledger"
        if not usage.accepted and mine and not self._sent_twice(usage):
            return "refused, and yet in the ledger"
        if usage.accepted and receipt.cancelled != (usage.cancelled_by is not None):
            return f"cancelled is {receipt.cancelled}"
        return None

    def _sent_twice(self, usage: Usage) -> bool:
        same = [each for each in self.facts.usages if each.identifier == usage.identifier]
        return len(same) > 1

    def _units_billed(self) -> Decimal:
        rows = [row for account in self.checked.accounts for row in account.rows]
        return sum((row.units * row.times_billed for row in rows if row.fate == "billed"), ZERO)

    def _units_on_invoices(self) -> Decimal:
        """What all invoices that charge anything bill of meters and of usage records."""
        charged = [each for each in self.world.invoices.values() if each.status not in {"draft", "void"}]
        lines = [line for each in charged for line in each.lines if self._is_metered(line)]
        return sum((line.quantity or ZERO for line in lines), ZERO)

    def _is_metered(self, line: Any) -> bool:
        price = self.world.prices.get(line.price)
        return price is not None and price.metered


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Told]:
    """Tells a case on the simulator and keeps hold of its world."""
    return teller(monkeypatch)


def teller(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Told]:
    worlds: list[World] = []
    made = simulated.World

    def make(settings: Any) -> World:
        worlds.append(made(settings))
        return worlds[-1]

    monkeypatch.setattr(simulated, "World", make)
    return lambda case, folder=None: Told(case, worlds, folder)


@pytest.fixture(scope="module")
def telling_stories() -> Any:
    """The same for a whole module, as properties need it."""
    with pytest.MonkeyPatch.context() as patched:
        yield teller(patched)
