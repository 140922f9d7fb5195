"""`harness fidelity`: what the simulator assumes of Stripe, on what ground, and which line to flip."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from harness import ledger
from harness.history.entries import CaseStarted
from harness.history.log import read
from harness.ledger import Fact
from harness.reporting import trace_files

PACKAGE = Path(__file__).parent
OBSERVATIONS = PACKAGE / "observations.yaml"
STRIPE_HOST = "api.stripe.com"
JSON_FORMAT = 1
_PROBE = re.compile(r"(?P<unknown>UNK-\d+)")
_HEAD = re.compile(r"\A(?:#[^\n]*\n)*")


@dataclass(frozen=True)
class Observation:
    """What a live run has shown of a question: `confirmed` or `refuted`, on a day."""

    state: str
    on: str
    saw: str


@dataclass(frozen=True)
class Assumption:
    """A question about Stripe, with the facts that rest on a guess until it is answered.

    Args:
        unknown: the question; None for guesses that no question covers.
        facts: what is assumed.
        lines: where the simulator says so, as `file:line`.
        probes: scenarios that a live run would answer it with.
    """

    unknown: Fact | None
    facts: tuple[Fact, ...]
    lines: tuple[str, ...]
    probes: tuple[str, ...]
    observation: Observation | None = None

    @property
    def id(self) -> str:
        """Of the question, or of the only fact."""
        return self.unknown.id if self.unknown else self.facts[0].id

    @property
    def state(self) -> str:
        """`confirmed on DATE`, `refuted on DATE`, or the ground it stands on."""
        if self.observation is not None:
            return f"{self.observation.state} on {self.observation.on}"
        return "assumed" if self.facts else "unknown"


def assumptions(scenarios: Path) -> list[Assumption]:
    """Every question with its facts, then the guesses that no question covers, each in the ledger's order."""
    facts = ledger.load()
    seen = observed()
    found = []
    for unknown in (fact for fact in facts.values() if fact.group == "UNK"):
        resting = tuple(fact for fact in facts.values() if fact.settled_by == unknown.id)
        ids = (unknown.id, *(fact.id for fact in resting))
        found.append(
            Assumption(unknown, resting, cited(ids), probes(unknown.id, scenarios), seen.get(unknown.id))
        )
    uncovered = (
        fact for fact in facts.values() if fact.unverified and fact.group != "UNK" and not fact.settled_by
    )
    return [*found, *(Assumption(None, (fact,), cited((fact.id,)), ()) for fact in uncovered)]


def cited(ids: Sequence[str]) -> tuple[str, ...]:
    """Where the simulator's code cites one of these ids, those places first that call it unverified."""
    places = [(not unsure, place) for place, names, unsure in _citations() if names & set(ids)]
    return tuple(place for _, place in sorted(places))


@cache
def _citations() -> tuple[tuple[str, frozenset[str], bool], ...]:
    """Every line of the simulator that cites facts: its place, the ids, whether it says `unverified`."""
    found = []
    for file in sorted((PACKAGE / "simulator").rglob("*.py")):
        lines = file.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, start=1):
            if names := ledger.cited_in(line):
                around = " ".join(lines[number - 1 : number + 1])
                place = f"{file.relative_to(PACKAGE.parent)}:{number}"
                found.append((place, frozenset(names), "unverified" in around))
    return tuple(found)


def probes(unknown: str, scenarios: Path) -> tuple[str, ...]:
    """The scenario files that ask Stripe this question."""
    return tuple(str(file) for file in sorted(scenarios.glob(f"probes/{unknown}-*.yaml")))


@cache
def observed() -> Mapping[str, Observation]:
    """What live runs have shown, by the question's id."""
    entries: dict[str, dict[str, Any]] = yaml.safe_load(OBSERVATIONS.read_text(encoding="utf-8")) or {}
    return {name: Observation(each["state"], str(each["on"]), each["saw"]) for name, each in entries.items()}


def observe(traces: Sequence[Path], target: Path = OBSERVATIONS) -> dict[str, Observation]:
    """Write down what the probes of a live run showed; what it showed, by the question's id.

    A probe that passes confirms what the simulator assumes; one that fails an expectation refutes it. Traces
    of other hosts than Stripe's, of other scenarios, and of runs that the infrastructure failed say nothing.

    Raises:
        UnreadableTrace: a file is no trace.
    """
    shown: dict[str, Observation] = {}
    for file in trace_files(traces):
        shown |= _shown_by(file)
    if not shown:
        return shown
    text = target.read_text(encoding="utf-8")
    head = _HEAD.match(text)
    known: dict[str, Any] = yaml.safe_load(text) or {}
    known |= {name: {"state": each.state, "on": each.on, "saw": each.saw} for name, each in shown.items()}
    body = yaml.safe_dump(known, sort_keys=True, allow_unicode=True, width=110)
    target.write_text(f"{head[0] if head else ''}{body}", encoding="utf-8")
    observed.cache_clear()
    return shown


def _shown_by(file: Path) -> dict[str, Observation]:
    from harness.outcomes import EXPECTATION, PASSED, REFUSED
    from harness.verdict import judge

    entries = read(file)
    first = entries[0]
    if not isinstance(first, CaseStarted) or first.host != STRIPE_HOST:
        return {}
    named = _PROBE.search(Path(first.file).name)
    verdict = judge(entries, again="")
    states = {PASSED: "confirmed", EXPECTATION: "refuted", REFUSED: "refuted"}
    if named is None or verdict.kind not in states:
        return {}
    saw = verdict.text.partition("\n")[0] or first.title
    day = _day(first.wall)
    return {named["unknown"]: Observation(states[verdict.kind], day, saw)}


def _day(unix: int) -> str:
    from harness.history.wording import instant

    return instant(unix)[:10]


def as_text(found: Sequence[Assumption]) -> str:
    """For people: a block for each, and a line that counts."""
    counts: dict[str, int] = {}
    for each in found:
        word = each.state.partition(" ")[0]
        counts[word] = counts.get(word, 0) + 1
    told = ", ".join(f"{number} {word}" for word, number in sorted(counts.items()))
    return "\n".join([*(line for each in found for line in _block(each)), told])


def _block(each: Assumption) -> Iterator[str]:
    says = each.unknown.says if each.unknown else each.facts[0].says
    yield f"{each.id:<8} {each.state:<24} {says}"
    if each.unknown is not None:
        for fact in each.facts:
            yield f"{'':9}{fact.id:<8} {fact.state:<15} {fact.says}"
    if each.observation is not None:
        yield f"{'':9}saw      {each.observation.saw}"
    for label, places in (("flip", each.lines[:3]), ("probe", each.probes)):
        for place in places:
            yield f"{'':9}{label:<8} {place}"
    yield ""


def as_json(found: Sequence[Assumption]) -> dict[str, Any]:
    """One versioned object."""
    return {
        "format": JSON_FORMAT,
        "assumptions": [
            {
                "id": each.id,
                "state": each.state,
                "question": each.unknown.says if each.unknown else None,
                "check": each.unknown.check if each.unknown else None,
                "facts": [{"id": fact.id, "state": fact.state, "says": fact.says} for fact in each.facts],
                "flip": list(each.lines),
                "probes": list(each.probes),
                "saw": each.observation.saw if each.observation else None,
            }
            for each in found
        ],
    }
