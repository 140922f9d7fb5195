"""Guessing what a mistyped word was meant to be."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST_WORD = 60
_MOST_CANDIDATES = 200


def closest(word: str, candidates: Iterable[str], form: str = "{}") -> str | None:
    """A hint that names the candidate nearest to a word, or None when none is near.

    Args:
        word: what was written.
        candidates: what could have been written.
        form: how a candidate is written in the file.
    """
    if len(word) > _LONGEST_WORD:
        return None
    known = {each.lower(): each for each in islice(candidates, _MOST_CANDIDATES)}
    found = get_close_matches(word.lower(), known, n=1)
    return f"did you mean `{form.format(known[found[0]])}`?" if found else None
