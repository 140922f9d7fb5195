"""What the SDK calls to send a request, in one place: our transports only answer `exchange`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import stripe

Answer = tuple[str, int, Mapping[str, str]]
"""Body, status and headers, as the SDK takes them."""


class Transport(stripe.HTTPClient, ABC):
    """A transport of ours."""

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> Answer:
        """One attempt at a request. What the SDK counts in `_usage` is for Stripe alone."""
        return self.exchange(method, url, headers or {}, post_data)

    @abstractmethod
    def exchange(self, method: str, url: str, headers: Mapping[str, str], post_data: Any) -> Answer:
        """Answer a request; `post_data` is text, bytes or None."""


class Wrapper(Transport):
    """Passes requests on to another transport.

    Args:
        inner: does the work.
    """

    def __init__(self, inner: stripe.HTTPClient) -> None:
        super().__init__()
        self._inner = inner

    def exchange(self, method: str, url: str, headers: Mapping[str, str], post_data: Any) -> Answer:
        """Pass the request on."""
        return self._inner.request(method, url, headers, post_data)

    def close(self) -> None:
        """Close the wrapped transport."""
        self._inner.close()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped


def text_of(data: Any) -> str:
    """What was sent or answered, as text."""
    return data.decode() if isinstance(data, bytes) else data or ""
