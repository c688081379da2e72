"""A ccxt exchange on our own session: opened with its first use, its responses noted, closed whole.

ccxt paces nothing here: the budget of the live layer does.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import aiohttp

from engine.venues.live.http import open_session
from engine.venues.live.outcome import Response

Answered = Callable[[Response], None]
_MS = 1000


class CcxtClients(ABC):
    """What the clients of every venue that is reached by ccxt share; a venue says `_make`."""

    def __init__(
        self, timeout_s: float, answered: Answered, traces: Sequence[aiohttp.TraceConfig] = ()
    ) -> None:
        """Prepare; `answered` is called with every REST response, `traces` see every request."""
        self._timeout_s = timeout_s
        self._answered = answered
        self._traces = traces
        self._exchange: Any = None

    @property
    def exchange(self) -> Any:  # noqa: ANN401 - ccxt has no types
        """Return ccxt's exchange, opened on first use inside an event loop."""
        if self._exchange is None:
            self._exchange = self._open()
        return self._exchange

    async def close(self) -> None:
        """Close every connection; the next use opens new ones."""
        exchange, self._exchange = self._exchange, None
        if exchange is None:
            return
        session = exchange.session
        await exchange.close()
        if session is not None:
            await session.close()

    @abstractmethod
    def _make(self, settings: Mapping[str, Any]) -> Any:  # noqa: ANN401 - ccxt has no types
        """Return an exchange with these settings of ccxt and the venue's own, not opened."""

    def _open(self) -> Any:  # noqa: ANN401 - ccxt has no types
        usual = {"enableRateLimit": False, "timeout": int(self._timeout_s * _MS)}
        exchange = self._make(MappingProxyType(usual))
        exchange.own_session = False
        exchange.session = open_session(exchange.cafile, self._timeout_s, traces=self._traces)
        exchange.answered = self._answered
        return exchange
