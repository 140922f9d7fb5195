"""Licensed time that nothing was paid for: in flexible mode nothing comes back for it (CHG-55)."""

from __future__ import annotations

from typing import Any

import pytest


def free_stub(shop: Any, instant: Any) -> dict[str, Any]:
    """A month at 3100 that begins on 1 February, its free stub on 16 January."""
    shop.advance("2026-01-16")
    made: dict[str, Any] = shop.subscribe(
        shop.licensed(3100), billing_cycle_anchor=instant("2026-02-01"), proration_behavior="none"
    )
    return made


def amounts(shop: Any) -> list[int]:
    return [entry["amount"] for entry in shop.pending()]


def test_a_free_stub_gives_no_credit(shop: Any, instant: Any) -> None:
    """CHG-55 SUB-36: two for its 16 days cost two, one was never paid."""
    subscription = free_stub(shop, instant)
    first = subscription["items"]["data"][0]["id"]
    shop.change(subscription, items=[{"id": first, "quantity": 2}])
    assert amounts(shop) == [3200]


def test_a_free_price_gives_no_credit(shop: Any) -> None:
    """CHG-55: an amount of zero makes no invoice item."""
    subscription = shop.subscribe(shop.licensed(0))
    shop.advance("2026-01-16")
    first = subscription["items"]["data"][0]["id"]
    shop.change(subscription, items=[{"id": first, "price": shop.licensed(3100)}])
    assert amounts(shop) == [1600]


def test_an_end_in_a_free_stub_gives_no_credit(shop: Any, instant: Any) -> None:
    """CHG-22 CHG-55; that its rest is paid for when the end is taken back is unverified."""
    subscription = free_stub(shop, instant)
    shop.change(subscription, cancel_at=instant("2026-01-21"))
    assert amounts(shop) == []
    shop.change(subscription, cancel_at="")
    assert amounts(shop) == [1100]
    first = subscription["items"]["data"][0]["id"]
    shop.change(subscription, items=[{"id": first, "quantity": 2}])
    assert amounts(shop)[1:] == [-1100, 3200]


@pytest.mark.parametrize("mode", ["classic", "flexible"])
def test_a_quantity_of_zero_costs_nothing_and_gives_nothing_back(shop: Any, rows: Any, mode: str) -> None:
    """PRC-19 CHG-54: whole, as the rest of a period, and as what was there before."""
    price = shop.licensed(3100)
    subscription = shop.subscribe({"price": price, "quantity": 0}, billing_mode={"type": mode})
    assert rows(shop.last_invoice()) == [("0 × Gold (at $31.00 / month)", "0", 0)]
    shop.advance("2026-01-16")
    first = subscription["items"]["data"][0]["id"]
    for quantity in (2, 0):
        shop.change(subscription, items=[{"id": first, "quantity": quantity}])
    assert amounts(shop) == [3200, -3200]
    shop.advance("2026-02-01T01:00:00")
    assert [amount for _, _, amount in rows(shop.last_invoice())] == [-3200, 3200, 0]


def test_a_stub_for_a_quantity_of_zero_is_free(shop: Any, rows: Any, instant: Any) -> None:
    """SUB-36: with its line."""
    shop.advance("2026-01-16")
    shop.subscribe({"price": shop.licensed(3100), "quantity": 0}, billing_cycle_anchor=instant("2026-02-01"))
    ((_, quantity, amount),) = rows(shop.last_invoice())
    assert (quantity, amount) == ("0", 0)
