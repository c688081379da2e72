"""The guide to an owner's own strategy: its example is taken from the page and run."""

import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from random import Random

import pytest

from engine.domain.signal import Action
from engine.domain.venue import AroundTheClock
from strategies import registry
from strategies.parameters import problems
from strategies.strategy import Strategy
from tests.strategy.market import seeded_candles
from tests.strategy.series import HELD, SERIES, walked

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "own_strategy.md").read_text("utf-8")
PACKAGE = "strategies_of_the_guide"
DAY = AroundTheClock().day


def example() -> str:
    """Return the one piece of code in the guide that is a whole file."""
    (text,) = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    return text


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[registry.Catalogue]:
    """Return what the registry finds in a folder that holds the example and nothing else."""
    folder = tmp_path / PACKAGE
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "turtle.py").write_text(example(), "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield registry.find(import_module(PACKAGE))
    for loaded in [name for name in sys.modules if name.startswith(PACKAGE)]:
        del sys.modules[loaded]


def turtle(found: registry.Catalogue) -> Strategy:
    return found.strategies["turtle"](found.presets["turtle"].parameters)


def test_the_example_is_one_strategy_with_one_preset(found: registry.Catalogue):
    assert found.problems == ()
    assert list(found.strategies) == ["turtle"]
    assert list(found.presets) == ["turtle"]
    assert problems(found.presets["turtle"].parameters) == ()


def test_the_names_of_the_example_are_free(found: registry.Catalogue):
    shipped = registry.catalogue()
    assert not set(found.strategies) & set(shipped.strategies)
    assert not set(found.presets) & set(shipped.presets)


def test_the_example_buys_and_sells_where_its_rule_says(found: registry.Catalogue):
    candles = seeded_candles(800)
    tested = turtle(found)
    heard = set()
    for i, (flat, held) in enumerate(walked(tested, candles, DAY)):
        if i < 20:
            assert flat.action is held.action is Action.HOLD
            continue
        before, close = candles[i - 20 : i], candles[i].close
        assert (flat.action is Action.BUY) == (close > max(each.high for each in before))
        assert (held.action is Action.SELL) == (close < min(each.low for each in before[10:]))
        heard |= {flat.action, held.action}
    assert heard == set(Action)


def test_a_hold_of_the_example_names_its_gate(found: registry.Catalogue):
    tested = turtle(found)
    said = [flat for flat, _ in walked(tested, seeded_candles(200), DAY)][20:]
    waiting = next(each for each in said if each.action is Action.HOLD)
    assert waiting.reason.startswith("channel: ")
    assert [gate.name for gate in waiting.gates] == ["channel"]


@pytest.mark.shared
@pytest.mark.parametrize("series_name", ["ada_1h", "samsung_1d"])
def test_the_example_does_not_look_ahead_on_real_candles(
    found: registry.Catalogue, series_name: str
):
    series = SERIES[series_name]
    candles = series.candles(1000, 1500)
    tested = turtle(found)
    said = walked(tested, candles, series.day_of)
    assert {signal.action for pair in said for signal in pair} == set(Action)
    for i in Random(51).sample(range(len(candles)), 40):
        heard = tested.generate_signal(candles[: i + 1], HELD if i % 2 else None, series.day_of)
        assert heard == said[i][i % 2]


def test_both_languages_give_the_same_commands():
    korean, english = GUIDE.split("## English")
    commands = re.findall(r"^ {7}(\S.*)$", korean, re.MULTILINE)
    assert commands == re.findall(r"^ {7}(\S.*)$", english, re.MULTILINE)
    assert len(commands) == 2
    assert all(command.startswith(".venv/bin/python ") for command in commands)


def test_the_files_the_guide_names_are_there():
    named = set(re.findall(r"`(strategies/\w+\.py)`", GUIDE)) - {"strategies/turtle.py"}
    assert len(named) == 3
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []
