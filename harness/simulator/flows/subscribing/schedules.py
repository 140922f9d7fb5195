"""Requests about subscription schedules: create, update, cancel, release."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.simulator.flows.announcing.events import emit, emit_update
from harness.simulator.flows.catalogue import legacy_prices
from harness.simulator.flows.catalogue.inline_prices import drawn_up_within
from harness.simulator.flows.clocked import ensure_unlocked
from harness.simulator.flows.invoicing import discounting, managed
from harness.simulator.flows.invoicing.standing import updating
from harness.simulator.flows.payers import find_customer
from harness.simulator.flows.subscribing import cancellations, subscriptions, transitions
from harness.simulator.flows.subscribing.phases import Frame, read_phases, read_settings
from harness.simulator.objects.schedule import OPEN, Phase, PhaseItem, PhaseSettings, SubscriptionSchedule
from harness.simulator.wire.errors import invalid, missing_resource, unmodelled
from harness.simulator.wire.params import merge_metadata

if TYPE_CHECKING:
    from harness.simulator.objects.customer import Customer
    from harness.simulator.objects.subscription import Subscription
    from harness.simulator.world import World

_ALONE = frozenset({"from_subscription"})
_DEFAULTS = PhaseSettings(anchor="automatic", collection_method="charge_automatically")


def create(world: World, params: dict[str, Any], version: str) -> SubscriptionSchedule:
    """A new schedule, for a subscription to come or for one that is there.

    Raises:
        StripeError: 400 for anything that cannot be billed, 429 on an advancing clock.
    """
    if params.get("from_subscription") is not None:
        return _from_subscription(world, params)
    customer = find_customer(world, params.get("customer"))
    ensure_unlocked(world, customer.test_clock)
    with drawn_up_within(world, params.get("phases") or [], "phases") as drawn:
        _refuse_legacy(world, drawn.entries, version)
        schedule = _designed(world, customer, params | {"phases": drawn.entries}, version)
        starts = schedule.phase.starts_at <= schedule.created
        designed = transitions.design(world, schedule, schedule.created) if starts else None
        drawn.keep(world)
    customer.adopt(schedule.phase.currency)
    _register(world, schedule)
    if designed is not None:
        transitions.begin(world, schedule, designed)
    emit(world, "subscription_schedule.created", schedule)
    return schedule


def _designed(world: World, customer: Customer, params: dict[str, Any], version: str) -> SubscriptionSchedule:
    """The schedule that a request asks for, outside the world."""
    mode = subscriptions.read_mode(params, version)
    now = world.now(customer.test_clock)
    asked = params.get("start_date")
    defaults = _over(_DEFAULTS, read_settings(params.get("default_settings") or {}))
    frame = Frame(customer, mode["type"] == "flexible", defaults, version, now)
    phases = read_phases(world, frame, params["phases"], now if asked in {None, "now"} else asked)
    subscriptions.ensure_room(world, customer)
    return SubscriptionSchedule(
        id=world.new_id("sub_sched"),
        customer=customer.id,
        created=now,
        sequence=world.agenda.next_sequence(),
        test_clock=customer.test_clock,
        phases=phases,
        mode=mode["type"],
        proration_discounts=mode["proration_discounts"],
        defaults=defaults,
        end_behavior=params.get("end_behavior") or "release",
        metadata=merge_metadata({}, params.get("metadata") or {}),
    )


def update(world: World, schedule: SubscriptionSchedule, params: dict[str, Any], version: str) -> None:
    """Change a schedule; a change of the current phase changes the subscription at once.

    Raises:
        StripeError: 400 for a schedule that is over, or phases that do not fit, 429 on an advancing clock.
    """
    ensure_unlocked(world, schedule.test_clock)
    _ensure_open(schedule, "update", "updated")
    wanted = replace(schedule, phases=list(schedule.phases))
    asked = params.get("default_settings")
    if asked is not None:
        wanted.defaults = _over(wanted.defaults, read_settings(asked))
    wanted.end_behavior = params.get("end_behavior") or schedule.end_behavior
    if "metadata" in params:
        wanted.metadata = merge_metadata(schedule.metadata, params["metadata"])
    now = world.now(schedule.test_clock)
    if params.get("phases") is not None:
        with drawn_up_within(world, params["phases"], "phases") as drawn:
            _refuse_legacy(world, drawn.entries, version)
            _replan(world, wanted, drawn.entries, version, now)
            drawn.keep(world)
    _take_over(world, schedule, wanted, params.get("proration_behavior"), now)


def cancel(world: World, schedule: SubscriptionSchedule, params: dict[str, Any]) -> None:
    """End a schedule and its subscription at once; what was used is invoiced unless told otherwise (CHG-14).

    Raises:
        StripeError: 400 for a schedule that is over, 429 on an advancing clock.
    """
    ensure_unlocked(world, schedule.test_clock)
    _ensure_open(schedule, "cancel", "canceled")
    if schedule.subscription is None:
        managed.close(world, schedule, "canceled", world.now(schedule.test_clock))
        return
    asked = {name: params.get(name) in {None, True} for name in ("invoice_now", "prorate")}
    cancellations.cancel_now(world, world.subscriptions[schedule.subscription], asked)


def release(world: World, schedule: SubscriptionSchedule, params: dict[str, Any]) -> None:
    """Let the subscription go on without its schedule.

    Raises:
        StripeError: 400 for a schedule that is over, 429 on an advancing clock (CLK-35).
    """
    ensure_unlocked(world, schedule.test_clock)
    _ensure_open(schedule, "release", "released")
    now = world.now(schedule.test_clock)
    transitions.release(world, schedule, now, keeps_end=bool(params.get("preserve_cancel_date")))


def _from_subscription(world: World, params: dict[str, Any]) -> SubscriptionSchedule:
    """A schedule with a single phase, which is the subscription's current period (SUB-49).

    Raises:
        StripeError: 400 for other parameters beside it, a subscription that has ended, or one that has a
            schedule; the texts are unverified. 501 for one with discounts, which phases would repeat.
    """
    others = [name for name in params if name not in _ALONE]
    if others:
        raise invalid(f"You cannot set `{others[0]}` if `from_subscription` is set.", param=others[0])
    subscription = world.subscriptions.get(params["from_subscription"])
    if subscription is None:
        raise missing_resource("subscription", params["from_subscription"], "from_subscription")
    ensure_unlocked(world, subscription.test_clock)
    _check_free(subscription)
    if discounting.held_by(subscription):
        raise unmodelled("schedules of subscriptions with discounts")
    schedule = SubscriptionSchedule(
        id=world.new_id("sub_sched"),
        customer=subscription.customer,
        created=world.now(subscription.test_clock),
        sequence=world.agenda.next_sequence(),
        test_clock=subscription.test_clock,
        phases=[_present_phase(subscription)],
        mode=subscription.mode,
        defaults=_settings_of(subscription),
        end_behavior="release" if subscription.cancel_at is None else "cancel",
        status="active",
        subscription=subscription.id,
    )
    _register(world, schedule)
    with updating(world, subscription):
        subscription.schedule = schedule.id
    emit(world, "subscription_schedule.created", schedule)
    return schedule


def _check_free(subscription: Subscription) -> None:
    if subscription.schedule is not None:
        raise invalid(
            "You cannot migrate a subscription that is already attached to a schedule: "
            f"`{subscription.schedule}`.",
            param="from_subscription",
        )
    if not subscription.live:
        raise invalid(
            f"You cannot create a schedule from a subscription in status `{subscription.status}`.",
            param="from_subscription",
        )


def _present_phase(subscription: Subscription) -> Phase:
    trial_end = subscription.trial_end if subscription.status == "trialing" else None
    return Phase(
        starts_at=min(item.period.starts_at for item in subscription.items),
        ends_before=subscription.cancel_at or trial_end or subscription.period_end,
        items=tuple(
            PhaseItem(item.price, item.quantity, dict(item.metadata), item.usage_gte, item.tax_rates)
            for item in subscription.items
        ),
        currency=subscription.currency,
        trial_end=trial_end,
        tax_rates=subscription.tax_rates,
    )


def _settings_of(subscription: Subscription) -> PhaseSettings:
    return PhaseSettings(
        anchor="automatic",
        collection_method=subscription.collection_method,
        days_until_due=subscription.days_until_due,
        default_payment_method=subscription.default_payment_method,
        description=subscription.description,
        amount_gte=subscription.amount_gte,
        resets_anchor=subscription.threshold_resets_anchor,
    )


def _over(below: PhaseSettings, above: PhaseSettings) -> PhaseSettings:
    """The settings of `above`, and those of `below` where it has none."""
    return PhaseSettings(
        *(
            kept if new is None else new
            for kept, new in (
                (getattr(below, name), getattr(above, name)) for name in PhaseSettings.__slots__
            )
        )
    )


def _replan(
    world: World, wanted: SubscriptionSchedule, entries: list[dict[str, Any]], version: str, now: int
) -> None:
    """Replace the current and future phases; past ones stay, and may be left out (SUB-43, SUB-44)."""
    if not entries or entries[0].get("start_date") is None:
        name = "phases[0][start_date]"
        raise invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)
    for index, entry in enumerate(entries):
        if isinstance(ended := entry.get("end_date"), int) and ended <= now:
            raise invalid(
                f"You can not update a phase that has already ended. Trying to update phase {index}.",
                param=f"phases[{index}]",
            )
    start = now if entries[0]["start_date"] == "now" else entries[0]["start_date"]
    active = wanted.status == "active"
    if active and start != wanted.phase.starts_at:
        raise invalid(
            "You can not modify the start date of the current phase.", param="phases[0][start_date]"
        )
    made = world.subscriptions[wanted.subscription] if wanted.subscription else None
    frame = Frame(
        world.customers[wanted.customer],
        (wanted.mode if made is None else made.mode) == "flexible",
        wanted.defaults,
        version,
        now,
        None if made is None else made.anchor,
        None if made is None else made.currency,
        wanted.id,
    )
    wanted.phases[wanted.current :] = read_phases(world, frame, entries, start)
    if active and wanted.phase.ends_before <= now:
        wanted.current += 1
        if wanted.current == len(wanted.phases):
            raise invalid("A phase that begins now has to follow the one that ends now.", param="phases")


def _take_over(
    world: World,
    schedule: SubscriptionSchedule,
    wanted: SubscriptionSchedule,
    behavior: str | None,
    now: int,
) -> None:
    """Make a schedule what it is wanted to be, and its subscription with it."""
    before, was = schedule.render(world), schedule.phase
    entering = wanted.current != schedule.current
    starts = wanted.status == "not_started" and wanted.phase.starts_at <= now
    designed = transitions.design(world, wanted, now) if starts else None
    for name in ("phases", "current", "defaults", "end_behavior", "metadata"):
        setattr(schedule, name, getattr(wanted, name))
    if designed is not None:
        transitions.begin(world, schedule, designed)
    world.agenda.note(schedule.test_clock, schedule)
    emit_update(world, "subscription_schedule.updated", schedule, before)
    if wanted.status == "active":
        fresh = [each for each in schedule.phase.one_offs if entering or each not in was.one_offs]
        transitions.apply_now(
            world, schedule, behavior or "create_prorations", now, entering=entering, one_offs=fresh
        )


def _refuse_legacy(world: World, entries: list[dict[str, Any]], version: str) -> None:
    for entry in entries:
        legacy_prices.refuse_on_new_versions(world, entry.get("items") or [], version)


def _ensure_open(schedule: SubscriptionSchedule, verb: str, participle: str) -> None:
    """Refuse what comes too late; SUB-48; of an update by analogy (unverified)."""
    if schedule.status not in OPEN:
        raise invalid(
            f"You cannot {verb} a subscription schedule that is currently in the `{schedule.status}` status. "
            f"It must be in `not_started, active` status to be {participle}."
        )


def _register(world: World, schedule: SubscriptionSchedule) -> None:
    world.schedules[schedule.id] = schedule
    world.agenda.schedules.setdefault(schedule.customer, []).append(schedule)
    world.agenda.note(schedule.test_clock, schedule)
