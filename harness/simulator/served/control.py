"""The control API under `/_harness/`: what a test does to the simulator itself, from this machine only."""

from __future__ import annotations

import json
from typing import Any

from harness.simulator.accounts import Accounts
from harness.simulator.app import Request, Response
from harness.simulator.faults import KINDS
from harness.simulator.served.account import Account
from harness.simulator.served.controls import CONTROLS, Asked, Control
from harness.simulator.served.given import Given, members_of
from harness.simulator.served.operations import refusal
from harness.simulator.wire.errors import StripeError, invalid

PREFIX = "/_harness/"


class ControlApi:
    """Answers the control API.

    Args:
        accounts: whose accounts they are.
    """

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def answer(self, request: Request) -> Response:
        """Do what is asked, or refuse it in Stripe's shape."""
        path, _, query = request.target.partition("?")
        try:
            if path == PREFIX and request.method == "GET":
                return _shown(self._index())
            control = _find(request.method, path)
            members = members_of(request, query)
            account = self.account_of(request, members.get("account"))
            return _shown(control(Asked(self._accounts, account, Given(members))))
        except StripeError as error:
            return refusal(error)

    def account_of(self, request: Request, name: Any) -> Account:
        """The account with this name, or that of the key sent, or the only one.

        Raises:
            StripeError: 400 when it is none of these.
        """
        if isinstance(name, str):
            named = self._accounts.named(name)
            if named is None:
                raise invalid(f"There is no account '{name:.40}'.", param="account")
            return named
        found = self._accounts.of(request.headers)
        if found is not None:
            return found
        everyone = list(self._accounts)
        if len(everyone) == 1:
            return everyone[0]
        raise invalid("Say which account: send its test key, as for the API, or `account`.", param="account")

    def _index(self) -> dict[str, Any]:
        return {
            "profile": self._accounts.profile.name,
            "speed": self._accounts.speed,
            "accounts": [{"account": each.name, "key_ends_in": each.hint} for each in self._accounts],
            "routes": {
                line: {"takes": each.takes, "does": words_of(each)} for line, each in CONTROLS.items()
            },
            "fault_kinds": KINDS,
        }


def words_of(control: Control) -> str:
    """What a control does, in a sentence."""
    return (control.does.__doc__ or "").strip()


def _find(method: str, path: str) -> Control:
    control = CONTROLS.get(f"{method} {path.removeprefix(PREFIX)}")
    if control is None:
        raise StripeError(404, f"There is no {method} {path[:100]} here; GET {PREFIX} lists what there is.")
    return control


def _shown(answer: dict[str, Any]) -> Response:
    return Response(200, json.dumps(answer, indent=2) + "\n", {"Content-Type": "application/json"})
