"""A transport that tells of every exchange that passes through it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import stripe

from harness.backends.base import Exchange


class RecordingTransport(stripe.HTTPClient):
    """Wraps another transport. Headers are not recorded: they hold the key.

    Args:
        inner: does the work.
        record: called with each exchange before its answer reaches the SDK.
    """

    name = "recording"

    def __init__(self, inner: stripe.HTTPClient, record: Callable[[Exchange], None]) -> None:
        super().__init__()
        self._inner = inner
        self._record = record

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Pass the request on, and record it with its answer."""
        body, status, answer_headers = self._inner.request(method, url, headers, post_data)
        text = _text(body)
        parts = urlsplit(url)
        sent = _text(post_data) or parts.query
        self._record(
            Exchange(
                method=method.upper(),
                path=parts.path,
                params=_params(sent),
                status=status,
                body=text,
                request_id=answer_headers.get("Request-Id"),
            )
        )
        return text, status, answer_headers

    def close(self) -> None:
        """Close the wrapped transport."""
        self._inner.close()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped


def _text(post_data: Any) -> str:
    if isinstance(post_data, bytes):
        return post_data.decode()
    return post_data or ""


def _params(sent: str) -> dict[str, str]:
    """Flat wire names, as in `items[0][price]`; a JSON body stands under one name."""
    if sent.startswith("{"):
        return {"(json)": sent}
    return dict(parse_qsl(sent, keep_blank_values=True))
