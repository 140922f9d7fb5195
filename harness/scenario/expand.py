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

    from harness.scenario.sharing import Sharing
    from harness.scenario.source import Mark, Span

# These say what the file is and how it expands; no case sees them with names filled in.
LITERAL_KEYS = ("scenario", "about", "tags")
EXPANSION_KEYS = ("uses", "vars", "cases", "matrix")


class Expanded(NamedTuple):
    """One case's complete document, and the lines of the steps that `when` took out of it."""

    row: Row
    tree: MarkedDict
    dropped: list[Span]
    findings: list[Finding]


def expand(document: MarkedDict, row: Row, variables: Mapping[str, Bound], sharing: Sharing) -> Expanded:
    """Work out one case of a document.

    Args:
        document: the file's root, shared objects already in it.
        row: the case.
        variables: the file's `vars`; the case's own values win over them.
        sharing: what other cases of the file have filled.
    """
    case = _Case(Bindings({**variables, **row.values}), sharing)
    tree = MarkedDict(document.source, document.line)
    for key in document:
        if key not in EXPANSION_KEYS:
            filled, mark = case.section(document, key)
            tree.put(key, filled, document.key_marks[key], mark)
    for key, value in row.own.items():
        if key != "id":
            merged = _merged(tree.get(key), value)
            tree.put(key, merged, row.own.key_span(key), row.own.span(key))
    return Expanded(row, tree, case.dropped, [*case.bindings.findings, *case.findings])


class _Case:
    """The work on one case."""

    def __init__(self, bindings: Bindings, sharing: Sharing) -> None:
        self.bindings = bindings
        self.sharing = sharing
        self.dropped: list[Span] = []
        self.findings: list[Finding] = []

    def section(self, document: MarkedDict, key: str) -> tuple[Any, Mark]:
        """One top-level key's value with names filled in."""
        value, mark = document[key], document.marks[key]
        if key in LITERAL_KEYS or not is_dynamic(value):
            return value, mark
        if key == "steps" and isinstance(value, MarkedList):
            return self.steps(value), mark
        if key == "reactions" and isinstance(value, MarkedList):
            return self.reactions(value), mark
        return self.bindings.entry(document, key)

    def reactions(self, reactions: MarkedList) -> MarkedList:
        """All reactions; `when` decides about the steps in them."""
        made = MarkedList(reactions.source, reactions.line)
        for index, reaction in enumerate(reactions):
            if isinstance(reaction, MarkedDict) and _has_choices(reaction.get("do")):
                made.put(self.reaction(reaction), reactions.marks[index])
            else:
                made.put(*self.sharing.fill(reactions, index, self.bindings))
        return made

    def reaction(self, reaction: MarkedDict) -> MarkedDict:
        """A reaction with its steps."""
        made = MarkedDict(reaction.source, reaction.line)
        for key, value in reaction.items():
            if key == "do" and isinstance(value, MarkedList):
                made.put(key, self.steps(value), reaction.key_marks[key], reaction.marks[key])
            else:
                filled, mark = self.bindings.entry(reaction, key)
                made.put(key, filled, reaction.key_marks[key], mark)
        return made

    def steps(self, steps: MarkedList) -> MarkedList:
        """The steps this case keeps."""
        made = MarkedList(steps.source, steps.line)
        for index, item in enumerate(steps):
            step = self.bindings.entry(steps, index)[0] if isinstance(item, str) else item
            if self.keeps(step):
                made.put(*self.sharing.fill(steps, index, self.bindings))
            else:
                self.dropped.append(steps.span(index))
        return made

    def keeps(self, step: Any) -> bool:
        """Whether `when` holds in this case; a faulty `when` keeps the step, so that it is checked."""
        if not isinstance(step, MarkedDict) or step.get("when") is None:
            return True
        value, _ = self.bindings.fill(step["when"], step.span("when"))
        if isinstance(value, MarkedDict):
            # Each is looked at, so that every unknown name is told.
            matches = [self.matches(name, wanted, value.key_span(name)) for name, wanted in value.items()]
            return all(matches)
        if not isinstance(value, bool | Faulty):
            hint = "write `when: $name` where the case gives true or false, or `when: {name: value}`"
            span = step.span("when")
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


def _has_choices(steps: Any) -> bool:
    """Whether a list of steps can be longer in one case than in another."""
    choices = steps if isinstance(steps, MarkedList) else []
    return any(isinstance(step, str) or (isinstance(step, MarkedDict) and "when" in step) for step in choices)


def _merged(old: Any, new: Any) -> Any:
    """A case's own tags, only_on and xfail come on top of the file's."""
    if isinstance(old, MarkedDict) and isinstance(new, MarkedDict):
        return _merged_dict(old, new)
    if isinstance(old, MarkedList) and isinstance(new, MarkedList):
        return _joined_list(old, new)
    return new


def _merged_dict(old: MarkedDict, new: MarkedDict) -> MarkedDict:
    made = MarkedDict(new.source, new.line)
    for part in (old, new):
        for key in part:
            made.take(part, key)
    return made


def _joined_list(old: MarkedList, new: MarkedList) -> MarkedList:
    made = MarkedList(new.source, new.line)
    for part in (old, new):
        for item, span in part.with_spans():
            made.put(item, span)
    return made
