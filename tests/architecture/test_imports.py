"""The direction of imports, read from the code itself."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import harness

PACKAGE = Path(harness.__file__).parent

MAY_IMPORT = {
    "scenario": {"scenario"},
    "plan": {"plan", "scenario"},
    "history": {"history"},
    "check": {"check", "history"},
    "diagnose": {"diagnose", "check", "history"},
    "parity": {"parity", "history"},
    "report": {"report", "diagnose", "check", "history"},
    "investigate": {"investigate", "report", "diagnose", "check", "history", "scenario", "backends"},
    "backends": {"backends", "simulator"},
    "run": {"run", "backends", "plan", "scenario", "history", "check"},
    "simulator": {"simulator"},
}
"""Which of our packages each package may import. The modules beside them (cli, plugin, …) may import any."""

SIMULATOR_MAY_IMPORT = {
    "billing": {"billing"},
    "wire": {"wire"},
    "objects": {"objects", "billing", "wire", "agenda"},
    "flows": {"flows", "objects", "billing", "wire", "world", "usage", "agenda", "series"},
    "api": {"api", "flows", "objects", "billing", "wire", "world", "usage", "agenda", "series"},
}
FLOWS = ("announcing", "catalogue", "invoicing", "subscribing", "metering")
"""The packages of the simulator's flows: each may import those before it, and the leaves beside them."""
LEAVES = {"clocked", "payers"}
ONLY_THESE_IMPORT_STRIPE = {"run", "backends"}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    """Every imported module, `from a import b` also as `a.b`; imports for typing alone do not count."""
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def part(path: Path, depth: int) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[depth]


def test_every_import_goes_in_the_allowed_direction() -> None:
    wrong = []
    for path, tree in modules():
        home = part(path, 0)
        if home not in MAY_IMPORT:
            continue
        for name in imported(tree):
            parts = name.split(".")
            if parts[0] == "harness" and len(parts) > 1 and parts[1] not in MAY_IMPORT[home]:
                wrong.append(f"{path.relative_to(PACKAGE)} imports {name}")
    assert wrong == []


def test_inside_the_simulator_imports_go_from_routes_to_pure_rules() -> None:
    wrong = []
    for path, tree in modules():
        inside = path.relative_to(PACKAGE).with_suffix("").parts
        if inside[0] != "simulator" or inside[1] not in SIMULATOR_MAY_IMPORT:
            continue
        for name in imported(tree):
            parts = name.split(".")
            if (
                parts[:2] == ["harness", "simulator"]
                and len(parts) > 2
                and parts[2] not in SIMULATOR_MAY_IMPORT[inside[1]]
            ):
                wrong.append(f"{path.relative_to(PACKAGE)} imports {name}")
    assert wrong == []


def test_the_flows_stand_on_each_other_in_one_order() -> None:
    wrong = []
    for path, tree in modules():
        inside = path.relative_to(PACKAGE).with_suffix("").parts
        if inside[:2] != ("simulator", "flows") or inside[2] not in FLOWS:
            continue
        may = {*LEAVES, *FLOWS[: FLOWS.index(inside[2]) + 1]}
        names = [name.split(".")[3] for name in imported(tree) if name.startswith("harness.simulator.flows.")]
        wrong += [f"{path.relative_to(PACKAGE)} imports {name}" for name in names if name not in may]
    assert wrong == []


def test_backends_know_only_the_front_door_of_the_simulator() -> None:
    doors = {"harness.simulator.app", "harness.simulator.faults", "harness.simulator.world"}
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path, tree in modules()
        if part(path, 0) == "backends"
        for name in imported(tree)
        if name.startswith("harness.simulator") and not name.startswith(tuple(doors))
    ]
    assert wrong == []


def test_only_run_and_backends_import_the_sdk() -> None:
    wrong = [
        str(path.relative_to(PACKAGE))
        for path, tree in modules()
        if part(path, 0) not in ONLY_THESE_IMPORT_STRIPE
        for name in imported(tree)
        if name.split(".")[0] == "stripe"
    ]
    assert wrong == []


def test_nothing_imports_private_parts_of_pytest() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path, tree in modules()
        for name in imported(tree)
        if name.split(".")[0] == "_pytest"
    ]
    assert wrong == []


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_each_package_of_the_map_is_there_and_says_in_a_sentence_what_it_is_for(package: str) -> None:
    tree = ast.parse((PACKAGE / package / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)


def test_no_modules_import_each_other_in_a_circle() -> None:
    known = {
        ".".join(("harness", *path.relative_to(PACKAGE).with_suffix("").parts)): tree
        for path, tree in modules()
        if path.name != "__init__.py"
    }
    graph = {name: set(_modules_read(tree, known)) - {name} for name, tree in known.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("a circle of imports: " + " <- ".join(error.args[1]))


def _modules_read(tree: ast.Module, known: dict[str, ast.Module]) -> Iterator[str]:
    """The modules that a module imports, wherever the import stands; `from a import b` reads `a.b` or `a`."""
    for name in imported(tree):
        yield from [each for each in (name, name.rpartition(".")[0]) if each in known][:1]
