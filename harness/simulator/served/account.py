"""One account of a served simulator: a world, and what the server keeps beside it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from harness.simulator.faults import Faults
from harness.simulator.world import World

MOST_LOGGED = 200
MOST_NEW = 10_000
SESSION = "mtr_evt_session"
TOKEN = f"token_{SESSION}_"
"""How a stream's token begins; its account's name follows."""


@dataclass(frozen=True, slots=True)
class Logged:
    """A line of the request log: when, what, and how it was answered."""

    wall: int
    method: str
    target: str
    status: int
    request_id: str
    sent: str
    answered: str


@dataclass
class ServedWorld(World):
    """A world among others in one server: its stream tokens name their account, and it knows what is new.

    Args:
        account: the account's name.
        list_lag_seconds: how far lists run behind, in wall seconds.
        newest: ids made lately, with their wall time; oldest first.
    """

    account: str = ""
    list_lag_seconds: int = 0
    newest: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=MOST_NEW))

    def new_id(self, prefix: str) -> str:
        """As in any world, but for sessions, and noted as new where lists run behind."""
        made = super().new_id(prefix)
        if prefix == SESSION:
            return made.replace("_sim", f"_{self.account}_sim")
        if self.list_lag_seconds and prefix != "req":
            self.newest.append((self.wall, made))
        return made

    def unlisted(self) -> set[str]:
        """Ids that lists do not show yet."""
        while self.newest and self.newest[0][0] + self.list_lag_seconds < self.wall:
            self.newest.popleft()
        return {made for _, made in self.newest}


@dataclass
class Account:
    """A key's account.

    Args:
        name: a digest of the key; the key itself is not kept.
        hint: the end of the key, for its owner to know it by.
        world: all state of Stripe's.
        offset_seconds: how far its wall time is ahead of the server's.
        snapshots: pickled worlds by name.
        faults: what goes wrong; not kept over a restart.
        log: the newest requests; not kept over a restart.
    """

    name: str
    hint: str
    world: ServedWorld
    offset_seconds: int = 0
    snapshots: dict[str, bytes] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    log: deque[Logged] = field(default_factory=lambda: deque(maxlen=MOST_LOGGED))

    def numbered(self) -> int:
        """How many objects have been numbered so far, requests not counted."""
        counters = self.world.counters
        return sum(counters.values()) - counters.get("req", 0)

    @property
    def requests(self) -> int:
        """How many requests it has answered."""
        return self.world.counters.get("req", 0)
