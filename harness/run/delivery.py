"""Delivering an event to a local webhook handler, signed as Stripe signs (PRO-22)."""

from __future__ import annotations

import json
import os
from urllib.parse import urlsplit

import requests
import stripe

from harness.history.entries import Noted
from harness.history.shapes import Json
from harness.run.story import Story, StoryStopped

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
SECRET_VARIABLE = "HARNESS_WEBHOOK_SECRET"  # noqa: S105  # the variable's name, not a secret
DEFAULT_SECRET = "whsec_harness"  # noqa: S105  # for handlers on this machine that sign nothing of value
WRONG_SECRET = "whsec_wrong"  # noqa: S105  # made to be refused
TIMEOUT_SECONDS = 10
LATE_SECONDS = 60


def deliver(story: Story, url: str, event: Json) -> None:
    """POST the event to a handler on this machine, with the trouble that the scenario ordered.

    Raises:
        StoryStopped: the address is not on this machine, nobody answers, the answer is no 2xx, or the handler
            takes an event whose signature is wrong.
    """
    if urlsplit(url).hostname not in LOOPBACK:
        raise StoryStopped(story.line, f"`post` delivers only to this machine, not to {url}")
    trouble = story.backend.delivery_trouble(event["type"])
    kind = None if trouble is None else trouble.kind
    if trouble is not None and kind == "webhook_late":
        story.backend.sleep(trouble.seconds or LATE_SECONDS)
    if kind == "webhook_badly_signed":
        _check_refusal(story, url, event)
    for _ in range(2 if kind == "webhook_duplicate" else 1):
        status = _post(story, url, event, os.environ.get(SECRET_VARIABLE, DEFAULT_SECRET))
        if not 200 <= status < 300:
            raise StoryStopped(story.line, f"{url} answered {status} to {event['type']}")
        story.history.append(Noted, text=f"delivered {event['type']} to {url}: {status}")


def _check_refusal(story: Story, url: str, event: Json) -> None:
    """A handler that verifies signatures answers 4xx."""
    status = _post(story, url, event, WRONG_SECRET)
    if 200 <= status < 300:
        raise StoryStopped(story.line, f"{url} took {event['type']} with a wrong signature: {status}")
    story.history.append(Noted, text=f"{url} refused {event['type']} with a wrong signature: {status}")


def _post(story: Story, url: str, event: Json, secret: str) -> int:
    """The status that the handler answers."""
    body = json.dumps(event)
    signature = stripe.WebhookSignature.generate_signature_header(body, secret)
    headers = {"Content-Type": "application/json", "Stripe-Signature": signature}
    try:
        return requests.post(url, data=body.encode(), headers=headers, timeout=TIMEOUT_SECONDS).status_code
    except requests.RequestException as error:
        raise StoryStopped(
            story.line, f"{url} did not take {event['type']}: {type(error).__name__}"
        ) from error
