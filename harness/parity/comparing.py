"""Two results of one case, field by field, worst difference first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness.parity.known import rule_for

MISSING = "(missing)"


@dataclass(frozen=True)
class Difference:
    """One field on which two runs disagree.

    Args:
        path: where in the result, its parts joined by `/`.
        left: the first run's value, `(missing)` where it has none.
        right: the second run's.
        weight: how bad that is; money and quantities weigh most.
        facts: ids of the facts about Stripe that would be wrong.
    """

    path: str
    left: Any
    right: Any
    weight: int
    facts: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "path": self.path,
            "left": self.left,
            "right": self.right,
            "weight": self.weight,
            "facts": list(self.facts),
        }


def compare(left: Any, right: Any) -> list[Difference]:
    """Every field that differs between two results, worst first, then in the order of the results.

    Refusals are compared at steps that both runs took: a step may be meant for one backend alone.
    """
    left, right = _at_common_steps(left, right), _at_common_steps(right, left)
    found = [
        Difference(path, one, other, rule.weight, rule.facts)
        for path, one, other in _differing(left, right, "")
        for rule in [rule_for(path)]
    ]
    return sorted(found, key=lambda difference: -difference.weight)


def _at_common_steps(result: Any, other: Any) -> Any:
    if not all(isinstance(side, dict) and "steps" in side for side in (result, other)):
        return result
    common = {str(line) for line in result["steps"] if line in other["steps"]}
    kept = {name: each for name, each in result["refusals"].items() if name.partition(",")[0] in common}
    return {name: each for name, each in result.items() if name != "steps"} | {"refusals": kept}


def _differing(left: Any, right: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(left, dict) and isinstance(right, dict):
        for name in [*left, *(name for name in right if name not in left)]:
            yield from _differing(left.get(name, MISSING), right.get(name, MISSING), _joined(path, name))
    elif isinstance(left, list) and isinstance(right, list):
        for index in range(max(len(left), len(right))):
            one, other = (side[index] if index < len(side) else MISSING for side in (left, right))
            yield from _differing(one, other, _joined(path, str(index)))
    elif not _equal(left, right):
        yield path, left, right


def _equal(left: Any, right: Any) -> bool:
    """Whether two values say the same; a member that is missing says what a null one says."""
    empty = (None, MISSING)
    same = left == right and isinstance(left, bool) == isinstance(right, bool)
    return same or (left in empty and right in empty)


def _joined(path: str, name: str) -> str:
    name = name.replace("/", "|")
    return f"{path}/{name}" if path else name
