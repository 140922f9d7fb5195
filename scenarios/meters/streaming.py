"""Sends usage over the stream, as an application with much of it does."""

from harness.run.app_code import Application


def report(application: Application, event_name: str, customer: str, values: list[str]) -> None:
    """Send one event for each value, all in one request, with a session of their own."""
    stripe = application.client.v2.billing
    session = stripe.meter_event_session.create()
    events = [
        {
            "event_name": event_name,
            "identifier": f"{customer}-{event_name}-{place}",
            "payload": {"stripe_customer_id": customer, "value": value},
        }
        for place, value in enumerate(values)
    ]
    stripe.meter_event_stream.create({"events": events}, {"api_key": session.authentication_token})
