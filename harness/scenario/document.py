"""From a file's text to its cases and findings: compose, share, expand, build, check."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from harness.scenario.build import Builder
from harness.scenario.case import Case, Marks
from harness.scenario.cases import rows_of
from harness.scenario.codes import Code
from harness.scenario.composer import compose
from harness.scenario.expand import expand
from harness.scenario.findings import Collected, Finding, RefusedError
from harness.scenario.labels import check_labels
from harness.scenario.shared import with_shared
from harness.scenario.sharing import Sharing
from harness.scenario.static import missing_values, unused_names
from harness.scenario.tree import MarkedDict, MarkedList
from harness.scenario.variables import Bound, bad_name, is_name

if TYPE_CHECKING:
    from pathlib import Path

    from harness.scenario.cases import Row
    from harness.scenario.expand import Expanded
    from harness.scenario.source import Source, Span

MOST_EXPANDED_NODES = 500_000


class Document:
    """One file's content on its way to cases.

    Attributes:
        found: everything wrong so far.
        cases: the cases with which nothing is wrong.
        content: the root mapping as written; empty when there is none.
        checked: how many cases were looked at.
    """

    def __init__(self, source: Source, path: Path, root: Path | None) -> None:
        self.found = Collected()
        self.cases: list[Case] = []
        self.content = MarkedDict()
        self.rows: list[Row] = []
        self.checked = 0
        self._path = path
        self._root = root
        self._shown = source.name
        self._read(source)

    def _read(self, source: Source) -> None:
        try:
            content, span, findings = compose(source)
            self.found.add(findings)
            self._expand(_as_mapping(content, span), span)
        except RefusedError as refused:
            self.found.add([refused.finding])

    def _expand(self, content: MarkedDict, span: Span) -> None:
        self.content = content
        findings: list[Finding] = []
        document, variables = with_shared(content, self._path, self._root, findings)
        variables.update(_variables(content, findings))
        self.rows = rows_of(content, findings)
        self.found.add([*findings, *missing_values(content), *unused_names(content)])
        self._build(document, variables, span)

    def _build(self, document: MarkedDict, variables: dict[str, Bound], span: Span) -> None:
        """Work out the cases one by one, until there is more wrong than anyone reads at once."""
        builder, sharing, size = Builder(), Sharing(), 0
        dropped: Counter[Span] = Counter()
        for row in self.rows:
            expanded = expand(document, row, variables, sharing)
            size += expanded.tree.size
            if size > MOST_EXPANDED_NODES:
                message = f"the cases hold more than {MOST_EXPANDED_NODES:,} values together"
                raise RefusedError(Finding(Code.TOO_LARGE, message, span, "spread them over several files"))
            dropped.update(expanded.dropped)
            self._check(builder, expanded, Marks(expanded.tree, span))
            if self.found.is_full:
                return
        self.found.add(_never_run([place for place, count in dropped.items() if count == len(self.rows)]))

    def _check(self, builder: Builder, expanded: Expanded, marks: Marks) -> None:
        built = builder.build(expanded.tree, marks.root)
        findings = [*expanded.findings, *built.findings, *check_labels(built.parts, expanded.tree)]
        self.found.add(findings, expanded.row.id)
        self.checked += 1
        if built.scenario is not None and not findings:
            self.cases.append(self._case(expanded.row, built.scenario, marks))

    def _case(self, row: Row, scenario: Any, marks: Marks) -> Case:
        stem = self._path.stem
        name = stem if row.id is None else f"{stem}[{row.id}]"
        values = {key: bound.value for key, bound in row.values.items()}
        return Case(self._shown, row.id, name, scenario, marks, values)


def _as_mapping(content: Any, span: Span) -> MarkedDict:
    if isinstance(content, MarkedDict):
        return content
    message = "a scenario file should be a mapping of keys and values"
    raise RefusedError(Finding(Code.WRONG_TYPE, message, span, "begin with `scenario: What it shows`"))


def _variables(content: MarkedDict, findings: list[Finding]) -> dict[str, Bound]:
    """The file's own `vars`."""
    given = content.get("vars")
    if given is None:
        return {}
    if not isinstance(given, MarkedDict):
        message = "`vars` should be a mapping of names and values"
        findings.append(Finding(Code.WRONG_TYPE, message, content.key_span("vars")))
        return {}
    findings += [bad_name(name, given.key_span(name)) for name in given if not is_name(name)]
    return {name: Bound(value, given.span(name)) for name, value in given.items()}


def _never_run(places: list[Span]) -> list[Finding]:
    message = "`when` is true in no case, so this step never runs"
    return [Finding(Code.NEVER_RUNS, message, place) for place in places]


def text_of(content: MarkedDict, key: str) -> str | None:
    """A top-level text, when it is one."""
    value = content.get(key)
    return value if isinstance(value, str) else None


def texts_of(content: MarkedDict, key: str) -> tuple[str, ...]:
    """A top-level list's texts."""
    value = content.get(key)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, MarkedList) else ()
