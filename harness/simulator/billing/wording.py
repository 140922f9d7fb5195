"""The descriptions on invoice lines, which people read and scenarios must not compare."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from harness.simulator.billing.currencies import SIGNS, decimals_of
from harness.simulator.billing.periods import Interval
from harness.simulator.billing.pricing import Package, RatedLine
from harness.simulator.billing.rounding import EXACT, written


def money(amount: Decimal, currency: str) -> str:
    """An amount of minor units with its sign, sub-cent digits kept: `$0.0001`, `€30.00`."""
    decimals = decimals_of(currency)
    if not decimals:
        digits = written(amount)
    else:
        whole, _, fraction = f"{EXACT.scaleb(amount, -decimals):f}".partition(".")
        digits = f"{whole}.{fraction.rstrip('0').ljust(decimals, '0')}"
    sign = SIGNS.get(currency)
    return f"{sign}{digits}" if sign else f"{currency.upper()} {digits}"


def every(interval: Interval) -> str:
    """`month`, or `every 3 months`."""
    return interval.unit if interval.count == 1 else f"every {interval.count} {interval.unit}s"


def counted(quantity: Decimal, product: str, label: str | None) -> str:
    """`5 × Gold`, or with a unit label `5 seats × Gold` (INV-66, INV-67)."""
    return f"{written(quantity)} {label} × {product}" if label else f"{written(quantity)} × {product}"


def rated(line: RatedLine, product: str, label: str | None, terms: str) -> str:
    """A rated line's description; `terms` stands in the brackets after the tier (INV-66 to INV-73)."""
    if line.tier is None and line.flat:
        return f"{product} (previously billed)"  # CHG-40
    if line.tier is None:
        return f"{counted(line.quantity, product, label)} ({terms})"
    bracket = f"(Tier {line.tier} {terms})"
    return f"{product} {bracket}" if line.flat else f"{counted(line.quantity, product, label)} {bracket}"


def price_terms(unit_amount: Decimal, currency: str, interval: Interval, package: Package | None) -> str:
    """`at $20.00 / month`, or `at $4.00 per 100 units / month` (INV-66, INV-68)."""
    per = f" per {package.divide_by} units" if package else ""
    return f"at {money(unit_amount, currency)}{per} / {every(interval)}"


def proration(quantity: int, product: str, instant: int, *, unused: bool) -> str:
    """`Remaining time on 55 × Premium after 09 Dec 2025` (INV-71)."""
    what = f"{quantity} × {product}" if quantity > 1 else product
    day = datetime.fromtimestamp(instant, UTC).strftime("%d %b %Y")
    return f"{'Unused' if unused else 'Remaining'} time on {what} after {day}"


def trial(product: str) -> str:
    """INV-72."""
    return f"Trial period for {product}"
