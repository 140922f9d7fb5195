"""Whatever version asks, the harness reads the same bill, item and subscription out of the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.history import shapes

DAY = 86_400
OLDER = (
    "2024-06-20",
    "2024-09-30.acacia",
    "2024-10-28.acacia",
    "2025-02-24.acacia",
    "2025-03-31.basil",
    "2025-06-30.basil",
    "2025-09-30.clover",
    "2025-12-15.clover",
    "2026-03-25.dahlia",
    "2026-05-27.dahlia",
)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TIERS = [
    {"up_to": 10, "unit_amount": 5, "flat_amount": 100},
    {"up_to": "inf", "unit_amount": 3},
]
STORIES = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["classic", "flexible"]),
        "tiered": st.booleans(),
        "quantity": st.integers(1, 3),
        "uses": st.lists(st.tuples(st.integers(0, 55), st.integers(0, 40)), max_size=5),
        "changes": st.lists(st.tuples(st.integers(1, 55), st.integers(1, 5)), max_size=2),
    },
    optional={
        "coupon": st.integers(1, 100),
        "tax": st.sampled_from([{"inclusive": True}, {"inclusive": False}]),
        "trial": st.integers(1, 20),
        "credited": st.integers(1, 500),
    },
)


def tell(shop: Any, story: dict[str, Any]) -> dict[str, Any]:
    """A subscription to usage and seats over two months, with what the story has of the rest."""
    asked: dict[str, Any] = {"billing_mode": {"type": story["mode"]}}
    if "coupon" in story:
        coupon = shop.call.ok("POST /v1/coupons", percent_off=story["coupon"], duration="forever")
        asked["discounts"] = [{"coupon": coupon["id"]}]
    if "tax" in story:
        rate = shop.call.ok("POST /v1/tax_rates", display_name="VAT", percentage=20, **story["tax"])
        asked["default_tax_rates"] = [rate["id"]]
    if "trial" in story:
        asked["trial_end"] = shop.start + story["trial"] * DAY
    usage = (
        shop.metered(billing_scheme="tiered", tiers_mode="graduated", tiers=TIERS)
        if story["tiered"]
        else shop.metered()
    )
    seats = {"price": shop.licensed(1999), "quantity": story["quantity"]}
    plan = shop.subscribe(usage, seats, **asked)
    seat = next(item["id"] for item in plan["items"]["data"] if item["price"]["id"] == seats["price"])
    moments = [(day, "use", value) for day, value in story["uses"]]
    moments += [(day, "change", quantity) for day, quantity in story["changes"]]
    for day, what, value in sorted(moments):
        if shop.start + day * DAY > shop.now():
            shop.advance_far(shop.start + day * DAY)
        if what == "use":
            shop.use(value, shop.now())
        else:
            shop.change(plan, items=[{"id": seat, "quantity": value}])
    shop.advance_far(shop.start + 62 * DAY)
    if "credited" in story:
        open_to_it = [each for each in shop.invoices() if each["amount_paid"] >= story["credited"]]
        for invoice in open_to_it[-1:]:
            amounts = {"amount": story["credited"], "credit_amount": story["credited"]}
            shop.call.ok("POST /v1/credit_notes", invoice=invoice["id"], **amounts)
    return plan


def read(shop: Any, plan: dict[str, Any], version: str) -> tuple[Any, ...]:
    """The subscription, its invoices and what is or was pending, as the harness reads them from a version."""
    headers = {"stripe-version": version}
    listed = {"customer": shop.customer, "limit": 100}
    found = shapes.subscription(shop.call.ok(f"GET /v1/subscriptions/{plan['id']}", headers))
    invoices = shop.call.ok("GET /v1/invoices", headers, **listed)["data"]
    items = shop.call.ok("GET /v1/invoiceitems", headers, **listed)["data"]
    if version < "2025-06-30":
        found = replace(found, mode=plan["billing_mode"]["type"])  # VER-10: nobody is told which mode it is
    return (
        found,
        [_comparable(shapes.invoice(each), version) for each in invoices],
        [shapes.invoice_item(each) for each in items],
    )


def _comparable(invoice: shapes.Invoice, version: str) -> shapes.Invoice:
    """Without the unit amount, which stands on a line since 2025-03-31.basil only (INV-49)."""
    return replace(invoice, lines=tuple(replace(line, unit_amount=None) for line in invoice.lines))


@FEW
@given(STORIES)
def test_every_version_reads_as_the_newest(new_shop: Any, story: dict[str, Any]) -> None:
    """VER-07 VER-18 INV-46 INV-50 SUB-17"""
    shop = new_shop()
    plan = tell(shop, story)
    newest = read(shop, plan, "2026-10-28.endive")
    assert newest[1]
    for version in OLDER:
        assert read(shop, plan, version) == newest, version
