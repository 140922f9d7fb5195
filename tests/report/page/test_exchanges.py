import ast
import shlex
import subprocess

import pytest

from harness.report.page.exchanges import curl, nested, python

VERSION = "2026-10-28.endive"
SENT = {
    "event_name": "calls",
    "payload[value]": "4'0",
    "payload[stripe_customer_id]": "cus_1",
    "timestamp": "1",
}


def test_a_request_as_curl_reads_the_key_from_the_environment() -> None:
    command = curl("POST", "/v1/billing/meter_events", SENT, VERSION)
    words = shlex.split(command)
    assert words[:4] == ["curl", "https://api.stripe.com/v1/billing/meter_events", "-u", "$STRIPE_API_KEY:"]
    assert "payload[value]=4'0" in words
    assert f"Stripe-Version: {VERSION}" in words


@pytest.mark.parametrize(
    ("method", "said"), [("GET", "curl -G https"), ("DELETE", "curl -X DELETE https"), ("POST", "curl https")]
)
def test_the_method_is_curls_own(method: str, said: str) -> None:
    assert curl(method, "/v1/x", {}, VERSION).startswith(said)


def test_nothing_in_a_value_runs_in_the_shell() -> None:
    command = curl("POST", "/v1/x", {"name": "$(touch /tmp/owned) `id` '; id; '"}, VERSION).replace(
        "curl", "printf '%s\\n'", 1
    )
    ran = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert "name=$(touch /tmp/owned) `id` '; id; '" in ran.stdout.splitlines()


def test_the_newer_api_is_sent_json() -> None:
    assert """-d '{"a": 1}'""" in curl("POST", "/v2/billing/meter_event_stream", {"a": 1}, VERSION)


def test_a_request_as_python_nests_what_brackets_held() -> None:
    tree = ast.parse(python("POST", "/v1/billing/meter_events", SENT, VERSION))
    call = tree.body[1].value
    assert [ast.literal_eval(each) for each in call.args] == ["post", "/v1/billing/meter_events"]
    assert {each.arg: ast.literal_eval(each.value) for each in call.keywords} == {
        "event_name": "calls",
        "payload": {"value": "4'0", "stripe_customer_id": "cus_1"},
        "timestamp": "1",
    }


@pytest.mark.parametrize(
    ("flat", "deep"),
    [
        ({}, {}),
        ({"a": "1"}, {"a": "1"}),
        (
            {"items[0][price]": "p", "items[0][quantity]": "2"},
            {"items": {"0": {"price": "p", "quantity": "2"}}},
        ),
        ({"a": "1", "a[b]": "2"}, {"a": {"": "1", "b": "2"}}),
    ],
)
def test_brackets_become_dictionaries(flat: dict[str, str], deep: dict[str, object]) -> None:
    assert nested(flat) == deep
