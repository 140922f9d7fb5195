"""HTTP connections with limits: how long a request may take to arrive, and how much of it there may be."""

from __future__ import annotations

import json
import socket
import struct
from asyncio import TimerHandle, Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

HEAD_SECONDS = 10
"""Within this time a new connection must have sent the head of its request."""
MOST_CONNECTIONS = 900
"""Fewer than the files that a process may usually have open."""
MOST_HEAD_BYTES = 64 * 1024
MOST_BYTES = 8 * 1024 * 1024
"""Of a whole request with the overhead of its chunks and trailers; the body has a limit of its own."""
ABORT = "harness.abort"
"""The ASGI extension that resets the connection."""


class GuardedProtocol(HttpToolsProtocol):
    """Closes connections that send half a request or an endless one; answers nonsense as Stripe would."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline: TimerHandle | None = None
        self._bytes = 0
        self._in_head = True

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as the superclass has it
        """Start the clock for the first request's head; send a connection too many away."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            self._refuse(503, f"The simulator takes at most {MOST_CONNECTIONS} connections.")
        else:
            self._start_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count the bytes of a request, and refuse one that grows too large."""
        most = MOST_HEAD_BYTES if self._in_head else MOST_BYTES
        self._bytes += len(data)
        if self._bytes > most and not self._ends_in(data, most):
            if not self.transport.is_closing():
                self._refuse(431, f"The request's head is larger than {MOST_HEAD_BYTES} bytes.")
            return
        super().data_received(data)

    def _ends_in(self, data: bytes, most: int) -> bool:
        """Whether a head ends in `data`, and in time; what follows is the body's business."""
        end = data.find(b"\r\n\r\n")
        return self._in_head and end >= 0 and self._bytes - len(data) + end <= most

    def on_message_begin(self) -> None:
        """A request begins: its head must be complete in time."""
        super().on_message_begin()
        self.scope["extensions"] = {ABORT: {"reset": self._reset}}
        self._in_head, self._bytes = True, 0
        if self._deadline is None:
            self._start_deadline()

    def on_headers_complete(self) -> None:
        """The head is there; the body's time is watched by the application."""
        self._stop_deadline()
        self._in_head = False
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP."""
        self._refuse(400, msg)

    def _start_deadline(self) -> None:
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._expire)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _expire(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self._refuse(408, f"The request did not arrive within {HEAD_SECONDS} seconds.")

    def _refuse(self, status: int, message: str) -> None:
        body = json.dumps({"error": {"type": "invalid_request_error", "message": message}}).encode()
        head = b"content-type: application/json\r\nconnection: close\r\n"
        length = b"content-length: " + str(len(body)).encode() + b"\r\n\r\n"
        self.transport.write(STATUS_LINE[status] + head + length + body)
        self.transport.close()

    def _reset(self) -> None:
        """Drop the connection as a network would: the other side sees a reset."""
        connection: socket.socket | None = self.transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()
