"""A key is one effect: twice, at once, after a restart, after a failure, when the caller leaves."""

import asyncio
from pathlib import Path

import pytest

from engine.api.once import MAX_REMEMBERED, Ask, OnceByKey
from engine.api.server import ApiServer
from engine.contract import Receipt
from engine.domain.errors import Refused
from tests.wire.conftest import Caller
from tests.wire.fake_engine import FakeEngine


async def test_a_repeated_key_answers_the_same_receipt_without_running_again(
    call: Caller, engine: FakeEngine
):
    first = await call.post("panic", {}, "k")
    again = [await call.post("panic", {}, "k") for _ in range(3)]
    assert len(engine.done) == 1
    assert all(reply.body == first.body for reply in again)
    assert first.body["changed"] is True


async def test_two_at_once_make_one_effect_and_get_one_answer(call: Caller, engine: FakeEngine):
    gate = asyncio.Event()
    engine.gate = gate.wait
    posts = [asyncio.create_task(call.post("panic", {}, "k")) for _ in range(8)]
    await asyncio.sleep(0.05)
    gate.set()
    replies = await asyncio.gather(*posts)
    assert len(engine.done) == 1
    assert {str(reply.body) for reply in replies} == {str(replies[0].body)}


async def test_different_keys_are_different_commands(call: Caller, engine: FakeEngine):
    await asyncio.gather(*(call.post("sell", {"symbol": "BTC"}, f"k{n}") for n in range(5)))
    assert len(engine.done) == 5


@pytest.mark.parametrize(
    ("route", "body"), [("sell", {"symbol": "ETH"}), ("pause", {"why": "BTC"}), ("panic", {})]
)
async def test_a_key_used_for_something_else_is_409(
    call: Caller, engine: FakeEngine, route: str, body: dict[str, object]
):
    await call.post("sell", {"symbol": "BTC"}, "k")
    reply = await call.post(route, body, "k")
    assert (reply.status, reply.code) == (409, "key_reused")
    assert len(engine.done) == 1


async def test_a_key_used_for_something_else_while_the_first_runs_is_409(
    call: Caller, engine: FakeEngine
):
    gate = asyncio.Event()
    engine.gate = gate.wait
    first = asyncio.create_task(call.post("sell", {"symbol": "BTC"}, "k"))
    await asyncio.sleep(0.05)
    reply = await call.post("sell", {"symbol": "ETH"}, "k")
    gate.set()
    assert reply.code == "key_reused"
    assert (await first).status == 200


async def test_the_same_body_in_another_order_is_the_same_command(call: Caller, engine: FakeEngine):
    await call.post("set", {"key": "A", "value": "1"}, "k")
    reply = await call.post("set", {"value": "1", "dry_run": False, "key": "A"}, "k")
    assert reply.status == 200
    assert len(engine.done) == 1


async def test_a_new_server_answers_what_the_old_one_did(
    call: Caller, engine: FakeEngine, folder: Path
):
    first = await call.post("panic", {}, "k")
    renewed = ApiServer(engine, engine, engine.lines, folder / "second.sock")
    await renewed.start()
    try:
        assert engine.remembered("k") is not None
        status, body = await _post_raw(folder / "second.sock", "panic", "k")
        other, _ = await _post_raw(folder / "second.sock", "undo", "k")
    finally:
        await renewed.stop()
    assert (status, first.body["lines"][0]["text"] in body) == (200, True)
    assert other == 409
    assert len(engine.done) == 1


async def test_a_command_that_changed_nothing_still_answers_only_once(
    call: Caller, engine: FakeEngine
):
    engine.is_remembering = False
    first = await call.post("pause", {}, "k")
    await call.post("resume", {}, "other")
    assert (await call.post("pause", {}, "k")).body == first.body
    assert [name for name, _, _ in engine.done] == ["pause", "resume"]


async def test_a_failed_command_may_be_tried_again_under_its_key(call: Caller, engine: FakeEngine):
    engine.failing = Refused("invalid", "not now")
    assert (await call.post("panic", {}, "k")).status == 422
    assert (await call.post("panic", {}, "k")).status == 200
    assert len(engine.done) == 1


async def test_all_who_wait_hear_of_a_failure(call: Caller, engine: FakeEngine):
    gate = asyncio.Event()
    engine.gate = gate.wait
    posts = [asyncio.create_task(call.post("panic", {}, "k")) for _ in range(3)]
    await asyncio.sleep(0.05)
    engine.failing = Refused("panicking", "one is under way")
    gate.set()
    assert [reply.status for reply in await asyncio.gather(*posts)] == [409] * 3
    assert engine.done == []


async def test_a_dry_run_does_not_use_its_key_up(call: Caller, engine: FakeEngine):
    plan = await call.post("panic", {"dry_run": True}, "k")
    real = await call.post("panic", {}, "k")
    assert (plan.body["changed"], real.body["changed"]) == (False, True)
    assert len(engine.done) == 1


async def test_a_caller_that_goes_away_stops_no_command(
    server: ApiServer, engine: FakeEngine, folder: Path
):
    gate = asyncio.Event()
    engine.gate = gate.wait
    reader, writer = await asyncio.open_unix_connection(str(folder / "engine.sock"))
    writer.write(_request("panic", "k"))
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.transport.abort()
    await asyncio.sleep(0.05)
    gate.set()
    await asyncio.sleep(0.05)
    assert [name for name, _, _ in engine.done] == ["panic"]
    assert reader.at_eof()


async def test_stopping_lets_a_command_end_and_refuses_new_ones(
    server: ApiServer, call: Caller, engine: FakeEngine
):
    gate = asyncio.Event()
    engine.gate = gate.wait
    running = asyncio.create_task(call.post("panic", {}, "k"))
    await asyncio.sleep(0.05)
    stopping = asyncio.create_task(server.stop())
    await asyncio.sleep(0.05)
    late = await call.post("sell", {"symbol": "BTC"}, "late")
    gate.set()
    assert (await running).status == 200
    await stopping
    assert (late.status, late.code) == (503, "stopping")
    assert [name for name, _, _ in engine.done] == ["panic"]


async def test_a_body_that_ends_after_the_stop_began_starts_nothing(
    server: ApiServer, engine: FakeEngine, folder: Path
):
    reader, writer = await asyncio.open_unix_connection(str(folder / "engine.sock"))
    request = _request("panic", "k")
    writer.write(request[:-1])
    await asyncio.sleep(0.05)
    stopping = asyncio.create_task(server.stop())
    await asyncio.sleep(0.05)
    writer.write(request[-1:])
    told = (await reader.read()).decode()
    await stopping
    writer.close()
    await writer.wait_closed()
    assert " 200 " not in told
    assert engine.done == []


async def test_after_the_stop_nothing_new_is_taken():
    once = OnceByKey({}.get)

    async def work() -> Receipt:
        return Receipt("panic", True, False, (), "k")

    first = await once.run(Ask("k", "panic", b""), work)
    await once.drain(0)
    assert await once.run(Ask("k", "panic", b""), work) == first
    with pytest.raises(Refused, match="stopping"):
        await once.run(Ask("new", "panic", b""), work)


async def test_a_command_without_an_end_is_cancelled_when_its_time_is_over():
    once = OnceByKey({}.get)
    never = asyncio.Event()

    async def work() -> Receipt:
        await never.wait()
        return Receipt("panic", True, False, (), "k")

    waiting = asyncio.create_task(once.run(Ask("k", "panic", b""), work))
    await asyncio.sleep(0)
    await once.drain(0.05)
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_what_is_remembered_is_bounded():
    once = OnceByKey({}.get)
    runs: list[int] = []

    async def work() -> Receipt:
        runs.append(1)
        return Receipt("pause", True, False, (), "k")

    for number in range(MAX_REMEMBERED + 1):
        await once.run(Ask(f"k{number}", "pause", b""), work)
    await once.run(Ask(f"k{MAX_REMEMBERED}", "pause", b""), work)
    assert len(runs) == MAX_REMEMBERED + 1
    await once.run(Ask("k0", "pause", b""), work)
    assert len(runs) == MAX_REMEMBERED + 2


def _request(route: str, key: str) -> bytes:
    head = f"POST /v1/{route} HTTP/1.1\r\nHost: engine\r\nIdempotency-Key: {key}\r\n"
    return f"{head}Content-Length: 2\r\nConnection: close\r\n\r\n{{}}".encode()


async def _post_raw(path: Path, route: str, key: str) -> tuple[int, str]:
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(_request(route, key))
    text = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    return int(text.split()[1]), text
