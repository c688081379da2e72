"""The jobs on Pasu's own simulator."""

from collections.abc import Callable

from engine.domain.candle import Timeframe
from strategies.parameters import EntryOn, Parameters
from strategies.simulator.backend import Backend
from strategies.simulator.candle_arrays import CandleArrays, candle_arrays, utc_day_starts
from strategies.simulator.grid import Grid, Objective, grid_search
from strategies.simulator.rules import Costs, ExitRules, Simulation, Stake
from strategies.simulator.signal_arrays import breakout_entries
from strategies.simulator.simulate import simulate
from tests.bench.job import (
    AMOUNT,
    FEE,
    K_VALUES,
    STOP_LOSS_PERCENTS,
    TAKE_PROFIT_PERCENTS,
    Outcome,
)
from tests.bench.series import Panel

PARAMETERS = Parameters(
    strategy="breakout",
    timeframe=Timeframe.M1,
    take_profit_percent=5.0,
    stop_loss_percent=3.0,
    entry_on=EntryOn.CLOSE,
    use_volatility=False,
    use_trend=False,
    use_adx=False,
)
SIMULATION = Simulation(ExitRules(0.05, 0.03), Costs(FEE), Stake(AMOUNT))


def markets(panel: Panel) -> list[CandleArrays]:
    """Return each symbol's candles; where days begin is worked out within the job."""
    rows = range(len(panel.close))
    starts = utc_day_starts(panel.opened)
    return [
        candle_arrays((panel.open[i], panel.high[i], panel.low[i], panel.close[i]), starts)
        for i in rows
    ]


def runner(job: str, panel: Panel, variant: str) -> Callable[[], Outcome]:
    """Return what runs a job once, from prices to ranked results."""
    backend = Backend(variant)
    return (lambda: _single(panel, backend)) if job == "a" else (lambda: _grid(job, panel, backend))


def _single(panel: Panel, backend: Backend) -> Outcome:
    (market,) = markets(panel)
    entries = breakout_entries(market, PARAMETERS, backend=backend)
    totals = simulate(market, entries, SIMULATION, backend=backend).totals
    return Outcome(totals.trades, totals.pnl)


def _grid(job: str, panel: Panel, backend: Backend) -> Outcome:
    ranked = grid_search(
        markets(panel),
        PARAMETERS,
        SIMULATION,
        Grid(K_VALUES[job], TAKE_PROFIT_PERCENTS[job], STOP_LOSS_PERCENTS[job]),
        objective=Objective.RETURN,
        min_trades=0,
        backend=backend,
    )
    return Outcome(
        sum(each.totals.trades for each in ranked), sum(each.totals.pnl for each in ranked)
    )
