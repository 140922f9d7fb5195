"""Test clocks: creation, advance, lock, limits, events, visibility, deletion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.simulator.world import Settings, World

DAY = 86_400
CLOCKS = "/v1/test_helpers/test_clocks"
LOCKED = "Test clock advancement underway - cannot perform modifications"


def kinds(call: Any, prefix: str = "") -> list[str]:
    """Types of all events so far, oldest first, without looking at a clock."""
    return [event.type for event in call.world.events.values() if event.type.startswith(prefix)]


def test_a_new_clock_is_ready_at_once(call: Any, start: int) -> None:
    """CLK-01 CLK-02 CLK-03 CLK-04 CLK-05 CLK-08 CLK-09 CLK-20 CLK-57 CON-01"""
    clock = call.ok(f"POST {CLOCKS}", frozen_time=start - 5 * DAY, name="Old times")
    assert clock == {
        "id": clock["id"],
        "object": "test_helpers.test_clock",
        "created": start,
        "deletes_after": start + 30 * DAY,
        "frozen_time": start - 5 * DAY,
        "livemode": False,
        "name": "Old times",
        "status": "ready",
        "status_details": {},
    }
    assert clock["id"].startswith("clock_")
    assert kinds(call) == ["test_helpers.test_clock.created"]


@pytest.mark.parametrize("frozen_time", [1, 1_577_836_800, 1_767_225_600, 4_102_444_800])
def test_a_clock_may_start_at_any_time(call: Any, frozen_time: int) -> None:
    """CLK-14 CLK-15"""
    assert call.ok(f"POST {CLOCKS}", frozen_time=frozen_time)["frozen_time"] == frozen_time


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({}, "parameter_missing", "frozen_time"),
        ({"frozen_time": ""}, "parameter_invalid_empty", "frozen_time"),
        ({"frozen_time": 0}, "parameter_invalid_integer", "frozen_time"),
        ({"frozen_time": "soon"}, "parameter_invalid_integer", "frozen_time"),
        ({"frozen_time": 5, "name": "x" * 301}, "parameter_invalid_string", "name"),
        ({"frozen_time": 5, "metadata": {"a": "b"}}, "parameter_unknown", "metadata"),
    ],
)
def test_creation_refuses(call: Any, params: dict[str, Any], code: str, param: str) -> None:
    """CLK-05 CLK-10 CLK-13"""
    answer = call(f"POST {CLOCKS}", **params)
    assert (answer.status, answer.error["code"], answer.error["param"]) == (400, code, param)
    assert not call.world.clocks


def test_there_is_no_update_and_no_search(call: Any, clock: dict[str, Any]) -> None:
    """CLK-06 CLK-12"""
    assert call(f"POST {CLOCKS}/{clock['id']}", name="New").status == 404
    assert call(f"GET {CLOCKS}/search").status == 404


def test_a_list_of_clocks_takes_paging_only(call: Any, start: int) -> None:
    """CLK-11"""
    made = [call.ok(f"POST {CLOCKS}", frozen_time=start)["id"] for _ in range(3)]
    assert [row["id"] for row in call.ok(f"GET {CLOCKS}", limit=2)["data"]] == made[:0:-1]
    assert call(f"GET {CLOCKS}", created=5).error["code"] == "parameter_unknown"


@pytest.mark.parametrize(
    ("version", "status"),
    [("2026-04-22.dahlia", 400), ("2026-05-27.dahlia", 200), ("2026-10-28.endive", 200)],
)
def test_a_clock_takes_an_existing_customer_since_dahlia(
    call: Any, start: int, version: str, status: int
) -> None:
    """CLK-16 CLK-18: by version; unknown before."""
    customer = call.ok("POST /v1/customers")["id"]
    answer = call(f"POST {CLOCKS}", {"stripe-version": version}, frozen_time=start, customer=customer)
    assert answer.status == status
    clock = call.ok(f"GET /v1/customers/{customer}")["test_clock"]
    assert clock == (answer["id"] if status == 200 else None)
    if status == 400:
        assert answer.error["code"] == "parameter_unknown"


def test_an_existing_customer_does_not_go_back_in_time(call: Any, start: int) -> None:
    """CLK-17"""
    customer = call.ok("POST /v1/customers")["id"]
    answer = call(f"POST {CLOCKS}", frozen_time=start - 1, customer=customer)
    assert (answer.status, answer.error["param"]) == (400, "frozen_time")
    assert not call.world.clocks


def test_a_customer_stays_on_its_clock(call: Any, customer: dict[str, Any], start: int) -> None:
    """CLK-16 CLK-47: neither another clock nor none."""
    answer = call(f"POST {CLOCKS}", frozen_time=start, customer=customer["id"])
    assert (answer.status, answer.error["param"]) == (400, "customer")
    answer = call(f"POST /v1/customers/{customer['id']}", test_clock="")
    assert answer.error["code"] == "parameter_unknown"


class TestAdvance:
    def test_the_answer_shows_the_old_time_and_the_target(self, call: Any, clock: Any, start: int) -> None:
        """CLK-09 CLK-26 CLK-33"""
        answer = call.ok(f"POST {CLOCKS}/{clock['id']}/advance", frozen_time=start + 60)
        assert answer["status"] == "advancing"
        assert answer["frozen_time"] == start
        assert answer["status_details"] == {"advancing": {"target_frozen_time": start + 60}}

    def test_it_ends_ready_at_the_target(self, clock: Any, advance: Any, call: Any, start: int) -> None:
        """CLK-32 CLK-40 CLK-41 CLK-42"""
        after = advance(clock["id"], start + 60)
        assert (after["status"], after["frozen_time"], after["status_details"]) == ("ready", start + 60, {})
        assert kinds(call) == [
            "test_helpers.test_clock.created",
            "test_helpers.test_clock.advancing",
            "test_helpers.test_clock.ready",
        ]

    def test_its_events_carry_the_clock_as_it_was(
        self, call: Any, clock: Any, advance: Any, start: int
    ) -> None:
        """CLK-40 to CLK-42: `data.object` is the clock, and nobody asked for `ready`."""
        advance(clock["id"], start + 60)
        made, advancing, ready = call.world.events.values()
        assert [each.snapshot["status"] for each in (made, advancing, ready)] == [
            "ready",
            "advancing",
            "ready",
        ]
        assert [each.snapshot["frozen_time"] for each in (made, advancing, ready)] == [
            start,
            start,
            start + 60,
        ]
        assert advancing.request_id is not None
        assert ready.request_id is None

    @pytest.mark.parametrize("polls", [0, 1, 3, 5])
    def test_it_takes_the_configured_number_of_looks(self, polls: int, start: int, new_caller: Any) -> None:
        """CLK-97: with none the clock is ready at once, yet the POST still says advancing."""
        call = new_caller(clock_polls=polls)
        clock = call.ok(f"POST {CLOCKS}", frozen_time=start)["id"]
        assert call.ok(f"POST {CLOCKS}/{clock}/advance", frozen_time=start + 1)["status"] == "advancing"
        seen = [call.ok(f"GET {CLOCKS}/{clock}")["status"] for _ in range(polls + 1)]
        assert seen == ["advancing"] * max(polls - 1, 0) + ["ready"] * (1 if polls == 0 else 2)

    @pytest.mark.parametrize("look", [f"GET {CLOCKS}", "GET /v1/events"])
    def test_a_look_from_afar_counts_too(self, call: Any, clock: Any, start: int, look: str) -> None:
        """CLK-97: who waits for the event, or lists clocks, must not wait for ever."""
        call.ok(f"POST {CLOCKS}/{clock['id']}/advance", frozen_time=start + 1)
        call.ok(look)
        assert call.world.clocks[clock["id"]].status == "ready"

    @pytest.mark.parametrize("offset", [0, -1, -400 * DAY])
    def test_it_goes_forward_only(self, call: Any, clock: Any, start: int, offset: int) -> None:
        """CLK-22 CLK-27 CLK-28"""
        answer = call(f"POST {CLOCKS}/{clock['id']}/advance", frozen_time=start + offset)
        assert (answer.status, answer.error["type"]) == (400, "invalid_request_error")
        assert answer.error["param"] == "frozen_time"
        assert call.world.clocks[clock["id"]].status == "ready"

    def test_two_years_without_a_subscription(self, call: Any, clock: Any, advance: Any, start: int) -> None:
        """CLK-23: the bound is included (CLK-25), and counted again from where the clock is (CLK-24)."""
        two_years = 730 * DAY  # 2026 and 2027
        path = f"POST {CLOCKS}/{clock['id']}/advance"
        assert call(path, frozen_time=start + two_years + 1).error["param"] == "frozen_time"
        advance(clock["id"], start + two_years)
        advance(clock["id"], start + two_years + 365 * DAY)

    def test_frozen_time_is_required(self, call: Any, clock: Any) -> None:
        """CLK-22"""
        answer = call(f"POST {CLOCKS}/{clock['id']}/advance")
        assert (answer.error["code"], answer.error["param"]) == ("parameter_missing", "frozen_time")

    def test_an_unknown_clock(self, call: Any) -> None:
        answer = call(f"POST {CLOCKS}/clock_none/advance", frozen_time=5)
        assert (answer.status, answer.error["code"]) == (404, "resource_missing")

    def test_there_is_no_way_to_stop_it(self, call: Any, clock: Any) -> None:
        """CLK-31"""
        assert call(f"POST {CLOCKS}/{clock['id']}/cancel").status == 404

    def test_a_failed_clock_stays_failed(
        self, call: Any, clock: Any, start: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """CLK-07 CLK-30 CLK-43: when its work meets an error, the advance fails and later ones too."""
        from harness.simulator.flows import due
        from harness.simulator.wire.errors import invalid

        def broken(world: World, clock_id: str | None, not_after: int) -> None:
            raise invalid("no")

        monkeypatch.setattr(due, "next_due", broken)
        path = f"{CLOCKS}/{clock['id']}"
        call(f"POST {path}/advance", frozen_time=start + 1)
        assert call.ok(f"GET {path}")["status"] == "internal_failure"
        assert kinds(call)[-1] == "test_helpers.test_clock.internal_failure"
        monkeypatch.undo()
        assert call(f"POST {path}/advance", frozen_time=start + 2).status == 400


class TestLock:
    @pytest.fixture
    def settings(self, start: int) -> Settings:
        return Settings(wall=start, lag_seconds=(0, 0), clock_polls=100)

    @pytest.fixture
    def advancing(self, call: Any, customer: Any, start: int) -> str:
        clock: str = customer["test_clock"]
        call.ok(f"POST {CLOCKS}/{clock}/advance", frozen_time=start + DAY)
        return clock

    @pytest.mark.parametrize(
        ("line", "params"),
        [
            ("POST /v1/customers/CUSTOMER", {"name": "Ada"}),
            ("DELETE /v1/customers/CUSTOMER", {}),
            ("POST /v1/customers", {"test_clock": "CLOCK"}),
            ("POST /v1/payment_methods/pm_card_visa/attach", {"customer": "CUSTOMER"}),
            ("POST /v1/payment_methods/METHOD/detach", {}),
            ("POST /v1/payment_methods/METHOD", {"metadata": {"a": "b"}}),
            (f"POST {CLOCKS}/CLOCK/advance", {"frozen_time": 1_767_400_000}),
            (f"DELETE {CLOCKS}/CLOCK", {}),
        ],
    )
    def test_changes_are_refused(
        self, call: Any, advancing: str, customer: Any, line: str, params: dict[str, Any]
    ) -> None:
        """CLK-29 CLK-34 CLK-35 CLK-37 CLK-69: 429 with the clock's id, and nothing happened."""
        names = {
            "CUSTOMER": customer["id"],
            "CLOCK": advancing,
            "METHOD": customer["invoice_settings"]["default_payment_method"],
        }
        for name, value in names.items():
            line = line.replace(name, value)
            params = {key: value if given == name else given for key, given in params.items()}
        before = len(call.world.events)
        answer = call(line, **params)
        assert (answer.status, answer.message) == (429, f"{LOCKED}: {advancing}")
        assert (answer.error["type"], answer.error["code"]) == ("invalid_request_error", "rate_limit")
        assert len(call.world.events) == before

    def test_reads_work(self, call: Any, advancing: str, customer: Any) -> None:
        """CLK-34"""
        assert call(f"GET /v1/customers/{customer['id']}").status == 200
        assert call("GET /v1/customers", test_clock=advancing).status == 200

    def test_other_clocks_and_unclocked_customers_are_free(self, call: Any, advancing: str) -> None:
        """CLK-34: the lock is the clock's own."""
        call.ok("POST /v1/customers")
        other = call.ok(f"POST {CLOCKS}", frozen_time=5)["id"]
        call.ok("POST /v1/customers", test_clock=other)

    def test_meter_events_are_let_in(
        self, advancing: str, customer: Any, meter: Any, send: Callable[..., Any], start: int
    ) -> None:
        """CLK-36 CLK-38: also those stamped with what the clock is advancing to."""
        assert send(customer["id"], 1, at=start).status == 200
        assert send(customer["id"], 1, at=start + DAY).status == 200
        assert send(customer["id"], 1)["timestamp"] == start + DAY

    def test_it_opens_when_the_clock_is_ready(self, call: Any, advancing: str, customer: Any) -> None:
        for _ in range(100):
            call.ok(f"GET {CLOCKS}/{advancing}")
        assert call(f"POST /v1/customers/{customer['id']}", name="Ada").status == 200


class TestMembers:
    def test_three_customers_at_most(self, call: Any, clock: Any) -> None:
        """CLK-61 CLK-65"""
        for _ in range(3):
            call.ok("POST /v1/customers", test_clock=clock["id"])
        answer = call("POST /v1/customers", test_clock=clock["id"])
        assert (answer.status, answer.error["param"]) == (400, "test_clock")
        assert len(call.world.customers) == 3

    def test_a_deleted_customer_makes_room(self, call: Any, clock: Any) -> None:
        """CLK-61"""
        made = [call.ok("POST /v1/customers", test_clock=clock["id"])["id"] for _ in range(3)]
        call.ok(f"DELETE /v1/customers/{made[1]}")
        call.ok("POST /v1/customers", test_clock=clock["id"])

    def test_lists_hide_them_unless_asked_by_clock(self, call: Any, clock: Any) -> None:
        """CLK-48 CLK-50 CLK-51: an email doesn't bring them back, an id always does."""
        hidden = call.ok("POST /v1/customers", test_clock=clock["id"], email="a@example.com")["id"]
        plain = call.ok("POST /v1/customers", email="a@example.com")["id"]

        def listed(**filters: Any) -> list[str]:
            return [row["id"] for row in call.ok("GET /v1/customers", **filters)["data"]]

        assert listed() == [plain]
        assert listed(email="a@example.com") == [plain]
        assert listed(test_clock=clock["id"]) == [hidden]
        assert call.ok(f"GET /v1/customers/{hidden}")["id"] == hidden

    def test_a_customer_is_created_at_the_frozen_time(self, call: Any, start: int) -> None:
        """CLK-19 CLK-45 CLK-54 CLK-94"""
        clock = call.ok(f"POST {CLOCKS}", frozen_time=start + 400 * DAY)["id"]
        assert call.ok("POST /v1/customers", test_clock=clock)["created"] == start + 400 * DAY
        assert call.ok("POST /v1/customers")["created"] == start

    def test_events_and_payment_methods_follow_the_wall(self, call: Any, start: int) -> None:
        """CLK-46 CLK-56"""
        clock = call.ok(f"POST {CLOCKS}", frozen_time=start + 400 * DAY)["id"]
        customer = call.ok("POST /v1/customers", test_clock=clock)["id"]
        method = call.ok("POST /v1/payment_methods/pm_card_visa/attach", customer=customer)
        assert method["created"] == start
        assert {event.created for event in call.world.events.values()} == {start}


class TestDeletion:
    def test_it_takes_the_customers_along(self, call: Any, customer: Any, clock: Any) -> None:
        """CLK-10 CLK-44 CLK-66 CLK-67 CLK-68"""
        answer = call.ok(f"DELETE {CLOCKS}/{clock['id']}")
        assert answer == {"id": clock["id"], "object": "test_helpers.test_clock", "deleted": True}
        gone = call.ok(f"GET /v1/customers/{customer['id']}")
        assert gone == {"id": customer["id"], "object": "customer", "deleted": True}
        assert call(f"GET {CLOCKS}/{clock['id']}").status == 404
        assert call.ok(f"GET {CLOCKS}")["data"] == []
        assert kinds(call)[-2:] == ["customer.deleted", "test_helpers.test_clock.deleted"]
        last = list(call.world.events.values())[-1]
        assert last.snapshot["frozen_time"] == clock["frozen_time"]

    def test_the_catalogue_and_the_usage_survive(
        self, call: Any, customer: Any, clock: Any, meter: Any, send: Any
    ) -> None:
        """CLK-70"""
        send(customer["id"], 5)
        product = call.ok("POST /v1/products", name="Calls")
        call.ok(f"DELETE {CLOCKS}/{clock['id']}")
        assert call.ok(f"GET /v1/billing/meters/{meter['id']}")["status"] == "active"
        assert call.ok(f"GET /v1/products/{product['id']}")["active"]
        assert len(call.world.usage) == 1

    def test_a_deleted_customer_is_nobodys_customer(self, call: Any, customer: Any, meter: Any) -> None:
        """CLK-67: neither changed nor named again."""
        call.ok(f"DELETE {CLOCKS}/{customer['test_clock']}")
        path = f"/v1/customers/{customer['id']}"
        assert call(f"POST {path}", name="Ada").status == 404
        assert call(f"DELETE {path}").status == 404
        attach = call("POST /v1/payment_methods/pm_card_visa/attach", customer=customer["id"])
        assert (attach.status, attach.error["param"]) == (400, "customer")
