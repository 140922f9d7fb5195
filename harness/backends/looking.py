"""Looking at an account: read-only requests, page by page, with every failure in one line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import stripe

from harness.backends.base import Backend, BackendRefused

PAGE = 100
Json = dict[str, Any]


class NotThere(Exception):
    """The account has no such object. The message is one line for the user."""


def look_failed(path: str, error: stripe.StripeError) -> BackendRefused:
    """Why a read-only request failed, in one line."""
    if isinstance(error, stripe.AuthenticationError):
        return BackendRefused("Stripe does not know this key")
    if isinstance(error, stripe.PermissionError):
        return BackendRefused(f"the key has no right to read {path}")
    why = " ".join((error.user_message or type(error).__name__).split())
    return BackendRefused(f"{path}: {why}")


class Looker:
    """Reads an account through an opened backend, whose recorders see each exchange."""

    def __init__(self, backend: Backend) -> None:
        self._client = backend.client

    def get(self, path: str, **params: Any) -> Json:
        """The JSON of one GET.

        Raises:
            NotThere: Stripe knows no such object.
            BackendRefused: the account could not be reached, or would not have us look.
        """
        try:
            answer: Json = self._client.raw_request("get", path, **params).data
        except stripe.InvalidRequestError as error:
            if error.http_status == 404:
                raise NotThere(error.user_message or f"{path}: not found") from error
            raise look_failed(path, error) from error
        except stripe.StripeError as error:
            raise look_failed(path, error) from error
        return answer

    def pages(self, path: str, **params: Any) -> Iterator[Json]:
        """Every page of a list, newest objects first (PRO-14)."""
        page = self.get(path, limit=PAGE, **params)
        yield page
        while page["has_more"]:
            page = self.get(path, limit=PAGE, starting_after=page["data"][-1]["id"], **params)
            yield page

    def all(self, path: str, **params: Any) -> list[Json]:
        """Every member of a list."""
        return [member for page in self.pages(path, **params) for member in page["data"]]
