"""`harness serve`: the simulator over HTTP, and its route table."""

from __future__ import annotations

import importlib.util
import logging
import os
from typing import Any

import click

SECRET_VARIABLE = "HARNESS_WEBHOOK_SECRET"  # noqa: S105  # the variable's name, not a secret
DEFAULT_SECRET = "whsec_harness"  # noqa: S105  # for handlers on this machine that sign nothing of value


def serve_simulator(options: dict[str, Any]) -> str | None:
    """Serve until told to stop; what is wrong with the options, or None when it went well.

    `options` are those of `harness.simulator.server.Options`.
    """
    if importlib.util.find_spec("uvicorn") is None or importlib.util.find_spec("httptools") is None:
        return "`harness serve` needs the extra `serve`: pip install 'testclock-harness[serve]'"
    from harness.simulator.server import CannotServe, Options, serve

    logging.basicConfig(level=logging.WARNING, format="harness: %(message)s")
    try:
        serve(Options(**options), os.environ.get(SECRET_VARIABLE) or DEFAULT_SECRET, announce=click.echo)
    except CannotServe as error:
        return str(error)
    return None


def print_routes() -> None:
    """Print every route and the ground it stands on; then what is refused, by name."""
    from harness.support import routes_text

    click.echo(routes_text())
