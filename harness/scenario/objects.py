"""What a scenario declares: its clock, meters, prices, customers and subscriptions."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from harness.scenario.base import Marked, Model, ShortForm
from harness.scenario.errors import GrammarError
from harness.scenario.fields import (
    Count,
    Currency,
    CustomerLabel,
    DurationField,
    Flag,
    InstantField,
    MeterLabel,
    MoneyField,
    Params,
    PriceLabel,
    Text,
    TierBound,
    UnixField,
    Whole,
)

_PARAMS = "Raw Stripe parameters for the creating call, laid over the ones the harness sends."


class Clock(Model):
    """The test clock; its short form is just the date."""

    noun: ClassVar[str] = "the clock"
    at: UnixField = Field(description="Where the clock starts: a date, or a time with Z.")
    exact: Flag = Field(
        False, description="Forbid moving the calendar by whole years when it runs on Stripe."
    )
    name: Text | None = Field(None, description="The clock's name in the Stripe account.")


class Meter(Model):
    """A billing meter."""

    noun: ClassVar[str] = "a meter"
    formula: Literal["sum", "count", "last"] = Field(
        description="How the events of a period become one number."
    )
    event_name: Text | None = Field(None, description="The name its events carry; the label unless given.")
    customer_key: Text | None = Field(None, description="The payload key that holds the customer.")
    value_key: Text | None = Field(None, description="The payload key that holds the value.")
    event_time_window: Literal["hour", "day"] | None = Field(
        None, description="Collect events in windows of this length before they are aggregated."
    )
    params: Params = Field(default_factory=dict, description=_PARAMS)


class Tier(Model):
    """One tier of a tiered price."""

    noun: ClassVar[str] = "a tier"
    up_to: TierBound = Field(description="The last unit of the tier, included; `inf` for the last tier.")
    unit_amount: MoneyField | None = Field(None, description="The price of each unit in the tier.")
    flat_amount: MoneyField | None = Field(None, description="An amount for reaching the tier at all.")


class TransformQuantity(Model):
    """Billing by packages: the quantity is divided, then rounded."""

    noun: ClassVar[str] = "transform_quantity"
    divide_by: Count = Field(description="How many units make a package.")
    round: Literal["up", "down"] = Field(description="What to do with a package that isn't full.")


class CurrencyOption(Model):
    """What a price costs in a currency besides its own."""

    noun: ClassVar[str] = "a currency's amounts"
    unit_amount: MoneyField | None = Field(None, description="The price of one unit in this currency.")
    tiers: tuple[Tier, ...] = Field((), description="The tiers in this currency, lowest first.")

    @model_validator(mode="after")
    def _one_scheme(self) -> Self:
        if (self.unit_amount is None) == (not self.tiers):
            raise GrammarError("a currency's amounts are either a `unit_amount` or `tiers`")
        return self


def _amounts(priced: Price | CurrencyOption) -> list[str]:
    """The currencies of its amounts, each once."""
    tiers = (money for tier in priced.tiers for money in (tier.unit_amount, tier.flat_amount))
    return list(dict.fromkeys(money.currency for money in (priced.unit_amount, *tiers) if money is not None))


def _usage_type(data: dict[str, Any]) -> Literal["metered", "licensed"]:
    return "metered" if data.get("meter") or data.get("aggregate_usage") else "licensed"


class Price(Model):
    """A recurring price."""

    noun: ClassVar[str] = "a price"
    meter: MeterLabel | None = Field(None, description="The label of the meter whose usage it bills.")
    product: Text | None = Field(None, description="The product's name; the label unless given.")
    interval: Literal["day", "week", "month", "year"] = Field("month", description="The unit of the cycle.")
    interval_count: Count = Field(1, description="How many units make a cycle.")
    aggregate_usage: Literal["sum", "max", "last_during_period", "last_ever"] | None = Field(
        None, description="How usage records become one number (API versions before 2025-03-31.basil)."
    )
    usage_type: Literal["metered", "licensed"] | None = Field(
        default_factory=_usage_type,
        description="metered when there is a meter or aggregate_usage, else licensed.",
    )
    billing_scheme: Literal["per_unit", "tiered"] | None = Field(
        None, description="One amount for each unit, or tiers."
    )
    unit_amount: MoneyField | None = Field(None, description="The price of one unit.")
    tiers_mode: Literal["graduated", "volume"] | None = Field(
        None,
        description="graduated fills tier after tier; volume bills all units at the tier reached.",
    )
    tiers: tuple[Tier, ...] = Field((), description="The tiers, lowest first.")
    transform_quantity: TransformQuantity | None = Field(None, description="Billing by packages.")
    currency_options: dict[Currency, CurrencyOption] = Field(
        default_factory=dict,
        description="What it costs in other currencies, by their codes; a subscription's `currency` chooses.",
    )
    params: Params = Field(default_factory=dict, description=_PARAMS)

    @property
    def currency(self) -> str:
        """The currency, in lower case, that all its amounts share."""
        return next(iter(self._currencies()))

    @model_validator(mode="after")
    def _one_currency(self) -> Self:
        found = self._currencies()
        if not found:
            raise GrammarError(
                "a price needs an amount, which gives its currency", "add `unit_amount: 0.02 usd` or `tiers`"
            )
        if len(found) > 1:
            raise GrammarError(f"the amounts of one price have several currencies: {', '.join(found)}")
        return self

    @model_validator(mode="after")
    def _options_in_their_currency(self) -> Self:
        for code, option in self.currency_options.items():
            if code == self.currency:
                raise GrammarError(
                    f"`{code}` is the price's own currency",
                    "give its amount as the price's own, not as an option",
                )
            if others := [found for found in _amounts(option) if found != code]:
                raise GrammarError(f"the amounts for `{code}` are in another currency: {', '.join(others)}")
            if bool(option.tiers) != bool(self.tiers):
                raise GrammarError(f"the amounts for `{code}` need the price's own scheme: tiers, or none")
        return self

    def _currencies(self) -> list[str]:
        raw = self.params.get("currency")
        return list(dict.fromkeys([*_amounts(self), *([raw.lower()] if isinstance(raw, str) else [])]))


class Customer(Model):
    """A customer."""

    noun: ClassVar[str] = "a customer"
    payment_method: Text | None = Field(
        None, description="A test payment method to charge, such as pm_card_visa."
    )
    name: Text | None = Field(None, description="The customer's name.")
    email: Text | None = Field(None, description="The customer's email address.")
    clock: Flag = Field(True, description="Whether the customer lives on the test clock.")
    params: Params = Field(default_factory=dict, description=_PARAMS)


class Item(Marked):
    """A subscription's item; its short form is just the price."""

    noun: ClassVar[str] = "an item"
    price: PriceLabel = Field(description="The label of the price.")
    quantity: Whole | None = Field(None, description="How many units, for a licensed price.")
    params: Params = Field(default_factory=dict, description=_PARAMS)


class Subscription(Model):
    """A subscription, created when the clock starts."""

    noun: ClassVar[str] = "a subscription"
    customer: CustomerLabel = Field(description="The label of the customer.")
    items: tuple[Annotated[Item, ShortForm("price")], ...] = Field(
        min_length=1, description="What is subscribed to: labels of prices, or mappings with a price."
    )
    billing_mode: Literal["flexible", "classic"] | None = Field(
        None, description="Stripe's billing mode; the API version's default unless given."
    )
    currency: Currency | None = Field(
        None, description="Which of its prices' currencies it is billed in; their own unless given."
    )
    trial_end: InstantField | None = Field(None, description="When the trial ends.")
    trial_period_days: Whole | None = Field(None, description="The trial's length in days.")
    billing_cycle_anchor: InstantField | None = Field(
        None, description="The instant the cycles are counted from."
    )
    backdate_start_date: InstantField | None = Field(None, description="A start in the past.")
    cancel_at: InstantField | None = Field(None, description="When the subscription will be cancelled.")
    cancel_at_period_end: Flag | None = Field(None, description="Whether it ends with its current cycle.")
    collection_method: Literal["charge_automatically", "send_invoice"] | None = Field(
        None, description="Charge the payment method, or send an invoice."
    )
    days_until_due: Whole | None = Field(None, description="Days to pay a sent invoice.")
    params: Params = Field(default_factory=dict, description=_PARAMS)


class LagRange(Model):
    """A lag drawn, from the seed, between two bounds."""

    noun: ClassVar[str] = "a range of lags"
    min: DurationField = Field(description="The shortest lag.")
    max: DurationField = Field(description="The longest lag.")


FaultKind = Literal[
    "rate_limited",
    "conflict",
    "error",
    "reset",
    "lost_answer",
    "slow",
    "aggregation_stuck",
    "clock_failure",
    "webhook_duplicate",
    "webhook_late",
    "webhook_badly_signed",
]


class Fault(Model):
    """Something that goes wrong on the simulator, at a moment that the scenario chooses."""

    noun: ClassVar[str] = "a fault"
    kind: FaultKind = Field(
        description="What goes wrong: refused without being done (rate_limited, conflict, error), the "
        "connection reset before or after it is done (reset, lost_answer), a slow answer, meters that stand "
        "still (aggregation_stuck), a failed advance (clock_failure); and, of what reactions `post`, "
        "deliveries made twice, late, or first with a wrong signature, which the handler must refuse."
    )
    on: Text = Field(
        "*",
        description="What it can strike: requests (`POST /v1/customers`), or for deliveries event types; * "
        "stands for anything.",
    )
    after: Annotated[int, Field(strict=True, ge=0)] = Field(0, description="How many pass unharmed first.")
    times: Count | Literal["always"] = Field(1, description="How often it strikes: a number, or always.")
    percent: Annotated[int, Field(strict=True, ge=0, le=100)] = Field(
        100, description="How likely it strikes each time; drawn from the seed."
    )
    lasts: DurationField | None = Field(
        None,
        description="How long an answer or a delivery takes, or meters stand still (for ever if not given); "
        "wall time.",
    )
