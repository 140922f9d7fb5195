"""`uses`: meters, prices, customers and variables that several files share."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.scenario.codes import Code
from harness.scenario.composer import compose
from harness.scenario.findings import Finding, RefusedError
from harness.scenario.reader import read_source
from harness.scenario.suggest import closest, one_of
from harness.scenario.tree import MarkedDict, MarkedList
from harness.scenario.variables import Bound

if TYPE_CHECKING:
    from pathlib import Path

    from harness.scenario.source import Span

SHARED_OBJECTS = ("meters", "prices", "customers")
SHARED_KEYS = (*SHARED_OBJECTS, "vars")
SUFFIXES = (".shared.yaml", ".shared.yml")


class Shared(NamedTuple):
    """A document with what it uses put in, and the variables it uses from elsewhere."""

    document: MarkedDict
    variables: dict[str, Bound]


def with_shared(document: MarkedDict, path: Path, root: Path | None, findings: list[Finding]) -> Shared:
    """Put the objects of all `uses` files into a document.

    Args:
        document: the scenario file's root.
        path: the scenario file; `uses` is relative to its folder.
        root: the folder that shown paths are relative to.
        findings: where problems go.
    """
    if "uses" not in document:
        return Shared(document, {})
    made = Shared(_copy(document), {})
    for name, span in _named(document["uses"], document.span("uses"), findings):
        try:
            _take(made, path.parent / name, root, span, findings)
        except RefusedError as refused:
            findings.append(refused.finding)
    return made


def _named(uses: Any, span: Span, findings: list[Finding]) -> list[tuple[str, Span]]:
    entries = list(uses.with_spans()) if isinstance(uses, MarkedList) else [(uses, span)]
    found = []
    for name, at in entries:
        if isinstance(name, str) and name.endswith(SUFFIXES) and not PurePosixPath(name).is_absolute():
            found.append((name, at))
        else:
            hint = "write the relative path of a file that ends in .shared.yaml"
            findings.append(Finding(Code.BAD_USES, "`uses` can't use this", at, hint))
    return found


def _take(made: Shared, path: Path, root: Path | None, span: Span, findings: list[Finding]) -> None:
    try:
        source = read_source(path, root)
    except RefusedError as refused:
        hint = closest(path.name, _siblings(path)) or "the path is relative to this file's folder"
        findings.append(Finding(Code.BAD_USES, refused.finding.message, span, hint))
        return
    content, root_span, found = compose(source)
    findings += found
    if not isinstance(content, MarkedDict):
        findings.append(
            Finding(Code.BAD_USES, f"a shared file should have keys: {one_of(SHARED_KEYS)}", root_span)
        )
        return
    for key, value in content.items():
        _take_section(made, key, value, content.key_span(key), findings)


def _siblings(path: Path) -> list[str]:
    try:
        return sorted(each.name for each in path.parent.iterdir() if each.name.endswith(SUFFIXES))
    except OSError:
        return []  # the folder isn't there either, so there is nothing to suggest


def _take_section(made: Shared, key: str, value: Any, span: Span, findings: list[Finding]) -> None:
    if key not in SHARED_KEYS:
        hint = closest(key, SHARED_KEYS) or f"a shared file holds only {', '.join(SHARED_KEYS)}"
        findings.append(Finding(Code.UNKNOWN_KEY, f"`{key}` can't be shared", span, hint))
    elif not isinstance(value, MarkedDict):
        findings.append(Finding(Code.WRONG_TYPE, f"`{key}` should be a mapping of keys and values", span))
    elif key == "vars":
        for name, item in value.items():
            made.variables.setdefault(name, Bound(item, value.span(name)))
    else:
        joined = _joined(made.document.get(key), value, findings)
        if key in made.document:
            span = made.document.key_span(key)
        made.document.put(key, joined, span, span)


def _joined(own: Any, shared: MarkedDict, findings: list[Finding]) -> Any:
    """The labels of both; one that stands in both is a problem of the scenario's."""
    if own is not None and not isinstance(own, MarkedDict):
        return own
    made = _copy(own) if own is not None else MarkedDict(shared.source, shared.line)
    for label in shared:
        if label in made:
            place = shared.key_span(label)
            message = f"`{label}` stands in {place.source.name}, line {place.line}, too"
            findings.append(
                Finding(Code.DUPLICATE_LABEL, message, made.key_span(label), "rename one of them")
            )
        else:
            made.take(shared, label)
    return made


def _copy(mapping: MarkedDict) -> MarkedDict:
    made = MarkedDict(mapping.source, mapping.line)
    for key in mapping:
        made.take(mapping, key)
    return made
