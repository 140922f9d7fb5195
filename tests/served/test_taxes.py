"""A server that starts again still knows its tax rates, and taxes what is billed then."""

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


def begun(hand: Any) -> None:
    """A subscription on a clock, with a default rate that is archived by now."""
    asked(hand, "POST /v1/test_helpers/test_clocks", f"frozen_time={int(hand.real)}")
    card = "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa"
    asked(hand, "POST /v1/customers", f"test_clock=clock_sim000001&{card}")
    asked(
        hand,
        "POST /v1/prices",
        "currency=usd&unit_amount=500&recurring[interval]=month&product_data[name]=P",
    )
    asked(hand, "POST /v1/tax_rates", "display_name=VAT&percentage=9.975&inclusive=false")
    rates = "default_tax_rates[0]=txr_sim000001"
    asked(
        hand,
        "POST /v1/subscriptions",
        f"customer=cus_sim000001&items[0][price]=price_sim000001&{rates}",
    )
    asked(hand, "POST /v1/tax_rates/txr_sim000001", "active=false")


@pytest.mark.parametrize("pictured", [False, True])
def test_tax_goes_on_after_a_restart(new_hand: Callable[..., Any], tmp_path: Path, pictured: bool) -> None:
    """INV-101: redone from its requests, or read from a picture."""
    first = new_hand(state=tmp_path / "state")
    begun(first)
    if pictured:
        first.accounts.compact()
    first.journal.close()
    second = new_hand(state=tmp_path / "state")
    path = "/v1/test_helpers/test_clocks/clock_sim000001"
    asked(second, f"POST {path}/advance", f"frozen_time={int(second.real) + 32 * DAY}")
    asked(second, f"GET {path}")
    invoices = asked(second, "GET /v1/invoices?customer=cus_sim000001")["data"]
    assert [(each["status"], each["total"]) for each in invoices] == [("paid", 550)] * 2
    rate = asked(second, "GET /v1/tax_rates/txr_sim000001")
    assert invoices[0]["default_tax_rates"] == [rate]
    asked(second, "POST /v1/subscriptions/sub_sim000001", "default_tax_rates[0]=txr_sim000001")
