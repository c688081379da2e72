"""The service manager is told over a real datagram socket, or nobody is."""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.notify import Notifier, watchdog_interval_s


@contextmanager
def manager(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind("\0" + address[1:] if address.startswith("@") else address)
        server.settimeout(2)
        yield server


@pytest.fixture(params=["path", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"@pasu-test-{os.getpid()}" if request.param == "abstract" else str(tmp_path / "n.sock")


def test_each_notice_reads_as_the_manager_expects(address: str):
    with manager(address) as server:
        notifier = Notifier({"NOTIFY_SOCKET": address})
        assert notifier.ready("four venues\nup")
        assert server.recv(4096) == b"READY=1\nSTATUS=four venues up"
        assert notifier.watchdog()
        assert server.recv(4096) == b"WATCHDOG=1"
        assert notifier.status("거래 중")
        assert server.recv(4096).decode() == "STATUS=거래 중"
        assert notifier.extend_timeout(1.5)
        assert server.recv(4096) == b"EXTEND_TIMEOUT_USEC=1500000"
        assert notifier.stopping()
        assert server.recv(4096) == b"STOPPING=1\nSTATUS=stopping"


@pytest.mark.parametrize(
    ("beat_s", "patience", "asked"),
    [
        (3.0, "30000000", b""),
        (60.0, "30000000", b"\nWATCHDOG_USEC=180000000"),
        (60.0, "", b""),
        (0.0, "30000000", b""),
    ],
)
def test_a_beat_slower_than_the_manager_waits_for_is_told_to_it(
    address: str, beat_s: float, patience: str, asked: bytes
):
    with manager(address) as server:
        notifier = Notifier({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": patience})
        assert notifier.ready("up", beat_s=beat_s)
        assert server.recv(4096) == b"READY=1\nSTATUS=up" + asked


def test_without_a_manager_nothing_is_sent():
    assert Notifier({}).ready("up") is False


def test_a_manager_that_is_gone_is_told_once_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone.sock")})
    with caplog.at_level(logging.WARNING):
        assert [notifier.watchdog() for _ in range(5)] == [False] * 5
    assert [record.message for record in caplog.records] == ["notify.failed"]


def test_a_manager_that_does_not_read_blocks_nobody(address: str):
    with manager(address):
        notifier = Notifier({"NOTIFY_SOCKET": address})
        sent = [notifier.watchdog() for _ in range(5000)]
    assert sent[0] is True
    assert sent[-1] is False


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "77"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "78"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "-5"}, None),
        ({}, None),
    ],
)
def test_the_beat_is_half_of_what_the_manager_waits(
    environ: dict[str, str], expected: float | None
):
    assert watchdog_interval_s(environ, 77) == expected
