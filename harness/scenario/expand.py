"""From a document to its cases: names filled in, steps kept or dropped by `when`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from harness.scenario.cases import Row
from harness.scenario.codes import Code
from harness.scenario.findings import Finding
from harness.scenario.suggest import closest
from harness.scenario.tree import Faulty, MarkedDict, MarkedList, is_dynamic
from harness.scenario.variables import Bindings, Bound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.scenario.source import Span

# These say what the file is and how it expands; no case sees them with names filled in.
LITERAL_KEYS = ("scenario", "about", "tags")
EXPANSION_KEYS = ("uses", "vars", "cases", "matrix")


class Expanded(NamedTuple):
    """One case's complete document, and the lines of the steps that `when` took out of it."""

    row: Row
    tree: MarkedDict
    dropped: list[Span]
    findings: list[Finding]


def expand(document: MarkedDict, row: Row, variables: Mapping[str, Bound]) -> Expanded:
    """Work out one case of a document.

    Args:
        document: the file's root, shared objects already in it.
        row: the case.
        variables: the file's `vars`; the case's own values win over them.
    """
    case = _Case(row, Bindings({**variables, **row.values}))
    tree = MarkedDict(document.line)
    for key, value in document.items():
        if key not in EXPANSION_KEYS:
            filled, span = case.section(key, value, document.value_spans[key])
            tree.put(key, filled, document.key_spans[key], span)
    for key, value in row.own.items():
        if key != "id":
            merged = _merged(tree.get(key), value)
            tree.put(key, merged, row.own.key_spans[key], row.own.value_spans[key])
    return Expanded(row, tree, case.dropped, [*case.bindings.findings, *case.findings])


class _Case:
    """The work on one case."""

    def __init__(self, row: Row, bindings: Bindings) -> None:
        self.row = row
        self.bindings = bindings
        self.dropped: list[Span] = []
        self.findings: list[Finding] = []

    def section(self, key: str, value: Any, span: Span) -> tuple[Any, Span]:
        """One top-level key's value with names filled in."""
        if key in LITERAL_KEYS or not is_dynamic(value):
            return value, span
        if key == "steps" and isinstance(value, MarkedList):
            return self.steps(value), span
        if key == "reactions" and isinstance(value, MarkedList):
            return self.reactions(value), span
        return self.bindings.fill(value, span)

    def reactions(self, reactions: MarkedList) -> MarkedList:
        """All reactions; `when` decides about the steps in them."""
        made = MarkedList(reactions.line)
        for reaction, span in zip(reactions, reactions.value_spans, strict=True):
            if isinstance(reaction, MarkedDict) and isinstance(reaction.get("do"), MarkedList):
                made.put(self.reaction(reaction), span)
            else:
                made.put(*self.bindings.fill(reaction, span))
        return made

    def reaction(self, reaction: MarkedDict) -> MarkedDict:
        """A reaction with its steps."""
        made = MarkedDict(reaction.line)
        for key, value in reaction.items():
            at = reaction.value_spans[key]
            filled, span = (self.steps(value), at) if key == "do" else self.bindings.fill(value, at)
            made.put(key, filled, reaction.key_spans[key], span)
        return made

    def steps(self, steps: MarkedList) -> MarkedList:
        """The steps this case keeps."""
        made = MarkedList(steps.line)
        for item, at in zip(steps, steps.value_spans, strict=True):
            step, span = self.bindings.fill(item, at) if isinstance(item, str) else (item, at)
            if self.keeps(step):
                made.put(*self.bindings.fill(step, span))
            else:
                self.dropped.append(span)
        return made

    def keeps(self, step: Any) -> bool:
        """Whether `when` holds in this case; a faulty `when` keeps the step, so that it is checked."""
        if not isinstance(step, MarkedDict) or step.get("when") is None:
            return True
        value, _ = self.bindings.fill(step["when"], step.value_spans["when"])
        if isinstance(value, MarkedDict):
            return all(self.matches(name, wanted, value.key_spans[name]) for name, wanted in value.items())
        if not isinstance(value, bool | Faulty):
            hint = "write `when: $name` where the case gives true or false, or `when: {name: value}`"
            span = step.value_spans["when"]
            self.findings.append(
                Finding(Code.BAD_WHEN, "`when` should be true, false or a mapping", span, hint)
            )
        return value is not False

    def matches(self, name: str, wanted: Any, span: Span) -> bool:
        """Whether a name has (one of) these values in this case."""
        if name not in self.bindings:
            hint = closest(name, self.bindings) or "give it a value in `vars`, `cases` or `matrix`"
            self.findings.append(Finding(Code.UNKNOWN_VARIABLE, f"`{name}` has no value", span, hint))
            return True
        found = self.bindings.resolve(name, span).value
        options = wanted if isinstance(wanted, MarkedList) else [wanted]
        return any(type(found) is type(option) and found == option for option in options)


def _merged(old: Any, new: Any) -> Any:
    """A case's own tags, only_on and xfail come on top of the file's."""
    if isinstance(old, MarkedDict) and isinstance(new, MarkedDict):
        return _merged_dict(old, new)
    if isinstance(old, MarkedList) and isinstance(new, MarkedList):
        return _joined_list(old, new)
    return new


def _merged_dict(old: MarkedDict, new: MarkedDict) -> MarkedDict:
    made = MarkedDict(new.line)
    for part in (old, new):
        for key, value in part.items():
            made.put(key, value, part.key_spans[key], part.value_spans[key])
    return made


def _joined_list(old: MarkedList, new: MarkedList) -> MarkedList:
    made = MarkedList(new.line)
    for part in (old, new):
        for item, span in zip(part, part.value_spans, strict=True):
            made.put(item, span)
    return made
