"""An application's webhook code, as in production: it reports usage when an invoice is drafted."""

from datetime import UTC, datetime
from typing import Any

from harness.run.app_code import Application

EVENT_NAME = "api_calls"


def report_into_the_invoice(application: Application, units: int) -> None:
    """Stamp the usage with the last second of the period that the draft bills."""
    _report(application, units, _invoice(application)["period_end"] - 1)


def report_now(application: Application, units: int) -> None:
    """Stamp the usage with the present, as careless code does: by now the next period has begun."""
    _report(application, units, int(datetime.now(UTC).timestamp()))


def _report(application: Application, units: int, stamp: int) -> None:
    invoice = _invoice(application)
    application.client.v1.billing.meter_events.create(
        {
            "event_name": EVENT_NAME,
            "payload": {"stripe_customer_id": invoice["customer"], "value": str(units)},
            "identifier": f"usage-of-{invoice['id']}",
            "timestamp": stamp,
        }
    )


def _invoice(application: Application) -> dict[str, Any]:
    if application.event is None:
        raise ValueError("this code answers an invoice event")
    return application.event["data"]["object"]
