"""Tax rates: created, refused, changed, archived, listed."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

VAT = {"display_name": "VAT", "percentage": 20, "inclusive": False}


def made(call: Any, **params: Any) -> dict[str, Any]:
    return call.ok("POST /v1/tax_rates", **(VAT | params))


@pytest.mark.parametrize(
    ("params", "shown"),
    [
        ({}, {"percentage": 20, "inclusive": False, "active": True, "display_name": "VAT"}),
        ({"percentage": "9.9751"}, {"percentage": 9.9751, "effective_percentage": 9.9751}),
        ({"percentage": 0, "inclusive": True}, {"percentage": 0, "inclusive": True}),
        ({"percentage": 100}, {"percentage": 100}),
        (
            {"country": "US", "state": "CA", "jurisdiction": "US - CA", "tax_type": "sales_tax"},
            {"country": "US", "state": "CA", "jurisdiction": "US - CA", "tax_type": "sales_tax"},
        ),
        ({"description": "Ours", "active": False}, {"description": "Ours", "active": False}),
        ({"metadata": {"office": "7"}}, {"metadata": {"office": "7"}}),
    ],
)
def test_a_rate_shows_what_it_was_made_with(call: Any, params: dict[str, Any], shown: dict[str, Any]) -> None:
    """INV-101."""
    rate = made(call, **params)
    assert {key: rate[key] for key in shown} == shown
    assert call.ok(f"GET /v1/tax_rates/{rate['id']}") == rate


def test_a_rate_made_by_hand_has_what_stripe_tax_would_tell(call: Any) -> None:
    """INV-106."""
    rate = made(call, percentage="8.875")
    assert (rate["effective_percentage"], rate["rate_type"]) == (8.875, "percentage")
    assert (rate["flat_amount"], rate["jurisdiction_level"]) == (None, None)


def test_the_sdk_reads_a_rate(client: stripe.StripeClient) -> None:
    rate = client.v1.tax_rates.create({"display_name": "VAT", "percentage": 7.25, "inclusive": True})
    assert (rate.percentage, rate.inclusive, rate.object) == (7.25, True, "tax_rate")
    assert client.v1.tax_rates.update(rate.id, {"active": False}).active is False


@pytest.mark.parametrize(
    ("params", "param", "message"),
    [
        ({"percentage": ""}, "percentage", "Missing required param: percentage."),
        ({"percentage": "9.97512"}, "percentage", "at maximum 4 decimal places"),
        ({"percentage": "100.0001"}, "percentage", "less than or equal to 100 (it currently is '100.0001')"),
        ({"percentage": -1}, "percentage", "non-negative"),
        ({"inclusive": "perhaps"}, "inclusive", "Invalid boolean: perhaps"),
        ({"display_name": ""}, "display_name", "You passed an empty string for 'display_name'"),
        ({"country": "USA"}, "country", "Country 'USA' is unknown"),
        ({"tax_type": "tithe"}, "tax_type", "must be one of admissions_tax"),
        ({"rate_type": "percentage"}, "rate_type", "Received unknown parameter: rate_type"),
    ],
)
def test_what_is_no_rate_is_refused(call: Any, params: dict[str, Any], param: str, message: str) -> None:
    """INV-101."""
    answer = call("POST /v1/tax_rates", **(VAT | params))
    assert (answer.status, answer.error["param"]) == (400, param)
    assert message in answer.error["message"]
    assert call.ok("GET /v1/tax_rates")["data"] == []


@pytest.mark.parametrize("missing", ["display_name", "inclusive", "percentage"])
def test_a_rate_needs_its_name_its_percentage_and_its_kind(call: Any, missing: str) -> None:
    answer = call("POST /v1/tax_rates", **{key: value for key, value in VAT.items() if key != missing})
    assert (answer.status, answer.error["code"], answer.error["param"]) == (400, "parameter_missing", missing)


@pytest.mark.parametrize("name", ["percentage", "inclusive"])
def test_what_makes_the_tax_never_changes(call: Any, name: str) -> None:
    """INV-101: another rate is needed."""
    rate = made(call)
    answer = call(f"POST /v1/tax_rates/{rate['id']}", **{name: VAT[name]})
    assert (answer.status, answer.error["code"]) == (400, "parameter_unknown")


def test_a_country_is_set_once(call: Any) -> None:
    """INV-101."""
    path = f"/v1/tax_rates/{made(call)['id']}"
    assert call.ok(f"POST {path}", country="US", state="CA")["state"] == "CA"
    assert call.ok(f"POST {path}", country="US", state="CA")["country"] == "US"
    for name, other in (("country", "DE"), ("state", "NY"), ("state", "")):
        answer = call(f"POST {path}", **{name: other}, active=False)
        assert (answer.status, answer.error["param"]) == (400, name)
    assert call.ok(f"GET {path}")["active"] is True


def test_changes_are_announced_with_what_was_before(call: Any) -> None:
    """INV-106."""
    rate = made(call)
    path = f"POST /v1/tax_rates/{rate['id']}"
    call.ok(path, active=False, description="archived", display_name="Sales tax", metadata={"a": "b"})
    call.ok(path, active=False)
    events = call.ok("GET /v1/events")["data"]
    assert [event["type"] for event in events] == ["tax_rate.updated", "tax_rate.created"]
    previous = {key: events[0]["data"]["previous_attributes"][key] for key in ("active", "display_name")}
    assert previous == {"active": True, "display_name": "VAT"}


def test_rates_are_listed_newest_first_and_filtered(call: Any) -> None:
    first, second = made(call), made(call, inclusive=True)
    call.ok(f"POST /v1/tax_rates/{first['id']}", active=False)

    def listed(**params: Any) -> list[str]:
        return [row["id"] for row in call.ok("GET /v1/tax_rates", **params)["data"]]

    assert listed() == [second["id"], first["id"]]
    assert listed(active=True) == listed(inclusive=True) == [second["id"]]
    assert listed(active=False) == listed(inclusive=False) == [first["id"]]
    assert listed(created={"gt": call.world.wall}) == []


def test_an_unknown_rate_is_named_in_stripes_words(call: Any) -> None:
    """INV-106."""
    answer = call("GET /v1/tax_rates/txr_nope")
    assert (answer.status, answer.error["code"], answer.error["param"]) == (
        404,
        "resource_missing",
        "tax_rate",
    )
    assert answer.error["message"] == "No such tax rate: 'txr_nope'"
