"""A transport that tells of every exchange that passes through it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import stripe

from harness.backends.base import Exchange
from harness.backends.transport import Answer, Wrapper, text_of


class RecordingTransport(Wrapper):
    """Tells of what is sent through it. Headers are not recorded: they hold the key.

    Args:
        inner: does the work.
        recorders: called with each exchange before its answer reaches the SDK.
    """

    name = "recording"

    def __init__(self, inner: stripe.HTTPClient, recorders: Sequence[Callable[[Exchange], None]]) -> None:
        super().__init__(inner)
        self._recorders = recorders

    def exchange(self, method: str, url: str, headers: Mapping[str, str], post_data: Any) -> Answer:
        """Pass the request on, and record it with its answer."""
        body, status, answer_headers = super().exchange(method, url, headers, post_data)
        text = text_of(body)
        parts = urlsplit(url)
        sent = text_of(post_data) or parts.query
        exchange = Exchange(
            method=method.upper(),
            path=parts.path,
            params=_params(sent),
            status=status,
            body=text,
            request_id=answer_headers.get("Request-Id"),
        )
        for recorder in self._recorders:
            recorder(exchange)
        return text, status, answer_headers


def _params(sent: str) -> dict[str, str]:
    """Flat wire names, as in `items[0][price]`; a JSON body stands under one name."""
    if sent.startswith("{"):
        return {"(json)": sent}
    return dict(parse_qsl(sent, keep_blank_values=True))
