"""What the built-in market lists: real names, prices and daily turnover of a realistic size."""

from typing import NamedTuple


class Listing(NamedTuple):
    """One underlying: price and daily volatility; turnover a day in millions of its quote.

    `turnover` is that of spot in USDT or of a stock in KRW, `krw_turnover` that of the KRW market;
    zero where the underlying is not listed there.
    """

    symbol: str
    price: float
    volatility: float
    turnover: float
    krw_turnover: float


COINS = (
    Listing("BTC", 68_000.0, 0.026, 2200.0, 420_000.0),
    Listing("ETH", 3300.0, 0.034, 1400.0, 260_000.0),
    Listing("XRP", 1.6, 0.042, 600.0, 380_000.0),
    Listing("SOL", 165.0, 0.042, 700.0, 150_000.0),
    Listing("DOGE", 0.22, 0.045, 420.0, 170_000.0),
    Listing("ADA", 0.62, 0.042, 160.0, 60_000.0),
    Listing("SUI", 2.6, 0.05, 240.0, 55_000.0),
    Listing("TRX", 0.21, 0.025, 110.0, 30_000.0),
    Listing("LINK", 16.5, 0.043, 130.0, 26_000.0),
    Listing("AVAX", 30.0, 0.044, 110.0, 20_000.0),
    Listing("XLM", 0.28, 0.044, 90.0, 48_000.0),
    Listing("HBAR", 0.19, 0.047, 85.0, 36_000.0),
    Listing("BCH", 420.0, 0.038, 60.0, 22_000.0),
    Listing("DOT", 6.4, 0.041, 58.0, 12_000.0),
    Listing("SHIB", 0.000019, 0.043, 75.0, 28_000.0),
    Listing("NEAR", 4.9, 0.047, 66.0, 14_000.0),
    Listing("APT", 8.6, 0.045, 48.0, 11_000.0),
    Listing("AAVE", 210.0, 0.044, 52.0, 8000.0),
    Listing("ETC", 24.0, 0.04, 40.0, 18_000.0),
    Listing("SAND", 0.42, 0.046, 0.0, 16_000.0),
    Listing("BNB", 610.0, 0.027, 210.0, 0.0),
)
STOCKS = (
    Listing("005930", 68_000.0, 0.018, 1_150_000.0, 0.0),
    Listing("000660", 185_000.0, 0.026, 980_000.0, 0.0),
    Listing("373220", 360_000.0, 0.022, 110_000.0, 0.0),
    Listing("207940", 960_000.0, 0.017, 75_000.0, 0.0),
    Listing("005380", 225_000.0, 0.02, 160_000.0, 0.0),
    Listing("000270", 99_000.0, 0.02, 105_000.0, 0.0),
    Listing("068270", 182_000.0, 0.022, 120_000.0, 0.0),
    Listing("035420", 205_000.0, 0.023, 150_000.0, 0.0),
    Listing("035720", 41_000.0, 0.024, 90_000.0, 0.0),
    Listing("069500", 34_000.0, 0.012, 260_000.0, 0.0),
)
