"""The simulator's front door: one request in, one answer out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit

from harness.simulator import api
from harness.simulator.flows.clocks import catch_up
from harness.simulator.older import reshape
from harness.simulator.wire import allowed, auth, forms, routes, versions
from harness.simulator.wire.errors import StripeError, invalid, unmodelled
from harness.simulator.wire.expand import View, check, expand, kind_of
from harness.simulator.wire.params import listing, text
from harness.simulator.wire.routes import Call, Route
from harness.simulator.world import Origin, World

MAX_BODY_BYTES = 1_000_000
EXECUTED = frozenset({402, 500})
"""Refusals of requests that were executed all the same."""
_EXPAND = listing(text(), at_most=20)


@dataclass(frozen=True)
class Request:
    """What arrived: `target` is the path with its query string; header names are lower-case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True)
class Response:
    """What goes back: `body` is JSON text."""

    status: int
    body: str
    headers: dict[str, str]


def handle(world: World, request: Request) -> Response:
    """Answer `request`, changing `world` where it says so. Refusals are answers too, in Stripe's shape."""
    headers = _headers(world, request)
    world.origin = Origin(headers["Request-Id"], request.headers.get("idempotency-key"))
    try:
        status, body, replayed = _answer(world, request)
    except StripeError as error:
        status, body, replayed = error.status, json.dumps(error.body()), False
    if replayed:
        headers["Idempotent-Replayed"] = "true"  # PRO-09
    if status >= 500:
        headers["Stripe-Should-Retry"] = "false"  # or the SDK would sleep and try again
    return Response(status, body, headers)


def refuse(world: World, request: Request, error: StripeError) -> Response:
    """The answer to a request that is not run: it changes nothing, and no key remembers it (PRO-08)."""
    headers = _headers(world, request)
    if error.code == "rate_limit":
        headers["Stripe-Rate-Limited-Reason"] = "global-rate"  # LIV-41
    return Response(error.status, json.dumps(error.body()), headers)


def remember(world: World, request: Request, status: int, body: str) -> None:
    """Keep the answer of a request that was executed, for whoever sends its key again (PRO-08)."""
    key = request.headers.get("idempotency-key") if request.method == "POST" else None
    if key is not None:
        world.idempotency.keep(key, _fingerprint(request), status, body, world.wall)


def _headers(world: World, request: Request) -> dict[str, str]:
    """What every answer carries (PRO-06)."""
    headers = {
        "Request-Id": world.new_id("req"),
        "Content-Type": "application/json",
        "Stripe-Version": request.headers.get("stripe-version", versions.NEWEST),
    }
    if (key := request.headers.get("idempotency-key")) is not None:
        headers["Idempotency-Key"] = key
    return headers


def _answer(world: World, request: Request) -> tuple[int, str, bool]:
    path, query = _split(request.target)
    auth.check(world, path, request.headers)
    version = versions.check(request.headers.get("stripe-version", versions.NEWEST))
    found = None if path.endswith("/search") else routes.find(request.method, path)  # search is no id
    if found is None or not found[0].serves(version):
        raise _unrouted(request.method, path)
    if len(request.body) > MAX_BODY_BYTES:
        raise StripeError(413, "The request body is larger than 1 MB.")
    if path.startswith("/v2/"):
        versions.check_v2(version)
    raw = _decode(request, path, query)
    catch_up(world)
    route, ids = found
    key = request.headers.get("idempotency-key") if request.method == "POST" else None
    if key is None:
        return 200, _run(world, route, ids, raw, version), False
    # The key is looked up before any rule of the resource: a replay must not meet them again (MTR-74).
    if kept := world.idempotency.replay(key, _fingerprint(request), world.wall):
        return kept.status, kept.body, True
    try:
        status, body = 200, _run(world, route, ids, raw, version)
    except StripeError as error:
        if error.status not in EXECUTED:
            raise  # nothing was done: the key may be sent again once the cause is mended (PRO-08)
        status, body = error.status, json.dumps(error.body())
    remember(world, request, status, body)
    return status, body, False


def _run(world: World, route: Route, ids: dict[str, str], raw: dict[str, Any], version: str) -> str:
    wanted = _EXPAND(raw.pop("expand", []), "expand")
    kind = kind_of(route)
    check(kind, wanted, version)
    allowed.check(route.name, raw, version)
    params = route.takes(raw)
    answer = route.endpoint(Call(world, params, ids, version))
    view = View(world, version, lambda form: reshape(world, form, version))
    return json.dumps(expand(view, view.shape(answer), kind, wanted))


def _split(target: str) -> tuple[str, str]:
    try:
        parts = urlsplit(target)
    except ValueError as error:
        raise invalid(f"Invalid URL: {error}") from error
    return unquote(parts.path), parts.query


def _decode(request: Request, path: str, query: str) -> dict[str, Any]:
    if request.method == "GET":
        return forms.decode(query)
    if path.startswith("/v2/"):
        return _json_object(request)
    return forms.decode("&".join(part for part in (query, request.body) if part))


def _json_object(request: Request) -> dict[str, Any]:
    """The body of a v2 request (PRO-13, MTR-106). Fractions are decimals, so that none becomes a float."""
    if "json" not in request.headers.get("content-type", ""):
        raise invalid("The v2 API takes JSON: send Content-Type: application/json.")
    try:
        decoded = json.loads(request.body or "{}", parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise invalid(f"Invalid JSON in the request body: {error}") from error
    if not isinstance(decoded, dict):
        raise invalid("The request body must be a JSON object.")
    return decoded


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _unrouted(method: str, path: str) -> StripeError:
    if lacking := api.known_to_stripe(path):
        return unmodelled(f"{method} {path[:200]} ({lacking})")
    return StripeError(404, f"Unrecognized request URL ({method}: {path[:200]}).")


def _fingerprint(request: Request) -> str:
    text = f"{request.method} {request.target}\n{request.body}"
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
