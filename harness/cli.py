"""`harness …`: thin commands over the packages that do the work."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

import click

from harness.account_commands import explain, reproduce
from harness.outcomes import FINE, FOUND, MISUSED

PATHS = click.argument("paths", nargs=-1, type=click.Path(path_type=Path))


HELP = """Test-clock scenarios for metered billing on Stripe.

\b
harness run                      run every scenario on the simulator
harness run scenarios/x.yaml     run one file
harness check                    every problem in every file, without running
harness plan scenarios/x.yaml    what would happen, and when
harness explain .harness/last/x.jsonl
                                 where the usage went, and why
harness explain --invoice in_…   the same for an invoice of your account
harness report                   an HTML page about the last run
harness serve --port 4242        the simulator over HTTP, for any language
"""  # the control character keeps click from wrapping the examples


@click.group(help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="testclock-harness", message="%(prog)s %(version)s")
def main() -> None:
    """Test-clock scenarios for metered billing on Stripe."""


main.add_command(explain)
main.add_command(reproduce)


@main.command()
@PATHS
@click.option("--backend", metavar="NAME", help="simulator (default) or stripe")
@click.option("-n", "workers", metavar="N", help="number of worker processes, or auto")
@click.option("-k", "keyword", metavar="EXPRESSION", help="only cases whose name matches")
@click.option("-m", "markers", metavar="EXPRESSION", help="only cases whose tags match")
@click.option("--traces", metavar="DIR", help="folder for trace files (default .harness/last)")
@click.option("--report", metavar="FILE", help="write an HTML page about the run")
@click.option("--record", metavar="DIR", help="keep what each passing case came to, as parity files")
@click.option("--junitxml", metavar="FILE", help="write the run for a CI server")
@click.option("--shard", metavar="K/N", help="only the Kth of N parts, which machines share")
@click.option("--api-base", metavar="URL", help="for stripe: a server on this machine in Stripe's place")
@click.option(
    "--rate-store", metavar="STORE", help="for stripe: where its rate is kept: a file, or redis://…"
)
@click.option("-x", "stop", is_flag=True, help="stop at the first failure")
def run(paths: tuple[Path, ...], *, stop: bool, **flags: str | None) -> None:
    """Run scenarios: every one below PATHS (default: scenarios)."""
    from harness.running import run_scenarios

    short = {"workers": "-n", "keyword": "-k", "markers": "-m"}
    given = [
        (short.get(name, f"--{name.replace('_', '-')}"), value)
        for name, value in flags.items()
        if value is not None
    ]
    arguments = [part for option in given for part in option]
    sys.exit(run_scenarios(_existing(paths), [*arguments, *(["-x"] if stop else [])]))


@main.command()
@PATHS
@click.option("--json", "as_json", is_flag=True, help="one JSON object on stdout")
@click.option("--terse", is_flag=True, help="one line for each problem")
def check(paths: tuple[Path, ...], *, as_json: bool, terse: bool) -> None:
    """Show every problem in every scenario file below PATHS, without running any."""
    from harness.checking import check_files

    began = time.perf_counter()
    report = check_files(_existing(paths), Path.cwd())
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=2))
    else:
        click.echo(report.text(terse=terse, seconds=time.perf_counter() - began))
    sys.exit(FOUND if report.problems else FINE)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-k", "keyword", metavar="CASE", help="only cases whose name contains this")
@click.option("--backend", default="simulator", help="plan for simulator (default) or stripe")
def plan(file: Path, keyword: str | None, backend: str) -> None:
    """Show what a scenario would do: resolved times, pauses, reactions. Nothing is run."""
    from harness.checking import plan_file

    [path] = _existing((file,))
    shown, fine = plan_file(path, Path.cwd(), keyword, backend)
    click.echo(shown)
    sys.exit(FINE if fine else FOUND)


@main.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from harness.scenario.schema import json_schema

    click.echo(json.dumps(json_schema(), indent=2))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="address to listen on")
@click.option("--port", default=0, show_default="a free one", help="port to listen on")
@click.option(
    "--state", type=click.Path(path_type=Path), help="keep everything in this file, across restarts"
)
@click.option("--profile", type=click.Choice(["calm", "lifelike"]), default="calm", show_default=True)
@click.option("--speed", type=click.IntRange(1, 3600), default=1, help="simulated seconds in a real one")
@click.option(
    "--rate-limit", type=click.IntRange(0), metavar="N", help="requests in a second; 0 is without limit"
)
@click.option("--webhook", metavar="URL", help="deliver all events there, signed with HARNESS_WEBHOOK_SECRET")
@click.option("--allow-remote", is_flag=True, help="listen beyond this machine; nobody is asked who they are")
@click.option("--routes", is_flag=True, help="print what is served, and stop")
def serve(*, routes: bool, **options: Any) -> None:
    """Serve the simulator over HTTP, for any language's Stripe SDK."""
    from harness.serving import print_routes, serve_simulator

    if routes:
        print_routes()
        return
    if problem := serve_simulator(options):
        _misuse(problem)


@main.command()
@click.argument("traces", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", "target", default="report.html", type=click.Path(path_type=Path), help="the page"
)
@click.option("--summary", type=click.Path(path_type=Path), help="also write the run's numbers, as JSON")
@click.option("--past", type=click.Path(path_type=Path, file_okay=False), help="chart the summaries in there")
def report(traces: tuple[Path, ...], target: Path, summary: Path | None, past: Path | None) -> None:
    r"""Write an HTML page about a run, from its traces alone: files or folders (default .harness/last).

    \b
    harness report -o page.html
    harness report -o page.html --summary nights/2026-11-20.json --past nights
    """
    from harness.config import DEFAULT_TRACES
    from harness.history.log import UnreadableTrace
    from harness.report.page.summary import UnreadableSummary
    from harness.reporting import trace_files, write_report, write_summary

    places = [*traces] or [Path(DEFAULT_TRACES)]
    for place in places:
        if not place.exists():
            _misuse(f"{place} does not exist; run something first, or name a folder of traces")
    if not trace_files(places):
        _misuse(f"there are no traces in {', '.join(map(str, places))}")
    try:
        if summary is not None:
            write_summary(places, summary)
        count = write_report(places, target, past)
    except (UnreadableTrace, UnreadableSummary) as error:
        _misuse(str(error))
    click.echo(f"{target}  {count} {'case' if count == 1 else 'cases'}")


@main.command()
@click.argument("left", type=click.Path(path_type=Path))
@click.argument("right", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="one JSON object on stdout")
@click.option("--html", "page", type=click.Path(path_type=Path), help="also a page, both runs side by side")
def compare(left: Path, right: Path, *, as_json: bool, page: Path | None) -> None:
    """Say where two runs disagree: traces, parity files, or folders of them, such as simulator and Stripe."""
    from harness import comparing
    from harness.history.log import UnreadableTrace
    from harness.reporting import write_comparison

    try:
        compared = comparing.compare_runs(*_existing((left, right)))
        if page is not None:
            write_comparison([left], [right], page, comparing.by_case(compared))
    except UnreadableTrace as error:
        _misuse(str(error))
    click.echo(json.dumps(comparing.as_json(compared), indent=2) if as_json else comparing.as_text(compared))
    sys.exit(FOUND if comparing.differing(compared) else FINE)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="one JSON object on stdout")
@click.option(
    "--observe",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="TRACES",
    help="first write down what the probes of a live run showed",
)
def fidelity(observe: tuple[Path, ...], *, as_json: bool) -> None:
    """Say what the simulator assumes of Stripe, whether that was ever confirmed, and which line to flip."""
    from harness import fidelity
    from harness.history.log import UnreadableTrace

    try:
        if observe and not fidelity.observe(_existing(observe)):
            click.echo("harness: no probe of a run against Stripe among these traces", err=True)
    except UnreadableTrace as error:
        _misuse(str(error))
    found = fidelity.assumptions(Path("scenarios"))
    click.echo(json.dumps(fidelity.as_json(found), indent=2) if as_json else fidelity.as_text(found))


@main.command()
@click.argument("traces", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="a run, or parity files, that passing cases must agree with",
)
@click.option("--summary", type=click.Path(path_type=Path), metavar="FILE", help="append a table in Markdown")
def outcomes(traces: tuple[Path, ...], against: Path | None, summary: Path | None) -> None:
    """Say what a run amounts to: failed expectations, refusals, drift, or only bad infrastructure."""
    from harness import nightly
    from harness.history.log import UnreadableTrace

    try:
        found = nightly.outcomes(_existing(traces), against)
    except UnreadableTrace as error:
        _misuse(str(error))
    if summary is not None:
        with summary.open("a", encoding="utf-8") as page:
            page.write(nightly.as_markdown(found))
    click.echo(nightly.as_text(found))
    sys.exit(FOUND if any(each.alarming for each in found) else FINE)


@main.command()
@click.option("--older-than", metavar="DURATION", help="of this age, such as 1d; default: what has expired")
@click.option("--run", "only_run", metavar="ID", help="what the run of this HARNESS_RUN_ID made, of any age")
@click.option("--yes", is_flag=True, help="do not ask")
@click.option("--api-base", metavar="URL", help="a server on this machine in Stripe's place")
@click.option("--rate-store", metavar="STORE", help="where the account's rate is kept: a file, or redis://…")
def clean(older_than: str | None, only_run: str | None, *, yes: bool, **live: str | None) -> None:
    """Delete test clocks and customers that runs of this tool left behind in the account."""
    from harness.cleaning import clean_account

    def ask(question: str) -> bool:
        return yes or click.confirm(question, err=True)

    try:
        sys.exit(clean_account(live, older_than, only_run, ask, click.echo))
    except ValueError as error:
        _misuse(f"--older-than: {error}")


def _existing(paths: tuple[Path, ...]) -> list[Path]:
    """The paths given, or the default folder; one that doesn't exist ends the command."""
    if not paths:
        default = Path("scenarios")
        if not default.is_dir():
            _misuse("there is no folder `scenarios` here; name the files or folders to use")
        return [default]
    for path in paths:
        if not path.exists():
            _misuse(f"{path} does not exist")
    return list(paths)


def _misuse(message: str) -> NoReturn:
    click.echo(f"harness: {message}", err=True)
    sys.exit(MISUSED)
