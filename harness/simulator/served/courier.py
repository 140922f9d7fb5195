"""The courier: takes events to webhook handlers, again and again until they are taken or given up."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.simulator.faults import WEBHOOK_FAULTS
from harness.simulator.objects.webhook import THIN, Delivery, Endpoint
from harness.simulator.served.signing import signature

if TYPE_CHECKING:
    from harness.simulator.accounts import Accounts
    from harness.simulator.served.account import Account
    from harness.simulator.world import World

TIMEOUT_SECONDS = 10
HANDS = 8
"""Deliveries in hand at once; to one endpoint it is one at a time, in order."""
REORDERED_SECONDS = 2
AGENT = "Stripe/1.0 (+https://stripe.com/docs/webhooks)"
log = logging.getLogger("harness.simulator")


@dataclass(frozen=True)
class Parcel:
    """What goes over the wire once."""

    url: str
    body: str
    headers: dict[str, str]


class Courier:
    """Delivers for every account of a server.

    Args:
        accounts: whose events.
        now: real time, unix seconds; signatures carry it.
        secret: signs for endpoints that have none of their own.
    """

    def __init__(self, accounts: Accounts, now: Callable[[], float], secret: str) -> None:
        self._accounts = accounts
        self._now = now
        self._secret = secret
        self._hands = ThreadPoolExecutor(HANDS, thread_name_prefix="courier")
        self._rounds: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._held: dict[str, int] = {}
        """Deliveries that a fault keeps back: until which wall time."""

    def look(self) -> None:
        """Start a round for every endpoint that something is due for and that has none under way."""
        stirred = self._accounts.stirred
        for account in list(stirred.values()):
            if not account.world.undelivered:
                del stirred[account.name]
            wall = self._accounts.wall(account)
            for delivery in account.world.undelivered.values():
                round_ = (account.name, delivery.endpoint)
                if round_ not in self._rounds and self._due(account, delivery, wall):
                    self._rounds[round_] = asyncio.create_task(self._round(account, delivery.endpoint))

    async def close(self) -> None:
        """Let go of what is under way."""
        for task in self._rounds.values():
            task.cancel()
        await asyncio.gather(*self._rounds.values(), return_exceptions=True)
        self._hands.shutdown(wait=False, cancel_futures=True)

    def _due(self, account: Account, delivery: Delivery, wall: int) -> bool:
        kept = self._held.get(f"{account.name} {delivery.id}", 0)
        return delivery.next_at is not None and max(delivery.next_at, kept) <= wall

    async def _round(self, account: Account, endpoint_id: str) -> None:
        try:
            while delivery := self._next(account, endpoint_id):
                await self._deliver(account, delivery)
        except Exception:  # a bug of ours must not end all deliveries in silence
            log.exception("a delivery failed in the simulator itself")
        finally:
            del self._rounds[account.name, endpoint_id]

    def _next(self, account: Account, endpoint_id: str) -> Delivery | None:
        wall = self._accounts.wall(account)
        waiting = [each for each in account.world.undelivered.values() if each.endpoint == endpoint_id]
        return next((each for each in waiting if self._due(account, each, wall)), None)

    async def _deliver(self, account: Account, delivery: Delivery) -> None:
        """One attempt, in a thread; the world may have been replaced when it is back."""
        world = account.world
        endpoint = world.endpoints[delivery.endpoint]
        kind = self._trouble(account, delivery)
        if kind in {"webhook_late", "webhook_reordered"}:
            return
        parcel = self._pack(world, endpoint, delivery, spoilt=kind == "webhook_badly_signed")
        loop = asyncio.get_running_loop()
        for _ in range(2 if kind == "webhook_duplicate" else 1):
            status, note = await loop.run_in_executor(self._hands, carry, parcel)
        if account.world is world and delivery.id in world.undelivered:
            args = {"delivery": delivery.id, "status": status, "note": note}
            self._accounts.perform(account, "attempted", args)

    def _trouble(self, account: Account, delivery: Delivery) -> str:
        """The fault that strikes a delivery, if any; one that keeps it back does so once."""
        key = f"{account.name} {delivery.id}"
        if self._held.pop(key, None) is not None or not account.faults.rules:
            return ""
        fault = account.faults.strike(WEBHOOK_FAULTS, delivery.type)
        if fault is None:
            return ""
        if fault.kind in {"webhook_late", "webhook_reordered"}:
            self._held[key] = self._accounts.wall(account) + (fault.seconds or REORDERED_SECONDS)
        return fault.kind

    def _pack(self, world: World, endpoint: Endpoint, delivery: Delivery, *, spoilt: bool) -> Parcel:
        body = json.dumps(payload(world, endpoint, delivery), indent=2)
        secret = "whsec_wrong" if spoilt else endpoint.secret or self._secret
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": AGENT,
            "Stripe-Signature": signature(body, secret, int(self._now())),
        }
        return Parcel(endpoint.url, body, headers)


def payload(world: World, endpoint: Endpoint, delivery: Delivery) -> dict[str, Any]:
    """What is delivered: a classic event in the endpoint's API version (PRO-18), or a thin one (MTR-92)."""
    if endpoint.payload == THIN:
        return world.thin_events[delivery.event].notice()
    event = world.events[delivery.event].render(world)
    return event | {"api_version": endpoint.api_version or event["api_version"]}


def carry(parcel: Parcel) -> tuple[int | None, str]:
    """POST it, following nothing: the status and the start of the answer, or None and what went wrong."""
    import requests  # only those who have handlers need it

    session = requests.Session()
    session.trust_env = False  # a proxy has no business between two processes of one machine
    try:
        with session.post(
            parcel.url,
            data=parcel.body.encode(),
            headers=parcel.headers,
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
            stream=True,
        ) as answer:
            return answer.status_code, answer.raw.read(200, decode_content=True).decode(errors="replace")
    except (requests.RequestException, OSError, ValueError) as error:
        return None, type(error).__name__
    finally:
        session.close()
