"""Engine and bot do their work under what the units forbid them."""

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine.domain.tuning import TuningObstacle
from tests.chat.fake_engine import FakeEngine
from tests.chat.fake_telegram import FakeTelegram
from tests.shape.source import ROOT
from tests.units.books import facts, raw
from tests.units.confined import allowed_calls, seccomp
from tests.units.conftest import Keep
from tests.units.engine_socket import ask
from tests.units.host import Host
from tests.units.service_manager import Manager
from tests.units.unit_files import BOT, ENGINE, UNITS, read

START_S = 60.0
pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None or seccomp() is None or sys.platform != "linux",
    reason="systemd-analyze, which names the system calls, or libseccomp is not installed here",
)


def wrapper(host: Host, name: str, *writable: str) -> list[str]:
    """Return a command that confines the command after it as a unit does."""
    folders = [str(host.root / folder) for folder in writable]
    python = ["/usr/bin/env", f"PYTHONPATH={ROOT}", sys.executable]
    return [*python, "-m", "tests.units.confined", str(UNITS / name), *folders, "--"]


def test_engine_trades_and_tunes_confined(host: Host, keep: Keep):
    host.configure(LOOP_SECONDS="0.3", WARMUP_LOOPS="0", REPLAY_SPEED="600")
    data = host.state / "data"
    manager = keep(ENGINE, wrapped_by=wrapper(host, ENGINE, "var/lib/pasu", "run/pasu"))
    manager.start()
    manager.until(lambda: manager.state == "active", START_S)
    manager.until(lambda: bool(tuned(data)), START_S)
    manager.until(lambda: len(ask(host, "positions")) > 1, START_S)
    assert ask(host, "status")["memory_mb"] > 0
    status = (Path("/proc") / str(manager.pid) / "status").read_text()
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status
    assert manager.stop().code == 0
    assert [fact for fact in tuned(data) if fact.get("obstacle") == TuningObstacle.FAILED] == []


def tuned(data: Path) -> list[dict[str, object]]:
    """Return what tuning has come to, which it does in a process of its own."""
    journal = raw(data)
    return [*facts(journal, "ParametersTuned"), *facts(journal, "TuningDeclined")]


async def test_bot_answers_with_a_picture_confined(host: Host, keep: Keep):
    telegram = FakeTelegram()
    await telegram.start()
    host.assign(host.etc / "bot.env", {"TELEGRAM_BASE_URL": telegram.base_url})
    host.socket.parent.mkdir(parents=True)
    engine = FakeEngine(host.socket)
    await engine.start()
    folders = ("var/lib/pasu-bot", "var/cache/pasu-bot")
    manager = keep(BOT, pace=1.0, wrapped_by=wrapper(host, BOT, *folders))
    telegram.type_line("/chart")
    await asyncio.to_thread(_served, manager, telegram)
    await engine.stop()
    await telegram.stop()
    assert [call for call in telegram.calls if call == "sendPhoto"]


def _served(manager: Manager, telegram: FakeTelegram) -> None:
    manager.start()
    manager.until(lambda: "sendPhoto" in telegram.calls, START_S)
    assert manager.stop().code == 0


def test_venues_clients_load_and_names_are_looked_up_confined(host: Host):
    code = (
        "import socket, engine.venues.upbit.adapter, engine.venues.binance_spot.adapter;"
        "print(bool(socket.getaddrinfo('localhost', 443)))"
    )
    python = str(host.opt / ".venv" / "bin" / "python")
    done = subprocess.run(
        [*wrapper(host, ENGINE), python, "-I", "-B", "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "True\n", done.stderr


def test_what_the_units_forbid_is_forbidden(host: Host):
    code = (
        "import mmap, os, socket\n"
        "def refused(act):\n"
        "    try:\n"
        "        act()\n"
        "    except OSError as e:\n"
        "        return type(e).__name__\n"
        "    return 'allowed'\n"
        "exec_ = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC\n"
        "print(refused(lambda: mmap.mmap(-1, 4096, prot=exec_)))\n"
        "print(refused(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)))\n"
        "print(refused(lambda: os.chroot('/')))\n"
        "print(refused(lambda: os.sched_setaffinity(0, {0})))\n"
    )
    done = subprocess.run(
        [*wrapper(host, ENGINE), sys.executable, "-I", "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == [
        "PermissionError",
        "OSError",
        "PermissionError",
        "PermissionError",
    ]


def test_engine_may_lower_the_priority_of_tuning_and_the_bot_needs_nothing_of_the_kind():
    assert "setpriority" in allowed_calls(read(UNITS / ENGINE))
    assert "setpriority" not in allowed_calls(read(UNITS / BOT))
