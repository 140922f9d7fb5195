"""Invoice items that a caller makes: amounts that wait for an invoice, or join a draft at once."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from harness.simulator.billing.periods import Period
from harness.simulator.billing.pricing import ZERO, total_cents
from harness.simulator.billing.rounding import EXACT, to_cents
from harness.simulator.flows.announcing.events import emit, emit_update
from harness.simulator.flows.catalogue import tax_rates
from harness.simulator.flows.catalogue.currencies import ensure_offered, ensure_on_invoice, read_code
from harness.simulator.flows.catalogue.inline_prices import INLINE, drawn_up
from harness.simulator.flows.clocked import ensure_unlocked
from harness.simulator.flows.invoicing import discounting, invoices, redemption
from harness.simulator.flows.invoicing import lines as lining
from harness.simulator.flows.invoicing.one_off import one_time_price
from harness.simulator.flows.payers import find_customer
from harness.simulator.objects.invoice_item import InvoiceItem
from harness.simulator.wire.errors import invalid, missing_resource
from harness.simulator.wire.params import merge_metadata

if TYPE_CHECKING:
    from harness.simulator.objects.customer import Customer
    from harness.simulator.objects.discount import Discount
    from harness.simulator.objects.invoice import Invoice
    from harness.simulator.objects.price import Price
    from harness.simulator.world import World


def create(world: World, params: dict[str, Any]) -> InvoiceItem:
    """A new invoice item: pending, or on the draft that `invoice` names (INV-83).

    Raises:
        StripeError: 400 for a missing amount, another currency or a finalized invoice; 429 when locked.
    """
    customer = find_customer(world, params.get("customer") or _customer_of(world, params.get("invoice")))
    ensure_unlocked(world, customer.test_clock)
    invoice = _draft(world, customer, params.get("invoice"))
    _check_subscription(world, customer, params.get("subscription"))
    _check_one_source(params)
    with drawn_up(world, params) as drawn:
        price = _price(world, drawn.params)
        item = _build(world, customer, invoice, price, params)
        drawn.keep(world)
    _place(world, item, invoice)
    return item


def _build(
    world: World,
    customer: Customer,
    invoice: Invoice | None,
    price: Price | None,
    params: dict[str, Any],
    inside: str = "",
) -> InvoiceItem:
    now = world.now(customer.test_clock)
    currency = _currency(customer, invoice, price, params)
    wanted = _wanted(world, customer, params, currency, inside=inside)
    rates = tax_rates.named(world, params, "tax_rates")
    item = InvoiceItem(
        id="",
        sequence=0,
        customer=customer.id,
        currency=currency,
        date=now,
        amount_cents=0,
        period=Period(now, now),
        subscription=params.get("subscription"),
        tax_rates=rates,
        test_clock=customer.test_clock,
    )
    _fill(world, item, price, params)
    item.discountable = params.get("discountable", item.amount_cents >= 0)
    item.own = redemption.make(world, wanted or [], redemption.Place(customer, now, invoice_item=""))
    return item


def update(world: World, item: InvoiceItem, params: dict[str, Any]) -> None:
    """Change an item; on a draft its line follows.

    Raises:
        StripeError: 400 when it is on a finalized invoice, 429 on an advancing clock.
    """
    ensure_unlocked(world, item.test_clock)
    invoice = _open_draft(world, item)
    _check_one_source(params)
    customer = world.customers[item.customer]
    wanted = _wanted(world, customer, params, item.currency, item.own)
    rates = tax_rates.named(world, params, "tax_rates", item.tax_rates)
    with drawn_up(world, params) as drawn:
        price = _price(world, drawn.params, needed=False)
        if price is not None:
            ensure_offered(price, item.currency, "pricing[price]")
        drawn.keep(world)
    before = item.render(world)
    if wanted is not None:
        place = redemption.Place(customer, world.now(item.test_clock), invoice_item=item.id)
        item.own = redemption.make(world, wanted, place)
        redemption.register_new(world, item.own)
    _fill(world, item, price, params)
    item.tax_rates = rates
    emit_update(world, "invoiceitem.updated", item, before)
    if invoice is not None:
        _redraw(world, invoice, item)


def delete(world: World, item: InvoiceItem) -> None:
    """Delete an item, and its line on a draft.

    Raises:
        StripeError: 400 when it is on a finalized invoice, 429 on an advancing clock.
    """
    ensure_unlocked(world, item.test_clock)
    invoice = _open_draft(world, item)
    emit(world, "invoiceitem.deleted", item)
    item.deleted = True
    waiting = world.agenda.pending_items.get(item.customer, [])
    if item in waiting:
        waiting.remove(item)
    if invoice is not None:
        invoice.lines = [line for line in invoice.lines if line.invoice_item != item.id]
        discounting.apply(world, invoice)


def sketch(world: World, customer: Customer, entries: list[dict[str, Any]]) -> list[InvoiceItem]:
    """The `invoice_items` of a preview: new ones, and pending ones as they would be after a change.

    Raises:
        StripeError: 400 for what could not be made, or an item that is not pending.
    """
    return [
        _sketched(world, customer, entry, f"invoice_items[{index}]") for index, entry in enumerate(entries)
    ]


def _sketched(world: World, customer: Customer, entry: dict[str, Any], name: str) -> InvoiceItem:
    params = dict(entry)
    if params.get("price") is not None and not params.get(INLINE):
        params["pricing"] = {"price": params["price"]}
    if params.get("unit_amount") is not None:
        params["unit_amount_decimal"] = Decimal(params["unit_amount"])
    _check_one_source(params)
    rates = tax_rates.named(world, params, f"{name}[tax_rates]")
    if (item_id := params.get("invoiceitem")) is None:
        return _build(world, customer, None, _price(world, params), params, name)
    item = world.invoice_items.get(item_id)
    if item is None or item.deleted or item.customer != customer.id or item.invoice is not None:
        raise missing_resource("invoiceitem", item_id, f"{name}[invoiceitem]")
    changed = replace(item, tax_rates=rates if "tax_rates" in params else item.tax_rates)
    wanted = _wanted(world, customer, params, item.currency, item.own, inside=name)
    _fill(world, changed, _price(world, params, needed=False), params)
    if wanted is not None:
        place = redemption.Place(customer, world.now(item.test_clock), invoice_item=item.id)
        changed.own = redemption.make(world, wanted, place)
    return changed


def _place(world: World, item: InvoiceItem, invoice: Invoice | None) -> None:
    item.id, item.sequence = world.new_id("ii"), world.agenda.next_sequence()
    customer = world.customers[item.customer]
    customer.adopt(customer.currency or item.currency)
    world.invoice_items[item.id] = item
    redemption.place_own(world, item)
    if invoice is None:
        world.agenda.pending_items.setdefault(item.customer, []).append(item)
        emit(world, "invoiceitem.created", item)
        return
    before = invoice.render(world)
    invoices.attach(world, invoice, item)
    discounting.apply(world, invoice)
    emit(world, "invoiceitem.created", item)
    emit_update(world, "invoice.updated", invoice, before)


def _fill(world: World, item: InvoiceItem, price: Price | None, params: dict[str, Any]) -> None:
    """Take over what was given, and work out the amount."""
    if params.get("period") is not None:
        item.period = Period(params["period"]["start"], params["period"]["end"])
    if params.get("quantity") is not None:
        item.quantity = Decimal(params["quantity"])
    item.quantity = params.get("quantity_decimal") or item.quantity
    if price is not None:
        item.price, item.unit_amount = price.id, price.terms_in(item.currency).unit_amount
        item.description = item.description or world.products[price.product].name
    if params.get("unit_amount_decimal") is not None:
        item.unit_amount = params["unit_amount_decimal"]
    if params.get("amount") is not None:
        item.amount_cents, item.unit_amount = params["amount"], Decimal(params["amount"])
    elif item.unit_amount is not None:
        item.amount_cents = _cost_cents(world, item)
    item.description = params.get("description", item.description)
    item.discountable = params.get("discountable", item.discountable)
    if "metadata" in params:
        item.metadata = merge_metadata(item.metadata, params["metadata"])


def _cost_cents(world: World, item: InvoiceItem) -> int:
    """Unit amount by quantity; at the price's own unit amount, in its packages (PRC-32)."""
    price = world.prices.get(item.price or "")
    terms = None if price is None else price.terms_in(item.currency)
    if terms is not None and terms.package and terms.unit_amount == item.unit_amount:
        return total_cents(terms, item.quantity)
    return to_cents(EXACT.multiply(item.quantity, item.unit_amount or ZERO))


def _redraw(world: World, invoice: Invoice, item: InvoiceItem) -> None:
    before = invoice.render(world)
    for index, line in enumerate(invoice.lines):
        if line.invoice_item == item.id:
            invoice.lines[index] = lining.pending_line(item)
            invoice.lines[index].id = line.id
    discounting.apply(world, invoice)
    emit_update(world, "invoice.updated", invoice, before)


def _wanted(
    world: World,
    customer: Customer,
    params: dict[str, Any],
    currency: str,
    present: tuple[Discount, ...] = (),
    *,
    inside: str = "",
) -> list[redemption.Wanted] | None:
    entries, name = redemption.asked(params)
    if entries is None:
        return None
    name = f"{inside}[{name}]" if inside else name
    return redemption.read(world, entries, name, customer, currency=currency, present=present)


def _customer_of(world: World, invoice_id: str | None) -> str | None:
    invoice = world.invoices.get(invoice_id or "")
    return None if invoice is None else invoice.customer


def _draft(world: World, customer: Customer, invoice_id: str | None) -> Invoice | None:
    if invoice_id is None:
        return None
    invoice = world.invoices.get(invoice_id)
    if invoice is None or invoice.customer != customer.id or invoice.deleted:
        raise missing_resource("invoice", invoice_id, "invoice")
    if invoice.status != "draft":
        raise invalid(
            "The given invoice is not editable: it is finalized.",
            code="invoice_not_editable",
            param="invoice",
        )
    invoices.check_room(len(invoice.lines) + 1)
    return invoice


def _open_draft(world: World, item: InvoiceItem) -> Invoice | None:
    """The draft that an item is on, None while pending; refuses finalized ones."""
    if item.invoice is None:
        return None
    invoice = world.invoices[item.invoice]
    if invoice.status != "draft":
        raise invalid(
            "This invoice item is on an invoice that is no longer editable.", code="invoice_not_editable"
        )
    return invoice


def _check_one_source(params: dict[str, Any]) -> None:
    """Refuse more than one way to say what it costs."""
    given = [name for name in ("amount", "price_data", "pricing") if params.get(name) is not None]
    if len(given) > 1:
        raise invalid(
            f"You may only specify one of these parameters: {', '.join(given)}.", code="parameters_exclusive"
        )


def _price(world: World, params: dict[str, Any], *, needed: bool = True) -> Price | None:
    """The price that `params` name, or that was drawn up for them."""
    if params.get(INLINE):
        return one_time_price(world, params, "price_data", None)
    if params.get("pricing") is None:
        if needed and params.get("amount") is None and params.get("unit_amount_decimal") is None:
            raise invalid("Missing required param: amount.", code="parameter_missing", param="amount")
        return None
    return one_time_price(world, params["pricing"], "pricing[price]", None)


def _currency(
    customer: Customer, invoice: Invoice | None, price: Price | None, params: dict[str, Any]
) -> str:
    """The currency asked for, else the price's own (PRC-45), else that of the invoice or the customer.

    It need not be the customer's (PRC-46).
    """
    own = invoice.currency if invoice else customer.currency
    asked = params.get("currency")
    if asked is None and price is None and own is None:
        raise invalid("Missing required param: currency.", code="parameter_missing", param="currency")
    currency = read_code(asked) if asked is not None else price.currency if price is not None else str(own)
    if price is not None:
        ensure_offered(price, currency, "pricing[price]")
    if invoice is not None:
        ensure_on_invoice(price, currency, invoice)
    return currency


def _check_subscription(world: World, customer: Customer, subscription_id: str | None) -> None:
    if subscription_id is None:
        return
    subscription = world.subscriptions.get(subscription_id)
    if subscription is None or subscription.customer != customer.id:
        raise missing_resource("subscription", subscription_id, "subscription")
