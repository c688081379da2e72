"""The price path of a made underlying: a long walk through regimes, the minutes of any day."""

from collections import OrderedDict
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np

from engine.venues.bars import Floats
from engine.venues.builtin_listings import Listing
from engine.venues.fill_model import draw

FIRST_DAY = 19_358  # 2023-01-01, a year before the first day that is promised
_CHUNK = 512
_REVERSION = 0.006
_JUMP_CHANCE = 0.02
_MEMORY = 240
_KEPT = 2
_MINUTES_OF_A_DAY = 1440

# Up, sideways, down, crash: drift in daily volatilities, volatility multiple, chance to leave.
_DRIFT = (0.22, 0.0, -0.16, -1.1)
_MULTIPLE = (1.0, 0.75, 1.05, 2.2)
_LEAVES = (0.04, 0.07, 0.08, 0.35)
_NEXT = (
    (0.0, 0.6, 0.95, 1.0),
    (0.55, 0.55, 0.95, 1.0),
    (0.3, 0.9, 0.9, 1.0),
    (0.5, 1.0, 1.0, 1.0),
)
_MEMORY_FADES = 60.0


def _generator(*parts: object) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(int(draw(*parts) * 2**53)))


@dataclass(frozen=True, slots=True)
class Minutes:
    """The minutes of one day as prices without ticks, and how the day's turnover spreads."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    share: Floats
    activity: float


class Climate:
    """What a whole market goes through: its regime and its common move, day after day."""

    def __init__(self, seed: int, market: str) -> None:
        """Start before the first day; days are numbered from it."""
        self._seed = seed
        self._market = market
        self.regimes: list[int] = []
        self.moves: list[float] = []

    def reach(self, day: int) -> None:
        """Make sure that a day is known."""
        while len(self.regimes) <= day:
            chunk = len(self.regimes) // _CHUNK
            rng = _generator(self._seed, self._market, "climate", chunk)
            regime = self.regimes[-1] if self.regimes else 1
            leaves, chooses = rng.random(_CHUNK).tolist(), rng.random(_CHUNK).tolist()
            for leave, choose in zip(leaves, chooses, strict=True):
                if leave < _LEAVES[regime]:
                    regime = next(n for n, bound in enumerate(_NEXT[regime]) if choose < bound)
                self.regimes.append(regime)
            self.moves += rng.standard_normal(_CHUNK).tolist()


class Path:
    """Daily closes of one underlying and the minutes between them; any day stands on its own."""

    def __init__(self, seed: int, listing: Listing, climate: Climate, *, gap: float) -> None:
        """`gap` is the share of a day's move that happens before the first trade of the day."""
        self._seed = seed
        self._listing = listing
        self._climate = climate
        self._gap = gap
        self._levels: list[float] = [0.0]
        self._kept: OrderedDict[int, Minutes] = OrderedDict()

    def minutes(self, day: int, count: int) -> Minutes:
        """Return the minutes of a day, numbered from the first day of the path."""
        found = self._kept.get(day)
        if found is None:
            found = self._kept[day] = self._made(day, count)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    def _made(self, day: int, count: int) -> Minutes:
        rng = _generator(self._seed, self._listing.symbol, "minutes", day)
        before, after = self._level(day), self._level(day + 1)
        daily = self._listing.volatility * _MULTIPLE[self._climate.regimes[day]]
        heat = np.convolve(rng.standard_normal(count + _MEMORY - 1), _kernel(), mode="valid")
        season = _season(count)
        sigma = season * np.exp(0.5 * heat)
        sigma *= daily / sqrt(float(sigma @ sigma))
        shocks = rng.standard_normal(count)
        jumps = rng.random(count) < 2.0 / count
        shocks += jumps * rng.normal(0.0, 5.0, count)
        gap = self._gap * (after - before) + self._gap * daily * 0.6 * float(rng.standard_normal())
        walk = np.cumsum(sigma * shocks)
        ramp = np.cumsum(sigma**2) / daily**2
        path = before + gap + walk + ramp * (after - before - gap - walk[-1])
        close = self._listing.price * np.exp(path)
        start = self._listing.price * exp(before + gap)
        opening = np.concatenate(([start], close[:-1]))
        up, down = rng.exponential(0.45, (2, count)) * sigma
        share = season * np.exp(0.6 * heat) * (0.4 + np.abs(shocks)) * rng.lognormal(0, 0.4, count)
        activity = daily / self._listing.volatility * exp(0.3 * float(rng.standard_normal()))
        return Minutes(
            opening,
            np.maximum(opening, close) * np.exp(up),
            np.minimum(opening, close) * np.exp(-down),
            close,
            share / share.sum(),
            activity,
        )

    def _level(self, day: int) -> float:
        while len(self._levels) <= day + 1:
            self._extend()
        return self._levels[day]

    def _extend(self) -> None:
        first = len(self._levels) - 1
        self._climate.reach(first + _CHUNK)
        rng = _generator(self._seed, self._listing.symbol, "days", first // _CHUNK)
        own = rng.standard_normal(_CHUNK).tolist()
        chances = rng.random(_CHUNK).tolist()
        sizes = rng.normal(0.0, 2.5, _CHUNK).tolist()
        common = sqrt(0.55)
        level = self._levels[-1]
        for n in range(_CHUNK):
            regime = self._climate.regimes[first + n]
            move = common * self._climate.moves[first + n] + sqrt(1 - common**2) * own[n]
            move = _DRIFT[regime] + _MULTIPLE[regime] * move
            move += sizes[n] if chances[n] < _JUMP_CHANCE else 0.0
            step = self._listing.volatility * max(-7.0, min(7.0, move)) - _REVERSION * level
            level += max(log(0.75), min(log(1.25), step))
            self._levels.append(level)


def _season(count: int) -> Floats:
    # How lively each minute is: two swells over a day, or the ends of a session.
    place = np.linspace(0.0, 1.0, count)
    if count < _MINUTES_OF_A_DAY:
        return 0.8 + 1.2 * (2 * place - 1) ** 4
    return 1.0 + 0.35 * np.sin(4 * np.pi * (place - 0.05))


def _kernel() -> Floats:
    # How past shocks heat the present minute, scaled to leave the variance at one.
    weights: Floats = np.exp(-np.arange(_MEMORY) / _MEMORY_FADES)
    weights /= np.sqrt((weights**2).sum())
    return weights
