"""What the page shows of an account, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.simulator.served.board.view import view


def test_a_bill_shows_what_credit_notes_took_off(new_hand: Callable[..., Any]) -> None:
    """INV-84: beside the total, which stays."""
    hand = new_hand()
    hand.call("POST /v1/customers")
    hand.call("POST /v1/invoiceitems", "customer=cus_sim000001&amount=500&currency=usd")
    hand.call("POST /v1/invoices", "customer=cus_sim000001&pending_invoice_items_behavior=include")
    hand.call("POST /v1/invoices/in_sim000001/finalize")
    [account] = hand.accounts
    assert [what for what, _ in view(account, 0)["invoices"][0]["sums"]] == ["Total", "Due", "Paid"]
    hand.call("POST /v1/credit_notes", "invoice=in_sim000001&amount=200")
    shown = view(account, 0)["invoices"][0]
    assert shown["sums"] == [
        ("Total", "$5.00"),
        ("Due", "$3.00"),
        ("Paid", "$0.00"),
        ("Credit notes", "$-2.00"),
    ]


def test_a_bill_shows_its_tax(new_hand: Callable[..., Any]) -> None:
    """INV-103."""
    hand = new_hand()
    hand.call("POST /v1/customers")
    hand.call("POST /v1/tax_rates", "display_name=VAT&percentage=20&inclusive=false")
    hand.call("POST /v1/invoiceitems", "customer=cus_sim000001&amount=500&currency=usd")
    asked = "customer=cus_sim000001&pending_invoice_items_behavior=include&default_tax_rates[0]=txr_sim000001"
    hand.call("POST /v1/invoices", asked)
    [account] = hand.accounts
    shown = view(account, 0)["invoices"][0]
    assert shown["sums"] == [("Tax", "$1.00"), ("Total", "$6.00"), ("Due", "$6.00"), ("Paid", "$0.00")]
