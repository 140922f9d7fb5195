"""Trouble on demand: which requests and deliveries go wrong, drawn from a seed, the same every time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from harness.simulator.app import Request, Response, refuse
from harness.simulator.flows.metering.ingestion import AT_ONCE
from harness.simulator.limits import TOO_MANY, hold, turned_away
from harness.simulator.wire.errors import StripeError

if TYPE_CHECKING:
    from harness.simulator.world import World

FOR_EVER_SECONDS = 10 * 365 * 86_400
ADVANCES = "POST /v1/test_helpers/test_clocks/*/advance"

REQUEST_FAULTS = {
    "rate_limited": "429, and nothing is done",
    "conflict": "409 lock_timeout, and nothing is done",
    "error": "500, and nothing is done",
    "reset": "the connection is reset before anything is done",
    "lost_answer": "it is done, and the connection is reset instead of an answer",
    "slow": "the answer takes `seconds`",
    "aggregation_stuck": "from here on meters stand still for `seconds`, or for ever",
    "clock_failure": "the advance ends in internal_failure",
}
WEBHOOK_FAULTS = {
    "webhook_duplicate": "delivered twice",
    "webhook_late": "delivered `seconds` late",
    "webhook_reordered": "delivered after the next one, or after a while without one",
    "webhook_badly_signed": "delivered with a signature that is wrong",
}
KINDS = REQUEST_FAULTS | WEBHOOK_FAULTS


@dataclass(frozen=True)
class Fault:
    """A rule: what goes wrong, and when.

    Args:
        kind: one of `KINDS`.
        on: what it can strike: `POST /v1/customers`, or an event type; `*` stands for anything.
        after: so many pass unharmed first.
        times: how often it strikes; None is without end.
        percent: how likely it strikes each time.
        seconds: of delay, where the kind has one; wall time.
    """

    kind: str
    on: str = "*"
    after: int = 0
    times: int | None = 1
    percent: int = 100
    seconds: int = 0


class Faults:
    """The rules in force, and how often each was met and struck."""

    def __init__(self, rules: Iterable[Fault] = (), seed: int = 0) -> None:
        self.rules = tuple(rules)
        self._seed = seed
        self._met = [0] * len(self.rules)
        self._struck = [0] * len(self.rules)

    def strike(self, kinds: Iterable[str], subject: str) -> Fault | None:
        """The first rule of these kinds that strikes `subject`, or None."""
        for index, rule in enumerate(self.rules):
            if rule.kind in kinds and fnmatchcase(subject, rule.on) and self._strikes(index, rule):
                self._struck[index] += 1
                return rule
        return None

    def tally(self) -> list[tuple[Fault, int, int]]:
        """Each rule with how often it was met and how often it struck."""
        return list(zip(self.rules, self._met, self._struck, strict=True))

    def _strikes(self, index: int, rule: Fault) -> bool:
        self._met[index] += 1
        if self._met[index] <= rule.after or (rule.times is not None and self._struck[index] >= rule.times):
            return False
        return self._draw(index) < rule.percent

    def _draw(self, index: int) -> int:
        """A number below 100 from the seed, the rule and how often it was met; it disturbs no other draw."""
        text = f"{self._seed}:{index}:{self._met[index]}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) % 100


@dataclass(frozen=True)
class Met:
    """What became of a request: the answer, or None for a reset connection; and how long it took."""

    response: Response | None
    delay_seconds: int = 0


@dataclass(frozen=True)
class Arrival:
    """A request at the door of an account.

    Args:
        world: the account.
        faults: its rules.
        request: what is asked.
        now: wall time, unix seconds.
    """

    world: World
    faults: Faults
    request: Request
    now: float


def meet(arrival: Arrival, answer: Callable[[], Response], affect: Callable[[Fault], None]) -> Met:
    """Answer a request, unless it is turned away or trouble comes first.

    Args:
        arrival: the request.
        answer: does what was asked.
        affect: does to the world what a fault of it does (`afflict`).
    """
    world, request, faults = arrival.world, arrival.request, arrival.faults
    if error := turned_away(world, request, arrival.now):
        return Met(refuse(world, request, error))
    rule = faults.strike(REQUEST_FAULTS, subject_of(request)) if faults.rules else None
    return Met(answer()) if rule is None else _struck(arrival, rule, answer, affect)


def _struck(
    arrival: Arrival, rule: Fault, answer: Callable[[], Response], affect: Callable[[Fault], None]
) -> Met:
    """What becomes of a request that a rule strikes."""
    world, request = arrival.world, arrival.request
    if rule.kind in _REFUSALS:
        return Met(refuse(world, request, _refusal(rule.kind, subject_of(request))))
    if rule.kind == "reset":
        return Met(None)
    if rule.kind in {"aggregation_stuck", "clock_failure"}:
        affect(rule)
    response = answer()
    if rule.kind == "lost_answer":
        return Met(None)
    if rule.kind == "slow":
        hold(world, request, arrival.now + rule.seconds)
        return Met(response, rule.seconds)
    return Met(response)


def afflict(world: World, kind: str, seconds: int) -> None:
    """What a fault of the world itself does to it."""
    if kind == "aggregation_stuck":
        # from the second before, so that what comes in this very second is not seen any more
        stop = min(world.aggregated_until, world.wall - 1)
        world.aggregation_stops = (stop, world.wall + (seconds or FOR_EVER_SECONDS))
    elif kind == "clock_failure":
        world.breaks_next_advance = True


def subject_of(request: Request) -> str:
    """`POST /v1/customers`: what rules are compared with."""
    return f"{request.method} {request.target.partition('?')[0]}"


def _refusal(kind: str, subject: str) -> StripeError:
    """The answer of a refusing fault; v2 meter events have a code of their own for conflicts (MTR-69)."""
    if kind == "conflict" and subject == "POST /v2/billing/meter_events":
        return _CONCURRENT_EVENTS
    return _REFUSALS[kind]


_CONCURRENT_EVENTS = StripeError(409, AT_ONCE, code="too_many_concurrent_requests")
_REFUSALS = {
    "rate_limited": TOO_MANY,
    "conflict": StripeError(
        409,
        "This object cannot be accessed right now because another request is using it.",
        code="lock_timeout",
    ),
    "error": StripeError(500, "An unknown error occurred.", kind="api_error"),
}
