"""Guessing what a mistyped word was meant to be."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST_WORD = 60
_MOST_CANDIDATES = 200


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like a word, or None when none is like it."""
    if len(word) > _LONGEST_WORD:
        return None
    known = {_plain(each): each for each in islice(candidates, _MOST_CANDIDATES)}
    found = get_close_matches(_plain(word), known, n=1)
    return known[found[0]] if found else None


def closest(word: str, candidates: Iterable[str], form: str = "{}") -> str | None:
    """A hint that names the candidate nearest to a word, or None when none is near.

    Args:
        word: what was written.
        candidates: what could have been written.
        form: how a candidate is written in the file.
    """
    found = nearest(word, candidates)
    return f"did you mean `{form.format(found)}`?" if found else None


def one_of(words: Iterable[str]) -> str:
    """Words as a choice: `a, b or c`."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def _plain(word: str) -> str:
    return word.lower().replace("-", "_")
