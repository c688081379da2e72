"""What a search of each kind looks for: which keys it may set, over which values, by what."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from engine.core.tuned import Tuned
from engine.core.tuning_entries import has_k
from engine.core.tuning_ownership import is_tunings
from engine.domain.candle import Timeframe
from engine.domain.tuning import TunedKey, TuningJob, TuningObstacle
from engine.settings import Market, Settings, trading
from engine.settings.trading import key_of, preset_name
from strategies.parameters import Parameters
from strategies.simulator.grid import DAILY_GRID, SWEEP_K, Candidate, Grid, Objective

GRID_SPAN = timedelta(days=7)
SWEEP_CANDLES = 200
LEAST_SWEEP = timedelta(days=5)
EVERY: Mapping[TuningJob, timedelta] = {
    TuningJob.DAILY: timedelta(days=1),
    TuningJob.SWEEP: timedelta(hours=4),
}
TUNABLE = ("k_value", "take_profit_percent", "stop_loss_percent")


@dataclass(frozen=True, slots=True)
class Plan:
    """One search: `span` of time, or so many `candles` of the parameters' timeframe."""

    market: Market
    preset: str
    job: TuningJob
    parameters: Parameters
    grid: Grid
    objective: Objective
    min_trades: int
    span: timedelta | None
    candles: int = 0


@dataclass(frozen=True, slots=True)
class Skipped:
    """Why there is nothing to search for."""

    market: Market
    preset: str
    job: TuningJob
    strategy: str
    obstacle: TuningObstacle
    detail: str


def plan_search(settings: Settings, tuned: Tuned, market: Market, job: TuningJob) -> Plan | Skipped:
    """Return what to search for, or why not: no K to sweep, or every key set by hand."""
    parameters = trading(settings, market, tuned.in_force)
    preset = preset_name(settings, market)
    free = {field for field in TUNABLE if is_free(settings, tuned, market, field)}
    knows_k = has_k(parameters)
    wanted = {"k_value"} if job is TuningJob.SWEEP else set(TUNABLE)
    open_fields = wanted & free - (set() if knows_k else {"k_value"})

    def skipped(obstacle: TuningObstacle, detail: str) -> Skipped:
        return Skipped(market, preset, job, parameters.strategy, obstacle, detail)

    if job is TuningJob.SWEEP and not knows_k:
        return skipped(TuningObstacle.NO_K, parameters.strategy)
    if not open_fields:
        pinned = (key_of(market, field) for field in TUNABLE if field in wanted - free)
        return skipped(TuningObstacle.BY_HAND, ", ".join(pinned))
    if job is TuningJob.SWEEP:
        swept = replace(parameters, timeframe=sweep_timeframe(parameters.timeframe))
        return Plan(
            market,
            preset,
            job,
            swept,
            _grid(swept, open_fields, Grid(SWEEP_K, (1.0,), (1.0,))),
            Objective.RETURN,
            settings.tuning_min_trades,
            None,
            SWEEP_CANDLES,
        )
    return Plan(
        market,
        preset,
        job,
        parameters,
        _grid(parameters, open_fields, DAILY_GRID),
        Objective(settings.tuning_objective.value),
        settings.tuning_min_trades,
        GRID_SPAN,
    )


def is_free(settings: Settings, tuned: Tuned, market: Market, field: str) -> bool:
    """Return whether tuning may set a key: the owner has not, or what stands there is tuning's."""
    key = key_of(market, field)
    written: float | None = getattr(settings, key.lower())
    row = tuned.row(key)
    return written is None or (row is not None and is_tunings(settings, row))


def sweep_timeframe(timeframe: Timeframe) -> Timeframe:
    """Return the candles that K is swept over: daily ones where 200 span fewer than five days."""
    return timeframe if timeframe.delta * SWEEP_CANDLES >= LEAST_SWEEP else Timeframe.D1


def changes_of(plan: Plan, tuned: Tuned, chosen: Candidate) -> tuple[TunedKey, ...]:
    """Return what a chosen point would change, key by key; what stays as it is is left out."""
    found = []
    stores = plan.job is not TuningJob.SWEEP
    for field in TUNABLE:
        before: float = getattr(plan.parameters, field)
        after: float = getattr(chosen, field)
        row = tuned.row(key_of(plan.market, field))
        stored = row.stored if row is not None else None
        # A grid that confirms the K of a sweep makes it one to keep.
        if before == after and not (stores and row is not None and stored != after):
            continue
        found.append(
            TunedKey(
                key_of(plan.market, field),
                before,
                after,
                row.value if row is not None else None,
                after,
                stored,
                after if stores else stored,
            )
        )
    return tuple(found)


def _grid(parameters: Parameters, open_fields: set[str], over: Grid) -> Grid:
    return Grid(
        over.k_values if "k_value" in open_fields else (parameters.k_value,),
        over.take_profit_percents
        if "take_profit_percent" in open_fields
        else (parameters.take_profit_percent,),
        over.stop_loss_percents
        if "stop_loss_percent" in open_fields
        else (parameters.stop_loss_percent,),
    )
