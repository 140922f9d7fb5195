"""A subscription schedule: the phases that a subscription goes through, one after another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.simulator.agenda import Plan, Rank
from harness.simulator.billing.periods import DAY
from harness.simulator.objects.tax_rate import rates_form

if TYPE_CHECKING:
    from harness.simulator.objects.tax_rate import TaxRate
    from harness.simulator.world import World

NOTICE_SECONDS = 7 * DAY
"""How long before its end a schedule announces it (SUB-50)."""
OPEN = frozenset({"not_started", "active"})
"""Statuses of a schedule that can still be changed, canceled or released."""


@dataclass(frozen=True, slots=True)
class PhaseItem:
    """A price in a phase; `quantity` is None for a metered one, and None as a value of `metadata` unsets."""

    price: str
    quantity: int | None = None
    metadata: dict[str, str | None] = field(default_factory=dict)
    usage_gte: int | None = None
    tax_rates: tuple[TaxRate, ...] = ()

    def render(self) -> dict[str, Any]:
        """The wire form."""
        return {
            "billing_thresholds": None if self.usage_gte is None else {"usage_gte": self.usage_gte},
            "discounts": [],
            "metadata": _shown(self.metadata),
            "plan": self.price,
            "price": self.price,
            "quantity": self.quantity,
            "tax_rates": rates_form(self.tax_rates),
        }


@dataclass(frozen=True, slots=True)
class PhaseSettings:
    """What a phase, or the schedule for all of them, sets on the subscription; None is not set.

    Args:
        anchor: `automatic` or `phase_start`.
        amount_gte, resets_anchor: the billing threshold.
    """

    anchor: str | None = None
    collection_method: str | None = None
    days_until_due: int | None = None
    default_payment_method: str | None = None
    description: str | None = None
    amount_gte: int | None = None
    resets_anchor: bool | None = None

    def render(self) -> dict[str, Any]:
        """The members that phases and `default_settings` share."""
        threshold = {"amount_gte": self.amount_gte, "reset_billing_cycle_anchor": self.resets_anchor}
        return {
            "application_fee_percent": None,
            "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
            "billing_cycle_anchor": self.anchor,
            "billing_thresholds": None if self.amount_gte is None else threshold,
            "collection_method": self.collection_method,
            "default_payment_method": self.default_payment_method,
            "description": self.description,
            "on_behalf_of": None,
            "transfer_data": None,
        }

    def invoice_form(self) -> dict[str, Any]:
        """`invoice_settings`."""
        return {
            "account_tax_ids": None,
            "custom_fields": None,
            "days_until_due": self.days_until_due,
            "description": None,
            "footer": None,
            "issuer": {"type": "self"},
        }


@dataclass(frozen=True, slots=True)
class Phase:
    """What the subscription is during `[starts_at, ends_before)`.

    Args:
        trial: whether `trial` was asked for: all of it is a trial, until `trial_end`.
        one_offs: `add_invoice_items`, as they were asked for, with their tax rates looked up.
        tax_rates: the subscription's default rates in it.
    """

    starts_at: int
    ends_before: int
    items: tuple[PhaseItem, ...]
    currency: str
    settings: PhaseSettings = field(default_factory=PhaseSettings)
    proration_behavior: str = "create_prorations"
    trial: bool | None = None
    trial_end: int | None = None
    metadata: dict[str, str | None] = field(default_factory=dict)
    one_offs: tuple[dict[str, Any], ...] = ()
    tax_rates: tuple[TaxRate, ...] = ()

    def render(self) -> dict[str, Any]:
        """The wire form."""
        due = self.settings.days_until_due
        return self.settings.render() | {
            "add_invoice_items": [_one_off_form(each) for each in self.one_offs],
            "currency": self.currency,
            "default_tax_rates": rates_form(self.tax_rates),
            "discounts": [],
            "end_date": self.ends_before,
            "invoice_settings": None if due is None else self.settings.invoice_form(),
            "items": [item.render() for item in self.items],
            "metadata": _shown(self.metadata),
            "proration_behavior": self.proration_behavior,
            "start_date": self.starts_at,
            "trial": self.trial,
            "trial_end": self.trial_end,
        }


@dataclass(slots=True)
class SubscriptionSchedule:
    """State of a `subscription_schedule`; instants follow the customer's clock (CLK-45).

    Args:
        current: which of `phases` the subscription is in, while the schedule is active.
        mode, proration_discounts: of the subscription that it will make.
        noticed: the end that was announced last.
        sequence: place in the order of creation.
    """

    id: str
    customer: str
    created: int
    sequence: int
    test_clock: str | None
    phases: list[Phase]
    mode: str
    proration_discounts: str = "included"
    defaults: PhaseSettings = field(default_factory=PhaseSettings)
    end_behavior: str = "release"
    status: str = "not_started"
    current: int = 0
    subscription: str | None = None
    released_subscription: str | None = None
    canceled_at: int | None = None
    completed_at: int | None = None
    released_at: int | None = None
    noticed: int | None = None
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def phase(self) -> Phase:
        """The current phase; the first one before the start."""
        return self.phases[self.current]

    @property
    def ends_before(self) -> int:
        """When the last phase ends."""
        return self.phases[-1].ends_before

    @property
    def in_last_phase(self) -> bool:
        """Whether no phase comes after the current one."""
        return self.current == len(self.phases) - 1

    def plan(self) -> Plan | None:
        """The next thing that happens to it by itself: its start, a phase's end, the notice of its own."""
        if self.status not in OPEN:
            return None
        waits = self.status == "not_started"
        change = Plan(self.phase.starts_at if waits else self.phase.ends_before, Rank.PHASE)
        notice = Plan(self.ends_before - NOTICE_SECONDS, Rank.SCHEDULE_NOTICE)
        announces = self.noticed != self.ends_before and notice.at > self.phases[0].starts_at
        return min(change, notice, key=lambda plan: (plan.at, plan.rank)) if announces else change

    def render(self, world: World) -> dict[str, Any]:
        """The wire form."""
        active = self.status == "active"
        span = {"end_date": self.phase.ends_before, "start_date": self.phase.starts_at}
        return {
            "id": self.id,
            "object": "subscription_schedule",
            "application": None,
            "billing_mode": self._mode_form(world),
            "canceled_at": self.canceled_at,
            "completed_at": self.completed_at,
            "created": self.created,
            "current_phase": span if active else None,
            "customer": self.customer,
            "customer_account": None,
            "default_settings": self.defaults.render() | {"invoice_settings": self.defaults.invoice_form()},
            "end_behavior": self.end_behavior,
            "livemode": False,
            "metadata": dict(self.metadata),
            "pause_schedules": [],
            "phases": [phase.render() for phase in self.phases],
            "released_at": self.released_at,
            "released_subscription": self.released_subscription,
            "status": self.status,
            "subscription": self.subscription,
            "test_clock": self.test_clock,
        }

    def _mode_form(self, world: World) -> dict[str, Any]:
        """The subscription's own, once there is one: it may have been migrated (SUB-04)."""
        made = world.subscriptions[self.subscription] if self.subscription else None
        mode = self.mode if made is None else made.mode
        discounts = self.proration_discounts if made is None else made.proration_discounts
        flexible = {"proration_discounts": discounts} if mode == "flexible" else None
        updated_at = (self.created if mode == "flexible" else None) if made is None else made.mode_updated_at
        return {"flexible": flexible, "type": mode, "updated_at": updated_at}


def _shown(metadata: dict[str, str | None]) -> dict[str, str]:
    """Metadata as an answer has it: what unsets a key is an empty value."""
    return {key: value or "" for key, value in metadata.items()}


def _one_off_form(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "discountable": entry.get("discountable", True),
        "discounts": [],
        "metadata": _shown(entry.get("metadata") or {}),
        "period": {
            "end": {"timestamp": None, "type": "min_item_period_end"},
            "start": {"timestamp": None, "type": "max_item_period_start"},
        },
        "price": entry["price"],
        "quantity": 1 if entry.get("quantity") is None else entry["quantity"],
        "tax_rates": rates_form(entry.get("tax_rates") or ()),
    }
