"""What is assumed of Stripe, what would settle it, and what live runs have shown."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness import fidelity, ledger
from harness.cli import main
from harness.fidelity import Assumption, assumptions, observe
from harness.scenario import load_file

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "scenarios"


@pytest.fixture
def found() -> dict[str, Assumption]:
    return {each.id: each for each in assumptions(SCENARIOS)}


def test_every_guess_of_the_ledger_is_listed_once(found: dict[str, Assumption]) -> None:
    listed = [fact.id for each in found.values() for fact in each.facts]
    assert len(listed) == len(set(listed))
    guesses = {fact.id for fact in ledger.load().values() if fact.unverified and fact.group != "UNK"}
    assert guesses <= set(listed)


def test_every_unknown_has_a_probe(found: dict[str, Assumption]) -> None:
    unknowns = [name for name, fact in ledger.load().items() if fact.group == "UNK"]
    assert [name for name in unknowns if not found[name].probes] == []


@pytest.mark.parametrize("file", sorted((SCENARIOS / "probes").glob("*.yaml")), ids=lambda file: file.stem)
def test_a_probe_says_which_unknown_it_asks_and_what_is_assumed(file: Path) -> None:
    loaded = load_file(file, ROOT)
    unknown = "-".join(file.stem.split("-")[:2])
    assert unknown in ledger.load()
    assert loaded.about is not None
    assert loaded.about.startswith(f"Asks {unknown}. ")
    assert "probe" in loaded.tags


def test_the_line_to_flip_cites_the_fact(found: dict[str, Assumption]) -> None:
    place, _, number = found["UNK-25"].lines[0].partition(":")
    line = (ROOT / place).read_text(encoding="utf-8").splitlines()[int(number) - 1]
    assert ledger.cited_in(line) & {"UNK-25", "PRC-30", "PRC-31", "PRC-32"}
    assert "unverified" in line


def test_nothing_counts_as_observed_that_no_live_run_has_shown() -> None:
    assert all(each.state in {"confirmed", "refuted"} for each in fidelity.observed().values())


@pytest.fixture
def observations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    file = tmp_path / "observations.yaml"
    file.write_text("# what was seen\n{}\n", encoding="utf-8")
    monkeypatch.setattr(fidelity, "OBSERVATIONS", file)
    fidelity.observed.cache_clear()
    yield file
    fidelity.observed.cache_clear()


def trace(
    telling: Any, path: Path, *, host: str, right: bool = True, file: str = "UNK-10-boundaries"
) -> Path:
    tell = telling()
    tell.cast()
    tell.at("2026-01-20").report(40)
    tell.advance("2026-02-01 02:00:00")
    tell.invoice([tell.line("per-call", 40)])
    tell.expect_lines({"price": "per-call", "quantity": "40" if right else "39"})
    tell.end().history.write(path)
    text = path.read_text(encoding="utf-8").replace('"host":""', f'"host":"{host}"')
    path.write_text(text.replace("scenarios/story.yaml", f"scenarios/probes/{file}.yaml"), encoding="utf-8")
    return path


def test_a_probe_that_passes_on_stripe_confirms(telling: Any, tmp_path: Path, observations: Path) -> None:
    shown = observe([trace(telling, tmp_path / "a.jsonl", host="api.stripe.com")], observations)
    assert shown["UNK-10"].state == "confirmed"
    assert {each.id: each.state for each in assumptions(SCENARIOS)}["UNK-10"] == "confirmed on 2026-11-20"
    assert observations.read_text(encoding="utf-8").startswith("# what was seen\n")


def test_a_probe_that_fails_its_expectation_refutes(telling: Any, tmp_path: Path, observations: Path) -> None:
    shown = observe([trace(telling, tmp_path / "a.jsonl", host="api.stripe.com", right=False)], observations)
    assert shown["UNK-10"].state == "refuted"
    assert "40" in shown["UNK-10"].saw


def test_a_later_observation_takes_the_place_of_an_earlier(
    telling: Any, tmp_path: Path, observations: Path
) -> None:
    observe([trace(telling, tmp_path / "a.jsonl", host="api.stripe.com")], observations)
    observe([trace(telling, tmp_path / "b.jsonl", host="api.stripe.com", right=False)], observations)
    assert fidelity.observed()["UNK-10"].state == "refuted"


@pytest.mark.parametrize(
    ("host", "file"), [("", "UNK-10-x"), ("127.0.0.1", "UNK-10-x"), ("api.stripe.com", "plain-month")]
)
def test_no_other_run_shows_anything(
    telling: Any, tmp_path: Path, observations: Path, host: str, file: str
) -> None:
    assert observe([trace(telling, tmp_path / "a.jsonl", host=host, file=file)], observations) == {}


def test_the_command_tells_state_line_and_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    told = CliRunner().invoke(main, ["fidelity"]).stdout
    block = told.split("UNK-25", 1)[1].split("\n\n", 1)[0]
    assert "assumed" in block
    assert "flip     harness/simulator/billing/" in block
    assert "probe    scenarios/probes/UNK-25-" in block


def test_json_is_one_versioned_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    told = json.loads(CliRunner().invoke(main, ["fidelity", "--json"]).stdout)
    assert told["format"] == 1
    assert len(told["assumptions"]) == len(assumptions(Path("scenarios")))
