"""Seconds and memory to explain an invoice beside a log: `python tests/benchmarks/log_speed.py [ROWS]`."""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from harness.backends import open_backend
from harness.history.log import History, read
from harness.investigate.explaining import Log, explain_reading
from harness.investigate.reading import read_invoice
from harness.plan.planner import plan_case
from harness.run import runner
from harness.scenario import load_file

TARGET_SECONDS = 60
HOURS = 31 * 24
STORY = """\
scenario: A busy month
clock: 2026-01-01
meters: {calls: {formula: sum}}
prices: {per-call: {meter: calls, interval: month, unit_amount: 0.001 usd}}
customers: {acme: {payment_method: pm_card_visa}}
subscriptions: {plan: {customer: acme, items: [per-call]}}
simulator: {aggregation_lag: 0s}
steps:
  - advance: cycle1.end - 1s
  - meter_events: {meter: calls, customer: acme, value: PER_HOUR, at: start, times: 744, every: 1h}
  - advance: cycle1.end + 1d
"""
START = 1_767_225_600  # 2026-01-01


def reading(folder: Path, per_hour: int) -> History:
    """The reading of an invoice that bills so many units of every hour of January."""
    file = folder / "story.yaml"
    file.write_text(STORY.replace("PER_HOUR", str(per_hour)), encoding="utf-8")
    case = load_file(file).cases[0]
    backend = open_backend("simulator", runner.simulator_settings(case))
    runner.clean_up = lambda _: None  # the account is to stay as it is
    history = runner.run_plan(plan_case(case, "simulator"), backend, folder)
    backend.recorders.clear()
    paths = [
        entry.path for entry in history.entries if getattr(entry, "path", "").startswith("/v1/customers/cus")
    ]
    customer = next((path.rpartition("/")[2] for path in paths), "cus_sim000001")
    return read_invoice(backend, None, customer)


def rows(count: int) -> Iterator[tuple[str, int, int]]:
    """Identifier, timestamp and value: as many in each hour, in order of time."""
    per_hour = count // HOURS
    for hour in range(HOURS):
        for number in range(per_hour):
            yield f"evt_{hour:04}_{number:08}", START + hour * 3_600 + number * 3_600 // per_hour, 1


def write_csv(path: Path, count: int) -> None:
    """With a header, and a status for each row."""
    with path.open("w", encoding="utf-8") as file:
        file.write("identifier,timestamp,value,customer,event_name,status\n")
        file.writelines(f"{name},{at},{value},cus_sim000001,calls,200\n" for name, at, value in rows(count))


def write_json_lines(path: Path, count: int) -> None:
    """The same as JSON objects."""
    with path.open("w", encoding="utf-8") as file:
        for name, at, value in rows(count):
            file.write(
                json.dumps({"identifier": name, "timestamp": at, "value": value, "status": 200}) + "\n"
            )


def write_parquet(path: Path, count: int) -> None:
    """The same as Parquet, where pyarrow is installed."""
    import pyarrow as pa
    from pyarrow.parquet import write_table

    names, stamps, values = zip(*rows(count), strict=True)
    write_table(pa.table({"identifier": names, "timestamp": stamps, "value": values}), path)


def main() -> None:
    """Print a line for each kind of file."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trace = folder / "reading.jsonl"
        reading(folder, count // HOURS).write(trace)
        for kind, write in (("csv", write_csv), ("jsonl", write_json_lines), ("parquet", write_parquet)):
            path = folder / f"sent.{kind}"
            try:
                write(path, count)
            except ImportError:
                print(f"{kind:8} skipped: pyarrow is not installed")
                continue
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            began = perf_counter()
            explained = explain_reading(read(trace), Log(path, {}))
            seconds = perf_counter() - began
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            fates = (
                {fate.words: number for fate, number in explained.fates.counts().items()}
                if explained.fates
                else {}
            )
            print(
                f"{kind:8} {count:,} rows in {seconds:.1f} s (target {TARGET_SECONDS} s), "
                f"peak {peak / 1024:.0f} MB, {before / 1024:.0f} MB before; {fates}"
            )


if __name__ == "__main__":
    main()
