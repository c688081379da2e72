"""Files and functions stay short: the tail is what separates readable code from tolerated code."""

import pytest

from tests.shape.source import Function, Module, functions, modules, parse, percentile

FILE_MEDIAN, FILE_P95, FILE_MAX = 150, 350, 500
FUNCTION_P95, FUNCTION_MAX = 35, 60


def file_lines(module: Module) -> int:
    return len(module.text.splitlines())


def function_lines(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def too_long(module: Module) -> list[str]:
    """Return the faults of one file against the hard limits."""
    faults = []
    if file_lines(module) > FILE_MAX:
        faults.append(f"{module.path}: {file_lines(module)} lines")
    faults += [
        module.at(function, f"{function.name} has {function_lines(function)} lines")
        for function in functions(module)
        if function_lines(function) > FUNCTION_MAX
    ]
    return faults


def test_every_file_and_function_is_under_its_limit():
    assert [fault for module in modules() for fault in too_long(module)] == []


def test_files_are_short_as_a_whole():
    # Package markers of one line would flatter the figures.
    sizes = [file_lines(m) for m in modules() if not m.path.endswith("__init__.py")]
    assert percentile(sizes, 0.5) <= FILE_MEDIAN
    assert percentile(sizes, 0.95) <= FILE_P95


def test_functions_are_short_as_a_whole():
    sizes = [function_lines(function) for module in modules() for function in functions(module)]
    assert percentile(sizes, 0.95) <= FUNCTION_P95


@pytest.mark.parametrize(
    "text",
    [
        "x = 1\n" * (FILE_MAX + 1),
        "def f():\n" + "    x = 1\n" * FUNCTION_MAX,
        "class A:\n    async def f(self):\n" + "        x = 1\n" * FUNCTION_MAX,
    ],
)
def test_planted_length_is_caught(text: str):
    assert too_long(parse(text))


def test_percentile_is_the_nearest_rank():
    assert percentile([4, 1, 3, 2], 0.5) == 2
    assert percentile(list(range(1, 101)), 0.95) == 95
