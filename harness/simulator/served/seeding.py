"""Filling an account: API requests in order, each able to name what an earlier one made."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from harness.simulator.app import Request, Response
from harness.simulator.served.account import Account
from harness.simulator.wire.errors import StripeError, invalid

MOST_REQUESTS = 1_000
Make = Callable[[Account, Request], Response]


def seed(account: Account, requests: Any, make: Make) -> dict[str, Any]:
    """Make the requests; the ids that they gave, by name.

    Args:
        account: where.
        requests: `[{"post": path, "params": {…}, "as": name}]`; `$name` stands for an earlier one's id.
        make: performs a request.

    Raises:
        StripeError: a request is no request, or was refused; those before it are done.
    """
    if not isinstance(requests, list) or len(requests) > MOST_REQUESTS:
        raise invalid(f"`requests` must be a list of at most {MOST_REQUESTS}.", param="requests")
    ids: dict[str, str] = {}
    for number, each in enumerate(requests):
        if not isinstance(each, dict) or not isinstance(each.get("post"), str):
            raise invalid(f"requests[{number}] must be a mapping with `post`.", param=f"requests[{number}]")
        answer = _post(account, each["post"], _named(each.get("params") or {}, ids), make, number)
        if "as" in each:
            ids[str(each["as"])] = str(answer.get("id", ""))
    return {"ids": ids}


def form(params: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested parameters as the pairs of a form (PRO-13)."""
    if isinstance(params, Mapping):
        for key, value in params.items():
            yield from form(value, f"{prefix}[{key}]" if prefix else str(key))
    elif isinstance(params, list):
        for index, value in enumerate(params):
            yield from form(value, f"{prefix}[{index}]")
    elif isinstance(params, bool):
        yield prefix, str(params).lower()
    else:
        yield prefix, "" if params is None else str(params)


def _named(value: Any, ids: Mapping[str, str]) -> Any:
    """`value` with every `$name` replaced."""
    if isinstance(value, Mapping):
        return {key: _named(member, ids) for key, member in value.items()}
    if isinstance(value, list):
        return [_named(member, ids) for member in value]
    if isinstance(value, str) and value.startswith("$"):
        if value[1:] not in ids:
            raise invalid(f"{value:.50} names nothing made before it.", param="requests")
        return ids[value[1:]]
    return value


def _post(account: Account, path: str, params: Any, make: Make, number: int) -> dict[str, Any]:
    headers = {"authorization": "Bearer sk_test_seed"}
    body = urlencode(list(form(params)))
    if path.startswith("/v2/"):
        headers["content-type"], body = "application/json", json.dumps(params)
    response = make(account, Request("POST", path, headers, body))
    answer: dict[str, Any] = json.loads(response.body)
    if response.status != 200:
        message = answer["error"]["message"]
        raise StripeError(
            response.status, f"requests[{number}] ({path:.60}): {message}", param=f"requests[{number}]"
        )
    return answer
