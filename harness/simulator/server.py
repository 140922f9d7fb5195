"""The simulator over HTTP, for other processes and other languages."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path

import uvicorn

from harness.simulator.accounts import Accounts
from harness.simulator.served.application import Application
from harness.simulator.served.board import Board
from harness.simulator.served.clockwork import Clockwork
from harness.simulator.served.connections import GuardedProtocol
from harness.simulator.served.control import ControlApi
from harness.simulator.served.courier import Courier
from harness.simulator.served.journal import Journal, StateUnusable
from harness.simulator.served.profiles import PROFILES

KEEP_ALIVE_SECONDS = 60
GRACE_SECONDS = 5
"""How long a stop waits for requests in hand."""


class CannotServe(Exception):
    """The server cannot start. The message is one line that says why."""


@dataclass(frozen=True)
class Options:
    """What `harness serve` was asked for.

    Args:
        host: where to listen.
        port: 0 takes a free one.
        state: the state file; None keeps everything in memory.
        profile: `calm` or `lifelike`.
        speed: simulated seconds in a real one.
        rate_limit: requests in a second of wall time; None is the profile's own, 0 without limit.
        webhook: where each new account delivers every event to, or None.
        allow_remote: whether clients and webhook handlers may lie beyond this machine.
    """

    host: str = "127.0.0.1"
    port: int = 0
    state: Path | None = None
    profile: str = "calm"
    speed: int = 1
    rate_limit: int | None = None
    webhook: str | None = None
    allow_remote: bool = False


class _Server(uvicorn.Server):
    """Says where it listens once it does, keeps time while it runs, and stops quietly at a signal."""

    def __init__(self, config: uvicorn.Config, clockwork: Clockwork, announce: Callable[[str], None]) -> None:
        super().__init__(config)
        self._clockwork = clockwork
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then announce."""
        await super().startup(sockets)
        self._clockwork.start()
        for listening in sockets or []:
            self._announce(f"listening on {_url(listening)}")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, the clockwork first."""
        await self._clockwork.stop()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at the signals, and take them as dealt with."""
        kept = {each: signal.signal(each, self.handle_exit) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in kept.items():
                signal.signal(each, handler)


def serve(options: Options, secret: str, announce: Callable[[str], None]) -> None:
    """Serve until told to stop.

    Args:
        options: from the command line.
        secret: signs what is delivered to `options.webhook`.
        announce: called with `listening on http://…` once requests are answered.

    Raises:
        CannotServe: the address is refused or taken, or the state file cannot be used.
    """
    listening = _listen(options)
    try:
        journal = Journal(options.state) if options.state else None
        accounts = _accounts(options, journal)
    except StateUnusable as error:
        listening.close()
        raise CannotServe(str(error)) from error
    _run(accounts, secret, listening, announce)
    if journal is not None:
        accounts.compact()
        journal.close()


def _accounts(options: Options, journal: Journal | None) -> Accounts:
    profile = PROFILES[options.profile]
    if options.allow_remote:
        profile = replace(profile, webhooks="anywhere")
    if options.rate_limit is not None:
        profile = replace(profile, requests_per_second=options.rate_limit or None)
    # here real time enters the simulator
    now = time.time  # noqa: TID251  # a served account lives in real time
    return Accounts(now, profile, speed=options.speed, journal=journal, webhook=options.webhook)


def _run(accounts: Accounts, secret: str, listening: socket.socket, announce: Callable[[str], None]) -> None:
    courier = Courier(accounts, time.time, secret)  # noqa: TID251  # signatures carry real time (PRO-23)
    application = Application(
        accounts,
        ControlApi(accounts),
        Board(accounts),
        courier,
        lambda: server.handle_exit(signal.SIGTERM, None),
    )
    config = uvicorn.Config(
        application,
        http=GuardedProtocol,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config, Clockwork(accounts, courier), announce)
    server.run(sockets=[listening])


def _listen(options: Options) -> socket.socket:
    """A listening socket, on this machine only unless remote clients are allowed.

    Raises:
        CannotServe: the host is not of this machine, or the port is taken.
    """
    try:
        [(family, _, _, _, address), *_] = socket.getaddrinfo(
            options.host, options.port, type=socket.SOCK_STREAM
        )
    except (socket.gaierror, UnicodeError) as error:
        raise CannotServe(f"{options.host} is no address: {error}") from error
    if not (options.allow_remote or ip_address(address[0]).is_loopback):
        raise CannotServe(
            f"{options.host} can be reached from other machines, and the simulator asks nobody who they are; "
            "say --allow-remote if that is wanted"
        )
    # asyncio sends small answers at once (TCP_NODELAY) only where the protocol is named
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
    except OSError as error:
        listening.close()
        raise CannotServe(f"{options.host}:{options.port}: {error.strerror}") from error
    return listening


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if listening.family == socket.AF_INET6 else f"http://{host}:{port}"
