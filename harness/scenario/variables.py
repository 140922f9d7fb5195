"""`$name` stands for a whole value: what a case's names are bound to, and putting it in their place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.scenario.codes import Code
from harness.scenario.errors import shorten
from harness.scenario.findings import Finding
from harness.scenario.instants import OFFSET_PATTERN
from harness.scenario.source import Mark, Span
from harness.scenario.suggest import closest
from harness.scenario.tree import Faulty, MarkedDict, MarkedList, is_dynamic

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_NAMES_DEEP = 50

NAME_PATTERN = r"[A-Za-z_][A-Za-z0-9_]*"
_NAME = re.compile(NAME_PATTERN)
_USE = re.compile(rf"\$(?P<name>{NAME_PATTERN})(?P<offsets>(?:{OFFSET_PATTERN})*)")


class Bound(NamedTuple):
    """A name's value and where it is written."""

    value: Any
    span: Span


def is_name(text: str) -> bool:
    """Whether a variable can be called this."""
    return _NAME.fullmatch(text) is not None


def bad_name(name: str, span: Span) -> Finding:
    """The finding that a variable can't be called this."""
    hint = "names have letters, digits and _, and don't begin with a digit"
    return Finding(Code.BAD_VARIABLE, f"`{shorten(name)}` can't be the name of a variable", span, hint)


def names_used(value: Any) -> Iterator[str]:
    """Every `$name` within a value, in order, repeated; the keys of a `when` mapping count too."""
    if isinstance(value, str):
        match = _USE.fullmatch(value)
        if match:
            yield match["name"]
    elif isinstance(value, MarkedDict) and value.dynamic:
        if isinstance(value.get("when"), MarkedDict):
            yield from value["when"]
        for item in value.values():
            yield from names_used(item)
    elif isinstance(value, MarkedList) and value.dynamic:
        for item in value:
            yield from names_used(item)


class Bindings:
    """The names one case may use; values may use other names themselves.

    Attributes:
        findings: the names that couldn't be resolved so far.
    """

    def __init__(self, bound: dict[str, Bound]) -> None:
        self._bound = bound
        self.findings: list[Finding] = []
        self._resolved: dict[str, Bound] = {}
        self._resolving: list[str] = []

    def __contains__(self, name: str) -> bool:
        """Whether the name is bound."""
        return name in self._bound

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self._bound)

    def resolve(self, name: str, used_at: Span) -> Bound:
        """What a name stands for; `Faulty` when it can't be told."""
        if name not in self._bound:
            hint = closest(name, self._bound, "${}") or "give it a value in `vars`, `cases` or `matrix`"
            return self._unfilled(name, Code.UNKNOWN_VARIABLE, f"`${name}` has no value", used_at, hint)
        if name not in self._resolved:
            self._resolved[name] = self._work_out(name, used_at)
        return self._resolved[name]

    def _work_out(self, name: str, used_at: Span) -> Bound:
        if name in self._resolving:
            chain = " -> ".join(
                f"${each}" for each in (*self._resolving[self._resolving.index(name) :], name)
            )
            return self._unfilled(
                name, Code.CIRCULAR_VARIABLE, f"`${name}` stands for itself: {chain}", used_at
            )
        if len(self._resolving) >= MOST_NAMES_DEEP:
            message = f"`${name}` stands at the end of a chain of more than {MOST_NAMES_DEEP} names"
            return self._unfilled(name, Code.CIRCULAR_VARIABLE, message, used_at)
        self._resolving.append(name)
        bound = Bound(*self.fill(*self._bound[name]))
        self._resolving.pop()
        return bound

    def _unfilled(self, text: str, code: Code, message: str, span: Span, hint: str | None = None) -> Bound:
        self.findings.append(Finding(code, message, span, hint))
        return Bound(Faulty(text), span)

    def fill(self, value: Any, span: Span) -> tuple[Any, Span]:
        """Put values in the place of names; what has no names is shared, not copied.

        Returns:
            The value and its place, which is where the variable was given its value.
        """
        if isinstance(value, str):
            return self._fill_text(value, span) if value.startswith("$") else (value, span)
        return (self._fill_inside(value), span) if is_dynamic(value) else (value, span)

    def entry(self, around: Any, key: str | int) -> tuple[Any, Mark]:
        """Fill one entry of a marked mapping or list, for a mapping or list of the same source."""
        item = around[key]
        if isinstance(item, str) and is_dynamic(item):
            return self._fill_text(item, around.span(key))
        return (self._fill_inside(item) if is_dynamic(item) else item), around.marks[key]

    def _fill_inside(self, value: MarkedDict | MarkedList) -> MarkedDict | MarkedList:
        if isinstance(value, MarkedList):
            items = MarkedList(value.source, value.line)
            for index in range(len(value)):
                items.put(*self.entry(value, index))
            return items
        made = MarkedDict(value.source, value.line)
        for key in value:
            filled, mark = self.entry(value, key)
            made.put(key, filled, value.key_marks[key], mark)
        return made

    def _fill_text(self, text: str, span: Span) -> tuple[Any, Span]:
        if text.startswith("$$"):
            return text[1:], span
        match = _USE.fullmatch(text)
        if match is None:
            return self._unfilled(text, Code.BAD_VARIABLE, _BAD_USE, span, _hint_for(text))
        bound = self.resolve(match["name"], span)
        if not match["offsets"] or isinstance(bound.value, Faulty):
            return bound.value, _used(bound.span, span)
        if not isinstance(bound.value, str):
            message = f"`${match['name']}` isn't an instant here, so no duration can follow it"
            return self._unfilled(text, Code.BAD_VARIABLE, message, span)
        return f"{bound.value}{match['offsets']}", span


def _used(place: Span, used_at: Span) -> Span:
    return Span(place.source, place.line, place.column, place.width, used_at)


_BAD_USE = "`$` begins the name of a variable, and this isn't one"


def _hint_for(text: str) -> str:
    escape = "a text that begins with a dollar sign is written with two: $$"
    if re.match(r"\$[0-9]", text):
        return f"money is written 0.84 usd; {escape}"
    return f"`$name` stands for a whole value; {escape}"
