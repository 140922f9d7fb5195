"""Putting pydantic's errors into our own words, at the place in the file they speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.scenario.codes import Code
from harness.scenario.findings import Finding
from harness.scenario.tree import locate

if TYPE_CHECKING:
    from collections.abc import Collection

    from pydantic import ValidationError

    from harness.scenario.source import Span


def findings_of(
    error: ValidationError, kind: Any, tree: Any, root: Span, skip: Collection[str] = ()
) -> list[Finding]:
    """Word all errors of one validation."""
    found = []
    for each in error.errors(include_url=False):
        if each["loc"] and each["loc"][0] in skip:
            continue
        found.append(Finding(Code.RULE, each["msg"], locate(tree, each["loc"], root)))
    return found
