"""A story while it is being told: its backend, its history, its labels and where its clock stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import stripe

from harness.backends import Backend, Exchange
from harness.history import entries as kinds
from harness.history.facts import Facts, FactsReader
from harness.history.log import History
from harness.history.shapes import Json
from harness.plan.calendar import InvoiceTimes
from harness.plan.planner import Plan
from harness.scenario import Instant, Reaction


class StoryStopped(Exception):
    """The story cannot go on. The reason is in the message; the history's last entry repeats it."""

    def __init__(self, line: int | None, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True, order=True)
class Due:
    """A reaction that will fall due: sorted by clock time, then by the order in which events were seen."""

    at: int
    order: int
    reaction: Reaction = field(compare=False)
    event: Json = field(compare=False)


@dataclass(frozen=True)
class TurnedAway:
    """A report of usage that was answered 409 or 429: perhaps it is sent again.

    Args:
        called: the exchange.
        line: of the step that made it.
        label: what the step calls the event, if it says.
    """

    called: kinds.Called
    line: int
    label: str | None

    def is_tried_again(self, exchange: Exchange) -> bool:
        """Whether an exchange is the same report once more."""
        asked = (exchange.method, exchange.path, exchange.params)
        return asked == (self.called.method, self.called.path, self.called.params)


@dataclass
class Story:
    """The state of one run. Verbs change it; nothing else holds state.

    Args:
        folder: where the application's own modules may lie.
        position: the test clock's time as last confirmed, unix seconds.
        ids: Stripe ids by (kind, label).
        unsettled: (meter label, customer label) pairs with accepted usage that no summary has shown yet.
        waiting: reactions that have yet to fall due, sorted.
        subjects: ids of what the events seen so far are about.
        passed: how far the clock had to go beyond a step's target, because a draft was held.
        event: the event that the running reaction is about, else None.
        crowd_wanted: whether the running step must be answered 429, which is not waited out then.
        turned_away: the newest report of usage, if it was turned away.
        read_reports: ids of the reports about streamed events that were read.
    """

    plan: Plan
    backend: Backend
    folder: Path
    history: History = field(init=False)
    clock: str | None = None
    position: int | None = None
    line: int = 0
    ids: dict[tuple[str, str], str] = field(default_factory=dict)
    unsettled: set[tuple[str, str]] = field(default_factory=set)
    waiting: list[Due] = field(default_factory=list)
    fired: dict[int, int] = field(default_factory=dict)
    event_cursor: str | None = None
    subjects: set[str | None] = field(default_factory=set)
    passed: int | None = None
    seen_events: set[str] = field(default_factory=set)
    event: Json | None = None
    crowd_wanted: bool = False
    reaction: int | None = None
    next_usage_label: str | None = None
    usage_count: int = 0
    turned_away: TurnedAway | None = None
    read_reports: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.history = History(lambda: self.position, self.backend.wall)

    @property
    def client(self) -> stripe.StripeClient:
        """The real SDK client."""
        return self.backend.client

    @property
    def now(self) -> int:
        """The test clock's present, or wall time before there is a clock."""
        return self.backend.wall() if self.position is None else self.position

    def id(self, what: str, label: str) -> str:
        """The Stripe id of a labelled object.

        Raises:
            StoryStopped: nothing has this label (yet).
        """
        try:
            return self.ids[what, label]
        except KeyError:
            raise StoryStopped(self.line, f"there is no {what} `{label}` yet") from None

    def any_id(self, label: str) -> str:
        """The Stripe id of a label, whatever kind of object it names."""
        for (_, known), stripe_id in self.ids.items():
            if known == label:
                return stripe_id
        raise StoryStopped(self.line, f"nothing is labelled `{label}` yet")

    @property
    def labels(self) -> set[str]:
        """Every label that names an object by now."""
        return {label for _, label in self.ids}

    def label(self, what: str, label: str, stripe_id: str) -> None:
        """Give a label to a Stripe id."""
        self.ids[what, label] = stripe_id
        self.history.append(kinds.Labelled, what=what, label=label, id=stripe_id)

    def resolve(self, instant: Instant) -> int:
        """Unix seconds of an instant at this moment of the story."""
        return self.plan.calendar.resolve(instant, self.now, self.invoice_times)

    @property
    def invoice_times(self) -> InvoiceTimes | None:
        """The times of the invoice that the running reaction is about."""
        subject = (self.event or {}).get("data", {}).get("object", {})
        if subject.get("object") != "invoice":
            return None
        return InvoiceTimes(subject["created"], subject["period_start"], subject["period_end"])

    @property
    def last_answer(self) -> Json:
        """The JSON of the newest answer."""
        newest = next(entry for entry in reversed(self.history.entries) if isinstance(entry, kinds.Called))
        return newest.answer

    def facts(self) -> Facts:
        """What the history shows so far."""
        return self._reader.read()

    @cached_property
    def _reader(self) -> FactsReader:
        return FactsReader(self.history.entries)

    def record(self, exchange: Exchange) -> kinds.Called:
        """Put an exchange into the history."""
        return self.history.append(
            kinds.Called,
            method=exchange.method,
            path=exchange.path,
            params=exchange.params,
            status=exchange.status,
            answer=exchange.answer,
            request_id=exchange.request_id,
        )
