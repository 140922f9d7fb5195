"""Looks at lists as an application does."""

from harness.run.app_code import Application


def lists_hide_clocked_objects(application: Application, customer: str, clock: str) -> None:
    """Raise unless plain lists are empty, narrowed ones are not, and retrieving works."""
    stripe = application.client.v1
    customer_id, clock_id = application.id(customer), application.id(clock)
    everyone = [each.id for each in stripe.customers.list().data]
    _same("listed among all customers", customer_id in everyone, expected=False)
    on_the_clock = [each.id for each in stripe.customers.list({"test_clock": clock_id}).data]
    _same("the clock's", on_the_clock, [customer_id])
    _same("retrieved", stripe.customers.retrieve(customer_id).id, customer_id)
    plain = [each for each in stripe.subscriptions.list().data if each.customer == customer_id]
    _same("all subscriptions", plain, [])
    _same("the customer's", len(stripe.subscriptions.list({"customer": customer_id}).data), 1)


def _same(what: str, seen: object, expected: object) -> None:
    if seen != expected:
        raise ValueError(f"{what}: {seen!r} instead of {expected!r}")


def outside_the_clock(application: Application, clock: str, customer: str) -> None:
    """Raise unless the clock itself and the customer's payment were made at the world's own time."""
    stripe = application.client.v1
    made = stripe.test_helpers.test_clocks.retrieve(clock).created
    (payment,) = stripe.payment_intents.list({"customer": customer}).data
    _same("a clock's birthday is its frozen time", made == application.now, expected=False)
    _same("the payment came after the clock", payment.created >= made, expected=True)
    _same("the payment knows the clock's time", payment.created == application.now, expected=False)
