"""Reading an invoice and all that bears on it from an account: only GETs, kept as a history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from harness.check.coverage import meter_of
from harness.check.groups import Group, groups_of
from harness.history.entries import FORMAT, Called, CaseEnded, CaseStarted, Labelled
from harness.history.facts import Facts, read_facts
from harness.history.log import History
from harness.history.shapes import Json, Period, id_of
from harness.investigate.privacy import without_personal_data
from harness.investigate.ranges import ranges_of, whole_minutes

if TYPE_CHECKING:
    from harness.backends import Backend, Exchange

LOOK_BACK_SECONDS = 35 * 86_400  # no accepted usage is older (MTR-50)
LOOK_AHEAD_SECONDS = 5 * 60  # nor further ahead (MTR-52)
READING = "invoice"
"""The setting of a reading's `case` entry that names its invoice."""


class WrongInvoice(Exception):
    """The invoice cannot be what the user means. The message is one line."""


def read_invoice(
    backend: Backend, invoice: str | None, customer: str | None = None, *, personal: bool = False
) -> History:
    """Everything that explains an invoice, as the account shows it now.

    Args:
        backend: opened; nothing but GETs is sent.
        invoice: its id; None for the customer's newest.
        customer: whose it must be.
        personal: keep names, addresses and metadata in the history.

    Raises:
        NotThere: the account has no such invoice, or customer.
        WrongInvoice: it is not this customer's, or there is none.
        BackendRefused: the account could not be read.
    """
    reader = _Reader(backend, personal=personal)
    reader.read(invoice, customer)
    return reader.history


def invoice_of(facts: Facts) -> str | None:
    """The invoice that a history is a reading of; None for the history of a scenario."""
    named = facts.case.settings.get(READING)
    return str(named) if named else None


class _Reader:
    """One reading under way: what to look at next depends on what was seen."""

    def __init__(self, backend: Backend, *, personal: bool) -> None:
        from harness.backends.looking import (
            Looker,
        )  # with it comes the SDK, which an earlier reading needs not

        self._backend = backend
        self._personal = personal
        self._look = Looker(backend)
        self._clock: int | None = None
        self.history = History(lambda: self._clock, backend.wall)

    def read(self, invoice: str | None, customer: str | None) -> None:
        named = invoice or self._newest(customer)
        self._begin(named)
        self._backend.recorders.append(self._record)
        try:
            self._read(named, customer)
        finally:
            self._backend.recorders.remove(self._record)
        self.history.append(CaseEnded, outcome="completed", line=None, reason=None)

    def _newest(self, customer: str | None) -> str:
        found = self._look.get("/v1/invoices", limit=1, customer=customer)["data"] if customer else []
        if not found:
            raise WrongInvoice(f"{customer} has no invoice" if customer else "name an invoice, or a customer")
        return str(found[0]["id"])

    def _begin(self, invoice: str) -> None:
        self.history.append(
            CaseStarted,
            format=FORMAT,
            file="",
            case=invoice,
            title=f"Invoice {invoice} as the account shows it",
            backend=self._backend.name,
            api_version=self._backend.api_version,
            sdk=self._backend.sdk,
            settings={READING: invoice},
        )

    def _read(self, invoice: str, customer: str | None) -> None:
        found = self._look.get(f"/v1/invoices/{invoice}")
        owner = str(id_of(found["customer"]))
        if customer is not None and owner != customer:
            raise WrongInvoice(f"{invoice} is an invoice of {owner}, not of {customer}")
        self._read_customer(owner)
        self._rest_of_lines(found)
        self._read_subscriptions(owner)
        self._read_other_invoices(found, owner)
        self._read_terms()
        for meter, label in [
            (each["id"], each["event_name"]) for each in self._look.all("/v1/billing/meters")
        ]:
            self.history.append(Labelled, what="meter", label=label, id=meter)
        self._read_summaries(invoice, owner)

    def _read_customer(self, owner: str) -> None:
        """The customer's present: its test clock's time, else the account's (CLK-52)."""
        answer = self._look.get(f"/v1/customers/{owner}")
        clock = id_of(answer.get("test_clock"))
        self._clock = self._backend.wall()
        if clock is not None:
            self._clock = int(self._look.get(f"/v1/test_helpers/test_clocks/{clock}")["frozen_time"])
        self.history.append(Labelled, what="customer", label=owner, id=owner)

    def _rest_of_lines(self, invoice: Json) -> None:
        if invoice["lines"]["has_more"]:
            self._look.all(f"/v1/invoices/{invoice['id']}/lines")

    def _read_subscriptions(self, owner: str) -> None:
        for each in self._look.all("/v1/subscriptions", customer=owner, status="all"):
            self.history.append(Labelled, what="subscription", label=each["id"], id=each["id"])
            if (schedule := id_of(each.get("schedule"))) is not None:  # which price it had since when
                self._look.get(f"/v1/subscription_schedules/{schedule}")

    def _read_other_invoices(self, invoice: Json, owner: str) -> None:
        """Those made since the first period that the invoice bills, and items that wait for the next one."""
        periods = [line["period"]["start"] for line in invoice["lines"]["data"]]
        since = min([invoice["period_start"], *periods])
        for each in self._look.all("/v1/invoices", customer=owner, created={"gte": since}):
            self._rest_of_lines(each)
        self._look.all("/v1/invoiceitems", customer=owner, pending=True)

    def _read_terms(self) -> None:
        """Every price of a line or an item, with what is shown on request only: its tiers (PRC-14).

        Its other currencies too (PRC-38), where it isn't billed in its own.
        """
        facts = self._facts()
        currencies = {seen.view.currency for seen in facts.last_invoices()}
        lines = [line.price for seen in facts.last_invoices() for line in seen.view.lines]
        items = [item.price for sights in facts.subscriptions.values() for item in sights[-1].view.items]
        for price in dict.fromkeys([*lines, *items]):
            if price is not None:
                shown = self._look.get(f"/v1/prices/{price}", expand=["tiers"])
                if others := currencies - {shown["currency"]}:
                    options = [f"currency_options.{code}.tiers" for code in sorted(others)]
                    self._look.get(f"/v1/prices/{price}", expand=["tiers", "currency_options", *options])
                self.history.append(Labelled, what="price", label=price, id=price)

    def _read_summaries(self, invoice: str, owner: str) -> None:
        facts = self._facts()
        for meter in facts.meters:
            wanted = _Wanted(facts, invoice, meter, owner, self._clock or self._backend.wall())
            path = f"/v1/billing/meters/{meter}/event_summaries"
            for period in wanted.totals():
                self._look.all(path, customer=owner, start_time=period.start, end_time=period.end)
            for each in wanted.ranges():
                grouping = {"value_grouping_window": "hour"} if each.hourly else {}
                asked = {"start_time": each.period.start, "end_time": each.period.end, **grouping}
                self._look.all(path, customer=owner, **asked)

    def _facts(self) -> Facts:
        return read_facts(self.history.entries)

    def _record(self, exchange: Exchange) -> None:
        answer = exchange.answer
        self.history.append(
            Called,
            method=exchange.method,
            path=exchange.path,
            params=exchange.params,
            status=exchange.status,
            answer=answer if self._personal else without_personal_data(answer),
            request_id=exchange.request_id,
        )


class _Wanted:
    """What to ask of one meter about one customer."""

    def __init__(self, facts: Facts, invoice: str, meter: str, customer: str, now: int) -> None:
        self._facts = facts
        self._meter = meter
        self._customer = customer
        self._now = now
        self._groups = [each for each in groups_of(facts) if _is_about(each, meter, customer)]
        self._fine = list(dict.fromkeys(each.period for each in self._groups if each.invoice == invoice))

    def totals(self) -> list[Period]:
        """The invoice's own periods in one piece: what the meter counts by now."""
        return [whole_minutes(period) for period in self._fine]

    def ranges(self) -> list[Any]:
        """From before the first period to the present, without gaps; nothing where nobody bills the meter."""
        periods = [each.period for each in self._groups] + list(self._items())
        if not periods:
            return self._unbilled()
        first = min(period.start for period in periods)
        start = first - LOOK_BACK_SECONDS if first <= self._first_start() else first
        end = max([period.end for period in periods if period.end <= self._now] + [self._now])
        edges = [edge for period in periods for edge in (period.start, period.end)]
        return ranges_of(edges, Period(start, end + LOOK_AHEAD_SECONDS), self._fine)

    def _unbilled(self) -> list[Any]:
        """A meter that no item bills may have counted all the same (PRC-01): look over the invoice's time."""
        start = min(
            (each.period.start for each in groups_of(self._facts)), default=self._now - LOOK_BACK_SECONDS
        )
        return ranges_of([], Period(start, self._now + LOOK_AHEAD_SECONDS), [])

    def _items(self) -> Iterator[Period]:
        for sights in self._facts.subscriptions.values():
            for item in sights[-1].view.items:
                if meter_of(self._facts, item) == self._meter:
                    yield item.period

    def _first_start(self) -> int:
        """Usage before it was never billed by any invoice."""
        starts = [sights[-1].view.start for sights in self._facts.subscriptions.values()]
        return min(starts, default=self._now)


def _is_about(group: Group, meter: str, customer: str) -> bool:
    return group.meter == meter and group.customer == customer
