"""A random but consistent life of one book, fact by fact, for what must hold at every moment."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random

from engine.core.booking import closed, consequences, funding_fact, order_facts
from engine.core.portfolio import Portfolio
from engine.domain.events import DustDropped, Fact, Recorded
from engine.domain.exits import ExitReason
from engine.domain.ids import TradeId
from engine.domain.instrument import base_and_quote
from engine.domain.intent import OrderIntent, OrderType, Purpose
from engine.domain.venue import VenueName
from engine.ports.venue import Fill, FundingReport, OrderReport, ReportStatus
from tests.core.builders import fund
from tests.core.fakes import NOON, report
from tests.domain.builders import entry, fate_unknown, intended, never_arrived, refused, sale

_SYMBOLS = {
    VenueName.UPBIT: ("BTC/KRW", "ETH/KRW", "XRP/KRW"),
    VenueName.BINANCE_SPOT: ("BTC/USDT", "ETH/USDT"),
    VenueName.BINANCE_FUTURES: ("BTC/USDT", "ETH/USDT"),
    VenueName.STOCK: ("005930", "000660"),
}
_TENTH = Decimal("0.1")


class Story:
    """Facts as the engine would record them: entries, protection, exits, dust, funding, losses.

    Prices end in powers of two, so that every mean is finite and sums can be compared exactly.
    """

    def __init__(self, venue: VenueName, seed: int) -> None:
        quote = base_and_quote(venue, _SYMBOLS[venue][0])[1]
        self.portfolio = Portfolio(venue, quote)
        self.facts: list[Fact] = [fund(self.portfolio, "1000000")]
        self.prices = {symbol: Decimal(128) for symbol in _SYMBOLS[venue]}
        self._random = Random(seed)
        self._at = NOON
        self._count = 0

    @property
    def recorded(self) -> Sequence[Recorded]:
        """Return the facts numbered as a journal numbers them."""
        return [Recorded(i + 1, fact) for i, fact in enumerate(self.facts)]

    def run(self, steps: int) -> "Story":
        """Go on for some steps."""
        for _ in range(steps):
            self.step()
        return self

    def step(self) -> None:
        """Let one thing happen."""
        symbol = self._random.choice(list(self.prices))
        self.prices[symbol] = Decimal(self._random.randint(64, 256)) / 2
        self._at += timedelta(minutes=self._random.randint(1, 300))
        self._count += 1
        open_orders = self.portfolio.orders_of(symbol)
        if symbol not in self.portfolio.positions:
            self._enter(symbol)
        elif open_orders and self._random.random() < 0.8:
            self._end(open_orders[0].intent)
        else:
            chosen = self._random.choice([self._leave, self._leave, self._protect, self._fund])
            chosen(symbol)

    def _book(self, *facts: Fact) -> None:
        for fact in facts:
            self.portfolio.apply(fact)
            self.facts.append(fact)

    def _told(self, told: OrderReport) -> None:
        facts = order_facts(self.portfolio, replace(told, at=self._at))
        self._book(*facts, *consequences(self.portfolio, facts, Decimal("0.5")))

    def _enter(self, symbol: str) -> None:
        venue = self.portfolio.venue
        leverage = 4 if venue is VenueName.BINANCE_FUTURES else 1
        quantity, price = f"{2 ** self._random.randint(0, 4)}", f"{self.prices[symbol]}"
        bought = entry(
            f"e{self._count}", venue, symbol, quantity, price, f"d{self._count // 7}", leverage
        )
        self._book(intended(bought, self._at))
        fate = self._random.random()
        if fate < 0.1:
            self._book(refused(bought, self._at))
        elif fate < 0.2:
            self._book(fate_unknown(bought, self._at), never_arrived(bought, self._at))
        elif fate < 0.3:
            self._told(report(bought, status=ReportStatus.EXPIRED))
        else:
            self._told(report(bought))
            self._told(self._filled(bought, bought.quantity))

    def _leave(self, symbol: str) -> None:
        position = self.portfolio.positions[symbol]
        out = sale(
            f"x{self._count}",
            self.portfolio.venue,
            symbol,
            f"{position.quantity}",
            f"{self.prices[symbol]}",
            self._random.choice([ExitReason.TAKE_PROFIT, ExitReason.STOP_LOSS]),
        )
        self._book(intended(out, self._at))
        if self._random.random() < 0.2:
            self._book(fate_unknown(out, self._at))
        whole = self._random.random() < 0.6
        self._told(self._filled(out, position.quantity if whole else position.quantity / 2))
        rest = self.portfolio.positions.get(symbol)
        if rest is not None and rest.quantity < 1 and not self.portfolio.orders_of(symbol):
            self._drop(symbol)

    def _drop(self, symbol: str) -> None:
        position = self.portfolio.positions[symbol]
        if self.portfolio.venue is VenueName.BINANCE_FUTURES:
            return
        quote, rest = self.portfolio.quote, position.quantity
        price = self.prices[symbol]
        lost = rest * position.entry_price
        self._book(
            DustDropped(position.venue, symbol, rest, price, Decimal(0), quote, self._at),
            closed(position, ExitReason.STOP_LOSS, price, self._at, lost),
        )

    def _protect(self, symbol: str) -> None:
        position = self.portfolio.positions[symbol]
        out = sale(f"p{self._count}", self.portfolio.venue, symbol, f"{position.quantity}", "64")
        stop = replace(
            out, purpose=Purpose.PROTECT, type=OrderType.STOP_MARKET, trigger=Decimal(64)
        )
        self._book(intended(stop, self._at))
        self._told(report(stop))

    def _end(self, intent: OrderIntent) -> None:
        if self._random.random() < 0.5:
            position = self.portfolio.positions[intent.symbol]
            self._told(self._filled(intent, min(intent.quantity, position.quantity)))
        else:
            self._told(report(intent, status=ReportStatus.CANCELLED))

    def _fund(self, symbol: str) -> None:
        if self.portfolio.venue is not VenueName.BINANCE_FUTURES:
            return
        amount = Decimal(self._random.randint(-400, 400)) / 100
        told = FundingReport(TradeId(f"f{self._count}"), symbol, amount, _TENTH, self._at)
        fact = funding_fact(self.portfolio, told)
        if fact is not None:
            self._book(fact)

    def _filled(self, intent: OrderIntent, quantity: Decimal) -> OrderReport:
        price = self.prices[intent.symbol]
        half = quantity / 2
        fee = half * price / 1024
        name = f"{intent.client_id}-{self._count}"
        fills = [
            Fill(
                TradeId(f"{name}-{n}"), half, price, fee, self.portfolio.quote, fee, False, self._at
            )
            for n in range(2)
        ]
        done = ReportStatus.FILLED if quantity == intent.quantity else ReportStatus.EXPIRED
        return report(intent, *fills, status=done)
