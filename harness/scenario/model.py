"""A scenario as the rest of the harness sees it: one case, all variables filled in."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from pydantic import Discriminator, Field, Tag, model_validator

from harness.scenario import patterns
from harness.scenario.base import Marked, Model, ShortForm
from harness.scenario.errors import GrammarError
from harness.scenario.fields import Count, DurationField, Label, Reasons, Text, Whole
from harness.scenario.objects import Clock, Customer, Fault, LagRange, Meter, Price, Subscription
from harness.scenario.steps import RunCall, Step

TagName = Annotated[Text, Field(pattern=patterns.TAG)]


class Reaction(Marked):
    """What happens when an event of Stripe's was seen; with exactly one of do, run and post."""

    noun: ClassVar[str] = "a reaction"
    on: Annotated[Text, Field(pattern=patterns.EVENT_TYPE)] = Field(
        description="The type of the event, such as invoice.created."
    )
    where: dict[str, Any] = Field(
        default_factory=dict,
        description="Fields of the event's object, by dotted path, that must have these values.",
    )
    times: Count | None = Field(None, description="How often to react; every time unless given.")
    after: DurationField | None = Field(None, description="How long after the event, in clock time.")
    do: tuple[Step, ...] = Field((), description="Steps to run.")
    run: Annotated[RunCall, ShortForm("function")] | None = Field(
        None, description="The application's own Python to call with the event."
    )
    post: Annotated[Text, Field(pattern=patterns.URL)] | None = Field(
        None, description="A local URL to deliver the signed event to."
    )

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        given = [key for key in ("do", "run", "post") if getattr(self, key)]
        if not given:
            raise GrammarError(
                "a reaction does nothing", "add `do` (steps), `run` (Python) or `post` (a URL)"
            )
        if len(given) > 1:
            raise GrammarError(
                f"`{given[0]}` and `{given[1]}` exclude each other", "make two reactions of them", given[1]
            )
        return self


class SimulatorOptions(Model):
    """How the simulator behaves; Stripe brings its own behaviour."""

    noun: ClassVar[str] = "simulator"
    aggregation_lag: (
        Annotated[
            Annotated[DurationField, Tag("<value>")] | Annotated[LagRange, Tag("<mapping>")],
            Discriminator(lambda value: "<mapping>" if isinstance(value, dict | Model) else "<value>"),
        ]
        | None
    ) = Field(None, description="How far meters run behind, in wall time: a duration, or {min, max}.")
    clock_polls: Annotated[int, Field(strict=True, ge=0)] | None = Field(
        None, description="How many reads an advancing clock takes to become ready."
    )
    seed: Whole = Field(0, description="The seed for what is drawn.")
    finalization_grace: DurationField | None = Field(
        None, description="How long invoices stay drafts; Stripe's hour unless given."
    )
    rate_limit: Annotated[int, Field(strict=True, ge=1)] | None = Field(
        None, description="Requests in a second of wall time; more are answered 429. Any number unless given."
    )
    meter_lock: DurationField | None = Field(
        None, description="How long a meter event keeps others for its customer and meter out, with a 409."
    )
    faults: tuple[Fault, ...] = Field((), description="What goes wrong, and when.")


class Scenario(Model):
    """One case of a scenario, complete: the object that plans and runs are made from."""

    noun: ClassVar[str] = "a scenario"
    scenario: Text = Field(description="The title: one sentence.")
    about: Text | None = Field(None, description="Free text, shown in reports.")
    tags: tuple[TagName, ...] = Field((), description="Words to select scenarios by, as pytest markers.")
    only_on: Reasons = Field(default_factory=dict, description="Run on this backend only: {backend: reason}.")
    xfail: Reasons = Field(
        default_factory=dict,
        description="Expected to fail on this backend: {backend: reason}; passing is a failure.",
    )
    api_version: Annotated[Text, Field(pattern=patterns.API_VERSION)] | None = Field(
        None, description="The API version to speak, such as 2025-03-31.basil."
    )
    clock: Annotated[Clock, ShortForm("at")] = Field(
        description="The test clock: a date, or {at, exact, name}."
    )
    meters: dict[Label, Meter] = Field(default_factory=dict, description="Billing meters, by label.")
    prices: dict[Label, Price] = Field(default_factory=dict, description="Prices, by label.")
    customers: dict[Label, Customer] = Field(default_factory=dict, description="Customers, by label.")
    subscriptions: dict[Label, Subscription] = Field(
        default_factory=dict, description="Subscriptions, by label, created when the clock starts."
    )
    reactions: tuple[Reaction, ...] = Field((), description="What to do when events of Stripe's are seen.")
    simulator: SimulatorOptions = Field(
        default_factory=SimulatorOptions, description="How the simulator behaves; not used on Stripe."
    )
    steps: tuple[Step, ...] = Field(min_length=1, description="The story, step by step.")

    @property
    def markers(self) -> tuple[str, ...]:
        """The tags as pytest marker names, which are Python identifiers."""
        return tuple(tag.replace("-", "_") for tag in self.tags)
