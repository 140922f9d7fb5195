"""Worlds as bytes, and back: pickled, and read without running anything that isn't a plain value of ours."""

from __future__ import annotations

import io
import pickle
from typing import Any

_OURS = "harness.simulator."
_PLAIN = {
    ("array", "array"),
    ("array", "_array_reconstructor"),
    ("collections", "deque"),
    ("collections", "OrderedDict"),
    ("collections", "defaultdict"),
    ("copyreg", "_reconstructor"),
    ("decimal", "Decimal"),
    ("random", "Random"),
    *(
        (module, name)
        for module in ("builtins", "__builtin__")
        for name in ("set", "frozenset", "object", "list", "dict", "tuple")
    ),
}


class NotAWorld(ValueError):
    """The bytes hold something that no world holds."""


class _Reader(pickle.Unpickler):
    """Builds classes of the simulator and a few plain ones; nothing else can be named."""

    def find_class(self, module: str, name: str) -> Any:
        """The class that the bytes ask for.

        Raises:
            NotAWorld: it is none that worlds are made of.
        """
        found = None
        if (module, name) in _PLAIN or module.startswith(_OURS):
            found = super().find_class(module, name)
        ours = isinstance(found, type) and found.__module__.startswith(_OURS)
        if found is None or not (ours or (module, name) in _PLAIN):
            raise NotAWorld(f"{module}.{name} has no place in a saved world")
        return found


def dump(value: object) -> bytes:
    """`value` as bytes."""
    return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)


def load(saved: bytes) -> Any:
    """What `dump` saved.

    Raises:
        NotAWorld: the bytes are damaged, or hold something else.
    """
    try:
        return _Reader(io.BytesIO(saved)).load()
    except NotAWorld:
        raise
    except (
        pickle.UnpicklingError,
        EOFError,
        AttributeError,
        ImportError,
        IndexError,
        TypeError,
        ValueError,
    ) as error:
        raise NotAWorld(f"a saved world cannot be read: {error}") from error
