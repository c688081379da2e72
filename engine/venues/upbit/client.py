"""The ccxt client of Upbit, bent to be decidable: every failure keeps its response.

Its sockets hand out raw frames: ccxt's own handlers turn money into floats, and cost more for each
message than everything Pasu does with it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

import ccxt.pro

from engine.venues.live.http import open_session
from engine.venues.live.outcome import Outcome, Response
from engine.venues.live.socket import RawSocket
from engine.venues.upbit.pyupbit_shim import OFFICIAL

TIMEOUT_S = 9.0
OFFICIAL_STREAM = "wss://api.upbit.com"
_PUBLIC, _PRIVATE = "/websocket/v1", "/websocket/v1/private"
_MS = 1000


@dataclass(frozen=True, slots=True)
class UpbitAddresses:
    """Where the venue is found, without a path."""

    rest: str = OFFICIAL
    stream: str = OFFICIAL_STREAM


@dataclass(frozen=True, slots=True)
class UpbitKeys:
    """The owner's key pair; both empty for public data alone."""

    access: str = ""
    secret: str = ""

    def __repr__(self) -> str:
        """Keep the keys out of every text."""
        return "UpbitKeys(***)"


class UpbitExchange(Outcome, ccxt.pro.upbit):  # type: ignore[misc]  # ccxt has no types
    """ccxt's Upbit, asked by its raw methods: no markets, no pacing of its own."""


class UpbitClients:
    """One ccxt exchange and its two sockets, opened with the first use inside an event loop."""

    def __init__(
        self,
        at: UpbitAddresses,
        keys: UpbitKeys,
        answered: Callable[[Response], None],
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """`answered` is called with every REST response."""
        self._at = at
        self._keys = keys
        self._answered = answered
        self._timeout_s = timeout_s
        self._exchange: UpbitExchange | None = None

    @property
    def exchange(self) -> Any:  # noqa: ANN401 - ccxt has no types
        """Return ccxt's exchange."""
        if self._exchange is None:
            self._exchange = self._opened()
        return self._exchange

    def public_socket(self) -> RawSocket:
        """Return the socket of prices, not connected."""
        return RawSocket(self.exchange, self._at.stream + _PUBLIC)

    def private_socket(self) -> RawSocket:
        """Return the socket of the owner's orders, amounts exact; `sign` before each opening."""
        exact = partial(json.loads, parse_float=Decimal)
        return RawSocket(self.exchange, self._at.stream + _PRIVATE, exact)

    def sign(self) -> None:
        """Make a new token for the next private connection: ccxt would send the first one again.

        A nonce is good for one connection (docs.upbit.com, authentication).
        """
        self.exchange.options.setdefault("ws", {}).pop("token", None)
        self.exchange.authenticate()

    def forget_token(self) -> None:
        """Let no later connection carry the token that was made for one."""
        self.exchange.options.pop("ws", None)

    async def close(self) -> None:
        """Close every connection; the next use opens new ones."""
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            session = exchange.session
            await exchange.close()
            if session is not None:
                await session.close()

    def _opened(self) -> UpbitExchange:
        config = {
            "apiKey": self._keys.access,
            "secret": self._keys.secret,
            "enableRateLimit": False,
            "timeout": int(self._timeout_s * _MS),
        }
        exchange = UpbitExchange(config)
        exchange.own_session = False
        exchange.session = open_session(exchange.cafile, self._timeout_s)
        exchange.answered = self._answered
        exchange.urls["api"] |= {"public": self._at.rest, "private": self._at.rest}
        return exchange
