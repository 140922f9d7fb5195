"""The ASGI application: every host of Stripe's, at one address."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from harness.simulator.accounts import Accounts
from harness.simulator.app import MAX_BODY_BYTES, Request, Response
from harness.simulator.faults import Met
from harness.simulator.flows.announcing.webhooks import is_local, is_loopback
from harness.simulator.served.board import ADVANCE, Board
from harness.simulator.served.connections import ABORT
from harness.simulator.served.control import PREFIX, ControlApi
from harness.simulator.served.courier import Courier
from harness.simulator.served.journal import StateUnusable
from harness.simulator.served.operations import failure

BODY_SECONDS = 10
"""Within this time a request's body must have arrived."""
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
log = logging.getLogger("harness.simulator")


class Application:
    """Answers requests.

    Args:
        accounts: who is served.
        control: the control API.
        board: the page.
        courier: delivers webhooks.
        stop: ends the server, when it can't keep its word any longer.
    """

    def __init__(
        self,
        accounts: Accounts,
        control: ControlApi,
        board: Board,
        courier: Courier,
        stop: Callable[[], None],
    ) -> None:
        self._accounts = accounts
        self._control = control
        self._board = board
        self._courier = courier
        self._stop = stop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            body = await _body(receive)
        except _Unreadable as problem:
            await _send(scope, send, failure(problem.status, problem.message), close=True)
            return
        if body is None:
            return
        met = await self._meet(scope, read_request(scope, body))
        if met.delay_seconds:
            await asyncio.sleep(met.delay_seconds / self._accounts.speed)
        if met.response is None:
            await _reset(scope)
        else:
            await _send(scope, send, met.response)

    async def _meet(self, scope: Scope, request: Request) -> Met:
        """What becomes of a request; what it changed is on the disk by then."""
        try:
            met = self._private(scope, request) if is_private(request) else self._accounts.meet(request)
            self._courier.look()
            if self._accounts.journal is not None:
                await self._accounts.journal.committed()
        except (StateUnusable, OSError):
            log.exception("stopping")
            self._stop()
            return Met(failure(500, "The simulator can no longer keep its state, and stops."))
        except Exception:  # a bug of ours, outside of the API proper
            log.exception("%s %s", request.method, request.target)
            return Met(failure(500, "The simulator itself failed at this request. Its log says where."))
        return met

    def _private(self, scope: Scope, request: Request) -> Met:
        """What is for this machine only."""
        if not is_of_this_machine(scope, request):
            return Met(failure(403, "This part of the simulator answers to its own machine only."))
        path = request.target.partition("?")[0]
        if path == "/":
            return Met(self._board.show(request))
        if path == ADVANCE and request.method == "POST":
            return Met(self._board.advance(request))
        return Met(self._control.answer(request))


def is_private(request: Request) -> bool:
    """Whether a request is about the simulator itself, not for Stripe's API."""
    return request.target.startswith(PREFIX) or request.target.partition("?")[0] == "/"


def is_of_this_machine(scope: Scope, request: Request) -> bool:
    """Whether a request comes from this machine and from no foreign web page.

    A page in a browser may send requests here; `Host` and `Sec-Fetch-Site` tell on it.
    """
    client = scope.get("client")
    same_site = request.headers.get("sec-fetch-site", "none") in {"none", "same-origin"}
    named = is_local(f"http://{request.headers.get('host', '')}")
    return client is not None and is_loopback(client[0]) and named and same_site


async def _reset(scope: Scope) -> None:
    """Reset the connection, and let go of it before anybody misses an answer."""
    scope["extensions"][ABORT]["reset"]()
    await asyncio.sleep(0.01)


class _Unreadable(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


async def _body(receive: Receive) -> str | None:
    """The whole body as text; None when the client has gone.

    Raises:
        _Unreadable: it is too large, too slow, or not UTF-8.
    """
    try:
        async with asyncio.timeout(BODY_SECONDS):
            data = await _bytes(receive)
    except TimeoutError:
        raise _Unreadable(408, f"The body did not arrive within {BODY_SECONDS} seconds.") from None
    try:
        return None if data is None else data.decode()
    except UnicodeDecodeError:
        raise _Unreadable(400, "The request body is not UTF-8.") from None


async def _bytes(receive: Receive) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise _Unreadable(413, "The request body is larger than 1 MB.")
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def read_request(scope: Scope, body: str) -> Request:
    """The request as the simulator takes it; header names are lower-case."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    target = scope["raw_path"].decode("latin-1")
    if query := scope["query_string"]:
        target += "?" + query.decode("latin-1")
    method = "GET" if scope["method"] == "HEAD" else scope["method"]  # its body is left out on the way
    return Request(method, target, headers, body)


async def _send(scope: Scope, send: Send, response: Response, *, close: bool = False) -> None:
    body = response.body.encode(errors="surrogatepass")
    headers = [
        (name.lower().encode(), value.encode("latin-1", "replace"))
        for name, value in response.headers.items()
    ]
    headers.append((b"content-length", str(len(body)).encode()))
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
