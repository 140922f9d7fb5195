"""Webhook signatures, as Stripe makes them (PRO-22)."""

from __future__ import annotations

import hashlib
import hmac


def signature(body: str, secret: str, at: int) -> str:
    """The `Stripe-Signature` header for `body`, signed at `at` (unix seconds of real time: PRO-23)."""
    signed = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"
