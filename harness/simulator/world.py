"""The world: all of a simulated account's state, and the only thing in the simulator that changes."""

from __future__ import annotations

import math
import random  # noqa: TID251  # the one seeded source; everything else draws from it
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.simulator.agenda import Agenda
from harness.simulator.wire.idempotency import IdempotencyStore

if TYPE_CHECKING:
    from harness.simulator.objects.alert import Alert
    from harness.simulator.objects.balance import BalanceTransaction
    from harness.simulator.objects.clock import TestClock
    from harness.simulator.objects.coupon import Coupon
    from harness.simulator.objects.credit import CreditGrant, CreditTransaction
    from harness.simulator.objects.credit_note import CreditNote
    from harness.simulator.objects.customer import Customer
    from harness.simulator.objects.discount import Discount
    from harness.simulator.objects.event import Event
    from harness.simulator.objects.invoice import Invoice
    from harness.simulator.objects.invoice_item import InvoiceItem
    from harness.simulator.objects.meter import Meter
    from harness.simulator.objects.payment import Charge, PaymentIntent, PaymentMethod
    from harness.simulator.objects.price import Price
    from harness.simulator.objects.product import Product
    from harness.simulator.objects.promotion_code import PromotionCode
    from harness.simulator.objects.refund import Refund
    from harness.simulator.objects.schedule import SubscriptionSchedule
    from harness.simulator.objects.subscription import Subscription
    from harness.simulator.objects.tax_rate import TaxRate
    from harness.simulator.objects.thin_event import MeterTwin, ThinEvent
    from harness.simulator.objects.usage_record import RecordedUsage
    from harness.simulator.objects.webhook import Awaited, Delivery, Endpoint
    from harness.simulator.usage import UsageLedger

HOUR = 3_600


@dataclass(frozen=True)
class Settings:
    """How this account behaves where Stripe leaves room.

    Args:
        wall: the wall clock at the start, unix seconds.
        seed: of every draw.
        lag_seconds: shortest and longest aggregation lag of a meter event, in wall seconds (MTR-88).
        clock_polls: reads of an advancing clock until it shows `ready` (CLK-97); 0 is at once.
        clock_seconds: shortest and longest wall time after which it is ready unread; None is never.
        grace_seconds: how long a cycle's draft stays open (INV-18): 1 to 72 hours.
        requests_per_second: more are answered 429 (LIV-01, MTR-84); None is without limit.
        meter_lock_seconds: for how much wall time a meter event keeps others for its customer and meter out,
            which are answered 409 (MTR-69, MTR-72); 0 is not at all.
        upcoming_days: how long before a renewal `invoice.upcoming` is sent (CLK-82); 0 is never.
        webhooks: where a server delivers to: `none`, `local` addresses or `anywhere`.
        webhook_retry_seconds: pauses between attempts at a delivery, wall time (PRO-21; length unverified).
        dunning_ends_in: what the last failed retry makes of it (CLK-92): `canceled`, `unpaid` or `past_due`.
    """

    wall: int
    seed: int = 0
    lag_seconds: tuple[int, int] = (20, 90)
    clock_polls: int = 3
    clock_seconds: tuple[int, int] | None = None
    grace_seconds: int = HOUR
    dunning_ends_in: str = "canceled"
    webhooks: str = "none"
    webhook_retry_seconds: tuple[int, ...] = (300, 3_600, 10_800)
    upcoming_days: int = 7
    requests_per_second: int | None = None
    meter_lock_seconds: int = 0


@dataclass(frozen=True)
class Origin:
    """The API request in hand, as events name it; both None while Stripe acts by itself."""

    request_id: str | None = None
    idempotency_key: str | None = None


@dataclass
class World:
    """Every object by id, in order of creation; the wall clock; the counters behind ids."""

    settings: Settings
    wall: int = 0
    clocks: dict[str, TestClock] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    payment_methods: dict[str, PaymentMethod] = field(default_factory=dict)
    payment_intents: dict[str, PaymentIntent] = field(default_factory=dict)
    charges: dict[str, Charge] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    prices: dict[str, Price] = field(default_factory=dict)
    lookup_keys: dict[str, str] = field(default_factory=dict)
    """Lookup key to the id of the price that has it."""
    priced_products: set[str] = field(default_factory=set)
    """Products that have, or had, a price."""
    coupons: dict[str, Coupon] = field(default_factory=dict)
    """Deleted ones too, until their id is taken again."""
    promotion_codes: dict[str, PromotionCode] = field(default_factory=dict)
    discounts: dict[str, Discount] = field(default_factory=dict)
    """Ended ones too: invoices name them."""
    previewed: dict[str, Discount] = field(default_factory=dict)
    """Those that the last preview made up, so that they can be looked at in its answer."""
    tax_rates: dict[str, TaxRate] = field(default_factory=dict)
    meters: dict[str, Meter] = field(default_factory=dict)
    active_meters: dict[str, Meter] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    schedules: dict[str, SubscriptionSchedule] = field(default_factory=dict)
    invoices: dict[str, Invoice] = field(default_factory=dict)
    invoice_items: dict[str, InvoiceItem] = field(default_factory=dict)
    credit_notes: dict[str, CreditNote] = field(default_factory=dict)
    balance_transactions: dict[str, BalanceTransaction] = field(default_factory=dict)
    """Movements of customers' balances that credit notes made."""
    credit_grants: dict[str, CreditGrant] = field(default_factory=dict)
    credit_transactions: dict[str, CreditTransaction] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    usage: UsageLedger = field(init=False)
    recorded: dict[str, RecordedUsage] = field(default_factory=dict)
    """Legacy usage records by subscription item."""
    idempotency: IdempotencyStore = field(default_factory=IdempotencyStore)
    agenda: Agenda = field(default_factory=Agenda)
    counters: dict[str, int] = field(default_factory=dict)
    origin: Origin = Origin()
    thin_events: dict[str, ThinEvent | MeterTwin] = field(default_factory=dict)
    open_reports: dict[tuple[str | None, int], ThinEvent] = field(default_factory=dict)
    """Error reports still being filled, by meter and start of their window."""
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    deliveries_of: dict[str, list[str]] = field(default_factory=dict)
    """Ids of deliveries by the event that they deliver."""
    undelivered: dict[str, Delivery] = field(default_factory=dict)
    """Deliveries with an attempt still to come, oldest first."""
    awaited: dict[str, Awaited] = field(default_factory=dict)
    """Drafts that wait for a delivery, by its event."""
    aggregation_stops: tuple[int, int] | None = None
    """The wall time in which no event is aggregated, `[start, end)`, after a fault."""
    breaks_next_advance: bool = False
    """Whether the next advance fails, after a fault."""
    caught_up_at: int = 0
    """Up to which wall time the work of customers without a clock is done."""
    alerts: dict[str, Alert] = field(default_factory=dict)
    alerted: set[str] = field(default_factory=set)
    """Meters that have, or had, an alert."""
    watched: set[str] = field(default_factory=set)
    """Customers with a subscription that has, or had, billing thresholds."""
    awaited_usage: list[tuple[int, str, str]] = field(default_factory=list)
    """A heap: the wall second from which reads find usage that is looked at, whose it is, on which meter."""
    crowd: tuple[int, int] = (0, 0)
    """The present second of wall time, and the requests in it."""
    busy_meters: dict[tuple[str, str], int] = field(default_factory=dict)
    """Meter and customer of an event under way, with the wall time at which it is through."""
    sessions: dict[str, int] = field(default_factory=dict)
    """Meter event sessions: token to the wall time at which it expires."""

    def __post_init__(self) -> None:
        from harness.simulator.usage import UsageLedger

        self.wall = self.caught_up_at = self.settings.wall
        self.usage = UsageLedger()
        self._source = random.Random(self.settings.seed)  # noqa: S311  # lifelike variation, not a secret

    def new_id(self, prefix: str) -> str:
        """`cus_sim000001`, then `cus_sim000002`, …: a counter for each prefix."""
        self.counters[prefix] = self.counters.get(prefix, 0) + 1
        return f"{prefix}_sim{self.counters[prefix]:06d}"

    def draw(self, lowest: int, highest: int) -> int:
        """A whole number from the seeded source, both ends included."""
        return lowest + int(self._source.random() * (highest - lowest + 1))

    def sleep(self, seconds: float) -> None:
        """Let wall time pass, in whole seconds begun. Aggregation catches up; test clocks do not move."""
        self.wall += math.ceil(seconds)

    @property
    def aggregated_until(self) -> int:
        """The wall time at which meters are read: now, unless aggregation stands still."""
        if self.aggregation_stops is None or self.wall >= self.aggregation_stops[1]:
            return self.wall
        return min(self.wall, self.aggregation_stops[0])

    def now(self, clock: str | None) -> int:
        """The present of an object on `clock`, or the wall clock for None (CLK-94).

        While an advance runs its due work, that is the instant of the work in hand (CLK-95).
        """
        if clock is None:
            return self.wall
        test_clock = self.clocks[clock]
        return test_clock.working_at if test_clock.working_at is not None else test_clock.frozen_time

    def add_meter(self, meter: Meter) -> None:
        """Take in a new meter."""
        self.meters[meter.id] = meter
        self.index_meter(meter)

    def index_meter(self, meter: Meter) -> None:
        """Call after a meter was activated or deactivated, so that events find it by name."""
        if meter.active:
            self.active_meters[meter.event_name] = meter
        else:
            self.active_meters.pop(meter.event_name, None)

    def meter_named(self, event_name: str) -> Meter | None:
        """The active meter for this event name; there is at most one (MTR-04)."""
        return self.active_meters.get(event_name)

    def find(self, object_id: str) -> Any | None:
        """The object with this id, whatever it is, or None."""
        for table in self.tables():
            if object_id in table:
                return table[object_id]
        return None

    def tables(self) -> tuple[dict[str, Any], ...]:
        """All tables that `find` looks through."""
        return (
            self.clocks,
            self.customers,
            self.payment_methods,
            self.payment_intents,
            self.charges,
            self.refunds,
            self.products,
            self.prices,
            self.coupons,
            self.promotion_codes,
            self.discounts,
            self.previewed,
            self.tax_rates,
            self.meters,
            self.subscriptions,
            self.schedules,
            self.invoices,
            self.invoice_items,
            self.credit_notes,
            self.balance_transactions,
            self.credit_grants,
            self.credit_transactions,
            self.alerts,
            self.events,
        )
