"""The ccxt client of Upbit, bent to be decidable: every failure keeps its response.

Its sockets hand out raw frames: ccxt's own handlers turn money into floats, and cost more for each
message than everything Pasu does with it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

import aiohttp
import ccxt.pro

from engine.venues.live.ccxt_clients import Answered, CcxtClients
from engine.venues.live.outcome import Outcome
from engine.venues.live.socket import RawSocket
from engine.venues.upbit.pyupbit_shim import OFFICIAL

TICKET = "pasu"
LASTS_S = 12 * 3600.0
"""How long a connection is used before it is renewed."""
OFFICIAL_STREAM = "wss://api.upbit.com"
_PUBLIC, _PRIVATE = "/websocket/v1", "/websocket/v1/private"


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


class UpbitClients(CcxtClients):
    """One ccxt exchange and its two sockets."""

    def __init__(
        self,
        at: UpbitAddresses,
        keys: UpbitKeys,
        answered: Answered,
        timeout_s: float,
        traces: Sequence[aiohttp.TraceConfig],
    ) -> None:
        """`answered` is called with every REST response, `traces` see every request."""
        super().__init__(timeout_s, answered, traces)
        self._at = at
        self._keys = keys

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

    def _make(self, settings: Mapping[str, Any]) -> UpbitExchange:
        keys = {"apiKey": self._keys.access, "secret": self._keys.secret}
        exchange = UpbitExchange({**settings, **keys})
        exchange.urls["api"] |= {"public": self._at.rest, "private": self._at.rest}
        return exchange
