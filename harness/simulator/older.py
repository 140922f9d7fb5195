"""Answers as older API versions gave them: a list of small dated changes that are undone one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from harness.simulator.billing.rounding import EXACT, written
from harness.simulator.billing.taxes import inside_cents, unit_without
from harness.simulator.objects.plan import plan_form
from harness.simulator.objects.tax_rate import rates_form
from harness.simulator.wire.versions import at_least

if TYPE_CHECKING:
    from harness.simulator.billing.taxes import Rate
    from harness.simulator.world import World

Undo = Callable[["World", dict[str, Any]], None]
"""Turns an object's wire form, in place, into what it was before a change."""


@dataclass(frozen=True)
class Change:
    """What one API version changed in the shape of answers.

    Args:
        since: date of the version that brought the newer shape.
        facts: ids of the facts that record it.
        undo: how to take it back, by the wire name of the object.
        gone: date of the version that had dropped what this one brought back; older ones keep it.
    """

    since: str
    facts: str
    undo: dict[str, Undo]
    gone: str = ""

    def later_than(self, version: str) -> bool:
        """Whether `version` answers as before the change."""
        return not at_least(version, self.since) and at_least(version, self.gone)


def reshape(world: World, answer: dict[str, Any], version: str) -> dict[str, Any]:
    """`answer`, in place, in the shape of `version`; events keep the shape that their `api_version` names."""
    later = [change for change in CHANGES if change.later_than(version)]
    if later:
        _walk(world, answer, later)
    return answer


def _walk(world: World, value: Any, later: list[Change]) -> None:
    """Parents before their children, whose values they may need."""
    if isinstance(value, list):
        for member in value:
            _walk(world, member, later)
    elif isinstance(value, dict) and value.get("object") != "event" and not _short(value):
        for change in later:
            if undo := change.undo.get(str(value.get("object"))):
                undo(world, value)
        for member in value.values():
            if isinstance(member, dict | list):
                _walk(world, member, later)


def _short(form: dict[str, Any]) -> bool:
    """Whether an object is gone, and its form but an id: only discounts keep theirs."""
    return bool(form.get("deleted")) and form.get("object") != "discount"


def _without(*keys: str) -> Undo:
    def undo(_: World, form: dict[str, Any]) -> None:
        for key in keys:
            form.pop(key, None)

    return undo


def _inside(parent: str, *keys: str) -> Undo:
    def undo(_: World, form: dict[str, Any]) -> None:
        for key in keys:
            (form.get(parent) or {}).pop(key, None)

    return undo


def _grant_before_2025_02_24(_: World, form: dict[str, Any]) -> None:
    """Grants had no order of their own and could not be for single prices."""
    form.pop("priority", None)
    form["applicability_config"]["scope"].pop("prices", None)


def _plain_mode(_: World, form: dict[str, Any]) -> None:
    mode = form.get("billing_mode")
    if mode is not None:
        mode.pop("flexible", None)


def _schedule_before_settings(_: World, form: dict[str, Any]) -> None:
    """VER-22: no texts in the invoice settings, and a phase did not say that it was a trial as a whole."""
    for holder in (form["default_settings"], *form["phases"]):
        for name in ("custom_fields", "description", "footer"):
            (holder["invoice_settings"] or {}).pop(name, None)
    for phase in form["phases"]:
        phase.pop("trial")


def _plain_one_offs(_: World, form: dict[str, Any]) -> None:
    """VER-12: `add_invoice_items` had neither a period nor metadata."""
    for entry in [each for phase in form["phases"] for each in phase["add_invoice_items"]]:
        for name in ("metadata", "period"):
            entry.pop(name)


def _discount_before_clover(world: World, form: dict[str, Any]) -> None:
    """The coupon stood on the discount as an object."""
    discount = world.discounts.get(form["id"]) or world.previewed[form["id"]]
    form.pop("source")
    form["coupon"] = discount.coupon.render(world)


def _code_before_clover(world: World, form: dict[str, Any]) -> None:
    """So it did on a promotion code."""
    form.pop("promotion")
    form["coupon"] = world.promotion_codes[form["id"]].coupon.render(world)


def _single_discount(world: World, form: dict[str, Any]) -> dict[str, Any] | None:
    """The one discount; null where there are several, which `discounts` shows."""
    ids = form["discounts"]
    found = world.find(ids[0]) if len(ids) == 1 else None
    return None if found is None else dict(found.render(world))


def _subscription_before_basil(world: World, form: dict[str, Any]) -> None:
    """The period stood on the subscription (SUB-17)."""
    items = form["items"]["data"]
    form["current_period_start"] = max((item["current_period_start"] for item in items), default=None)
    form["current_period_end"] = min((item["current_period_end"] for item in items), default=None)
    form["discount"] = _single_discount(world, form)


def _invoice_before_basil(world: World, form: dict[str, Any]) -> None:
    """INV-46: the subscription and the payment stood on the invoice itself."""
    details = (form.pop("parent") or {}).get("subscription_details") or {}
    shown = {key: details[key] for key in ("metadata", "subscription_proration_date") if key in details}
    taxes = _taxes_before_basil(form.pop("total_taxes"))
    for key in ("amount_overpaid", "confirmation_secret", "payments", "status_details"):
        form.pop(key, None)
    invoice = world.invoices.get(str(form.get("id")))
    intent = invoice.payments[-1].payment_intent if invoice and invoice.payments else None
    form |= {
        "application_fee_amount": None,
        "charge": world.payment_intents[intent].latest_charge if intent else None,
        "discount": _single_discount(world, form),
        "paid": form["status"] == "paid",
        "paid_out_of_band": bool(invoice and invoice.paid_out_of_band),
        "payment_intent": intent,
        "quote": None,
        "subscription": details.get("subscription"),
        "subscription_details": shown or {"metadata": None},
        "tax": sum(each["amount"] for each in taxes) if taxes else None,
        "total_tax_amounts": taxes,
        "transfer_data": None,
    }


def _line_before_basil(world: World, form: dict[str, Any]) -> None:
    """INV-46: the price stood on the line as an object."""
    parent, pricing = form.pop("parent"), form.pop("pricing")
    details = parent[parent["type"]]
    taxes = _taxes_before_basil(form.pop("taxes"))
    applied = [world.tax_rates[each["tax_rate"]] for each in taxes]
    rates = [each.rate for each in applied]
    form |= {
        "amount_excluding_tax": form["amount"] - inside_cents(form["amount"], rates),
        "proration": details["proration"],
        "proration_details": details["proration_details"],
        "subscription": details["subscription"],
        "subscription_item": details.get("subscription_item"),
        "tax_amounts": taxes,
        "tax_rates": rates_form(applied),
        "type": "subscription" if details["invoice_item"] is None else "invoiceitem",
        "unit_amount_excluding_tax": _untaxed(pricing or {}, rates),
    }
    if details["invoice_item"] is not None:
        form["invoice_item"] = details["invoice_item"]
    form |= _old_pricing(world, pricing)


def _taxes_before_basil(taxes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`tax_amounts`; that rates made by hand gave no reason then is unverified (INV-107)."""
    return [
        {
            "amount": each["amount"],
            "inclusive": each["tax_behavior"] == "inclusive",
            "tax_rate": each["tax_rate_details"]["tax_rate"],
            "taxability_reason": None,
            "taxable_amount": each["taxable_amount"],
        }
        for each in taxes
    ]


def _untaxed(pricing: dict[str, Any], rates: list[Rate]) -> str | None:
    """A line's unit amount without inclusive tax."""
    unit = pricing.get("unit_amount_decimal")
    if unit is None or not any(each.inclusive for each in rates):
        return None if unit is None else str(unit)
    exact = unit_without(Decimal(unit), rates)
    return written(EXACT.divide(Decimal(exact.numerator), Decimal(exact.denominator)))


def _item_before_basil(world: World, form: dict[str, Any]) -> None:
    """An invoice item, whose `parent` and `pricing` were members of its own."""
    details = (form.pop("parent") or {}).get("subscription_details") or {}
    pricing = form.pop("pricing")
    unit = None if pricing is None else pricing["unit_amount_decimal"]
    whole = int(unit) if unit is not None and unit.lstrip("-").isdigit() else None
    form |= {"subscription": details.get("subscription"), "unit_amount": whole, "unit_amount_decimal": unit}
    if details.get("subscription_item") is not None:
        form["subscription_item"] = details["subscription_item"]
    form |= _old_pricing(world, pricing)


def _old_pricing(world: World, pricing: dict[str, Any] | None) -> dict[str, Any]:
    if pricing is None:
        return {"plan": None, "price": None}
    price = world.prices[pricing["price_details"]["price"]]
    plan = None if price.recurring is None else plan_form(world, price)
    return {"plan": plan, "price": price.render(world)}


def _price_before_basil(world: World, form: dict[str, Any]) -> None:
    """Prices and plans said how usage records add up; null where there are none (PRC-21, LEG-20)."""
    place = form if form["object"] == "plan" else form["recurring"]
    if place is not None:
        price = world.prices.get(form["id"])
        recurring = None if price is None else price.recurring
        place["aggregate_usage"] = None if recurring is None else recurring.aggregate_usage


def _payment_before_basil(world: World, form: dict[str, Any]) -> None:
    """A payment intent or charge named its invoice."""
    intent = form["id"] if form["object"] == "payment_intent" else form["payment_intent"]
    form["invoice"] = world.agenda.invoice_of_intent.get(str(intent))


def _note_before_basil(_: World, form: dict[str, Any]) -> None:
    """INV-99: a credit note named one refund, and its tax otherwise."""
    refunds = form.pop("refunds")
    taxes = _taxes_before_basil(form.pop("total_taxes"))
    form |= {"refund": refunds[0]["refund"] if refunds else None, "tax_amounts": taxes}


def _note_line_before_basil(world: World, form: dict[str, Any]) -> None:
    """INV-99: so did its lines, with amounts besides that tax was no part of."""
    taxes = _taxes_before_basil(form.pop("taxes"))
    rates = [world.tax_rates[each["tax_rate"]].rate for each in taxes]
    form |= {
        "amount_excluding_tax": form["amount"] - inside_cents(form["amount"], rates),
        "tax_amounts": taxes,
        "unit_amount_excluding_tax": _untaxed(form, rates),
    }


def _plain_refunds(_: World, form: dict[str, Any]) -> None:
    """INV-100: the refunds of a credit note were of one kind."""
    for refund in form["refunds"]:
        for name in ("payment_record_refund", "type"):
            refund.pop(name)


_OF_ACCOUNTS = (
    "billing.credit_balance_summary",
    "billing.credit_grant",
    "credit_note",
    "customer",
    "customer_balance_transaction",
    "invoice",
    "invoiceitem",
    "payment_intent",
    "payment_method",
    "refund",
    "subscription",
)
"""What can belong to a customer that is an account (VER-16)."""

CHANGES = (
    Change("2026-08-26", "VER-23", {"invoiceitem": _without("frozen_fields")}),
    Change("2026-07-29", "VER-22", {"subscription_schedule": _schedule_before_settings}),
    Change(
        "2026-06-24",
        "VER-21",
        {"subscription": _inside("invoice_settings", "custom_fields", "description", "footer")},
    ),
    Change(
        "2026-05-27",
        "VER-20 SUB-18",
        {
            "invoice": _without("amount_paid_off_stripe"),
            "invoiceitem": _inside("proration_details", "credited_items"),
            "subscription": _without("billing_schedules"),
            "subscription_item": _without("billed_until"),
        },
    ),
    Change(
        "2026-03-25",
        "VER-18 INV-50 INV-100",
        {
            "credit_note_line_item": _without("metadata"),
            "invoiceitem": _without("quantity_decimal"),
            "line_item": _without("quantity_decimal"),
        },
    ),
    Change(
        "2025-12-15",
        "VER-16 INV-51",
        {"line_item": _without("subtotal"), **dict.fromkeys(_OF_ACCOUNTS, _without("customer_account"))},
    ),
    Change("2025-10-29", "INV-100", {"credit_note": _plain_refunds}),
    Change(
        "2025-09-30",
        "VER-13 CHG-58",
        {
            "discount": _discount_before_clover,
            "invoiceitem": _without("net_amount", "proration_details"),
            "promotion_code": _code_before_clover,
            "subscription": _plain_mode,
            "subscription_schedule": _plain_mode,
        },
    ),
    Change("2025-08-27", "VER-12", {"subscription_schedule": _plain_one_offs}),
    Change(
        "2025-06-30",
        "VER-10 SUB-02",
        {"subscription": _without("billing_mode"), "subscription_schedule": _without("billing_mode")},
    ),
    Change(
        "2025-05-28",
        "VER-09 CHG-32",
        dict.fromkeys(("subscription", "subscription_item"), _without("billing_thresholds")),
        gone="2025-03-31",
    ),
    Change("2025-05-28", "INV-100", {"credit_note": _without("pre_payment_amount", "post_payment_amount")}),
    Change("2025-04-30", "VER-08", {"invoice": _inside("automatic_tax", "provider")}),
    Change(
        "2025-03-31",
        "VER-07 INV-46 INV-99 SUB-17 PRC-21",
        {
            "charge": _payment_before_basil,
            "credit_note": _note_before_basil,
            "credit_note_line_item": _note_line_before_basil,
            "invoice": _invoice_before_basil,
            "invoiceitem": _item_before_basil,
            "line_item": _line_before_basil,
            "payment_intent": _payment_before_basil,
            "plan": _price_before_basil,
            "price": _price_before_basil,
            "subscription": _subscription_before_basil,
            "subscription_item": _without("current_period_start", "current_period_end"),
        },
    ),
    Change("2025-02-24", "VER-06", {"billing.credit_grant": _grant_before_2025_02_24}),
    Change(
        "2024-12-18",
        "VER-06",
        dict.fromkeys(("invoice", "subscription"), _inside("automatic_tax", "disabled_reason")),
    ),
    Change(
        "2024-10-28",
        "INV-99",
        dict.fromkeys(("credit_note", "credit_note_line_item"), _without("pretax_credit_amounts")),
    ),
    Change("2024-09-30", "VER-04", {"test_helpers.test_clock": _without("status_details")}),
)
"""Newest first: to reach an old version, the later ones are undone in this order."""
