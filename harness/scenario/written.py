"""A file as it is written, before expansion: what the JSON Schema and the reference describe."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field

from harness.scenario import patterns
from harness.scenario.base import Model
from harness.scenario.fields import Label, Reasons, Text
from harness.scenario.model import Scenario, TagName
from harness.scenario.objects import Customer, Meter, Price

Scalar = str | int | float | bool | None


class CaseRow(Model):
    """One case; every key besides these gives a `$name` its value."""

    noun: ClassVar[str] = "a case"
    id: Annotated[Text, Field(pattern=patterns.CASE_ID)] = Field(
        description="What the case is called; unique in the file."
    )
    only_on: Reasons = Field(
        default_factory=dict, description="Run this case on one backend only: {backend: reason}."
    )
    xfail: Reasons = Field(
        default_factory=dict, description="This case is expected to fail on a backend: {backend: reason}."
    )
    tags: tuple[TagName, ...] = Field((), description="More tags, for this case.")


class Shared(Model):
    """A `*.shared.yaml` file."""

    noun: ClassVar[str] = "a shared file"
    vars: dict[str, Any] = Field(default_factory=dict, description="Values for `$name`, by name.")
    meters: dict[Label, Meter] = Field(default_factory=dict, description="Billing meters, by label.")
    prices: dict[Label, Price] = Field(default_factory=dict, description="Prices, by label.")
    customers: dict[Label, Customer] = Field(default_factory=dict, description="Customers, by label.")


class Document(Scenario):
    """A scenario file."""

    noun: ClassVar[str] = "a scenario file"
    uses: Text | tuple[Text, ...] = Field(
        (), description="Shared files (`*.shared.yaml`), relative to this one: a path or a list of paths."
    )
    vars: dict[str, Any] = Field(default_factory=dict, description="Values for `$name`, by name.")
    cases: tuple[CaseRow, ...] = Field(
        (), description="The cases, a mapping each: an `id` and values for `$name`. Not with `matrix`."
    )
    matrix: dict[str, tuple[Scalar, ...]] = Field(
        default_factory=dict,
        description="Lists of values by name; each combination is a case. Not with `cases`.",
    )
