"""What a scenario expects: claims about invoices, usage, events, subscriptions and meter errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Discriminator, Field, ModelWrapValidatorHandler, PrivateAttr, Tag, model_validator

from harness.scenario.base import Marked, Model, written
from harness.scenario.errors import NoClaimError
from harness.scenario.fields import (
    CustomerLabel,
    CycleRefField,
    EventLabel,
    Flag,
    InstantField,
    InvoiceRefField,
    MeterLabel,
    MoneyField,
    PriceLabel,
    Quantity,
    SubscriptionLabel,
    Text,
    Whole,
)

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema


class PeriodClaim(Model):
    """A period of time, from its start to before its end."""

    noun: ClassVar[str] = "a period"
    start: InstantField = Field(description="Its first instant.")
    end: InstantField = Field(description="The first instant after it.")


def _kind(value: Any) -> str:
    """Which branch of a union a YAML value belongs to; the brackets keep tags apart from keys."""
    if isinstance(value, dict | Model):
        return "<mapping>"
    return "<list>" if isinstance(value, list | tuple) else "<value>"


PeriodField = Annotated[
    Annotated[CycleRefField, Tag("<value>")] | Annotated[PeriodClaim, Tag("<mapping>")],
    Discriminator(lambda value: "<mapping>" if _kind(value) == "<mapping>" else "<value>"),
]


class LineClaim(Marked):
    """What one invoice line must say; what it leaves out isn't looked at."""

    noun: ClassVar[str] = "an expected line"
    price: PriceLabel | None = Field(None, description="The label of the line's price.")
    tier: Annotated[int, Field(strict=True, ge=1)] | None = Field(
        None, description="The tier, counted from 1."
    )
    quantity: Quantity | None = Field(None, description="The line's quantity.")
    amount: MoneyField | None = Field(None, description="The line's amount.")
    discount: MoneyField | None = Field(
        None, description="What discounts take off the line; `amount` stays without them."
    )
    period: PeriodField | None = Field(None, description="The line's period: a cycle, or {start, end}.")
    proration: Flag | None = Field(None, description="Whether the line is a proration.")

    @model_validator(mode="after")
    def _claims_something(self) -> Self:
        if not self.model_fields_set:
            raise NoClaimError(
                "an expected line claims nothing",
                "name its price, tier, quantity, amount, discount, period or proration",
            )
        return self


class LinesClaim(Model):
    """The lines of an invoice: all of them, or (`contains`) some of them.

    Written as a list it is the exact set of lines, matched one to one in any order.
    """

    noun: ClassVar[str] = "lines"
    form: ClassVar[str] = "list of mappings, or mapping"
    contains: tuple[LineClaim, ...] = Field(description="Lines that must be there; others may be there too.")
    _exact: bool = PrivateAttr(default=False)

    @property
    def claims(self) -> tuple[LineClaim, ...]:
        """The expected lines, in the order written."""
        return self.contains

    @property
    def exact(self) -> bool:
        """Whether these must be all the lines."""
        return self._exact

    @model_validator(mode="wrap")
    @classmethod
    def _accept_list(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(data, list | tuple):
            made = handler(data)
            if not made.contains:
                raise NoClaimError("`contains` names no line, so it claims nothing", key="contains")
            return made
        return handler({"contains": data}).as_exact()

    def as_exact(self) -> Self:
        """Make these all the lines; for the loader only."""
        self._exact = True
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Either the list or the mapping."""
        full = handler(schema)
        several = handler.resolve_ref_schema(full)["properties"]["contains"]
        return {"anyOf": [{k: v for k, v in several.items() if k != "description"}, full]}


class InvoicesClaim(Model):
    """How many invoices there are."""

    noun: ClassVar[str] = "invoices"
    count: Annotated[int, Field(strict=True, ge=0)] = Field(description="How many.")
    customer: CustomerLabel | None = Field(None, description="Count only this customer's.")
    subscription: SubscriptionLabel | None = Field(None, description="Count only this subscription's.")


NeverBilledField = Annotated[
    Annotated[Quantity, Tag("<value>")] | Annotated[tuple[EventLabel, ...], Tag("<list>")],
    Discriminator(lambda value: "<list>" if _kind(value) == "<list>" else "<value>"),
]


class UsageClaim(Model):
    """What a meter has counted for a customer, and what of it was never billed."""

    noun: ClassVar[str] = "usage"
    meter: MeterLabel = Field(description="The label of the meter.")
    customer: CustomerLabel = Field(description="The label of the customer.")
    during: PeriodField | None = Field(None, description="The period to sum up: a cycle, or {start, end}.")
    total: Quantity | None = Field(None, description="What the meter's summaries must add up to.")
    never_billed: NeverBilledField | None = Field(
        None, description="Usage that ends on no invoice: a quantity, or ids of events."
    )

    @model_validator(mode="after")
    def _claims_something(self) -> Self:
        if self.total is None and self.never_billed is None:
            raise NoClaimError("`usage` claims nothing", "add `total` or `never_billed`")
        return self


class SubscriptionClaim(Model):
    """What a subscription must look like."""

    noun: ClassVar[str] = "an expected subscription"
    subscription: SubscriptionLabel | None = Field(
        None, description="Its label; not needed when there is only one."
    )
    status: Text | None = Field(None, description="Its status, such as active, trialing or canceled.")
    cancel_at_period_end: Flag | None = Field(None, description="Whether it ends with its current cycle.")
    items: tuple[PriceLabel, ...] | None = Field(None, description="The labels of its prices, in any order.")

    @model_validator(mode="after")
    def _claims_something(self) -> Self:
        if self.status is None and self.cancel_at_period_end is None and self.items is None:
            raise NoClaimError(
                "`subscription` claims nothing", "add `status`, `cancel_at_period_end` or `items`"
            )
        return self


class MeterErrorClaim(Model):
    """A meter error report that must have come."""

    noun: ClassVar[str] = "meter_error"
    code: Text = Field(description="The error's code, such as meter_event_customer_not_found.")


class UsageSummaryClaim(Model):
    """What an item's usage record summaries must say, and what of its records was never billed.

    In API versions before 2025-03-31.basil.
    """

    noun: ClassVar[str] = "usage_summary"
    subscription: SubscriptionLabel = Field(description="The label of the subscription.")
    price: PriceLabel = Field(description="The label of the item's price.")
    total: Whole | None = Field(None, description="The summary's total usage.")
    period: CycleRefField | None = Field(None, description="The cycle; the current one unless given.")
    never_billed: NeverBilledField | None = Field(
        None, description="Usage that ends on no invoice: a quantity, or ids of records."
    )

    @model_validator(mode="after")
    def _claims_something(self) -> Self:
        if self.total is None and self.never_billed is None:
            raise NoClaimError("`usage_summary` claims nothing", "add `total` or `never_billed`")
        return self


_OF_INVOICE = ("status", "finalized", "total", "amount_due", "lines")
_ALONE = ("invoices", "usage", "events", "subscription", "meter_error", "usage_summary")


class Expect(Model):
    """Claims to be checked at this point of the story; at least one."""

    noun: ClassVar[str] = "expect"
    invoice: InvoiceRefField | None = Field(
        None, description="The invoice that status, finalized, total, amount_due and lines speak of."
    )
    status: Literal["draft", "open", "paid", "void", "uncollectible"] | None = Field(
        None, description="The invoice's status."
    )
    finalized: Flag | None = Field(None, description="Whether the invoice is final.")
    total: MoneyField | None = Field(None, description="The invoice's total.")
    amount_due: MoneyField | None = Field(None, description="What is left to pay.")
    lines: LinesClaim | None = Field(
        None, description="The invoice's lines: an exact list in any order, or {contains: [...]}."
    )
    invoices: (
        Annotated[
            Annotated[int, Field(strict=True, ge=0), Tag("<value>")]
            | Annotated[InvoicesClaim, Tag("<mapping>")],
            Discriminator(lambda value: "<mapping>" if _kind(value) == "<mapping>" else "<value>"),
        ]
        | None
    ) = Field(None, description="How many invoices there are: a number, or {count, customer, subscription}.")
    usage: UsageClaim | None = Field(None, description="What a meter has counted, and what was never billed.")
    events: tuple[Text, ...] | None = Field(
        None, min_length=1, description="Event types that came, in this order; others may lie between."
    )
    subscription: SubscriptionClaim | None = Field(None, description="What a subscription looks like.")
    meter_error: MeterErrorClaim | None = Field(None, description="A meter error report that came.")
    usage_summary: UsageSummaryClaim | None = Field(
        None, description="Usage record summaries (old API versions)."
    )

    @model_validator(mode="after")
    def _claims_something(self) -> Self:
        given = written(self.__dict__, *_OF_INVOICE)
        if given and self.invoice is None:
            raise NoClaimError(
                f"`{given[0]}` needs an `invoice` beside it", "say which: `invoice: cycle1`", given[0]
            )
        if self.invoice is not None and not given:
            names = ", ".join(_OF_INVOICE)
            raise NoClaimError("`invoice` claims nothing by itself", f"add one of {names}", "invoice")
        if not given and not written(self.__dict__, *_ALONE):
            raise NoClaimError("`expect` claims nothing", f"add one of invoice, {', '.join(_ALONE)}")
        return self
