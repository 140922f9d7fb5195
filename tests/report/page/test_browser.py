"""The page in a real browser: Chromium, driven by Playwright, and axe-core's opinion of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.reporting import write_comparison, write_report, write_summary

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = os.environ.get("HARNESS_CHROMIUM") or next(
    (found for name in ("chromium", "google-chrome", "chrome") if (found := shutil.which(name))), None
)
AXE = os.environ.get("HARNESS_AXE")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium; HARNESS_CHROMIUM may name one"
)

STORY = """\
scenario: Usage that waits for the draft
about: A handler reports a month's usage when the draft arrives.
tags: [late-usage]
clock: 2026-01-01
meters: {calls: {formula: sum}}
prices: {per-call: {meter: calls, interval: month, unit_amount: 0.02 usd}}
customers: {acme: {payment_method: pm_card_visa}}
subscriptions: {plan: {customer: acme, items: [per-call]}}
simulator: {aggregation_lag: 3m}
cases:
  - {id: in-time, wait: 0s, settle: true, billed: 40}
  - {id: handler-late, wait: 2h, settle: true, billed: 40}
  - {id: clock-too-fast, wait: 0s, settle: false, billed: 40}
  - {id: excused, wait: 2h, settle: true, billed: 40, xfail: {simulator: an excuse}}
  - {id: elsewhere, wait: 0s, settle: true, billed: 40, only_on: {stripe: it needs a bank}}
reactions:
  - on: invoice.created
    where: {billing_reason: subscription_cycle}
    times: 1
    after: $wait
    do: [{meter_events: {meter: calls, customer: acme, at: invoice.period.end - 1s, value: 40}}]
steps:
  - advance: {to: cycle1.end + 3h, settle: $settle}
  - expect: {invoice: cycle1, finalized: true, lines: [{price: per-call, quantity: $billed}]}
"""
REFUSED = """\
scenario: An event that is refused
tags: [refusals]
clock: 2026-01-01
meters: {calls: {formula: sum}}
prices: {per-call: {meter: calls, interval: month, unit_amount: 0.02 usd}}
customers: {acme: {payment_method: pm_card_visa}}
subscriptions: {plan: {customer: acme, items: [per-call]}}
steps:
  - meter_events: {meter: calls, customer: acme, at: now + 1h, value: 40}
"""


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a mixed run: a pass, failures of three causes, a skip, a known difference."""
    folder = tmp_path_factory.mktemp("mixed")
    scenarios = folder / "scenarios"
    scenarios.mkdir()
    (scenarios / "draft.yaml").write_text(STORY, encoding="utf-8")
    (scenarios / "refused.yaml").write_text(REFUSED, encoding="utf-8")
    command = [sys.executable, "-m", "harness", "run", "--report", "page.html"]
    subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return folder / "page.html"


@pytest.fixture(scope="module")  # Playwright allows one at a time, and other modules have theirs
def browser() -> Iterator[Browser]:
    with playwright_api.sync_playwright() as running:
        started = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


class Visit:
    """An opened page, and what it did that it should not."""

    def __init__(self, context: BrowserContext, file: Path) -> None:
        self.page: Page = context.new_page()
        self.address = file.as_uri()
        self.troubles: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("dialog", lambda dialog: self.troubles.append(dialog.message))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.troubles.append(message.text)

    def go(self, place: str = "") -> Page:
        self.page.goto("about:blank")
        self.page.goto(f"{self.address}{place}")
        return self.page

    def shown(self) -> list[str]:
        """The cases that the filter lets through."""
        return [
            name
            for each in self.page.locator("details.case").all()
            if each.is_visible() and (name := each.get_attribute("id"))
        ]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Opens files; in the end nothing may have gone wrong and nothing been fetched."""
    made: list[tuple[Visit, BrowserContext]] = []

    def visiting(file: Path, **options: Any) -> Visit:
        context = browser.new_context(**options)
        made.append((Visit(context, file), context))
        return made[-1][0]

    yield visiting
    for each, context in made:
        context.close()
        assert each.troubles == []
        assert {url.split("#")[0] for url in each.requests} <= {each.address, "about:blank", "data:,"}


def test_cases_stand_worst_first_with_their_counts(report: Path, visit: Callable[..., Visit]) -> None:
    page = visit(report).go()
    assert page.locator("header .badge").all_inner_texts() == [
        "3 failed",
        "1 known difference",
        "1 skipped",
        "1 passed",
    ]
    outcomes = [each.get_attribute("data-outcome") for each in page.locator("details.case").all()]
    assert outcomes == ["failed", "failed", "failed", "known", "skipped", "passed"]


def test_a_filter_narrows_the_list_and_its_address_shows_the_same_to_others(
    report: Path, visit: Callable[..., Visit]
) -> None:
    here = visit(report)
    page = here.go()
    page.get_by_label("Text").fill("late")
    page.get_by_label("passed").uncheck()
    assert here.shown() == ["draft-clock-too-fast", "draft-handler-late", "draft-excused", "draft-elsewhere"]
    page.get_by_label("Text").fill("handler-late")
    assert here.shown() == ["draft-handler-late"]
    assert page.get_by_role("status").inner_text() == "1 of 6 cases"
    there = visit(report)
    there.go("#" + page.url.partition("#")[2])
    assert there.shown() == ["draft-handler-late"]
    assert there.page.get_by_label("Text").input_value() == "handler-late"
    assert not there.page.get_by_label("passed").is_checked()
    there.page.get_by_role("button", name="Show all").click()
    there.page.wait_for_function("location.hash === ''")
    assert len(there.shown()) == 6


def test_a_tag_and_an_outcome_filter_too(report: Path, visit: Callable[..., Visit]) -> None:
    here = visit(report)
    here.go().get_by_label("Tag").select_option("refusals")
    assert here.shown() == ["refused"]
    here.go("#?outcome=skipped,known")
    assert here.shown() == ["draft-excused", "draft-elsewhere"]


def test_the_diagnosis_leads_to_its_mark_and_the_mark_to_the_trace(
    report: Path, visit: Callable[..., Visit]
) -> None:
    page = visit(report).go()
    case = page.locator("#draft-handler-late")
    assert case.locator("svg.timeline").count() == 0, "bodies are built when they are opened"
    case.locator("> summary").click()
    assert case.locator("h4").first.inner_text() == "Why: the usage was sent after the invoice was final"
    case.locator(".evidence a[href*='~m']").last.click()
    mark = page.locator("a.mark:focus")
    assert "sent 2026-02-01 02:00:00, counts at 2026-01-31 23:59:59" in (
        mark.locator("title").text_content() or ""
    )
    assert mark.locator("use").evaluate(
        "each => (box => box.top >= 0 && box.bottom <= innerHeight)(each.getBoundingClientRect())"
    )
    page.keyboard.press("Enter")
    entry = page.locator(f"[id='{page.url.partition('#')[2]}']")
    assert entry.is_visible()
    assert "usage usage-1: 40 calls" in entry.inner_text()


def test_an_address_opens_its_case(report: Path, visit: Callable[..., Visit]) -> None:
    page = visit(report).go("#refused")
    assert page.locator("#refused svg.timeline").is_visible()
    assert "refused: the timestamp is ahead of the customer's time" in (
        page.locator("#refused svg.timeline").text_content() or ""
    )


def test_everything_works_from_the_keyboard(report: Path, visit: Callable[..., Visit]) -> None:
    page = visit(report).go()
    page.keyboard.press("/")
    page.keyboard.type("clock-too-fast")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    page.keyboard.press("Enter")
    assert page.locator("#draft-clock-too-fast svg.timeline").is_visible()


def test_the_page_can_be_read_with_scripts_off(report: Path, visit: Callable[..., Visit]) -> None:
    page = visit(report, java_script_enabled=False).go()
    assert not page.locator("form.filter").is_visible()
    page.locator("#draft-handler-late > summary").click()
    assert page.locator("#draft-handler-late svg.timeline").is_visible()
    assert page.locator("#draft-handler-late .bill").first.is_visible()


def violations(page: Page) -> list[str]:
    """What axe-core calls serious or critical, everything opened."""
    if AXE is None:
        pytest.skip("HARNESS_AXE does not name axe-core's axe.min.js")
    page.evaluate("document.querySelectorAll('details.case').forEach(each => { each.open = true })")
    page.wait_for_selector("svg.timeline")
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    page.add_script_tag(path=AXE)
    return [
        f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]} ({len(each['nodes'])})"
        for each in page.evaluate("axe.run().then(result => result.violations)")
        if each["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(report: Path, visit: Callable[..., Visit], scheme: str) -> None:
    assert violations(visit(report, color_scheme=scheme, bypass_csp=True).go()) == []


def test_axe_finds_nothing_serious_in_a_comparison_or_a_chart(
    report: Path, visit: Callable[..., Visit], tmp_path: Path
) -> None:
    traces = report.parent / ".harness" / "last"
    write_summary([traces], tmp_path / "nights" / "2026-11-20.json")
    write_report([traces], tmp_path / "charted.html", tmp_path / "nights")
    write_comparison([traces], [traces / "draft-in-time.jsonl"], tmp_path / "compared.html")
    for name in ("charted", "compared"):
        assert violations(visit(tmp_path / f"{name}.html", bypass_csp=True).go()) == []


def test_on_a_phone_only_drawings_and_tables_scroll_sideways(
    report: Path, visit: Callable[..., Visit]
) -> None:
    page = visit(report, viewport={"width": 375, "height": 800}, has_touch=True).go("#draft-handler-late")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert page.locator("#draft-handler-late svg.timeline").is_visible()


def test_on_paper_the_filter_is_gone_and_the_drawing_fits(report: Path, visit: Callable[..., Visit]) -> None:
    page = visit(report, viewport={"width": 794, "height": 1123}).go("#draft-handler-late")
    page.emulate_media(media="print")
    assert not page.locator("form.filter").is_visible()
    assert page.locator("#draft-handler-late svg.timeline").bounding_box()["width"] <= 794  # type: ignore[index]


def test_hostile_text_runs_nothing(
    telling: Callable[[], Any],
    entries: Callable[..., Any],
    render: Callable[..., str],
    visit: Callable[..., Visit],
    tmp_path: Path,
) -> None:
    hostile = "</noscript></script><img src=x onerror=alert(1)><script>alert(2)</script>\u202e`${alert(3)}`"
    story = telling().cast().at("2026-01-15")
    story.report(40, label=hostile, error=hostile)
    story.call("GET", f"/v1/{hostile}", {hostile: hostile})
    told = entries(
        story.end("stopped", 40, hostile), title=hostile, about=hostile, tags=["x"], source=hostile
    )
    file = tmp_path / "hostile.html"
    file.write_text(render(told), encoding="utf-8")
    page = visit(file).go("#story")
    assert page.locator("img").count() == 0
    assert "<img src=x onerror=alert(1)>" in page.locator("#story .title").inner_text()
    assert "<img src=x onerror=alert(1)>" in page.locator("#story .about").inner_text()


def test_a_thousand_cases_fit_and_paint_within_a_second(
    passing: Any,
    too_late: Any,
    entries: Callable[..., Any],
    render: Callable[..., str],
    visit: Callable[..., Visit],
    tmp_path: Path,
) -> None:
    stories = [entries(too_late if place % 50 == 0 else passing, f"case-{place}") for place in range(1_000)]
    file = tmp_path / "thousand.html"
    file.write_text(render(*stories), encoding="utf-8")
    assert file.stat().st_size <= 20_000_000
    page = visit(file).go()
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert painted <= 1_000
    assert page.evaluate("document.querySelectorAll('*').length") < 12_000
