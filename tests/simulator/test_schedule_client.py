"""Schedules through the official client: typed objects, and the calls that its documentation shows."""

from __future__ import annotations

from typing import Any

import pytest
import stripe


@pytest.fixture
def prices(client: stripe.StripeClient) -> list[str]:
    product = client.v1.products.create({"name": "Plan"})
    return [
        client.v1.prices.create(
            {
                "currency": "usd",
                "product": product.id,
                "recurring": {"interval": "month"},
                "unit_amount": cents,
            }
        ).id
        for cents in (1_000, 2_000)
    ]


def test_the_client_reads_schedules_as_its_own_types(
    client: stripe.StripeClient, customer: dict[str, Any], prices: list[str]
) -> None:
    """CLK-45 SUB-21"""
    made = client.v1.subscription_schedules.create(
        {
            "customer": customer["id"],
            "start_date": "now",
            "end_behavior": "release",
            "phases": [
                {
                    "items": [{"price": price, "quantity": 1}],
                    "duration": {"interval": "month", "interval_count": 2},
                }
                for price in prices
            ],
            "expand": ["subscription.latest_invoice"],
        }
    )
    assert isinstance(made, stripe.SubscriptionSchedule)
    assert isinstance(made.subscription, stripe.Subscription)
    assert isinstance(made.subscription.latest_invoice, stripe.Invoice)
    assert isinstance(made.current_phase, stripe.SubscriptionSchedule.CurrentPhase)
    assert [type(phase) for phase in made.phases] == [stripe.SubscriptionSchedule.Phase] * 2
    assert made.subscription.latest_invoice.status == "draft"
    assert made.phases[0].end_date == made.phases[1].start_date == made.current_phase.end_date
    assert [item.price for phase in made.phases for item in phase["items"]] == prices


def test_the_clients_calls_work_as_its_documentation_shows(
    client: stripe.StripeClient, customer: dict[str, Any], prices: list[str]
) -> None:
    """CHG-14 CLK-50"""
    service = client.v1.subscription_schedules
    subscription = client.v1.subscriptions.create(
        {"customer": customer["id"], "items": [{"price": prices[0]}]}
    )
    made = service.create({"from_subscription": subscription.id})
    first = made.phases[0]
    changed = service.update(
        made.id,
        {
            "phases": [
                {
                    "items": [{"price": prices[0], "quantity": 1}],
                    "start_date": first.start_date,
                    "end_date": first.end_date,
                },
                {"items": [{"price": prices[1], "quantity": 2}], "duration": {"interval": "month"}},
            ]
        },
    )
    assert [phase["items"][0].quantity for phase in changed.phases] == [1, 2]
    assert [row.id for row in service.list({"customer": customer["id"]}).auto_paging_iter()] == [made.id]
    assert service.retrieve(made.id).to_dict() == changed.to_dict()
    released = service.release(made.id)
    assert (released.status, released.released_subscription) == ("released", subscription.id)
    again = service.create({"from_subscription": subscription.id})
    assert service.cancel(again.id, {"invoice_now": False, "prorate": False}).status == "canceled"
    assert client.v1.subscriptions.retrieve(subscription.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="currently in the `canceled` status"):
        service.release(again.id)


def test_events_carry_schedules(
    client: stripe.StripeClient, customer: dict[str, Any], prices: list[str]
) -> None:
    made = client.v1.subscription_schedules.create(
        {"customer": customer["id"], "phases": [{"items": [{"price": prices[0]}]}]}
    )
    [event] = client.v1.events.list({"type": "subscription_schedule.created"}).data
    assert isinstance(event.data.object, stripe.SubscriptionSchedule)
    assert event.data.object.id == made.id
