"""A subscription and its items: what a customer is billed for, and when."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from harness.simulator.agenda import Plan, Rank
from harness.simulator.billing.periods import DAY, Interval, Period
from harness.simulator.objects.gathering import Gathering
from harness.simulator.objects.invoice_line import Reading
from harness.simulator.objects.pending_update import PendingUpdate
from harness.simulator.objects.plan import plan_form
from harness.simulator.objects.settings import BillingSettings
from harness.simulator.objects.tax_rate import rates_form

if TYPE_CHECKING:
    from harness.simulator.objects.discount import Discount, Taken
    from harness.simulator.objects.price import Price
    from harness.simulator.objects.tax_rate import TaxRate
    from harness.simulator.world import World

TRIAL_NOTICE_SECONDS = 3 * DAY  # CLK-83
INCOMPLETE_SECONDS = 23 * 3_600  # SUB-24
LIVE = frozenset({"trialing", "active", "past_due", "unpaid", "incomplete", "paused"})
"""Statuses of a subscription that has not ended (SUB-23)."""
_RENEWING = frozenset({"active", "past_due", "unpaid"})
_SEPARATE_ENDINGS = frozenset({"canceled", "incomplete_expired"})


@dataclass(slots=True)
class BilledSpan:
    """The last debit of a licensed item, which flexible credits start from (CHG-55).

    Args:
        amount_cents: what was debited for the whole of `period`.
        period: the time paid for.
        price, quantity: what was debited; the item may have changed since without a proration.
        invoice_item: the proration that carries the debit, None when it was a line of its own.
        invoice, line: the invoice line that carries it, once it is on one.
        off: what discounts took off; None where the invoice's lines say it.
        tax_rates: of the item then.
    """

    amount_cents: int
    period: Period
    price: str
    quantity: int
    invoice_item: str | None = None
    invoice: str | None = None
    line: str | None = None
    off: tuple[Taken, ...] | None = None
    tax_rates: tuple[TaxRate, ...] = ()


@dataclass(frozen=True, slots=True)
class SettledUsage:
    """What threshold invoices have billed of an item's usage (CHG-39); void once usage counts from elsewhere.

    Args:
        since: the item's `usage_since` then.
        quantity: all units billed since; None when a threshold started a new cycle then.
        base: units that this new cycle's meters show although they were billed before it.
    """

    since: int
    quantity: Decimal | None
    base: Decimal = Decimal(0)


@dataclass(slots=True)
class SubscriptionItem:
    """One price of a subscription.

    Args:
        period: the current service period.
        usage_since: from when usage of a metered price is still unbilled: the period's start, the moment of a
            switch or addition (INV-15, CHG-01), or the trial's end (CHG-29).
        quantity: None for a metered price (SUB-12).
        billed: what a licensed item last paid for; None when the current time was never billed.
        discounts: on this item alone; they come before the subscription's.
        tax_rates: in place of the subscription's.
        usage_gte: its billing threshold in units (CHG-33).
        settled: what threshold invoices have billed; see `reading`.
    """

    id: str
    subscription: str
    created: int
    price: str
    period: Period
    usage_since: int
    quantity: int | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    billed: BilledSpan | None = None
    discounts: tuple[Discount, ...] = ()
    tax_rates: tuple[TaxRate, ...] = ()
    usage_gte: int | None = None
    settled: SettledUsage | None = None
    deleted: bool = False

    def reading(self, until: int) -> Reading:
        """The open usage of a metered item, without what threshold invoices have billed."""
        settled = self.settled
        if settled is None or settled.since != self.usage_since:
            settled = SettledUsage(self.usage_since, None)
        period = Period(self.usage_since, until)
        return Reading(self.id, self.price, period, settled.quantity, settled.base)

    def render(self, world: World) -> dict[str, Any]:
        """The wire form; of a deleted item the short one."""
        if self.deleted:
            return {"id": self.id, "object": "subscription_item", "deleted": True}
        price = world.prices[self.price]
        return {
            "id": self.id,
            "object": "subscription_item",
            "billed_until": None,
            "billing_thresholds": None if self.usage_gte is None else {"usage_gte": self.usage_gte},
            "created": self.created,
            "current_period_end": self.period.ends_before,
            "current_period_start": self.period.starts_at,
            "current_trial": None,
            "discounts": [each.id for each in self.discounts],
            "metadata": dict(self.metadata),
            "plan": plan_form(world, price),
            "price": price.render(world),
            "quantity": self.quantity,  # PRC-20
            "subscription": self.subscription,
            "tax_rates": rates_form(self.tax_rates),
        }


@dataclass(slots=True)
class Subscription:
    """State of a `subscription`; instants follow the customer's clock (CLK-53).

    Args:
        mode: `classic` or `flexible` (SUB-01).
        anchor: what all boundaries count from (SUB-29).
        proration_discounts: flexible's setting (SUB-03).
        upcoming_seconds: how long before a renewal its notice is sent, 0 for never (CLK-82).
        upcoming_noticed: the renewal that was announced last.
        trial_noticed: whether `trial_will_end` was sent.
        resumes_at, pause_behavior: `pause_collection` (SUB-27).
        missing_payment_method: what a trial's end does without a payment method (CHG-30).
        discounts: on all of it, in the order they apply.
        tax_rates: which its invoices take over (INV-102).
        reason: `cancellation_details.reason`.
        amount_gte: the billing threshold in minor units (CHG-33).
        threshold_resets_anchor: whether reaching it would start a new cycle.
        schedule: the subscription schedule that manages it.
        test_clock: the customer's clock.
        sequence: place in the order of creation.
    """

    id: str
    customer: str
    currency: str
    created: int
    start_date: int
    anchor: int
    mode: str
    sequence: int
    test_clock: str | None
    items: list[SubscriptionItem] = field(default_factory=list)
    status: str = "active"
    mode_updated_at: int | None = None
    proration_discounts: str = "included"
    anchor_config: dict[str, int | None] | None = None
    collection_method: str = "charge_automatically"
    days_until_due: int | None = None
    default_payment_method: str | None = None
    description: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    latest_invoice: str | None = None
    trial_start: int | None = None
    trial_end: int | None = None
    trial_noticed: bool = False
    upcoming_seconds: int = 0
    upcoming_noticed: int | None = None
    missing_payment_method: str = "create_invoice"
    pause_behavior: str | None = None
    resumes_at: int | None = None
    cancel_at: int | None = None
    cancel_at_period_end: bool = False
    canceled_at: int | None = None
    ended_at: int | None = None
    discounts: tuple[Discount, ...] = ()
    tax_rates: tuple[TaxRate, ...] = ()
    reason: str | None = None
    comment: str | None = None
    feedback: str | None = None
    amount_gte: int | None = None
    threshold_resets_anchor: bool | None = None
    settings: BillingSettings = field(default_factory=BillingSettings)
    gathering: Gathering | None = None
    schedule: str | None = None
    pending_update: PendingUpdate | None = None

    @property
    def has_thresholds(self) -> bool:
        """Whether the subscription or one of its items has a billing threshold (LEG-06)."""
        return self.amount_gte is not None or any(item.usage_gte is not None for item in self.items)

    @property
    def flexible(self) -> bool:
        """Whether the subscription is in flexible billing mode."""
        return self.mode == "flexible"

    @property
    def charges(self) -> bool:
        """Whether its time is paid for: not in a trial (CHG-28, CHG-29), nor while it is paused (SUB-26)."""
        return self.status not in {"trialing", "paused"}

    @property
    def itemizes(self) -> bool:
        """Whether prorations show discounts beside their amounts, not inside them (SUB-03)."""
        return self.flexible and self.proration_discounts == "itemized"

    @property
    def live(self) -> bool:
        """Whether it has not ended."""
        return self.status in LIVE

    @property
    def period_end(self) -> int:
        """When the first of its items' current periods ends."""
        return min(item.period.ends_before for item in self.items)

    def plan(self) -> Plan | None:
        """The next thing that happens to it by itself."""
        plans = [plan for plan in self._plans() if plan is not None]
        return min(plans, key=lambda plan: (plan.at, plan.rank), default=None)

    def _plans(self) -> list[Plan | None]:
        if self.status in _SEPARATE_ENDINGS:
            return []
        if self.status == "incomplete":
            return [Plan(self.created + INCOMPLETE_SECONDS, Rank.EXPIRY)]
        return [
            self._trial_plan(),
            None if self.cancel_at is None else Plan(self.cancel_at, Rank.CANCELLATION),
            Plan(self.period_end, Rank.RENEWAL) if self.status in _RENEWING and self.items else None,
            self._upcoming_plan(),
            None if self.resumes_at is None else Plan(self.resumes_at, Rank.RESUMPTION),
            self._gathering_plan(),
            Plan(self.pending_update.expires_at, Rank.UPDATE_EXPIRY) if self.pending_update else None,
        ]

    def _trial_plan(self) -> Plan | None:
        if self.status != "trialing" or self.trial_end is None:
            return None
        if self.cancel_at is not None and self.cancel_at <= self.trial_end and self.trial_noticed:
            return None  # it ends with its trial or before: no paid period begins (CHG-19)
        if self.trial_noticed:
            return Plan(self.trial_end, Rank.TRIAL_END)
        return Plan(max(self.trial_end - TRIAL_NOTICE_SECONDS, self.created), Rank.TRIAL_NOTICE)

    def _gathering_plan(self) -> Plan | None:
        if self.gathering is None or self.status == "paused":
            return None
        return Plan(self.gathering.next_at, Rank.GATHERING)

    def dated(self, interval: Interval) -> Interval:
        """`interval` with the day of month that `billing_cycle_anchor_config` asked for (SUB-34)."""
        day = (self.anchor_config or {}).get("day_of_month")
        return replace(interval, day_of_month=day) if interval.unit in {"month", "year"} else interval

    def interval(self, world: World, item: SubscriptionItem) -> Interval:
        """How often an item's price recurs on this subscription's calendar."""
        return self.dated(interval_of(world.prices[item.price]))

    def _upcoming_plan(self) -> Plan | None:
        """The notice of the next renewal (CLK-82); none in a period too short for it, nor in the last one.

        There is none while collection is paused: docs.stripe.com/billing/subscriptions/pause-payment.
        """
        if self.status not in _RENEWING or not self.items or not self.upcoming_seconds:
            return None
        if self.pause_behavior is not None:
            return None
        renewal = self.period_end
        began = max(item.period.starts_at for item in self.items)
        last = self.cancel_at is not None and self.cancel_at <= renewal
        if last or self.upcoming_noticed == renewal or renewal - self.upcoming_seconds <= began:
            return None
        return Plan(renewal - self.upcoming_seconds, Rank.UPCOMING)

    def item(self, item_id: str) -> SubscriptionItem | None:
        """The item with this id, or None."""
        return next((item for item in self.items if item.id == item_id), None)

    def copy(self) -> Subscription:
        """A copy that may be changed for a preview, items included."""
        items = [replace(item, billed=item.billed and replace(item.billed)) for item in self.items]
        return replace(self, items=items, settings=deepcopy(self.settings))

    def render(self, world: World) -> dict[str, Any]:
        """The wire form, with up to 20 items."""
        return self.settings.render() | {
            "id": self.id,
            "object": "subscription",
            "application": None,
            "application_fee_percent": None,
            "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
            "billing_cycle_anchor": self.anchor,
            "billing_cycle_anchor_config": None if self.anchor_config is None else dict(self.anchor_config),
            "billing_mode": self._mode_form(),
            "billing_schedules": [],
            "billing_thresholds": self._thresholds_form(),
            "cancel_at": self.cancel_at,
            "cancel_at_period_end": self.cancel_at_period_end,
            "canceled_at": self.canceled_at,
            "cancellation_details": {
                "comment": self.comment,
                "feedback": self.feedback,
                "reason": self.reason,
            },
            "collection_method": self.collection_method,
            "created": self.created,
            "currency": self.currency,
            "customer": self.customer,
            "customer_account": None,
            "days_until_due": self.days_until_due,
            "default_payment_method": self.default_payment_method,
            "default_source": None,
            "default_tax_rates": rates_form(self.tax_rates),
            "description": self.description,
            "discounts": [each.id for each in self.discounts],
            "ended_at": self.ended_at,
            "items": self._items_form(world),
            "latest_invoice": self.latest_invoice,
            "livemode": False,
            "managed_payments": None,
            "metadata": dict(self.metadata),
            "next_pending_invoice_item_invoice": self.gathering and self.gathering.next_at,
            "on_behalf_of": None,
            "pause_collection": self._pause_form(),
            "pending_invoice_item_interval": self.gathering and self.gathering.render(),
            "pending_setup_intent": None,
            "pending_update": self.pending_update and self.pending_update.render(world),
            "schedule": self.schedule,
            "start_date": self.start_date,
            "status": self.status,
            "test_clock": self.test_clock,
            "transfer_data": None,
            "trial_end": self.trial_end,
            "trial_settings": {"end_behavior": {"missing_payment_method": self.missing_payment_method}},
            "trial_start": self.trial_start,
        }

    def _mode_form(self) -> dict[str, Any]:
        flexible = {"proration_discounts": self.proration_discounts} if self.flexible else None
        return {"flexible": flexible, "type": self.mode, "updated_at": self.mode_updated_at}  # SUB-03

    def _thresholds_form(self) -> dict[str, Any] | None:
        if self.amount_gte is None:
            return None
        return {"amount_gte": self.amount_gte, "reset_billing_cycle_anchor": self.threshold_resets_anchor}

    def _items_form(self, world: World) -> dict[str, Any]:
        return {
            "object": "list",
            "data": [item.render(world) for item in self.items],
            "has_more": False,
            "total_count": len(self.items),
            "url": f"/v1/subscription_items?subscription={self.id}",
        }

    def _pause_form(self) -> dict[str, Any] | None:
        if self.pause_behavior is None:
            return None
        return {"behavior": self.pause_behavior, "resumes_at": self.resumes_at}


def interval_of(price: Price) -> Interval:
    """A recurring price's interval.

    Raises:
        ValueError: the price does not recur; callers refuse such prices first.
    """
    if price.recurring is None:
        raise ValueError(f"{price.id} does not recur")
    return Interval(price.recurring.interval, price.recurring.interval_count)
