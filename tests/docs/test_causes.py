"""The table of causes is made from the code, names every cause, and its scenarios teach them.

After a change on purpose: `UPDATE_DOCUMENTS=1 pytest tests/docs` writes it anew; read the diff.
"""

import os
from pathlib import Path

import pytest

from harness import ledger
from harness.causes import causes_markdown, taught_by
from harness.check import check
from harness.diagnose import diagnose
from harness.diagnose.diagnosis import catalogue
from harness.diagnose.unseen import UNSEEN
from harness.history.facts import read_facts
from harness.run import run_case
from harness.scenario import load_file

SCENARIOS = Path(__file__).parents[2] / "scenarios"
README = SCENARIOS / "missing-usage" / "README.md"
BEGIN, END = "<!-- causes:begin -->", "<!-- causes:end -->"
TAUGHT = taught_by(SCENARIOS)
NOTHING_IS_MISSING = {"U36", "U37", "U40"}
"""They are named only where a claim fails: the usage is billed, later than hoped."""


def test_the_table_is_fresh() -> None:
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    fresh = f"{before}{BEGIN}\n\n{causes_markdown(SCENARIOS, README.parent)}\n\n{END}{after}"
    if os.environ.get("UPDATE_DOCUMENTS"):
        README.write_text(fresh, encoding="utf-8")
        return
    assert text == fresh


def test_each_cause_of_the_catalogue_is_found_or_listed_with_the_reason() -> None:
    causes = {name for name, fact in ledger.load().items() if fact.group == "U"}
    found = {each.code for each in catalogue()}
    assert causes == found | set(UNSEEN)
    assert not found & set(UNSEEN)


@pytest.mark.parametrize("code", sorted(set(TAUGHT) - NOTHING_IS_MISSING))
def test_a_teaching_scenario_shows_its_cause_and_no_other(code: str) -> None:
    for case in load_file(TAUGHT[code]).cases:
        facts = read_facts(run_case(case).entries)
        checked = check(facts)
        assert checked.findings == ()
        assert [cause.code for cause in diagnose(facts, checked)] == [code]


@pytest.mark.parametrize("code", sorted(NOTHING_IS_MISSING))
def test_a_wrong_hope_is_explained_by_its_cause(code: str, tmp_path: Path) -> None:
    text = TAUGHT[code].read_text(encoding="utf-8")
    hoped = {"U36": ("quantity: 2,", "quantity: 42,"), "U37": ("quantity: 0,", "quantity: 40,")}
    wrong = hoped.get(code, ("quantity: 0,", "quantity: 40,"))
    (tmp_path / "wrong.yaml").write_text(text.replace(*wrong, 1), encoding="utf-8")
    (tmp_path / "cast.shared.yaml").write_bytes((TAUGHT[code].parent / "cast.shared.yaml").read_bytes())
    facts = read_facts(run_case(load_file(tmp_path / "wrong.yaml").cases[0]).entries)
    assert [cause.code for cause in diagnose(facts, check(facts))] == [code]
