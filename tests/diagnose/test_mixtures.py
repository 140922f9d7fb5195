"""Several causes in one story: each unit that is not billed gets its true cause, and no other is invented."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.scenario import load_file

Json = dict[str, Any]
Step = tuple[int, Json]
Tell = Callable[..., Any]

DAY = 86_400
END = 31 * DAY  # of cycle 1
REFUSED = {"fails_with": {"status": 400}}
PLAN: Json = {"items": ["per-call"], "billing_mode": "flexible"}
SEATS: Json = {"items": ["seats"], "billing_mode": "flexible"}


class Actor:
    """Somebody to whom one thing happens.

    Args:
        name: the customer's label; its subscription has the same with `-plan` behind it.
        when: when it uses something, seconds from the start.
        units: how much; enough for an amount that is charged at all.
        tag: the label of the event that has a cause.
    """

    def __init__(self, name: str, when: int, units: int, tag: str) -> None:
        self.name = name
        self.plan = f"{name}-plan"
        self.when = when
        self.units = units
        self.tag = tag

    def uses(self, at: str = "now", label: str = "", more: Json | None = None, **over: Any) -> Json:
        event = {"meter": "api_calls", "customer": self.name, "value": self.units, "at": at}
        return {"meter_events": event | {"id": f"{self.tag}{label}"} | over} | (more or {})

    def changes(self, **change: Any) -> Json:
        return {"update_subscription": {"subscription": self.plan} | change}


def plain(actor: Actor) -> tuple[Json | None, list[Step]]:
    return PLAN, [(actor.when, actor.uses())]


def unknown_customer(actor: Actor) -> tuple[Json | None, list[Step]]:
    stranger = {"stripe_customer_id": f"cus_{actor.tag}"}
    return PLAN, [(actor.when, actor.uses(more=REFUSED, payload=stranger))]


def no_number(actor: Actor) -> tuple[Json | None, list[Step]]:
    return PLAN, [(actor.when, actor.uses(more=REFUSED, value=f"{actor.units}k"))]


def ahead(actor: Actor) -> tuple[Json | None, list[Step]]:
    return PLAN, [(actor.when, actor.uses("now + 1d", more=REFUSED))]


def too_old(actor: Actor) -> tuple[Json | None, list[Step]]:
    return PLAN, [(actor.when, actor.uses("now - 36d", more=REFUSED))]


def duplicate(actor: Actor) -> tuple[Json | None, list[Step]]:
    first = actor.uses(label="-first", identifier=actor.tag)
    return PLAN, [(actor.when, first), (actor.when, actor.uses(more=REFUSED, identifier=actor.tag))]


def another_period(actor: Actor) -> tuple[Json | None, list[Step]]:
    first = actor.uses(label="-first", identifier=actor.tag)
    later = actor.when + 2 * DAY
    return PLAN, [(actor.when, first), (later, actor.uses(more=REFUSED, identifier=actor.tag))]


def cancelled(actor: Actor) -> tuple[Json | None, list[Step]]:
    undo = {"cancel_meter_event": {"meter": "api_calls", "event": actor.tag}}
    return PLAN, [(actor.when, actor.uses()), (actor.when, undo)]


def no_item(actor: Actor) -> tuple[Json | None, list[Step]]:
    return SEATS, [(actor.when, actor.uses())]


def no_subscription(actor: Actor) -> tuple[Json | None, list[Step]]:
    return None, [(actor.when, actor.uses())]


def before_the_start(actor: Actor) -> tuple[Json | None, list[Step]]:
    return PLAN, [(actor.when, actor.uses("start - 1d"))]


def before_the_item(actor: Actor) -> tuple[Json | None, list[Step]]:
    later = actor.changes(items=[{"price": "per-call"}])
    return SEATS, [(actor.when, actor.uses()), (actor.when + DAY, later)]


def classic_switch(actor: Actor) -> tuple[Json | None, list[Step]]:
    switch = actor.changes(items=[{"item": "per-call", "price": "dearer"}])
    return PLAN | {"billing_mode": "classic"}, [(actor.when, actor.uses()), (actor.when + DAY, switch)]


def unprorated_switch(actor: Actor) -> tuple[Json | None, list[Step]]:
    switch = actor.changes(items=[{"item": "per-call", "price": "dearer"}], proration_behavior="none")
    return PLAN, [(actor.when, actor.uses()), (actor.when + DAY, switch)]


def too_late(actor: Actor) -> tuple[Json | None, list[Step]]:
    return PLAN, [(END + 7_200 + actor.when // DAY, actor.uses(f"{actor.plan}.cycle1.end - 1s"))]


def in_the_trial(actor: Actor) -> tuple[Json | None, list[Step]]:
    return PLAN | {"trial_period_days": 25}, [(actor.when, actor.uses())]


def cancelled_without_invoice(actor: Actor) -> tuple[Json | None, list[Step]]:
    return PLAN, [(actor.when, actor.uses()), (actor.when + DAY, {"cancel_subscription": actor.plan})]


def after_the_end(actor: Actor) -> tuple[Json | None, list[Step]]:
    end = {"cancel_subscription": {"subscription": actor.plan, "invoice_now": True}}
    return PLAN, [(actor.when, end), (actor.when + DAY, actor.uses())]


def paused(actor: Actor) -> tuple[Json | None, list[Step]]:
    pause = actor.changes(params={"pause_collection": {"behavior": "void"}})
    return PLAN, [(actor.when, actor.uses()), (actor.when, pause)]


def voided(actor: Actor) -> tuple[Json | None, list[Step]]:
    void = {"run": {"function": "sender:void_invoice", "arguments": {"subscription": actor.plan}}}
    return PLAN, [(actor.when, actor.uses()), (END + 7_200, void)]


def streamed_twice(actor: Actor) -> tuple[Json | None, list[Step]]:
    """No step names a streamed event, so it is told by its identifier."""
    first = actor.uses(label="-first", identifier=actor.tag)
    event = {"identifier": actor.tag, "payload": {"value": str(actor.units)}}
    arguments = {"events": [event], "customer": actor.name}
    again = {"run": {"function": "sender:stream", "arguments": arguments}}
    return PLAN, [(actor.when, first), (actor.when, again)]


HAPPENINGS: dict[Callable[[Actor], tuple[Json | None, list[Step]]], str | None] = {
    plain: None,
    unknown_customer: "U04",
    no_number: "U07",
    ahead: "U11",
    too_old: "U12",
    duplicate: "U13",
    another_period: "U14",
    streamed_twice: "U15",
    cancelled: "U22",
    no_item: "U30",
    no_subscription: "U31",
    before_the_start: "U32",
    before_the_item: "U33",
    classic_switch: "U34",
    unprorated_switch: "U35",
    too_late: "U38",
    in_the_trial: "U42",
    cancelled_without_invoice: "U43",
    after_the_end: "U44",
    voided: "U46",
    paused: "U48",
}
"""What can happen to a customer, and the cause that it has to be explained by."""
BESIDE_ANYTHING = [unknown_customer, no_number, ahead, too_old, cancelled]
"""What happens to a single event, whatever becomes of the customer's other usage."""
MOST_CUSTOMERS = 3  # of a test clock


@st.composite
def mixtures(draw: st.DrawFn) -> tuple[Json, dict[str, str]]:
    """A scenario in which things happen to several customers, and the cause of each unbilled event."""
    chosen = draw(st.lists(st.sampled_from(list(HAPPENINGS)), min_size=1, max_size=MOST_CUSTOMERS))
    actors = []
    for number, happening in enumerate(chosen):
        more = draw(st.lists(st.sampled_from(BESIDE_ANYTHING), max_size=2))
        for place, each in enumerate([happening, *more]):
            when, units = draw(st.integers(1, 20)) * DAY, draw(st.integers(25, 40))
            actors.append((Actor(f"c{number}", when, units, f"c{number}-{place}"), each))
    lag = draw(st.sampled_from(["0s", "2m"]))
    return mixed(actors, lag)


def mixed(actors: list[tuple[Actor, Any]], lag: str = "2m") -> tuple[Json, dict[str, str]]:
    """The scenario in which all this happens; a customer's first happening says what it subscribes to."""
    document: Json = {
        "scenario": "A mixture",
        "clock": "2026-01-01",
        "meters": {"api_calls": {"formula": "sum"}},
        "prices": {
            "per-call": {"meter": "api_calls", "unit_amount": "0.02 usd"},
            "dearer": {"meter": "api_calls", "unit_amount": "0.05 usd"},
            "seats": {"unit_amount": "5 usd"},
        },
        "customers": {},
        "subscriptions": {},
        "simulator": {"aggregation_lag": lag},
    }
    happened: list[Step] = [(END + 4 * 3_600, {})]
    causes = {}
    for actor, happening in actors:
        plan, steps = happening(actor)
        if actor.name not in document["customers"]:
            pays = {} if happening is voided else {"payment_method": "pm_card_visa"}
            document["customers"][actor.name] = pays
            if plan is not None:
                document["subscriptions"][actor.plan] = {"customer": actor.name} | plan
        happened += steps
        causes |= {actor.tag: code} if (code := HAPPENINGS[happening]) else {}
    document["steps"] = list(in_order(happened))
    return document, causes


def in_order(happened: list[Step]) -> list[Json]:
    """The steps by their time, with the clock moved between them."""
    now, steps = 0, []
    for at, step in sorted(happened, key=lambda each: each[0]):
        if at > now:
            steps.append({"advance": f"start + {at}s"})
            now = at
        steps += [step] if step else []
    return steps


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("mixtures")
    shutil.copy(Path(__file__).parent / "stories" / "sender.py", made)
    return made


def tell_in(folder: Path, document: Json, tell: Tell) -> Any:
    path = folder / "mixture.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    file = load_file(path)
    assert file.problems == []
    story = tell(file.cases[0], folder)
    assert story.facts.entries[-1].outcome == "completed", story.facts.entries[-1]
    return story


def named(story: Any) -> dict[str, set[str]]:
    """The causes given for each event, by its label, or by its identifier where no step gave it one."""
    found: dict[str, set[str]] = {}
    streamed = {usage.label: usage.identifier for usage in story.facts.usages if usage.streamed}
    for cause in story.causes:
        assert cause.events, cause
        for label in cause.events:
            found.setdefault(streamed.get(label, label), set()).add(cause.code)
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mixture=mixtures())
def test_each_unit_that_is_not_billed_gets_its_true_cause_and_none_is_invented(
    mixture: tuple[Json, dict[str, str]], folder: Path, telling_stories: Tell
) -> None:
    document, causes = mixture
    story = tell_in(folder, document, telling_stories)
    assert named(story) == {tag: {code} for tag, code in causes.items()}
    assert {cause.certainty for cause in story.causes} <= {"certain"}
    assert story.disagreements() == []
    rows = [row for account in story.checked.accounts for row in account.rows]
    assert not [row for row in rows if row.fate in {"unknown", "superseded"}]


@pytest.mark.parametrize("happening", HAPPENINGS, ids=lambda each: each.__name__)
def test_each_happening_alone_has_its_cause(happening: Any, folder: Path, telling_stories: Tell) -> None:
    document, causes = mixed([(Actor("c0", 3 * DAY, 30, "one"), happening)])
    story = tell_in(folder, document, telling_stories)
    assert named(story) == {tag: {code} for tag, code in causes.items()}
