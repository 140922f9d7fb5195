"""Accounts of a served simulator: each API key has a world of its own, in real time plus an offset."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.simulator.app import Request, Response, handle
from harness.simulator.faults import Arrival, Fault, Met, meet
from harness.simulator.served.account import TOKEN, Account, Logged
from harness.simulator.served.entry import OPEN, REQUEST, Entry, checksum
from harness.simulator.served.journal import Journal, JournalMismatch
from harness.simulator.served.lists import without_newest
from harness.simulator.served.operations import OPERATIONS, new_account, refusal, request
from harness.simulator.served.profiles import Profile, settings_as_json, settings_from_json
from harness.simulator.wire import auth
from harness.simulator.wire.errors import StripeError
from harness.simulator.world import Settings, World

MOST_ACCOUNTS = 10_000
SHOWN = 2_000
"""Characters of a body that the request log keeps."""
_KEPT_HEADERS = ("content-type", "idempotency-key", "stripe-version")
_TURNS_CLOCKS = ("/v1/test_helpers/test_clocks", "/v1/events")
"""A look at these changes something: an advancing clock counts it (CLK-97)."""


class Accounts:
    """All accounts of a server.

    Args:
        now: the real wall clock, unix seconds.
        profile: how new accounts behave.
        speed: how many simulated seconds pass in a real one.
        journal: where changes are written before they are answered; None keeps them in memory only.
        webhook: where new accounts deliver every event to, or None.
    """

    def __init__(
        self,
        now: Callable[[], float],
        profile: Profile,
        *,
        speed: int = 1,
        journal: Journal | None = None,
        webhook: str | None = None,
    ) -> None:
        self.profile = profile
        self.journal = journal
        self._webhook = webhook
        self._now = now
        self.speed = speed
        self._started_at = now()
        self._by_name: dict[str, Account] = {}
        self._by_key: dict[str, Account] = {}
        self._lobby = World(Settings(wall=int(now())))
        """Answers requests that belong to no account: their keys are wrong, so they change nothing."""
        self.stirred: dict[str, Account] = {}
        """Accounts with something to deliver, by name."""
        if journal is not None:
            self._restore(journal)
        for account in self:
            self._hook(account)

    def __iter__(self) -> Iterator[Account]:
        return iter(self._by_name.values())

    def named(self, name: str) -> Account | None:
        """The account with this name."""
        return self._by_name.get(name)

    def wall(self, account: Account | None = None) -> int:
        """The wall time of an account, or the server's; unix seconds."""
        return int(self._simulated(account))

    def of(self, headers: Mapping[str, str]) -> Account | None:
        """The account of a request, made when its key is new; None when its key is none of ours.

        Raises:
            StripeError: 429 when there are too many accounts already.
        """
        key = auth.credential(headers.get("authorization", ""))
        known = self._by_key.get(key)
        if known is not None:
            return known
        if key.startswith(TOKEN):
            return self._by_name.get(key.removeprefix(TOKEN).partition("_")[0])
        if not key.startswith(auth.TEST_KEYS):
            return None
        account = self._open(key)
        self._by_key[key] = account
        return account

    def meet(self, wanted: Request) -> Met:
        """Answer an API request, unless it meets trouble that was asked for; write down what it changed."""
        try:
            account = self.of(wanted.headers)
        except StripeError as error:
            return Met(refusal(error))
        if account is None:
            return Met(handle(self._lobby, wanted))
        met = meet(
            Arrival(account.world, account.faults, wanted, self._simulated(account)),
            lambda: self.make(account, wanted),
            lambda fault: self._suffer(account, fault),
        )
        account.log.append(_logged(account, wanted, met))
        return met

    def make(self, account: Account, wanted: Request) -> Response:
        """Make an API request of an account, whatever trouble was asked for."""
        before, numbered = account.requests, account.numbered()
        looking = wanted.method in {"GET", "HEAD"}
        counted = looking and _turns_a_clock(account, wanted)
        wall = self.wall(account)
        response = request(account, wanted, wall)
        self.stir(account)
        changed = counted if looking else response.status in {200, 402, 500} or account.numbered() != numbered
        if changed and "Idempotent-Replayed" not in response.headers and self.journal is not None:
            self._note(Entry(account.name, wall, REQUEST, _written(wanted), before, checksum(response.body)))
        return without_newest(account.world, wanted, response) if account.world.newest else response

    def perform(self, account: Account, op: str, args: dict[str, Any]) -> str:
        """Do an operation on an account and write it down; what it answered, as JSON.

        Raises:
            StripeError: the operation is refused; nothing has changed.
        """
        before, wall = account.requests, self.wall(account)
        text = OPERATIONS[op](account, args, wall)
        self.stir(account)
        self._note(Entry(account.name, wall, op, args, before, checksum(text)))
        return text

    def stir(self, account: Account) -> None:
        """Call after an account may have got something to deliver."""
        if account.world.undelivered:
            self.stirred[account.name] = account

    def compact(self) -> None:
        """Rewrite the journal as a picture of how things stand."""
        if self.journal is not None:
            self.journal.compact(list(self))

    def _simulated(self, account: Account | None) -> float:
        simulated = self._started_at + (self._now() - self._started_at) * self.speed
        return simulated + (account.offset_seconds if account else 0)

    def _suffer(self, account: Account, fault: Fault) -> None:
        self.perform(account, "suffer", {"kind": fault.kind, "seconds": fault.seconds})

    def _note(self, entry: Entry) -> None:
        if self.journal is not None:
            self.journal.append(entry)

    def _open(self, key: str) -> Account:
        name = digest(key)
        known = self._by_name.get(name)
        if known is not None:
            return known
        if len(self._by_name) >= MOST_ACCOUNTS:
            raise StripeError(
                429, f"This simulator keeps at most {MOST_ACCOUNTS} accounts.", code="rate_limit"
            )
        wall = self.wall()
        args = {
            "hint": key[-4:],
            "settings": settings_as_json(self.profile.settings(wall)),
            "list_lag_seconds": self.profile.list_lag_seconds,
        }
        self._note(Entry(name, wall, OPEN, args, 0, 0))
        account = self._add(name, args)
        self._hook(account)
        return account

    def _hook(self, account: Account) -> None:
        """Have the account deliver to the server's own webhook, unless it does so already."""
        known = any(each.url == self._webhook for each in account.world.endpoints.values())
        if self._webhook is not None and not known:
            self.perform(account, "hook", {"url": self._webhook})

    def _add(self, name: str, args: dict[str, Any]) -> Account:
        settings = settings_from_json(args["settings"])
        account = new_account(name, args["hint"], settings, args["list_lag_seconds"])
        self._by_name[name] = account
        return account

    def _restore(self, journal: Journal) -> None:
        for account in journal.picture:
            self._by_name[account.name] = account
        for number, entry in enumerate(journal.entries, start=1):
            self._redo(journal, number, entry)
        for account in self:  # with a speed above 1 the last run's wall time lies ahead of ours
            account.offset_seconds += max(0, account.world.wall - self.wall(account))
        journal.entries.clear()

    def _redo(self, journal: Journal, number: int, entry: Entry) -> None:
        if entry.op == OPEN:
            self._add(entry.account, entry.args)
            return
        account = self._by_name[entry.account]
        account.world.counters["req"] = entry.requests_before
        text = OPERATIONS[entry.op](account, entry.args, entry.wall)
        if checksum(text) != entry.answer_crc:
            raise JournalMismatch(journal.path, number, entry)


def digest(key: str) -> str:
    """The name of a key's account."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()[:16]


def _turns_a_clock(account: Account, wanted: Request) -> bool:
    return wanted.target.startswith(_TURNS_CLOCKS) and any(
        clock.status == "advancing" for clock in account.world.clocks.values()
    )


def _written(wanted: Request) -> dict[str, Any]:
    headers = {name: wanted.headers[name] for name in _KEPT_HEADERS if name in wanted.headers}
    if auth.credential(wanted.headers["authorization"]).startswith(TOKEN):
        headers["authorization"] = wanted.headers["authorization"]  # a token of our own; keys are not written
    return {"m": wanted.method, "t": wanted.target, "h": headers, "b": wanted.body}


def _logged(account: Account, wanted: Request, met: Met) -> Logged:
    response = met.response
    return Logged(
        account.world.wall,
        wanted.method,
        wanted.target[:SHOWN],
        response.status if response else 0,
        response.headers.get("Request-Id", "") if response else "",
        wanted.body[:SHOWN],
        response.body[:SHOWN] if response else "(the connection was reset)",
    )
