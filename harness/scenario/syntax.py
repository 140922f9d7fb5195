"""Putting the YAML parser's complaints into our own words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from yaml.error import MarkedYAMLError

from harness.scenario.codes import Code
from harness.scenario.findings import Finding
from harness.scenario.source import Span

if TYPE_CHECKING:
    from yaml import YAMLError

    from harness.scenario.source import Source

# What YAML forbids: control characters other than tab and line ends, surrogates, non-characters.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Saying(NamedTuple):
    """Our words for a complaint; it matches the words of PyYAML's parser in C and of the one in Python."""

    complaint: str
    message: str
    hint: str
    at_context: bool = False


_SAYINGS = (
    _Saying(
        "mapping values are not allowed",
        "a `:` makes a key of what stands before it, and no key can stand here",
        "put a text that holds `: ` in quotes, or check the indentation",
    ),
    _Saying(
        "expected ',' or ']'",
        "the list that begins with `[` on line {line} isn't closed here",
        "add a `]`, or a comma between its entries",
    ),
    _Saying(
        "expected ',' or '}'",
        "the mapping that begins with `{{` on line {line} isn't closed here",
        "add a `}`, or a comma between its entries; put a text that holds `,` or `}` in quotes",
    ),
    _Saying(
        "unexpected end of stream",
        "this quote is never closed",
        "close it on the same line; in single quotes, write '' for an apostrophe",
        at_context=True,
    ),
    _Saying(
        "could not find expected ':'",
        "this looks like a key, but no `:` follows it",
        "add the `:`, or indent the line if it goes on with the value above",
        at_context=True,
    ),
    _Saying(
        "expected key|expected <block end>|expected '-' indicator",
        "this doesn't fit what begins on line {line}",
        "check the indentation: neighbours begin in the same column; nothing may follow a closing quote",
    ),
    _Saying(
        "expected alphabetic or numeric",
        "`*` and `&` begin the name of an alias, and no name follows",
        'put a text that begins so in quotes: "*"',
        at_context=True,
    ),
    _Saying(
        "sequence entries are not allowed",
        "a list can't begin on the line of its key",
        "begin it on the next line, or write it as [a, b]",
    ),
    _Saying(
        "unknown escape|Unicode character escape|expected escape sequence",
        "this isn't an escape that YAML knows",
        "in single quotes a backslash is just a backslash",
    ),
    _Saying(
        "comment or line break|chomping or indentation",
        "`|` and `>` begin a text on the following lines",
        "go on with it on the next line, or put a text that begins so in quotes",
    ),
    _Saying("<document start>", "nothing can follow here", "check the brackets before it"),
    _Saying("node content", "a value should stand here", "put a text that is punctuation in quotes"),
    _Saying(
        "directive|incompatible", "a line that begins with `%` is a directive to the parser", "take it away"
    ),
)


def syntax_finding(source: Source, error: YAMLError) -> Finding:
    """Word what stopped the parser."""
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return _forbidden_character(source)
    problem = error.problem or ""
    at = _span(source, error.problem_mark)
    around = _span(source, error.context_mark) if error.context_mark else at
    character = source.line(at.line)[at.column - 1 : at.column]
    if (character == "\t" and "token" in problem) or "tab character" in problem:
        return Finding(Code.TAB, "a tab stands where YAML wants spaces", at, "indent with spaces")
    if "cannot start any token" in problem:
        rest = source.line(at.line)[at.column - 1 :].split(" #")[0].strip()
        message = f"an unquoted value can't begin with `{character}`"
        return Finding(Code.SYNTAX, message, at, f'put it in quotes: "{rest}"' if len(rest) < 40 else None)
    for saying in _SAYINGS:
        if re.search(saying.complaint, problem):
            place = around if saying.at_context else at
            return Finding(Code.SYNTAX, saying.message.format(line=around.line), place, saying.hint)
    return Finding(Code.SYNTAX, "the YAML parser can't go on here", at, problem or None)


def _span(source: Source, mark: object) -> Span:
    return Span(source, getattr(mark, "line", 0) + 1, getattr(mark, "column", 0) + 1, 1)


def _forbidden_character(source: Source) -> Finding:
    """The parser names no place for these, so it is looked up here."""
    for number, line in enumerate(source.lines, start=1):
        if match := _FORBIDDEN.search(line):
            message = f"the character U+{ord(match[0]):04X} can't stand in YAML"
            hint = 'in double quotes it can be written as an escape: "\\x07"'
            return Finding(Code.SYNTAX, message, Span(source, number, match.start() + 1, 1), hint)
    return Finding(Code.SYNTAX, "the file isn't YAML", Span(source, 1, 1, 1))
