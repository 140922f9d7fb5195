"""Rendering the page, and doing what its buttons ask for."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from harness.simulator.accounts import Accounts
from harness.simulator.app import Request, Response
from harness.simulator.served.account import Account
from harness.simulator.served.board.view import key_of, view

ADVANCE = "/_harness/page/advance"
HERE = Path(__file__).parent
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Board:
    """The page.

    Args:
        accounts: what it shows.
    """

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def show(self, request: Request) -> Response:
        """The page about an account: the one that `?account=` names, or the newest."""
        asked = parse_qs(request.target.partition("?")[2])
        account = self._account(asked.get("account", [""])[0])
        values = {
            "base": f"http://{request.headers.get('host', '127.0.0.1')}",
            "profile": self._accounts.profile.name,
            "speed": self._accounts.speed,
            "problem": asked.get("problem", [""])[0][:500],
            "accounts": [
                {"name": each.name, "key": key_of(each), "current": each is account}
                for each in self._accounts
            ],
            "account": view(account, self._accounts.wall(account)) if account else None,
            "style": _source("page.css"),
            "script": _source("page.js"),
        }
        headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": _POLICY,
            "Cache-Control": "no-store",
        }
        return Response(200, self._template.render(values), headers)

    def advance(self, request: Request) -> Response:
        """Advance a clock as the form says, and lead back to the page, with the refusal if there is one."""
        form = {name: values[0] for name, values in parse_qs(request.body).items()}
        account = self._account(form.get("account", ""))
        problem = self._advanced(account, form) if account else "That account is gone."
        back = {"account": form.get("account", "")} | ({"problem": problem} if problem else {})
        return Response(303, "", {"Location": f"/?{urlencode(back)}#clocks"})

    def _advanced(self, account: Account, form: dict[str, str]) -> str | None:
        clock = account.world.clocks.get(form.get("clock", ""))
        if clock is None:
            return "That clock is gone."
        try:
            by = form.get("by")
            to = clock.frozen_time + int(by) if by else _instant(form.get("to", ""))
        except ValueError:
            return "Say when: a date and a time."
        path = f"/v1/test_helpers/test_clocks/{clock.id}/advance"
        headers = {"authorization": "Bearer sk_test_page"}
        answer = self._accounts.make(account, Request("POST", path, headers, f"frozen_time={to}"))
        return None if answer.status == 200 else str(json.loads(answer.body)["error"]["message"])

    def _account(self, name: str) -> Account | None:
        return self._accounts.named(name) or next(reversed(list(self._accounts)), None)

    @cached_property
    def _template(self) -> Template:
        environment = Environment(
            loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        return environment.get_template("page.html.j2")


def _instant(text: str) -> int:
    """Unix seconds of what a date field gives, taken as UTC.

    Raises:
        ValueError: it is none.
    """
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def _source(name: str) -> Any:
    return Markup((HERE / name).read_text(encoding="utf-8"))  # noqa: S704  # our own file
