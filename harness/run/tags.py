"""How what a run makes on a shared account is marked: whose it is, and until when it is needed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from harness.backends import Backend

LIFE_SECONDS = 6 * 3_600
"""A case takes minutes; what is older than this was left behind."""
MOST_NAME = 300
_NAME = re.compile(r"harness run=(?P<run>\S+) owner=(?P<owner>\S+) until=(?P<until>\S+)")
_KEYS = ("harness_run", "harness_owner", "harness_until")


@dataclass(frozen=True)
class Tag:
    """Who made something, in which run, and when it has no use any more (wall time, unix seconds)."""

    run_id: str
    owner: str
    expires_at: int

    @property
    def until(self) -> str:
        """The expiry as it is written into tags."""
        return datetime.fromtimestamp(self.expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def tag_of(backend: Backend) -> Tag:
    """The tag of what this backend's run makes from now on."""
    return Tag(backend.run_id, backend.owner, backend.wall() + LIFE_SECONDS)


def clock_name(tag: Tag, title: str) -> str:
    """A test clock's name, which is the only place it has for a tag (CLK-12, LIV-35)."""
    return f"harness run={tag.run_id} owner={tag.owner} until={tag.until} {title}"[:MOST_NAME]


def metadata(tag: Tag) -> dict[str, str]:
    """The same tag for objects that have metadata."""
    return dict(zip(_KEYS, (tag.run_id, tag.owner, tag.until), strict=True))


def tag_in_name(name: str | None) -> Tag | None:
    """The tag in a clock's name; None for a clock that isn't ours."""
    found = _NAME.match(name or "")
    return _tag(found["run"], found["owner"], found["until"]) if found else None


def tag_in_metadata(found: dict[str, str] | None) -> Tag | None:
    """The tag in metadata; None for an object that isn't ours."""
    values = [(found or {}).get(key) for key in _KEYS]
    run, owner, until = values
    return _tag(run, owner, until) if run and owner and until else None


def _tag(run: str, owner: str, until: str) -> Tag | None:
    try:
        return Tag(run, owner, int(datetime.fromisoformat(until).timestamp()))
    except ValueError:
        return None
