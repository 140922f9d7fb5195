"""The one place that knows where Stripe's objects keep things, in the newest shape and those before Basil."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from harness.history import sums

Json = dict[str, Any]


@dataclass(frozen=True)
class Period:
    """`[start, end)` in unix seconds (INV-10)."""

    start: int
    end: int

    def holds(self, instant: int) -> bool:
        """Whether `instant` lies in the period."""
        return self.start <= instant < self.end


@dataclass(frozen=True)
class Line:
    """An invoice line. `quantity` is exact; `amount` is in minor units; `price` and `item` are ids.

    `discounted` is what discounts take off `amount`, which is shown without them.
    """

    id: str
    price: str | None
    item: str | None
    quantity: Decimal
    amount: int
    unit_amount: Decimal | None
    period: Period
    proration: bool
    from_invoice_item: bool
    description: str | None
    discounted: int = 0


@dataclass(frozen=True)
class Invoice:
    """An invoice as one answer showed it. Times are clock time, amounts minor units.

    `credited` is what discounts and billing credits took off (INV-55, INV-74); credit notes took
    `noted_before` off what was due, and gave `noted_after` back once it was paid (INV-84). `taxed` is the tax
    on top of the lines; inclusive tax is in their amounts (INV-103).
    """

    id: str
    status: str
    reason: str
    customer: str
    subscription: str | None
    period: Period
    created: int
    finalizes_at: int | None
    finalized_at: int | None
    auto_advance: bool
    currency: str
    total: int
    amount_due: int
    lines: tuple[Line, ...]
    lines_complete: bool
    credited: int = 0
    noted_before: int = 0
    noted_after: int = 0
    taxed: int = 0


@dataclass(frozen=True)
class InvoiceItem:
    """An invoice item; pending while `invoice` is None (INV-83). `amount` is in minor units."""

    id: str
    customer: str
    subscription: str | None
    price: str | None
    quantity: Decimal
    amount: int
    period: Period
    proration: bool
    invoice: str | None


@dataclass(frozen=True)
class Item:
    """A subscription item: its price's id, the price's meter if metered, and its current period.

    `quantity` is None for a metered price (PRC-20).
    """

    id: str
    price: str
    meter: str | None
    created: int
    period: Period
    quantity: int | None = None


@dataclass(frozen=True)
class Subscription:
    """A subscription as one answer showed it; `pause` is the behavior of its paused collection (SUB-27)."""

    id: str
    customer: str
    status: str
    mode: str
    created: int
    start: int
    canceled_at: int | None
    ended_at: int | None
    trial_end: int | None
    cancel_at: int | None
    cancel_at_period_end: bool
    items: tuple[Item, ...]
    pause: str | None = None


@dataclass(frozen=True)
class Meter:
    """A meter's rules."""

    id: str
    event_name: str
    formula: str
    window: str | None
    customer_key: str
    value_key: str
    status: str
    deactivated_at: int | None = None


@dataclass(frozen=True)
class Tier:
    """One tier; `up_to` is None for the last. Amounts are minor units."""

    up_to: int | None
    unit_amount: Decimal | None
    flat_amount: Decimal | None


@dataclass(frozen=True)
class Amounts:
    """What a price costs in one of its other currencies."""

    unit_amount: Decimal | None
    tiers: tuple[Tier, ...]


@dataclass(frozen=True)
class Price:
    """A price's terms. `tiers` is empty unless the answer was expanded or the creating call named them.

    `options` holds what was shown of its other currencies (PRC-17). `records` says how usage records add up,
    where it is those that are billed: without a meter (LEG-20).
    """

    id: str
    currency: str
    meter: str | None
    unit_amount: Decimal | None
    tiers_mode: str | None
    tiers: tuple[Tier, ...]
    divide_by: int | None
    round_up: bool
    records: str | None = None
    options: Mapping[str, Amounts] = field(default_factory=dict)

    def in_currency(self, currency: str) -> Price:
        """Its terms on a bill in a currency; without amounts where those were not shown."""
        if currency == self.currency:
            return self
        amounts = self.options.get(currency, Amounts(None, ()))
        return replace(self, currency=currency, unit_amount=amounts.unit_amount, tiers=amounts.tiers)


@dataclass(frozen=True)
class Summary:
    """A meter event summary."""

    meter: str
    period: Period
    total: Decimal


def oldest_first(answer: Json) -> Iterator[Json]:
    """The Stripe objects of an answer: itself, or a list's members, which come newest first (PRO-14)."""
    if answer.get("object") in {"list", "search_result"}:
        yield from reversed(answer["data"])
    elif "object" in answer:
        yield answer


def id_of(reference: Any) -> str | None:
    """The id behind a reference, expanded or not."""
    if isinstance(reference, dict):
        return str(reference["id"])
    return None if reference is None else str(reference)


def period_of(raw: Json) -> Period:
    """A `{start, end}` hash."""
    return Period(raw["start"], raw["end"])


def line(raw: Json) -> Line:
    """An invoice line, newest shape or before Basil (INV-46 to INV-53)."""
    parent = raw.get("parent") or {}
    details = parent.get("subscription_item_details") or parent.get("invoice_item_details") or {}
    pricing = raw.get("pricing") or {}
    price = (pricing.get("price_details") or {}).get("price", raw.get("price"))
    unit = pricing.get("unit_amount_decimal")
    return Line(
        id=raw["id"],
        price=id_of(price),
        item=id_of(details.get("subscription_item", raw.get("subscription_item"))),
        quantity=_decimal(raw.get("quantity_decimal", raw.get("quantity"))) or Decimal(0),
        amount=raw["amount"],
        unit_amount=_decimal(unit),
        period=period_of(raw["period"]),
        proration=bool(details.get("proration", raw.get("proration", False))),
        from_invoice_item=details.get("invoice_item", raw.get("invoice_item")) is not None,
        description=raw.get("description"),
        discounted=sum(int(each["amount"]) for each in raw.get("discount_amounts") or []),
    )


def invoice(raw: Json) -> Invoice:
    """An invoice, newest shape or before Basil (INV-32 to INV-46)."""
    details = (raw.get("parent") or {}).get("subscription_details") or {}
    return Invoice(
        id=raw["id"],
        status=raw["status"],
        reason=raw["billing_reason"],
        customer=str(id_of(raw["customer"])),
        subscription=id_of(details.get("subscription", raw.get("subscription"))),
        period=Period(raw["period_start"], raw["period_end"]),
        created=raw["created"],
        finalizes_at=raw.get("automatically_finalizes_at"),
        finalized_at=raw["status_transitions"]["finalized_at"],
        auto_advance=bool(raw.get("auto_advance")),
        currency=raw["currency"],
        total=raw["total"],
        amount_due=raw["amount_due"],
        lines=tuple(line(member) for member in raw["lines"]["data"]),
        lines_complete=not raw["lines"].get("has_more", False),
        credited=sums.credited(raw),
        noted_before=raw.get("pre_payment_credit_notes_amount") or 0,
        noted_after=raw.get("post_payment_credit_notes_amount") or 0,
        taxed=sums.taxed(raw),
    )


def invoice_item(raw: Json) -> InvoiceItem:
    """An `invoiceitem`, newest shape or before Basil."""
    owner = (raw.get("parent") or {}).get("subscription_details") or {}
    price = ((raw.get("pricing") or {}).get("price_details") or {}).get("price", raw.get("price"))
    return InvoiceItem(
        id=raw["id"],
        customer=str(id_of(raw["customer"])),
        subscription=id_of(owner.get("subscription", raw.get("subscription"))),
        price=id_of(price),
        quantity=_decimal(raw.get("quantity_decimal", raw.get("quantity"))) or Decimal(0),
        amount=raw["amount"],
        period=period_of(raw["period"]),
        proration=bool(raw.get("proration")),
        invoice=id_of(raw.get("invoice")),
    )


def subscription(raw: Json) -> Subscription:
    """A subscription; before Basil the period is its own, since then its items' (SUB-17)."""
    return Subscription(
        id=raw["id"],
        customer=str(id_of(raw["customer"])),
        status=raw["status"],
        mode=(raw.get("billing_mode") or {}).get("type", "classic"),
        created=raw["created"],
        start=raw["start_date"],
        canceled_at=raw.get("canceled_at"),
        ended_at=raw.get("ended_at"),
        trial_end=raw.get("trial_end"),
        cancel_at=raw.get("cancel_at"),
        cancel_at_period_end=bool(raw.get("cancel_at_period_end")),
        items=tuple(_item(member, raw) for member in raw["items"]["data"]),
        pause=(raw.get("pause_collection") or {}).get("behavior"),
    )


def _item(raw: Json, owner: Json) -> Item:
    dated = raw if "current_period_start" in raw else owner
    price = raw["price"]
    return Item(
        id=raw["id"],
        price=str(id_of(price)),
        meter=(price.get("recurring") or {}).get("meter") if isinstance(price, dict) else None,
        created=raw["created"],
        period=Period(dated["current_period_start"], dated["current_period_end"]),
        quantity=raw.get("quantity"),
    )


def meter(raw: Json) -> Meter:
    """A `billing.meter` (MTR-09)."""
    return Meter(
        id=raw["id"],
        event_name=raw["event_name"],
        formula=raw["default_aggregation"]["formula"],
        window=raw.get("event_time_window"),
        customer_key=raw["customer_mapping"]["event_payload_key"],
        value_key=raw["value_settings"]["event_payload_key"],
        status=raw["status"],
        deactivated_at=(raw.get("status_transitions") or {}).get("deactivated_at"),
    )


def price(raw: Json) -> Price:
    """A price (PRC-01 to PRC-15)."""
    package, recurring = raw.get("transform_quantity") or {}, raw.get("recurring") or {}
    legacy = recurring.get("usage_type") == "metered" and recurring.get("meter") is None
    return Price(
        id=raw["id"],
        currency=raw["currency"],
        meter=recurring.get("meter"),
        unit_amount=_unit_of(raw),
        tiers_mode=raw.get("tiers_mode"),
        tiers=_tiers_of(raw),
        divide_by=package.get("divide_by"),
        round_up=package.get("round") == "up",
        records=(recurring.get("aggregate_usage") or "sum") if legacy else None,
        options={
            code: Amounts(_unit_of(option), _tiers_of(option))
            for code, option in (raw.get("currency_options") or {}).items()
            if code != raw["currency"]
        },
    )


def _unit_of(raw: Json) -> Decimal | None:
    return _decimal(raw.get("unit_amount_decimal", raw.get("unit_amount")))


def _tiers_of(raw: Json) -> tuple[Tier, ...]:
    return tuple(_tier(member) for member in raw.get("tiers") or ())


def _tier(raw: Json) -> Tier:
    up_to = raw.get("up_to")
    return Tier(
        up_to=None if up_to in {None, "inf"} else int(up_to),
        unit_amount=_unit_of(raw),
        flat_amount=_decimal(raw.get("flat_amount_decimal", raw.get("flat_amount"))),
    )


def summary(raw: Json) -> Summary:
    """A `billing.meter_event_summary` (MTR-122); its value is a JSON number."""
    return Summary(
        raw["meter"], Period(raw["start_time"], raw["end_time"]), Decimal(str(raw["aggregated_value"]))
    )


def happened_at(event: Json) -> int | None:
    """The clock time of what an event tells, where its object says so.

    `event.created` is wall time and no help (CLK-56).
    """
    subject = event["data"]["object"]
    transitions = subject.get("status_transitions") or {}
    fields = {
        "invoice.finalized": transitions.get("finalized_at"),
        "invoice.paid": transitions.get("paid_at"),
        "invoice.payment_succeeded": transitions.get("paid_at"),
        "invoice.voided": transitions.get("voided_at"),
        "customer.subscription.deleted": subject.get("ended_at"),
    }
    found = fields.get(event["type"])
    if found is None and event["type"].endswith(".created"):
        found = subject.get("created")
    return found


def belongs_to(event: Json) -> str | None:
    """The customer that an event is about, or None."""
    subject = event["data"]["object"]
    if subject.get("object") == "customer":
        return str(subject["id"])
    return id_of(subject.get("customer"))


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
