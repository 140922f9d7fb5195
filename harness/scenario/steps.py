"""The steps of a scenario: each is a mapping with exactly one verb."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Discriminator, Field, Tag, WithJsonSchema, model_validator

from harness.scenario import patterns
from harness.scenario.base import Marked, Model, OneOrMany, ShortForm, written
from harness.scenario.errors import GrammarError, NoClaimError
from harness.scenario.expectations import Expect
from harness.scenario.fields import (
    Count,
    CustomerLabel,
    DurationField,
    EventInstant,
    EventLabel,
    EventValue,
    Flag,
    InstantField,
    InvoiceRefField,
    Label,
    MeterLabel,
    Params,
    PriceLabel,
    Reasons,
    SubscriptionLabel,
    Text,
    TrialEnd,
    Whole,
)
from harness.scenario.instants import Instant, Now

_PARAMS = "Raw Stripe parameters for the call, laid over the ones the harness sends."
_WHEN = {"anyOf": [{"type": "boolean"}, {"type": "object"}]}
_NOW = Instant(Now())


class FailsWith(Model):
    """The error a step must fail with; a step that succeeds then is a failure."""

    noun: ClassVar[str] = "fails_with"
    status: Annotated[int, Field(strict=True, ge=400, le=599)] | None = Field(
        None, description="The HTTP status."
    )
    type: Text | None = Field(None, description="The error's type, such as invalid_request_error.")
    code: Text | None = Field(None, description="The error's code.")
    param: Text | None = Field(None, description="The parameter it names.")
    message: Text | None = Field(None, description="A part of its message.")

    @model_validator(mode="after")
    def _claims_something(self) -> Self:
        if not written(self.__dict__, *type(self).model_fields):
            raise NoClaimError("`fails_with` claims nothing", "add status, type, code, param or message")
        return self


class StepBase(Marked):
    """What every step may say besides its verb."""

    noun: ClassVar[str] = "a step"
    verb: ClassVar[str]
    name: Text | None = Field(None, description="What the step is called in plans, failures and reports.")
    when: Annotated[Any, WithJsonSchema(_WHEN)] = Field(
        None, description="Keep the step only in some cases: a boolean, or {name: value or list of values}."
    )
    only_on: Reasons = Field(
        default_factory=dict, description="Run the step on this backend only: {backend: reason}."
    )
    fails_with: FailsWith | None = Field(None, description="The error the step must fail with.")
    within: DurationField | None = Field(None, description="How long to wait for it, in waiting time.")


class Advance(Model):
    """Move the test clock; the short form is just the instant."""

    noun: ClassVar[str] = "advance"
    to: InstantField = Field(description="Where the clock goes.")
    settle: Flag = Field(
        True, description="Before an invoice becomes final, wait until the meters have caught up."
    )
    pause: Literal["auto", "never"] = Field(
        "auto", description="auto stops in draft hours and where a reaction is due; never is the bare jump."
    )


class MeterEvents(Model):
    """Usage reported to a meter: one event, or a series of them."""

    noun: ClassVar[str] = "a meter event"
    meter: MeterLabel | None = Field(None, description="The label of the meter.")
    event_name: Text | None = Field(None, description="A raw event name, in place of a meter.")
    customer: CustomerLabel | None = Field(None, description="The label of the customer.")
    at: EventInstant = Field(_NOW, description="The event's timestamp; `unstamped` sends none.")
    value: EventValue | None = Field(None, description="The value; a text is sent as it is.")
    id: Label | None = Field(
        None, description="A label for the event, for never_billed and cancel_meter_event."
    )
    identifier: Text | None = Field(None, description="The identifier; on Stripe the run stands before it.")
    times: Count = Field(1, description="How many events to send.")
    every: DurationField | None = Field(
        None, description="The distance between their timestamps; all the same unless given."
    )
    payload: dict[str, Text | None] = Field(
        default_factory=dict, description="Raw payload keys, laid over the harness's; null takes a key away."
    )
    params: Params = Field(default_factory=dict, description=_PARAMS)

    @model_validator(mode="after")
    def _has_one_target(self) -> Self:
        _exactly_one(self, "meter", "event_name")
        return self


class CancelMeterEvent(Model):
    """Cancel an event that was reported before."""

    noun: ClassVar[str] = "cancel_meter_event"
    meter: MeterLabel | None = Field(None, description="The label of the meter.")
    event_name: Text | None = Field(None, description="A raw event name, in place of a meter.")
    event: EventLabel | None = Field(None, description="The label of the event.")
    identifier: Text | None = Field(None, description="The identifier on the wire, in place of a label.")

    @model_validator(mode="after")
    def _has_one_target(self) -> Self:
        _exactly_one(self, "event", "identifier")
        if self.identifier is not None:
            _exactly_one(self, "meter", "event_name")
        return self


class UsageRecord(Model):
    """A usage record on a subscription's item (API versions before 2025-03-31.basil)."""

    noun: ClassVar[str] = "a usage record"
    subscription: SubscriptionLabel = Field(description="The label of the subscription.")
    price: PriceLabel = Field(description="The label of the item's price.")
    quantity: Whole = Field(description="How many units.")
    at: InstantField = Field(_NOW, description="The record's timestamp.")
    action: Literal["increment", "set"] | None = Field(
        None, description="Add to the usage at that instant, or replace it."
    )
    id: Label | None = Field(None, description="A label for the record, for never_billed.")
    times: Count = Field(1, description="How many records to send.")
    every: DurationField | None = Field(
        None, description="The distance between their timestamps; all the same unless given."
    )


class ItemChange(Model):
    """A change to one item of a subscription: a new one unless `item` names an old one."""

    noun: ClassVar[str] = "a changed item"
    item: PriceLabel | None = Field(None, description="The item to change, by the label of its price.")
    price: PriceLabel | None = Field(None, description="The price it gets.")
    quantity: Whole | None = Field(None, description="The quantity it gets.")
    deleted: Flag = Field(False, description="Take the item away.")
    clear_usage: Flag | None = Field(None, description="Drop its usage when it is taken away.")


class UpdateSubscription(Model):
    """Change a subscription."""

    noun: ClassVar[str] = "update_subscription"
    subscription: SubscriptionLabel = Field(description="The label of the subscription.")
    items: tuple[ItemChange, ...] = Field((), description="Changes to its items.")
    proration_behavior: Literal["create_prorations", "always_invoice", "none"] | None = Field(
        None, description="What happens to the rest of the cycle."
    )
    billing_cycle_anchor: Literal["now", "unchanged"] | None = Field(
        None, description="`now` starts a new cycle."
    )
    cancel_at_period_end: Flag | None = Field(None, description="Whether it ends with its current cycle.")
    cancel_at: InstantField | None = Field(None, description="When it will be cancelled.")
    trial_end: TrialEnd | None = Field(None, description="When the trial ends; `now` ends it.")
    payment_behavior: Text | None = Field(None, description="What happens when the payment fails.")
    params: Params = Field(default_factory=dict, description=_PARAMS)


class CancelSubscription(Model):
    """Cancel a subscription now; the short form is just its label."""

    noun: ClassVar[str] = "cancel_subscription"
    subscription: SubscriptionLabel = Field(description="The label of the subscription.")
    invoice_now: Flag | None = Field(None, description="Bill the usage that isn't billed yet.")
    prorate: Flag | None = Field(None, description="Credit the unused time.")


class FinalizeInvoice(Model):
    """Finalize a draft; the short form is just the invoice."""

    noun: ClassVar[str] = "finalize_invoice"
    invoice: InvoiceRefField = Field(description="The invoice.")


class Call(Model):
    """Any call of the API."""

    noun: ClassVar[str] = "call"
    method: Literal["GET", "POST", "DELETE"] = Field(description="The HTTP method.")
    path: Annotated[Text, Field(pattern=patterns.API_PATH)] = Field(
        description="The path; a segment `:label` stands for that object's id, `:clock` for the test clock's "
        "and `:cycle1` for that invoice's."
    )
    params: Params = Field(
        default_factory=dict,
        description="The parameters; {id_of: label} stands for an id, {time_of: instant} for unix seconds.",
    )
    id: Label | None = Field(None, description="A label for the object in the answer.")
    returns: Params = Field(
        default_factory=dict,
        description="What the answer must say: {dotted.path: value}, places in lists being numbers from 0. "
        "A GET with `within` is made again until it does.",
    )


class RunCall(Model):
    """Call the application's own Python; the short form is just the function."""

    noun: ClassVar[str] = "run"
    function: Annotated[Text, Field(pattern=patterns.FUNCTION)] = Field(
        description="`module:function`, called in time frozen at the clock."
    )
    arguments: Params = Field(default_factory=dict, description="Keyword arguments.")


class AdvanceStep(StepBase):
    """Move the test clock."""

    verb: ClassVar[str] = "advance"
    advance: Annotated[Advance, ShortForm("to")] = Field(description="Move the test clock to an instant.")


class MeterEventsStep(StepBase):
    """Report usage to a meter."""

    verb: ClassVar[str] = "meter_events"
    meter_events: Annotated[tuple[MeterEvents, ...], OneOrMany()] = Field(
        min_length=1, description="Report usage to a meter: one mapping, or a list of them."
    )


class CancelMeterEventStep(StepBase):
    """Cancel a reported event."""

    verb: ClassVar[str] = "cancel_meter_event"
    cancel_meter_event: CancelMeterEvent = Field(description="Cancel an event that was reported before.")


class UsageRecordStep(StepBase):
    """Report a usage record."""

    verb: ClassVar[str] = "usage_record"
    usage_record: UsageRecord = Field(
        description="Report a usage record (API versions before 2025-03-31.basil)."
    )


class UpdateSubscriptionStep(StepBase):
    """Change a subscription."""

    verb: ClassVar[str] = "update_subscription"
    update_subscription: UpdateSubscription = Field(description="Change a subscription.")


class CancelSubscriptionStep(StepBase):
    """Cancel a subscription."""

    verb: ClassVar[str] = "cancel_subscription"
    cancel_subscription: Annotated[CancelSubscription, ShortForm("subscription")] = Field(
        description="Cancel a subscription now."
    )


class FinalizeInvoiceStep(StepBase):
    """Finalize a draft invoice."""

    verb: ClassVar[str] = "finalize_invoice"
    finalize_invoice: Annotated[FinalizeInvoice, ShortForm("invoice")] = Field(
        description="Finalize a draft invoice."
    )


class CallStep(StepBase):
    """Make any call of the API."""

    verb: ClassVar[str] = "call"
    call: Call = Field(description="Make any call of the API: the way out.")

    @model_validator(mode="after")
    def _answers_or_fails(self) -> Self:
        if self.fails_with is not None and self.call.returns:
            raise GrammarError(
                "a call that must fail has no answer to look at",
                "take `returns` away, and put what the error must say into `fails_with`",
            )
        return self


class RunStep(StepBase):
    """Call the application's own code."""

    verb: ClassVar[str] = "run"
    run: Annotated[RunCall, ShortForm("function")] = Field(description="Call the application's own Python.")


class ExpectStep(StepBase):
    """Check claims."""

    verb: ClassVar[str] = "expect"
    expect: Expect = Field(description="Check claims at this point of the story.")


STEP_CLASSES: tuple[type[StepBase], ...] = (
    AdvanceStep,
    MeterEventsStep,
    CancelMeterEventStep,
    UsageRecordStep,
    UpdateSubscriptionStep,
    CancelSubscriptionStep,
    FinalizeInvoiceStep,
    CallStep,
    RunStep,
    ExpectStep,
)
VERBS = tuple(step.verb for step in STEP_CLASSES)


def verb_tag(value: Any) -> str | None:
    """The tag of a step's class; None when the step hasn't exactly one verb."""
    if isinstance(value, StepBase):
        return f"<{type(value).__name__}>"
    found = [step for step in STEP_CLASSES if isinstance(value, dict) and step.verb in value]
    return f"<{found[0].__name__}>" if len(found) == 1 else None


Step = Annotated[
    Annotated[AdvanceStep, Tag("<AdvanceStep>")]
    | Annotated[MeterEventsStep, Tag("<MeterEventsStep>")]
    | Annotated[CancelMeterEventStep, Tag("<CancelMeterEventStep>")]
    | Annotated[UsageRecordStep, Tag("<UsageRecordStep>")]
    | Annotated[UpdateSubscriptionStep, Tag("<UpdateSubscriptionStep>")]
    | Annotated[CancelSubscriptionStep, Tag("<CancelSubscriptionStep>")]
    | Annotated[FinalizeInvoiceStep, Tag("<FinalizeInvoiceStep>")]
    | Annotated[CallStep, Tag("<CallStep>")]
    | Annotated[RunStep, Tag("<RunStep>")]
    | Annotated[ExpectStep, Tag("<ExpectStep>")],
    Discriminator(verb_tag),
]


def _exactly_one(model: Model, first: str, second: str) -> None:
    given = written(model.__dict__, first, second)
    if len(given) == 2:
        raise GrammarError(f"`{first}` and `{second}` exclude each other", "keep one of them", second)
    if not given:
        raise GrammarError(f"{model.noun} needs `{first}` or `{second}`")
