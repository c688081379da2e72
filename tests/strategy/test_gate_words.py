"""Gates and reasons are told in figures and a closed set of words, so that each can be shown."""

import ast
import re
from collections.abc import Iterator

import pytest

from engine.domain.signal import Action
from engine.domain.venue import AroundTheClock
from engine.phrases.gates import GateName, Word
from strategies.registry import strategy
from tests.shape.source import Module, modules, parse
from tests.strategy.market import seeded_candles
from tests.strategy.series import HELD, STRATEGIES, parameters_of

MAKERS = frozenset({"Gate", "_most", "_below", "_unless"})
KNOWN = sorted({*Word, *GateName}, key=len, reverse=True)
WORDS = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, KNOWN))})(?!\w)")
DAY = AroundTheClock().day


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_word_of_a_strategy_is_in_the_set(name: str):
    tested, said = strategy(parameters_of(name)), set()
    for candle in seeded_candles(3000, seed=11):
        day = DAY(candle.opened_at)
        tested.update(candle, day)
        for signal in (tested.signal(None), tested.signal(HELD)):
            if signal.action is not Action.HOLD:
                said.add(signal.reason)
        for gate in tested.gates(day, candle.open, candle.close):
            assert gate.name in set(GateName)
            said |= {gate.value, gate.threshold}
    assert len(said) > 100
    assert [text for text in said if re.search("[A-Za-z]", WORDS.sub("", text))] == []


def test_every_gate_in_the_sources_is_named_by_the_set():
    found = [fault for module in modules("engine", "strategies") for fault in faults(module)]
    gates = [gate for module in modules("engine", "strategies") for gate in calls(module)]
    assert len(gates) > 40
    assert found == []


def test_a_gate_with_words_of_its_own_is_found():
    planted = parse(
        'Gate("mood", True, f"{x} high", Word.NO)\nGate(GateName.RSI, True, "1", "< 2")'
    )
    assert len(list(faults(planted))) == 2


def calls(module: Module) -> Iterator[ast.Call]:
    for node in ast.walk(module.tree):
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if is_call and node.func.id in MAKERS:
            yield node


def faults(module: Module) -> Iterator[str]:
    """Yield names that are no GateName, and words that are no Word, where a gate is made."""
    for call in calls(module):
        first, *rest = (*call.args, *(keyword.value for keyword in call.keywords))
        is_handed_on = isinstance(first, ast.Name)
        if not is_handed_on and not ast.unparse(first).startswith("GateName."):
            yield module.at(call, ast.unparse(first))
        asked = {
            id(part) for c in ast.walk(call) if isinstance(c, ast.Compare) for part in ast.walk(c)
        }
        for part in (part for value in rest for part in ast.walk(value) if id(part) not in asked):
            text = part.value if isinstance(part, ast.Constant) else None
            if isinstance(text, str) and re.search("[A-Za-z]{2}", text):
                yield module.at(call, text)
