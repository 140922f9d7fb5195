"""An account as the page shows it: plain values, worded and cut to length."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from urllib.parse import unquote_plus

from harness.simulator.agenda import Rank
from harness.simulator.billing.rounding import written
from harness.simulator.billing.wording import money
from harness.simulator.objects.clock import TestClock
from harness.simulator.objects.invoice import Invoice
from harness.simulator.served import reading
from harness.simulator.served.account import Account
from harness.simulator.world import World

SHOWN = 30
"""Rows of each kind, the newest."""
_DUE = {
    Rank.UPCOMING: "a renewal is announced",
    Rank.TRIAL_NOTICE: "the end of a trial is announced",
    Rank.DISCOUNT_END: "a discount ends",
    Rank.TRIAL_END: "a trial ends",
    Rank.CANCELLATION: "a subscription ends",
    Rank.RENEWAL: "a subscription renews",
    Rank.PHASE: "a schedule enters its next phase",
    Rank.SCHEDULE_NOTICE: "the end of a schedule is announced",
    Rank.RESUMPTION: "collection resumes",
    Rank.EXPIRY: "an unpaid subscription expires",
    Rank.CREDIT_EXPIRY: "credits expire",
    Rank.FINALIZATION: "a draft becomes final",
    Rank.RETRY: "a payment is tried again",
    Rank.OVERDUE: "an invoice is overdue",
}
_STEPS = ((3_600, "+ 1 hour"), (86_400, "+ 1 day"), (7 * 86_400, "+ 1 week"))


def view(account: Account, wall: int) -> dict[str, Any]:
    """Everything that the page shows of an account, at wall time `wall`."""
    world = account.world
    clocks = [_clock(world, each) for each in reversed(world.clocks.values()) if not each.deleted]
    return {
        "name": account.name,
        "key": key_of(account),
        "wall": moment(wall),
        "moving": any(each["status"] == "advancing" for each in clocks),
        "counts": {
            "invoices": len(world.invoices),
            "subscriptions": len(world.subscriptions),
            "customers": sum(not each.deleted for each in world.customers.values()),
            "usage": len(world.usage),
            "deliveries": len(world.deliveries),
        },
        "clocks": clocks,
        "invoices": [_bill(world, each) for each in _newest(world.invoices.values()) if not each.deleted],
        "subscriptions": _subscriptions(world),
        "customers": _customers(world),
        "meters": _meters(world),
        "accepted": _accepted(account),
        "refused": [
            row | {"at": moment(row["at"]), "sent": unquote_plus(row["sent"])[:300]}
            for row in reading.refused(account)[:SHOWN]
        ],
        "deliveries": _deliveries(account),
        "requests": [
            {
                "at": moment(each.wall),
                "method": each.method,
                "target": each.target,
                "status": each.status,
                "request_id": each.request_id,
                "sent": unquote_plus(each.sent).replace("&", "\n"),
                "answered": each.answered,
            }
            for each in islice(reversed(account.log), SHOWN)
        ],
    }


def key_of(account: Account) -> str:
    """Enough of the key for its owner to know it by."""
    return f"sk_test_…{account.hint}"


def moment(at: int) -> str:
    """`2026-01-31 12:00:00`, in UTC; beyond the calendar, the seconds."""
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, ValueError, OSError):
        return str(at)


def _span(starts_at: int, ends_before: int) -> str:
    """A period; midnights go without saying."""
    ends = [moment(at).removesuffix(" 00:00:00") for at in (starts_at, ends_before)]
    return ends[0] if starts_at == ends_before else " to ".join(ends)


def _newest(rows: Iterable[Any]) -> list[Any]:
    return list(rows)[: -SHOWN - 1 : -1]


def _amount(cents: int | None, currency: str) -> str:
    return "–" if cents is None else money(Decimal(cents), currency)


def _clock(world: World, clock: TestClock) -> dict[str, Any]:
    due = world.agenda.first(clock.id)
    steps = [{"seconds": seconds, "label": label} for seconds, label in _STEPS]
    following = None
    if due is not None:
        plan, _ = due
        following = {"what": _DUE[plan.rank], "at": moment(plan.at)}
        steps.insert(0, {"seconds": max(plan.at - clock.frozen_time, 1), "label": "To what is next"})
    return {
        "id": clock.id,
        "name": clock.name,
        "status": clock.status,
        "now": moment(clock.frozen_time),
        "field": moment(clock.frozen_time).replace(" ", "T"),
        "target": None if clock.target is None else moment(clock.target),
        "next": following,
        "steps": steps,
    }


def _bill(world: World, invoice: Invoice) -> dict[str, Any]:
    shown = invoice.render(world)
    currency = invoice.currency
    sums = [("Total", shown["total"]), ("Due", shown["amount_due"]), ("Paid", shown["amount_paid"])]
    if invoice.taxes:
        sums.insert(0, ("Tax", sum(each.cents for each in invoice.taxes)))
    if invoice.credited_cents:
        sums.append(("Credit notes", -invoice.credited_cents))
    return {
        "id": invoice.id,
        "number": invoice.number,
        "status": invoice.status,
        "customer": invoice.customer,
        "reason": invoice.billing_reason.replace("_", " "),
        "total": _amount(shown["total"], currency),
        "period": _span(invoice.period.starts_at, invoice.period.ends_before),
        "finalizes": moment(invoice.finalizes_at) if invoice.finalizes_at else None,
        "held": invoice.awaits_webhooks,
        "lines": [
            {
                "what": line["description"] or line["id"],
                "period": _span(line["period"]["start"], line["period"]["end"]),
                "quantity": "–" if line.get("quantity") is None else line["quantity"],
                "amount": _amount(line["amount"], currency),
            }
            for line in shown["lines"]["data"]
        ],
        "sums": [(name, _amount(cents, currency)) for name, cents in sums],
    }


def _subscriptions(world: World) -> list[dict[str, Any]]:
    rows = []
    for each in _newest(world.subscriptions.values()):
        prices = [_price(world, item.price) for item in each.items]
        periods = [item.period for item in each.items]
        span = _span(periods[0].starts_at, periods[0].ends_before) if periods else ""
        rows.append(
            {
                "id": each.id,
                "status": each.status,
                "customer": each.customer,
                "prices": ", ".join(prices),
                "period": span,
            }
        )
    return rows


def _price(world: World, price_id: str) -> str:
    price = world.prices[price_id]
    return f"{world.products[price.product].name} ({price_id})"


def _customers(world: World) -> list[dict[str, Any]]:
    return [
        {
            "id": each.id,
            "name": each.plain.get("name") or each.plain.get("email") or "",
            "clock": each.test_clock or "wall time",
            "balance": _amount(each.balance_cents, each.currency or "usd"),
        }
        for each in _newest(world.customers.values())
        if not each.deleted
    ]


def _meters(world: World) -> list[dict[str, Any]]:
    return [
        {
            "id": each.id,
            "event_name": each.event_name,
            "formula": each.formula,
            "status": "active" if each.active else "inactive",
        }
        for each in _newest(world.meters.values())
    ]


def _accepted(account: Account) -> list[dict[str, Any]]:
    return [
        {
            "at": moment(row["timestamp"]),
            "event_name": row["event_name"],
            "customer": row["customer"],
            "value": written(Decimal(row["value"])),
            "fate": row["fate"],
            "until": moment(row["aggregated_at"]),
            "identifier": row["identifier"],
        }
        for row in reading.accepted(account, SHOWN)
    ]


def _deliveries(account: Account) -> list[dict[str, Any]]:
    rows = reading.deliveries(account, SHOWN)["deliveries"]
    return [
        {
            "type": row["type"],
            "event": row["event"],
            "url": row["url"] or "a deleted endpoint",
            "state": row["state"],
            "attempts": ", ".join(str(tried["status"] or tried["note"]) for tried in row["attempts"])
            or "none yet",
        }
        for row in rows
    ]
