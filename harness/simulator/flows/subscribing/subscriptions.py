"""Creating a subscription: its first period, its first invoice, its first payment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.simulator.billing.periods import DAY
from harness.simulator.flows.announcing.events import emit
from harness.simulator.flows.catalogue import currencies, tax_rates
from harness.simulator.flows.catalogue.inline_prices import drawn_up
from harness.simulator.flows.clocked import ensure_unlocked
from harness.simulator.flows.invoicing import discounting, invoices, managed, payments, prorations, redemption
from harness.simulator.flows.invoicing.invoices import Draft
from harness.simulator.flows.invoicing.one_off import check_entries, check_periods, items_for
from harness.simulator.flows.invoicing.redemption import Place
from harness.simulator.flows.invoicing.spans import remember_billed, shortened
from harness.simulator.flows.invoicing.standing import end
from harness.simulator.flows.payers import check_collection, check_method, find_customer
from harness.simulator.flows.subscribing import crossings, gathering, thresholds
from harness.simulator.flows.subscribing.cancellations import planned_instant
from harness.simulator.flows.subscribing.first_invoice import first_draft
from harness.simulator.flows.subscribing.items import NewItem, check_together, read_new, too_many
from harness.simulator.flows.subscribing.renewals import notice_if_near
from harness.simulator.flows.subscribing.timing import Timing, read_timing
from harness.simulator.objects.subscription import Subscription, SubscriptionItem, interval_of
from harness.simulator.wire import versions
from harness.simulator.wire.errors import invalid
from harness.simulator.world import HOUR

if TYPE_CHECKING:
    from harness.simulator.objects.customer import Customer
    from harness.simulator.objects.invoice import Invoice
    from harness.simulator.world import World

MOST_ON_A_CLOCK = 3  # CLK-62
MOST = 500  # SUB-22


def create(world: World, params: dict[str, Any], version: str) -> Subscription:
    """A new subscription, its first invoice and the attempt to pay it (SUB-08 to SUB-11).

    Raises:
        StripeError: 400 for anything that cannot be billed, 402 for a declined card under
            `error_if_incomplete`, 429 on an advancing clock.
    """
    ensure_unlocked(world, find_customer(world, params.get("customer")).test_clock)
    with drawn_up(world, params) as drawn:
        params = drawn.params
        subscription, draft = plan(world, params, version)
        _check_payable(world, subscription, draft, params)
        drawn.keep(world)
    if _needs_payment(world, subscription, draft) and subscription.status == "active":
        subscription.status = "incomplete"
    if (invoice := place(world, subscription, draft)) is not None:
        _start_invoice(world, subscription, invoice, params)
    notice_if_near(world, subscription, subscription.created)
    return subscription


def plan(world: World, params: dict[str, Any], version: str) -> tuple[Subscription, Draft]:
    """What a create request would make: a subscription outside the world, and its first draft."""
    customer = find_customer(world, params.get("customer"))
    wanted = read_new(world, params.get("items", []))
    ensure_room(world, customer)
    subscription, draft = design(world, customer, wanted, params, read_mode(params, version))
    currencies.ensure_combines(world, customer, subscription.currency)
    return subscription, draft


def design(
    world: World, customer: Customer, wanted: list[NewItem], params: dict[str, Any], mode: dict[str, str]
) -> tuple[Subscription, Draft]:
    """A subscription to `wanted`, outside the world, and its first draft."""
    prices = [item.price for item in wanted]
    currency = currencies.of_new_subscription(prices, params.get("currency"))
    check_together(prices, flexible=mode["type"] == "flexible")
    check_collection(params.get("collection_method"), params.get("days_until_due"))
    check_entries(world, params.get("add_invoice_items") or [], currency, customer)
    gathering.check(params.get("pending_invoice_item_interval"))
    discounts = _read_discounts(world, customer, params, currency)
    now = world.now(customer.test_clock)
    timing = read_timing(params, now, [interval_of(item.price) for item in wanted])
    subscription = _build(world, customer, params, timing, mode, currency)
    subscription.settings.take(params)
    gathering.begin(subscription, params, now)
    subscription.items = [_build_item(world, subscription, item, timing) for item in wanted]
    check_periods(params.get("add_invoice_items") or [], subscription.items, now)
    place = Place(customer, now, subscription=subscription.id)
    subscription.discounts = redemption.make(world, discounts, place)
    _give_items(world, customer, subscription, params, now)
    thresholds.check(
        world,
        prices,
        currency,
        amount_gte=subscription.amount_gte,
        resets=subscription.threshold_resets_anchor,
        usage_limits=[item.usage_gte for item in wanted],
    )
    _plan_cancellation(subscription, params)
    draft = first_draft(world, subscription, prorate=params.get("proration_behavior") != "none")
    one_offs = items_for(world, subscription, params.get("add_invoice_items") or [], now)
    draft.pending[:0] = reversed(one_offs)
    invoices.check_room(len(draft.all_lines))
    return subscription, draft


def place(world: World, subscription: Subscription, draft: Draft) -> Invoice | None:
    """Register a designed subscription, announced, and its first invoice, not announced; None without one."""
    _place(world, subscription)
    invoice = None
    if draft.all_lines:
        prorations.place(world, subscription, [item for item in reversed(draft.pending) if not item.id])
        invoice = invoices.subscription_invoice(world, subscription, draft, subscription.created)
        remember_billed(subscription, invoice)
    emit(world, "customer.subscription.created", subscription)
    return invoice


def hold(world: World, invoice: Invoice, now: int) -> None:
    """Leave a first invoice a draft for an hour (INV-19, SUB-21)."""
    invoice.finalizes_at = now + HOUR
    world.agenda.note(invoice.test_clock, invoice)
    emit(world, "invoice.created", invoice)


def cancel_all(world: World, customer_id: str) -> None:
    """Cancel what a customer has, without last invoices: the customer or the clock is gone (CLK-66)."""
    managed.cancel_unstarted(world, customer_id)
    for subscription in world.agenda.subscriptions_of(customer_id):
        if subscription.live:
            end(world, subscription, world.now(subscription.test_clock))
    invoices.park_all(world, customer_id)


def read_mode(params: dict[str, Any], version: str) -> dict[str, str]:
    """Billing mode and `proration_discounts`: asked for, or the version's default (SUB-01, SUB-02)."""
    asked = params.get("billing_mode")
    default = "flexible" if versions.at_least(version, versions.CLOVER) else "classic"
    mode = default if asked is None else asked["type"]
    discounts = (asked or {}).get("flexible", {}).get("proration_discounts", "included")
    return {"type": mode, "proration_discounts": discounts}


def ensure_room(world: World, customer: Customer) -> None:
    """Three current or scheduled subscriptions for a customer on a clock (CLK-62), 500 elsewhere (SUB-22).

    Raises:
        StripeError: 400 when there are as many.
    """
    limit = MOST if customer.test_clock is None else MOST_ON_A_CLOCK
    current = sum(subscription.live for subscription in world.agenda.subscriptions_of(customer.id))
    current += managed.waiting(world, customer.id)
    if current >= limit:
        raise too_many(limit)


def _read_discounts(
    world: World, customer: Customer, params: dict[str, Any], currency: str
) -> list[redemption.Wanted]:
    """What is wanted on the subscription; that of its items is only checked."""
    for index, item in enumerate(params.get("items") or []):
        _read_item(world, customer, item, index, currency)
    entries, name = redemption.asked(params)
    return redemption.read(world, entries or [], name, customer, currency=currency)


def _read_item(
    world: World, customer: Customer, item: dict[str, Any], index: int, currency: str
) -> list[redemption.Wanted]:
    name = f"items[{index}][discounts]"
    return redemption.read(world, item.get("discounts") or [], name, customer, currency=currency)


def _give_items(
    world: World, customer: Customer, subscription: Subscription, params: dict[str, Any], now: int
) -> None:
    """Discounts on single items, which are in the order of the request."""
    for index, asked in enumerate(params.get("items") or []):
        item = subscription.items[index]
        wanted = _read_item(world, customer, asked, index, subscription.currency)
        item.discounts = redemption.make(world, wanted, Place(customer, now, subscription_item=item.id))


def _build(
    world: World,
    customer: Customer,
    params: dict[str, Any],
    timing: Timing,
    mode: dict[str, str],
    currency: str,
) -> Subscription:
    check_method(world, customer.id, params.get("default_payment_method"))
    pause, threshold = params.get("trial_settings") or {}, params.get("billing_thresholds") or {}
    return Subscription(
        id=world.new_id("sub"),
        customer=customer.id,
        currency=currency,
        created=timing.now,
        start_date=timing.start,
        anchor=timing.anchor,
        anchor_config=timing.config,
        mode=mode["type"],
        proration_discounts=mode["proration_discounts"],
        mode_updated_at=timing.now if mode["type"] == "flexible" else None,
        sequence=world.agenda.next_sequence(),
        test_clock=customer.test_clock,
        status="active" if timing.trial_end is None else "trialing",
        collection_method=params.get("collection_method") or "charge_automatically",
        days_until_due=params.get("days_until_due"),
        default_payment_method=params.get("default_payment_method"),
        description=params.get("description"),
        metadata={key: value for key, value in (params.get("metadata") or {}).items() if value is not None},
        trial_start=None if timing.trial_end is None else timing.now,
        trial_end=timing.trial_end,
        upcoming_seconds=world.settings.upcoming_days * DAY,
        missing_payment_method=pause.get("end_behavior", {}).get("missing_payment_method", "create_invoice"),
        amount_gte=threshold.get("amount_gte"),
        threshold_resets_anchor=threshold.get("reset_billing_cycle_anchor"),
        tax_rates=tax_rates.named(world, params, "default_tax_rates"),
    )


def _build_item(
    world: World, subscription: Subscription, wanted: NewItem, timing: Timing
) -> SubscriptionItem:
    period = timing.first_period(subscription.dated(interval_of(wanted.price)))
    return SubscriptionItem(
        id=world.new_id("si"),
        subscription=subscription.id,
        created=timing.now,
        price=wanted.price.id,
        period=period,
        usage_since=min(timing.start, period.starts_at),
        quantity=wanted.quantity,
        metadata=wanted.metadata,
        usage_gte=wanted.usage_gte,
        tax_rates=wanted.tax_rates,
    )


def _plan_cancellation(subscription: Subscription, params: dict[str, Any]) -> None:
    """`cancel_at` and `cancel_at_period_end` at creation (CHG-19, CHG-21, CHG-22)."""
    if (at := planned_instant(subscription, params, subscription.created)) is None:
        return
    subscription.cancel_at = at
    subscription.canceled_at = subscription.created
    subscription.cancel_at_period_end = bool(params.get("cancel_at_period_end"))
    for item in subscription.items:
        item.period = shortened(item.period, at)


def _check_payable(world: World, subscription: Subscription, draft: Draft, params: dict[str, Any]) -> None:
    """Refuse what must not be created unpaid (SUB-15)."""
    behavior = params.get("payment_behavior") or "allow_incomplete"  # SUB-16
    if behavior == "pending_if_incomplete":  # reference of `payment_behavior`; text unverified
        raise invalid(
            "`payment_behavior=pending_if_incomplete` is only for updates.", param="payment_behavior"
        )
    if not _needs_payment(world, subscription, draft) or behavior == "default_incomplete":
        return
    chosen = (
        subscription.default_payment_method or world.customers[subscription.customer].default_payment_method
    )
    if behavior == "error_if_incomplete" or chosen is None:
        payments.ensure_pays(world, chosen)


def _needs_payment(world: World, subscription: Subscription, draft: Draft) -> bool:
    total = discounting.due_cents(world, subscription, draft.all_lines, subscription.created)
    due = invoices.due_after_balance(world.customers[subscription.customer], total, subscription.currency)
    return due > 0 and subscription.collection_method == "charge_automatically"


def _place(world: World, subscription: Subscription) -> None:
    world.customers[subscription.customer].adopt(subscription.currency)
    world.subscriptions[subscription.id] = subscription
    world.agenda.subscriptions.setdefault(subscription.customer, []).append(subscription)
    world.agenda.items |= {item.id: subscription for item in subscription.items}
    world.agenda.note(subscription.test_clock, subscription)
    crossings.watch(world, subscription)
    redemption.register_new(world, discounting.held_by(subscription))


def _start_invoice(
    world: World, subscription: Subscription, invoice: Invoice, params: dict[str, Any]
) -> None:
    """Finalize and pay inside the call; a sent invoice stays a draft for an hour (SUB-08, INV-19)."""
    now = subscription.created
    if subscription.collection_method == "send_invoice":
        hold(world, invoice, now)
        return
    emit(world, "invoice.created", invoice)
    invoices.finalize(world, invoice, now, announce=False)
    waits = params.get("payment_behavior") == "default_incomplete"
    invoices.advance(world, invoice, now, counted=False, waits=waits)  # INV-39
