from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, ClassVar

import pytest

from harness.history.entries import Entry
from harness.report.page import rendering

Entries = Callable[..., list[Entry]]
Render = Callable[..., str]


@dataclass(frozen=True)
class Surprise(Entry):
    """A kind of entry that came later than the page."""

    kind: ClassVar[str] = "surprise"
    what: str
    nothing: None


PLANTED = "sk_test_51PlantedKey000 4242424242424242 pi_1_secret_planted whsec_planted0000"
KEPT_BACK = ("an-opaque-secret", "+49 30 555 0100", "5 Hidden Lane", "555 0199")
HOSTILE = (
    "</script></noscript><script>alert(1)</script> \u202eevil\u2066 \"quoted\" 'single' &amp; {{ 7 * 7 }}"
)


class Tags(HTMLParser):
    """Every element and attribute of a page, as a browser without scripts reads it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def ids(self) -> list[str | None]:
        return [attributes["id"] for _, attributes in self.tags if "id" in attributes]

    def targets(self) -> set[str]:
        return {
            href[1:]
            for tag, attributes in self.tags
            if tag == "a" and (href := attributes.get("href") or "").startswith("#")
        }


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_worst_comes_first_and_the_counts_agree(
    passing: Any, too_late: Any, entries: Entries, render: Render
) -> None:
    page = render(
        entries(passing, "good"),
        entries(too_late, "bad"),
        entries(too_late, "excused", known="Stripe is slower here"),
        entries(passing, "surprising", known="should fail"),
    )
    assert re.findall(r'<details class="case (\w+)" id="(\w+)"', page) == [
        ("failed", "bad"),
        ("failed", "surprising"),
        ("known", "excused"),
        ("passed", "good"),
    ]
    assert "<title>2 failed, 1 known difference, 1 passed" in page
    assert "passes, although it is listed as a known difference: should fail" in page


def test_skips_and_broken_runs_say_why(telling: Callable[[], Any], entries: Entries, render: Render) -> None:
    skipped = telling().end("skipped", reason="only on stripe: it needs a bank")
    broken = telling().end("broken", reason="connection refused")
    cut_off = telling().cast()
    page = render(entries(skipped, "one"), entries(broken, "two"), entries(cut_off, "three"))
    shown = text_of(page)
    assert "only on stripe: it needs a bank" in shown
    assert "connection refused" in shown
    assert "the trace ends before its story" in shown
    assert "2 backend failed, 1 skipped" in shown


def test_an_opened_failure_tells_what_why_where_and_how_much(
    too_late: Any, entries: Entries, render: Render
) -> None:
    shown = text_of(render(entries(too_late, about="Usage that comes late.", tags=["late"])))
    for said in (
        "Usage that comes late.",
        "cycle1: 0 of 40 units billed",
        "Why: the usage was sent after the invoice was final",
        "lost: not on the invoice of cycle 1, sent when that invoice was already final",
        "the fates add up to it",
        "differs : quantity 40, not 0",
        "0 × 0.02 = 0.00",
        "curl https://api.stripe.com/v1/billing/meter_events",
    ):
        assert said in shown


def test_a_bill_is_worked_with_the_amounts_of_its_currency(
    telling: Any, entries: Entries, render: Render
) -> None:
    """PRC-17"""
    story = telling().cast()
    story.price("per-call", "api_calls", currency_options={"eur": {"unit_amount_decimal": "1.5"}})
    unworded = {"pricing": {"price_details": {"price": "price_per-call"}}}
    story.at("2026-01-15").report(40)
    story.advance("2026-02-01 02:00:00")
    story.invoice([story.line("per-call", 40, 60, **unworded)], currency="eur")
    assert "40 × 0.015 = 0.60" in text_of(render(entries(story.end())))


def test_the_failing_line_of_the_scenario_is_marked(too_late: Any, entries: Entries, render: Render) -> None:
    marked = re.findall(r'<div id="story~l(\d+)" class="fails">', render(entries(too_late)))
    assert "46" in marked


def test_every_link_within_the_page_has_its_target(
    too_late: Any, passing: Any, entries: Entries, render: Render
) -> None:
    tags = Tags(render(entries(too_late, "bad"), entries(passing, "good")))
    assert tags.targets() <= set(tags.ids())
    assert any("~m" in target for target in tags.targets())
    assert len(tags.ids()) == len(set(tags.ids()))


def test_the_page_loads_nothing(too_late: Any, entries: Entries, render: Render) -> None:
    page = render(entries(too_late))
    loading = {"src", "srcset", "data", "action", "poster", "background"}
    for tag, attributes in Tags(page).tags:
        assert not loading & set(attributes), tag
        if tag == "link":
            assert attributes["href"] == "data:,"
    assert "@import" not in page
    assert "url(http" not in page
    assert "default-src 'none'" in page


def test_the_same_traces_give_the_same_bytes_whatever_their_order(
    passing: Any, too_late: Any, entries: Entries, render: Render
) -> None:
    one, other = entries(passing, "good"), entries(too_late, "bad")
    assert render(one, other).encode() == render(other, one).encode()


def test_no_planted_secret_or_card_reaches_the_page(
    telling: Callable[[], Any], entries: Entries, render: Render
) -> None:
    story = telling().cast()
    story.at("2026-01-15")
    story.call(
        "POST",
        "/v1/customers",
        {
            "object": "customer",
            "id": "cus_x",
            "email": "real@person.example",
            "note": PLANTED,
            "list": [PLANTED],
            "client_secret": "an-opaque-secret",
            "phone": "+49 30 555 0100",
            "address": {"line1": "5 Hidden Lane"},
        },
        {"email": "real@person.example", "card[number]": "4242 4242 4242 4242", "owner[phone]": "555 0199"},
    )
    story.report(40, error={"message": f"bad: {PLANTED}"}, payload={"note": PLANTED})
    story.end("stopped", 40, f"stopped with {PLANTED}")
    page = render(
        entries(story, title=f"A title with {PLANTED}", about=PLANTED, source=f"scenario: {PLANTED}\n")
    )
    for planted in (*PLANTED.split(), "real@person.example", *KEPT_BACK, "4242 4242 4242 4242"):
        assert planted not in page, planted


def test_hostile_text_stays_text_wherever_it_comes_from(
    telling: Callable[[], Any], entries: Entries, render: Render
) -> None:
    story = telling().cast()
    story.at("2026-01-15")
    story.report(
        40, label=HOSTILE, error={"message": HOSTILE}, identifier=HOSTILE, payload={HOSTILE: HOSTILE}
    )
    story.call("GET", f"/v1/{HOSTILE}", {"object": "x", HOSTILE: HOSTILE, "half": "\ud800"})
    story.end("stopped", 40, HOSTILE)
    page = render(entries(story, title=HOSTILE, about=HOSTILE, tags=[HOSTILE], source=HOSTILE, file=HOSTILE))
    scripts = [tag for tag, _ in Tags(page).tags if tag == "script"]
    assert len(scripts) == 1
    assert page.count("</noscript>") == 1
    assert "\u202e" not in page
    assert "\u2066" not in page
    assert "⟨U+202E⟩evil" in page
    assert "{{ 7 * 7 }}" in page
    page.encode("utf-8")


def test_a_huge_body_is_cut_with_a_note(telling: Callable[[], Any], entries: Entries, render: Render) -> None:
    story = telling().cast()
    story.call("GET", "/v1/huge", {"object": "x", "text": "a" * 3_000_000})
    story.report("9" * 100_000, label="b" * 50_000)
    page = render(entries(story.end()))
    assert len(page) < 400_000
    assert "more characters)" in page
    assert "line n of the file is #n here" in page


def test_polls_with_the_same_answer_are_told_once(tell: Any, entries: Entries, render: Render) -> None:
    tell.cast()
    for _ in range(7):
        tell.call("GET", "/v1/test_helpers/test_clocks/clock_1", {"object": "test_helpers.test_clock"})
    page = render(entries(tell.end()))
    assert len(re.findall(r"<code>GET /v1/test_helpers/test_clocks/clock_1 200</code>", page)) == 1
    assert "again and again, with the same answer" in page


def test_a_page_that_grows_too_large_leaves_out_traces_then_drawings(
    passing: Any, too_late: Any, entries: Entries, render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    stories = [entries(passing, f"good{place}") for place in range(30)] + [entries(too_late, "bad")]
    whole = render(*stories)
    monkeypatch.setattr(rendering, "MOST_BYTES", 260_000)
    small = render(*stories)
    assert whole.count('<ol class="trace">') == 31
    assert small.count('<ol class="trace">') < 31
    assert "left out here, to keep" in small
    bodies = re.findall(r"<noscript>(.*?)</noscript>", small, re.DOTALL)
    assert sum(len(body.encode()) for body in bodies) <= 260_000
    assert '<ol class="trace">' in bodies[0]
    monkeypatch.setattr(rendering, "BRIEF_BYTES", 8_000)
    tiny = render(*stories)
    assert "The timeline, the scenario and the trace are left out here" in tiny
    assert tiny.count('<div class="bill') == small.count('<div class="bill')


def test_an_empty_run_is_a_page_too(render: Render) -> None:
    assert "There are no cases." in render()


def test_evidence_without_a_mark_leads_into_the_trace(tell: Any, entries: Entries, render: Render) -> None:
    tell.cast(mode="classic").at("2026-01-05")
    tell.report(1_000)
    tell.at("2026-01-15")
    tell.price("new", "api_calls")
    tell.subscription("acme-plan", "acme", ["new as per-call"], method="POST", mode="classic")
    tell.advance("2026-02-01 02:00:00")
    tell.invoice([tell.line("new", 0, period=("2026-01-15", "2026-02-01"))])
    page = render(entries(tell.end()))
    assert "Why: the price was switched during the period, in classic billing mode" in text_of(page)
    evidence = re.search(r'<ol class="evidence">(.*?)</ol>', page, re.DOTALL)
    assert evidence is not None
    assert set(re.findall(r'href="#story~([me])\d+"', evidence[1])) == {"m", "e"}
    tags = Tags(page)
    assert tags.targets() <= set(tags.ids())


def test_an_entry_of_a_kind_that_the_page_does_not_know_is_told_plainly(
    tell: Any, entries: Entries, render: Render
) -> None:
    tell.cast()
    tell.history.append(Surprise, what="a thing", nothing=None)
    assert "<li" in (page := render(entries(tell.end())))
    assert "surprise: what a thing" in page


def test_a_moved_calendar_is_named(passing: Any, entries: Entries, render: Render) -> None:
    assert "every date was 2 years later" in render(entries(passing, shift_years=2))
    assert "every date was" not in render(entries(passing))


def test_a_huge_value_does_not_stretch_the_drawing(tell: Any, entries: Entries, render: Render) -> None:
    tell.cast().at("2026-01-15")
    tell.report("9" * 50_000, error="too long")
    tell.report("sk_test_" + "9" * 50_000, error="too long")
    tell.advance("2026-02-01 02:00:00")
    page = render(entries(tell.end()))
    [width] = re.findall(r'<svg class="timeline" width="(\d+)"', page)
    assert int(width) < 2_000
    labels = re.findall(r'<text class="label[^>]*>(.*?)</text>', page)
    assert max(len(label) for label in labels) <= 64
    assert "sk_test" not in page


def test_a_discounted_line_says_what_came_off(tell: Any, entries: Entries, render: Render) -> None:
    line = tell.line("per-call", 40)
    line["discount_amounts"] = [{"amount": 20, "discount": "di_1"}]
    tell.cast().at("2026-02-01 03:00:00").invoice([line])
    tell.expect_lines({"price": "per-call", "discount": {"minor": "30", "currency": "usd"}})
    page = render(entries(tell.end()))
    assert "40 × 0.02 = 0.80, less 0.20 usd" in page
    assert "0.30 usd" in page


def test_a_bill_names_what_credit_notes_gave_back(telling: Any, entries: Any, render: Any) -> None:
    """INV-84: beside its status, since total and lines stay."""
    story = telling().cast()
    story.at("2026-01-15").report(40)
    story.advance("2026-02-01 02:00:00")
    story.invoice([story.line("per-call", 40)], post_payment_credit_notes_amount=40)
    page = render(entries(story.end()))
    assert "credit notes gave 0.40 usd back" in page
