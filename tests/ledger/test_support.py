"""The table of what the simulator knows: generated, complete, and fresh."""

from pathlib import Path

from harness.ledger import STATES, cited_in, load
from harness.outside import HELD, OUTSIDE
from harness.simulator.wire.routes import all_routes
from harness.support import (
    COLUMNS,
    README,
    SIMULATOR,
    SUBJECTS,
    WORDS,
    behaviours,
    route_rows,
    routes_text,
    support_markdown,
    with_summary,
)

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"


def test_the_stored_table_is_fresh() -> None:
    """`python -m harness.support` writes it."""
    assert (SIMULATOR / "SUPPORT.md").read_text(encoding="utf-8") == support_markdown()


def test_the_readme_says_freshly_what_the_simulator_rests_on() -> None:
    """`python -m harness.support` writes that too."""
    text = README.read_text(encoding="utf-8")
    assert text == with_summary(text)
    assert "| test clocks |" in text


def test_every_subject_and_every_state_is_in_the_summary() -> None:
    groups = {behaviour.fact.group for behaviour in behaviours()}
    assert groups - set(SUBJECTS) <= {"N", "LIV", "U", "CON", "UNK"}  # numbers, live runs, causes, questions
    assert set().union(*COLUMNS) == set(STATES)


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


def cited_by_tests() -> set[str]:
    """What tests cite; their examples of citations are none."""
    examples = {TESTS / "ledger" / "test_ledger.py"}
    texts = (path.read_text(encoding="utf-8") for path in TESTS.rglob("*.py") if path not in examples)
    return {name for text in texts for name in cited_in(text)}


def test_what_stripe_says_or_shows_is_held_by_a_test_or_said_to_be_outside() -> None:
    """Cite the id in the test that holds it, or give the reason in `harness/outside.py`."""
    cited = cited_by_tests()
    known = [fact for fact in load().values() if fact.group in HELD]
    firm = [fact.id for fact in known if fact.state in {"documented", "observed"}]
    assert [name for name in firm if name not in cited and name not in OUTSIDE] == []


def test_nothing_is_said_to_be_outside_that_a_test_holds() -> None:
    assert sorted(cited_by_tests() & OUTSIDE.keys()) == []


def test_what_is_outside_is_in_the_ledger_with_a_reason_and_in_its_order() -> None:
    assert list(OUTSIDE) == [name for name in load() if name in OUTSIDE]
    assert all(reason and not reason.endswith(".") for reason in OUTSIDE.values())
