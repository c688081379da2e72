"""The state of the fake venue: kernel, candles, symbols, keys, limits, and what is settable."""

import random
import string
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from tests.exchanges.binance_spot.keys import ApiKey, Keyring
from tests.exchanges.binance_spot.limits import OrderLimit, WeightLimit
from tests.exchanges.binance_spot.notes import Notes
from tests.exchanges.binance_spot.rules import SymbolRules
from tests.exchanges.candles import CandleHistory
from tests.exchanges.matching import Exchange
from tests.exchanges.terms import (
    Cause,
    Event,
    FeeIn,
    FeePolicy,
    Kind,
    Market,
    OrderChanged,
    OrderList,
    Rejected,
    fixed_tick,
)

BNB = "BNB"
ID_LENGTH = 22


@dataclass(slots=True)
class Settings:
    """What tests may change while the venue runs."""

    taker_fee: Decimal = Decimal("0.001")
    maker_fee: Decimal = Decimal("0.001")
    pays_fees_in_bnb: bool = False
    bnb_discount: Decimal = Decimal("0.25")
    # The server's time runs this far ahead of ours.
    skew_ms: int = 0
    dust_charge: Decimal = Decimal("0.02")
    most_dust_btc: Decimal = Decimal("0.001")
    # Conversions of dust must lie so far apart.
    dust_pause_s: int = 0


@dataclass(slots=True)
class Venue:
    """One exchange with one account."""

    exchange: Exchange
    candles: CandleHistory
    wall: Callable[[], float] = time.time
    settings: Settings = field(default_factory=Settings)
    symbols: dict[str, SymbolRules] = field(default_factory=dict)
    keyring: Keyring = field(default_factory=Keyring)
    weights: WeightLimit = field(default_factory=WeightLimit)
    sapi_weights: WeightLimit = field(default_factory=lambda: WeightLimit(limit=12_000))
    orders: OrderLimit = field(default_factory=OrderLimit)
    notes: Notes = field(default_factory=Notes)
    entropy: random.Random = field(default_factory=lambda: random.Random(0))
    last_dust_s: float | None = None

    def __post_init__(self) -> None:
        self.exchange.subscribe(self._heard)

    def now_ms(self) -> int:
        """Return the server's time, by which signed requests are judged."""
        return int(self.wall() * 1000) + self.settings.skew_ms

    def now_s(self) -> float:
        """Return the time of the exchange, by which limits are counted."""
        return self.exchange.now().timestamp()

    def list_symbol(self, rules: SymbolRules) -> None:
        """List a symbol or change its rules."""
        self.symbols[rules.symbol] = rules
        self.exchange.add_market(self._market(rules))
        self.exchange.set_trading(rules.market, allowed=rules.status == "TRADING")

    def current(self, symbol: str) -> SymbolRules:
        """Return a symbol's rules, HALT where the kernel halted it."""
        rules = self.symbols[symbol]
        is_halted = rules.status == "TRADING" and not self.exchange.is_trading(rules.market)
        return replace(rules, status="HALT") if is_halted else rules

    def pay_fees_in_bnb(self, *, on: bool) -> None:
        """Take fees from BNB at a discount while there is some, or from what was received."""
        self.settings.pays_fees_in_bnb = on
        self.apply_fees()

    def apply_fees(self) -> None:
        """Make changed fee settings count for every symbol."""
        for rules in self.symbols.values():
            self.exchange.add_market(self._market(rules))

    def issue_key(self, key: ApiKey) -> None:
        """Add an API key to the account."""
        self.keyring.add(key)

    def new_id(self) -> str:
        """Return an id such as the venue gives to orders without one."""
        letters = string.ascii_letters + string.digits
        return "".join(self.entropy.choices(letters, k=ID_LENGTH))

    def find_list(self, list_id: int) -> OrderList:
        """Return a list of orders.

        Raises:
            Rejected: UNKNOWN_ORDER.
        """
        for made in self.exchange.order_lists():
            if made.id == list_id:
                return made
        raise Rejected(Kind.UNKNOWN_ORDER, str(list_id))

    def value_in(self, asset: str, quote: str) -> Decimal | None:
        """Return what one unit of an asset is worth in another, directly or by way of USDT."""
        if asset == quote:
            return Decimal(1)
        direct = self.exchange.price(f"{asset}/{quote}")
        if direct is not None:
            return direct
        inverse = self.exchange.price(f"{quote}/{asset}")
        if inverse is not None:
            return 1 / inverse
        if "USDT" in {asset, quote}:
            return None
        first, second = self.value_in(asset, "USDT"), self.value_in(quote, "USDT")
        return None if first is None or second is None else first / second

    def _market(self, rules: SymbolRules) -> Market:
        settings = self.settings
        kind = FeeIn.COIN if settings.pays_fees_in_bnb else FeeIn.RECEIVED
        return Market(
            symbol=rules.market,
            base=rules.base,
            quote=rules.quote,
            taker_fee=settings.taker_fee,
            maker_fee=settings.maker_fee,
            fees=FeePolicy(kind, BNB, 1 - settings.bnb_discount),
            lot=rules.step,
            tick=fixed_tick(rules.tick),
        )

    def _heard(self, event: Event) -> None:
        if not isinstance(event, OrderChanged):
            return
        self.notes.heard(event)
        if event.cause is Cause.ACCEPTED:
            self.orders.placed(1, self.now_s())
        if event.trade is not None and len(event.order.trades) == 1:
            self.orders.traded(event.trade.maker, self.now_s())
