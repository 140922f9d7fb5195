"""The ledger is complete, in order, in plain words, and has every fact that anything cites."""

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from timeit import timeit

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import harness
from harness.ledger import GROUPS, STATES, Fact, cited_in, load

ROOT = Path(harness.__file__).parent.parent
LEDGER = ROOT / "harness" / "ledger.yaml"
TEXT = LEDGER.read_text(encoding="utf-8")
FACTS = load()
CITING = [
    path
    for folder in ("harness", "scenarios", "tests")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".py", ".md", ".yaml"}
]
NEEDS_NO_SOURCE = {"assumed", "project", "unknown"}
WORDS_IN_CAPITALS = {
    *GROUPS,
    *("API", "CHANGELOG", "CSV", "GB", "GET", "HMAC-SHA256", "HTTP", "ISO", "JSON"),
    *("PDF", "POST", "PR", "RFC", "S3", "SDK", "URL", "USD", "UTC"),
    *("ABCD1234", "CN"),  # an invoice number, for example, and what a credit note's has behind it
}
"""Anything else in capitals would be somebody's abbreviation for a source."""


def words(fact: Fact) -> str:
    """All that an entry says."""
    return " ".join((fact.says, fact.source, *fact.also.values(), fact.check or ""))


def wrong(offends: dict[str, bool]) -> list[str]:
    return [name for name, offending in offends.items() if offending]


# Each entry


def test_every_entry_is_complete() -> None:
    assert wrong({name: not fact.says.strip() for name, fact in FACTS.items()}) == []
    assert wrong({name: fact.state not in STATES for name, fact in FACTS.items()}) == []
    unsourced = {name: not (fact.source or fact.state in NEEDS_NO_SOURCE) for name, fact in FACTS.items()}
    assert wrong(unsourced) == []


def test_an_entry_says_its_fact_in_a_sentence_or_two() -> None:
    endings = (".", "?", ":", "`", ".`", ")")
    assert wrong({name: not fact.says.endswith(endings) for name, fact in FACTS.items()}) == []
    assert wrong({name: len(fact.says) > 330 for name, fact in FACTS.items()}) == []


def test_what_an_entry_also_stands_on_is_other_ground() -> None:
    odd = {name: not set(fact.also) <= set(STATES) - {fact.state} for name, fact in FACTS.items()}
    assert wrong(odd) == []


def test_an_unknown_is_a_question_with_a_check_that_some_fact_waits_for() -> None:
    unknowns = {name: fact for name, fact in FACTS.items() if fact.group == "UNK"}
    awaited = {fact.settled_by for fact in FACTS.values()} - {None}
    assert wrong({name: fact.state != "unknown" for name, fact in unknowns.items()}) == []
    assert (
        wrong({name: not (fact.says.endswith("?") and fact.check) for name, fact in unknowns.items()}) == []
    )
    assert awaited == set(unknowns)


def test_a_cause_and_nothing_else_names_the_facts_behind_it() -> None:
    assert wrong({name: bool(fact.see) and fact.group != "U" for name, fact in FACTS.items()}) == []
    assert wrong({name: fact.group == "U" and not fact.see for name, fact in FACTS.items()}) == ["U21"]


def test_a_conflict_names_the_side_chosen() -> None:
    conflicts = {name: fact for name, fact in FACTS.items() if fact.group == "CON"}
    assert wrong({name: " Chosen: " not in fact.says for name, fact in conflicts.items()}) == []
    assert wrong({name: fact.state != "project" for name, fact in conflicts.items()}) == []


# The words


def test_no_entry_points_at_notes_that_do_not_ship() -> None:
    assert "shared/" not in TEXT
    own_notes = re.compile(r"(?<!CHANGELOG)\.md\b")
    assert wrong({name: bool(own_notes.search(words(fact))) for name, fact in FACTS.items()}) == []


def test_no_entry_abbreviates_its_source() -> None:
    capitals = re.compile(r"(?<![\w-])[A-Z][A-Z0-9]+(?:-[A-Z][A-Z0-9-]*)?(?!\w)")
    odd = {
        name: not set(capitals.findall(words(fact))) <= WORDS_IN_CAPITALS | {f"U{n}" for n in range(10, 79)}
        for name, fact in FACTS.items()
    }
    assert wrong(odd) == []


def test_only_the_changelogs_of_the_sdks_are_named_by_file() -> None:
    named = re.findall(r"\S+ CHANGELOG\.md", " ".join(words(fact) for fact in FACTS.values()))
    assert set(named) == {"stripe/stripe-python CHANGELOG.md", "stripe/stripe-node CHANGELOG.md"}


# The file


def keys() -> list[str]:
    """The ids as they are written, repeated ones too."""
    root = yaml.compose(TEXT)
    assert isinstance(root, yaml.MappingNode)
    return [key.value for key, _ in root.value]


def number(name: str) -> int:
    return int(name.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ-"))


def test_ids_are_unique_and_follow_each_other_group_by_group() -> None:
    written = keys()
    assert len(written) == len(set(written))
    assert written == sorted(written, key=lambda name: (GROUPS.index(FACTS[name].group), number(name)))


def test_only_causes_have_gaps_in_their_numbers() -> None:
    gaps = [
        (before, after)
        for before, after in pairwise(keys())
        if FACTS[before].group == FACTS[after].group and number(after) != number(before) + 1
    ]
    assert gaps == [("U24", "U30"), ("U49", "U60")]
    assert [number(name) for name in keys() if number(name) == 1] == [1] * len(GROUPS)


def test_each_group_begins_with_a_line_that_names_it() -> None:
    assert tuple(re.findall(r"^# ([A-Z]+): \S", TEXT, re.MULTILINE)) == GROUPS


def test_lines_fit_the_width_of_the_code() -> None:
    assert [line for line in TEXT.splitlines() if len(line) > 110] == []


def test_the_ledger_loads_in_reasonable_time_and_once() -> None:
    assert timeit(load.__wrapped__, number=1) < 5
    assert load() is load()


def test_nothing_reads_the_ledger_at_start_up() -> None:
    script = "import sys, harness.cli, harness.plugin; print('harness.ledger' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# Citations


def test_every_fact_cited_is_in_the_ledger() -> None:
    unheard = {
        str(path.relative_to(ROOT)): sorted(cited)
        for path in CITING
        if (cited := cited_in(path.read_text(encoding="utf-8", errors="replace")) - FACTS.keys())
    }
    assert unheard == {}


def test_every_package_of_ours_that_cites_is_read() -> None:
    assert LEDGER in CITING
    assert len({path for path in CITING if "simulator" in path.parts}) > 50


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("", set()),
        ("the window is synchronous (MTR-43).", {"MTR-43"}),
        ("MTR-76, MTR-79 and `MTR-100`", {"MTR-76", "MTR-79", "MTR-100"}),
        ("CLK-86..89", {"CLK-86", "CLK-87", "CLK-88", "CLK-89"}),
        ("N-01..N-03", {"N-01", "N-02", "N-03"}),
        ("MTR-99..MTR-101", {"MTR-99", "MTR-100", "MTR-101"}),
        ("INV-47–49", {"INV-47", "INV-48", "INV-49"}),
        ("INV-47 to INV-49", {"INV-47", "INV-48", "INV-49"}),
        ("INV-47 to\n    # INV-48", {"INV-47", "INV-48"}),
        ("INV-47\n    to INV-48", {"INV-47", "INV-48"}),
        ("MTR-20 to 24 hours", {"MTR-20"}),
        ("CLK-89..86", {"CLK-86", "CLK-89"}),
        ("CLK-89 to MTR-01", {"CLK-89", "MTR-01"}),
        ("CLK-82...", {"CLK-82"}),
        ("INV-57-INV-59-unit-before-flat", {"INV-57", "INV-59"}),
        ("N-01-25", {"N-01"}),
        ("UNK-12", {"UNK-12"}),
        ("U38 (U60/U61)", {"U38", "U60", "U61"}),
        ("U01 to U03", {"U01", "U03"}),
        ("U3, U381, U38a, xU38, EU38, U_38", set()),
        ("CON-2, SUB-1234, ICON-25, RUN-01, mtr-43, N-x", set()),
        ("CLK-nn and UNK-nn", set()),
    ],
)
def test_citations_are_found_in_text(text: str, cited: set[str]) -> None:
    assert cited_in(text) == cited


@given(st.sets(st.sampled_from(sorted(FACTS))), st.sampled_from([" ", ", ", "/", "; ", " and ", "\n# "]))
def test_whatever_is_cited_is_found(names: set[str], separator: str) -> None:
    assert cited_in(separator.join(sorted(names))) == names


@pytest.mark.parametrize("group", [group for group in GROUPS if group != "U"])
def test_a_range_over_a_group_names_all_of_it(group: str) -> None:
    members = [name for name in FACTS if FACTS[name].group == group]
    assert cited_in(f"{members[0]}..{members[-1]}") == set(members)


def test_a_part_that_is_a_guess_makes_a_fact_unverified() -> None:
    assert Fact("MTR-01", "documented", "It is so.", also={"assumed": "mostly"}).unverified
    assert Fact("UNK-01", "unknown", "Is it so?").unverified
    assert not Fact("MTR-01", "documented", "It is so.", also={"known": "mostly"}).unverified
