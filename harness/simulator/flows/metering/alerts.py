"""Usage alerts: made, switched on and off, and set off by usage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.simulator.flows.announcing.events import emit
from harness.simulator.flows.payers import find_customer
from harness.simulator.objects.alert import Alert, AlertTriggered
from harness.simulator.wire.errors import invalid, missing_resource

if TYPE_CHECKING:
    from harness.simulator.world import World

MOST = 25  # CHG-50
_ALL_TIME = 2**62


def create(world: World, params: dict[str, Any]) -> Alert:
    """A new alert, active at once (CHG-49).

    That the limit of 25 counts those for the same meter and customer which are not archived is unverified.

    Raises:
        StripeError: 400 for an unknown meter or customer, or one alert too many.
    """
    wanted = params.get("usage_threshold")
    if wanted is None:
        raise invalid(
            "Missing required param: usage_threshold.", code="parameter_missing", param="usage_threshold"
        )
    if wanted["meter"] not in world.meters:
        raise missing_resource("billing meter", wanted["meter"], "usage_threshold[meter]")
    named = [entry.get("customer") for entry in wanted.get("filters") or []]
    customer = find_customer(world, named[0]).id if named else None
    alike = (each for each in world.alerts.values() if each.status != "archived")
    if sum((each.meter, each.customer) == (wanted["meter"], customer) for each in alike) >= MOST:
        raise invalid(f"A meter can have at most {MOST} alerts for a customer.", param="usage_threshold")
    made = Alert(world.new_id("alrt"), params["title"], wanted["meter"], wanted["gte"], customer)
    world.alerts[made.id] = made
    world.alerted.add(made.meter)
    return made


def find(world: World, alert_id: str) -> Alert:
    """The alert with this id.

    Raises:
        StripeError: 404.
    """
    found = world.alerts.get(alert_id)
    if found is None:
        raise missing_resource("alert", alert_id)
    return found


def set_status(alert: Alert, status: str) -> None:
    """Make it active, inactive or archived.

    Raises:
        StripeError: 400 for an archived one (text unverified).
    """
    if alert.status == "archived":
        raise invalid("This alert has been archived.")
    alert.status = status


def judge(world: World, customer: str, meter_id: str) -> None:
    """Tell of alerts that a customer's new usage on a meter sets off; all of its usage counts (CHG-50).

    Never on a test clock (CHG-52, CLK-73).
    """
    if world.customers[customer].test_clock is not None:
        return
    watching = [each for each in world.alerts.values() if each.watches(customer, meter_id)]
    if not watching:
        return
    meter = world.meters[meter_id]
    value = world.usage.aggregate(meter, customer, 0, _ALL_TIME, world.aggregated_until)
    for alert in watching:
        if value >= alert.gte:
            alert.fired_for.add(customer)
            emit(world, "billing.alert.triggered", AlertTriggered(alert, customer, int(value), world.wall))
