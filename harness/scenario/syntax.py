"""Putting the YAML parser's complaints into our own words."""

from __future__ import annotations

import yaml

from harness.scenario.codes import Code
from harness.scenario.findings import Finding
from harness.scenario.source import Source, Span


def syntax_finding(source: Source, error: yaml.YAMLError) -> Finding:
    """Word what stopped the parser."""
    mark = getattr(error, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Finding(Code.SYNTAX, str(getattr(error, "problem", error)), Span(source, line, column, 1))
