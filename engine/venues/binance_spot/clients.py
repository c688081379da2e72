"""The two client libraries, pointed at one venue and stripped of what they guess.

ccxt.pro signs and carries orders, questions and streams; python-binance order lists, dust, the
rights of the key and candles. Both raise `ResponseFailed` for every answer that is no success.
"""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import ccxt.pro

from engine.domain.errors import Malformed
from engine.venues.binance_spot.endpoints import Endpoints, redirected
from engine.venues.live.ccxt_clients import Answered, CcxtClients
from engine.venues.live.http import GuardedSession, open_session
from engine.venues.live.outcome import (
    REDIRECTS,
    Outcome,
    Response,
    ResponseFailed,
    lowered,
)

with warnings.catch_warnings():
    # The library names a class that websockets is about to drop; its sockets are not used here.
    warnings.simplefilter("ignore", DeprecationWarning)
    from binance import AsyncClient

RECV_WINDOW_MS = 5000
"""How long the venue may take to look at a request: after it, and 10 s of its own, it is dead."""


@dataclass(frozen=True, slots=True)
class Key:
    """An API key with its secret; both empty for public data alone."""

    key: str = ""
    secret: str = ""

    def __repr__(self) -> str:
        return "Key(***)"


class SpotExchange(Outcome, ccxt.pro.binance):  # type: ignore[misc]  # ccxt has no types
    """ccxt's Binance, asked by its raw methods: no markets, no currencies, no pacing of its own."""

    timeout_on_exit = 0  # the session is ours, and so is waiting for it to close


class SpotRest(AsyncClient):  # type: ignore[misc]  # python-binance has no types
    """python-binance's client without its greeting to the venue and with our session."""

    REQUEST_RECVWINDOW = RECV_WINDOW_MS

    def __init__(
        self,
        at: Endpoints,
        key: Key,
        open_with: Callable[[Mapping[str, str]], GuardedSession],
        answered: Answered,
    ) -> None:
        """Point every address at the venue; nothing is sent. `open_with` takes fixed headers."""
        self._answered = answered
        self._open_with = open_with
        super().__init__(key.key or None, key.secret or None)
        self.API_URL = f"{at.rest}/api"
        self.MARGIN_API_URL = f"{at.rest}/sapi"

    def _init_session(self) -> GuardedSession:
        return self._open_with(self._get_headers())

    async def _handle_response(self, response: aiohttp.ClientResponse) -> Any:  # noqa: ANN401
        body = await response.text(errors="replace")
        whole = Response(response.status, lowered(response.headers), body)
        self._answered(whole)
        if response.status >= REDIRECTS:
            raise ResponseFailed(whole)
        try:
            return await response.json(content_type=None)
        except ValueError:
            return body


class Clients(CcxtClients):
    """Both libraries with one key, one address and one idea of the venue's clock."""

    def __init__(self, at: Endpoints, key: Key, timeout_s: float, answered: Answered) -> None:
        """Prepare; the sessions open with the first call inside an event loop."""
        super().__init__(timeout_s, answered)
        self._at = at
        self._key = key
        self._rest: SpotRest | None = None
        self._offset_ms = 0

    @property
    def rest(self) -> Any:  # noqa: ANN401 - python-binance has no types
        """Return python-binance's client, opened on first use."""
        if self._rest is None:
            cafile = self.exchange.cafile
            self._rest = SpotRest(
                self._at,
                self._key,
                lambda headers: open_session(cafile, self._timeout_s, headers),
                self._answered,
            )
            self._rest.REQUEST_TIMEOUT = self._timeout_s
            self._rest.timestamp_offset = self._offset_ms
        return self._rest

    def set_clock(self, offset_ms: int) -> None:
        """Sign from now on as if our clock were ahead by so many milliseconds."""
        self._offset_ms = offset_ms
        self.exchange.options["timeDifference"] = -offset_ms
        if self._rest is not None:
            self._rest.timestamp_offset = offset_ms

    async def close(self) -> None:
        """Close every connection; the next use opens new ones."""
        rest, self._rest = self._rest, None
        await super().close()
        if rest is not None:
            await rest.close_connection()

    def _make(self, settings: Mapping[str, Any]) -> SpotExchange:
        options: Mapping[str, Any] = {
            "defaultType": "spot",
            "fetchCurrencies": False,
            "fetchMargins": False,
            "adjustForTimeDifference": False,
            "recvWindow": RECV_WINDOW_MS,
            "timeDifference": -self._offset_ms,
        }
        keys = {"apiKey": self._key.key, "secret": self._key.secret}
        exchange = SpotExchange({**settings, **keys, "options": dict(options)})
        exchange.urls["api"] = redirected(exchange.urls["api"], self._at.rest)
        return exchange


def success(answer: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """Return the answer of a /sapi call, which may say `success: false` with status 200.

    Raises:
        Malformed: it does.
    """
    if isinstance(answer, dict) and answer.get("success") is False:
        raise Malformed(str(answer.get("msg", "no success")))
    return answer
