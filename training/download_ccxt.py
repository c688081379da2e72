"""Candles of any other exchange through ccxt: oldest first, as many at a time as it gives.

Exchanges differ in what they answer to a time before their history: the first candles there are,
the newest ones, or nothing. So only what lies between candles of one answer counts as empty.
"""

import re
from collections.abc import Awaitable, Callable, Collection
from difflib import get_close_matches
from typing import Any

import ccxt.async_support as ccxt

from engine.domain.candle import Timeframe
from engine.domain.errors import BadConfiguration, Malformed, PasuError, Problem, Refused, VenueDown
from engine.ports.clock import Clock
from training.download_source import Page, page_of, rows_to_candles, short
from training.pacing import Pace, Refusals
from training.spans import Span, milliseconds, moment

TIMEOUT_MS = 20_000
_DEFAULT_MOST = 200
_HOST = re.compile(r"^https?://[^/]+")
_DEFINITE = (
    ccxt.AuthenticationError,
    ccxt.BadRequest,
    ccxt.ArgumentsRequired,
    ccxt.NotSupported,
)


class CcxtCandles:
    """Asks one exchange that ccxt knows for candles."""

    def __init__(self, clock: Clock, exchange: str, address: str | None) -> None:
        """Ask the exchange, by ccxt's name for it, or whoever is at the address.

        Raises:
            BadConfiguration: ccxt has no such exchange, or it has no candles.
        """
        if exchange not in ccxt.exchanges:
            near = ", ".join(get_close_matches(exchange, ccxt.exchanges, 3))
            hint = f"; did you mean {near}?" if near else ""
            raise BadConfiguration([Problem("--venue", f"unknown venue {exchange}{hint}")])
        settings = {"enableRateLimit": True, "timeout": TIMEOUT_MS}
        settings["enableLastJsonResponse"] = True
        self._exchange = getattr(ccxt, exchange)(settings)
        self._name = exchange
        if not self._exchange.has["fetchOHLCV"]:
            raise BadConfiguration([Problem("--venue", f"{exchange} gives no candles")])
        if address:
            self._exchange.urls["api"] = _moved(self._exchange.urls["api"], address)
        self._refusals = Refusals(clock)
        self.pace = Pace(clock, 1000 / self._exchange.rateLimit)

    async def symbols(self) -> Collection[str]:
        """Return what the exchange trades, as BASE/QUOTE or, for contracts, BASE/QUOTE:SETTLE."""
        markets = await self._asked(self._exchange.load_markets)
        return frozenset(markets)

    def timeframes(self) -> Collection[Timeframe]:
        """Return the timeframes that the exchange has of those that Pasu knows."""
        return frozenset(t for t in Timeframe if t.value in (self._exchange.timeframes or ()))

    async def page(self, symbol: str, timeframe: Timeframe, span: Span) -> Page:
        """Return the oldest candles of the span."""
        listed = self._listed(symbol, timeframe, span)
        if listed:
            return Page((), listed)
        most = int(self._exchange.feature_value(symbol, "fetchOHLCV", "limit") or _DEFAULT_MOST)
        since = milliseconds(span.start)
        rows = await self._asked(
            lambda: self._exchange.fetch_ohlcv(symbol, timeframe.value, since, most)
        )
        window = Span(span.start, span.start + timeframe.delta * most)
        told = rows_to_candles(self._name, rows)
        # Candles behind the span are not wanted, but prove that what lies before them is empty.
        opened = [candle.opened_at for candle in told if candle.opened_at >= span.start]
        if not opened:
            return Page((), window.within(span), (window,))
        answered = Span(span.start, timeframe.start(max(opened)) + timeframe.delta).within(span)
        # An answer that begins far behind what was asked may have left something out.
        before = Span(span.start, timeframe.start(min(opened)))
        unsure = () if min(opened) in window else (before,)
        return page_of((c for c in told if c.opened_at in span), timeframe, answered, unsure)

    async def close(self) -> None:
        """Close the connections."""
        await self._exchange.close()

    def _listed(self, symbol: str, timeframe: Timeframe, span: Span) -> Span | None:
        created = self._exchange.market(symbol).get("created")
        if not created:
            return None
        before = Span(span.start, min(timeframe.start(moment(int(created))), span.end))
        return before or None

    async def _asked(self, question: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401
        self._exchange.last_response_headers = self._exchange.last_json_response = None
        try:
            answer = await question()
        except ccxt.BaseError as e:
            raise self._failure(e) from e
        except (ValueError, KeyError, TypeError) as e:
            raise Malformed(f"an answer of {self._name} made no sense ({short(e)})") from e
        if not answer and self._exchange.last_json_response is None:
            # Out of a page for people ccxt makes an empty list.
            raise Malformed(f"an answer of {self._name} was no JSON")
        self._refusals.forget()
        return answer

    def _failure(self, e: Exception) -> PasuError:
        if isinstance(e, ccxt.BadSymbol):
            return BadConfiguration([Problem("--symbols", short(e))])
        if isinstance(e, ccxt.RateLimitExceeded | ccxt.DDoSProtection):
            headers = self._exchange.last_response_headers or {}
            named = {name.lower(): value for name, value in headers.items()}.get("retry-after")
            return self._refusals.throttled(f"{self._name} asks for fewer requests", named)
        if isinstance(e, _DEFINITE):
            return Refused(type(e).__name__, short(e))
        # A cut body looks like a refusal to ccxt, so whatever else it says is asked again.
        return VenueDown(f"no answer from {self._name} ({type(e).__name__}: {short(e)})")


def _moved(urls: Any, address: str) -> Any:  # noqa: ANN401 - nested as each exchange has it
    if isinstance(urls, dict):
        return {name: _moved(url, address) for name, url in urls.items()}
    return _HOST.sub(address, urls) if isinstance(urls, str) else urls
