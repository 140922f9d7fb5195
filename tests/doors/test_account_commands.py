"""`harness explain --invoice` and `harness reproduce`, against a simulator that is served over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import stripe

from harness.outcomes import BROKEN, FINE, FOUND, MISUSED

ROOT = Path(__file__).parents[2]
JANUARY, FEBRUARY = 1_767_225_600, 1_769_904_000
HOUR = 3_600


def harness(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HARNESS_", "STRIPE_"))}
    return subprocess.run(
        [sys.executable, "-m", "harness", *arguments],
        cwd=cwd,
        env=kept | {"PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@dataclass(frozen=True)
class Served:
    """A served account in which 40 of 82 units came after their invoice was final."""

    url: str
    invoice: str
    customer: str

    def explain(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        return harness("explain", "--api-base", self.url, *arguments, cwd=cwd)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = subprocess.Popen(
        [sys.executable, "-m", "harness", "serve"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        assert server.stdout is not None
        url = server.stdout.readline().removeprefix("listening on ").strip()
        yield Served(url, *told(url))
    finally:
        server.terminate()
        server.communicate(timeout=20)


def told(url: str) -> tuple[str, str]:
    """The story; its invoice and its customer."""
    client = stripe.StripeClient(
        "sk_test_loopback",
        base_addresses=dict.fromkeys(("api", "files", "connect", "meter_events"), url),
        http_client=stripe.RequestsClient(),
    )
    made = client.v1
    clock = made.test_helpers.test_clocks.create({"frozen_time": JANUARY})
    meter = made.billing.meters.create(
        {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}}
    )
    recurring: Any = {"interval": "month", "usage_type": "metered", "meter": meter.id}
    price = made.prices.create(
        {"currency": "usd", "unit_amount": 2, "recurring": recurring, "product_data": {"name": "Calls"}}
    )
    person: Any = {
        "name": "Alice Ayers",
        "test_clock": clock.id,
        "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    }
    customer = made.customers.create(person)
    made.subscriptions.create({"customer": customer.id, "items": [{"price": price.id}]})
    advance(made, clock.id, FEBRUARY - HOUR)
    report(made, customer.id, 42, FEBRUARY - 2 * HOUR)
    until(lambda: counted(made, meter.id, customer.id) == 42)
    advance(made, clock.id, FEBRUARY + 2 * HOUR)
    report(made, customer.id, 40, FEBRUARY - 1)
    until(lambda: counted(made, meter.id, customer.id) == 82)
    return made.invoices.list({"customer": customer.id}).data[0].id, customer.id


def report(made: Any, customer: str, value: int, stamp: int) -> None:
    payload = {"stripe_customer_id": customer, "value": str(value)}
    made.billing.meter_events.create({"event_name": "calls", "payload": payload, "timestamp": stamp})


def counted(made: Any, meter: str, customer: str) -> float:
    asked = {"customer": customer, "start_time": JANUARY, "end_time": FEBRUARY}
    return sum(each.aggregated_value for each in made.billing.meters.event_summaries.list(meter, asked).data)


def advance(made: Any, clock: str, to: int) -> None:
    made.test_helpers.test_clocks.advance(clock, {"frozen_time": to})
    until(lambda: made.test_helpers.test_clocks.retrieve(clock).status == "ready")


def until(done: Any) -> None:
    never = Event()
    for _ in range(600):
        if done():
            return
        never.wait(0.1)
    raise AssertionError("a minute was not enough")


def test_an_account_is_explained_by_an_invoice_alone(served: Served, tmp_path: Path) -> None:
    result = served.explain("--invoice", served.invoice, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (FINE, "")
    assert "calls counts 82 for this period by now; 42 are billed" in result.stdout
    assert "Why, likely: the usage was sent after the invoice was final" in result.stdout
    newest = served.explain("--customer", served.customer, cwd=tmp_path)
    assert newest.stdout == result.stdout


def test_a_reading_that_was_kept_needs_no_account(served: Served, tmp_path: Path) -> None:
    asked = ("--invoice", served.invoice, "--save", "reading.jsonl", "--json")
    first = served.explain(*asked, cwd=tmp_path)
    assert "Alice" not in (tmp_path / "reading.jsonl").read_text(encoding="utf-8")
    again = harness("explain", "reading.jsonl", "--json", cwd=tmp_path)
    assert json.loads(again.stdout) == json.loads(first.stdout)
    one = harness("explain", "reading.jsonl", "--event", "2026-01-31 23:00", cwd=tmp_path)
    assert "likely: it fits the facts, which do not exclude others (U38)" in one.stdout


def test_a_log_gives_every_row_its_fate(served: Served, tmp_path: Path) -> None:
    rows = [f"{FEBRUARY - 2 * HOUR},42,{served.customer}", f"{FEBRUARY - 1},40,{served.customer}", "soon,1,x"]
    (tmp_path / "sent.csv").write_text("ts,qty,who\n" + "\n".join(rows) + "\n", encoding="utf-8")
    columns = "timestamp=ts,value=qty,customer=who"
    asked = ("--events", "sent.csv", "--columns", columns, "--fates", "fates.csv")
    result = served.explain("--invoice", served.invoice, *asked, cwd=tmp_path)
    assert result.returncode == FINE
    assert "line 4: `soon` is no time" in result.stdout
    assert (tmp_path / "fates.csv").read_text(encoding="utf-8").splitlines()[1:] == [
        f"2,billed,{served.invoice},",
        f"3,lost,{served.invoice},U38 U39",
        "4,not readable,,",
    ]


def test_a_reproduced_invoice_runs_and_explains_itself(served: Served, tmp_path: Path) -> None:
    asked = ("--api-base", served.url, "--invoice", served.invoice, "-o", "again.yaml")
    made = harness("reproduce", *asked, cwd=tmp_path)
    assert made.returncode == FINE, made.stderr
    assert made.stdout.startswith("again.yaml: the simulator shows the same lines")
    assert "Alice" not in (tmp_path / "again.yaml").read_text(encoding="utf-8")
    ran = harness("run", "again.yaml", cwd=tmp_path)
    assert ran.returncode == FOUND
    assert "calls: 40 of 82 units lost; 40 reported 60 min after the invoice was final" in ran.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--invoice", "in_nowhere"], "No such invoice: 'in_nowhere'"),
        (["--invoice", "INVOICE", "--customer", "cus_other"], "not of cus_other"),
        (["--customer", "cus_other"], "cus_other"),
        (["--invoice", "INVOICE", "--events", "nowhere.csv"], "nowhere.csv: cannot be read"),
        (["--invoice", "INVOICE", "--columns", "value=qty"], "--columns is about the rows of a log"),
        (["--invoice", "INVOICE", "--events", "x.csv", "--columns", "when=ts"], "the fields are"),
        (["--invoice", "INVOICE", "--fates", "x.csv"], "name it with --events"),
        (["--invoice", "INVOICE", "--backend", "simulator"], "the simulator in this process is empty"),
        (["--invoice", "INVOICE", "--backend", "strype"], "there is no backend `strype`"),
        ([], "name a trace, or an account's invoice"),
    ],
)
def test_what_the_user_can_mend_is_one_line_and_exit_2(
    served: Served, tmp_path: Path, arguments: list[str], said: str
) -> None:
    result = served.explain(*(each.replace("INVOICE", served.invoice) for each in arguments), cwd=tmp_path)
    assert (result.returncode, result.stdout) == (MISUSED, "")
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["explain", "reproduce"])
def test_a_backend_that_will_not_have_us_is_exit_3_and_shows_no_key(tmp_path: Path, command: str) -> None:
    result = harness(command, "--invoice", "in_1", cwd=tmp_path, STRIPE_API_KEY="sk_live_neverprinted")
    assert result.returncode == BROKEN
    assert "live key" in result.stderr
    assert "neverprinted" not in result.stdout + result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_reading_is_asked_for_nothing_that_only_the_account_could_tell(
    served: Served, tmp_path: Path
) -> None:
    served.explain("--invoice", served.invoice, "--save", "reading.jsonl", cwd=tmp_path)
    for asked, said in (
        (["--customer", "cus_1"], "--customer goes with an account"),
        (["--api-base", served.url], "--api-base goes with an account"),
        (["--invoice", "in_other"], f"is a reading of {served.invoice}, not of in_other"),
        (["--columns", "value=qty"], "--columns is about the rows of a log"),
    ):
        result = harness("explain", "reading.jsonl", *asked, cwd=tmp_path)
        assert (result.returncode, result.stdout) == (MISUSED, "")
        assert said in result.stderr
    unwritable = harness("reproduce", "reading.jsonl", "-o", "nowhere/again.yaml", cwd=tmp_path)
    assert unwritable.returncode == MISUSED
    assert "nowhere/again.yaml: cannot be written" in unwritable.stderr


def test_a_run_knows_what_was_sent_and_takes_no_log(project: Path) -> None:
    harness("run", cwd=project)
    trace = ".harness/last/month-right.jsonl"
    result = harness("explain", trace, "--events", "sent.csv", cwd=project)
    assert result.returncode == MISUSED
    assert "--events goes with an account's invoice" in result.stderr
    assert harness("explain", trace, "--backend", "stripe", cwd=project).returncode == MISUSED
    assert harness("reproduce", trace, cwd=project).returncode == MISUSED


@pytest.mark.parametrize("cut", [7, 60, 500, 5_000, 0])
def test_a_truncated_trace_is_one_line_and_exit_2(project: Path, cut: int) -> None:
    harness("run", "-k", "right", cwd=project)
    whole = (project / ".harness" / "last" / "month-right.jsonl").read_bytes()
    left = whole[: len(whole) - cut] if cut else whole[: whole[:-1].rindex(b"\n") + 1]
    (project / "cut.jsonl").write_bytes(left)
    result = harness("explain", "cut.jsonl", cwd=project)
    assert (result.returncode, result.stdout) == (MISUSED, "")
    assert len(result.stderr.splitlines()) == 1
    assert "cut.jsonl" in result.stderr


@pytest.mark.parametrize("content", [b"PK\x03\x04\xff\xfe", b"\xff" * 100, b"a,b,c\n1,2,3\n", b"null\n"])
def test_a_foreign_file_is_one_line_and_exit_2(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "foreign.bin").write_bytes(content)
    for command in ("explain", "reproduce"):
        result = harness(command, "foreign.bin", cwd=tmp_path)
        assert (result.returncode, result.stdout) == (MISUSED, "")
        assert len(result.stderr.splitlines()) == 1
