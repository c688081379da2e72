"""Imports stand at the top of a file, are absolute, and never come back to where they began."""

import ast
from collections.abc import Collection, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.shape.source import Module, functions, modules, parse

Import = ast.Import | ast.ImportFrom


def imports_in_functions(module: Module) -> list[str]:
    """Return imports that wait inside a function."""
    return [
        module.at(node, f"import inside {function.name}")
        for function in functions(module)
        for node in ast.walk(function)
        if isinstance(node, Import)
    ]


def relative_imports(module: Module) -> list[str]:
    """Return imports that say where from by counting dots."""
    return [
        module.at(node, "relative import")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]


def cycle(found: Sequence[Module]) -> list[str]:
    """Return the names along one import cycle, or nothing."""
    names = {module.name for module in found}
    graph = {module.name: set(_imported(module, names)) - {module.name} for module in found}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as e:
        return list(e.args[1])
    return []


def _imported(module: Module, names: Collection[str]) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & set(names)
            yield from inner
            if len(inner) < len(node.names) and node.module in names:
                yield node.module


def test_no_import_waits_inside_a_function():
    assert [fault for module in modules() for fault in imports_in_functions(module)] == []


def test_no_import_is_relative():
    assert [fault for module in modules() for fault in relative_imports(module)] == []


def test_no_modules_import_each_other():
    assert cycle(modules()) == []


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    import os",
        "class A:\n    async def f(self):\n        if True:\n            from os import path",
    ],
)
def test_planted_deferred_import_is_caught(text: str):
    assert imports_in_functions(parse(text))


def test_planted_relative_import_is_caught():
    assert relative_imports(parse("from . import orders"))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("import engine.b", "import engine.a"),
        ("from engine import b", "from engine.a import x"),
        ("from engine.b import x", "if TYPE_CHECKING:\n    from engine import a"),
    ],
)
def test_planted_cycle_is_caught(first: str, second: str):
    assert cycle([parse(first, "engine/a.py"), parse(second, "engine/b.py")])


def test_one_way_imports_are_no_cycle():
    assert cycle([parse("from engine.b import x", "engine/a.py"), parse("", "engine/b.py")]) == []
