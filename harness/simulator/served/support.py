"""What the simulator serves, as a table: each route with the facts behind it."""

from __future__ import annotations

from harness.simulator import api
from harness.simulator.wire.routes import all_routes


def route_table() -> str:
    """Every route in a line, with the ids of its facts; then what answers 501."""
    rows = [(route.method, route.template, " ".join(route.facts)) for route in all_routes()]
    longest = max(len(template) for _, template, _ in rows)
    served = [f"{method:<7}{template:<{longest}}  {facts}".rstrip() for method, template, facts in rows]
    lacking = [f"501    {pattern}  {words}" for pattern, words in api.NOT_MODELLED.items()]
    return "\n".join([*served, "", "Stripe's own, not modelled here:", *lacking])
