"""What the control API can do, one function for each of its routes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from harness.simulator.accounts import Accounts
from harness.simulator.faults import KINDS, Fault, Faults
from harness.simulator.served import reading, seeding
from harness.simulator.served.account import Account
from harness.simulator.served.given import DAY, Given, seconds, word
from harness.simulator.served.profiles import settings_as_json
from harness.simulator.wire.errors import invalid

Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A request to the control API: which account it is about, and what it gives."""

    accounts: Accounts
    account: Account
    given: Given


@dataclass(frozen=True)
class Control:
    """A route of the control API: the members that it takes, `?` marking those that may be left out."""

    does: Callable[[Asked], Json]
    takes: str = ""

    @property
    def names(self) -> list[str]:
        """The members by name."""
        return [each.removesuffix("?") for each in self.takes.split()]

    def __call__(self, asked: Asked) -> Json:
        """Do it.

        Raises:
            StripeError: 400 for a member that isn't taken, or has no value that can be used.
        """
        asked.given.only("account", *self.names)
        return self.does(asked)


def reset(asked: Asked) -> Json:
    """Empty the account; `seed` is that of everything drawn from then on."""
    seed = asked.given.whole("seed", 0, 2**31) if "seed" in asked.given.members else None
    return _perform(asked, "reset", seed=seed)


def snapshot(asked: Asked) -> Json:
    """Keep everything as it is now, under a name."""
    return _perform(asked, "snapshot", name=asked.given.text("name"))


def snapshots(asked: Asked) -> Json:
    """The names of what is kept."""
    return {"snapshots": list(asked.account.snapshots)}


def restore(asked: Asked) -> Json:
    """Go back to what was kept. Wall time does not go back with it."""
    return _perform(asked, "restore", name=asked.given.text("name"))


def seed(asked: Asked) -> Json:
    """Make API requests, `[{post, params, as}]`, in order; `$name` stands for an earlier one's id."""
    return seeding.seed(asked.account, asked.given.members.get("requests"), asked.accounts.make)


def move(asked: Asked) -> Json:
    """Move the account's wall time ahead."""
    return _perform(asked, "move", seconds=asked.given.whole("seconds", 0, 10 * 366 * DAY))


def settings(asked: Asked) -> Json:
    """How the account behaves, and its wall time."""
    account = asked.account
    return settings_as_json(account.world.settings) | {
        "list_lag_seconds": account.world.list_lag_seconds,
        "wall_now": asked.accounts.wall(account),
    }


def configure(asked: Asked) -> Json:
    """Change how the account behaves from now on."""
    given = asked.given
    change: Json = {
        name: None if name in LIFTED and given.members[name] is None else given.whole(name, lowest, highest)
        for name, (lowest, highest) in BOUNDS.items()
        if name in given.members
    }
    change |= {name: seconds(given.members[name], name) for name in RANGES if name in given.members}
    if "dunning_ends_in" in given.members:
        change["dunning_ends_in"] = word(given, "dunning_ends_in", ("canceled", "unpaid", "past_due"))
    return _perform(asked, "configure", **change)


def usage(asked: Asked) -> Json:
    """Meter events, newest first: aggregated, pending or cancelled; and those that were refused, and why."""
    return reading.usage(asked.account, _limit(asked))


def requests(asked: Asked) -> Json:
    """The last requests with their answers, newest first."""
    return {"requests": [asdict(each) for each in list(asked.account.log)[::-1][: _limit(asked)]]}


def deliveries(asked: Asked) -> Json:
    """Webhook deliveries with their attempts, newest first."""
    return reading.deliveries(asked.account, _limit(asked))


def resend(asked: Asked) -> Json:
    """Deliver once more, at once."""
    return _perform(asked, "resend", delivery=asked.given.text("delivery"))


def faults(asked: Asked) -> Json:
    """The rules in force, with how often each was met and struck."""
    tally = asked.account.faults.tally()
    return {"faults": [asdict(rule) | {"met": met, "struck": struck} for rule, met, struck in tally]}


def set_faults(asked: Asked) -> Json:
    """Replace the rules, `[{kind, on, after, times, percent, seconds}]`; an empty list lifts them all."""
    rules = asked.given.members.get("faults")
    if not isinstance(rules, list) or len(rules) > 100:
        raise invalid("`faults` must be a list of at most 100 rules.", param="faults")
    asked.account.faults = Faults([read_rule(each) for each in rules], asked.given.whole("seed", 0, 2**31, 0))
    return faults(asked)


def compact(asked: Asked) -> Json:
    """Rewrite the state file as a picture of how things stand."""
    asked.accounts.compact()
    return {"compacted": asked.accounts.journal is not None}


def read_rule(given: Any) -> Fault:
    """A fault rule from JSON.

    Raises:
        StripeError: 400.
    """
    if not isinstance(given, dict):
        raise invalid("A fault is a mapping with a `kind`.", param="faults")
    members = Given(given)
    members.only("kind", "on", "after", "times", "percent", "seconds")
    unlimited = "times" in given and given["times"] is None
    return Fault(
        kind=word(members, "kind", tuple(KINDS)),
        on=members.text("on") if "on" in given else "*",
        after=members.whole("after", 0, 10**9, 0),
        times=None if unlimited else members.whole("times", 1, 10**9, 1),
        percent=members.whole("percent", 0, 100, 100),
        seconds=members.whole("seconds", 0, 365 * DAY, 0),
    )


BOUNDS = {
    "clock_polls": (0, 1_000_000),
    "grace_seconds": (3_600, 72 * 3_600),
    "requests_per_second": (1, 1_000_000),
    "meter_lock_seconds": (0, 3_600),
    "list_lag_seconds": (0, 3_600),
}
LIFTED = frozenset({"requests_per_second"})
"""What null lifts."""
RANGES = ("lag_seconds", "clock_seconds", "webhook_retry_seconds")
CONTROLS: dict[str, Control] = {
    "POST reset": Control(reset, "seed?"),
    "POST snapshot": Control(snapshot, "name"),
    "GET snapshots": Control(snapshots),
    "POST restore": Control(restore, "name"),
    "POST seed": Control(seed, "requests"),
    "POST time": Control(move, "seconds"),
    "GET settings": Control(settings),
    "POST settings": Control(configure, "? ".join([*BOUNDS, *RANGES, "dunning_ends_in?"])),
    "GET usage": Control(usage, "limit?"),
    "GET requests": Control(requests, "limit?"),
    "GET deliveries": Control(deliveries, "limit?"),
    "POST resend": Control(resend, "delivery"),
    "GET faults": Control(faults),
    "POST faults": Control(set_faults, "faults seed?"),
    "POST compact": Control(compact),
}


def _perform(asked: Asked, op: str, **args: Any) -> Json:
    done: Json = json.loads(asked.accounts.perform(asked.account, op, args))
    return done


def _limit(asked: Asked) -> int:
    return asked.given.whole("limit", 1, 1_000, 100)
