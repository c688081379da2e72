"""What each venue demands of an order: currencies, fees, steps, minimums, and how it says no."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import floor, log10

from engine.domain.instrument import Instrument
from engine.domain.money import ONE, ZERO, TickTable, single_tick
from engine.domain.venue import VenueName
from engine.ports.venue import Capabilities

PARTICIPATION = Decimal("0.2")
LIQUIDATION_FEE = Decimal("0.005")
DUST_FEE = Decimal("0.02")
DAILY_LIMIT = Decimal("0.3")

KRW_TICKS = TickTable(
    tuple(
        (Decimal(start), Decimal(tick))
        for start, tick in (
            ("1000000", "1000"),
            ("500000", "500"),
            ("100000", "100"),
            ("50000", "50"),
            ("10000", "10"),
            ("5000", "5"),
            ("100", "1"),
            ("10", "0.1"),
            ("1", "0.01"),
            ("0.1", "0.001"),
            ("0.01", "0.0001"),
            ("0.001", "0.00001"),
            ("0.0001", "0.000001"),
            ("0", "0.0000001"),
        )
    )
)
KRX_TICKS = TickTable(
    tuple(
        (Decimal(start), Decimal(tick))
        for start, tick in (
            (500_000, 1000),
            (200_000, 500),
            (50_000, 100),
            (20_000, 50),
            (5_000, 10),
            (2_000, 5),
            (0, 1),
        )
    )
)
ETF_TICKS = TickTable(((Decimal(2000), Decimal(5)), (ZERO, ONE)))
_STOCK_NAMES: Mapping[str, str] = {
    "005930": "삼성전자",
    "000660": "SK하이닉스",
    "373220": "LG에너지솔루션",
    "207940": "삼성바이오로직스",
    "005380": "현대차",
    "000270": "기아",
    "068270": "셀트리온",
    "035420": "NAVER",
    "035720": "카카오",
    "069500": "KODEX 200",
}
_FINEST_LOT = Decimal("0.00001")
_ETFS = frozenset({"069500"})
_SPOT_TICKS = (
    (5.0, "0.01"),
    (0.1, "0.0001"),
    (0.01, "0.00001"),
    (0.0001, "0.0000001"),
    (0.0, "0.00000001"),
)
_CONTRACT_MINIMUMS: Mapping[str, Decimal] = {"BTC": Decimal(100), "ETH": Decimal(20)}
_CONTRACT_STEPS: Mapping[str, tuple[str, str]] = {
    "BTC": ("0.1", "0.001"),
    "ETH": ("0.01", "0.001"),
}


@dataclass(frozen=True, slots=True)
class RefusalCodes:
    """The words of a venue for the rules an order can break."""

    price: str
    quantity: str
    minimum: str
    funds: str
    sided: bool = False


@dataclass(frozen=True, slots=True)
class VenueRules:
    """What holds for every market of a venue.

    `fee_in_base`: a buy pays its fee in what it bought; `money_step`: fees are cut to whole
    multiples of it; `half_spread`: what a market order pays at least, as a share of price;
    `is_deep`: it pays no more than that, whatever its size and the candle's volume.
    """

    name: VenueName
    quote: str
    capabilities: Capabilities
    codes: RefusalCodes
    half_spread: float
    money_step: Decimal
    fee_in_base: bool = False
    is_deep: bool = False


def venue_rules(name: VenueName) -> VenueRules:
    """Return the rules of one venue (sources: each venue's public reference, 2026-11)."""
    return {
        VenueName.UPBIT: VenueRules(
            name,
            "KRW",
            Capabilities(buys_by_cost=True, absence_proven_after_s=0.0),
            RefusalCodes(
                "invalid_price", "invalid_volume", "under_min_total", "insufficient_funds", True
            ),
            0.0002,
            Decimal("0.00000001"),
        ),
        VenueName.BINANCE_SPOT: VenueRules(
            name,
            "USDT",
            Capabilities(oco=True, converts_dust=True, absence_proven_after_s=0.0),
            RefusalCodes("PRICE_FILTER", "LOT_SIZE", "NOTIONAL", "insufficient_funds"),
            0.0001,
            Decimal("0.00000001"),
            fee_in_base=True,
        ),
        VenueName.BINANCE_FUTURES: VenueRules(
            name,
            "USDT",
            Capabilities(conditional=True, margin=True, absence_proven_after_s=0.0),
            RefusalCodes("PRICE_FILTER", "LOT_SIZE", "NOTIONAL", "insufficient_funds"),
            0.0001,
            Decimal("0.00000001"),
        ),
        VenueName.STOCK: VenueRules(
            name,
            "KRW",
            Capabilities(absence_proven_after_s=0.0),
            RefusalCodes(
                "invalid_price", "invalid_quantity", "invalid_quantity", "insufficient_funds"
            ),
            0.0004,
            ONE,
        ),
    }[name]


def listed(name: VenueName, symbol: str, price: float) -> Instrument:
    """Return a market of a venue; `price` is what it traded at, for steps that go by magnitude."""
    if name is VenueName.UPBIT:
        return _upbit(symbol)
    if name is VenueName.BINANCE_SPOT:
        return _binance_spot(symbol, price)
    if name is VenueName.BINANCE_FUTURES:
        return _binance_futures(symbol, price)
    return _stock(symbol)


def _upbit(symbol: str) -> Instrument:
    fee = Decimal("0.0005")
    return Instrument(
        venue=VenueName.UPBIT,
        symbol=symbol,
        base=symbol.split("/", maxsplit=1)[0],
        quote="KRW",
        ticks=KRW_TICKS,
        lot=Decimal("0.00000001"),
        min_quantity=Decimal("0.00000001"),
        min_notional=Decimal(5000),
        maker_fee=fee,
        taker_fee=fee,
    )


def _binance_spot(symbol: str, price: float) -> Instrument:
    lot = max(_FINEST_LOT, min(ONE, ONE.scaleb(-floor(log10(price)) - 1)))
    return Instrument(
        venue=VenueName.BINANCE_SPOT,
        symbol=symbol,
        base=symbol.split("/", maxsplit=1)[0],
        quote="USDT",
        ticks=single_tick(_tick_by_magnitude(price)),
        lot=lot,
        min_quantity=lot,
        min_notional=Decimal(5),
        maker_fee=Decimal("0.001"),
        taker_fee=Decimal("0.001"),
    )


def _binance_futures(symbol: str, price: float) -> Instrument:
    base = symbol.split("/", maxsplit=1)[0]
    by_magnitude = min(ONE, ONE.scaleb(-floor(log10(price))))
    tick, lot = _CONTRACT_STEPS.get(base, (str(_tick_by_magnitude(price)), str(by_magnitude)))
    return Instrument(
        venue=VenueName.BINANCE_FUTURES,
        symbol=symbol,
        base=base,
        quote="USDT",
        ticks=single_tick(Decimal(tick)),
        lot=Decimal(lot),
        min_quantity=Decimal(lot),
        min_notional=_CONTRACT_MINIMUMS.get(base, Decimal(5)),
        maker_fee=Decimal("0.0002"),
        taker_fee=Decimal("0.0005"),
        max_leverage=20,
        maintenance_margin=Decimal("0.004"),
    )


def _stock(symbol: str) -> Instrument:
    fund = symbol in _ETFS
    return Instrument(
        venue=VenueName.STOCK,
        symbol=symbol,
        base=symbol,
        quote="KRW",
        ticks=ETF_TICKS if fund else KRX_TICKS,
        lot=ONE,
        min_quantity=ONE,
        min_notional=ZERO,
        maker_fee=Decimal("0.00015"),
        taker_fee=Decimal("0.00015"),
        sell_tax=ZERO if fund else Decimal("0.0015"),
        name=_STOCK_NAMES.get(symbol, ""),
    )


def _tick_by_magnitude(price: float) -> Decimal:
    return next(Decimal(tick) for start, tick in _SPOT_TICKS if price >= start)
