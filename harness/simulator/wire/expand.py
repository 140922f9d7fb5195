"""Expansion: ids in an answer become the objects they name (PRO-15)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.simulator.wire.errors import invalid
from harness.simulator.wire.expandable import NOTHING, OBJECT_OF_PATH, SINGLE, expandable

if TYPE_CHECKING:
    from harness.simulator.wire.routes import Route
    from harness.simulator.world import World

DEEPEST = 4


def kind_of(route: Route) -> str:
    """What a route answers with: an object's name, `[name]` for a list, or the empty string for neither.

    The v2 API has no expansion (MTR-107).
    """
    parts = route.template.split("/")
    for length in range(len(parts), 0, -1):
        path = "/".join(parts[:length])
        if name := OBJECT_OF_PATH.get(path):
            lists = route.method == "GET" and length == len(parts) and path not in SINGLE
            return f"[{name}]" if lists else name
    return ""


@dataclass(frozen=True)
class View:
    """Whose objects are shown, and how: `shape` gives a wire form its look in the API version `version`."""

    world: World
    version: str
    shape: Callable[[dict[str, Any]], dict[str, Any]]


def check(kind: str, wanted: list[str], version: str) -> None:
    """Refuse what cannot be expanded, before the request changes anything.

    Raises:
        StripeError: 400 naming the path.
    """
    for path in wanted:
        segments = (path or "").split(".")
        if len(segments) > DEEPEST:
            raise invalid(
                f"You cannot expand more than {DEEPEST} levels of a property. Property: {path[:200]}"
            )
        if not _reachable(kind, segments, version):
            raise invalid(f"This property cannot be expanded ({(path or '')[:200]}).", param="expand")


def expand(view: View, answer: dict[str, Any], kind: str, wanted: list[str]) -> dict[str, Any]:
    """`answer` with the wanted members expanded in place; `wanted` must have passed `check`."""
    for path in wanted:
        _expand(view, answer, kind, path.split("."))
    return answer


def _reachable(kind: str, segments: list[str], version: str) -> bool:
    if kind.startswith("["):
        return len(segments) > 1 and segments[0] == "data" and _reachable(kind[1:-1], segments[1:], version)
    member, target, rest = _step(kind, segments, version)
    if not member:
        return False
    if target.startswith("{") and rest:
        return len(rest) == 1 or rest[1:] == [target[1:-1]]
    return not rest or not target or rest == ["data"] or _reachable(target, rest, version)


def _step(kind: str, segments: list[str], version: str) -> tuple[list[str], str, list[str]]:
    """The longest expandable member that `segments` starts with, its target, and the segments after it."""
    members = expandable(kind, version)
    for length in range(len(segments), 0, -1):
        target = members.get(".".join(segments[:length]))
        if target is not None:
            return segments[:length], target, segments[length:]
    return [], "", segments


def _expand(view: View, value: Any, kind: str, segments: list[str]) -> None:
    if isinstance(value, list):
        for each in value:
            _expand(view, each, kind, segments)
        return
    if not isinstance(value, dict) or value.get("deleted"):
        return
    if kind.startswith("["):
        for row in value["data"]:
            _expand(view, row, kind[1:-1], segments[1:])
        return
    member, target, rest = _step(kind, segments, view.version)
    for holder in _holders(value, member[:-1]):
        reached = _fill(view, value, holder, member[-1], target)
        if not rest or not target or reached is None:
            continue
        if target.startswith("{"):
            _deepen(view, value, reached, [*member, *rest])
        else:
            _expand(view, reached, target, rest)


def _holders(value: Any, path: list[str]) -> list[dict[str, Any]]:
    """The hashes at a path, which may lead through arrays of them."""
    if isinstance(value, list):
        return [holder for each in value for holder in _holders(each, path)]
    if not isinstance(value, dict):
        return []
    return _holders(value.get(path[0]), path[1:]) if path else [value]


def _fill(view: View, value: dict[str, Any], holder: dict[str, Any], key: str, target: str) -> Any:
    """Replace the id at `key` by its object, or add what appears only when expanded; the result."""
    if isinstance(holder.get(key), str) and target != NOTHING:
        holder[key] = _named(view, holder[key])
    elif isinstance(holder.get(key), list) and target != NOTHING:
        holder[key] = [_named(view, each) for each in holder[key]]
    elif key not in holder:
        _include(view, value, key)
    return holder.get(key)


def _named(view: View, known: Any) -> Any:
    """The object that an id names; anything else as it is."""
    named = view.world.find(known) if isinstance(known, str) else None
    return view.shape(named.render(view.world)) if named else known


def _deepen(view: View, value: dict[str, Any], reached: Any, path: list[str]) -> None:
    """Add what appears only when expanded inside a hash with free keys; what isn't there is passed over."""
    *_, key, name = path
    included = _included(view, value, ".".join(path))
    if included is not None:
        reached[key][name] = included


def _include(view: View, value: dict[str, Any], key: str) -> None:
    included = _included(view, value, key)
    if included is not None:
        value[key] = view.shape(included) if isinstance(included, dict) else included


def _included(view: View, value: dict[str, Any], key: str) -> Any:
    include = getattr(view.world.find(str(value.get("id"))), "include", None)
    return include(view.world, key) if include else None
