"""A served fake engine and a client on its socket."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from engine.api.server import ApiServer
from engine.contract import IDEMPOTENCY_HEADER
from tests.wire.fake_engine import FakeEngine


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str:
        assert set(self.body) == {"error", "lines"}
        assert set(self.body["error"]) == {"code", "message"}
        assert self.body["error"]["message"]
        return str(self.body["error"]["code"])


class Caller:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def get(self, route: str) -> Reply:
        async with self.session.get(f"http://engine/v1/{route}") as response:
            return await self._reply(response)

    async def post(self, route: str, body: object, key: str = "", **headers: str) -> Reply:
        sent = {IDEMPOTENCY_HEADER: key, **headers} if key else headers
        url = f"http://engine/v1/{route}"
        async with self.session.post(url, json=body, headers=sent) as response:
            return await self._reply(response)

    async def send(self, method: str, path: str, data: bytes = b"", **headers: str) -> Reply:
        url = f"http://engine{path}"
        async with self.session.request(method, url, data=data, headers=headers) as response:
            return await self._reply(response)

    @staticmethod
    async def _reply(response: aiohttp.ClientResponse) -> Reply:
        body = await response.json()
        return Reply(response.status, body, dict(response.headers))


@pytest.fixture
def folder() -> Iterator[Path]:
    # A test's own folder can be longer than a socket's path may be.
    with tempfile.TemporaryDirectory(prefix="pasu-") as name:
        yield Path(name)


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest_asyncio.fixture
async def server(engine: FakeEngine, folder: Path) -> AsyncIterator[ApiServer]:
    served = ApiServer(engine, engine, engine.lines, folder / "engine.sock")
    await served.start()
    yield served
    await served.stop()


@pytest_asyncio.fixture
async def call(server: ApiServer, folder: Path) -> AsyncIterator[Caller]:
    connector = aiohttp.UnixConnector(str(folder / "engine.sock"))
    async with aiohttp.ClientSession(connector=connector) as session:
        yield Caller(session)
