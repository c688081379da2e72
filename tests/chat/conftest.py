"""An engine that is up, and a chat with it."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.chat.fake_engine import FakeEngine
from tests.chat.fake_telegram import FakeTelegram
from tests.chat.harness import Chat, talking


@pytest.fixture
def folder() -> Iterator[Path]:
    # Unix socket paths are short, pytest's temporary ones are not.
    with tempfile.TemporaryDirectory(prefix="pasu-") as name:
        yield Path(name)


@pytest.fixture
async def engine(folder: Path) -> AsyncIterator[FakeEngine]:
    engine = FakeEngine(folder / "engine.sock")
    await engine.start()
    yield engine
    await engine.stop()


@pytest.fixture
async def chat(engine: FakeEngine, folder: Path) -> AsyncIterator[Chat]:
    async with talking(engine.socket, folder) as chat:
        yield chat


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    telegram = FakeTelegram()
    await telegram.start()
    yield telegram
    await telegram.stop()


@pytest.fixture(autouse=True)
def _durations_as_timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    # The bot sets this for its own process; tests build errors before a bot exists.
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
