"""Decisions read no clock and roll no dice: both are handed in, and so a replay is exact."""

import ast
import re

import pytest

from tests.shape.source import Module, dotted, modules, parse

PURE = ("engine/core", "engine/domain", "strategies", "storage")
MIN_PURE_MODULES = 20

FORBIDDEN = re.compile(
    r"""
    time\.(time|time_ns|monotonic|monotonic_ns|perf_counter|perf_counter_ns|sleep|localtime|gmtime)
    | (datetime\.)?datetime\.(now|utcnow|today)
    | (datetime\.)?date\.today
    | random\.(?!Random$)\w+
    | (numpy|np)\.random\.\w+
    | uuid\.uuid[14]
    | secrets\.\w+
    | os\.urandom
    """,
    re.VERBOSE,
)


def clock_and_entropy(module: Module) -> list[str]:
    """Return calls that ask the machine for the time or for chance, under any local name."""
    known_as = _full_names(module.tree)
    faults = []
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Name | ast.Attribute):
            continue
        first, *rest = dotted(node).split(".")
        name = ".".join([known_as.get(first, first), *rest])
        if FORBIDDEN.fullmatch(name):
            faults.append(module.at(node, name))
    return faults


def _full_names(tree: ast.Module) -> dict[str, str]:
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom):
            names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return names


def test_decisions_read_no_clock_and_no_chance():
    found = modules(*PURE, at_least=MIN_PURE_MODULES)
    assert [fault for module in found for fault in clock_and_entropy(module)] == []


@pytest.mark.parametrize(
    "text",
    [
        "import time\ntime.time()",
        "from time import time\ntime()",
        "import time as clock\nclock.monotonic()",
        "from datetime import datetime\ndatetime.now(UTC)",
        "import datetime as dt\ndt.datetime.utcnow()",
        "from datetime import date\ndate.today()",
        "import random\nrandom.random()",
        "from random import choice as pick\npick([1])",
        "import numpy as np\nnp.random.default_rng()",
        "from uuid import uuid4\nuuid4()",
        "import uuid\nuuid.uuid4()",
        "import secrets\nsecrets.token_hex()",
        "class A:\n    made_at = field(default_factory=time.time)",
    ],
)
def test_planted_clock_or_chance_is_caught(text: str):
    assert clock_and_entropy(parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "clock.now()",
        "self.entropy.random()",
        "import random\nrandom.Random(7)",
        "from datetime import datetime\ndatetime.fromtimestamp(0, UTC)",
    ],
)
def test_injected_clock_and_seeded_chance_are_allowed(text: str):
    assert clock_and_entropy(parse(text)) == []
