"""The engine as a service: what it tells the manager, and what it survives."""

import os
import shutil
import signal
import time
from pathlib import Path

import pytest

from tests.units.books import assert_nothing_doubled, held, raw
from tests.units.conftest import Keep
from tests.units.engine_socket import ask
from tests.units.host import Host
from tests.units.own_strategy import HANG_S
from tests.units.service_manager import Manager
from tests.units.telegram_desk import TelegramDesk
from tests.units.unit_files import ENGINE

START_S = 30.0
OWN_STRATEGY = Path(__file__).with_name("own_strategy.py")
QUICK = {
    "LOOP_SECONDS": "0.2",
    "WARMUP_LOOPS": "0",
    "TUNING_ENABLED": "false",
    "BINANCE_FUTURES_MODE": "off",
    "STOCK_MODE": "off",
}
TRADING = QUICK | {"CRYPTO_STRATEGY_PRESET": "harmful", "REPLAY_SPEED": "600"}


def is_active(manager: Manager) -> bool:
    return manager.state == "active"


def test_ready_is_told_once_the_socket_answers_beats_follow_and_sigterm_ends_it(
    host: Host, keep: Keep
):
    # At the true pace, with the settings that install.sh leaves.
    manager = keep(ENGINE, pace=1.0, on_ready=lambda: ask(host, "status"))
    manager.start()
    manager.until(lambda: is_active(manager), START_S)
    (answer,) = manager.ready_answers
    assert answer["phase"] in {"warming_up", "running"}
    manager.until(
        lambda: len(manager.told("WATCHDOG")) >= 2, manager.unit.seconds("Service.WatchdogSec")
    )
    began = time.monotonic()
    assert manager.stop().code == 0
    assert time.monotonic() - began < manager.unit.seconds("Service.TimeoutStopSec")
    order = [
        key for n in manager.notices for key in ("READY", "WATCHDOG", "STOPPING") if key in n.fields
    ]
    assert order[0] == "READY"
    assert order[-1] == "STOPPING"
    assert order.count("READY") == order.count("STOPPING") == 1
    assert not host.socket.exists()


def test_restart_from_the_chat_starts_the_engine_again(host: Host, keep: Keep):
    host.configure(**QUICK)
    manager = keep(ENGINE)
    manager.start()
    manager.until(lambda: is_active(manager), START_S)
    assert ask(host, "restart", {})["changed"] is True
    manager.until(lambda: len(manager.told("READY")) == 2, START_S)
    assert [end.code for end in manager.ends] == [0]
    assert manager.alerts == []
    assert manager.stop().code == 0
    assert len(manager.starts) == 2


def test_bad_configuration_is_not_tried_again_but_told(
    host: Host, keep: Keep, telegram: TelegramDesk
):
    host.configure(MAX_LEVERAGE="50")
    manager = keep(ENGINE)
    manager.start()
    manager.until(lambda: manager.state == "failed", START_S)
    assert [end.code for end in manager.ends] == [78]
    assert "MAX_LEVERAGE" in manager.output
    (message,) = telegram.sent
    assert "(exit-code 78)" in message["text"]


def test_loop_that_is_slower_than_the_watchdog_is_not_taken_for_hung(host: Host, keep: Keep):
    host.configure(**(QUICK | {"LOOP_SECONDS": "2"}))
    manager = keep(ENGINE, pace=0.05)
    assert manager.unit.seconds("Service.WatchdogSec") * manager.pace < 2
    manager.start()
    manager.until(lambda: is_active(manager), START_S)
    manager.until(lambda: bool(manager.told("WATCHDOG")), 10)
    assert manager.ends == []
    assert manager.stop().code == 0


@pytest.fixture
def trading(host: Host, keep: Keep) -> Manager:
    """Return an engine that trades an owner's own strategy and holds something."""
    shutil.copy(OWN_STRATEGY, host.opt / "strategies")
    host.configure(**TRADING)
    manager = keep(ENGINE)
    manager.start()
    manager.until(lambda: is_active(manager) and len(ask(host, "positions")) > 5, START_S)
    # In the next life no candle passes: what is held then is what was held before.
    host.configure(REPLAY_SPEED="0.001")
    return manager


def snap(host: Host, manager: Manager, kind: str) -> None:
    """Set the trap of the strategy and wait for its victim's end."""
    trap = host.opt / "strategies" / "trap"
    trap.with_name("setting").write_text(kind)
    trap.with_name("setting").rename(trap)
    manager.until(lambda: bool(manager.ends), START_S)


def assert_recovered(host: Host, manager: Manager) -> None:
    """Assert that the next life lost nothing, doubled nothing, and goes on."""
    before = raw(host.state / "data")
    assert manager.state == "waiting"
    manager.until(lambda: len(manager.told("WATCHDOG", life=2)) >= 2, START_S)
    owned = {(each["venue"], each["symbol"]): each["quantity"] for each in ask(host, "positions")}
    after = raw(host.state / "data")
    assert after.startswith(before)
    assert owned == {market: str(quantity) for market, quantity in held(after).items()}
    assert len(owned) > 5
    for venue in ask(host, "status")["venues"]:
        assert (venue["differences"], venue["unknown_orders"]) == (0, 0)
    assert_nothing_doubled(after)
    assert list(host.state.rglob("*.corrupt.*")) == []
    assert manager.alerts == []
    assert manager.stop().code == 0


def test_f34_hung_loop_is_aborted_with_stacks_and_started_again(host: Host, trading: Manager):
    began = time.monotonic()
    snap(host, trading, "loop")
    assert [(end.result, end.code) for end in trading.ends] == [("watchdog", -signal.SIGABRT)]
    assert time.monotonic() - began < HANG_S
    stacks = trading.output.partition("Fatal Python error: Aborted")[2]
    assert "hang_the_loop" in stacks
    assert stacks.count("hread 0x") >= 2, "the stack of every thread"
    assert_recovered(host, trading)


def test_f34_dead_writer_thread_is_noticed_and_the_engine_started_again(
    host: Host, trading: Manager
):
    snap(host, trading, "writer")
    assert [(end.result, end.code) for end in trading.ends] == [("watchdog", -signal.SIGABRT)]
    assert_recovered(host, trading)


def test_f34_engine_killed_as_for_its_memory_is_started_again(host: Host, trading: Manager):
    # What the kernel does at MemoryMax: SIGKILL, without a word before it.
    os.kill(trading.pid, signal.SIGKILL)
    trading.until(lambda: bool(trading.ends), START_S)
    assert [(end.result, end.code) for end in trading.ends] == [("signal", -signal.SIGKILL)]
    assert_recovered(host, trading)
