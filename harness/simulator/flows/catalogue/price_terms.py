"""What decides a price's amounts, read from parameters: in its own currency, and in every other one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal

from harness.simulator.billing.pricing import Package, Terms, Tier
from harness.simulator.objects.price import whole
from harness.simulator.wire.errors import StripeError, invalid

_AMOUNTS = ("unit_amount", "unit_amount_decimal")


def terms_of(params: dict[str, Any]) -> Terms:
    """What decides amounts, from a price's parameters.

    Raises:
        StripeError: 400 (PRC-06 to PRC-15).
    """
    if params.get("billing_scheme", "per_unit") == "tiered":
        return _tiered(params)
    for name in ("tiers", "tiers_mode"):
        if name in params:
            raise _needs_tiered(name, name)
    return Terms("per_unit", unit_amount=_amount(params), package=_package(params))


def in_currency(own: Terms, given: dict[str, Any], path: str) -> Terms:
    """A price's terms in another currency: the amounts are new, all else is as in its own (PRC-17).

    The rules are those of the price itself; that tiers may have other bounds than the price's own is
    unverified (PRC-44).

    Args:
        own: the terms in the price's own currency.
        given: the members of `currency_options[…]`.
        path: where they stand, for refusals.

    Raises:
        StripeError: 400.
    """
    if own.scheme == "tiered":
        _refuse_amounts(given, path)
        if not given.get("tiers"):
            raise _missing("tiers", f"{path}[tiers]")
        return replace(own, tiers=_tiers(given["tiers"], f"{path}[tiers]"))
    if "tiers" in given:
        raise _needs_tiered("tiers", f"{path}[tiers]")
    return replace(own, unit_amount=_amount(given, path))


def _needs_tiered(name: str, path: str) -> StripeError:
    return invalid(f"`{name}` can only be set with `billing_scheme=tiered`.", param=path)


def _missing(name: str, path: str) -> StripeError:
    return invalid(f"`{name}` must be set with `billing_scheme=tiered`.", param=path)


def _amount(given: dict[str, Any], path: str = "") -> Decimal:
    """Exactly one of an amount and its decimal twin (PRC-06 to PRC-08)."""
    plain, exact = (given.get(name) for name in _AMOUNTS)
    if plain is not None and exact is not None:
        raise _both(f"{path}[unit_amount]" if path else "unit_amount", "unit_amount")
    if plain is None and exact is None:
        raise invalid(
            "Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set.",
            param=path or None,
        )
    return Decimal(plain) if plain is not None else Decimal(exact or 0)


def _both(path: str, name: str) -> StripeError:
    return invalid(f"You may only specify one of these parameters: {name}, {name}_decimal.", param=path)


def _package(params: dict[str, Any]) -> Package | None:
    given = params.get("transform_quantity")
    return Package(given["divide_by"], round_up=given["round"] == "up") if given else None


def _refuse_amounts(given: dict[str, Any], path: str = "") -> None:
    for name in (*_AMOUNTS, "transform_quantity"):  # PRC-15
        if given.get(name) is not None:
            raise invalid(
                f"`{name}` cannot be set with `billing_scheme=tiered`.",
                param=f"{path}[{name}]" if path else name,
            )


def _tiered(params: dict[str, Any]) -> Terms:
    _refuse_amounts(params)
    for name in ("tiers", "tiers_mode"):  # PRC-11
        if not params.get(name):
            raise _missing(name, name)
    mode: Literal["graduated", "volume"] = "graduated" if params["tiers_mode"] == "graduated" else "volume"
    return Terms("tiered", tiers_mode=mode, tiers=_tiers(params["tiers"], "tiers"))


def _tiers(given: list[dict[str, Any]], path: str) -> tuple[Tier, ...]:
    tiers = tuple(_tier(each, f"{path}[{index}]") for index, each in enumerate(given))
    _check_bounds(tiers, path)
    return tiers


def _tier(given: dict[str, Any], path: str) -> Tier:
    unit, flat = _tier_amount(given, "unit_amount", path), _tier_amount(given, "flat_amount", path)
    if unit is None and flat is None:
        raise invalid("Each tier needs a unit amount or a flat amount.", param=path)
    if flat is not None and whole(flat) is None:
        raise invalid(
            "`flat_amount_decimal` must be a whole number of minor units.",
            param=f"{path}[flat_amount_decimal]",
        )
    return Tier(None if given["up_to"] == "inf" else given["up_to"], unit, flat)


def _tier_amount(given: dict[str, Any], name: str, path: str) -> Decimal | None:
    plain, exact = given.get(name), given.get(f"{name}_decimal")
    if plain is not None and exact is not None:
        raise _both(f"{path}[{name}]", name)
    return Decimal(plain) if plain is not None else exact


def _check_bounds(tiers: tuple[Tier, ...], path: str) -> None:
    """Ascending, and only the last without bound (PRC-11, PRC-12); texts unverified."""
    bounds = [tier.up_to for tier in tiers]
    if bounds[-1] is not None:
        raise invalid("The last tier must have `up_to=inf`.", param=f"{path}[{len(tiers) - 1}][up_to]")
    for index, (lower, upper) in enumerate(pairwise(bounds)):
        if lower is None or (upper is not None and upper <= lower):
            raise invalid("Tiers must be in ascending order of `up_to`.", param=f"{path}[{index}][up_to]")
