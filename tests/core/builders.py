"""An order desk and a trading desk around a scripted venue, ready for a case to bend."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from engine.core.context import DeskContext
from engine.core.day import DayLoss
from engine.core.desk import Desk
from engine.core.market import Market
from engine.core.operator import Operator
from engine.core.orders import OrderDesk
from engine.core.portfolio import Portfolio
from engine.core.recorder import Recorder
from engine.core.rules import TradingRules
from engine.core.why import Decisions
from engine.domain.candle import Candle, Timeframe
from engine.domain.events import CapitalSet, Fact
from engine.domain.instrument import Instrument, base_and_quote
from engine.domain.position import Position
from engine.domain.signal import Action, Gate, Signal
from engine.domain.venue import AroundTheClock, Sessions, VenueMode, VenueName
from engine.ports.venue import Capabilities, Ticker, VenueProfile
from strategies.parameters import Parameters
from strategies.strategy import Strategy
from tests.core.fakes import NOON, ManualClock, MemoryEquityLog, MemoryStore, ScriptedVenue
from tests.domain.builders import SYMBOLS, ended, entry, instrument, intended, traded

CAPABILITIES = {
    VenueName.UPBIT: Capabilities(buys_by_cost=True),
    VenueName.BINANCE_SPOT: Capabilities(oco=True, converts_dust=True),
    VenueName.BINANCE_FUTURES: Capabilities(conditional=True, margin=True),
    VenueName.STOCK: Capabilities(),
}
PARAMETERS = Parameters(strategy="breakout", timeframe=Timeframe.M5, use_mtf=False, max_positions=3)
RULES = TradingRules(
    parameters=PARAMETERS,
    capital=Decimal(10_000),
    max_order_value=Decimal(1_000_000),
    max_daily_loss_percent=Decimal(5),
    max_orders_per_minute=10,
    max_leverage=10,
    slippage_alert_percent=Decimal("0.5"),
    warmup_loops=0,
    top_n=10,
    refresh_minutes=60,
    allow=frozenset(),
    block=frozenset(),
    krw_per_quote=Decimal(1),
)


class FixedStrategy(Strategy):
    """A strategy that says what the test has set."""

    name: ClassVar[str] = "fixed"

    def __init__(self, parameters: Parameters = PARAMETERS) -> None:
        super().__init__(parameters)
        self.answer = Signal(Action.HOLD, 0.0, "nothing to do")
        self.level: float | None = None
        self.range: float | None = 2.0
        self.seen: list[Candle] = []

    @property
    def warmup(self) -> int:
        return 1

    @property
    def minimum(self) -> int:
        return 1

    @property
    def atr(self) -> float | None:
        return self.range

    def update(self, candle: Candle, day: date) -> None:
        self.seen.append(candle)

    def signal(self, position: Position | None) -> Signal:
        return self.answer

    def entry_level(self, day: date, day_open: float) -> float | None:
        return self.level

    def gates(self, day: date, day_open: float, price: float) -> tuple[Gate, ...]:
        return ()


@dataclass
class Bench:
    """One venue with its book, its orders and everything that watches them."""

    clock: ManualClock
    log: list[str]
    store: MemoryStore
    venue: ScriptedVenue
    portfolio: Portfolio
    recorder: Recorder
    orders: OrderDesk
    operator: Operator

    def facts(self, kind: type[Fact]) -> list[Any]:
        """Return the recorded facts of a kind."""
        return self.store.of(kind)

    def calls(self, word: str) -> list[str]:
        """Return the calls of the venue that begin with a word."""
        return [line for line in self.log if line.startswith(word)]


def bench(
    name: VenueName = VenueName.UPBIT,
    capabilities: Capabilities | None = None,
    sessions: Sessions | None = None,
    listed: Sequence[Instrument] = (),
    mode: VenueMode = VenueMode.PAPER,
) -> Bench:
    clock, log = ManualClock(), list[str]()
    store = MemoryStore(log)
    profile = VenueProfile(
        name=name,
        mode=mode,
        quote=base_and_quote(name, SYMBOLS[name])[1],
        capabilities=CAPABILITIES[name] if capabilities is None else capabilities,
        sessions=sessions or AroundTheClock(),
        base_timeframes={each.symbol: Timeframe.M5 for each in listed},
    )
    venue = ScriptedVenue(profile, clock, log, *listed)
    portfolio = Portfolio(name, profile.quote)
    recorder = Recorder(store, 0)
    orders = OrderDesk(venue, portfolio, recorder, clock, Decimal("0.5"))
    return Bench(clock, log, store, venue, portfolio, recorder, orders, Operator(recorder, clock))


def fund(portfolio: Portfolio, amount: str = "10000") -> CapitalSet:
    """Give a book its capital."""
    fact = CapitalSet(portfolio.venue, portfolio.quote, Decimal(amount), NOON)
    portfolio.apply(fact)
    return fact


def apply_all(portfolio: Portfolio, *facts: Fact) -> Portfolio:
    for fact in facts:
        portfolio.apply(fact)
    return portfolio


def hold(
    portfolio: Portfolio, quantity: str = "1", price: str = "100", symbol: str = "", **more: Any
) -> Position:
    """Put a position into a book, as an entry that filled in one trade."""
    name = symbol or SYMBOLS[portfolio.venue]
    bought = entry(
        f"pasu-entry-{name}", portfolio.venue, name, quantity, price, more.pop("decision", "held")
    )
    bought = replace(bought, **more)
    trade = traded(bought, quantity, price, f"t-{name}")
    apply_all(portfolio, intended(bought), trade, ended(bought, quantity=quantity))
    return portfolio.positions[name]


@dataclass
class Floor:
    """A desk on a bench, following one market by a strategy of the test's."""

    bench: Bench
    context: DeskContext
    desk: Desk
    market: Market
    strategy: FixedStrategy

    @property
    def portfolio(self) -> Portfolio:
        """Return the book."""
        return self.bench.portfolio

    @property
    def venue(self) -> ScriptedVenue:
        """Return the venue."""
        return self.bench.venue

    def price(self, value: float, mark: float | None = None) -> None:
        """Let the market trade at a price, at the venue too."""
        self.market.move(value, mark, self.bench.clock.now())
        self.venue.prices[self.market.instrument.symbol] = Decimal(str(value))

    def rules(self, **changes: Any) -> None:
        """Change rules, or parameters of the strategy under `parameters`."""
        parameters = replace(self.context.rules.parameters, **changes.pop("parameters", {}))
        self.context.rules = replace(self.context.rules, parameters=parameters, **changes)

    def position(self, symbol: str = "") -> Position | None:
        """Return what is held of the market."""
        return self.portfolio.positions.get(symbol or self.market.instrument.symbol)


def floor(
    name: VenueName = VenueName.UPBIT,
    capabilities: Capabilities | None = None,
    sessions: Sessions | None = None,
    flagged: str = "",
    capital: str = "10000",
) -> Floor:
    """Build a desk whose market trades at 100 and whose book has its capital."""
    listed = instrument(name, flagged=flagged)
    made = bench(name, capabilities, sessions, (listed,))
    fund(made.portfolio, capital)
    context = DeskContext(
        venue=made.venue,
        portfolio=made.portfolio,
        orders=made.orders,
        operator=made.operator,
        clock=made.clock,
        rules=replace(RULES, capital=Decimal(capital)),
        decisions=Decisions(name),
        day_loss=DayLoss(),
    )
    context.loops = 1
    desk = Desk(context, MemoryEquityLog())
    strategy = FixedStrategy()
    market = follow(context, listed, strategy)
    desk.universe.choose(
        [ticker(listed.symbol)], [replace(listed, flagged="")], context.rules, made.clock.now()
    )
    desk.roster.instruments = {listed.symbol: listed}
    whole = Floor(made, context, desk, market, strategy)
    whole.price(100.0)
    return whole


def follow(context: DeskContext, listed: Instrument, strategy: Strategy) -> Market:
    """Let a desk follow a market that has one closed candle."""
    market = Market(listed, Timeframe.M5, context.profile.sessions, Timeframe.M5, strategy)
    market.close_candle(Candle(NOON - timedelta(minutes=5), 100.0, 101.0, 99.0, 100.0, 50.0))
    context.markets[listed.symbol] = market
    return market


def ticker(symbol: str, turnover: float = 1e9, last: float = 100.0) -> Ticker:
    return Ticker(symbol, last, turnover, NOON)
