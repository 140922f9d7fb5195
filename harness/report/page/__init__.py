"""The HTML page about a run: one self-contained file, made from traces alone."""

from __future__ import annotations

from harness.report.page.cases import CasePage, read_case
from harness.report.page.rendering import render_page

__all__ = ["CasePage", "read_case", "render_page"]
