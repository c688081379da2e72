"""The socket itself: what may lie in its place, who may use it, long polls, and the end."""

import asyncio
import os
import socket
import stat
import time
from pathlib import Path

import pytest

from engine.api.server import ApiServer
from engine.domain.errors import BadConfiguration
from tests.wire.conftest import Caller
from tests.wire.fake_engine import FakeEngine


async def closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    await writer.wait_closed()


def served(engine: FakeEngine, path: Path) -> ApiServer:
    return ApiServer(engine, engine, engine.lines, path)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
async def test_the_socket_is_0660_whatever_the_umask(engine: FakeEngine, folder: Path, umask: int):
    server = served(engine, folder / "engine.sock")
    before = os.umask(umask)
    try:
        await server.start()
    finally:
        os.umask(before)
    found = (folder / "engine.sock").lstat().st_mode
    await server.stop()
    assert stat.S_ISSOCK(found)
    assert stat.S_IMODE(found) == 0o660


async def test_stopping_takes_the_socket_away(engine: FakeEngine, folder: Path):
    server = served(engine, folder / "engine.sock")
    await server.start()
    await server.stop()
    assert os.listdir(folder) == []  # noqa: PTH208 - nothing blocks on an empty folder


async def test_a_stale_socket_of_ours_is_replaced(engine: FakeEngine, folder: Path):
    path = folder / "engine.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    server = served(engine, path)
    await server.start()
    _, writer = await asyncio.open_unix_connection(str(path))
    await closed(writer)
    await server.stop()


async def test_a_socket_that_answers_is_left_alone(
    server: ApiServer, call: Caller, engine: FakeEngine, folder: Path
):
    second = served(engine, folder / "engine.sock")
    with pytest.raises(BadConfiguration, match="another process answers"):
        await second.start()
    await second.stop()
    assert (await call.get("status")).status == 200


@pytest.mark.parametrize("kind", ["file", "folder", "link", "dangling link", "fifo"])
async def test_what_is_no_socket_is_refused_and_stays(engine: FakeEngine, folder: Path, kind: str):
    path, victim = folder / "engine.sock", folder / "victim"
    victim.write_text("precious")
    if kind == "file":
        path.write_text("precious")
    elif kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to(victim if kind == "link" else folder / "gone")
    before = path.lstat()
    with pytest.raises(BadConfiguration, match="no socket") as raised:
        await served(engine, path).start()
    assert raised.value.problems[0].key == "SOCKET_PATH"
    assert path.lstat().st_ino == before.st_ino
    assert victim.read_text() == "precious"


async def test_a_link_to_a_stale_socket_is_refused(engine: FakeEngine, folder: Path):
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(folder / "real.sock"))
    (folder / "engine.sock").symlink_to(folder / "real.sock")
    with pytest.raises(BadConfiguration):
        await served(engine, folder / "engine.sock").start()
    assert (folder / "real.sock").exists()


@pytest.mark.parametrize("name", ["gone/engine.sock", "x" * 120])
async def test_a_path_that_cannot_be_bound_is_a_problem(
    engine: FakeEngine, folder: Path, name: str
):
    with pytest.raises(BadConfiguration):
        await served(engine, folder / name).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a socket away")
async def test_a_socket_of_another_user_is_left_alone(engine: FakeEngine, folder: Path):
    path = folder / "engine.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    os.lchown(path, 12345, -1)
    with pytest.raises(BadConfiguration, match="another user"):
        await served(engine, path).start()
    assert path.exists()


async def test_a_successors_socket_is_not_taken_away(engine: FakeEngine, folder: Path):
    path = folder / "engine.sock"
    first, second = served(engine, path), served(engine, path)
    await first.start()
    path.unlink()
    await second.start()
    await first.stop()
    assert path.exists()
    await second.stop()


async def test_a_long_poll_answers_as_soon_as_there_is_news(call: Caller, engine: FakeEngine):
    started = time.monotonic()
    poll = asyncio.create_task(call.get("events?after=3&wait=30"))
    await asyncio.sleep(0.05)
    await engine.tell()
    reply = await poll
    assert time.monotonic() - started < 2
    assert [event["seq"] for event in reply.body["events"]] == [4]


async def test_a_long_poll_without_news_ends_empty_in_time(call: Caller):
    started = time.monotonic()
    reply = await call.get("events?after=3&wait=0.2")
    assert 0.15 < time.monotonic() - started < 2
    assert reply.body == {"events": [], "last_seq": 3}


async def test_events_there_are_answer_without_waiting(call: Caller, engine: FakeEngine):
    reply = await call.get("events?after=1&wait=30&most=1")
    assert [event["seq"] for event in reply.body["events"]] == [2]
    assert ("wait",) not in engine.asked


async def test_stopping_ends_long_polls_at_once(
    server: ApiServer, call: Caller, engine: FakeEngine
):
    polls = [asyncio.create_task(call.get("events?after=3&wait=60")) for _ in range(5)]
    await asyncio.sleep(0.1)
    started = time.monotonic()
    await server.stop()
    replies = await asyncio.gather(*polls)
    assert time.monotonic() - started < 1.5
    assert [reply.body["events"] for reply in replies] == [[]] * 5


async def test_an_idle_connection_does_not_hold_up_the_end(server: ApiServer, folder: Path):
    reader, writer = await asyncio.open_unix_connection(str(folder / "engine.sock"))
    writer.write(b"GET /v1/status HTTP/1.1\r\nHost: engine\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    half_reader, half_writer = await asyncio.open_unix_connection(str(folder / "engine.sock"))
    half_writer.write(b"POST /v1/panic HTTP/1.1\r\nHost: engine\r\nContent-Length: 9\r\n\r\n{")
    await asyncio.sleep(0.05)
    started = time.monotonic()
    await server.stop()
    assert time.monotonic() - started < 3
    await half_reader.read()
    for one in (writer, half_writer):
        await closed(one)


async def test_a_caller_that_leaves_in_the_middle_harms_nobody(
    server: ApiServer, call: Caller, folder: Path, caplog: pytest.LogCaptureFixture
):
    for head in (b"", b"GET", b"POST /v1/panic HTTP/1.1\r\nContent-Length: 50\r\n\r\n{"):
        _, writer = await asyncio.open_unix_connection(str(folder / "engine.sock"))
        writer.write(head)
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.transport.abort()
    await asyncio.sleep(0.05)
    assert (await call.get("status")).status == 200
    assert "api.failed" not in caplog.text


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_body_that_cannot_be_unpacked_is_refused(
    call: Caller, engine: FakeEngine, encoding: str
):
    sent = {"Content-Encoding": encoding, "Idempotency-Key": "k"}
    reply = await call.send("POST", "/v1/panic", b"not packed at all", **sent)
    assert (reply.status, reply.code) == (400, "bad_json")
    assert engine.done == []


async def test_what_is_no_http_is_answered_with_400(server: ApiServer, folder: Path):
    reader, writer = await asyncio.open_unix_connection(str(folder / "engine.sock"))
    writer.write(b"\x16\x03\x01 hello\r\n\r\n")
    assert b" 400 " in await reader.readline()
    await closed(writer)
