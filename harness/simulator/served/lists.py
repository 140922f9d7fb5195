"""Lists that run behind: what was made a moment ago is not in them yet."""

from __future__ import annotations

import json

from harness.simulator.app import Request, Response
from harness.simulator.served.account import ServedWorld


def without_newest(world: ServedWorld, request: Request, response: Response) -> Response:
    """The answer to a list request as Stripe might give it, without the newest rows; any other as it is."""
    if request.method != "GET" or response.status != 200:
        return response
    decoded = json.loads(response.body)
    if decoded.get("object") != "list":
        return response
    hidden = world.unlisted()
    decoded["data"] = [row for row in decoded["data"] if row.get("id") not in hidden]
    return Response(response.status, json.dumps(decoded), response.headers)
