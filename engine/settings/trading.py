"""The parameters in force for crypto and for stocks: a preset, the owner's keys, tuning."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

from engine.domain.errors import Problem
from engine.domain.venue import VenueName
from engine.phrases.faults import Fault
from engine.settings.schema import Settings
from engine.settings.words import nearest, shown
from strategies.parameters import Parameters, problems
from strategies.registry import preset, presets

OVERRIDABLE = (
    "k_value",
    "take_profit_percent",
    "stop_loss_percent",
    "trailing_stop_percent",
    "atr_multiplier",
    "max_position_size",
    "max_positions",
)
NOT_TUNED: Mapping[str, float] = MappingProxyType({})


class Market(StrEnum):
    """The two halves of the book that have settings of their own."""

    CRYPTO = "crypto"
    STOCK = "stock"

    @classmethod
    def of(cls, venue: VenueName) -> "Market":
        """Return whose settings a venue trades by."""
        return cls.CRYPTO if venue.is_crypto else cls.STOCK


class Source(StrEnum):
    """Where a value in force comes from, the strongest last."""

    DEFAULT = "default"
    PRESET = "preset"
    ENV = "env"
    TUNED = "tuned"


def preset_name(settings: Settings, market: Market) -> str:
    """Return the name of the market's preset."""
    name: str = getattr(settings, f"{market.value}_strategy_preset")
    return name


def key_of(market: Market, field: str) -> str:
    """Return the key that sets a field of Parameters for a market: CRYPTO_K_VALUE for k_value."""
    return f"{market.value}_{field}".upper()


def trading(
    settings: Settings, market: Market, tuned: Mapping[str, float] = NOT_TUNED
) -> Parameters:
    """Return the preset with the owner's keys over it, and what tuning found over both.

    `tuned` holds whole keys (CRYPTO_K_VALUE); keys of the other market are passed over.
    """
    explicit = {
        field: value
        for field in OVERRIDABLE
        if (value := getattr(settings, f"{market.value}_{field}")) is not None
    }
    found = {field: tuned[key] for field in OVERRIDABLE if (key := key_of(market, field)) in tuned}
    base = preset(preset_name(settings, market)).parameters
    return replace(base, **{**explicit, **found})


def sources(
    settings: Settings, market: Market, tuned: Mapping[str, float] = NOT_TUNED
) -> Mapping[str, Source]:
    """Return for each key of the market where the value in force comes from."""
    found: dict[str, Source] = {}
    for field in OVERRIDABLE:
        key = key_of(market, field)
        is_set = getattr(settings, key.lower()) is not None
        weak = Source.ENV if is_set else Source.PRESET
        found[key] = Source.TUNED if key in tuned else weak
    for field in ("strategy_preset", "initial_capital"):
        key = key_of(market, field)
        found[key] = Source.ENV if key.lower() in settings.model_fields_set else Source.DEFAULT
    return found


def trading_problems(settings: Settings, market: Market) -> tuple[Problem, ...]:
    """Return what is wrong with a market's preset and the keys over it."""
    known = tuple(one.name for one in presets())
    name = preset_name(settings, market)
    if name not in known:
        near = nearest(name, known)
        choose = Fault.CHOOSE.say(choices=", ".join(known))
        what = Fault.NOT_THAT.say(what=choose, given=shown(name))
        meant = Fault.MEANT.say(what=what, near=near) if near else what
        return (Problem(key_of(market, "strategy_preset"), meant),)
    return tuple(
        Problem(key_of(market, problem.key), problem.what)
        for problem in problems(trading(settings, market))
    )
