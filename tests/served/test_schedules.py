"""A server that starts again still knows its schedules, and goes on with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DAY = 86_400
FORM = {"content_type": "application/x-www-form-urlencoded"}


def asked(hand: Any, line: str, body: str = "") -> Any:
    answer = hand.call(line, body, **(FORM if body else {}))
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def begun(hand: Any) -> tuple[str, str, str]:
    """A schedule in its first phase and one that waits, on a clock; the ids of the clock and of both."""
    start = int(hand.real)
    clock = asked(hand, "POST /v1/test_helpers/test_clocks", f"frozen_time={start}")["id"]
    card = "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa"
    asked(hand, "POST /v1/customers", f"test_clock={clock}&{card}")
    for cents in (500, 900):
        price = f"currency=usd&unit_amount={cents}&recurring[interval]=month&product_data[name]=Plan"
        asked(hand, "POST /v1/prices", price)
    phases = "&".join(
        f"phases[{index}][items][0][price]=price_sim{index + 1:06d}"
        f"&phases[{index}][end_date]={start + days * DAY}"
        for index, days in enumerate((20, 50))
    )
    running = asked(
        hand, "POST /v1/subscription_schedules", f"customer=cus_sim000001&start_date=now&{phases}"
    )
    later = f"customer=cus_sim000001&start_date={start + 5 * DAY}&phases[0][items][0][price]=price_sim000001"
    return clock, running["id"], asked(hand, "POST /v1/subscription_schedules", later)["id"]


def shown(hand: Any, schedules: tuple[str, ...]) -> list[Any]:
    lists = ("subscriptions", "invoices", "invoiceitems", "subscription_schedules")
    rows = [asked(hand, f"GET /v1/{each}?customer=cus_sim000001&limit=100") for each in lists]
    return rows + [asked(hand, f"GET /v1/subscription_schedules/{each}") for each in schedules]


@pytest.mark.parametrize("pictured", [False, True])
def test_a_schedule_goes_on_after_a_restart(
    new_hand: Callable[..., Any], tmp_path: Path, pictured: bool
) -> None:
    """Redone from its requests, or read from a picture."""
    through = new_hand()
    first = new_hand(state=tmp_path / "state")
    for hand in (through, first):
        clock, *schedules = begun(hand)
    if pictured:
        first.accounts.compact()
    first.journal.close()
    second = new_hand(state=tmp_path / "state")
    for days in (10, 35, 60):
        tellings = []
        for hand in (through, second):
            path = f"/v1/test_helpers/test_clocks/{clock}"
            asked(hand, f"POST {path}/advance", f"frozen_time={int(hand.real) + days * DAY}")
            asked(hand, f"GET {path}")
            tellings.append(shown(hand, tuple(schedules)))
        assert tellings[0] == tellings[1]
    assert [row["status"] for row in tellings[0][-2:]] == ["completed", "completed"]
