"""Webhooks: which events go where, what becomes of each delivery, and the drafts that wait for theirs."""

from __future__ import annotations

import hashlib
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.simulator.objects.webhook import SNAPSHOT, THIN, Attempt, Awaited, Delivery, Endpoint
from harness.simulator.wire.errors import invalid, missing_resource

if TYPE_CHECKING:
    from harness.simulator.objects.event import Event
    from harness.simulator.objects.invoice import Invoice
    from harness.simulator.objects.thin_event import MeterTwin, ThinEvent
    from harness.simulator.world import World

MOST_ENDPOINTS = 16
MOST_HELD_SECONDS = 72 * 3_600  # INV-27
MOST_KEPT = 10_000
"""Deliveries that are over and still listed."""


def add(world: World, endpoint: Endpoint) -> Endpoint:
    """Take in a new endpoint.

    Raises:
        StripeError: 400 for an address that is none, or one endpoint too many.
    """
    check_url(endpoint.url)
    if len(world.endpoints) >= MOST_ENDPOINTS:
        raise invalid(f"You have reached the maximum of {MOST_ENDPOINTS} webhook endpoints.")
    world.endpoints[endpoint.id] = endpoint
    return endpoint


def check_url(url: str) -> None:
    """Only that it is one: where it leads is the courier's business.

    Raises:
        StripeError: 400.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise invalid("Invalid URL: An explicit scheme (such as https) must be provided.", param="url")


def find(world: World, endpoint_id: str, kind: str) -> Endpoint:
    """The endpoint with this id.

    Raises:
        StripeError: 404.
    """
    found = world.endpoints.get(endpoint_id)
    if found is None:
        raise missing_resource(kind, endpoint_id)
    return found


def remove(world: World, endpoint: Endpoint) -> None:
    """Delete an endpoint; deliveries on their way to it are given up.

    An advance may have stood still for one of them: call `clocks.resume` afterwards, as after `attempted`.
    """
    del world.endpoints[endpoint.id]
    endpoint.deleted = True
    for delivery in [each for each in world.undelivered.values() if each.endpoint == endpoint.id]:
        delivery.state, delivery.next_at = "failed", None
        delivery.attempts.append(Attempt(world.wall, None, "the endpoint was deleted"))
        del world.undelivered[delivery.id]
        _account_for(world, delivery.event)


def new_secret(world: World, endpoint_id: str) -> str:
    """A signing secret, the same for the same seed and id."""
    return "whsec_" + hashlib.sha256(f"{world.settings.seed}:{endpoint_id}".encode()).hexdigest()[:32]


def post(world: World, event: Event, invoice: Invoice | None = None) -> None:
    """Put a new classic event on its way; `invoice` is the draft that waits for it (INV-27)."""
    deliveries = _send(world, event.id, event.type, SNAPSHOT)
    if not deliveries or invoice is None or invoice.finalizes_at is None:
        return
    delay_seconds = invoice.finalizes_at - invoice.created
    event.snapshot["webhooks_delivered_at"] = None
    invoice.awaits_webhooks = True
    world.awaited[event.id] = Awaited(invoice.id, delay_seconds)
    if invoice.test_clock is None:  # wall time stands still for nobody; a clock does (`holds`)
        _reschedule(world, invoice, delay_seconds, waiting=True)


def post_thin(world: World, event: ThinEvent | MeterTwin) -> None:
    """Put a new thin event on its way."""
    _send(world, event.id, event.type, THIN)


def attempted(world: World, delivery: Delivery, status: int | None, note: str) -> None:
    """Note an attempt at the present wall time: delivered, to be tried again (PRO-21), or given up.

    Call `clocks.resume` afterwards: an advance may have stood still for this attempt (INV-27).
    """
    attempt = Attempt(world.wall, status, note)
    delivery.attempts.append(attempt)
    pauses = world.settings.webhook_retry_seconds
    if attempt.fine:
        delivery.state, delivery.next_at = "delivered", None
    elif len(delivery.attempts) > len(pauses):
        delivery.state, delivery.next_at = "failed", None
    else:
        delivery.next_at = world.wall + pauses[len(delivery.attempts) - 1]
    if delivery.state != "pending":
        world.undelivered.pop(delivery.id, None)
    _account_for(world, delivery.event)


def resend(world: World, delivery: Delivery) -> None:
    """Deliver once more, now."""
    delivery.state, delivery.next_at = "pending", world.wall
    world.undelivered[delivery.id] = delivery


def of_event(world: World, event_id: str) -> list[Delivery]:
    """An event's deliveries."""
    return [world.deliveries[each] for each in world.deliveries_of.get(event_id, ())]


def _send(world: World, event: str, kind: str, payload: str) -> list[Delivery]:
    found = []
    for endpoint in world.endpoints.values():
        if endpoint.wants(kind, payload) and _reaches(world, endpoint):
            delivery = Delivery(world.new_id("whd"), endpoint.id, event, kind, world.wall, world.wall)
            world.deliveries[delivery.id] = world.undelivered[delivery.id] = delivery
            world.deliveries_of.setdefault(event, []).append(delivery.id)
            found.append(delivery)
    if len(world.deliveries) > 2 * MOST_KEPT:
        _forget_old(world)
    return found


def _reaches(world: World, endpoint: Endpoint) -> bool:
    """Whether anybody delivers to this endpoint: only a server delivers, and mostly to its own machine."""
    reach = world.settings.webhooks
    return reach == "anywhere" or (reach == "local" and is_local(endpoint.url))


def is_local(url: str) -> bool:
    """Whether an address is on this machine."""
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:  # no address at all
        return False


def is_loopback(host: str) -> bool:
    """Whether a name or number is this machine's own."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _account_for(world: World, event: str) -> None:
    """After an attempt: does a draft go on?"""
    awaited = world.awaited.get(event)
    if awaited is None or any(not each.attempts for each in of_event(world, event)):
        return
    invoice = world.invoices[awaited.invoice]
    waiting = any(each.state == "pending" for each in of_event(world, event))
    if not waiting:
        del world.awaited[event]
    if invoice.status == "draft" and invoice.finalizes_at is not None:
        _reschedule(world, invoice, awaited.delay_seconds, waiting=waiting)


def _reschedule(world: World, invoice: Invoice, delay_seconds: int, *, waiting: bool) -> None:
    """Delivered or given up: the delay begins now. Else the draft stays one, for 72 h at most (INV-27)."""
    now = world.now(invoice.test_clock)
    if waiting:
        invoice.finalizes_at = invoice.created + MOST_HELD_SECONDS
    else:
        invoice.finalizes_at = now + delay_seconds
        invoice.awaits_webhooks, invoice.webhooks_delivered_at = False, now
    world.agenda.note(invoice.test_clock, invoice)


def holds(world: World, clock: str) -> bool:
    """Whether an advance of `clock` has to stand still: a first attempt at `invoice.created` is under way."""
    return any(
        world.invoices[awaited.invoice].test_clock == clock
        and any(not each.attempts for each in of_event(world, event))
        for event, awaited in world.awaited.items()
    )


def _forget_old(world: World) -> None:
    over = [each for each in world.deliveries.values() if each.state != "pending"]
    for delivery in over[:MOST_KEPT]:
        del world.deliveries[delivery.id]
        world.deliveries_of.pop(delivery.event, None)
