"""The protocol: forms, lists, expansion, idempotency, events, unknown and unmodelled parameters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.simulator.app import Request, handle
from harness.simulator.wire import forms, lists, params
from harness.simulator.wire.errors import StripeError
from harness.simulator.world import World

AUTH = {"authorization": "Bearer sk_test_x"}
DAY = 86_400


class TestForms:
    @pytest.mark.parametrize(
        ("text", "decoded"),
        [
            ("", {}),
            ("a=1", {"a": "1"}),
            ("a[b]=1&a[c]=2", {"a": {"b": "1", "c": "2"}}),
            ("a[0]=x&a[1]=y", {"a": {"0": "x", "1": "y"}}),
            ("a[]=x&a[]=y", {"a": {"0": "x", "1": "y"}}),
            ("a[][b]=1&a[][c]=2", {"a": {"0": {"b": "1", "c": "2"}}}),
            ("a[][b]=1&a[][b]=2&a[][c]=3", {"a": {"0": {"b": "1"}, "1": {"b": "2", "c": "3"}}}),
            ("a[][b][c]=1&a[][b][d]=2", {"a": {"0": {"b": {"c": "1", "d": "2"}}}}),
            ("a[][b][]=1&a[][b][]=2", {"a": {"0": {"b": {"0": "1", "1": "2"}}}}),
            ("a[][b][c]=1&a[][b][c]=2", {"a": {"0": {"b": {"c": "1"}}, "1": {"b": {"c": "2"}}}}),
            ("a=", {"a": ""}),
            ("a=x%20y&b=%C3%A9", {"a": "x y", "b": "é"}),
            ("a=1&a=2", {"a": "2"}),
        ],
    )
    def test_decoding(self, text: str, decoded: dict[str, Any]) -> None:
        """PRO-13"""
        assert forms.decode(text) == decoded

    @pytest.mark.parametrize(
        ("text", "parsed"),
        [
            ("a[0]=x&a[1]=y", ["x", "y"]),
            ("a[1]=y&a[0]=x", ["x", "y"]),
            ("a[10]=y&a[9]=x", ["x", "y"]),
            ("a[]=x&a[]=y", ["x", "y"]),
            ("a=", []),
        ],
    )
    def test_arrays(self, text: str, parsed: list[str]) -> None:
        """PRO-13: whatever the SDK or a person writes."""
        assert params.listing(params.text())(forms.decode(text)["a"], "a") == parsed

    @pytest.mark.parametrize(
        "text", ["a", "a&b", "[a]=1", "a[b=1", "a]b[=1", "a=1&a[b]=2", "a[b]=2&a=1", "a=%FF"]
    )
    def test_nonsense(self, text: str) -> None:
        with pytest.raises(StripeError) as caught:
            forms.decode(text)
        assert caught.value.status == 400

    def test_depth_and_breadth_have_an_end(self) -> None:
        for text in ("a" + "[b]" * 50 + "=1", "&".join(f"k{number}=1" for number in range(5_000))):
            with pytest.raises(StripeError):
                forms.decode(text)


@pytest.mark.parametrize(
    ("value", "shown"),
    [({"0": "x"}, '{"0": "x"}'), (["x"], '["x"]'), (True, "true"), (None, "null"), (Decimal("1.5"), "1.5")],
)
def test_a_refused_value_is_shown_as_it_was_sent(value: Any, shown: str) -> None:
    """PRO-04: nobody sends Python."""
    with pytest.raises(StripeError, match=re.escape(f"Invalid string: {shown}")):
        params.text()(value, "name")


def test_a_posts_query_and_body_are_read_together(world: World) -> None:
    """PRO-13"""
    request = Request("POST", "/v1/customers?name=Ada", AUTH, "description=first")
    made = json.loads(handle(world, request).body)
    assert (made["name"], made["description"]) == ("Ada", "first")


class TestExpansion:
    @pytest.fixture
    def path(self, customer: dict[str, Any]) -> str:
        return f"GET /v1/customers/{customer['id']}"

    def test_ids_become_objects(self, call: Any, path: str) -> None:
        """PRO-15"""
        plain = call.ok(path)
        wide = call.ok(path, expand=["test_clock", "invoice_settings.default_payment_method.customer"])
        assert wide["test_clock"]["id"] == plain["test_clock"]
        method = wide["invoice_settings"]["default_payment_method"]
        assert method["customer"]["id"] == plain["id"]
        assert call.ok(path) == plain

    def test_null_stays_null(self, call: Any, path: str) -> None:
        assert call.ok(path, expand=["default_source"])["default_source"] is None

    @pytest.mark.parametrize(
        "wanted",
        [
            "name",
            "nothing",
            "",
            "data",
            "data.test_clock",
            "test_clock.",
            "test_clock.name",
            "metadata",
            "id",
            "a.b",
        ],
    )
    def test_what_cannot_be_expanded(self, call: Any, path: str, wanted: str) -> None:
        answer = call(path, expand=[wanted])
        assert (answer.status, answer.message) == (400, f"This property cannot be expanded ({wanted}).")

    def test_four_levels(self, call: Any, path: str) -> None:
        """PRO-15"""
        deep = "invoice_settings.default_payment_method.customer.test_clock"
        assert call(path, expand=[deep]).status == 200
        answer = call(path, expand=[f"{deep}.x"])
        assert answer.message.startswith("You cannot expand more than 4 levels of a property.")

    def test_lists_want_data_in_front(self, call: Any, customer: Any) -> None:
        """PRO-15"""
        line = "GET /v1/customers"
        query = {"test_clock": customer["test_clock"]}
        rows = call.ok(line, **query, expand=["data.test_clock"])["data"]
        assert rows[0]["test_clock"]["object"] == "test_helpers.test_clock"
        assert call(line, **query, expand=["test_clock"]).status == 400

    def test_a_bad_path_changes_nothing(self, call: Any) -> None:
        assert call("POST /v1/customers", expand=["nothing"]).status == 400
        assert not call.world.customers

    def test_deleted_objects_stay_short(self, call: Any, customer: Any) -> None:
        method = call.ok("POST /v1/payment_methods/pm_card_visa/attach", customer=customer["id"])["id"]
        call.ok(f"DELETE /v1/test_helpers/test_clocks/{customer['test_clock']}")
        assert (
            call.ok(f"GET /v1/payment_methods/{method}", expand=["customer.test_clock"])["customer"] is None
        )
        assert call.ok(f"GET /v1/customers/{customer['id']}", expand=["test_clock"])["deleted"]

    def test_twenty_paths_at_most(self, call: Any, path: str) -> None:
        assert call(path, expand=["test_clock"] * 21).status == 400


class TestLists:
    @pytest.fixture
    def made(self, call: Any) -> list[str]:
        """Newest first."""
        ids = []
        for number in range(12):
            ids.append(call.ok("POST /v1/customers", name=str(number))["id"])
            call.world.sleep(10)
        return ids[::-1]

    def listed(self, call: Any, **query: Any) -> tuple[list[str], bool]:
        body = call.ok("GET /v1/customers", **query)
        assert (body["object"], body["url"]) == ("list", "/v1/customers")
        return [row["id"] for row in body["data"]], body["has_more"]

    def test_pages(self, call: Any, made: list[str]) -> None:
        """PRO-14: newest first, ten by default, cursors exclusive."""
        assert self.listed(call) == (made[:10], True)
        assert self.listed(call, limit=100) == (made, False)
        assert self.listed(call, limit=3, starting_after=made[2]) == (made[3:6], True)
        assert self.listed(call, starting_after=made[1]) == (made[2:], False)
        assert self.listed(call, starting_after=made[11]) == ([], False)
        assert self.listed(call, limit=3, ending_before=made[5]) == (made[2:5], True)
        assert self.listed(call, limit=5, ending_before=made[5]) == (made[:5], False)
        assert self.listed(call, ending_before=made[0]) == ([], False)

    @pytest.mark.parametrize(
        ("query", "param"),
        [
            ({"limit": 0}, "limit"),
            ({"limit": 101}, "limit"),
            ({"limit": "ten"}, "limit"),
            ({"starting_after": "cus_none"}, "starting_after"),
            ({"ending_before": "cus_none"}, "ending_before"),
            ({"created": "soon"}, "created"),
            ({"created": {"after": 5}}, "created[after]"),
            ({"created": {"gt": "soon"}}, "created[gt]"),
            ({"page": 2}, "page"),
        ],
    )
    def test_refusals(self, call: Any, query: dict[str, Any], param: str) -> None:
        """PRO-14"""
        answer = call("GET /v1/customers", **query)
        assert (answer.status, answer.error["param"]) == (400, param)

    def test_not_both_ways(self, call: Any, made: list[str]) -> None:
        answer = call("GET /v1/customers", starting_after=made[0], ending_before=made[2])
        assert answer.status == 400

    @pytest.mark.parametrize(
        ("bounds", "kept"),
        [
            ({"gt": 20}, [3, 4, 5]),
            ({"gte": 20}, [2, 3, 4, 5]),
            ({"lt": 20}, [0, 1]),
            ({"lte": 20}, [0, 1, 2]),
            ({"gte": 10, "lt": 30}, [1, 2]),
            (20, [2]),
            (21, []),
        ],
    )
    def test_created(self, call: Any, made: list[str], start: int, bounds: Any, kept: list[int]) -> None:
        """PRO-14: bounds or an exact instant."""
        oldest_first = made[::-1][:6]
        query = {k: start + v for k, v in bounds.items()} if isinstance(bounds, dict) else start + bounds
        found, _ = self.listed(call, created=query, limit=100)
        assert [each for each in found[::-1] if each in oldest_first] == [
            oldest_first[index] for index in kept
        ]


@given(st.integers(0, 30), st.integers(1, 12), st.integers(0, 29))
def test_pages_are_slices(count: int, limit: int, position: int) -> None:
    """PRO-14: whichever way one walks; and a page asks for one row more than it shows."""
    rows = [f"row{number}" for number in range(count)]
    asked: list[str] = []

    def stream() -> Iterator[str]:
        for row in rows:
            asked.append(row)
            yield row

    def page(**cursor: str) -> tuple[list[str], bool]:
        asked.clear()
        made = lists.page(stream(), {"limit": limit, **cursor}, "/x", lambda row: {"id": row}, key=str)
        return [row["id"] for row in made["data"]], made["has_more"]

    assert page() == (rows[:limit], count > limit)
    assert len(asked) <= limit + 1
    if position < count:
        after, before = rows[position + 1 :], rows[:position]
        assert page(starting_after=rows[position]) == (after[:limit], len(after) > limit)
        assert page(ending_before=rows[position]) == (before[-limit:], len(before) > limit)
    walked: list[str] = []
    more = count > 0
    while more:
        shown, more = page(**({"starting_after": walked[-1]} if walked else {}))
        walked += shown
    assert walked == rows


class TestIdempotency:
    LINE = "POST /v1/customers"

    def test_the_first_answer_is_replayed(self, call: Any) -> None:
        """PRO-06 PRO-08 PRO-09"""
        first = call(self.LINE, {"idempotency-key": "k"}, name="Ada")
        call.world.sleep(60)
        again = call(self.LINE, {"idempotency-key": "k"}, name="Ada")
        assert again.body == first.body
        assert (again.headers["Idempotent-Replayed"], again.headers["Idempotency-Key"]) == ("true", "k")
        assert again.headers["Request-Id"] != first.headers["Request-Id"]
        assert len(call.world.customers) == 1

    @pytest.mark.parametrize(
        ("line", "params"), [("POST /v1/customers", {"name": "Eve"}), ("POST /v1/products", {"name": "Ada"})]
    )
    def test_for_the_same_request_only(self, call: Any, line: str, params: dict[str, Any]) -> None:
        """PRO-10"""
        call(self.LINE, {"idempotency-key": "k"}, name="Ada")
        answer = call(line, {"idempotency-key": "k"}, **params)
        assert (answer.status, answer.error["type"]) == (400, "idempotency_error")
        assert "a key other than 'k'" in answer.message

    @pytest.mark.parametrize(("slept", "customers"), [(DAY - 1, 1), (DAY, 2)])
    def test_for_a_day_of_wall_time(self, call: Any, slept: int, customers: int) -> None:
        """CLK-60 PRO-08"""
        call(self.LINE, {"idempotency-key": "k"}, name="Ada")
        call.world.sleep(slept)
        call(self.LINE, {"idempotency-key": "k"}, name="Ada")
        assert len(call.world.customers) == customers

    def test_a_refusal_is_not_kept(self, call: Any) -> None:
        """PRO-08: mended, the same request may come with the same key."""
        product = {"currency": "usd", "unit_amount": 1, "product": "later"}
        assert call("POST /v1/prices", {"idempotency-key": "k"}, **product).status == 400
        call.ok("POST /v1/products", id="later", name="Late")
        assert call("POST /v1/prices", {"idempotency-key": "k"}, **product).status == 200

    def test_a_declined_card_is_kept(self, call: Any) -> None:
        """PRO-08: that request was executed."""
        for replayed in (None, "true"):
            answer = call(self.LINE, {"idempotency-key": "k"}, payment_method="pm_card_chargeDeclined")
            assert answer.status == 402
            assert answer.headers.get("Idempotent-Replayed") == replayed

    def test_keys_have_a_longest(self, call: Any) -> None:
        """PRO-08"""
        assert call(self.LINE, {"idempotency-key": "k" * 255}).status == 200
        assert call(self.LINE, {"idempotency-key": "k" * 256}).status == 400

    def test_reads_have_none(self, call: Any) -> None:
        first = call("GET /v1/customers", {"idempotency-key": "k"})
        call.ok(self.LINE)
        assert call("GET /v1/customers", {"idempotency-key": "k"}).body != first.body

    def test_the_store_forgets(self, call: Any) -> None:
        for number in range(50):
            call(self.LINE, {"idempotency-key": str(number)})
        call.world.sleep(DAY)
        call(self.LINE, {"idempotency-key": "new"})
        assert len(call.world.idempotency.answers) == 1


class TestEvents:
    def test_an_event(self, call: Any, start: int) -> None:
        """CLK-56 PRO-18 PRO-20: wall time, the request behind it, the object as it was."""
        answer = call("POST /v1/customers", {"idempotency-key": "k"}, name="Ada")
        event = call.ok("GET /v1/events")["data"][0]
        assert event == {
            "id": event["id"],
            "object": "event",
            "account": None,
            "api_version": "2026-10-28.endive",
            "context": None,
            "created": start,
            "data": {"object": answer.body},
            "livemode": False,
            "pending_webhooks": 0,
            "request": {"id": answer.headers["Request-Id"], "idempotency_key": "k"},
            "type": "customer.created",
        }
        assert call.ok(f"GET /v1/events/{event['id']}") == event
        call.ok(f"POST /v1/customers/{answer['id']}", name="Eve")
        assert call.ok(f"GET /v1/events/{event['id']}") == event

    def test_filters(self, call: Any, start: int) -> None:
        """PRO-14"""
        call.ok("POST /v1/customers")
        call.world.sleep(5)
        call.ok("POST /v1/products", name="P")

        def kinds(**query: Any) -> list[str]:
            return [row["type"] for row in call.ok("GET /v1/events", **query)["data"]]

        assert kinds() == ["product.created", "customer.created"]
        assert kinds(type="customer.created") == kinds(type="customer.*") == ["customer.created"]
        assert kinds(types=["product.created", "price.created"]) == ["product.created"]
        assert kinds(created={"gt": start}) == ["product.created"]
        assert kinds(limit=1) == ["product.created"]
        assert call("GET /v1/events", type="a", types=["b"]).status == 400
        assert call("GET /v1/events", types=["x"] * 21).status == 400

    def test_delivery_is_not_modelled(self, call: Any) -> None:
        answer = call("GET /v1/events", delivery_success=True)
        assert answer.status == 501
        assert "delivery_success" in answer.message

    def test_an_unknown_event(self, call: Any) -> None:
        assert call("GET /v1/events/evt_none").error["code"] == "resource_missing"


class TestRequests:
    def test_every_answer_has_a_request_id(self, call: Any) -> None:
        """PRO-06"""
        seen = [
            call(line).headers["Request-Id"]
            for line in ("GET /v1/customers", "GET /v1/none", "POST /v1/quotes")
        ]
        assert len(set(seen)) == 3
        assert all(each.startswith("req_") for each in seen)

    def test_unknown_parameters_are_named(self, call: Any) -> None:
        """PRO-05"""
        answer = call("POST /v1/customers", nmae="Ada", colour="red")
        assert answer.message == "Received unknown parameters: nmae, colour"
        assert answer.error["code"] == "parameter_unknown"

    @pytest.mark.parametrize(
        ("target", "status"),
        [
            ("/v1/customers?limit=" + "9" * 500, 400),
            ("/v1/customers?" + "a" * 100, 400),
            ("//[", 400),
            ("/v1/customers/" + quote("cus/../../x", safe=""), 404),
            ("/v1/customers/%00", 404),
            ("/v1/customers/" + "x" * 10_000, 404),
            ("", 404),
        ],
    )
    def test_odd_targets(self, world: World, target: str, status: int) -> None:
        response = handle(world, Request("GET", target, AUTH))
        assert response.status == status
        assert json.loads(response.body)["error"]["type"] == "invalid_request_error"

    def test_a_body_has_a_largest_size(self, world: World) -> None:
        response = handle(world, Request("POST", "/v1/customers", AUTH, "name=" + "x" * 1_000_001))
        assert response.status == 413

    def test_an_error_names_its_code_and_where_to_read_about_it(self, call: Any) -> None:
        """PRO-01 PRO-02"""
        error = call("GET /v1/customers/cus_none").error
        assert error == {
            "code": "resource_missing",
            "doc_url": "https://stripe.com/docs/error-codes/resource-missing",
            "message": "No such customer: 'cus_none'",
            "param": "id",
            "type": "invalid_request_error",
        }

    def test_what_is_not_modelled_points_to_no_page_of_stripes(self, call: Any) -> None:
        error = call("POST /v1/quotes").error
        assert set(error) == {"code", "message", "type"}
        assert "POST /v1/quotes (quotes)" in error["message"]


class TestParsers:
    @pytest.mark.parametrize(
        ("values", "listed"),
        [(("a",), "a"), (("a", "b"), "a or b"), (("a", "b", "c"), "a, b, or c")],
    )
    def test_choices_are_listed(self, values: tuple[str, ...], listed: str) -> None:
        with pytest.raises(StripeError, match=f"Invalid c: must be one of {listed}$"):
            params.choice(*values)("x", "a[b][c]")

    @pytest.mark.parametrize("value", ["1", 1, "-5", "0"])
    def test_integers_come_as_text_or_number(self, value: Any) -> None:
        assert params.integer()(value, "n") == int(value)

    @pytest.mark.parametrize("value", [True, "1.0", "1e3", " 1", "", "0x1", None, [], {}, "9" * 20, "१"])
    def test_what_is_no_integer(self, value: Any) -> None:
        with pytest.raises(StripeError):
            params.integer(unset=False)(value, "n")

    @pytest.mark.parametrize(
        ("value", "parsed"), [("true", True), ("false", False), (True, True), ("", None)]
    )
    def test_flags(self, value: Any, parsed: bool | None) -> None:
        assert params.flag()(value, "f") is parsed

    @pytest.mark.parametrize("value", ["True", "1", "yes", 1, []])
    def test_what_is_no_flag(self, value: Any) -> None:
        with pytest.raises(StripeError):
            params.flag()(value, "f")
