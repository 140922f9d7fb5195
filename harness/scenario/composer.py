"""YAML text in, marked tree out: YAML 1.2 scalars, no tags, no merges, and limits against hostile files."""

from __future__ import annotations

import re
from decimal import Decimal
from sys import intern
from typing import Any

import yaml

from harness.scenario.codes import Code
from harness.scenario.findings import Finding, RefusedError
from harness.scenario.source import Mark, Source, Span, pack, unpack
from harness.scenario.syntax import syntax_finding
from harness.scenario.tree import Faulty, MarkedDict, MarkedList, size_of

MOST_NODES = 100_000
MOST_DEPTH = 100

# The pure Python parser gives the same events where PyYAML was built without libyaml.
_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= dict.fromkeys(("true", "True", "TRUE"), True) | dict.fromkeys(("false", "False", "FALSE"), False)
_INTEGER = re.compile(r"[-+]?[0-9]{1,40}")
_FRACTION = re.compile(r"[-+]?(?:\.[0-9]{1,40}|[0-9]{1,40}(?:\.[0-9]{0,40})?)(?:[eE][-+]?[0-9]{1,2})?")
_SHORT = 64
_NUMERIC_START = frozenset("+-.0123456789")


def resolve_plain(text: str) -> Any:
    """What an unquoted scalar means by YAML 1.2; fractions are exact, other notations stay text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in _NUMERIC_START:
        if _INTEGER.fullmatch(text):
            return int(text)
        if _FRACTION.fullmatch(text):
            return Decimal(text)
    return intern(text) if len(text) < _SHORT else text


def compose(source: Source) -> tuple[Any, Span, list[Finding]]:
    """Read the only document of a text.

    Returns:
        Its root value, the root's place, and what was found on the way that didn't stop the reading.

    Raises:
        RefusedError: when the text isn't YAML, holds no or several documents, or exceeds a limit.
    """
    composer = _Composer(source)
    try:
        root, span = composer.document()
    except yaml.YAMLError as error:
        raise RefusedError(syntax_finding(source, error)) from error
    return root, span, composer.findings


class _Composer:
    """Builds the tree from the parser's events, because the parser's own composer crashes on deep nesting."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.findings: list[Finding] = []
        self._next = _Parser(source.text).get_event
        self._nodes = 0
        self._anchors: dict[str, Any] = {}
        self._open: set[str] = set()

    def document(self) -> tuple[Any, Span]:
        self._next()
        start = self._next()
        if isinstance(start, yaml.StreamEndEvent):
            raise RefusedError(Finding(Code.EMPTY, "the file is empty", Span(self.source, 1, 1, 1)))
        root, mark = self._value(self._next(), 0)
        self._next()
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            self._refuse(
                after, Code.SEVERAL_DOCUMENTS, "a second document begins here", "make a file of each document"
            )
        return root, unpack(self.source, mark)

    def _value(self, event: Any, depth: int) -> tuple[Any, Mark]:
        kind = type(event)
        if kind is yaml.AliasEvent:
            return self._alias(event), _mark(event)
        self._count(event, 1)
        if kind is yaml.ScalarEvent:
            value = resolve_plain(event.value) if event.implicit[0] else event.value
        else:
            value = self._collection(event, depth)
        if event.tag is not None:
            self._note_tag(event)
            value = Faulty(event.tag)
        if event.anchor is not None:
            self._anchors[event.anchor] = value
        return value, _mark(event)

    def _collection(self, event: Any, depth: int) -> MarkedDict | MarkedList:
        if depth >= MOST_DEPTH:
            self._refuse(event, Code.TOO_DEEP, f"this is nested more than {MOST_DEPTH} levels deep")
        if event.anchor is not None:
            self._open.add(event.anchor)
        filled = self._mapping if type(event) is yaml.MappingStartEvent else self._sequence
        value = filled(event, depth)
        self._open.discard(event.anchor)
        return value

    def _mapping(self, event: Any, depth: int) -> MarkedDict:
        made = MarkedDict(self.source, event.start_mark.line + 1)
        while type(key_event := self._next()) is not yaml.MappingEndEvent:
            key, key_mark = self._key(key_event)
            value, mark = self._value(self._next(), depth + 1)
            if key == "<<" and key_event.implicit[0]:
                self._note(
                    self._span(key_event),
                    Code.MERGE_KEY,
                    "`<<` merges aren't part of YAML 1.2",
                    "use `vars` or `uses`",
                )
            elif key in made:
                first = made.key_span(key).line
                self._note(
                    self._span(key_event),
                    Code.DUPLICATE_KEY,
                    f"`{key}` stands here twice",
                    f"it is also on line {first}",
                )
            else:
                made.put(key, value, key_mark, mark)
        return made

    def _sequence(self, event: Any, depth: int) -> MarkedList:
        made = MarkedList(self.source, event.start_mark.line + 1)
        while type(item_event := self._next()) is not yaml.SequenceEndEvent:
            made.put(*self._value(item_event, depth + 1))
        return made

    def _key(self, event: Any) -> tuple[str, Mark]:
        if type(event) is not yaml.ScalarEvent:
            self._refuse(event, Code.BAD_KEY, "a key must be a word, not a list, a mapping or an alias")
        self._count(event, 1)
        if event.tag is not None:
            self._note_tag(event)
        return event.value, _mark(event)

    def _alias(self, event: Any) -> Any:
        if event.anchor in self._open:
            self._refuse(event, Code.BAD_ALIAS, f"`*{event.anchor}` contains itself")
        if event.anchor not in self._anchors:
            self._refuse(event, Code.BAD_ALIAS, f"no `&{event.anchor}` stands before this alias")
        value = self._anchors[event.anchor]
        self._count(event, size_of(value))
        return value

    def _count(self, event: Any, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MOST_NODES:
            self._refuse(
                event,
                Code.TOO_LARGE,
                f"the file holds more than {MOST_NODES:,} values, aliases counted in full",
            )

    def _note_tag(self, event: Any) -> None:
        tag = event.tag.replace("tag:yaml.org,2002:", "!!")
        hint = "quote a value to make it text" if tag == "!!str" else "write plain values"
        self._note(self._span(event), Code.TAG, f"the tag `{tag}` isn't allowed", hint)

    def _note(self, span: Span, code: Code, message: str, hint: str | None = None) -> None:
        self.findings.append(Finding(code, message, span, hint))

    def _refuse(self, event: Any, code: Code, message: str, hint: str | None = None) -> None:
        raise RefusedError(Finding(code, message, self._span(event), hint))

    def _span(self, event: Any) -> Span:
        return unpack(self.source, _mark(event))


def _mark(event: Any) -> Mark:
    start, end = event.start_mark, event.end_mark
    line, column = start.line, start.column
    return pack(line + 1, column + 1, end.column - column if end.line == line else 1)
