"""From cases to one HTML file, within its size: the worst cases get all there is to show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from harness.history import wording
from harness.report.page.body import CaseBody, read_body
from harness.report.page.cases import OUTCOMES, CasePage, TraceSource, read_case
from harness.report.page.head import head_of
from harness.report.page.masking import Masker
from harness.report.page.scale import short_length
from harness.report.page.summary import Summary
from harness.report.page.trend import make_trend

MOST_BYTES = 19_000_000
"""All bodies together; with head, rows and styles a page stays below 20 MB."""
WORST_SHARE = 0.6
"""What cases that did not pass may take of it with their whole traces."""
FULL_BYTES = 120_000
BRIEF_BYTES = 6_000
"""What a passed case must leave for each one after it, to be shown with its trace or at all."""


def render_page(sources: Sequence[TraceSource], past: Sequence[Summary] = ()) -> str:
    """The page about these traces: the same text for the same traces, whatever their order.

    `past` are summaries of earlier runs, for the chart of them.
    """
    cases = sorted((read_case(source) for source in sources), key=lambda case: case.rank)
    masker = Masker(case.case.source for case in cases)
    environment = make_environment(masker)
    return environment.get_template("page.html.j2").render(
        head=head_of(cases),
        cases=zip(cases, _bodies(cases, environment, masker), strict=True),
        apart=[case for case in cases if case.outcome in {"known", "skipped"}],
        outcomes=OUTCOMES,
        trend=make_trend(past),
        style=asset("page.css"),
        script=asset("page.js"),
    )


def make_environment(masker: Masker) -> Environment:
    """Templates in which every value is masked, made visible, cut and escaped before it is written."""

    def shown(value: Any) -> Any:
        return masker.text(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        loader=PackageLoader("harness.report.page"),
        autoescape=True,
        finalize=shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "instant": wording.instant,
        "number": wording.number,
        "label": masker.label,
        "px": lambda value: f"{value:.1f}".removesuffix(".0"),
        "lasting": short_length,
    }
    return environment


def _bodies(cases: Sequence[CasePage], environment: Environment, masker: Masker) -> Iterator[Markup]:
    """Each case's body in turn: whole while there is room, then without its trace, at last only its bills."""
    left = MOST_BYTES
    sources: dict[str, str] = {}
    for place, page in enumerate(cases):
        after = len(cases) - place - 1
        traced = _has_room_for_trace(page, left, after)
        body = read_body(page, page.source.load(), masker, traced=traced)
        source_at = None if traced else sources.get(page.case.source)
        written = _rendered(environment, body, source_at)
        if len(written.encode()) + after * BRIEF_BYTES > left:
            written = _rendered(environment, body, source_at, brief=True)
        else:
            sources.setdefault(page.case.source, page.source.slug)
        left -= len(written.encode())
        yield written


def _has_room_for_trace(page: CasePage, left: int, after: int) -> bool:
    if page.outcome != "passed":
        return left > MOST_BYTES * (1 - WORST_SHARE)
    return left > FULL_BYTES * (after + 1)


def _rendered(
    environment: Environment, body: CaseBody, source_at: str | None, *, brief: bool = False
) -> Markup:
    """A case's body; `source_at` is the case that shows the same file, in a page where room is short."""
    template = environment.get_template("case.html.j2")
    return Markup(template.render(body=body, source_at=source_at, brief=brief))  # noqa: S704  # escaped by the template


@cache
def asset(name: str) -> Markup:
    """Our own style or script, written as it is."""
    return Markup((files("harness.report.page") / "assets" / name).read_text(encoding="utf-8"))  # noqa: S704  # a file of ours
