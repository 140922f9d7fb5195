"""The table of what the simulator knows: generated, complete, and fresh."""

from pathlib import Path

from harness.ledger import STATES, load
from harness.simulator.wire.routes import all_routes
from harness.support import SIMULATOR, WORDS, behaviours, route_rows, routes_text, support_markdown

ROOT = Path(__file__).parents[2]


def test_the_stored_table_is_fresh() -> None:
    """`python -m harness.support` writes it."""
    assert (SIMULATOR / "SUPPORT.md").read_text(encoding="utf-8") == support_markdown()


def test_every_fact_that_a_route_names_is_in_the_ledger() -> None:
    strangers = [name for route in all_routes() for name in route.facts if name not in load()]
    assert strangers == []


def test_every_route_is_a_row_with_its_ground() -> None:
    rows = route_rows()
    assert [(row.method, row.template) for row in rows] == [
        (each.method, each.template) for each in all_routes()
    ]
    text = routes_text()
    assert all(f"{row.method:<7}{row.template} " in f"{text} " for row in rows)


def test_a_guess_is_named_in_its_route_s_row() -> None:
    """CLK-28: what Stripe answers to an advance out of range is not known."""
    [row] = [row for row in route_rows() if row.template.endswith("/advance")]
    assert "CLK-28" in row.unverified
    assert "CLK-28" in routes_text()


def test_every_behaviour_says_where_it_is_implemented() -> None:
    for behaviour in behaviours():
        assert behaviour.modules
        assert all((SIMULATOR / module).is_file() for module in behaviour.modules)


def test_each_ground_is_explained() -> None:
    assert set(WORDS) == set(STATES)
