"""What tuning found, what it changed and what spoke for it; the facts of the journal about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TuningJob(StrEnum):
    """Which search it was: the grid of every day, the K of every four hours, or one asked for."""

    DAILY = "daily"
    SWEEP = "sweep"
    ASKED = "asked"


class TuningObjective(StrEnum):
    """What makes parameters better than others: the values of the simulator's objectives."""

    WIN_RATE = "win_rate"
    RETURN = "return"
    PROFIT_FACTOR = "profit_factor"


class TuningObstacle(StrEnum):
    """Why a search changed nothing."""

    NO_K = "no_k"
    BY_HAND = "by_hand"
    NO_CANDLES = "no_candles"
    FEW_TRADES = "few_trades"
    NOTHING_BETTER = "nothing_better"
    NOT_CONFIRMED = "not_confirmed"
    EARNS_LESS = "earns_less"
    OVERTAKEN = "overtaken"
    FAILED = "failed"


class TakenBackFor(StrEnum):
    """Why values of tuning were let go."""

    UNDO = "undo"
    PRESET = "preset"
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class TunedKey:
    """One key before and after: the value in force, tuning's own, and what tuning wrote to .env.

    `tuned_…` and `stored_…` are None where tuning has no say and where it wrote nothing.
    """

    key: str
    before: float
    after: float
    tuned_before: float | None
    tuned_after: float | None
    stored_before: float | None
    stored_after: float | None

    def reversed(self) -> "TunedKey":
        """Return the change that takes this one back."""
        return TunedKey(
            self.key,
            self.after,
            self.before,
            self.tuned_after,
            self.tuned_before,
            self.stored_after,
            self.stored_before,
        )


@dataclass(frozen=True, slots=True)
class TuningFigures:
    """What parameters came to on some candles, net of fees and slippage.

    `return_percent` is of a purse for each market; `profit_factor` is None without a losing trade.
    """

    trades: int
    wins: int
    return_percent: float
    profit_factor: float | None

    @property
    def win_percent(self) -> float:
        """Return the share of trades that won, 0 without any."""
        return 100.0 * self.wins / self.trades if self.trades else 0.0


@dataclass(frozen=True, slots=True)
class TuningEvidence:
    """The present parameters beside the best found, where they were searched and where not.

    Searched were the candles of [`first`, `held_out_from`), less one for the purge; judged those up
    to `last`, which no trial had seen.
    """

    objective: str
    trials: int
    markets: int
    first: datetime
    held_out_from: datetime
    last: datetime
    fitted_before: TuningFigures
    fitted_after: TuningFigures
    held_out_before: TuningFigures
    held_out_after: TuningFigures


@dataclass(frozen=True, slots=True)
class ParametersTuned:
    """A search found parameters that hold on unseen candles too, and they were put in force."""

    market: str
    preset: str
    strategy: str
    job: TuningJob
    changes: tuple[TunedKey, ...]
    evidence: TuningEvidence
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TuningDeclined:
    """A search ended and changed nothing; `changes` is what it would have changed, if anything."""

    market: str
    preset: str
    strategy: str
    job: TuningJob
    obstacle: TuningObstacle
    detail: str
    changes: tuple[TunedKey, ...]
    evidence: TuningEvidence | None
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TuningStored:
    """Everything that tuning wants kept of a market stands in the settings file."""

    market: str
    keys: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class TuningTakenBack:
    """Values of tuning were let go; `changes` tells what is in force instead."""

    market: str
    cause: TakenBackFor
    changes: tuple[TunedKey, ...]
    who: str
    at: datetime


TuningFact = ParametersTuned | TuningDeclined | TuningStored | TuningTakenBack
