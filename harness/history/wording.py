"""How numbers, money, instants and lengths of time are written, wherever people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

WITHOUT_MINOR_UNITS = frozenset(
    ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf")
)
WITH_THOUSANDTHS = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
"""Both from docs.stripe.com/currencies."""

MINUTE, HOUR, DAY = 60, 3_600, 86_400


def number(value: Decimal) -> str:
    """`40`, `0.125`: no exponent, no trailing zeros."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def money(minor: Decimal | int, currency: str) -> str:
    """Minor units as `0.84 usd`, in the currency's own number of decimals; more where a price needs them."""
    decimals = _decimals(currency)
    major = Decimal(minor).scaleb(-decimals)
    written = f"{major:f}"
    shown = len(written.partition(".")[2])
    return f"{major:.{decimals}f} {currency}" if shown <= decimals else f"{number(major)} {currency}"


def given_back(before: int, after: int, currency: str) -> str:
    """What credit notes took off an invoice's amount due and gave back after payment; empty for none."""
    parts = [f"took {money(before, currency)} off what was due"] if before else []
    parts += [f"gave {money(after, currency)} back"] if after else []
    return f"credit notes {' and '.join(parts)}" if parts else ""


def added_tax(cents: int, currency: str) -> str:
    """What exclusive tax adds to an invoice's lines; empty for none."""
    return f"tax of {money(cents, currency)} on top" if cents else ""


def minor_units(text: str) -> tuple[Decimal, str]:
    """What `money` worded: minor units and currency.

    Raises:
        ValueError: the text is no amount of money.
    """
    amount, _, currency = text.partition(" ")
    if not currency:
        raise ValueError(f"no amount of money: {text}")
    return Decimal(amount).scaleb(_decimals(currency)), currency


def _decimals(currency: str) -> int:
    return 0 if currency in WITHOUT_MINOR_UNITS else 3 if currency in WITH_THOUSANDTHS else 2


def instant(unix: int) -> str:
    """`2026-02-01 00:01:00`, UTC; far beyond the calendar (milliseconds, say) the bare number."""
    try:
        return datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, ValueError, OSError):
        return str(unix)


def instant_or_none(unix: int | None) -> str:
    """An instant, or `none`."""
    return "none" if unix is None else instant(unix)


def span(starts_at: int, ends_before: int) -> str:
    """`2026-01-01 00:00:00 to 2026-02-01 00:00:00`."""
    return f"{instant(starts_at)} to {instant(ends_before)}"


def length(seconds: int) -> str:
    """`45 s`, `60 min`, `3 h`, `36 days`: the largest unit that says it, whole where it can be."""
    if seconds <= 120:
        return f"{seconds} s"
    if seconds < 3 * HOUR:
        return f"{seconds // MINUTE} min"
    return f"{seconds // HOUR} h" if seconds < 3 * DAY else f"{seconds // DAY} days"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 event`, `3 events`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def listed(names: list[str], most: int = 3) -> str:
    """`a, b and c`; beyond `most`, `a, b, c and 4 more`."""
    shown = names if len(names) <= most else [*names[:most], f"{len(names) - most} more"]
    if len(shown) < 2:
        return shown[0] if shown else "none"
    return f"{', '.join(shown[:-1])} and {shown[-1]}"
