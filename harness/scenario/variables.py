"""`$name` stands for a whole value: what a case's names are bound to, and putting it in their place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.scenario.codes import Code
from harness.scenario.findings import Finding
from harness.scenario.instants import OFFSET_PATTERN
from harness.scenario.suggest import closest
from harness.scenario.tree import Faulty, MarkedDict, MarkedList

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.scenario.source import Span

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
        if name not in self._bound:
            hint = closest(name, self._bound, "${}") or "give it a value in `vars`, `cases` or `matrix`"
            return self._unfilled(name, Code.UNKNOWN_VARIABLE, f"`${name}` has no value", used_at, hint)
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
        if isinstance(value, MarkedDict) and value.dynamic:
            return self._fill_dict(value), span
        if isinstance(value, MarkedList) and value.dynamic:
            return self._fill_list(value), span
        return value, span

    def _fill_dict(self, value: MarkedDict) -> MarkedDict:
        made = MarkedDict(value.line)
        for key, item in value.items():
            filled, span = self.fill(item, value.value_spans[key])
            made.put(key, filled, value.key_spans[key], span)
        return made

    def _fill_list(self, value: MarkedList) -> MarkedList:
        made = MarkedList(value.line)
        for item, span in zip(value, value.value_spans, strict=True):
            made.put(*self.fill(item, span))
        return made

    def _fill_text(self, text: str, span: Span) -> tuple[Any, Span]:
        if text.startswith("$$"):
            return text[1:], span
        match = _USE.fullmatch(text)
        if match is None:
            return self._unfilled(text, Code.BAD_VARIABLE, _BAD_USE, span, _hint_for(text))
        bound = self.resolve(match["name"], span)
        if not match["offsets"] or isinstance(bound.value, Faulty):
            return bound.value, bound.span._replace(used_at=span)
        if not isinstance(bound.value, str):
            message = f"`${match['name']}` isn't an instant here, so no duration can follow it"
            return self._unfilled(text, Code.BAD_VARIABLE, message, span)
        return f"{bound.value}{match['offsets']}", span


_BAD_USE = "`$` begins the name of a variable, and this isn't one"


def _hint_for(text: str) -> str:
    escape = "a text that begins with a dollar sign is written with two: $$"
    if re.match(r"\$[0-9]", text):
        return f"money is written 0.84 usd; {escape}"
    return f"`$name` stands for a whole value; {escape}"
