"""What the simulator knows about Stripe: each route and each behaviour, and on what ground it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.ledger import STATES, Fact, cited_in, load
from harness.outside import OUTSIDE
from harness.simulator import api
from harness.simulator.wire.allowed import EVERYWHERE, TABLE
from harness.simulator.wire.routes import all_routes

SIMULATOR = Path(api.__file__).parents[1]
WORDS = {
    "documented": "Stripe says so",
    "observed": "others saw it on real Stripe",
    "inferred": "follows from the API's shape",
    "known": "widely known, not found written down",
    "assumed": "a guess, behind one named place",
    "project": "the simulator's own choice",
    "unknown": "an open question",
}

README = SIMULATOR.parents[1] / "README.md"
BEGIN, END = "<!-- known:begin -->", "<!-- known:end -->"
SUBJECTS = {
    "CLK": "test clocks",
    "SUB": "subscriptions and schedules",
    "INV": "invoices and their lines",
    "MTR": "meters and their events",
    "PRC": "prices and amounts",
    "CHG": "changes, cancellation, trials, thresholds, credits",
    "LEG": "usage records",
    "PRO": "the protocol",
    "VER": "API versions",
}
"""What the groups of facts that the simulator implements are about."""
COLUMNS = ({"documented"}, {"observed"}, {"inferred", "known"}, {"assumed", "unknown", "project"})


@dataclass(frozen=True)
class RouteRow:
    """A route, the states of the facts behind it (strongest first), and those facts that are guesses."""

    method: str
    template: str
    states: tuple[str, ...]
    facts: tuple[str, ...]
    unverified: tuple[str, ...]


@dataclass(frozen=True)
class Behaviour:
    """A fact that the simulator's code cites, and the modules that cite it."""

    fact: Fact
    modules: tuple[str, ...]


def route_rows() -> list[RouteRow]:
    """Every route that is served, sorted by path."""
    known = load()
    rows = []
    for route in all_routes():
        facts = [known[name] for name in route.facts if name in known]
        states = sorted({fact.state for fact in facts}, key=STATES.index)
        guesses = tuple(fact.id for fact in facts if fact.unverified)
        rows.append(RouteRow(route.method, route.template, tuple(states), route.facts, guesses))
    return rows


def behaviours() -> list[Behaviour]:
    """Every fact cited anywhere in the simulator's code, in the ledger's order."""
    where: dict[str, list[str]] = {}
    for path in sorted(SIMULATOR.rglob("*.py")):
        for name in cited_in(path.read_text(encoding="utf-8")):
            where.setdefault(name, []).append(path.relative_to(SIMULATOR).as_posix())
    return [Behaviour(fact, tuple(where[name])) for name, fact in load().items() if name in where]


def routes_text() -> str:
    """The routes as aligned text, each with its ground; then what answers 501."""
    rows = route_rows()
    longest = max(len(row.template) for row in rows)
    served = [f"{row.method:<7}{row.template:<{longest}}  {_ground(row)}".rstrip() for row in rows]
    lacking = [f"501    {pattern}  {words}" for pattern, words in api.NOT_MODELLED.items()]
    return "\n".join([*served, "", "Stripe's own, not modelled here:", *lacking])


def support_markdown() -> str:
    """The whole table as a document."""
    return "\n".join([*_head(), *_routes(), *_versions(), *_lacking(), *_outside(), *_behaviours()]) + "\n"


def _head() -> Iterator[str]:
    counts = dict.fromkeys(STATES, 0)
    for behaviour in behaviours():
        counts[behaviour.fact.state] += 1
    yield "# What the simulator knows"
    yield ""
    yield "Generated from the code and [the ledger](../ledger.yaml); a test keeps it fresh. Nothing here was"
    yield "measured against live Stripe by this project."
    yield ""
    yield "| ground | means | facts cited |"
    yield "|---|---|---|"
    for state in STATES:
        if counts[state]:
            yield f"| {state} | {WORDS[state]} | {counts[state]} |"


def _routes() -> Iterator[str]:
    yield from ("", "## Routes", "", "| route | ground | facts |", "|---|---|---|")
    for row in route_rows():
        yield f"| `{row.method} {row.template}` | {_ground(row)} | {' '.join(row.facts)} |"


def _ground(row: RouteRow) -> str:
    words = ", ".join(state for state in row.states if state != "assumed")
    guesses = f"assumed: {' '.join(row.unverified)}" if row.unverified else ""
    return "; ".join(part for part in (words, guesses) if part) or "Stripe's API reference"


def _versions() -> Iterator[str]:
    yield from ("", "## By API version", "", "Routes that only some versions have, and parameters.", "")
    yield from ("| what | since | until | facts |", "|---|---|---|---|")
    for route in all_routes():
        if route.since or route.until:
            yield _dated(f"`{route.name}`", route.since, route.until, " ".join(route.facts))
    for row in TABLE:
        values = f" = {', '.join(sorted(row.values))}" if row.values else ""
        where = ", ".join(f"`{name}`" for name in row.routes if row.routes != EVERYWHERE) or "everywhere"
        yield _dated(f"`{row.name}`{values}, {where}", row.since, row.until, row.facts)


def _dated(what: str, since: str | None, until: str | None, facts: str) -> str:
    return f"| {what} | {since or ''} | {until or ''} | {facts} |"


def _lacking() -> Iterator[str]:
    yield from (
        "",
        "## Not modelled",
        "",
        "Answered with a 501 that names it.",
        "",
        "| path | what |",
        "|---|---|",
    )
    for pattern, words in api.NOT_MODELLED.items():
        yield f"| `{pattern.replace('|', chr(92) + '|')}` | {words} |"


def _outside() -> Iterator[str]:
    yield from ("", "## Outside the simulator", "", "Facts that no test can hold here.", "")
    yield from ("| fact | says | why |", "|---|---|---|")
    for name, why in OUTSIDE.items():
        yield f"| {name} | {_says(load()[name])} | {why} |"


def _says(fact: Fact) -> str:
    return " ".join(fact.says.split()).replace("|", "\\|")


def _behaviours() -> Iterator[str]:
    yield from ("", "## Behaviours", "", "| fact | ground | says | where |", "|---|---|---|---|")
    for behaviour in behaviours():
        fact = behaviour.fact
        yield f"| {fact.id} | {fact.state} | {_says(fact)} | {', '.join(behaviour.modules)} |"


def summary_markdown() -> str:
    """What the simulator's code rests on, in a few rows: subjects by ground, as numbers of facts."""
    rows = ["| about | documented | observed | inferred, known | assumed, open |", "|---|---|---|---|---|"]
    cited = [behaviour.fact for behaviour in behaviours()]
    for group, subject in SUBJECTS.items():
        states = [fact.state for fact in cited if fact.group == group]
        counts = [sum(state in column for state in states) for column in COLUMNS]
        rows.append(f"| {subject} | " + " | ".join(str(count or "") for count in counts) + " |")
    return "\n".join(rows)


def with_summary(readme: str) -> str:
    """The README with a fresh summary between its two marks."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{summary_markdown()}\n\n{END}{after}"


def main() -> None:
    """Write the document, and the summary into the checkout's README: `python -m harness.support`."""
    (SIMULATOR / "SUPPORT.md").write_text(support_markdown(), encoding="utf-8")
    README.write_text(with_summary(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
