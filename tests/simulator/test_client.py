"""What the official client brings along, and what it is told of a search."""

from __future__ import annotations

import inspect

import pytest
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


@pytest.mark.parametrize("resource", ["customers", "invoices", "prices", "products", "subscriptions"])
def test_a_search_is_named_as_what_is_not_modelled(client: stripe.StripeClient, resource: str) -> None:
    """Not taken for an object by the name of `search`; the SDK does not try it again."""
    with pytest.raises(stripe.APIError) as caught:
        getattr(client.v1, resource).search({"query": "name:'Ada'"})
    assert caught.value.http_status == 501
    assert f"GET /v1/{resource}/search (search)" in str(caught.value)
