"""Lines of every scheme: amounts, quantities, descriptions, order, and Stripe's own numbers."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

HOUR = 3_600
MONTH = 31 * 86_400

DOCS = [(5, 700), (10, 650), ("inf", 600)]


def tiers(*bounds: tuple[Any, ...]) -> list[dict[str, Any]]:
    """(up_to, unit) or (up_to, unit, flat); None leaves an amount out."""
    made = []
    for up_to, unit, *flat in bounds:
        tier = {"up_to": up_to}
        if unit is not None:
            tier["unit_amount_decimal"] = str(unit)
        if flat and flat[0] is not None:
            tier["flat_amount"] = flat[0]
        made.append(tier)
    return made


def tiered(mode: str, *bounds: tuple[Any, ...]) -> dict[str, Any]:
    return {"billing_scheme": "tiered", "tiers_mode": mode, "tiers": tiers(*bounds)}


def package(divide_by: int, unit: int) -> dict[str, Any]:
    return {"unit_amount": unit, "transform_quantity": {"divide_by": divide_by, "round": "up"}}


def per_unit(unit: str) -> dict[str, Any]:
    return {"unit_amount_decimal": unit}


CASES = [
    *[
        pytest.param(tiered("volume", *DOCS), q, c, id=f"N-01-{q}")
        for q, c in ((1, 700), (6, 3900), (25, 15000))
    ],
    *[
        pytest.param(tiered("graduated", *DOCS), q, c, id=f"N-02-{q}")
        for q, c in ((5, 3500), (6, 4150), (25, 15750))
    ],
    pytest.param(tiered("graduated", (1, 900), ("inf", 0)), 0, 0, id="N-03"),
    pytest.param(package(60, 1000), 150, 3000, id="N-04"),
    pytest.param(package(100, 4), 110, 8, id="N-05"),
    pytest.param(per_unit("0.05"), 1234, 62, id="N-06"),
    pytest.param(per_unit("105.5"), 3, 317, id="N-07"),
    pytest.param(per_unit("5"), 7, 35, id="N-08"),
    pytest.param(tiered("graduated", (100_000, 0), ("inf", "0.1")), 150_000, 5000, id="N-09"),
    pytest.param(tiered("graduated", (1000, 0), ("inf", 4)), 3000, 8000, id="N-10"),
    pytest.param(per_unit("0.0001"), 250_000, 25, id="N-12"),
    pytest.param(tiered("graduated", (5000, 0), ("inf", 3)), 5400, 1200, id="N-13"),
    pytest.param(per_unit("0.01"), 280_000, 2800, id="N-14"),
    pytest.param(tiered("graduated", (5, 10, 250), ("inf", 7)), 0, 250, id="PRC-29-graduated"),
    pytest.param(tiered("volume", (5, 10, 250), ("inf", 7)), 0, 250, id="PRC-29-volume"),
]


@pytest.mark.parametrize(("terms", "usage", "cents"), CASES)
def test_stripes_numbers_through_the_sdk(
    client: stripe.StripeClient, start: int, terms: dict[str, Any], usage: int, cents: int
) -> None:
    """PRC-24 to PRC-29: from a price to a finalized invoice, with the official SDK."""
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": start})
    customer = client.v1.customers.create({"test_clock": clock.id})
    meter = client.v1.billing.meters.create(
        {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}}
    )
    price = client.v1.prices.create(
        {
            "currency": "usd",
            "product_data": {"name": "Calls"},
            "recurring": {"interval": "month", "usage_type": "metered", "meter": meter.id},
            **terms,  # type: ignore[typeddict-item]
        }
    )
    subscription = client.v1.subscriptions.create({"customer": customer.id, "items": [{"price": price.id}]})
    if usage:
        client.v1.billing.meter_events.create(
            {
                "event_name": "calls",
                "payload": {"stripe_customer_id": customer.id, "value": str(usage)},
                "timestamp": start,
            }
        )
    client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": start + MONTH + HOUR})
    invoice = client.v1.invoices.list({"subscription": subscription.id}).data[0]
    assert invoice.total == cents
    assert sum(line.quantity or 0 for line in invoice.lines.data) == usage


def cycle(shop: Any, price: str, usage: object) -> dict[str, Any]:
    subscription = shop.subscribe(price)
    if usage:
        shop.use(usage, shop.start)
    shop.advance(shop.start + MONTH + HOUR)
    return shop.last_invoice(subscription)


@pytest.mark.parametrize(
    ("terms", "usage", "expected"),
    [
        pytest.param(
            per_unit("2.5"), "40", [("40 × Gold (at $0.025 / month)", "40", 100)], id="INV-58-INV-66"
        ),
        pytest.param(
            tiered("graduated", (5, 10, 250), ("inf", 7, 100)),
            "6",
            [
                ("5 × Gold (Tier 1 at $0.10 / month)", "5", 50),
                ("Gold (Tier 1 at $2.50 / month)", "0", 250),
                ("1 × Gold (Tier 2 at $0.07 / month)", "1", 7),
                ("Gold (Tier 2 at $1.00 / month)", "0", 100),
            ],
            id="INV-57-INV-59-INV-69-INV-70",
        ),
        pytest.param(
            tiered("graduated", (5, 10, 0), ("inf", 7)),
            "2",
            [("2 × Gold (Tier 1 at $0.10 / month)", "2", 20), ("Gold (Tier 1 at $0.00 / month)", "0", 0)],
            id="INV-59-a-flat-fee-of-zero-INV-61",
        ),
        pytest.param(
            tiered("graduated", (5, 10), ("inf", 7)),
            "5.5",
            [
                ("5 × Gold (Tier 1 at $0.10 / month)", "5", 50),
                ("0.5 × Gold (Tier 2 at $0.07 / month)", "0.5", 4),
            ],
            id="PRC-31-INV-60",
        ),
        pytest.param(
            tiered("volume", (5, 10), ("inf", 7, 100)),
            "6",
            [("6 × Gold (Tier 2 at $0.07 / month)", "6", 42), ("Gold (Tier 2 at $1.00 / month)", "0", 100)],
            id="INV-62-INV-73",
        ),
        pytest.param(
            package(100, 400),
            "150",
            [("150 × Gold (at $4.00 per 100 units / month)", "150", 800)],
            id="INV-68-PRC-25",
        ),
        pytest.param(
            tiered("graduated", (5, 10, 250), ("inf", 7)),
            0,
            [("0 × Gold (Tier 1 at $0.10 / month)", "0", 0), ("Gold (Tier 1 at $2.50 / month)", "0", 250)],
            id="INV-63",
        ),
    ],
)
def test_lines_of_a_scheme(
    shop: Any, rows: Any, terms: dict[str, Any], usage: object, expected: list[tuple[str, str, int]]
) -> None:
    assert rows(cycle(shop, shop.price(metered=True, **terms), usage)) == expected


def test_a_classic_start_shows_the_first_tiers_units_free(shop: Any, rows: Any) -> None:
    """SUB-10 PRC-29: not its flat fee, which the period's end bills."""
    price = shop.metered(**tiered("graduated", (5, 10, 250), ("inf", 7)))
    shop.subscribe(price, billing_mode={"type": "classic"})
    assert rows(shop.last_invoice()) == [("0 × Gold (Tier 1 at $0.10 / month)", "0", 0)]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        pytest.param({"currency": "eur"}, "3 × Gold (at €10.00 / month)", id="INV-66-euro"),
        pytest.param({"currency": "jpy"}, "3 × Gold (at ¥1000 / month)", id="INV-66-no-minor-unit"),
        pytest.param({"currency": "chf"}, "3 × Gold (at CHF 10.00 / month)", id="INV-66-no-sign"),
        pytest.param({"count": 3}, "3 × Gold (at $10.00 / every 3 months)", id="INV-66-quarterly"),
        pytest.param({"interval": "week"}, "3 × Gold (at $10.00 / week)", id="INV-66-weekly"),
    ],
)
def test_descriptions_name_the_unit_price(shop: Any, rows: Any, params: dict[str, Any], words: str) -> None:
    subscription = shop.subscribe({"price": shop.licensed(1000, **params), "quantity": 3})
    assert rows(shop.last_invoice(subscription))[0][0] == words


def test_a_unit_label_follows_the_quantity(shop: Any, rows: Any) -> None:
    """INV-67."""
    shop.product = shop.call.ok("POST /v1/products", name="Team", unit_label="seat")["id"]
    subscription = shop.subscribe({"price": shop.licensed(1000), "quantity": 3})
    assert rows(shop.last_invoice(subscription))[0][0] == "3 seat × Team (at $10.00 / month)"


def test_order_of_lines(shop: Any) -> None:
    """INV-56: pending items newest first, subscription items newest first, later additions oldest first."""
    prices = [shop.licensed(unit) for unit in (1001, 1002, 1003, 1004)]
    subscription = shop.subscribe(*prices[:2])
    shop.change(subscription, items=[{"price": prices[2]}], proration_behavior="none")
    shop.change(subscription, items=[{"price": prices[3]}], proration_behavior="none")
    for amount in (1, 2):
        shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=amount, currency="usd")
    shop.advance(shop.start + MONTH)
    draft = shop.last_invoice(subscription)["id"]
    for amount in (3, 4):
        shop.call.ok("POST /v1/invoiceitems", invoice=draft, amount=amount, currency="usd")
    amounts = [line["amount"] for line in shop.last_invoice(subscription)["lines"]["data"]]
    assert amounts == [2, 1, 1004, 1003, 1002, 1001, 3, 4]


def test_the_invoice_shows_ten_lines_and_the_endpoint_all(shop: Any) -> None:
    """INV-47 INV-52 PRO-14: `total_count`, paging by line id."""
    bounds = [(number, 10) for number in range(1, 14)]
    invoice = cycle(shop, shop.price(metered=True, **tiered("graduated", *bounds, ("inf", 5))), 20)
    assert (len(invoice["lines"]["data"]), invoice["lines"]["has_more"]) == (10, True)
    assert invoice["lines"]["total_count"] == 14
    path = f"GET /v1/invoices/{invoice['id']}/lines"
    pages = shop.call.ok(path, limit=9), shop.call.ok(path, starting_after=invoice["lines"]["data"][8]["id"])
    assert [len(page["data"]) for page in pages] == [9, 5]
    assert sum(line["amount"] for page in pages for line in page["data"]) == invoice["total"]


def test_every_line_is_rounded_on_its_own(shop: Any) -> None:
    """INV-64: two half cents are two cents."""
    subscription = shop.subscribe(shop.metered("0.5"), shop.metered("0.5"))
    shop.use(1, shop.start)
    shop.advance(shop.start + MONTH + HOUR)
    assert shop.last_invoice(subscription)["total"] == 2
