"""The bot as a service: signs of life that mean something, and an end that is told."""

import asyncio
import logging
import signal
import socket

import pytest
from telegram.error import TimedOut

from bot.clock import SystemClock
from bot.poll_request import PollRequest
from bot.watchdog import DEAF_AFTER_S, Watchdog
from engine.notify import Notifier
from tests.chat.fake_telegram import FakeTelegram
from tests.units.conftest import Keep
from tests.units.host import Host
from tests.units.service_manager import Manager
from tests.units.unit_files import BOT

START_S = 30.0
PACE = 0.05


class PushedClock(SystemClock):
    """A clock that the test pushes; waiting takes no time."""

    def __init__(self) -> None:
        self.at = 1000.0

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds
        await asyncio.sleep(0)


def test_bot_is_ready_without_telegram_and_its_outage_does_not_restart_it(host: Host, keep: Keep):
    host.assign(host.etc / "bot.env", {"TELEGRAM_BASE_URL": "http://127.0.0.1:9"})
    manager = keep(BOT, pace=PACE)
    manager.start()
    manager.until(
        lambda: "poll.failing" in manager.output or "unreachable" in manager.output, START_S
    )
    assert manager.state == "active"
    manager.keep(2 * manager.unit.seconds("Service.WatchdogSec") * manager.pace)
    assert len(manager.told("WATCHDOG")) >= 4
    assert manager.stop().code == 0
    assert [n.fields["STATUS"] for n in manager.told("STATUS")] == ["reaching Telegram", "stopping"]
    assert len(manager.starts) == 1


async def test_bot_that_is_frozen_is_killed_and_started_again(host: Host, keep: Keep):
    telegram = FakeTelegram()
    await telegram.start()
    host.assign(host.etc / "bot.env", {"TELEGRAM_BASE_URL": telegram.base_url})
    manager = keep(BOT, pace=PACE)
    await asyncio.to_thread(_freeze, manager)
    await telegram.stop()
    assert [end.result for end in manager.ends] == ["watchdog", "success"]
    assert [n.fields["STATUS"] for n in manager.told("STATUS", life=2)] == [
        *("reaching Telegram", "online", "stopping")
    ]


def _freeze(manager: Manager) -> None:
    manager.start()
    manager.until(lambda: len(manager.told("STATUS")) == 2, START_S)
    manager.keep(0.5)
    manager._signal(signal.SIGSTOP, "Service.WatchdogSec")
    manager.until(lambda: len(manager.told("STATUS", life=2)) == 2, START_S)
    assert manager.stop().code == 0


def test_bot_without_a_token_says_what_to_do_and_is_not_tried_again(host: Host, keep: Keep):
    (host.etc / "credentials" / "TELEGRAM_BOT_TOKEN").write_text("")
    manager = keep(BOT, pace=PACE)
    manager.start()
    manager.until(lambda: manager.state == "failed", START_S)
    assert [end.code for end in manager.ends] == [78]
    assert "TELEGRAM_BOT_TOKEN" in manager.output


async def test_bot_beats_while_polls_come_and_go_and_not_when_one_never_ends(
    caplog: pytest.LogCaptureFixture,
):
    clock = PushedClock()
    poll = PollRequest(clock, lambda: None, connect_timeout=5.0, read_timeout=None)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager,
    ):
        manager.bind("\0pasu-test-bot-watchdog")
        manager.setblocking(False)
        dog = Watchdog(Notifier({"NOTIFY_SOCKET": "@pasu-test-bot-watchdog"}), poll, clock)

        def is_told() -> bool:
            dog.beat()
            try:
                return manager.recv(100) == b"WATCHDOG=1"
            except BlockingIOError:
                return False

        clock.at += 10 * DEAF_AFTER_S
        assert is_told(), "Telegram has not been asked yet: that may take as long as it takes"
        with pytest.raises(TimedOut):
            await poll.do_request("http://127.0.0.1:9/getUpdates", "POST")
        assert is_told(), "a refused poll came and went"
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/getUpdates"
        asking = asyncio.create_task(poll.do_request(url, "POST"))
        await asyncio.sleep(0.1)
        clock.at += DEAF_AFTER_S
        assert is_told(), "a long poll"
        clock.at += 1
        with caplog.at_level(logging.ERROR):
            assert [is_told(), is_told()] == [False, False]
        errors = [each.message for each in caplog.records if each.levelno >= logging.ERROR]
        assert [error.split()[0] for error in errors] == ["poll.deaf"]
        asking.cancel()
        await asyncio.wait({asking})
        assert is_told(), "polls go on"
    await poll.shutdown()
