"""What the official client brings along: how it is made."""

from __future__ import annotations

import inspect

import stripe


def test_a_client_takes_all_that_points_it_elsewhere_by_name() -> None:
    """PRO-27: the harness and the README's examples rely on these."""
    _, key, *rest = inspect.signature(stripe.StripeClient.__init__).parameters.values()
    assert (key.name, key.kind) == ("api_key", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    assert {each.kind for each in rest} == {inspect.Parameter.KEYWORD_ONLY}
    assert {
        *("stripe_account", "stripe_context", "stripe_version", "base_addresses", "client_id"),
        *("verify_ssl_certs", "proxy", "max_network_retries", "http_client"),
    } <= {each.name for each in rest}
