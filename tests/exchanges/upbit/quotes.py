"""Upbit's public messages, of REST and of the WebSocket."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from tests.exchanges.books import LEVELS, Book
from tests.exchanges.candles import Candle
from tests.exchanges.terms import ZERO, Market, PriceMoved, Side
from tests.exchanges.upbit.listing import code_of
from tests.exchanges.upbit.tape import PublicTrade, Summary

Body = dict[str, Any]
KST = timedelta(hours=9)
CAUTIONS = (
    "PRICE_FLUCTUATIONS",
    "TRADING_VOLUME_SOARING",
    "DEPOSIT_AMOUNT_SOARING",
    "GLOBAL_PRICE_DIFFERENCES",
    "CONCENTRATION_OF_SMALL_ACCOUNTS",
)


def stamp(at: datetime) -> int:
    """Return milliseconds since 1970."""
    return int(at.timestamp() * 1000)


def market_info(market: Market, event: Mapping[str, Any] | None) -> Body:
    """Return one market of /v1/market/all; `event` is there with details only."""
    named = {"market": code_of(market.symbol), "korean_name": market.base}
    body: Body = {**named, "english_name": market.base}
    return body if event is None else {**body, "market_event": dict(event)}


def no_event() -> Body:
    """Return the market_event of a market that nobody warns of."""
    return {"warning": False, "caution": dict.fromkeys(CAUTIONS, False)}


def instrument(market: Market, price: Decimal) -> Body:
    """Return one market of /v1/orderbook/instruments."""
    return {
        "market": code_of(market.symbol),
        "quote_currency": market.quote,
        "tick_size": float(market.tick(price)),
        "supported_levels": ["0"],
    }


def orderbook(book: Book, at: datetime, count: int = LEVELS) -> Body:
    """Return the book as REST and WebSocket share it, without the name of its market."""
    nothing = (ZERO, ZERO)
    asks, bids = book.asks[: min(count, LEVELS)], book.bids[: min(count, LEVELS)]
    return {
        "timestamp": stamp(at),
        "total_ask_size": float(sum((size for _, size in asks), ZERO)),
        "total_bid_size": float(sum((size for _, size in bids), ZERO)),
        "orderbook_units": [
            {
                "ask_price": float(ask[0]),
                "bid_price": float(bid[0]),
                "ask_size": float(ask[1]),
                "bid_size": float(bid[1]),
            }
            for ask, bid in zip_longest(asks, bids, fillvalue=nothing)
        ],
    }


def candle(one: Candle) -> Body:
    """Return what candles of all lengths share, without a name for their market or stream."""
    return {
        "candle_date_time_utc": f"{one.opened_at:%Y-%m-%dT%H:%M:%S}",
        "candle_date_time_kst": f"{one.opened_at + KST:%Y-%m-%dT%H:%M:%S}",
        "opening_price": float(one.open),
        "high_price": float(one.high),
        "low_price": float(one.low),
        "trade_price": float(one.close),
        "timestamp": stamp(one.last_at),
        "candle_acc_trade_price": float(one.value),
        "candle_acc_trade_volume": float(one.volume),
    }


def day_candle(one: Candle, previous_close: Decimal) -> Body:
    """Return what a candle of a day has besides."""
    change = one.close - previous_close
    return {
        "prev_closing_price": float(previous_close),
        "change_price": float(change),
        "change_rate": float(change / previous_close),
    }


def _change(price: Decimal, before: Decimal) -> Body:
    change = price - before
    word = "RISE" if change > 0 else "FALL" if change < 0 else "EVEN"
    return {
        "change": word,
        "change_price": float(abs(change)),
        "change_rate": float(abs(change) / before),
        "signed_change_price": float(change),
        "signed_change_rate": float(change / before),
    }


def _prices(summary: Summary) -> Body:
    moved = summary.last.moved
    return {
        "trade_timestamp": stamp(moved.at),
        "opening_price": float(summary.day.open),
        "high_price": float(summary.day.high),
        "low_price": float(summary.day.low),
        "trade_price": float(moved.price),
        "prev_closing_price": float(summary.previous_close),
        **_change(moved.price, summary.previous_close),
        "trade_volume": float(moved.quantity),
        "acc_trade_price": float(summary.day.value),
        "acc_trade_price_24h": float(summary.value_24h),
        "acc_trade_volume": float(summary.day.volume),
        "acc_trade_volume_24h": float(summary.volume_24h),
        "highest_52_week_price": float(summary.year_high[0]),
        "highest_52_week_date": f"{summary.year_high[1]:%Y-%m-%d}",
        "lowest_52_week_price": float(summary.year_low[0]),
        "lowest_52_week_date": f"{summary.year_low[1]:%Y-%m-%d}",
        "timestamp": stamp(moved.at),
    }


def ticker(symbol: str, summary: Summary) -> Body:
    """Return one market of /v1/ticker."""
    at = summary.last.moved.at
    return {
        "market": code_of(symbol),
        "trade_date": f"{at:%Y%m%d}",
        "trade_time": f"{at:%H%M%S}",
        "trade_date_kst": f"{at + KST:%Y%m%d}",
        "trade_time_kst": f"{at + KST:%H%M%S}",
        **_prices(summary),
    }


def ticker_message(symbol: str, summary: Summary, *, halted: bool) -> Body:
    """Return a ticker of the WebSocket."""
    moved = summary.last.moved
    return {
        "type": "ticker",
        "code": code_of(symbol),
        **_prices(summary),
        "ask_bid": taker(moved),
        "trade_date": f"{moved.at:%Y%m%d}",
        "trade_time": f"{moved.at:%H%M%S}",
        "acc_ask_volume": float(summary.sold),
        "acc_bid_volume": float(summary.bought),
        "market_state": "ACTIVE",
        "is_trading_suspended": halted,
        "delisting_date": None,
        "market_warning": "NONE",
    }


def trade(symbol: str, one: PublicTrade, previous_close: Decimal) -> Body:
    """Return one trade of /v1/trades/ticks."""
    moved = one.moved
    return {
        "market": code_of(symbol),
        "trade_date_utc": f"{moved.at:%Y-%m-%d}",
        "trade_time_utc": f"{moved.at:%H:%M:%S}",
        "timestamp": stamp(moved.at),
        "trade_price": float(moved.price),
        "trade_volume": float(moved.quantity),
        "prev_closing_price": float(previous_close),
        "change_price": float(moved.price - previous_close),
        "ask_bid": taker(moved),
        "sequential_id": one.sequential_id,
    }


def trade_message(one: PublicTrade, previous_close: Decimal, book: Book) -> Body:
    """Return a trade of the WebSocket."""
    moved = one.moved
    change = _change(moved.price, previous_close)
    ask, bid = (levels[0] if levels else (ZERO, ZERO) for levels in (book.asks, book.bids))
    return {
        "type": "trade",
        "code": code_of(moved.symbol),
        "timestamp": stamp(moved.at),
        "trade_date": f"{moved.at:%Y-%m-%d}",
        "trade_time": f"{moved.at:%H:%M:%S}",
        "trade_timestamp": stamp(moved.at),
        "trade_price": float(moved.price),
        "trade_volume": float(moved.quantity),
        "ask_bid": taker(moved),
        "prev_closing_price": float(previous_close),
        "change": change["change"],
        "change_price": change["change_price"],
        "sequential_id": one.sequential_id,
        "best_ask_price": float(ask[0]),
        "best_ask_size": float(ask[1]),
        "best_bid_price": float(bid[0]),
        "best_bid_size": float(bid[1]),
    }


def taker(moved: PriceMoved) -> str:
    """Return ASK for a taker who sold, BID for one who bought."""
    return "BID" if moved.side is Side.BUY else "ASK"
