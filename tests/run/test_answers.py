"""`call` with `returns`, and with invoices in its path, told against the simulator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.check import check
from harness.history.entries import Called
from harness.history.facts import read_facts
from harness.run import run_case
from harness.scenario import load_file

STORY = """
scenario: Answers
clock: 2026-01-01
meters: {api_calls: {formula: sum}}
prices: {per-call: {meter: api_calls, interval: month, unit_amount: 1 usd}}
customers: {acme: {payment_method: pm_card_visa}}
subscriptions: {acme-plan: {customer: acme, items: [per-call]}}
steps:
  - meter_events: {meter: api_calls, customer: acme, value: 5}
  - advance: cycle1.end + 2h
  - STEP
"""

SEEN = "{method: GET, path: /v1/invoices/:cycle1"


def tell(folder: Path, step: str) -> Any:
    file = folder / "answers.yaml"
    file.write_text(STORY.replace("STEP", step), encoding="utf-8")
    loaded = load_file(file, folder)
    assert loaded.problems == []
    return run_case(loaded.cases[0])


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ('call: {method: GET, path: "/v1/customers/:acme", returns: {balance: 0}}', []),
        ('call: {method: GET, path: "/v1/customers/:acme", returns: {id: {id_of: acme}}}', []),
        ('call: {method: GET, path: "/v1/customers/:acme", returns: {balance: 1}}', ["balance is 0, not 1"]),
        ('call: {method: GET, path: "/v1/invoices/:cycle1", returns: {lines.data.0.quantity: 5}}', []),
        ('call: {method: GET, path: "/v1/customers/:acme", returns: {created: {time_of: start}}}', []),
        ('call: {method: GET, path: "/v1/invoices/:cycle1", returns: {created: {time_of: cycle1.end}}}', []),
        (
            'call: {method: GET, path: "/v1/invoices/:acme-plan.latest", returns: {total: 500}}',
            [],
        ),
        (
            'call: {method: GET, path: "/v1/invoices/:cycle1", returns: {id: {id_of: acme-plan.latest}}}',
            [],
        ),
        (f"call: {SEEN}, returns: {{lines.data.0.id: {{id_of: cycle1.line1}}}}}}", []),
        (
            "call: {method: GET, path: /v1/invoices/:cycle1, returns: {id: {id_of: acme-plan.cycle1.line2}}}",
            ["stopped: invoice acme-plan.cycle1 has no line 2, as far as it shows them"],
        ),
        (
            'call: {method: GET, path: "/v1/invoices/:cycle99999", returns: {total: 500}}',
            ["stopped: cycle99999 is further away than the 5000 cycles that are planned"],
        ),
        (
            'call: {method: GET, path: "/v1/invoices/:cycle2", returns: {total: 500}}',
            ["stopped: there is no invoice cycle2 yet"],
        ),
    ],
)
def test_an_answer_is_checked(tmp_path: Path, step: str, said: list[str]) -> None:
    history = tell(tmp_path, step)
    findings = check(read_facts(history.entries)).findings
    assert [each.summary for each in findings] == said


def test_a_get_with_within_is_made_again_until_it_answers_so_and_a_post_is_not(tmp_path: Path) -> None:
    def made(method: str) -> int:
        call = f'{{method: {method}, path: "/v1/customers/:acme", returns: {{balance: 1}}}}'
        history = tell(tmp_path, f"{{within: 1m, call: {call}}}")
        return sum(
            isinstance(entry, Called) and entry.method == method and "/v1/customers/cus" in entry.path
            for entry in history.entries
        )

    assert made("GET") > made("POST")
