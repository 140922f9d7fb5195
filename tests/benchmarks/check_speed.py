"""Seconds to read and check 1,000 scenario files: `python tests/benchmarks/check_speed.py [COUNT]`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from time import perf_counter

from harness.scenario import load_file

TARGET_SECONDS = 2.5

HEAD = """\
# yaml-language-server: $schema=../harness/scenario/schema.json
scenario: Story number {number}
about: A file like those that people write, with declarations of every kind.
tags: [generated, late-usage]
clock: 2026-01-31
meters:
  api_calls: {{formula: sum}}
  seats_used: {{formula: last, event_time_window: day}}
prices:
  per-call: {{meter: api_calls, interval: month, unit_amount: 0.02 usd}}
  seats:
    meter: seats_used
    interval: month
    billing_scheme: tiered
    tiers_mode: graduated
    tiers:
      - {{up_to: 10, unit_amount: 5 usd}}
      - {{up_to: 100, unit_amount: 4 usd, flat_amount: 1 usd}}
      - {{up_to: inf, unit_amount: {number}.50 usd}}
customers:
  acme: {{payment_method: pm_card_visa, name: Acme, email: billing@acme.example}}
subscriptions:
  acme-plan: {{customer: acme, items: [per-call, {{price: seats}}], billing_mode: flexible}}
simulator: {{aggregation_lag: 3m}}
"""
CASES = """\
cases:
  - {id: stamped-now, stamp: now, wait: 0s, settle: true, first: 0, second: 40}
  - {id: stamped-at-period-end, stamp: invoice.period.end, wait: 0s, settle: true, first: 0, second: 40}
  - {id: a-second-before, stamp: invoice.period.end - 1s, wait: 0s, settle: true, first: 40, second: 0}
  - {id: at-period-start, stamp: invoice.period.start, wait: 0s, settle: true, first: 40, second: 0}
  - {id: two-hours-late, stamp: invoice.period.end - 1s, wait: 2h, settle: true, first: 0, second: 0}
  - {id: outran, stamp: invoice.period.end - 1s, wait: 0s, settle: false, first: 0, second: 0}
"""
MATRIX = "matrix: {stamp: [now, invoice.period.end, invoice.period.start]}\n"
VARS = "vars: {wait: 0s, settle: true, first: 0, second: 40}\n"
STAMP = "vars: {stamp: now, wait: 0s, settle: true, first: 0, second: 40}\n"
STEPS = """\
reactions:
  - on: invoice.created
    where: {billing_reason: subscription_cycle}
    times: 1
    after: $wait
    do:
      - meter_events: {meter: api_calls, customer: acme, at: $stamp, value: 40}
steps:
  - name: usage through the month
    meter_events:
      - {meter: api_calls, customer: acme, at: start + 1d, value: 100, id: early}
      - {meter: api_calls, customer: acme, at: start + 2d, value: 12.5, times: 5, every: 1h}
      - {meter: seats_used, customer: acme, at: start + 3d 12h, value: 17}
  - advance: {to: cycle1.end + 3h, settle: $settle}
  - expect:
      invoice: cycle1
      finalized: true
      status: paid
      lines:
        contains:
          - {price: per-call, quantity: $first, period: cycle1}
          - {price: seats, tier: 1, quantity: 10, amount: 50 usd}
          - {price: seats, tier: 2, quantity: 7}
  - update_subscription:
      subscription: acme-plan
      items: [{item: seats, quantity: 3}]
      proration_behavior: none
  - advance: cycle2.end + 2h
  - expect: {invoice: cycle2, finalized: true, lines: [{price: per-call, quantity: $second, period: cycle2}]}
  - expect: {usage: {meter: api_calls, customer: acme, during: cycle1, total: 162.5}}
  - call: {method: GET, path: "/v1/customers/:acme"}
  - expect: {events: [invoice.created, invoice.finalized, invoice.paid]}
"""


def text_of(number: int) -> str:
    """A file of about sixty lines with one, three or six cases."""
    cases = (STAMP, VARS + MATRIX, CASES)[number % 3]
    return HEAD.format(number=number) + cases + STEPS


def main(count: int) -> int:
    """Write the files, read them all, print the time; 1 when it was too long."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"story-{number:04}.yaml" for number in range(count)]
        for number, path in enumerate(paths):
            path.write_text(text_of(number), encoding="utf-8")
        started = perf_counter()
        files = [load_file(path, Path(folder)) for path in paths]
        seconds = perf_counter() - started
    cases, problems = sum(len(file.cases) for file in files), sum(len(file.problems) for file in files)
    lines = sum(len(file.text.splitlines()) for file in files) / count
    told = f"{count} files of {lines:.0f} lines, {cases} cases, {problems} problems"
    print(f"{told}: {seconds:.2f} s (target {TARGET_SECONDS * count / 1000:.2f} s)")
    return int(problems > 0 or seconds > TARGET_SECONDS * count / 1000)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
