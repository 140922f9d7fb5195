"""Many stories on one account: what is found again, what is tagged, and that nothing stays behind."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import stripe

from harness.backends import Backend, SimulatorSettings, Traits, open_backend
from harness.check import check
from harness.history.entries import CaseEnded, EventSeen, Noted, Waited
from harness.history.facts import read_facts
from harness.history.log import History
from harness.history.times import in_scenario_dates
from harness.plan.planner import plan_case
from harness.run import finding
from harness.run.asking import read
from harness.run.runner import run_plan
from harness.run.tags import LIFE_SECONDS, tag_in_metadata, tag_in_name
from harness.scenario import load_file

WALL = 1_795_132_800  # 2026-11-20
SCENARIOS = Path(__file__).parents[2] / "scenarios"
STORY = """\
scenario: A month
clock: 2026-01-01
meters: {calls: {formula: sum}}
prices: {per-call: {meter: calls, interval: month, unit_amount: 0.02 usd}}
customers: {acme: {payment_method: pm_card_visa}}
subscriptions: {plan: {customer: acme, items: [per-call]}}
steps:
  - meter_events: {meter: calls, customer: acme, value: 40}
  - advance: cycle1.end + 2h
  - expect: {invoice: cycle1, finalized: true, lines: [{price: per-call, quantity: 40, period: cycle1}]}
"""


class Account:
    """A simulated account that many stories share, as they share a real one."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self._folder = folder
        self._first = open_backend("simulator", SimulatorSettings(wall=WALL, **settings))
        self._runs = 0
        self.watchers: list[Callable[[Any], None]] = []
        self.client = self._first.client

    def backend(self, **over: Any) -> Backend:
        self._runs += 1
        self._first.recorders[:] = self.watchers
        traits = Traits(shared_account=True, holds_drafts=True, present=self._first.wall)
        named = {
            "name": "stripe",
            "run_id": f"run{self._runs}",
            "owner": "qa",
            "traits": traits,
            "quiet_polls": 2,
        }
        return replace(self._first, **(named | over))

    def tell(self, text: str = STORY, **over: Any) -> History:
        file = self._folder / "story.yaml"
        file.write_text(text, encoding="utf-8")
        [case] = load_file(file, self._folder).cases
        return run_plan(plan_case(case, "stripe", self._first.wall()), self.backend(**over), self._folder)

    def all(self, path: str) -> list[Any]:
        return list(self.client.raw_request("get", path, limit=100).data["data"])


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(tmp_path)


def ended(history: History) -> CaseEnded:
    end = history.entries[-1]
    assert isinstance(end, CaseEnded)
    return end


def findings(history: History) -> list[str]:
    return [each.summary for each in check(read_facts(in_scenario_dates(history.entries))).findings]


def test_meters_prices_and_products_are_made_once(account: Account) -> None:
    for _ in range(3):
        history = account.tell()
        assert ended(history).outcome == "completed"
        assert findings(history) == []
    for path in ("/v1/billing/meters", "/v1/prices", "/v1/products"):
        assert len(account.all(path)) == 1, path


def test_other_currencies_make_another_price(account: Account) -> None:
    """PRC-37: what a currency costs is final, so each definition has a price of its own."""
    amount = "unit_amount: 0.02 usd"
    offered = f"{amount}, currency_options: {{eur: {{unit_amount: 0.018 eur}}}}"
    dearer = offered.replace("0.018", "0.019")
    for text in (amount, offered, offered, dearer, amount):
        items = "items: [per-call], currency: eur" if "eur" in text else "items: [per-call]"
        story = STORY.replace(amount, text).replace("items: [per-call]", items)
        history = account.tell(story)
        assert ended(history).outcome == "completed"
        assert findings(history) == []
    assert len(account.all("/v1/prices")) == 3


def test_a_found_price_shows_the_tiers_of_its_currencies(account: Account) -> None:
    """PRC-38"""
    own = "[{up_to: 10, unit_amount: 1 usd}, {up_to: inf, unit_amount: 2 usd}]"
    tiers = f"tiers_mode: graduated, tiers: {own}"
    others = "[{up_to: 30, unit_amount: 1 eur}, {up_to: inf, unit_amount: 3 eur}]"
    euro = f"currency_options: {{eur: {{tiers: {others}}}}}"
    text = STORY.replace("unit_amount: 0.02 usd", f"{tiers}, {euro}").replace(
        "items: [per-call]", "items: [per-call], currency: eur"
    )
    claims = "[{price: per-call, tier: 1, quantity: 30}, {price: per-call, tier: 2, quantity: 10}]"
    text = text.replace("[{price: per-call, quantity: 40, period: cycle1}]", claims)
    for _ in range(2):
        history = account.tell(text)
        assert ended(history).outcome == "completed"
        assert findings(history) == []
    account.client.raw_request("post", f"/v1/prices/{account.all('/v1/prices')[0]['id']}", active=False)
    assert findings(account.tell(text)) == []
    assert len(account.all("/v1/prices")) == 1


def test_nothing_that_can_be_deleted_stays(account: Account) -> None:
    account.tell(STORY.replace("visa}}", "visa}, by-the-way: {clock: false}}"))
    assert account.all("/v1/test_helpers/test_clocks") == []
    assert account.all("/v1/customers") == []


def test_a_clock_that_a_step_made_is_deleted_too(account: Account) -> None:
    account.tell(
        STORY
        + "  - call: {method: POST, path: /v1/test_helpers/test_clocks, params: {frozen_time: 1800000000}}\n"
    )
    assert account.all("/v1/test_helpers/test_clocks") == []


@pytest.mark.parametrize("when", ["/v1/billing/meter_events", "/v1/customers", "/v1/subscriptions"])
def test_the_clock_is_deleted_when_someone_presses_ctrl_c(account: Account, when: str) -> None:
    def interrupt(exchange: Any) -> None:
        if exchange.path == when and exchange.method == "POST":
            raise KeyboardInterrupt

    account.watchers.append(interrupt)
    with pytest.raises(KeyboardInterrupt):
        account.tell()
    assert account.all("/v1/test_helpers/test_clocks") == []


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"default_aggregation": {"formula": "last"}}, "formula last instead of sum"),
        (
            {"default_aggregation": {"formula": "sum"}, "event_time_window": "day"},
            "window day instead of none",
        ),
        (
            {"default_aggregation": {"formula": "sum"}, "value_settings": {"event_payload_key": "n"}},
            "value_key n instead of value",
        ),
    ],
)
def test_a_meter_of_another_definition_stops_the_story(account: Account, other: Any, said: str) -> None:
    account.client.raw_request("post", "/v1/billing/meters", display_name="x", event_name="calls", **other)
    end = ended(account.tell())
    assert end.outcome == "stopped"
    assert end.line == 3
    assert end.reason is not None
    assert said in end.reason
    assert "give the story's meter an `event_name` of its own" in end.reason
    assert account.all("/v1/test_helpers/test_clocks") == []


def test_an_inactive_meter_is_taken_back_into_use(account: Account) -> None:
    account.tell()
    [meter] = account.all("/v1/billing/meters")
    account.client.v1.billing.meters.deactivate(meter["id"])
    assert findings(account.tell()) == []


def test_an_inactive_meter_of_another_definition_is_left_alone(account: Account) -> None:
    other = account.client.v1.billing.meters.create(
        {"display_name": "x", "event_name": "calls", "default_aggregation": {"formula": "last"}}
    )
    account.client.v1.billing.meters.deactivate(other.id)
    assert findings(account.tell()) == []
    assert findings(account.tell()) == []
    assert len(account.all("/v1/billing/meters")) == 2


def test_an_inactive_price_is_taken_back_into_use(account: Account) -> None:
    account.tell()
    [price] = account.all("/v1/prices")
    account.client.v1.prices.update(price["id"], {"active": False})
    assert findings(account.tell()) == []
    assert len(account.all("/v1/prices")) == 1


def test_another_price_under_a_scenario_s_own_lookup_key_stops_the_story(account: Account) -> None:
    keyed = STORY.replace("0.02 usd}", "0.02 usd, params: {lookup_key: calls}}")
    assert findings(account.tell(keyed)) == []
    assert findings(account.tell(keyed)) == []
    end = ended(account.tell(keyed.replace("0.02", "0.03")))
    assert end.reason is not None
    assert "another price under the lookup key `calls`" in end.reason


def test_another_price_definition_is_another_price(account: Account) -> None:
    account.tell()
    account.tell(STORY.replace("0.02", "0.03"))
    assert len(account.all("/v1/prices")) == 2


def test_clocks_and_customers_say_whose_they_are(account: Account) -> None:
    made: list[Any] = []

    def look(exchange: Any) -> None:
        if exchange.method == "POST" and exchange.path in {"/v1/test_helpers/test_clocks", "/v1/customers"}:
            made.append(exchange.params)

    account.watchers.append(look)
    account.tell()
    clock, customer = made
    tag = tag_in_name(clock["name"])
    assert tag is not None
    assert (tag.run_id, tag.owner) == ("run1", "qa")
    assert tag.expires_at >= WALL + LIFE_SECONDS
    assert clock["name"].endswith(" story")
    assert (
        tag_in_metadata({key[9:-1]: value for key, value in customer.items() if key.startswith("metadata[")})
        == tag
    )


@pytest.mark.parametrize(
    "name", [None, "", "harness plain-month", "my clock", "harness run=a owner=b until=soon x"]
)
def test_a_clock_without_our_tag_is_not_ours(name: str | None) -> None:
    assert tag_in_name(name) is None


def test_only_this_story_s_events_are_seen(account: Account) -> None:
    stranger = account.client.v1.customers.create({"name": "stranger"})
    account.client.v1.billing.meters.create(
        {"display_name": "x", "event_name": "theirs", "default_aggregation": {"formula": "sum"}}
    )
    seen = [entry.about for entry in account.tell().entries if isinstance(entry, EventSeen)]
    assert seen
    assert stranger.id not in seen


def test_an_identifier_of_the_scenario_is_taken_once_in_each_run(account: Account) -> None:
    named = STORY.replace("value: 40}", "value: 40, identifier: taken}")
    again = named.replace(
        "  - advance",
        "  - meter_events: {meter: calls, customer: acme, value: 1, identifier: taken}\n    "
        "fails_with: {status: 400}\n  - advance",
    )
    assert findings(account.tell(named)) == []
    assert findings(account.tell(again)) == []


def test_events_count_as_complete_when_it_was_quiet(account: Account) -> None:
    reacting = STORY.replace(
        "steps:",
        "reactions: [{on: invoice.created, do: [{call: {method: GET, path: /v1/customers}}]}]\nsteps:",
    )
    waits = [entry for entry in account.tell(reacting).entries if isinstance(entry, Waited)]
    quiet = [wait for wait in waits if wait.reason == "events to be complete"]
    assert quiet
    assert all(wait.done and wait.last == "2 of 2 looks without a new event" for wait in quiet)


def test_the_clock_goes_on_past_a_held_draft(tmp_path: Path) -> None:
    account = Account(tmp_path, grace_seconds=48 * 3600)
    history = account.tell(STORY + "  - advance: cycle1.end + 3h\n  - advance: cycle1.end + 4d\n")
    assert ended(history).outcome == "completed"
    assert findings(history) == []
    notes = [entry.text for entry in history.entries if isinstance(entry, Noted)]
    assert len(notes) == 1
    assert "held as a draft for longer than an hour, so the clock goes on" in notes[0]


def test_a_crowded_account_is_waited_for_and_noted(account: Account) -> None:
    left = [3]
    inner = account.client.v1.subscriptions.create
    service = type(account.client.v1.subscriptions)

    def crowded(self: Any, params: Any = None, options: Any = None) -> Any:
        if left[0]:
            left[0] -= 1
            raise stripe.RateLimitError("slow down")
        return inner(params)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "create", crowded)
        history = account.tell()
    assert findings(history) == []
    [wait] = [e for e in history.entries if isinstance(e, Waited) and "429" in e.reason]
    assert (wait.looks, wait.done) == (4, True)


@pytest.mark.parametrize("path", ["/v1/billing/meters", "/v1/prices"])
def test_what_another_worker_makes_at_the_same_moment_is_found_though_lists_run_behind(
    account: Account, path: str
) -> None:
    account.tell()  # the other worker
    hidden = [3]

    def behind(*asked: Any, **params: Any) -> Any:
        seen = read(*asked, **params)
        if hidden[0] and asked[1] == path:
            hidden[0] -= 1
            return seen | {"data": [], "has_more": False}
        return seen

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finding, "read", behind)
        patch.setattr(finding, "pages", lambda *asked, **params: iter([behind(*asked, **params)]))
        history = account.tell()
    assert findings(history) == []
    assert len(account.all(path)) == 1
