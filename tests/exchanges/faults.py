"""A script of faults between a server and its clients, and a log of every request.

    server.faults.script(on("POST", "/v1/orders"), DropAfter())           # the next one only
    server.faults.script(on("GET"), Answer(502, "<html>…"), times=None)   # until cleared
    server.faults.script(on(path="/v1/*"), Latency(0.2), every=2)         # each second one

The first script that matches decides; a script that does not strike lets the next one look.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Protocol
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware


@dataclass(slots=True)
class Asked:
    """A request as it came. `params` joins query and body (form or JSON), values as text.

    `carried_out`: it reached the venue's handler, whatever the client got to see. `status`: what
    the venue answered, before any fault.
    """

    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    at: datetime
    carried_out: bool = False
    status: int | None = None


Match = Callable[[Asked], bool]


def on(method: str = "*", path: str = "*", **params: str) -> Match:
    """Return a match by method and path (shell patterns) and by parameters that must be equal."""

    def matches(asked: Asked) -> bool:
        named = fnmatchcase(asked.method, method) and fnmatchcase(asked.path, path)
        return named and all(asked.params.get(key) == value for key, value in params.items())

    return matches


class Call:
    """One request in the hands of a fault."""

    def __init__(self, asked: Asked, request: web.Request, handler: Handler, end: asyncio.Event):
        self.request = request
        self._asked = asked
        self._handler = handler
        self._end = end

    async def carry_out(self) -> web.StreamResponse:
        """Let the venue handle the request, and return its answer."""
        self._asked.carried_out = True
        try:
            response = await self._handler(self.request)
        except web.HTTPException as e:
            response = web.Response(status=e.status, text=e.text, headers=e.headers)
        self._asked.status = response.status
        return response

    async def pause(self, seconds: float | None) -> None:
        """Wait, for ever with None; ends early when faults are cleared or the server stops."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._end.wait(), seconds)

    def hang_up(self) -> web.Response:
        """Close the connection without a word more."""
        if self.request.transport is not None:
            self.request.transport.close()
        return web.Response()


class Fault(Protocol):
    """What goes wrong with a request."""

    async def answer(self, call: Call) -> web.StreamResponse:
        """Return what the client gets, carrying the request out or not."""
        ...


@dataclass(frozen=True, slots=True)
class DropBefore:
    """The connection closes and nothing was carried out."""

    async def answer(self, call: Call) -> web.StreamResponse:
        """Hang up."""
        return call.hang_up()


@dataclass(frozen=True, slots=True)
class DropAfter:
    """The request is carried out and the connection closes before the answer."""

    async def answer(self, call: Call) -> web.StreamResponse:
        """Carry out, then hang up."""
        await call.carry_out()
        return call.hang_up()


@dataclass(frozen=True, slots=True)
class HangBefore:
    """Nothing is carried out and nothing comes back (`seconds` None: until cleared)."""

    seconds: float | None = None

    async def answer(self, call: Call) -> web.StreamResponse:
        """Wait, then hang up."""
        await call.pause(self.seconds)
        return call.hang_up()


@dataclass(frozen=True, slots=True)
class HangAfter:
    """The request is carried out and nothing comes back (`seconds` None: until cleared)."""

    seconds: float | None = None

    async def answer(self, call: Call) -> web.StreamResponse:
        """Carry out, wait, then hang up."""
        await call.carry_out()
        await call.pause(self.seconds)
        return call.hang_up()


@dataclass(frozen=True, slots=True)
class Answer:
    """Another answer than the venue's: not carried out, unless `after`.

    `body` that is no text is sent as JSON.
    """

    status: int
    body: object = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    after: bool = False

    async def answer(self, call: Call) -> web.StreamResponse:
        """Answer with the scripted status and body."""
        if self.after:
            await call.carry_out()
        if not isinstance(self.body, str):
            return web.json_response(self.body, status=self.status, headers=self.headers)
        kind = "text/html" if self.body.lstrip().startswith("<") else "text/plain"
        return web.Response(
            status=self.status, text=self.body, content_type=kind, headers=self.headers
        )


@dataclass(frozen=True, slots=True)
class CutBody:
    """The request is carried out; the connection closes in the middle of the answer's body."""

    async def answer(self, call: Call) -> web.StreamResponse:
        """Promise the whole body and send half of it."""
        body = _body(await call.carry_out())
        response = await _start(call, len(body))
        await response.write(body[: len(body) // 2])
        call.hang_up()
        return response


@dataclass(frozen=True, slots=True)
class Trickle:
    """The request is carried out; its answer comes one byte at a time."""

    per_second: float = 1.0

    async def answer(self, call: Call) -> web.StreamResponse:
        """Send byte by byte until done, cleared or hung up on."""
        body = _body(await call.carry_out())
        response = await _start(call, len(body))
        with suppress(ConnectionError):
            for at in range(len(body)):
                await response.write(body[at : at + 1])
                await call.pause(1 / self.per_second)
        return response


@dataclass(frozen=True, slots=True)
class HugeBody:
    """The request is carried out; the answer is a JSON list of `size` bytes."""

    size: int = 100_000_000

    async def answer(self, call: Call) -> web.StreamResponse:
        """Send it in pieces until the client has enough."""
        await call.carry_out()
        response = await _start(call, self.size)
        left = self.size - 2
        with suppress(ConnectionError):
            await response.write(b"[")
            while left > 0:
                piece = b" " * min(left, 65_536)
                left -= len(piece)
                await response.write(piece)
            await response.write(b"]")
        return response


@dataclass(frozen=True, slots=True)
class BadJson:
    """The request is carried out; the answer is 200 and no JSON."""

    text: str = '{"unfinished": ['

    async def answer(self, call: Call) -> web.StreamResponse:
        """Answer with the text, declared as JSON."""
        await call.carry_out()
        return web.Response(text=self.text, content_type="application/json")


@dataclass(frozen=True, slots=True)
class Latency:
    """The request is carried out after a while, and answered after another."""

    before_s: float = 0.0
    after_s: float = 0.0

    async def answer(self, call: Call) -> web.StreamResponse:
        """Wait, carry out, wait, answer."""
        await call.pause(self.before_s)
        response = await call.carry_out()
        await call.pause(self.after_s)
        return response


@dataclass(slots=True)
class Script:
    """A fault waiting for its requests; `left` None means until cleared, `struck` counts."""

    match: Match
    fault: Fault
    left: int | None
    every: int
    seen: int = 0
    struck: int = 0

    def strikes(self, asked: Asked) -> bool:
        """Return whether this request is hit, and count it."""
        if self.left == 0 or not self.match(asked):
            return False
        self.seen += 1
        if self.seen % self.every:
            return False
        self.struck += 1
        self.left = None if self.left is None else self.left - 1
        return True


class Faults:
    """Scripts of one server, and its log of requests (`requests`, the oldest first)."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.requests: list[Asked] = []
        self._clock = clock
        self._scripts: list[Script] = []
        self._end = asyncio.Event()

    def script(
        self,
        match: Match,
        fault: Fault,
        *,
        times: int | None = 1,
        every: int = 1,
    ) -> Script:
        """Hit the next `times` matching requests (None: until cleared), each `every`-th one.

        With `every` above 1 and `times` left out the script stays until cleared.
        """
        made = Script(match, fault, None if every > 1 and times == 1 else times, every)
        self._scripts.append(made)
        return made

    def clear(self) -> None:
        """Forget all scripts and let every hanging request go."""
        self._scripts.clear()
        self._end.set()
        self._end = asyncio.Event()

    def asked(self, method: str = "*", path: str = "*", **params: str) -> list[Asked]:
        """Return logged requests that match, the oldest first."""
        match = on(method, path, **params)
        return [asked for asked in self.requests if match(asked)]

    @property
    def middleware(self) -> Middleware:
        """Return the middleware for the server's application; the outermost one."""

        @web.middleware
        async def strike(request: web.Request, handler: Handler) -> web.StreamResponse:
            asked = await self._log(request)
            call = Call(asked, request, handler, self._end)
            hit = next((one for one in self._scripts if one.strikes(asked)), None)
            return await (hit.fault.answer(call) if hit else call.carry_out())

        return strike

    async def _log(self, request: web.Request) -> Asked:
        params = dict(request.query) | await body_params(request)
        headers = dict(request.headers)
        asked = Asked(request.method, request.path, params, headers, self._clock())
        self.requests.append(asked)
        return asked


async def body_params(request: web.Request) -> dict[str, str]:
    """Return the parameters in a request's body, JSON or form, as text; empty without a body."""
    text = await request.text()
    if text.lstrip().startswith("{"):
        with suppress(ValueError):
            return {key: str(value) for key, value in json.loads(text).items()}
        return {}
    # Not request.post(): it finds nothing in the body of a GET, where some clients put a form.
    return dict(parse_qsl(text, keep_blank_values=True))


def _body(response: web.StreamResponse) -> bytes:
    body = response.body if isinstance(response, web.Response) else b""
    return body if isinstance(body, bytes) else b"{}"


async def _start(call: Call, length: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": str(length)})
    response.content_type = "application/json"
    await response.prepare(call.request)
    return response
