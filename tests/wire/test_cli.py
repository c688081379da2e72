"""`pasu` as the owner runs it: a process of its own against a served engine."""

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.api.server import ApiServer
from engine.cli_socket import find_engine
from engine.domain.errors import Refused
from engine.settings import parse
from tests.wire.fake_engine import FakeEngine

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


class Shell:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SOCKET_PATH": str(folder / "engine.sock"),
            "LANGUAGE": "en",
            "USER": "owner",
        }

    async def run(self, *words: str, typed: str = "") -> Ended:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "engine.cli",
            *words,
            cwd=self.folder,
            env=self.environ,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(typed.encode()), 30)
        assert process.returncode is not None
        return Ended(process.returncode, out.decode(), err.decode())


@pytest.fixture
def shell(folder: Path) -> Shell:
    return Shell(folder)


async def test_status_is_one_readable_card(server: ApiServer, shell: Shell):
    ended = await shell.run("status")
    assert ended.code == 0
    assert "state: running since 2026-01-02 12:04:05 KST (owner: –)" in ended.out
    assert "phase: warming_up · warming up 1/3" in ended.out
    assert "equity: 40,400,000 KRW · today 100,000 KRW (+0.25 %)" in ended.out
    assert (
        "upbit [replay] up · 10,100,000 KRW · 1 held · 2 orders · built-in market, seed 7"
        in ended.out
    )


async def test_korean_is_the_default_language(server: ApiServer, shell: Shell):
    del shell.environ["LANGUAGE"]
    ended = await shell.run("status")
    assert "상태: running" in ended.out
    assert "총자산: 40,400,000 원" in ended.out


async def test_the_language_of_the_env_file_is_spoken(server: ApiServer, shell: Shell):
    del shell.environ["LANGUAGE"]
    (shell.folder / ".env").write_text("LANGUAGE=en\nthis line is broken\n")
    assert "state: running" in (await shell.run("status")).out


async def test_positions_show_prices_with_the_markets_tick(server: ApiServer, shell: Shell):
    ended = await shell.run("positions")
    assert "upbit BTC/KRW (비트코인) 0.0125 · entry 98,765,000 → now 98,765,000" in ended.out
    assert "-1,234 KRW (-0.10 %)" in ended.out
    assert "trailing –" in ended.out


@pytest.mark.parametrize("command", ["status", "positions", "logs", "events"])
async def test_json_prints_the_answer_as_it_is(server: ApiServer, shell: Shell, command: str):
    ended = await shell.run(command, "--json")
    assert ended.code == 0
    assert json.loads(ended.out)
    assert ended.err == ""


async def test_panic_asks_for_the_word_after_the_preview(
    server: ApiServer, shell: Shell, engine: FakeEngine
):
    ended = await shell.run("panic", typed="PANIC\n")
    assert ended.code == 0
    assert "upbit BTC/KRW (비트코인) 0.0125 · 1,234,562 KRW" in ended.err
    assert "Type PANIC" in ended.err
    assert ended.out == "panic number 0\n"
    ((name, _, order),) = engine.done
    assert (name, order.who) == ("panic", "shell:owner")


@pytest.mark.parametrize("typed", ["", "\n", "panic\n", "yes\n", "PANIC!\n"])
async def test_anything_but_the_word_sells_nothing(
    server: ApiServer, shell: Shell, engine: FakeEngine, typed: str
):
    ended = await shell.run("panic", typed=typed)
    assert ended.code == 3
    assert "Nothing was sold" in ended.err
    assert engine.done == []


async def test_panic_with_yes_asks_nothing(server: ApiServer, shell: Shell, engine: FakeEngine):
    ended = await shell.run("panic", "--yes", "--json")
    assert json.loads(ended.out)["command"] == "panic"
    assert len(engine.done) == 1


async def test_panic_with_yes_goes_on_without_a_preview(
    server: ApiServer, shell: Shell, engine: FakeEngine
):
    engine.failing = Refused("invalid", "no preview can be made")
    ended = await shell.run("panic", "--yes")
    assert (ended.code, len(engine.done)) == (0, 1)


async def test_panic_without_a_preview_asks_nothing_and_sells_nothing(
    server: ApiServer, shell: Shell, engine: FakeEngine
):
    engine.failing = Refused("invalid", "no preview can be made")
    ended = await shell.run("panic", typed="PANIC\n")
    assert (ended.code, engine.done) == (1, [])
    assert "no preview can be made" in ended.err


async def test_pause_and_resume_carry_their_reason(
    server: ApiServer, shell: Shell, engine: FakeEngine
):
    await shell.run("pause", "news", "of", "the", "day")
    await shell.run("resume")
    assert [(name, arguments) for name, arguments, _ in engine.done] == [
        ("pause", ("news of the day",)),
        ("resume", ("",)),
    ]
    assert len({order.key for _, _, order in engine.done}) == 2


async def test_a_refusal_is_told_and_ends_in_one(
    server: ApiServer, shell: Shell, engine: FakeEngine
):
    engine.failing = Refused("halted", "the engine is halted")
    ended = await shell.run("pause")
    assert (ended.code, ended.out) == (1, "")
    assert "refused (halted): the engine is halted" in ended.err


async def test_logs_take_lines_and_level(server: ApiServer, shell: Shell, engine: FakeEngine):
    ended = await shell.run("logs", "-n", "5", "--level", "error")
    assert ended.out == "2026-01-02 12:04:05 KST ERROR    error.event\n"
    assert engine.asked == [("logs", 5, "ERROR")]


async def test_events_are_listed_after_a_number(server: ApiServer, shell: Shell):
    ended = await shell.run("events", "--after", "2")
    assert ended.out.startswith("#3 2026-01-02 12:04:05 KST info     OrderFilled symbol=BTC/KRW")
    assert "No new events." in (await shell.run("events", "--after", "3")).out


async def test_followed_events_arrive_as_they_happen(
    server: ApiServer, shell: Shell, engine: FakeEngine
):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "engine.cli",
        "events",
        "--follow",
        "--after",
        "3",
        cwd=shell.folder,
        env=shell.environ,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    await asyncio.wait_for(engine.waiting.wait(), 10)
    await engine.tell()
    line = await asyncio.wait_for(process.stdout.readline(), 10)
    process.kill()
    await process.communicate()
    assert line.startswith(b"#4 ")


async def test_doctor_names_what_is_wrong_with_the_settings(server: ApiServer, shell: Shell):
    (shell.folder / ".env").write_text("MAX_LEVERAGE=3\nCRYPTO_K_VALUE=abc\n")
    ended = await shell.run("doctor")
    assert ended.code == 1
    assert "✗ settings:" in ended.out
    assert "line 2: CRYPTO_K_VALUE" in ended.out
    assert "✓ socket: the engine answers" in ended.out
    assert "✓ upbit ledger: sums to zero" in ended.out


async def test_doctor_is_content_with_a_sound_engine(server: ApiServer, shell: Shell):
    ended = await shell.run("doctor", "--json")
    assert ended.code == 0
    assert {one["ok"] for one in json.loads(ended.out)} == {True}


@pytest.mark.parametrize(
    "words",
    [("status",), ("positions",), ("panic", "--yes"), ("pause",), ("logs",), ("events", "-f")],
)
async def test_without_an_engine_a_sentence_and_69(shell: Shell, words: tuple[str, ...]):
    ended = await shell.run(*words)
    assert (ended.code, ended.out) == (69, "")
    assert f"the engine does not answer at {shell.environ['SOCKET_PATH']}" in ended.err
    assert "Traceback" not in ended.err


async def test_doctor_without_an_engine_says_so_and_checks_the_rest(shell: Shell):
    ended = await shell.run("doctor")
    assert ended.code == 1
    assert "✗ socket: the engine does not answer" in ended.out
    assert "✓ settings: no problem" in ended.out


async def test_a_server_that_is_not_pasu_is_told_as_one(shell: Shell, folder: Path):
    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")
        writer.close()

    async with await asyncio.start_unix_server(other, str(folder / "engine.sock")):
        ended = await shell.run("status")
    assert ended.code == 69
    assert "Traceback" not in ended.err


async def test_the_socket_can_be_named(server: ApiServer, shell: Shell, folder: Path):
    shell.environ["SOCKET_PATH"] = "/nowhere/engine.sock"
    assert (await shell.run("--socket", str(folder / "engine.sock"), "status")).code == 0


async def test_a_reader_that_has_seen_enough_is_no_fault(server: ApiServer, shell: Shell):
    process = await asyncio.create_subprocess_shell(
        f"{sys.executable} -m engine.cli logs | true",
        cwd=shell.folder,
        env=shell.environ,
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")


async def test_a_word_that_is_no_command_is_usage(shell: Shell):
    ended = await shell.run("sell-all")
    assert ended.code == 2


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    [
        ("", {}, "data/engine.sock"),
        ("DATA_DIR=state", {}, "state/engine.sock"),
        ("SOCKET_PATH=run/x.sock\nDATA_DIR=state", {}, "run/x.sock"),
        ("SOCKET_PATH=run/x.sock", {"SOCKET_PATH": "y.sock"}, "y.sock"),
        ("DATA_DIR=state", {"DATA_DIR": "other"}, "other/engine.sock"),
    ],
)
def test_the_command_line_looks_where_the_engine_listens(
    folder: Path, text: str, environ: dict[str, str], expected: str
):
    path = folder / "some.env"
    path.write_text(text)
    found = find_engine({**environ, "ENV_FILE": str(path)}, folder / "none.sock")
    assert found.socket_path == Path(expected)
    assert parse(environ, text).socket_path == Path(expected)


def test_the_socket_of_the_service_is_tried_when_nothing_names_another(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(folder)
    service = folder / "service.sock"
    assert find_engine({}, service).socket_path == Path("data/engine.sock")
    service.touch()
    assert find_engine({}, service).socket_path == service
    assert find_engine({"DATA_DIR": "x"}, service).socket_path == Path("x/engine.sock")
