"""An `expect` step as plain data: every instant resolved, so that a history explains itself."""

from __future__ import annotations

from typing import Any

from harness.plan.calendar import Calendar, InvoiceTimes
from harness.scenario import (
    CycleRef,
    Expect,
    InvoiceRef,
    LineClaim,
    Money,
    PeriodClaim,
    UsageClaim,
    UsageSummaryClaim,
)

Json = dict[str, Any]


def resolve_claim(expect: Expect, calendar: Calendar, now: int, invoice: InvoiceTimes | None) -> Json:
    """The claims of one step as JSON, with only the keys that the step has.

    Shapes: `invoice` is `{name, subscription, which, start, end}` (times only for `which: cycle`); money is
    `{minor, currency}` with minor units as text; quantities are text; periods are `{name, start, end}`;
    `lines` is `{exact, lines: [{line, price, tier, quantity, amount, discount, period, proration}]}`.
    """
    resolver = _Resolver(calendar, now, invoice)
    found: Json = {}
    if expect.invoice is not None:
        found["invoice"] = resolve_invoice(expect.invoice, calendar)
    for name in ("status", "finalized"):
        if (value := getattr(expect, name)) is not None:
            found[name] = value
    for name in ("total", "amount_due"):
        if (money := getattr(expect, name)) is not None:
            found[name] = _money(money)
    if expect.lines is not None:
        found["lines"] = {
            "exact": expect.lines.exact,
            "lines": [resolver.line(each) for each in expect.lines.claims],
        }
    if expect.usage is not None:
        found["usage"] = resolver.usage(expect.usage)
    return found | _others(expect, resolver)


def resolve_invoice(ref: InvoiceRef, calendar: Calendar) -> Json:
    """Which invoice is meant: `{name, subscription, which}`, and `start` and `end` for `which: cycle`."""
    subscription = ref.subscription
    if subscription is None and len(calendar.cycles) == 1:
        subscription = next(iter(calendar.cycles))
    found: Json = {"name": str(ref), "subscription": subscription, "which": ref.which}
    if ref.number is not None:
        start, end = calendar.period(CycleRef(ref.subscription, ref.number), calendar.start)
        found |= {"start": start, "end": end}
    return found


def _others(expect: Expect, resolver: _Resolver) -> Json:
    found: Json = {}
    if expect.invoices is not None:
        found["invoices"] = (
            {"count": expect.invoices} if isinstance(expect.invoices, int) else _plain(expect.invoices)
        )
    if expect.events is not None:
        found["events"] = list(expect.events)
    if expect.subscription is not None:
        found["subscription"] = _plain(expect.subscription)
    if expect.meter_error is not None:
        found["meter_error"] = _plain(expect.meter_error)
    if expect.usage_summary is not None:
        found["usage_summary"] = resolver.usage_summary(expect.usage_summary)
    return found


class _Resolver:
    """Resolves what a claim names, at one moment of the story."""

    def __init__(self, calendar: Calendar, now: int, invoice: InvoiceTimes | None) -> None:
        self._calendar = calendar
        self._now = now
        self._invoice = invoice

    def period(self, claim: CycleRef | PeriodClaim) -> Json:
        start, end = self._calendar.period(claim, self._now, self._invoice)
        name = str(claim) if isinstance(claim, CycleRef) else f"{claim.start} to {claim.end}"
        return {"name": name, "start": start, "end": end}

    def line(self, claim: LineClaim) -> Json:
        found: Json = {"line": claim.line}
        for name in ("price", "tier", "proration"):
            if (value := getattr(claim, name)) is not None:
                found[name] = value
        if claim.quantity is not None:
            found["quantity"] = str(claim.quantity)
        for name in ("amount", "discount"):
            if (money := getattr(claim, name)) is not None:
                found[name] = _money(money)
        if claim.period is not None:
            found["period"] = self.period(claim.period)
        return found

    def usage(self, claim: UsageClaim) -> Json:
        found: Json = {"meter": claim.meter, "customer": claim.customer}
        if claim.during is not None:
            found["during"] = self.period(claim.during)
        if claim.total is not None:
            found["total"] = str(claim.total)
        return found | _never_billed(claim)

    def usage_summary(self, claim: UsageSummaryClaim) -> Json:
        found: Json = {
            "subscription": claim.subscription,
            "price": claim.price,
            "total": claim.total,
            "period": None if claim.period is None else self.period(claim.period),
        }
        return found | _never_billed(claim)


def _never_billed(claim: UsageClaim | UsageSummaryClaim) -> Json:
    lost = claim.never_billed
    if lost is None:
        return {}
    return {"never_billed": list(lost) if isinstance(lost, tuple) else str(lost)}


def _money(money: Money) -> Json:
    return {"minor": f"{money.minor:f}", "currency": money.currency}


def _plain(model: Any) -> Json:
    """A claim without instants: its own keys, those that were given."""
    dumped: Json = model.model_dump(exclude_none=True, mode="json")
    return dumped
