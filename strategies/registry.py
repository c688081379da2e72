"""Finds every strategy and preset of a package: an owner's own file needs no other file touched."""

import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from inspect import isabstract
from types import MappingProxyType, ModuleType
from typing import TypeVar

import strategies
from engine.domain.errors import BadConfiguration, Problem
from engine.phrases.faults import Fault
from strategies.parameters import Parameters
from strategies.parameters import problems as problems_of
from strategies.presets import Preset
from strategies.strategy import Strategy

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a package holds: strategies and presets by name, and the files at fault."""

    strategies: Mapping[str, type[Strategy]]
    presets: Mapping[str, Preset]
    problems: tuple[Problem, ...]


def strategy(parameters: Parameters) -> Strategy:
    """Return a new instance of the strategy that the parameters name.

    Raises:
        BadConfiguration: there is no such strategy; the fault names those there are.
    """
    found = catalogue()
    kind = found.strategies.get(parameters.strategy)
    if kind is None:
        raise _unknown("STRATEGY", parameters.strategy, found.strategies, found.problems)
    return kind(parameters)


def preset(name: str) -> Preset:
    """Return the preset of that name.

    Raises:
        BadConfiguration: there is no such preset; the fault names those there are.
    """
    found = catalogue()
    chosen = found.presets.get(name)
    if chosen is None:
        raise _unknown("STRATEGY_PRESET", name, found.presets, found.problems)
    return chosen


def presets() -> tuple[Preset, ...]:
    """Return every usable preset, those of a file in its order."""
    return tuple(catalogue().presets.values())


def problems() -> tuple[Problem, ...]:
    """Return the faults of files that could not be used, in part or as a whole."""
    return catalogue().problems


@cache
def catalogue() -> Catalogue:
    """Return what this package holds, read once a process."""
    return find(strategies)


def find(package: ModuleType) -> Catalogue:
    """Return what the modules of a package hold; a broken one is a problem and not the end."""
    faults: list[Problem] = []
    modules = tuple(_modules(package, faults))
    kinds = _named(
        ((file, getattr(kind, "name", ""), kind) for file, m in modules for kind in _strategies(m)),
        faults,
    )
    chosen = _named(
        ((file, each.name, each) for file, m in modules for each in _presets(m, file, faults)),
        faults,
    )
    for each in tuple(chosen.values()):
        if each.parameters.strategy not in kinds:
            unknown = Fault.UNKNOWN_STRATEGY.say(strategy=each.parameters.strategy)
            faults.append(Problem(each.name, unknown))
            del chosen[each.name]
    return Catalogue(MappingProxyType(kinds), MappingProxyType(chosen), tuple(faults))


def _modules(package: ModuleType, faults: list[Problem]) -> Iterator[tuple[str, ModuleType]]:
    found = (info.name for info in pkgutil.iter_modules(package.__path__) if not info.ispkg)
    for name in sorted(found):
        file = f"{package.__name__}/{name}.py"
        try:
            yield file, import_module(f"{package.__name__}.{name}")
        except Exception as e:  # noqa: BLE001 - an owner's file may fail in any way there is
            line = e.lineno if isinstance(e, SyntaxError) else None
            what = Fault.NOT_LOADABLE.say(error=f"{type(e).__name__}: {e}")
            faults.append(Problem(file, what, line))


def _strategies(module: ModuleType) -> Iterator[type[Strategy]]:
    for value in tuple(vars(module).values()):
        is_kind = isinstance(value, type) and issubclass(value, Strategy)
        if is_kind and value.__module__ == module.__name__ and not isabstract(value):
            yield value


def _presets(module: ModuleType, file: str, faults: list[Problem]) -> Iterator[Preset]:
    listed = getattr(module, "PRESETS", ())
    if not isinstance(listed, tuple) or not all(isinstance(each, Preset) for each in listed):
        faults.append(Problem(file, Fault.NO_PRESETS.say()))
        return
    for each in listed:
        wrong = problems_of(each.parameters)
        faults.extend(
            Problem(file, Fault.PRESET_FAULT.say(preset=each.name, what=fault.said))
            for fault in wrong
        )
        if not wrong:
            yield each


def _named(entries: Iterable[tuple[str, str, T]], faults: list[Problem]) -> dict[str, T]:
    names: dict[str, T] = {}
    for file, name, value in entries:
        if not name:
            faults.append(Problem(file, Fault.NO_NAME.say(given=repr(value))))
        elif names.setdefault(name, value) is not value:
            faults.append(Problem(file, Fault.NAME_TAKEN.say(name=name)))
    return names


def _unknown(
    key: str, name: str, known: Iterable[str], faults: Iterable[Problem]
) -> BadConfiguration:
    message = f"there is no {name!r}; known: {', '.join(sorted(known))}"
    return BadConfiguration((Problem(key, message), *faults))
