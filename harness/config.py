"""Settings: flags first, then the environment, then `[tool.harness]` in pyproject.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BACKENDS = ("simulator", "stripe")
DEFAULT_TRACES = ".harness/last"
KNOWN = ("backend", "traces", "api_base", "rate_store")


class BadSetting(Exception):
    """A setting that cannot be used. The message says where it stands and what is allowed."""


@dataclass(frozen=True)
class Settings:
    """What a run needs to know.

    Args:
        backend: `simulator` or `stripe`.
        traces: the folder for trace files, relative to the root unless absolute.
        api_base: for the stripe backend, a server on this machine in Stripe's place.
        rate_store: for the stripe backend, where processes that share its rate meet: a file, or `redis://…`.
    """

    backend: str = "simulator"
    traces: str = DEFAULT_TRACES
    api_base: str | None = None
    rate_store: str | None = None


def resolve(flags: Mapping[str, str | None], environment: Mapping[str, str], root: Path) -> Settings:
    """The settings in force.

    Args:
        flags: by name; None where the flag was not given.
        environment: `HARNESS_BACKEND`, `HARNESS_TRACES`, `HARNESS_API_BASE`, `HARNESS_RATE_STORE`.
        root: the folder whose pyproject.toml may hold `[tool.harness]`.

    Raises:
        BadSetting: an unknown backend, or a `[tool.harness]` key that there is none of.
    """
    table = _table(root / "pyproject.toml")
    found: dict[str, str] = {}
    for name in KNOWN:
        places = (
            (f"--{name.replace('_', '-')}", flags.get(name)),
            (f"HARNESS_{name.upper()}", environment.get(f"HARNESS_{name.upper()}") or None),
            (f"[tool.harness] {name}", table.get(name)),
        )
        place, value = next(((place, value) for place, value in places if value is not None), ("", None))
        if value is not None:
            found[name] = _checked(name, str(value), place)
    return Settings(**found)


def _checked(name: str, value: str, place: str) -> str:
    if name == "backend" and value not in BACKENDS:
        raise BadSetting(f"{place}: there is no backend `{value}`; choose from {', '.join(BACKENDS)}")
    return value


def _table(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("harness", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSetting(f"{path}: {error}") from error
    for key in table:
        if key not in KNOWN:
            raise BadSetting(f"{path}: [tool.harness] has no setting `{key}`; there are {', '.join(KNOWN)}")
    return dict(table)
