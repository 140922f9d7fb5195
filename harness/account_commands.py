"""`harness explain` and `harness reproduce`: they look at a trace, or at an account's invoice."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from harness.outcomes import BROKEN, FOUND, MISUSED

FILE = click.Path(path_type=Path)
_OPTIONS = (
    click.option("--invoice", metavar="ID", help="an account's invoice, in_…; of a run's trace also cycle1"),
    click.option("--customer", metavar="ID", help="whose invoice it must be; alone: the newest of theirs"),
    click.option("--backend", metavar="NAME", help="stripe (default); the key comes from the environment"),
    click.option("--api-base", metavar="URL", help="a server on this machine in Stripe's place"),
    click.option("--events", metavar="FILE", type=FILE, help="the application's own log of what it sent"),
    click.option("--columns", default="", metavar="F=COLUMN,…", help="its columns: timestamp=ts,value=qty,…"),
    click.option("--save", metavar="FILE", type=FILE, help="keep what was read, as a trace"),
)


def account_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of both commands."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@click.argument("trace", required=False, type=FILE)
@account_options
@click.option("--fates", metavar="FILE", type=FILE, help="write the fate of each row of the log, as CSV")
@click.option("--event", metavar="ID", help="only this reported event")
@click.option("--json", "as_json", is_flag=True, help="one JSON object on stdout")
def explain(trace: Path | None, event: str | None, *, as_json: bool, **given: Any) -> None:
    r"""Say where usage went, and why: of a run, from its trace; or of an invoice, from its account.

    \b
    harness explain .harness/last/month.jsonl --event usage-3
    harness explain --invoice in_1Abc           looks at the account and changes nothing
    harness explain --invoice in_1Abc --events sent.csv --columns timestamp=ts,value=qty
    harness explain --invoice in_1Abc --save reading.jsonl && harness explain reading.jsonl
    """
    with _told_in_a_line():
        if trace is not None and _is_run(trace):
            _only_with_an_account(given)
            from harness.explaining import explain_trace

            click.echo(explain_trace(trace, event=event, invoice=given["invoice"], as_json=as_json))
            return
        from harness.investigating import explain_invoice

        click.echo(explain_invoice(_wanted(trace, given), event=event, as_json=as_json))


@click.command()
@click.argument("trace", required=False, type=FILE)
@account_options
@click.option("-o", "--output", default="scenario.yaml", show_default=True, type=FILE, help="the scenario")
@click.option("--with-personal-data", "personal", is_flag=True, help="keep names, emails and metadata")
def reproduce(trace: Path | None, output: Path, **given: Any) -> None:
    r"""Write a scenario that tells an account's invoice again, without its ids and names, and try it.

    \b
    harness reproduce --invoice in_1Abc -o missing.yaml && harness run missing.yaml
    harness reproduce reading.jsonl --events sent.csv
    """
    with _told_in_a_line():
        from harness.investigating import reproduce_invoice

        told, same = reproduce_invoice(_wanted(trace, given), output)
        click.echo(told)
    sys.exit(0 if same else FOUND)


def _only_with_an_account(given: dict[str, Any]) -> None:
    """A run's trace knows all that was sent, and needs no account: nothing is ignored in silence."""
    for name, value in given.items():
        if value and name != "invoice":
            option = name.replace("_", "-")
            _misuse(f"--{option} goes with an account's invoice; the trace of a run tells all by itself")


def _wanted(trace: Path | None, given: dict[str, Any]) -> Any:
    from harness.investigating import Wanted

    if trace is None and given["invoice"] is None and given["customer"] is None:
        _misuse("name a trace, or an account's invoice with --invoice")
    return Wanted(trace=trace, **given)


def _is_run(trace: Path) -> bool:
    """Whether a trace tells of a scenario's run, not of an account's invoice."""
    from harness.history.log import first_of

    return not first_of(trace).settings.get("invoice")


@contextmanager
def _told_in_a_line() -> Iterator[None]:
    """What the user can mend is one line and exit code 2; a backend that will not have us is 3."""
    from harness.config import BadSetting
    from harness.history.log import UnreadableTrace
    from harness.outcomes import BackendFailed, CannotInvestigate

    try:
        yield
    except (UnreadableTrace, CannotInvestigate, BadSetting) as error:
        _misuse(str(error))
    except BackendFailed as error:
        click.echo(f"harness: {error}", err=True)
        sys.exit(BROKEN)


def _misuse(message: str) -> None:
    click.echo(f"harness: {message}", err=True)
    sys.exit(MISUSED)
