"""The engine's API as typed calls over its Unix socket.

EngineError
├── EngineUnreachable   no answer in time: nothing is known about what the engine did
└── EngineRefused       the engine answered with an ApiError, or with something unreadable
"""

import asyncio
import ssl
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from bot.clock import Clock
from engine.contract import (
    ACTOR_HEADER,
    IDEMPOTENCY_HEADER,
    ApiError,
    AuditView,
    CandlesView,
    DecodeError,
    EquityView,
    EventsView,
    HealthView,
    Line,
    LogLine,
    OrderView,
    PositionView,
    PresetView,
    Receipt,
    SettingView,
    StatusView,
    TradeView,
    WhyView,
    decode,
)

T = TypeVar("T")
ANSWER_S = 2.0
_HISTORY_S = 10.0
_OFFLINE_WORK_S = 120.0
_POLL_SLACK_S = 3.0
# A grid search may take a while; everything else answers within the owner's patience.
_SLOW_COMMANDS = frozenset({"optimize"})


class EngineError(Exception):
    """Raised when the engine did not do what it was asked."""


class EngineUnreachable(EngineError):
    """Raised when the engine gave no answer; `since` is when it last did, None for never."""

    def __init__(self, since: datetime | None) -> None:
        """Keep the moment of the last answer."""
        super().__init__(f"no answer from the engine since {since}")
        self.since = since


class EngineRefused(EngineError):
    """Raised when the engine answered no."""

    def __init__(self, error: ApiError, lines: tuple[Line, ...] = ()) -> None:
        """Keep what the engine said, in English and line by line."""
        super().__init__(f"{error.code}: {error.message}")
        self.error = error
        self.lines = lines


class EngineClient:
    """One engine behind one socket; `last_answer` is the moment of its newest answer."""

    def __init__(self, socket: Path, clock: Clock) -> None:
        """Prepare the connection; nothing is sent yet."""
        self._clock = clock
        self.last_answer: datetime | None = None
        self._http = httpx.AsyncClient(
            # No TLS on a Unix socket: a context that trusts nobody saves loading the authorities.
            transport=httpx.AsyncHTTPTransport(
                uds=str(socket), verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            ),
            trust_env=False,
            base_url="http://engine",
            timeout=_timeout(ANSWER_S),
        )

    async def __aenter__(self) -> Self:
        """Return the client, ready for use."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def status(self) -> StatusView:
        """Return the engine in one card."""
        return _read(StatusView, await self._get("status"))

    async def positions(self) -> tuple[PositionView, ...]:
        """Return the open positions."""
        return _read_all(PositionView, await self._get("positions"))

    async def orders(self) -> tuple[OrderView, ...]:
        """Return the orders that have not ended."""
        return _read_all(OrderView, await self._get("orders"))

    async def trades(self, days: int) -> tuple[TradeView, ...]:
        """Return the trades closed in the last so many days."""
        return _read_all(TradeView, await self._get("trades", {"days": days}, _HISTORY_S))

    async def equity(self, venue: str, days: int) -> EquityView:
        """Return the equity curve of a venue, or of the book for "all"."""
        asked: dict[str, str | int] = {"venue": venue, "days": days}
        return _read(EquityView, await self._get("equity", asked, _HISTORY_S))

    async def candles(self, symbol: str, venue: str, timeframe: str, count: int) -> CandlesView:
        """Return closed candles of a market; empty venue or timeframe leave it to the engine."""
        asked = {
            "symbol": symbol,
            "venue": venue,
            "timeframe": timeframe,
            "count": str(count),
        }
        given = {key: value for key, value in asked.items() if value}
        return _read(CandlesView, await self._get("candles", given, _HISTORY_S))

    async def events(self, after: int, wait_s: float, most: int) -> EventsView:
        """Return events after a number, waiting for the first of them."""
        asked = {"after": after, "wait": wait_s, "most": most}
        return _read(EventsView, await self._get("events", asked, wait_s + _POLL_SLACK_S))

    async def cursor(self) -> int:
        """Return the number of the last event that was told."""
        return _sequence(await self._get("events/cursor"))

    async def ack(self, seq: int) -> None:
        """Tell the engine that events up to this number were told."""
        await self._request("POST", "events/ack", ANSWER_S, body={"seq": seq})

    async def presets(self) -> tuple[PresetView, ...]:
        """Return the presets there are."""
        return _read_all(PresetView, await self._get("presets"))

    async def settings(self) -> tuple[SettingView, ...]:
        """Return the settings in force."""
        return _read_all(SettingView, await self._get("settings"))

    async def why(self, symbol: str) -> tuple[WhyView, ...]:
        """Return the newest decisions about a market."""
        return _read_all(WhyView, await self._get("why", {"symbol": symbol}))

    async def logs(self, lines: int, level: str) -> tuple[LogLine, ...]:
        """Return the newest log lines of at least a level."""
        asked: dict[str, str | int] = {"lines": lines}
        if level:
            asked["level"] = level
        return _read_all(LogLine, await self._get("logs", asked))

    async def health(self) -> tuple[HealthView, ...]:
        """Return the engine's checks of itself."""
        return _read_all(HealthView, await self._get("health"))

    async def audit(self) -> tuple[AuditView, ...]:
        """Return the newest commands and what came of them."""
        return _read_all(AuditView, await self._get("audit"))

    async def plan(self, command: str, arguments: Mapping[str, str], actor: str) -> Receipt:
        """Return what a command would do; nothing changes."""
        return await self._post(command, {**arguments, "dry_run": True}, {ACTOR_HEADER: actor})

    async def carry_out(
        self, command: str, arguments: Mapping[str, str], actor: str, key: str
    ) -> Receipt:
        """Run a command once: the same key again answers with the same receipt."""
        headers = {ACTOR_HEADER: actor, IDEMPOTENCY_HEADER: key}
        return await self._post(command, {**arguments, "dry_run": False}, headers)

    async def _post(
        self, command: str, body: Mapping[str, Any], headers: Mapping[str, str]
    ) -> Receipt:
        limit = _OFFLINE_WORK_S if command in _SLOW_COMMANDS else ANSWER_S
        return _read(
            Receipt, await self._request("POST", command, limit, body=body, headers=headers)
        )

    async def _get(
        self,
        path: str,
        params: Mapping[str, str | int | float] | None = None,
        limit: float = ANSWER_S,
    ) -> Any:  # noqa: ANN401 - JSON, typed by the caller at once
        return await self._request("GET", path, limit, params=params)

    async def _request(
        self,
        method: str,
        path: str,
        limit: float,
        *,
        params: Mapping[str, str | int | float] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:  # noqa: ANN401 - as above
        try:
            # The read timeout bounds the silence between bytes; this bounds the whole answer.
            async with asyncio.timeout(limit):
                answer = await self._http.request(
                    method,
                    f"/v1/{path}",
                    params=params,
                    json=body,
                    headers=headers,
                    timeout=_timeout(limit),
                )
        except (httpx.TransportError, TimeoutError) as e:
            raise EngineUnreachable(self.last_answer) from e
        self.last_answer = self._clock.now()
        return _body(answer)


def _timeout(read_s: float) -> httpx.Timeout:
    return httpx.Timeout(connect=ANSWER_S, read=read_s, write=ANSWER_S, pool=ANSWER_S)


def _body(answer: httpx.Response) -> Any:  # noqa: ANN401 - JSON
    try:
        value = answer.json()
    except ValueError as e:
        raise _unreadable(f"HTTP {answer.status_code}") from e
    if answer.is_success:
        return value
    error = value.get("error") if isinstance(value, dict) else None
    lines = value.get("lines") if isinstance(value, dict) else None
    raise EngineRefused(_read(ApiError, error), _read_all(Line, lines or []))


def _read(kind: type[T], value: object) -> T:
    try:
        return decode(kind, value)
    except DecodeError as e:
        raise _unreadable(str(e)) from e


def _read_all(kind: type[T], value: object) -> tuple[T, ...]:
    if not isinstance(value, list):
        raise _unreadable(f"expected a list of {kind.__name__}")
    return tuple(_read(kind, item) for item in value)


def _sequence(value: object) -> int:
    seq = value.get("seq") if isinstance(value, dict) else None
    if not isinstance(seq, int):
        raise _unreadable("expected a sequence number")
    return seq


def _unreadable(detail: str) -> EngineRefused:
    return EngineRefused(ApiError("unreadable", detail))
