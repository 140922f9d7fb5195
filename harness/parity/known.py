"""What a field of a result rests on: how bad a difference in it is, and the facts that would be wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """Fields whose path matches, how much a difference in them weighs, and the facts behind them."""

    path: re.Pattern[str]
    weight: int
    facts: tuple[str, ...]


def _rule(path: str, weight: int, facts: str = "") -> Rule:
    return Rule(re.compile(path), weight, tuple(facts.split()))


IN_LINE = r"invoices/[^/]+/lines/[^/]+"
RULES = (
    _rule(r"ended", 120),
    _rule(r"invoices/[^/]+", 110, "INV-03 INV-04 CHG-17"),
    _rule(rf"{IN_LINE}/quantity(_decimal)?", 100, "INV-12 INV-28 MTR-43"),
    _rule(rf"{IN_LINE}", 98, "INV-60 INV-61 INV-62 INV-63"),
    _rule(rf"{IN_LINE}/(amount|subtotal)", 96, "PRC-30 INV-64"),
    _rule(r"usage/[^/]+", 94, "MTR-22 MTR-24 MTR-31"),
    _rule(rf"{IN_LINE}/pricing/.*", 92, "PRC-31 PRC-32"),
    _rule(r"invoices/[^/]+/(total|subtotal|amount_\w+|\w*balance)(/.*)?", 80, "INV-64 INV-29"),
    _rule(r"invoices/[^/]+/(status|paid|billing_reason)", 78, "INV-29 SUB-11 SUB-25"),
    _rule(r"invoices/[^/]+/(period_\w+|created)", 76, "INV-09 INV-10"),
    _rule(rf"{IN_LINE}/period/.*", 74, "INV-09 CHG-18"),
    _rule(
        r"invoices/[^/]+/(status_transitions/.*|automatically_finalizes_at|effective_at)", 60, "INV-18 INV-27"
    ),
    _rule(r"subscriptions/[^/]+/(status|canceled_at|ended_at|cancel_at\w*)", 72, "SUB-25 CHG-14"),
    _rule(r"subscriptions/[^/]+/.*(period|anchor|trial|start_date).*", 70, "SUB-31 CHG-29"),
    _rule(r"refusals/[^/]+", 68),
    _rule(r"refusals/[^/]+/(status|type|code|param)", 66, "CLK-37 CLK-65 MTR-63 MTR-64 MTR-65"),
    _rule(r"refusals/[^/]+/message", 20, "CLK-28 MTR-63"),
    _rule(r"events/.*", 30, "CLK-85 CLK-68"),
)
"""First match wins; a path is matched from end to end."""
ANYTHING_ELSE = Rule(re.compile(".*"), 10, ())


def rule_for(path: str) -> Rule:
    """What a difference at this path means."""
    return next((rule for rule in RULES if rule.path.fullmatch(path)), ANYTHING_ELSE)
