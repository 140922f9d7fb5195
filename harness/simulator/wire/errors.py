"""Errors in the shape in which Stripe answers them."""

from __future__ import annotations

from typing import Any

NOT_MODELLED = "not_modelled_by_simulator"
"""The code of a 501: the simulator's own, so Stripe has no page about it."""


class StripeError(Exception):
    """A refusal, raised anywhere in the simulator and answered by `app.handle`.

    Args:
        status: HTTP status of the answer.
        message: what the caller reads; Stripe's own text where a fact records it.
        kind: `error.type` (PRO-02).
        code: `error.code`, left out of the body when None.
        param: the offending parameter in wire notation, left out when None.
        extra: further members of the error object (`decline_code`, `payment_intent`, …).
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.code = code
        self.param = param
        self.extra = extra or {}

    def body(self) -> dict[str, Any]:
        """The JSON body: `{"error": {"type", "message", "code"?, "param"?, …}}` (PRO-01)."""
        error: dict[str, Any] = {"type": self.kind, "message": self.message}
        if self.code is not None:
            error["code"] = self.code
        if self.code not in {None, NOT_MODELLED}:
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param is not None:
            error["param"] = self.param
        return {"error": error | self.extra}


def invalid(message: str, *, code: str | None = None, param: str | None = None) -> StripeError:
    """A 400 `invalid_request_error`."""
    return StripeError(400, message, code=code, param=param)


def missing_resource(kind: str, object_id: str, param: str = "id") -> StripeError:
    """An id that names nothing (PRO-05): 404 for the id in the path, 400 for one in a parameter.

    `kind` is Stripe's word, such as `customer`.
    """
    status = 404 if param == "id" else 400
    return StripeError(status, f"No such {kind}: '{object_id:.200}'", code="resource_missing", param=param)


def unmodelled(what: str) -> StripeError:
    """The 501 for something Stripe has and this simulator lacks; `what` names it for the reader."""
    return StripeError(
        501,
        f"The simulator does not model {what}. Nothing was changed. Run this against Stripe test mode, "
        "or leave it out.",
        kind="api_error",
        code=NOT_MODELLED,
    )
