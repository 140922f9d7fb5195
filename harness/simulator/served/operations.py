"""Everything that can change an account, by name: done when asked for, and done again from the journal."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from harness.simulator.app import Request, Response, handle, remember
from harness.simulator.faults import afflict
from harness.simulator.flows.announcing import webhooks
from harness.simulator.flows.clocks import catch_up, resume
from harness.simulator.objects.webhook import Endpoint
from harness.simulator.served import pickles
from harness.simulator.served.account import Account, ServedWorld
from harness.simulator.served.profiles import settings_as_json, settings_from_json
from harness.simulator.wire.errors import StripeError, invalid
from harness.simulator.world import Settings

REPLAYED_KEY = "Bearer sk_test_replayed"
"""Stands in the journal's requests where the key was, which is never written."""
MOST_SNAPSHOTS = 100
Json = dict[str, Any]


def new_account(name: str, hint: str, settings: Settings, list_lag_seconds: int = 0) -> Account:
    """An empty account."""
    return Account(name, hint, new_world(name, settings, list_lag_seconds))


def new_world(name: str, settings: Settings, list_lag_seconds: int) -> ServedWorld:
    """An empty world for an account."""
    return ServedWorld(settings, account=name, list_lag_seconds=list_lag_seconds)


def request(account: Account, wanted: Request, wall: int) -> Response:
    """Answer an API request at wall time `wall`."""
    account.world.wall = max(account.world.wall, wall)
    try:
        return handle(account.world, wanted)
    except Exception:  # a bug of ours: told, and kept in the journal like any other answer
        logging.getLogger("harness.simulator").exception("%s %s", wanted.method, wanted.target)
        failed = failure(500, "The simulator itself failed at this request. Its log says where.")
        remember(account.world, wanted, failed.status, failed.body)
        return failed


def failure(status: int, message: str, code: str | None = None) -> Response:
    """An answer that no endpoint made, in Stripe's shape."""
    kind = "api_error" if status >= 500 else "invalid_request_error"
    return refusal(StripeError(status, message, kind=kind, code=code))


def refusal(error: StripeError) -> Response:
    """The answer that tells an error."""
    return Response(error.status, json.dumps(error.body()), {"Content-Type": "application/json"})


def again(account: Account, args: Json, wall: int) -> str:
    """A request from the journal."""
    headers = {"authorization": REPLAYED_KEY, **args["h"]}
    return request(account, Request(args["m"], args["t"], headers, args["b"]), wall).body


def reset(account: Account, args: Json, wall: int) -> str:
    """Throw the world away and begin anew; what is configured stays, snapshots too."""
    settings = replace(account.world.settings, wall=wall)
    if args.get("seed") is not None:
        settings = replace(settings, seed=args["seed"])
    account.world = new_world(account.name, settings, account.world.list_lag_seconds)
    return _settings(account)


def configure(account: Account, args: Json, wall: int) -> str:
    """Change how the account behaves from now on; `args` are members of its settings."""
    account.world.wall = max(account.world.wall, wall)
    change = dict(args)
    account.world.list_lag_seconds = change.pop("list_lag_seconds", account.world.list_lag_seconds)
    account.world.settings = settings_from_json(settings_as_json(account.world.settings) | change)
    return _settings(account)


def move(account: Account, args: Json, wall: int) -> str:
    """Move the account's wall time ahead."""
    account.offset_seconds += args["seconds"]
    account.world.wall = max(account.world.wall, wall + args["seconds"])
    catch_up(account.world)
    return json.dumps({"wall": account.world.wall})


def snapshot(account: Account, args: Json, wall: int) -> str:
    """Keep the world as it is, under a name."""
    account.world.wall = max(account.world.wall, wall)
    if len(account.snapshots) >= MOST_SNAPSHOTS and args["name"] not in account.snapshots:
        raise invalid(f"An account keeps at most {MOST_SNAPSHOTS} snapshots.", param="name")
    account.snapshots[args["name"]] = pickles.dump(account.world)
    return json.dumps({"name": args["name"]})


def restore(account: Account, args: Json, wall: int) -> str:
    """Put a kept world back; wall time does not go back with it."""
    saved = account.snapshots.get(args["name"])
    if saved is None:
        raise invalid(f"There is no snapshot named '{args['name']:.100}'.", param="name")
    now = max(account.world.wall, wall)
    account.world = pickles.load(saved)
    account.world.wall = now
    return json.dumps({"name": args["name"], "wall": now})


def attempted(account: Account, args: Json, wall: int) -> str:
    """What became of an attempt at a delivery; an advance that stood still for it may go on."""
    world = account.world
    world.wall = max(world.wall, wall)
    catch_up(world)
    delivery = world.deliveries.get(args["delivery"])
    if delivery is not None:
        webhooks.attempted(world, delivery, args["status"], args["note"])
        resume(world)
    return json.dumps({"delivery": args["delivery"], "state": delivery.state if delivery else None})


def resend(account: Account, args: Json, wall: int) -> str:
    """Deliver again, at once."""
    account.world.wall = max(account.world.wall, wall)
    delivery = account.world.deliveries.get(args["delivery"])
    if delivery is None or delivery.endpoint not in account.world.endpoints:
        raise invalid(f"There is no delivery '{args['delivery']:.100}' with an endpoint.", param="delivery")
    webhooks.resend(account.world, delivery)
    return json.dumps({"delivery": delivery.id, "state": delivery.state})


def hook(account: Account, args: Json, wall: int) -> str:
    """An endpoint for every event, signed with the server's own secret."""
    world = account.world
    world.wall = max(world.wall, wall)
    endpoint = Endpoint(
        world.new_id("we"), world.wall, args["url"], ["*"], description="harness serve --webhook"
    )
    webhooks.add(world, endpoint)
    return json.dumps({"endpoint": endpoint.id})


def suffer(account: Account, args: Json, wall: int) -> str:
    """A fault of the world itself."""
    account.world.wall = max(account.world.wall, wall)
    afflict(account.world, args["kind"], args["seconds"])
    return json.dumps(args)


def _settings(account: Account) -> str:
    return json.dumps(settings_as_json(account.world.settings))


OPERATIONS: dict[str, Callable[[Account, Json, int], str]] = {
    "request": again,
    "reset": reset,
    "configure": configure,
    "move": move,
    "snapshot": snapshot,
    "restore": restore,
    "attempted": attempted,
    "resend": resend,
    "hook": hook,
    "suffer": suffer,
}
