"""A host for each test, and services that end with it."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.units.host import TOKEN, Host
from tests.units.service_manager import Manager
from tests.units.telegram_desk import TelegramDesk

OWN = ("own_strategy.py", "trap")
Keep = Callable[..., Manager]


@pytest.fixture(scope="session")
def linux() -> None:
    if sys.platform != "linux":
        pytest.skip("services of systemd are for Linux")


@pytest.fixture
def bare_host(linux: None) -> Iterator[Host]:
    # Unix socket paths are short, pytest's temporary ones are not.
    with tempfile.TemporaryDirectory(prefix="pasu-") as name:
        yield Host(Path(name))


@pytest.fixture(scope="session")
def installed(linux: None) -> Iterator[Host]:
    with tempfile.TemporaryDirectory(prefix="pasu-") as name:
        host = Host(Path(name))
        host.install()
        yield host


@pytest.fixture
def telegram() -> Iterator[TelegramDesk]:
    desk = TelegramDesk(TOKEN)
    yield desk
    desk.close()


@pytest.fixture
def host(installed: Host, telegram: TelegramDesk) -> Iterator[Host]:
    """Return a host as install.sh leaves it, put back to that afterwards."""
    with tempfile.TemporaryDirectory() as name:
        fresh = Path(name) / "fresh"
        shutil.copytree(installed.root, fresh, ignore=shutil.ignore_patterns("opt"), symlinks=True)
        installed.assign(installed.etc / "bot.env", {"TELEGRAM_BASE_URL": telegram.url})
        yield installed
        for path in installed.root.iterdir():
            if path != installed.opt.parent:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(fresh, installed.root, dirs_exist_ok=True)
        for own in OWN:
            (installed.opt / "strategies" / own).unlink(missing_ok=True)


@pytest.fixture
def keep(host: Host) -> Iterator[Keep]:
    """Return a manager for a service of the host; spans of time are cut to a tenth."""
    kept: list[Manager] = []

    def begin(name: str, pace: float = 0.1, **more: Any) -> Manager:
        kept.append(Manager(host, name, pace, **more))
        return kept[-1]

    yield begin
    for manager in kept:
        manager.close()
