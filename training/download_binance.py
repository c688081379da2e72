"""Candles of Binance, spot and USDT-M futures, through python-binance: oldest first, 1,000 a time.

Weight is counted per address and minute; how much is allowed stands in exchangeInfo, how much is
used in the header X-MBX-USED-WEIGHT-1M. A 429 and a 418 carry Retry-After in seconds
(binance-spot-api-docs, rest-api, LIMITS).
"""

import warnings
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import aiohttp

from engine.domain.candle import Timeframe
from engine.domain.errors import BadConfiguration, Malformed, PasuError, Problem, Refused, VenueDown
from engine.ports.clock import Clock
from training.download_source import Page, page_of, rows_to_candles, short
from training.pacing import Pace, Refusals
from training.spans import Span, milliseconds

with warnings.catch_warnings():
    # The library names a class that websockets is about to drop; its sockets are not used here.
    warnings.simplefilter("ignore", DeprecationWarning)
    from binance.async_client import AsyncClient
    from binance.exceptions import BinanceAPIException, BinanceRequestException

MOST = 1000
SPOT, FUTURES = "binance_spot", "binance_futures"
TIMEOUT_S = 20.0
# What a request for 1,000 candles weighs, and the share of the limit that is left to a download:
# the engine may trade from the same address.
_WEIGHTS: Mapping[str, int] = {SPOT: 2, FUTURES: 5}
_SHARE, _BRAKE = 0.5, 0.8
_DEFAULT_LIMIT = 1200
_TOO_MANY = frozenset({418, 429})
_SERVER_ERRORS = 500
_UNKNOWN_SYMBOL = -1121
_USED = "X-MBX-USED-WEIGHT-1M"
_MINUTE = 60


class BinanceCandles:
    """Asks one of Binance's two markets for candles."""

    def __init__(self, clock: Clock, market: str, address: str | None) -> None:
        """Ask the market (SPOT or FUTURES), or whoever is at the address."""
        self._clock = clock
        self._market = market
        self._limit = _DEFAULT_LIMIT
        self.pace = Pace(clock, self._per_second())
        self._refusals = Refusals(clock)
        # The library reads its addresses from the class when an object of it is made. Its own
        # create() would ask the spot market for the time, which a download does not need.
        addresses = {"API_URL": f"{address}/api", "FUTURES_URL": f"{address}/fapi"}
        client = type("Client", (AsyncClient,), addresses) if address else AsyncClient
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        self._client = client(requests_params={"timeout": timeout})
        self._codes: dict[str, str] = {}

    async def symbols(self) -> Collection[str]:
        """Return what the market trades, as BASE/QUOTE; of the contracts the perpetual ones."""
        ask = (
            self._client.get_exchange_info
            if self._market == SPOT
            else self._client.futures_exchange_info
        )
        told = await self._asked(ask)
        try:
            self._codes = {
                f"{listed['baseAsset']}/{listed['quoteAsset']}": listed["symbol"]
                for listed in told["symbols"]
                if listed.get("contractType", "PERPETUAL") == "PERPETUAL"
            }
            self._limit = min(
                limit["limit"] * _MINUTE // (_seconds(limit["interval"]) * limit["intervalNum"])
                for limit in told["rateLimits"]
                if limit["rateLimitType"] == "REQUEST_WEIGHT"
            )
        except (KeyError, TypeError, ValueError) as e:
            raise Malformed(f"the market list of Binance made no sense ({short(e)})") from e
        self.pace.change(self._per_second())
        return self._codes.keys()

    def timeframes(self) -> Collection[Timeframe]:
        """Return the timeframes that the venue has."""
        return frozenset(Timeframe)

    async def page(self, symbol: str, timeframe: Timeframe, span: Span) -> Page:
        """Return the oldest candles of the span."""
        spot = self._market == SPOT
        ask = self._client.get_klines if spot else self._client.futures_klines
        rows = await self._asked(
            lambda: ask(
                symbol=self._codes[symbol],
                interval=timeframe.value,
                startTime=milliseconds(span.start),
                endTime=milliseconds(span.end) - 1,
                limit=MOST,
            )
        )
        candles = rows_to_candles("Binance", rows)
        # A full page says nothing of what comes after it.
        full = len(candles) >= MOST
        last = max((candle.opened_at for candle in candles), default=span.start)
        end = timeframe.start(last) + timeframe.delta if full else span.end
        return page_of(candles, timeframe, Span(span.start, end))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close_connection()

    async def _asked(self, question: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401
        try:
            answer = await question()
        except BinanceAPIException as e:
            raise self._failure(e) from e
        except (aiohttp.ClientError, TimeoutError, OSError) as e:
            raise VenueDown(f"no answer from Binance ({type(e).__name__}: {short(e)})") from e
        except (BinanceRequestException, ValueError, AttributeError) as e:
            # The library takes an error's body for an object, whatever it is.
            raise Malformed(f"an answer of Binance made no sense ({short(e)})") from e
        self._refusals.forget()
        self._brake()
        return answer

    def _brake(self) -> None:
        # Whatever else asks from this address counts too; the count starts anew with the minute.
        used = self._client.response.headers.get(_USED, "")
        if used.isdecimal() and int(used) > self._limit * _BRAKE:
            now: datetime = self._clock.now().astimezone(UTC)
            self.pace.hold(_MINUTE - now.second - now.microsecond / 1e6)

    def _failure(self, e: BinanceAPIException) -> PasuError:
        if e.status_code in _TOO_MANY:
            named = e.response.headers.get("Retry-After")
            words = f"Binance asks for fewer requests ({e.status_code})"
            return self._refusals.throttled(words, named)
        if e.status_code >= _SERVER_ERRORS:
            return VenueDown(f"Binance answered {e.status_code}")
        if e.code == _UNKNOWN_SYMBOL:
            return BadConfiguration([Problem("--symbols", "Binance does not know it")])
        # Where the body is no JSON, the library's message is no text either.
        words = short(e.message) if e.code else "no reason given"
        return Refused(str(e.code or e.status_code), f"Binance refused: {words}")

    def _per_second(self) -> float:
        return self._limit * _SHARE / _MINUTE / _WEIGHTS[self._market]


def _seconds(interval: str) -> int:
    return {"SECOND": 1, "MINUTE": _MINUTE, "HOUR": 3600, "DAY": 86_400}[interval]
