"""Everything is annotated and everything public says what it is for."""

import ast
from collections.abc import Iterator

import pytest

from tests.shape.source import Function, Module, functions, modules, parse


def unannotated(module: Module) -> list[str]:
    """Return arguments and returns without an annotation."""
    methods = {
        child
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
        for child in node.body
        if isinstance(child, Function) and not _is_static(child)
    }
    faults = []
    for function in functions(module):
        bare = [arg.arg for arg in _arguments(function, function in methods) if not arg.annotation]
        bare += [] if function.returns else ["return"]
        faults += [module.at(function, f"{function.name}: {name} has no type") for name in bare]
    return faults


def undocumented(module: Module) -> list[str]:
    """Return the module, public classes and public functions without a docstring."""
    faults = [] if ast.get_docstring(module.tree) else [f"{module.path}: no docstring"]
    return faults + [
        module.at(node, f"{node.name} has no docstring")
        for node in _public(module.tree)
        if not ast.get_docstring(node)
    ]


def _is_static(function: Function) -> bool:
    return any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in function.decorator_list)


def _arguments(function: Function, is_method: bool) -> list[ast.arg]:
    spec = function.args
    positional = [*spec.posonlyargs, *spec.args]
    rest = [spec.vararg, *spec.kwonlyargs, spec.kwarg]
    return positional[1 if is_method else 0 :] + [arg for arg in rest if arg]


def _public(owner: ast.Module | ast.ClassDef) -> Iterator[Function | ast.ClassDef]:
    for node in owner.body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        if not (isinstance(node, Function) and _needs_no_words(node)):
            yield node
        if isinstance(node, ast.ClassDef):
            yield from _public(node)


def _needs_no_words(function: Function) -> bool:
    marks = {ast.unparse(decorator).rsplit(".", 1)[-1] for decorator in function.decorator_list}
    return bool(marks & {"overload", "override", "setter"})


def test_everything_is_annotated():
    assert [fault for module in modules() for fault in unannotated(module)] == []


def test_everything_public_is_documented():
    assert [fault for module in modules() for fault in undocumented(module)] == []


@pytest.mark.parametrize(
    "text",
    [
        "def f(a) -> None: ...",
        "def f(a: int): ...",
        "async def f(*, a) -> None: ...",
        "def f(*a) -> None: ...",
        "def f(**a) -> None: ...",
        "class A:\n    def __init__(self): ...",
        "class A:\n    @staticmethod\n    def f(a) -> None: ...",
        "def f() -> None:\n    def g(a) -> None: ...",
    ],
)
def test_planted_missing_type_is_caught(text: str):
    assert unannotated(parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "x = 1",
        '"""Doc."""\ndef f() -> None: ...',
        '"""Doc."""\nclass A:\n    x = 1',
        '"""Doc."""\nclass A:\n    """Doc."""\n    def f(self) -> None: ...',
        '"""Doc."""\nclass A:\n    """Doc."""\n    @property\n    def f(self) -> int: ...',
    ],
)
def test_planted_missing_docstring_is_caught(text: str):
    assert undocumented(parse(text))


def test_private_code_needs_no_docstring():
    text = '"""Doc."""\ndef _f() -> None: ...\nclass _A:\n    def g(self) -> None: ...'
    assert undocumented(parse(text)) == []
