"""The simulator's front door: one request in, one answer out."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from harness.simulator import api
from harness.simulator.wire import forms, routes, versions
from harness.simulator.wire.errors import StripeError, invalid, unmodelled
from harness.simulator.wire.expand import expand
from harness.simulator.wire.params import listing, text
from harness.simulator.wire.routes import Call, Route
from harness.simulator.world import World

MAX_BODY_BYTES = 1_000_000
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
    """Answer `request`, changing `world` where the request says so. Refusals are answers too, in Stripe's shape."""
    headers = {
        "Request-Id": world.new_id("req"),
        "Content-Type": "application/json",
        "Stripe-Version": request.headers.get("stripe-version", versions.NEWEST),
    }
    try:
        _authenticate(request.headers)
        status, body, replayed = _answer(world, request)
    except StripeError as error:
        status, body, replayed = error.status, json.dumps(error.body()), False
    if replayed:
        headers["Idempotent-Replayed"] = "true"  # PRO-09
    if "idempotency-key" in request.headers:
        headers["Idempotency-Key"] = request.headers["idempotency-key"]
    if status >= 500:
        headers["Stripe-Should-Retry"] = "false"  # or the SDK would sleep and try again
    return Response(status, body, headers)


def _answer(world: World, request: Request) -> tuple[int, str, bool]:
    version = versions.check(request.headers.get("stripe-version", versions.NEWEST))
    parts = urlsplit(request.target)
    path = unquote(parts.path)
    found = routes.find(request.method, path)
    if found is None:
        raise _unrouted(request.method, path)
    if len(request.body) > MAX_BODY_BYTES:
        raise StripeError(413, "The request body is larger than 1 MB.")
    raw = _decode(request, parts.query)
    route, ids = found
    key = request.headers.get("idempotency-key") if request.method == "POST" else None
    if key is None:
        return 200, _run(world, route, ids, raw, version), False
    fingerprint = _fingerprint(request)
    if kept := world.idempotency.replay(key, fingerprint, world.wall):
        return kept.status, kept.body, True
    # A refusal is not kept, so the same key may be sent again once the cause is mended (PRO-08).
    body = _run(world, route, ids, raw, version)
    world.idempotency.keep(key, fingerprint, 200, body, world.wall)
    return 200, body, False


def _run(world: World, route: Route, ids: dict[str, str], raw: dict[str, Any], version: str) -> str:
    wanted = _EXPAND(raw.pop("expand", []), "expand")
    params = route.takes(raw)
    answer = route.endpoint(Call(world, params, ids, version))
    return json.dumps(expand(world, answer, wanted))


def _decode(request: Request, query: str) -> dict[str, Any]:
    if request.method == "GET" or not request.body:
        return forms.decode(query)
    if "json" in request.headers.get("content-type", ""):
        return _json_object(request.body)
    return forms.decode(request.body)


def _json_object(body: str) -> dict[str, Any]:
    try:
        decoded = json.loads(body, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise invalid(f"Invalid JSON in the request body: {error}") from error
    if not isinstance(decoded, dict):
        raise invalid("The request body must be a JSON object.")
    return decoded


def _authenticate(headers: Mapping[str, str]) -> None:
    """Test keys only. A live key is refused before it can do anything."""
    scheme, _, credential = headers.get("authorization", "").partition(" ")
    key = _user_name(credential) if scheme.lower() == "basic" else credential.strip()
    if not key:
        raise StripeError(401, "You did not provide an API key. Send it as a bearer token or as basic auth's user name.")
    if key.startswith(("sk_live_", "rk_live_")):
        raise StripeError(401, "This is a simulator: it takes no live keys. Use a key that starts with sk_test_.")
    if not key.startswith(("sk_test_", "rk_test_")):
        raise StripeError(401, "Invalid API Key provided. The simulator takes keys that start with sk_test_ or rk_test_.")


def _user_name(credential: str) -> str:
    try:
        return base64.b64decode(credential, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _unrouted(method: str, path: str) -> StripeError:
    if lacking := api.known_to_stripe(path):
        return unmodelled(f"{method} {path} ({lacking})")
    return StripeError(404, f"Unrecognized request URL ({method}: {path}).")


def _fingerprint(request: Request) -> str:
    return hashlib.sha256(f"{request.method} {request.target}\n{request.body}".encode()).hexdigest()
