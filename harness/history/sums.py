"""What an invoice's total has besides its lines: what was taken off them, what tax put on top."""

from __future__ import annotations

from typing import Any


def credited(raw: dict[str, Any]) -> int:
    """Discounts stand among the pretax credits too, where there are such; before, only by themselves."""
    found = raw.get("total_pretax_credit_amounts") or raw.get("total_discount_amounts") or []
    return sum(int(each["amount"]) for each in found)


def taxed(raw: dict[str, Any]) -> int:
    """Exclusive tax, newest shape or before Basil (INV-46)."""
    newest = [each for each in raw.get("total_taxes") or [] if each.get("tax_behavior") == "exclusive"]
    older = [each for each in raw.get("total_tax_amounts") or [] if not each.get("inclusive")]
    return sum(int(each["amount"]) for each in newest or older)
