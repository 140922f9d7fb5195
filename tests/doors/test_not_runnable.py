"""What pytest shows of a story that the account cannot tell."""

from pathlib import Path

import pytest

CONFTEST = """\
pytest_plugins = ["harness.plugin"]

from harness.simulator.flows.catalogue import prices
from harness.simulator.wire.errors import invalid


def refuse(*_):
    raise invalid(prices.NEEDS_METER)


prices.recurring_of = refuse
"""
STORY = """\
scenario: A month of usage records
api_version: 2025-02-24.acacia
clock: 2026-01-01
prices: {seats: {aggregate_usage: sum, unit_amount: 1 usd}}
customers: {acme: {}}
subscriptions: {plan: {customer: acme, items: [seats]}}
steps:
  - advance: start + 1d
  - usage_record: {subscription: plan, price: seats, quantity: 5}
  - expect: {usage_summary: {subscription: plan, price: seats, total: 5}}
"""
REASON = (
    "this account has no legacy usage records: Starting with Stripe version `2025-03-31.basil`, metered *"
)


@pytest.fixture
def account_without_legacy_prices(pytester: pytest.Pytester) -> Path:
    """An account that refuses legacy prices whatever the version (LEG-25 leaves it open)."""
    pytester.makeconftest(CONFTEST)
    folder = pytester.mkdir("scenarios")
    (folder / "records.yaml").write_text(STORY, encoding="utf-8")
    return folder / "records.yaml"


def test_it_is_skipped_with_stripes_own_message(
    account_without_legacy_prices: Path, pytester: pytest.Pytester
) -> None:
    """LEG-25, PRC-02"""
    result = pytester.runpytest_subprocess("-rs", "scenarios")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines([f"SKIPPED * {REASON}"])


def test_a_story_with_a_newer_version_fails(
    account_without_legacy_prices: Path, pytester: pytest.Pytester
) -> None:
    """LEG-22: the story itself is at fault then."""
    path = account_without_legacy_prices
    path.write_text(STORY.replace("2025-02-24.acacia", "2025-03-31.basil"), encoding="utf-8")
    pytester.runpytest_subprocess("scenarios").assert_outcomes(failed=1)
