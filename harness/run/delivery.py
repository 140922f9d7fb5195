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
TIMEOUT_SECONDS = 10


def deliver(story: Story, url: str, event: Json) -> None:
    """POST the event to a handler on this machine.

    Raises:
        StoryStopped: the address is not on this machine, nobody answers, or the answer is no 2xx.
    """
    if urlsplit(url).hostname not in LOOPBACK:
        raise StoryStopped(story.line, f"`post` delivers only to this machine, not to {url}")
    body = json.dumps(event)
    signature = stripe.WebhookSignature.generate_signature_header(
        body, os.environ.get(SECRET_VARIABLE, DEFAULT_SECRET)
    )
    headers = {"Content-Type": "application/json", "Stripe-Signature": signature}
    try:
        answer = requests.post(url, data=body.encode(), headers=headers, timeout=TIMEOUT_SECONDS)
    except requests.RequestException as error:
        raise StoryStopped(
            story.line, f"{url} did not take {event['type']}: {type(error).__name__}"
        ) from error
    if not answer.ok:
        raise StoryStopped(story.line, f"{url} answered {answer.status_code} to {event['type']}")
    story.history.append(Noted, text=f"delivered {event['type']} to {url}: {answer.status_code}")
