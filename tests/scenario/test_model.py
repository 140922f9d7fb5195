"""The typed model: defaults, short forms, rules, and the few things it computes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

import harness.scenario
from harness.scenario import (
    AdvanceStep,
    CancelSubscriptionStep,
    CycleRef,
    Duration,
    ExpectStep,
    InvoicesClaim,
    LagRange,
    MeterEventsStep,
    PeriodClaim,
    RunStep,
    Scenario,
    ScenarioFile,
    StepBase,
    UpdateSubscriptionStep,
    parse_instant,
)

Load = Callable[..., ScenarioFile]


def scenario_of(found: ScenarioFile) -> Scenario:
    assert [problem.message for problem in found.problems] == []
    return found.cases[0].scenario


@pytest.fixture
def step(load_steps: Load) -> Callable[[str], Any]:
    """The only step of a scenario, given as a YAML mapping."""
    return lambda text: scenario_of(load_steps(f"  - {text}\n")).steps[0]


def messages(found: ScenarioFile) -> list[str]:
    return [problem.message for problem in found.problems]


def test_everything_public_can_be_imported() -> None:
    assert all(hasattr(harness.scenario, name) for name in harness.scenario.__all__)


def test_a_step_knows_its_verb() -> None:
    assert [each.verb for each in StepBase.__subclasses__()] == list(harness.scenario.VERBS)


def test_defaults_are_the_languages(step: Callable[[str], Any]) -> None:
    advance = step("advance: cycle1.end")
    assert isinstance(advance, AdvanceStep)
    assert (advance.advance.settle, advance.advance.pause) == (True, "auto")
    report = step("meter_events: {meter: api_calls, customer: acme, value: 1}")
    assert isinstance(report, MeterEventsStep)
    (event,) = report.meter_events
    assert (str(event.at), event.times, event.every, event.payload) == ("now", 1, None, {})


def test_one_meter_event_or_several(step: Callable[[str], Any]) -> None:
    one = step("meter_events: {meter: api_calls, customer: acme, value: 1}")
    two = step("meter_events: [{meter: api_calls, value: 1}, {event_name: x, value: y}]")
    assert (len(one.meter_events), len(two.meter_events)) == (1, 2)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("40", Decimal(40)),
        ("0.1", Decimal("0.1")),
        ('"40"', Decimal(40)),
        ('"4e1"', "4e1"),
        ("1e2", Decimal(100)),
    ],
)
def test_an_events_value_is_exact_or_raw(step: Callable[[str], Any], text: str, value: Decimal | str) -> None:
    assert step(f"meter_events: {{meter: api_calls, value: {text}}}").meter_events[0].value == value


def test_a_payloads_null_takes_a_key_away(step: Callable[[str], Any]) -> None:
    report = step("meter_events: {meter: api_calls, payload: {value: null, region: eu}}")
    assert report.meter_events[0].payload == {"value": None, "region": "eu"}


def test_short_forms_are_the_long_ones(step: Callable[[str], Any]) -> None:
    assert step("cancel_subscription: acme-plan") == step("cancel_subscription: {subscription: acme-plan}")
    assert step("finalize_invoice: latest") == step("finalize_invoice: {invoice: latest}")
    assert step("run: billing:report") == step("run: {function: billing:report}")
    assert isinstance(step("run: a.b:c"), RunStep)
    assert isinstance(step("cancel_subscription: acme-plan"), CancelSubscriptionStep)


def test_unstamped_and_now_are_words_where_they_are_allowed(step: Callable[[str], Any]) -> None:
    assert step("meter_events: {meter: api_calls, at: unstamped}").meter_events[0].at == "unstamped"
    update = step("update_subscription: {subscription: acme-plan, trial_end: now}")
    assert isinstance(update, UpdateSubscriptionStep)
    assert update.update_subscription.trial_end == "now"


def test_lines_are_exact_as_a_list_and_partial_as_a_mapping(step: Callable[[str], Any]) -> None:
    exact = step("expect: {invoice: cycle1, lines: [{price: per-call}]}").expect.lines
    some = step("expect: {invoice: cycle1, lines: {contains: [{price: per-call}]}}").expect.lines
    none = step("expect: {invoice: cycle1, lines: []}").expect.lines
    assert (exact.exact, some.exact, none.exact) == (True, False, True)
    assert (exact.claims, none.claims) == (some.claims, ())


def test_a_period_is_a_cycle_or_two_instants(step: Callable[[str], Any]) -> None:
    periods = "[{period: cycle1}, {period: {start: start, end: now}}]"
    first, second = step(f"expect: {{invoice: cycle1, lines: {periods}}}").expect.lines.claims
    assert first.period == CycleRef(None, 1)
    assert second.period == PeriodClaim(start=parse_instant("start"), end=parse_instant("now"))


def test_invoices_are_a_number_or_a_claim(step: Callable[[str], Any]) -> None:
    assert step("expect: {invoices: 0}").expect.invoices == 0
    assert step("expect: {invoices: {count: 2, customer: acme}}").expect.invoices == InvoicesClaim(
        count=2, customer="acme"
    )


def test_never_billed_is_a_quantity_or_names(step: Callable[[str], Any]) -> None:
    claim = step("expect: {usage: {meter: api_calls, customer: acme, never_billed: 0}}")
    assert isinstance(claim, ExpectStep)
    assert claim.expect.usage is not None
    assert claim.expect.usage.never_billed == Decimal(0)


def test_a_lag_is_a_duration_or_a_range(load: Load, head: str) -> None:
    lags = [
        scenario_of(load(f"{head}simulator: {{aggregation_lag: {lag}}}\nsteps: [{{advance: start}}]\n"))
        for lag in ("3m", "{min: 1s, max: 1m}")
    ]
    assert lags[0].simulator.aggregation_lag == Duration(seconds=180)
    assert lags[1].simulator.aggregation_lag == LagRange(min=Duration(seconds=1), max=Duration(seconds=60))


@pytest.mark.parametrize(
    ("price", "usage_type", "currency"),
    [
        ("{meter: api_calls, unit_amount: 0.02 usd}", "metered", "usd"),
        ("{unit_amount: 5 EUR}", "licensed", "eur"),
        ("{aggregate_usage: max, unit_amount: 5 jpy}", "metered", "jpy"),
        ("{meter: api_calls, tiers: [{up_to: inf, flat_amount: 1 usd}]}", "metered", "usd"),
        ("{meter: api_calls, params: {currency: GBP, unit_amount_decimal: 0.5}}", "metered", "gbp"),
        ("{meter: api_calls, usage_type: licensed, unit_amount: 1 usd}", "licensed", "usd"),
    ],
)
def test_a_price_knows_its_usage_type_and_currency(
    load: Load, head: str, price: str, usage_type: str, currency: str
) -> None:
    text = head.replace("prices: {", f"prices: {{other: {price}, ")
    found = scenario_of(load(f"{text}steps: [{{advance: start}}]\n")).prices["other"]
    assert (found.usage_type, found.currency) == (usage_type, currency)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ("expect: {status: paid}", "`status` needs an `invoice` beside it"),
        ("expect: {lines: []}", "`lines` needs an `invoice` beside it"),
        ("expect: {invoice: first}", "`invoice` claims nothing by itself"),
        ("expect: {invoice: first, lines: {contains: []}}", "`contains` names no line, so it claims nothing"),
        ("expect: {usage: {meter: api_calls, customer: acme}}", "`usage` claims nothing"),
        ("expect: {subscription: {subscription: acme-plan}}", "`subscription` claims nothing"),
        ("expect: {events: []}", "`events` needs at least one entry"),
        ("meter_events: {customer: acme, value: 1}", "a meter event needs `meter` or `event_name`"),
        ("meter_events: []", "`meter_events` needs at least one entry"),
        ("cancel_meter_event: {meter: api_calls}", "cancel_meter_event needs `event` or `identifier`"),
        ("cancel_meter_event: {identifier: x}", "cancel_meter_event needs `meter` or `event_name`"),
        ("{advance: start, fails_with: {}}", "`fails_with` claims nothing"),
        ("{advance: start, fails_with: {status: 200}}", "`status` should be at least 400"),
        ("{advance: start, only_on: {stripe: ''}}", "`stripe` is an empty text"),
    ],
)
def test_a_step_that_breaks_a_rule_is_refused(load_steps: Load, steps: str, message: str) -> None:
    assert messages(load_steps(f"  - {steps}\n")) == [message]


@pytest.mark.parametrize(
    ("declaration", "message"),
    [
        ("prices: {p: {meter: m}}", "a price needs an amount, which gives its currency"),
        (
            "prices: {p: {unit_amount: 1 usd, tiers: [{up_to: inf, unit_amount: 1 eur}]}}",
            "the amounts of one price have several currencies: usd, eur",
        ),
        (
            "prices: {p: {unit_amount: 1 usd, currency_options: {usd: {unit_amount: 1 usd}}}}",
            "`usd` is the price's own currency",
        ),
        (
            "prices: {p: {unit_amount: 1 usd, currency_options: {eur: {unit_amount: 1 gbp}}}}",
            "the amounts for `eur` are in another currency: gbp",
        ),
        (
            "prices: {p: {unit_amount: 1 usd, currency_options: {eur: {tiers: [{up_to: inf}]}}}}",
            "the amounts for `eur` need the price's own scheme: tiers, or none",
        ),
        (
            "prices: {p: {unit_amount: 1 usd, currency_options: {eur: {}}}}",
            "a currency's amounts are either a `unit_amount` or `tiers`",
        ),
        (
            "prices: {p: {unit_amount: 1 usd, currency_options: {EUR: {unit_amount: 1 eur}}}}",
            "`EUR` isn't a currency",
        ),
        ("subscriptions: {s: {customer: c, items: [p], currency: Euro}}", "`Euro` isn't a currency"),
        ("prices: {p: {unit_amount: 1 usd, tiers: [{up_to: 0}]}}", "`0` isn't a tier's bound"),
        ("prices: {p: {unit_amount: 1 usd, interval_count: 0}}", "`interval_count` should be at least 1"),
        ("customers: {1st: {}}", "`1st` isn't a label"),
        ("subscriptions: {s: {customer: c, items: []}}", "`items` needs at least one entry"),
        ("reactions: [{on: invoice.created}]", "a reaction does nothing"),
        (
            "reactions: [{on: invoice.created, run: a:b, post: 'http://x'}]",
            "`run` and `post` exclude each other",
        ),
        ("reactions: [{on: created, run: a:b}]", "`created` isn't an event type"),
        ("api_version: latest", "`latest` isn't an API version"),
    ],
)
def test_a_declaration_that_breaks_a_rule_is_refused(load: Load, declaration: str, message: str) -> None:
    found = load(f"scenario: x\nclock: 2026-01-01\nmeters: {{m: {{formula: sum}}}}\n{declaration}\n")
    assert message in messages(found)


def test_a_tier_ends_at_a_unit_or_never(load: Load, head: str) -> None:
    price = "{tiers: [{up_to: 5, unit_amount: 1 usd}, {up_to: '7', flat_amount: 1 usd}, {up_to: inf}]}"
    text = head.replace("prices: {", f"prices: {{other: {price}, ")
    tiers = scenario_of(load(f"{text}steps: [{{advance: start}}]\n")).prices["other"].tiers
    assert [tier.up_to for tier in tiers] == [5, 7, "inf"]


@pytest.mark.parametrize(
    ("step_text", "hint"),
    [
        ("{advance: start, name: 5}", 'put it in quotes: "5"'),
        ("{advance: start, name: true}", 'put it in quotes: "true"'),
        ("{advance: start, name: [a]}", "this is a list"),
        ("{advance: start, name: {a: b}}", "this is a mapping"),
        ("{advance: start, fails_with: oops}", "this is the text `oops`"),
        ("{advance: start, fails_with: 5}", "this is the number 5"),
        ("{advance: start, fails_with: true}", "this is a boolean"),
        ("{advance: {to: start, settle: on}}", "YAML 1.2 reads `on` as a text; write true or false"),
        ("{advance: {to: start, settle: 1}}", "this is the number 1"),
        ("{expect: {invoices: {count: '2'}}}", "take the quotes away: 2"),
        ("{expect: {invoices: {count: 2.5}}}", "this is the number 2.5"),
        ("{expect: {invoices: true}}", "this is a boolean"),
    ],
)
def test_a_value_of_the_wrong_kind_is_shown_for_what_it_is(
    load_steps: Load, step_text: str, hint: str
) -> None:
    (problem,) = load_steps(f"  - {step_text}\n").problems
    assert problem.code == "SCN203-wrong-type"
    assert problem.hint == hint


def test_an_unknown_key_like_no_other_lists_the_keys(load_steps: Load) -> None:
    (problem,) = load_steps("  - advance: {to: start, qqq: 1}\n").problems
    assert problem.hint == "its keys are to, settle, pause"


def test_a_cycle_without_any_subscription_is_refused(load: Load) -> None:
    (problem,) = load("scenario: x\nclock: 2026-01-01\nsteps: [{advance: cycle1.end}]\n").problems
    assert problem.message == "`cycle1.end` belongs to a subscription, and there is none"
    assert problem.hint == "declare one under `subscriptions`"


def test_the_model_is_frozen(step: Callable[[str], Any]) -> None:
    with pytest.raises(ValidationError):
        step("advance: start").advance = None


def test_a_step_made_in_python_has_no_line() -> None:
    assert AdvanceStep.model_validate({"advance": "start"}).line == 0
