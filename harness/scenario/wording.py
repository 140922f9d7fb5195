"""Putting pydantic's errors into our own words, at the place in the file they speak of."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.scenario.codes import Code
from harness.scenario.errors import GrammarError, shorten
from harness.scenario.findings import Finding
from harness.scenario.patterns import PATTERN_HELP
from harness.scenario.places import locate, locate_key
from harness.scenario.suggest import closest, one_of
from harness.scenario.tree import Faulty
from harness.scenario.unknown_keys import (
    missing_key,
    nothing_there,
    step_without_verb,
    suggested_key,
    unknown_key,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from harness.scenario.source import Span

MOST_FINDINGS = 100

Loc = tuple[str | int, ...]


class Fault(NamedTuple):
    """One error of pydantic's, and the part of the file it is about.

    Attributes:
        error: pydantic's description.
        kind: the type that was asked for at the root.
        tree: the YAML data at the root.
        root: the place of that data.
    """

    error: ErrorDetails
    kind: Any
    tree: Any
    root: Span

    @property
    def loc(self) -> Loc:
        """The path to the value at fault."""
        return self.error["loc"]

    @property
    def span(self) -> Span:
        """The place of the value at fault, or of the key where that is at fault."""
        if self.loc and self.loc[-1] == "[key]":
            return locate_key(self.tree, self.loc[:-1], self.root)
        return locate(self.tree, self.loc, self.root)

    @property
    def subject(self) -> str:
        """What a message calls the value at fault."""
        parts = [part for part in self.loc if isinstance(part, int) or part[0] not in "<["]
        keys = [part for part in parts if isinstance(part, str)]
        if not keys:
            return "this"
        return f"an entry of `{keys[-1]}`" if isinstance(parts[-1], int) else f"`{keys[-1]}`"


def findings_of(
    error: ValidationError, kind: Any, tree: Any, root: Span, skip: Collection[str | int] = ()
) -> list[Finding]:
    """Word all errors of one validation.

    Args:
        error: what pydantic raised.
        kind: the type it validated against.
        tree: the YAML data it validated.
        root: the place of that data.
        skip: first parts of paths whose errors are known already.
    """
    faults = [Fault(each, kind, tree, root) for each in error.errors(include_url=False)]
    told = [fault for fault in faults if not _is_told_elsewhere(fault, skip)][:MOST_FINDINGS]
    followed = {path for fault in told for path in _explains(fault)}
    return [word(fault) for fault in told if (fault.error["type"], fault.loc) not in followed]


def word(fault: Fault) -> Finding:
    """Word one error."""
    kind = fault.error["type"]
    return _WORDINGS.get(kind, _unworded)(fault)


def _is_told_elsewhere(fault: Fault, skip: Collection[str | int]) -> bool:
    # A default that depends on other keys can't be worked out when those are wrong.
    is_consequence = fault.error["type"] == "default_factory_not_called"
    is_faulty = isinstance(fault.error["input"], Faulty)
    return is_consequence or is_faulty or bool(fault.loc and fault.loc[0] in skip)


def _explains(fault: Fault) -> Iterator[tuple[str, Loc]]:
    """The errors that only follow from this one: a typo's missing key, a list with only faulty entries."""
    for length in range(len(fault.loc)):
        yield "too_short", fault.loc[:length]
    if fault.error["type"] == "extra_forbidden":
        meant = suggested_key(fault.kind, fault.loc)
        if meant:
            yield "missing", (*fault.loc[:-1], meant)


def _unknown(fault: Fault) -> Finding:
    return unknown_key(fault.kind, fault.loc, fault.tree, fault.root)


def _missing(fault: Fault) -> Finding:
    return missing_key(fault.kind, fault.loc, fault.tree, fault.root)


def _verbless(fault: Fault) -> Finding:
    if fault.error["input"] is None:
        return no_value(fault)
    return step_without_verb(fault.error["input"], fault.span)


def _grammar(fault: Fault) -> Finding:
    error = fault.error.get("ctx", {}).get("error")
    if not isinstance(error, GrammarError):
        return _unworded(fault)
    if fault.error["input"] is None:
        return no_value(fault)
    loc = (*fault.loc, error.key) if error.key else fault.loc
    return Finding(error.code, error.message, locate(fault.tree, loc, fault.root), error.hint)


def _choice(fault: Fault) -> Finding:
    choices = re.findall(r"'([^']*)'", fault.error["ctx"]["expected"])
    given = fault.error["input"]
    if given is None:
        return no_value(fault)
    shown = shorten(str(given)) if isinstance(given, str | int | Decimal) else "this"
    hint = closest(shown, choices)
    return Finding(Code.NOT_A_CHOICE, f"`{shown}` isn't {one_of(choices)}", fault.span, hint)


def _pattern(fault: Fault) -> Finding:
    what, hint = PATTERN_HELP[fault.error["ctx"]["pattern"]]
    return Finding(Code.BAD_FORM, f"`{shorten(str(fault.error['input']))}` isn't {what}", fault.span, hint)


def no_value(fault: Fault) -> Finding:
    """The finding that a key or a dash stands there with nothing after it."""
    is_entry = not fault.loc or isinstance(fault.loc[-1], int)
    return nothing_there(
        fault.subject, fault.span if is_entry else locate_key(fault.tree, fault.loc, fault.root)
    )


def _wrong_type(wanted: str) -> Callable[[Fault], Finding]:
    def worded(fault: Fault) -> Finding:
        given = fault.error["input"]
        if given is None:
            return no_value(fault)
        return Finding(
            Code.WRONG_TYPE, f"{fault.subject} should be {wanted}", fault.span, _type_hint(wanted, given)
        )

    return worded


def _type_hint(wanted: str, given: Any) -> str | None:
    if wanted == _TEXT and isinstance(given, int | Decimal):
        shown = str(given).lower() if isinstance(given, bool) else str(given)
        return f'put it in quotes: "{shown}"'
    if wanted == _FLAG and isinstance(given, str) and given.lower() in ("yes", "no", "on", "off", "y", "n"):
        return f"YAML 1.2 reads `{given}` as a text; write true or false"
    if isinstance(given, str) and re.fullmatch(r"-?[0-9]+", given) and wanted == _WHOLE:
        return f"take the quotes away: {shorten(given)}"
    found = _described(given)
    return f"this is {found}" if found else None


def _described(given: Any) -> str | None:
    if isinstance(given, dict):
        return "a mapping"
    if isinstance(given, list):
        return "a list"
    if isinstance(given, bool):
        return "a boolean"
    if isinstance(given, int | Decimal):
        return f"the number {shorten(str(given))}"
    return f"the text `{shorten(given)}`" if isinstance(given, str) else None


def _bound(words: str, limit: str) -> Callable[[Fault], Finding]:
    def worded(fault: Fault) -> Finding:
        least = fault.error["ctx"][limit]
        return Finding(Code.OUT_OF_RANGE, f"{fault.subject} should be {words} {least}", fault.span)

    return worded


def _empty_text(fault: Fault) -> Finding:
    return Finding(
        Code.NO_VALUE, f"{fault.subject} is an empty text", fault.span, "write something, or leave it out"
    )


def _empty_list(fault: Fault) -> Finding:
    return Finding(Code.EMPTY_LIST, f"{fault.subject} needs at least one entry", fault.span)


def _unworded(fault: Fault) -> Finding:
    return Finding(Code.RULE, f"{fault.subject} isn't accepted here", fault.span)


_TEXT = "a text"
_WHOLE = "a whole number"
_FLAG = "true or false"
_MAPPING = "a mapping of keys and values"

_WORDINGS: dict[str, Callable[[Fault], Finding]] = {
    "extra_forbidden": _unknown,
    "missing": _missing,
    "union_tag_not_found": _verbless,
    "value_error": _grammar,
    "literal_error": _choice,
    "string_pattern_mismatch": _pattern,
    "string_type": _wrong_type(_TEXT),
    "int_type": _wrong_type(_WHOLE),
    "bool_type": _wrong_type(_FLAG),
    "tuple_type": _wrong_type("a list"),
    "dict_type": _wrong_type(_MAPPING),
    "model_type": _wrong_type(_MAPPING),
    "greater_than_equal": _bound("at least", "ge"),
    "less_than_equal": _bound("at most", "le"),
    "string_too_short": _empty_text,
    "too_short": _empty_list,
}
