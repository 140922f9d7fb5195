"""What a diagnosis says: a cause, how sure it is, and the evidence for it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Certainty = Literal["certain", "likely"]


@dataclass(frozen=True)
class Evidence:
    """One entry of the history that speaks for a cause.

    Args:
        n: its number; texts cite it as `#21`.
        at: clock time of what it shows, unix seconds; None when there was no clock.
        text: what it shows.
        line: the scenario's line behind it, if any.
    """

    n: int
    at: int | None
    text: str
    line: int | None = None


@dataclass(frozen=True)
class Cause:
    """Why usage is missing, late, double or off.

    Args:
        code: its id in the catalogue of causes, such as `U38`.
        certainty: `certain` only when the facts leave nothing else.
        title: the cause in a few words.
        headline: what happened here, short enough for the first line of a failure.
        meaning: what Stripe does in this case, in two sentences at most.
        advice: what to do about it.
        docs: an address under docs.stripe.com.
        units: how many units it explains.
        events: labels of the events it explains.
        invoice: the id of the invoice that it is about, if one.
    """

    code: str
    certainty: Certainty
    title: str
    headline: str
    evidence: tuple[Evidence, ...]
    meaning: str
    advice: str
    docs: str
    units: Decimal
    events: tuple[str, ...] = ()
    invoice: str | None = None
