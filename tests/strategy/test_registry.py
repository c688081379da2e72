"""The registry finds what files hold, and a broken file costs nothing but itself."""

import sys
from importlib import import_module
from itertools import count
from pathlib import Path

import pytest

from engine.domain.candle import Timeframe
from engine.domain.errors import BadConfiguration
from strategies import registry
from strategies.parameters import Parameters, problems
from strategies.presets import Preset

NUMBERS = count()
OWN = '''"""The owner's own."""

from strategies.parameters import Parameters
from strategies.presets import Preset
from strategies.strategy import WindowStrategy
from engine.domain.candle import Timeframe
from engine.domain.signal import Action, Signal


class Mine(WindowStrategy):
    name = "mine"

    def decide(self, candles, position):
        return Signal(Action.HOLD, 0.0, "never")


PRESETS = (Preset("calm", "조용히", "calmly", Parameters(strategy="mine", timeframe=Timeframe.D1)),)
'''


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return a function that makes a package of named files and lets the registry look at it."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(**files: str) -> registry.Catalogue:
        name = f"strategies_of_{next(NUMBERS)}"
        (tmp_path / name).mkdir()
        for file, text in {"__init__": "", **files}.items():
            (tmp_path / name / f"{file}.py").write_text(text, "utf-8")
        found = registry.find(import_module(name))
        for loaded in [each for each in sys.modules if each.startswith(name)]:
            del sys.modules[loaded]
        return found

    return make


def told(found: registry.Catalogue) -> list[str]:
    return [f"{fault.key.split('/')[-1]}: {fault.message}" for fault in found.problems]


def test_everything_that_ships_is_found_without_a_problem():
    assert registry.problems() == ()
    assert [preset.name for preset in registry.presets()] == [
        "scalping",
        "day",
        "mid_term",
        "swing",
        "reversal",
        "trend",
        "consensus",
    ]


@pytest.mark.parametrize("preset", registry.presets(), ids=lambda preset: preset.name)
def test_a_shipped_preset_is_sound_and_follows_the_guidance(preset: Preset):
    parameters = preset.parameters
    assert problems(parameters) == ()
    assert registry.preset(preset.name) is preset
    assert registry.strategy(parameters).name == parameters.strategy
    assert preset.description_ko != preset.description_en
    low, high = (1, 3) if parameters.timeframe.seconds < 3600 else (5, 10)
    assert low <= parameters.take_profit_percent <= high
    share = parameters.trailing_stop_percent / parameters.take_profit_percent
    assert 0.33 <= share <= 0.5
    assert 2 <= parameters.atr_multiplier <= 3


def test_each_strategy_that_ships_has_a_preset():
    named = {preset.parameters.strategy for preset in registry.presets()}
    assert named == set(registry.catalogue().strategies)
    assert set(registry.catalogue().strategies) >= {
        "breakout",
        "combined",
        "bb_breakout",
        "pullback",
        "dynamic_breakout",
        "rsi_bollinger",
    }


@pytest.mark.parametrize("name", ["swing", "reversal", "consensus"])
def test_what_buys_a_fallen_price_is_not_asked_to_be_above_its_hourly_average(name: str):
    assert not registry.preset(name).parameters.use_mtf


@pytest.mark.parametrize("name", ["reversal", "consensus"])
def test_a_reversal_rests_a_day_before_it_buys_again(name: str):
    parameters = registry.preset(name).parameters
    assert parameters.cooldown_candles * parameters.timeframe.seconds == 24 * 3600


def test_a_strategy_is_new_each_time():
    parameters = registry.preset("mid_term").parameters
    assert registry.strategy(parameters) is not registry.strategy(parameters)


def test_an_unknown_strategy_names_the_known_ones():
    with pytest.raises(
        BadConfiguration, match=r"STRATEGY: there is no 'brakeout'; known: .*, breakout, combined"
    ):
        registry.strategy(Parameters(strategy="brakeout", timeframe=Timeframe.H1))


def test_an_unknown_preset_names_the_known_ones():
    with pytest.raises(BadConfiguration, match=r"'midterm'; known: consensus, day, mid_term, "):
        registry.preset("midterm")


def test_an_owners_file_is_found_with_its_preset(package):
    found = package(mine=OWN)
    assert list(found.strategies) == ["mine"]
    assert list(found.presets) == ["calm"]
    assert found.problems == ()
    calm = found.presets["calm"].parameters
    assert found.strategies["mine"](calm).minimum == 200


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("def broken(:\n", "SyntaxError"),
        ("import no_such_module_anywhere\n", "ModuleNotFoundError"),
        ("raise RuntimeError('my mistake')\n", "RuntimeError: my mistake"),
    ],
)
def test_a_broken_file_is_named_and_the_others_live(package, text: str, fault: str):
    found = package(broken=text, mine=OWN)
    assert list(found.strategies) == ["mine"]
    (line,) = told(found)
    assert line.startswith("broken.py: cannot be loaded: ")
    assert fault in line


def test_a_syntax_error_tells_its_line(package):
    (fault,) = package(broken='"""One."""\n\ndef broken(:\n').problems
    assert fault.line == 3


def test_a_preset_out_of_bounds_is_left_out(package):
    found = package(mine=OWN.replace("Timeframe.D1", "Timeframe.D1, k_value=77.0"))
    assert list(found.strategies) == ["mine"]
    assert list(found.presets) == []
    assert told(found) == [
        "mine.py: preset calm: K_VALUE: must lie between 0.05 and 3, not 77",
    ]


def test_a_preset_without_its_strategy_is_left_out(package):
    found = package(mine=OWN.replace('strategy="mine"', 'strategy="yours"'))
    assert list(found.presets) == []
    assert told(found) == ["calm: the preset names an unknown strategy: yours"]


def test_a_name_that_is_taken_stays_with_the_first_file(package):
    found = package(a_file=OWN, b_file=OWN)
    assert told(found) == [
        "b_file.py: the name mine is taken by another file",
        "b_file.py: the name calm is taken by another file",
    ]
    assert found.strategies["mine"].__module__.endswith("a_file")


def test_a_strategy_without_a_name_is_a_problem(package):
    (line, _) = told(package(mine=OWN.replace('    name = "mine"\n', "")))
    assert line.startswith("mine.py: <class")
    assert line.endswith("has no name")


def test_presets_of_another_shape_are_a_problem(package):
    found = package(
        mine=OWN.replace("PRESETS = (Preset", "PRESETS = [Preset").replace(",)\n", "]\n")
    )
    assert told(found) == ["mine.py: PRESETS must be a tuple of Preset"]
    assert list(found.strategies) == ["mine"]


def test_shared_presets_that_a_file_imports_are_not_taken_twice(package):
    found = package(a_mine=OWN, b_borrows="from strategies.presets import PRESETS\n")
    assert [line for line in told(found) if "taken" in line] == []
