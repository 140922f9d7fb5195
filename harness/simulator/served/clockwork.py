"""The clockwork: what happens in a server while nobody asks: clocks arrive, retries fall due."""

from __future__ import annotations

import asyncio
import logging

from harness.simulator.accounts import Accounts
from harness.simulator.flows.clocks import catch_up
from harness.simulator.served.courier import Courier
from harness.simulator.served.journal import COMPACT_AFTER

TICK_SECONDS = 0.25
log = logging.getLogger("harness.simulator")


class Clockwork:
    """Ticks while the server runs.

    Args:
        accounts: whose wall time moves.
        courier: looks for what is due after every tick.
    """

    def __init__(self, accounts: Accounts, courier: Courier) -> None:
        self._accounts = accounts
        self._courier = courier
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to tick."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop, and the courier too."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._courier.close()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                await self._tick()
            except Exception:  # a bug of ours must not stop the clocks of every account in silence
                log.exception("a tick failed in the simulator itself")

    async def _tick(self) -> None:
        """Nothing here is written down: replaying catches up by itself, with the same outcome."""
        for account in self._accounts:
            account.world.wall = max(account.world.wall, self._accounts.wall(account))
            catch_up(account.world)
            self._accounts.stir(account)
        self._courier.look()
        journal = self._accounts.journal
        if journal is not None and journal.since_picture > COMPACT_AFTER:
            await journal.committed()
            self._accounts.compact()
