"""`currency_options`: a price's amounts in currencies besides its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.simulator.billing.pricing import Terms
from harness.simulator.flows.catalogue.currencies import read_code
from harness.simulator.flows.catalogue.price_terms import in_currency
from harness.simulator.objects.price import CurrencyOption, Price
from harness.simulator.wire.errors import invalid, unmodelled

if TYPE_CHECKING:
    from harness.simulator.world import World

Given = dict[str, dict[str, Any]]
_OF_AMOUNTS = ("unit_amount", "unit_amount_decimal", "tiers")


def read(own: str, terms: Terms, given: Given, *, recurs: bool) -> dict[str, CurrencyOption]:
    """The options of a new price whose own currency is `own`.

    Raises:
        StripeError: 400 for an unknown currency, the price's own (PRC-36), or amounts that break the rules
            of a price's own.
    """
    found: dict[str, CurrencyOption] = {}
    for code, option in given.items():
        path = f"currency_options[{code}]"
        currency = read_code(code, path)
        if currency == own:
            raise invalid(
                "You are specifying a currency option that matches the top-level currency for this price. "
                "Please remove this currency option and it will be added automatically on creation.",
                param=path,
            )
        found[currency] = _option(terms, option, path, recurs=recurs)
    return found


def changed(world: World, price: Price, given: Given | None) -> dict[str, CurrencyOption]:
    """A price's options after an update: currencies join, and what they cost is final (PRC-37).

    None, Stripe's empty string, removes all of them; that it does is unverified (PRC-44).

    Raises:
        StripeError: 400 for the price's own currency, or other amounts in a currency that it has; 501 for
            taking away a currency that is billed in.
    """
    if given is None:
        _ensure_unused(world, price)
        return {}
    after = dict(price.options)
    for code, option in given.items():
        path = f"currency_options[{code}]"
        currency = read_code(code, path)
        if currency == price.currency:
            raise invalid(
                "You are specifying an update to a currency option that matches the top-level currency for "
                "this price. Please remove this currency option and update the top-level params instead.",
                param=path,
            )
        recurs = price.recurring is not None
        present = after.get(currency)
        if present is None:
            after[currency] = _option(price.terms, option, path, recurs=recurs)
        else:
            after[currency] = _again(price, present, option, path)
    return after


def refuse_custom_amount(given: dict[str, Any], path: str = "", *, recurs: bool) -> None:
    """Refuse `custom_unit_amount`, which is for one-time prices alone.

    Raises:
        StripeError: 400 beside `recurring` or another amount (PRC-43, texts unverified), else 501.
    """
    if not (given.get("custom_unit_amount") or {}).get("enabled"):
        return
    name = f"{path}[custom_unit_amount]" if path else "custom_unit_amount"
    if recurs:
        raise invalid("`custom_unit_amount` cannot be used with recurring prices.", param=name)
    if others := [each for each in _OF_AMOUNTS if given.get(each) is not None]:
        listed = ", ".join([*others, "custom_unit_amount"])
        raise invalid(f"You may only specify one of these parameters: {listed}.", param=name)
    raise unmodelled(f"the parameter {name}")


def _option(own: Terms, given: dict[str, Any], path: str, *, recurs: bool) -> CurrencyOption:
    refuse_custom_amount(given, path, recurs=recurs)
    return CurrencyOption(in_currency(own, given, path), given.get("tax_behavior", "unspecified"))


def _again(price: Price, present: CurrencyOption, given: dict[str, Any], path: str) -> CurrencyOption:
    """A currency that the price has: the same amounts may be named, and a tax behavior set once (PRC-17).

    That the same amounts are let through is unverified (PRC-44).
    """
    refuse_custom_amount(given, path, recurs=price.recurring is not None)
    named = next((name for name in _OF_AMOUNTS if name in given), None)
    if named is not None and in_currency(price.terms, given, path) != present.terms:
        raise invalid(
            "You are attempting to update an immutable field for an existing currency in currency_options.",
            param=f"{path}[{named}]",
        )
    behavior = given.get("tax_behavior", present.tax_behavior)
    if present.tax_behavior not in {"unspecified", behavior}:
        raise invalid("`tax_behavior` cannot be changed once it is set.", param=f"{path}[tax_behavior]")
    return CurrencyOption(present.terms, behavior)


def _ensure_unused(world: World, price: Price) -> None:
    """What Stripe does with bills in a currency that the price no longer has is not known."""
    subscribed = any(
        each.currency != price.currency and any(item.price == price.id for item in each.items)
        for each in world.subscriptions.values()
    )
    planned = any(
        phase.currency != price.currency and any(item.price == price.id for item in phase.items)
        for each in world.schedules.values()
        for phase in each.phases
    )
    drafted = any(
        line.currency != price.currency and line.price == price.id
        for invoice in world.invoices.values()
        if invoice.status == "draft"
        for line in invoice.lines
    )
    if subscribed or planned or drafted:
        raise unmodelled("taking away currency_options that a subscription, a schedule or a draft uses")
