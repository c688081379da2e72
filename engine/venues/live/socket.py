"""A WebSocket of ccxt.pro that hands out frames as they were sent.

ccxt.pro dials, answers pings and notices dead peers. Its own handlers are left out: they turn money
into floats, and an event that comes while nobody awaits one is only found with the next.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from engine.phrases.causes import Cause
from engine.venues.live.outcome import CLIENT_ERRORS, OK, Response, ResponseFailed
from engine.venues.live.stream import Put, StreamBroken

ANSWER_S = 10.0
CLOSE_S = 2.0
_EXCERPT = 200
_GONE = "gone"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A frame that is no JSON, with how it begins."""

    excerpt: str


class RawSocket:
    """One connection of a ccxt.pro exchange, to be opened again after each end.

    `decode` reads a frame; a venue that writes amounts as JSON numbers passes one that keeps them
    exact. Frames with the id of a request are its answer, all others go to the listener.
    """

    def __init__(
        self,
        exchange: Any,  # noqa: ANN401 - ccxt is published without types
        url: str,
        decode: Callable[[str | bytes], Any] = orjson.loads,
    ) -> None:
        """Belong to an exchange object, which owns the HTTP session."""
        self._exchange = exchange
        self._url = url
        self._decode = decode
        self._client: Any = None
        self._gone: asyncio.Future[object] | None = None
        self._put: Put | None = None
        self._answers: dict[str, asyncio.Future[Any]] = {}
        self._last_id = 0

    async def open(self, put: Put) -> asyncio.Future[object]:
        """Connect; every frame goes to `put`. The future fails once the connection is gone.

        Raises:
            StreamBroken: nobody answers there.
        """
        self._put = put
        # Waiting between attempts is the supervisor's business, not that of ccxt as well.
        self._exchange.ws_dial_backoff = {}
        self._exchange.open()
        client = self._client = self._exchange.client(self._url)
        client.handle_text_or_binary_message = partial(self._frame, client)
        gone: asyncio.Future[object] = client.future(_GONE)
        self._gone = gone
        connected = client.connect(self._exchange.session)
        await asyncio.wait({connected, gone}, return_when=asyncio.FIRST_COMPLETED)
        if gone.done():
            error = None if gone.cancelled() else gone.exception()
            raise StreamBroken(Cause.NOT_CONNECTED.say(error=error or "closed"))
        return gone

    async def request(self, method: str, params: Any) -> Any:  # noqa: ANN401 - JSON
        """Send a request and return its whole answer.

        Raises:
            ResponseFailed: the venue says no.
            StreamBroken: no answer, or the connection ended.
        """
        self._last_id += 1
        key = str(self._last_id)
        answer = self._answers[key] = asyncio.get_running_loop().create_future()
        try:
            await self.send({"id": self._last_id, "method": method, "params": params})
            return await self._awaited(answer)
        finally:
            del self._answers[key]

    async def send(self, message: Mapping[str, Any] | list[Any]) -> None:
        """Send a message as JSON; raises StreamBroken where there is no connection."""
        if self._client is None:
            raise StreamBroken(Cause.NOT_CONNECTED.say(error="closed"))
        try:
            await self._client.send(message)
        except (ConnectionError, RuntimeError) as e:
            raise StreamBroken(Cause.NOT_SENT.say(error=type(e).__name__)) from e

    async def close(self) -> None:
        """Let the connection go; a peer that is gone is not waited for."""
        client, self._client = self._client, None
        if client is None:
            return
        if self._exchange.clients.get(self._url) is client:
            del self._exchange.clients[self._url]
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await client.close()

    async def _awaited(self, answer: asyncio.Future[Any]) -> Any:  # noqa: ANN401 - JSON
        waiting: set[asyncio.Future[Any]] = {answer}
        if self._gone is not None:
            waiting.add(self._gone)
        await asyncio.wait(waiting, timeout=ANSWER_S, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise StreamBroken(Cause.NO_REPLY.say())
        return answer.result()

    def _frame(self, client: object, data: str | bytes) -> None:
        if client is not self._client or self._put is None:
            return
        try:
            message = self._decode(data)
        except (ValueError, RecursionError):
            excerpt = data[:_EXCERPT]
            self._put(Unreadable(excerpt if isinstance(excerpt, str) else repr(excerpt)))
            return
        if not self._is_answer(message):
            self._put(message)

    def _is_answer(self, message: Any) -> bool:  # noqa: ANN401 - JSON of any shape
        if not isinstance(message, dict):
            return False
        answer = self._answers.get(str(message.get("id")))
        if answer is None or answer.done():
            return False
        error = message.get("error")
        if error is None and "code" in message and "result" not in message:
            error = message
        if error is None:
            answer.set_result(message)
        else:
            status = message.get("status")
            code = status if isinstance(status, int) and status > OK else CLIENT_ERRORS
            body = orjson.dumps(error, default=str).decode()
            answer.set_exception(ResponseFailed(Response(code, {}, body)))
        return True
