"""The route table: an endpoint is a function under `@route`, and the table is data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.simulator.wire.params import Fields, fields
from harness.simulator.wire.versions import at_least

if TYPE_CHECKING:
    from harness.simulator.world import World


@dataclass(frozen=True)
class Call:
    """One request, decoded and validated, as an endpoint sees it.

    `params` holds only the keys that were sent, parsed; `path` the ids in the path by name
    (`{"id": "cus_…"}`); `version` is the request's `Stripe-Version`.
    """

    world: World
    params: dict[str, Any]
    path: dict[str, str]
    version: str


Endpoint = Callable[[Call], dict[str, Any]]


@dataclass(frozen=True)
class Route:
    """A row of the table: method, template such as `/v1/customers/{id}`, parameters, the facts behind it.

    `since` is the date of the first API version that has the route, `until` of the first without it, or None.
    """

    method: str
    template: str
    takes: Fields
    facts: tuple[str, ...]
    endpoint: Endpoint
    pattern: re.Pattern[str]
    since: str | None = None
    until: str | None = None

    def serves(self, version: str) -> bool:
        """Whether a `Stripe-Version` has this route."""
        came = self.since is None or at_least(version, self.since)
        return came and (self.until is None or not at_least(version, self.until))

    @property
    def name(self) -> str:
        """`POST /v1/customers`, as printed in lists and documents."""
        return f"{self.method} {self.template}"


_table: list[Route] = []
_by_shape: dict[tuple[str, int], list[Route]] = {}
"""The same rows by method and number of slashes, literal paths before templates."""


def route(
    line: str,
    *,
    takes: Fields | None = None,
    facts: str = "",
    since: str | None = None,
    until: str | None = None,
) -> Callable[[Endpoint], Endpoint]:
    """Register the decorated function as the endpoint of `line`, for example `POST /v1/customers/{id}`.

    Args:
        line: method and path template.
        takes: parameters; none when left out. `expand` is always taken.
        facts: ids of the facts that the endpoint implements, separated by blanks.
        since: date of the first API version with it, for a route newer than the oldest version served.
        until: date of the first API version without it, for a route that Stripe has removed.
    """
    method, _, template = line.partition(" ")
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))

    def register(endpoint: Endpoint) -> Endpoint:
        row = Route(
            method, template, takes or fields(), tuple(facts.split()), endpoint, pattern, since, until
        )
        _table.append(row)
        shape = _by_shape.setdefault((method, template.count("/")), [])
        shape.append(row)
        shape.sort(key=lambda each: each.template.count("{"))
        return endpoint

    return register


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route for a request and the ids in its path, or None. A literal path wins over a template."""
    for candidate in _by_shape.get((method, path.count("/")), []):
        if match := candidate.pattern.fullmatch(path):
            return candidate, match.groupdict()
    return None


def methods_of(path: str) -> list[str]:
    """The methods that `path` answers to."""
    return [row.method for row in _table if row.pattern.fullmatch(path)]


def all_routes() -> Iterator[Route]:
    """Every route, sorted by template and method. The resources must have been imported (see `app`)."""
    return iter(sorted(_table, key=lambda entry: (entry.template, entry.method)))
