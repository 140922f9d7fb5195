"""What the harness believes about Stripe, by fact id, and which ids a text cites."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

STATES = ("documented", "observed", "inferred", "known", "assumed", "project", "unknown")
"""On what ground a fact stands: Stripe's word, then weaker ground, our own choices, and open questions."""

GROUPS = ("CLK", "SUB", "INV", "MTR", "PRC", "N", "CHG", "LEG", "PRO", "LIV", "U", "VER", "CON", "UNK")
"""The groups of ids, as they follow each other in the file; `U`, the causes, is written without a dash."""

_NUMBERED = "|".join(group for group in GROUPS if group != "U")
_ID = rf"(?P<group>{_NUMBERED})-(?P<first>\d{{2,3}})"
# "to" wants a whole id after it, since "MTR-20 to 24 hours" is no range. Comments may break the line there.
_RANGE_TO = r"(?:\s*(?:\.\.|–)\s*(?:(?P=group)-)?|[\s#]+to[\s#]+(?P=group)-)(?P<last>\d{2,3})"
_CITED = re.compile(rf"(?<!\w){_ID}(?:{_RANGE_TO})?(?!\w)|(?<!\w)(?P<cause>U\d{{2}})(?!\w)")

# The pure Python parser reads the same where PyYAML was built without libyaml, only more slowly.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Fact:
    """One entry of the ledger.

    Attributes:
        id: such as `MTR-43`, or `U38` for a cause.
        state: one of `STATES`, for the statement as a whole.
        says: the statement, or the question where the state is unknown.
        source: a public address, a repository, or who observed it; empty for guesses and choices of our own.
        also: parts that stand on other ground, by state.
        settled_by: the unknown (`UNK-12`) whose check would settle the statement.
        see: ids of the facts behind a cause.
        check: what would answer an unknown on real Stripe.
    """

    id: str
    state: str
    says: str
    source: str = ""
    also: Mapping[str, str] = field(default_factory=dict)
    settled_by: str | None = None
    see: tuple[str, ...] = ()
    check: str | None = None

    @property
    def group(self) -> str:
        """The letters of the id, one of `GROUPS`."""
        return self.id.rstrip("0123456789-")

    @property
    def unverified(self) -> bool:
        """Whether the statement, or a part of it, is a guess or an open question."""
        return not {"assumed", "unknown"}.isdisjoint({self.state, *self.also})


@cache
def load() -> dict[str, Fact]:
    """Read the ledger that ships with the package, once; the mapping is shared, so leave it as it is.

    Raises:
        TypeError: when an entry has a key that `Fact` doesn't know, or lacks one it needs.
    """
    text = files("harness").joinpath("ledger.yaml").read_text(encoding="utf-8")
    entries: dict[str, dict[str, Any]] = yaml.load(text, Loader=_Loader)  # noqa: S506  # safe, both of them
    return {name: _fact(name, entry) for name, entry in entries.items()}


def _fact(name: str, entry: dict[str, Any]) -> Fact:
    return Fact(id=name, **entry | {"see": tuple(entry.get("see", ()))})


def cited_in(text: str) -> set[str]:
    """Every fact id that a text cites, whether or not the ledger has it.

    Ranges name all ids in between: `CLK-82..89`, `N-01..N-14`, `INV-47–53`, `INV-47 to INV-53`. Causes have
    gaps in their numbers, so a range of those names its two ends only.
    """
    return {name for match in _CITED.finditer(text) for name in _names(match)}


def _names(match: re.Match[str]) -> list[str]:
    if match["cause"]:
        return [match["cause"]]
    first, last = int(match["first"]), int(match["last"] or match["first"])
    numbers = range(first, last + 1) if last >= first else (first, last)
    return [f"{match['group']}-{number:02}" for number in numbers]
