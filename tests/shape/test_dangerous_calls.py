"""Nothing runs text as code, unpickles, goes through a shell, or prints into the void."""

import ast

import pytest

from tests.shape.source import Module, dotted, modules, parse

CODE_FROM_TEXT = {"eval", "exec", "__import__"}
SHELLS = {"os.system", "os.popen", "subprocess.getoutput", "asyncio.create_subprocess_shell"}
UNSAFE_LOADERS = {"cloudpickle", "dill", "marshal", "pickle", "shelve"}
SWITCHES = {"allow_pickle", "shell"}
# A person reads these on a terminal; everything else logs.
PRINTERS = {"bot/terminal.py", "engine/__main__.py", "engine/cli.py"}


def dangerous_calls(module: Module) -> list[str]:
    """Return calls and imports that can run what they were only meant to read."""
    faults = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            faults += [module.at(node, what) for what in _dangers(node)]
        elif isinstance(node, ast.Import | ast.ImportFrom):
            roots = {name.split(".")[0] for name in _imported(node)}
            faults += [module.at(node, f"import {name}") for name in roots & UNSAFE_LOADERS]
    return faults


def prints(module: Module) -> list[str]:
    """Return prints outside the command line, the terminal and the training programs."""
    if module.path in PRINTERS or module.path.startswith("training/"):
        return []
    return [
        module.at(node, "print")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and dotted(node.func) == "print"
    ]


def _dangers(call: ast.Call) -> list[str]:
    name = dotted(call.func)
    faults = [name] if name in CODE_FROM_TEXT | SHELLS else []
    if name == "yaml.load":
        faults.append("yaml.load: use safe_load")
    switched = (k.arg for k in call.keywords if k.arg and not _is_false(k.value))
    return faults + [name for name in switched if name in SWITCHES]


def _is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names]


def test_nothing_runs_what_it_reads():
    assert [fault for module in modules() for fault in dangerous_calls(module)] == []


def test_nothing_prints_but_what_a_person_reads():
    assert [fault for module in modules() for fault in prints(module)] == []


@pytest.mark.parametrize(
    "text",
    [
        "eval('1')",
        "exec('x = 1')",
        "__import__('os')",
        "import pickle",
        "from pickle import loads",
        "yaml.load(text)",
        "subprocess.run('ls', shell=True)",
        "subprocess.run('ls', shell=flag)",
        "os.system('ls')",
        "numpy.load(path, allow_pickle=True)",
    ],
)
def test_planted_danger_is_caught(text: str):
    assert dangerous_calls(parse(text))


def test_a_method_called_exec_is_no_danger():
    assert dangerous_calls(parse("self.exec('x')\nrun('ls', shell=False)\nre.compile('x')")) == []


def test_planted_print_is_caught():
    assert prints(parse("print('x')"))
    assert prints(parse("print('x')", "engine/cli.py")) == []
