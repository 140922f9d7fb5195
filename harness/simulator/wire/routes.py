"""The route table: an endpoint is a function under `@route`, and the table is data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.simulator.wire.params import Fields, fields

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
    """A row of the table: `method`, `template` such as `/v1/customers/{id}`, what it takes, and the facts behind it."""

    method: str
    template: str
    takes: Fields
    facts: tuple[str, ...]
    endpoint: Endpoint
    pattern: re.Pattern[str]

    @property
    def name(self) -> str:
        """`POST /v1/customers`, as printed in lists and documents."""
        return f"{self.method} {self.template}"


_table: list[Route] = []


def route(line: str, *, takes: Fields | None = None, facts: str = "") -> Callable[[Endpoint], Endpoint]:
    """Register the decorated function as the endpoint of `line`, for example `POST /v1/customers/{id}`.

    Args:
        line: method and path template.
        takes: parameters; none when left out. `expand` is always taken.
        facts: ids of the facts that the endpoint implements, separated by blanks.
    """
    method, _, template = line.partition(" ")
    pattern = re.compile("^" + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template) + "$")

    def register(endpoint: Endpoint) -> Endpoint:
        _table.append(Route(method, template, takes or fields(), tuple(facts.split()), endpoint, pattern))
        return endpoint

    return register


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route for a request and the ids in its path, or None. A literal path wins over a template."""
    for candidate in _table:
        if candidate.method == method and (match := candidate.pattern.match(path)):
            return candidate, match.groupdict()
    return None


def all_routes() -> Iterator[Route]:
    """Every route, sorted by template and method. The resources must have been imported (see `app`)."""
    return iter(sorted(_table, key=lambda entry: (entry.template, entry.method)))
