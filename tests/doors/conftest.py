"""A small project with one story, as a user would have it."""

from pathlib import Path

import pytest

STORY = """\
scenario: A month
tags: [late-usage]
clock: 2026-01-01
meters: {calls: {formula: sum}}
prices: {per-call: {meter: calls, interval: month, unit_amount: 0.02 usd}}
customers: {acme: {payment_method: pm_card_visa}}
subscriptions: {plan: {customer: acme, items: [per-call]}}
cases:
  - {id: right, used: 40, billed: 40}
  - {id: wrong, used: 40, billed: 41}
steps:
  - meter_events: {meter: calls, customer: acme, value: $used}
  - advance: cycle1.end + 2h
  - expect: {invoice: cycle1, finalized: true, lines: [{price: per-call, quantity: $billed}]}
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> Path:
    """A folder with `conftest.py` and one scenario file of a passing and a failing case."""
    pytester.makeconftest('pytest_plugins = ["harness.plugin"]')
    folder = pytester.mkdir("scenarios")
    (folder / "month.yaml").write_text(STORY, encoding="utf-8")
    return pytester.path
