"""The kinds of entry that a history holds, and their JSON form."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any, ClassVar

FORMAT = 1
"""Raised when a change makes older traces unreadable."""


@dataclass(frozen=True)
class Entry:
    """What every entry carries.

    Args:
        n: its number in the history, from 1; failure texts cite it as `#21`.
        clock: the test clock's time as the harness knew it, unix seconds; None before the clock exists.
        wall: wall time of the backend, unix seconds.
    """

    kind: ClassVar[str] = ""
    n: int
    clock: int | None
    wall: int

    def as_json(self) -> dict[str, Any]:
        """The entry as a JSON object, kind first."""
        members = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {"kind": self.kind, **members}


@dataclass(frozen=True)
class CaseStarted(Entry):
    """Which case, against what. Always entry 1.

    Args:
        file: the scenario's file, relative to where the run began.
        line: where the case stands in it.
        source: the file's text, so that a report needs nothing but the trace.
        known: why this case is expected to fail on this backend, if it is.
        shift_years: how far the whole calendar was moved from the scenario's dates.
        shift_seconds: the same in seconds; every clock time of this history is later by so much.
        run_id: of the run on a shared account; empty elsewhere.
        host: that answered; empty where nothing left this process.
    """

    kind: ClassVar[str] = "case"
    format: int
    file: str
    case: str
    title: str
    backend: str
    api_version: str
    sdk: str
    settings: dict[str, Any]
    about: str | None = None
    tags: list[str] = field(default_factory=list)
    line: int = 1
    source: str = ""
    known: str | None = None
    shift_years: int = 0
    shift_seconds: int = 0
    run_id: str = ""
    host: str = ""


@dataclass(frozen=True)
class CycleDates(Entry):
    """Boundaries of a subscription's cycles as planned: cycle k is `[boundaries[k-1], boundaries[k])`."""

    kind: ClassVar[str] = "cycles"
    subscription: str
    boundaries: list[int]


@dataclass(frozen=True)
class StepStarted(Entry):
    """A step begins; `reaction` is the number of the reaction entry it belongs to, if any."""

    kind: ClassVar[str] = "step"
    line: int
    verb: str
    name: str | None
    reaction: int | None


@dataclass(frozen=True)
class Called(Entry):
    """One exchange with the backend: decoded parameters out, decoded JSON back."""

    kind: ClassVar[str] = "call"
    method: str
    path: str
    params: dict[str, Any]
    status: int
    answer: dict[str, Any]
    request_id: str | None


@dataclass(frozen=True)
class Labelled(Entry):
    """A scenario's label got its id. `what` is the kind of object, such as customer or meter."""

    kind: ClassVar[str] = "label"
    what: str
    label: str
    id: str


@dataclass(frozen=True)
class UsageReported(Entry):
    """A meter event was sent; `call` is the exchange that carried it.

    `stamp` is None when it was sent without a timestamp. `value` is the text that was sent. `place` is its
    place in a stream's batch, from 0: such an event's fate comes later; None when it was sent alone.
    """

    kind: ClassVar[str] = "usage"
    label: str
    call: int
    line: int
    meter: str | None
    event_name: str
    customer: str | None
    value: str | None
    stamp: int | None
    identifier: str | None
    accepted: bool
    place: int | None = None


@dataclass(frozen=True)
class RecordReported(Entry):
    """A legacy usage record was sent for a subscription item; `call` is the exchange that carried it.

    `stamp` is None when it was sent without a timestamp, or with `now`. `quantity` is the text that was sent,
    `action` is `increment` or `set`.
    """

    kind: ClassVar[str] = "record"
    label: str
    call: int
    line: int
    item: str
    quantity: str | None
    stamp: int | None
    action: str
    accepted: bool


@dataclass(frozen=True)
class UsageCancelled(Entry):
    """An adjustment asked for the event with `identifier` to be cancelled."""

    kind: ClassVar[str] = "cancel"
    call: int
    line: int
    event_name: str
    identifier: str
    accepted: bool


@dataclass(frozen=True)
class UsageFound(Entry):
    """Usage that was not sent in this story, but is known of: it stands for one event, or for several alike.

    Args:
        source: `log` for the application's own log, `meter` for what a meter's summaries show, `invoice` for
            what a line bills although the meter does not show it.
        row: the first line of the log that it stands for.
        meter: the meter's id, None where no meter has the event name.
        customer: the customer's id as given.
        value: what the events add up to, as text.
        stamp: unix seconds; of several events one of theirs.
        sent_at: when it was sent, unix seconds of the customer's time; None where that is not known.
        events: how many events it stands for.
        refusal: why it did not count: `status`, `message` and `reason`, each where known; None if it counts.
    """

    kind: ClassVar[str] = "found"
    label: str
    source: str
    row: int | None
    meter: str | None
    event_name: str
    customer: str | None
    value: str | None
    stamp: int | None
    sent_at: int | None
    identifier: str | None
    events: int
    accepted: bool
    refusal: dict[str, Any] | None


@dataclass(frozen=True)
class Advanced(Entry):
    """The clock was asked to move: `because` is `target`, or why it pauses there."""

    kind: ClassVar[str] = "advance"
    line: int
    since: int
    to: int
    because: str


@dataclass(frozen=True)
class Waited(Entry):
    """A wait ended. `slept` is in seconds; `last` is what the last look showed."""

    kind: ClassVar[str] = "wait"
    reason: str
    looks: int
    slept: float
    done: bool
    last: str


@dataclass(frozen=True)
class EventSeen(Entry):
    """Polling showed a Stripe event for the first time; `call` is the list that held it."""

    kind: ClassVar[str] = "event"
    call: int
    id: str
    type: str
    about: str | None


@dataclass(frozen=True)
class Reacted(Entry):
    """A reaction begins for the event with this id; it fell due at `due` in clock time."""

    kind: ClassVar[str] = "reaction"
    line: int
    event: str
    due: int


@dataclass(frozen=True)
class Claimed(Entry):
    """An `expect` step: its claims with every instant resolved, resting on the entries since `since`."""

    kind: ClassVar[str] = "claim"
    line: int
    name: str | None
    since: int
    claim: dict[str, Any]


@dataclass(frozen=True)
class Refused(Entry):
    """A call failed. `expected` says whether the step's `fails_with` asked for just this."""

    kind: ClassVar[str] = "refusal"
    line: int
    call: int | None
    expected: bool
    wanted: dict[str, Any] | None
    status: int | None
    type: str | None
    code: str | None
    param: str | None
    message: str


@dataclass(frozen=True)
class NotRefused(Entry):
    """A step with `fails_with` went through, although it had to fail."""

    kind: ClassVar[str] = "not-refused"
    line: int
    wanted: dict[str, Any]


@dataclass(frozen=True)
class Noted(Entry):
    """Something a reader should know, such as a clean-up that failed."""

    kind: ClassVar[str] = "note"
    text: str


@dataclass(frozen=True)
class CaseEnded(Entry):
    """The last entry: `completed`, or `stopped` with the reason and the line of the step.

    `broken` is a backend that failed, `skipped` a case that does not run on this backend.
    """

    kind: ClassVar[str] = "end"
    outcome: str
    line: int | None
    reason: str | None


KINDS: dict[str, type[Entry]] = {
    entry.kind: entry
    for entry in (
        CaseStarted,
        CycleDates,
        StepStarted,
        Called,
        Labelled,
        UsageReported,
        RecordReported,
        UsageCancelled,
        UsageFound,
        Advanced,
        Waited,
        EventSeen,
        Reacted,
        Claimed,
        Refused,
        NotRefused,
        Noted,
        CaseEnded,
    )
}


def to_line(entry: Entry) -> str:
    """One line of JSON, without its newline. Equal entries give equal bytes."""
    return json.dumps(entry.as_json(), ensure_ascii=False, separators=(",", ":"))


def from_line(line: str) -> Entry:
    """The entry that `to_line` wrote.

    Raises:
        ValueError: the line is not an entry of a history of this format; the message says what is wrong.
    """
    try:
        members = json.loads(line)
    except RecursionError as error:
        raise ValueError("nests too deep") from error
    if not isinstance(members, dict):
        raise ValueError("is not a JSON object")  # noqa: TRY004  # for the caller, all bad lines are alike
    kind = members.pop("kind", None)
    if kind not in KINDS:
        raise ValueError(f"has no known kind of entry: {kind!r}")
    try:
        return KINDS[kind](**members)
    except TypeError as error:
        raise ValueError(f"is not a complete `{kind}` entry: {error}") from error
