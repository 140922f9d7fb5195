"""Every fact about usage records that stands on Stripe's word or on observation is held by a test."""

from __future__ import annotations

from pathlib import Path

from harness.ledger import cited_in, load

TESTS = Path(__file__).parents[2]


def test_every_documented_or_observed_fact_is_cited_by_a_test() -> None:
    cited = {name for path in TESTS.rglob("*.py") for name in cited_in(path.read_text(encoding="utf-8"))}
    firm = [
        name
        for name, fact in load().items()
        if name.startswith("LEG-") and fact.state in {"documented", "observed"}
    ]
    assert len(firm) > 20
    assert sorted(set(firm) - cited) == []
    assert cited >= {"N-17", "N-18", "N-19", "SUB-07"}
