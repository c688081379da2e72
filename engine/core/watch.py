"""What a desk wants to be told: the prices that make it act, and where it needs no telling."""

from math import inf

from engine.core.context import DeskContext
from engine.core.entries import Entries
from engine.core.equity import EquityCurve
from engine.core.market import Market
from engine.core.universe import NEVER, Universe
from engine.domain.instrument import Instrument
from engine.domain.position import Position
from engine.ports.venue import Calm, Levels
from strategies.exits import levels

Bounds = tuple[float | None, float | None]


class Watch:
    """Keep the venue informed of the levels of every market of one desk."""

    def __init__(
        self, context: DeskContext, universe: Universe, entries: Entries, curve: EquityCurve
    ) -> None:
        """Work on the desk's shared state and its parts."""
        self._context = context
        self._universe = universe
        self._entries = entries
        self._curve = curve
        self._told: dict[str, Levels] = {}
        self._exits: dict[str, tuple[Position, Instrument, Bounds]] = {}

    def is_crossed(self, symbol: str, price: float) -> bool:
        """Return whether a price is at or beyond a level that was named."""
        told = self._told.get(symbol)
        return told is not None and (
            (told.below is not None and price <= told.below)
            or (told.above is not None and price >= told.above)
        )

    def renew(self, market: Market, *, asked: bool) -> None:
        """Name the levels of a market as they are now; `asked` says that an entry is looked for."""
        symbol = market.instrument.symbol
        below, above = self._bounds(market)
        calm = () if asked else self._calm(market)
        told = self._told.get(symbol)
        if told is None or (told.below, told.above, told.calm) != (below, above, calm):
            self._told[symbol] = wanted = Levels(below, above, calm)
            self._context.venue.watch(symbol, wanted)

    def _bounds(self, market: Market) -> Bounds:
        symbol = market.instrument.symbol
        position = self._context.portfolio.positions.get(symbol)
        if position is not None:
            return self._exit_bounds(position, market.instrument)
        if market.level is None or symbol not in self._universe:
            return None, None
        return None, market.level if self._entries.may_trade(market) else None

    def _exit_bounds(self, position: Position, instrument: Instrument) -> Bounds:
        # Asked several times a candle, while positions change with fills and new highs alone.
        known = self._exits.get(position.symbol)
        if known is not None and known[0] is position and known[1] is instrument:
            return known[2]
        below, above = levels(position)
        # A market trades on its ticks: a stop between two of them is met at the lower one.
        below = None if below is None else instrument.ticks.down(below)
        bounds = None if below is None else float(below), None if above is None else float(above)
        self._exits[position.symbol] = position, instrument, bounds
        return bounds

    def _calm(self, market: Market) -> tuple[Calm, ...]:
        symbol, portfolio = market.instrument.symbol, self._context.portfolio
        if symbol in portfolio.positions or portfolio.orders_of(symbol):
            return ()
        promises = market.calm() if symbol in self._universe else (Calm(inf, NEVER),)
        # With a position or an order of another market loops come anyway.
        if not promises or portfolio.positions or portfolio.has_pending:
            return promises
        due = min(self._universe.must, self._curve.must)
        return tuple(Calm(each.below, min(each.until, due)) for each in promises)
