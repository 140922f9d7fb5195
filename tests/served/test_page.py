"""The page at `/`, in a real browser: Debian's Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from harness.simulator.accounts import digest
from harness.simulator.served.seeding import form

START = 1_767_225_600
CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = os.environ.get("HARNESS_AXE")
CARD = {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
USAGE = {"event_name": "calls", "payload": {"stripe_customer_id": "$acme", "value": "1500"}}
STORY = [
    {
        "post": "/v1/test_helpers/test_clocks",
        "params": {"frozen_time": START, "name": "Acme's year"},
        "as": "clock",
    },
    {
        "post": "/v1/customers",
        "params": {"name": "<b>Acme</b>", "test_clock": "$clock", **CARD},
        "as": "acme",
    },
    {
        "post": "/v1/billing/meters",
        "params": {"display_name": "C", "event_name": "calls", "default_aggregation": {"formula": "sum"}},
        "as": "meter",
    },
    {
        "post": "/v1/prices",
        "params": {
            "currency": "usd",
            "unit_amount": 2,
            "product_data": {"name": "API calls"},
            "recurring": {"interval": "month", "usage_type": "metered", "meter": "$meter"},
        },
        "as": "price",
    },
    {"post": "/v1/subscriptions", "params": {"customer": "$acme", "items": [{"price": "$price"}]}},
    {"post": "/v1/billing/meter_events", "params": USAGE},
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("there is no chromium on this machine: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    return f"sk_test_page_{request.node.originalname}"


@pytest.fixture
def account(server: Any, key: str) -> str:
    """An account with a month of usage in it; its name."""
    server.control("POST reset", key)
    server.control("POST seed", key, requests=STORY)
    server.call(
        "POST /v1/billing/meter_events",
        key,
        data=urlencode(
            list(
                form(
                    {
                        "event_name": "calls",
                        "payload": {"stripe_customer_id": "cus_sim000001", "value": "many"},
                    }
                )
            )
        ),
    )
    return digest(key)


@pytest.fixture
def page(browser: Any, server: Any, account: str) -> Iterator[Any]:
    opened = browser.new_page(viewport={"width": 1200, "height": 900})
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    opened.on(
        "request", lambda request: problems.append(request.url) if server.url not in request.url else None
    )
    opened.goto(f"{server.url}/?account={account}")
    yield opened
    opened.close()
    assert problems == []


def test_advancing_a_clock_makes_the_invoice_final(page: Any) -> None:
    page.get_by_label("or to").fill("2026-02-01T00:00:00")
    page.get_by_role("button", name="Advance").click()
    bill = page.locator("[data-invoice]").first
    bill.get_by_text("draft", exact=True).wait_for()
    assert "$30.00" in bill.inner_text()
    page.get_by_text("Next: a draft becomes final at 2026-02-01 01:00:00").wait_for()
    page.get_by_role("button", name="+ 1 hour").click()
    bill.get_by_text("paid", exact=True).wait_for()
    assert "SIM" in bill.inner_text()


def test_all_of_an_account_is_there(page: Any) -> None:
    text = page.locator("main").inner_text()
    for heading in (
        "Test clocks",
        "Invoices",
        "Subscriptions",
        "Customers",
        "Meters",
        "Webhook deliveries",
        "Requests",
    ):
        assert page.get_by_role("heading", name=heading).count() == 1
    assert "aggregated" in text
    assert "The value in the event payload must be a number. Received many." in text
    assert "<b>Acme</b>" in text


def test_a_refusal_is_shown(page: Any) -> None:
    page.get_by_label("or to").fill("2020-01-01T00:00:00")
    page.get_by_role("button", name="Advance").click()
    assert "must be later" in page.get_by_role("alert").inner_text()


def test_it_can_be_used_with_the_keyboard_alone(page: Any) -> None:
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.innerText || document.activeElement.name"))
    assert reached[0] == "Skip to content"
    assert "+ 1 day" in reached
    page.get_by_role("button", name="+ 1 day").focus()
    page.keyboard.press("Enter")
    page.locator(".now", has_text="2026-01-02 00:00:00").wait_for()


def test_it_fits_a_phone(browser: Any, server: Any, account: str) -> None:
    phone = browser.new_page(viewport={"width": 360, "height": 740})
    phone.goto(f"{server.url}/?account={account}")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    small = phone.evaluate(
        "[...document.querySelectorAll('button')].filter(b => b.offsetHeight && b.offsetHeight < 30).length"
    )
    assert small == 0
    phone.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_has_no_faults_that_axe_can_find(browser: Any, server: Any, account: str, scheme: str) -> None:
    if not AXE:
        pytest.skip("HARNESS_AXE does not name axe-core's axe.min.js")
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{server.url}/?account={account}")
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run()")["violations"]
    assert [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found] == []
    context.close()


def test_following_shows_what_happens_elsewhere(page: Any, server: Any, key: str) -> None:
    page.get_by_role("button", name="Follow").click()
    server.call("POST /v1/customers", key, data={"name": "Somebody new"})
    page.get_by_text("Somebody new").first.wait_for()


def test_it_works_without_scripts(browser: Any, server: Any, account: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url}/?account={account}")
    page.get_by_role("button", name="+ 1 week").click()
    assert "advancing" in page.locator("[data-clock]").inner_text()
    context.close()


def test_an_empty_server_says_how_to_begin(start_server: Any) -> None:
    server = start_server()
    try:
        answer = requests.get(server.url, timeout=5)
        assert f"curl {server.url}/v1/customers" in answer.text
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    finally:
        server.stop()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "account=nobody",
        "account={account}&clock=clock_x",
        "account={account}&clock=clock_sim000001&to=soon",
    ],
)
def test_nonsense_in_the_form_leads_back_with_a_word(server: Any, account: str, body: str) -> None:
    url = f"{server.url}/_harness/page/advance"
    answer = requests.post(url, data=body.format(account=account), allow_redirects=False, timeout=5)
    assert answer.status_code == 303
    assert "problem=" in answer.headers["Location"]
