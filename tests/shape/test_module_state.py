"""No module keeps state: what two tests or two engines could share does not exist."""

import ast

import pytest

from tests.shape.source import Module, dotted, modules, parse

MUTABLE_LITERALS = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)
MUTABLE_TYPES = {
    "bytearray",
    "Condition",
    "ContextVar",
    "Counter",
    "defaultdict",
    "deque",
    "dict",
    "Event",
    "list",
    "local",
    "Lock",
    "OrderedDict",
    "Queue",
    "RLock",
    "Semaphore",
    "set",
    "SimpleNamespace",
    "WeakKeyDictionary",
    "WeakSet",
    "WeakValueDictionary",
}
# A table may be written as a literal when its declared type has no way to change it.
READ_ONLY_TYPES = {"AbstractSet", "Collection", "Container", "Iterable", "Mapping", "Sequence"}


def module_state(module: Module) -> list[str]:
    """Return module-level names bound to what can change, and functions that rebind globals."""
    faults = [
        module.at(node, "mutable at module level")
        for node in _top_level(module.tree.body)
        if _is_mutable(node)
    ]
    return faults + [
        module.at(node, "global statement")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Global)
    ]


def _top_level(body: list[ast.stmt]) -> list[ast.stmt]:
    found: list[ast.stmt] = []
    for node in body:
        found.append(node)
        if isinstance(node, ast.If | ast.Try | ast.With):
            found += _top_level(node.body) + _top_level(getattr(node, "orelse", []))
    return found


def _is_mutable(node: ast.stmt) -> bool:
    if isinstance(node, ast.AugAssign):
        return True
    if isinstance(node, ast.Assign):
        is_all = any(dotted(target) == "__all__" for target in node.targets)
        return not is_all and _makes_mutable(node.value)
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        return _makes_mutable(node.value) and not _is_read_only(node.annotation)
    return False


def _makes_mutable(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        called = value.func.value if isinstance(value.func, ast.Subscript) else value.func
        return dotted(called).rsplit(".", 1)[-1] in MUTABLE_TYPES
    return isinstance(value, MUTABLE_LITERALS)


def _is_read_only(annotation: ast.expr) -> bool:
    if not isinstance(annotation, ast.Subscript):
        return False
    name = dotted(annotation.value).rsplit(".", 1)[-1]
    return _is_read_only(annotation.slice) if name == "Final" else name in READ_ONLY_TYPES


def test_no_module_keeps_state():
    assert [fault for module in modules() for fault in module_state(module)] == []


@pytest.mark.parametrize(
    "text",
    [
        "cache = {}",
        "SEEN: set[str] = set()",
        "TABLE: Final = {1: 2}",
        "TABLE: Final[dict[int, int]] = {1: 2}",
        "names = [name for name in 'ab']",
        "queue = collections.deque()",
        "lock = asyncio.Lock()",
        "cache = dict[str, int]()",
        "if DEBUG:\n    cache = {}",
        "count = 0\ncount += 1",
        "def f():\n    global count",
    ],
)
def test_planted_state_is_caught(text: str):
    assert module_state(parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "log = logging.getLogger(__name__)",
        "NAMES = ('a', 'b')",
        "NAMES = frozenset({'a'})",
        "TABLE: Mapping[int, int] = {1: 2}",
        "TABLE: Final[Mapping[int, int]] = {1: 2}",
        "TABLE = MappingProxyType({1: 2})",
        "__all__ = ['a']",
        "class A:\n    x: int = 0",
    ],
)
def test_constants_are_no_state(text: str):
    assert module_state(parse(text)) == []
