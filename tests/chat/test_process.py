"""`python -m bot` as the owner starts it: exit codes, signals, pipes, and no token anywhere."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path

from tests.chat import samples
from tests.chat.fake_engine import FakeEngine
from tests.chat.fake_telegram import OWNER, TOKEN, FakeTelegram, Fault
from tests.chat.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
START_S = 20.0


async def start(
    folder: Path,
    *arguments: str,
    stdin: int = asyncio.subprocess.PIPE,
    stdout: int = asyncio.subprocess.PIPE,
    **environ: str,
) -> asyncio.subprocess.Process:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("TELEGRAM_")}
    settings = {"DATA_DIR": str(folder), "ENV_FILE": str(folder / ".env"), "LANGUAGE": "ko",
                "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "default"}  # fmt: skip
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *arguments,
        cwd=ROOT, env={**clean, **settings, **environ},
        stdin=stdin, stdout=stdout, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def piped(folder: Path, script: str, **environ: str) -> tuple[int, str, str]:
    process = await start(folder, "--terminal", **environ)
    out, err = await asyncio.wait_for(process.communicate(script.encode()), START_S)
    return process.returncode or 0, out.decode(), err.decode()


def telegram_environ(telegram: FakeTelegram) -> dict[str, str]:
    return {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_USER_IDS": str(OWNER),
        "TELEGRAM_BASE_URL": telegram.base_url,
    }


async def test_piped_session_is_answered_completely_and_in_order(engine: FakeEngine, folder: Path):
    script = "/status\n# a comment\n/preset mid_term\n!yes\n상태\n/why BTC\n/nonsense\n/pnl"
    code, out, err = await piped(folder, script)
    assert (code, err) == (0, "")
    expected = ["파수 터미널 ", "/status", "> /status", "● 실행중", "> # a comment", "> /preset",
                "계획 · /preset crypto mid_term", "> !yes", "완료 · /preset crypto mid_term",
                "> 상태", "● 실행중", "> /why BTC", "✗ ADX", "> /nonsense", "모르는 명령",
                "> /pnl", "일별"]  # fmt: skip
    place = 0
    for text in expected:
        place = out.index(text, place) + len(text)
    assert len(engine.carried_out("preset")) == 1


async def test_piped_panic_ends_with_its_receipts(engine: FakeEngine, folder: Path):
    async def sell() -> None:
        await eventually(lambda: engine.carried_out("panic"), START_S)
        engine.happen(samples.panicked(1), samples.panicked(2, ""))

    selling = asyncio.create_task(sell())
    code, out, err = await piped(folder, "/panic\n!yes\n!sleep 0.3\n")
    await selling
    assert (code, err) == (0, "")
    assert out.index("긴급정지를 실행했습니다") < out.index("전부 팔았습니다")
    assert engine.cursor == 2


async def test_terminal_speaks_english_and_saves_pictures(engine: FakeEngine, folder: Path):
    code, out, err = await piped(folder, "/chart\n/help\n/quit\n/panic\n", LANGUAGE="en")
    assert (code, err) == (0, "")
    assert "Pasu in the terminal [replay]" in out
    assert "picture: " in out
    assert len(list((folder / "charts").glob("*.png"))) == 1
    assert engine.posts == []


async def test_terminal_whose_reader_goes_away_ends(engine: FakeEngine, folder: Path):
    process = await start(folder, "--terminal")
    assert process.stdout is not None
    assert process.stdin is not None
    await asyncio.wait_for(process.stdout.readline(), START_S)
    process.stdout._transport.close()  # type: ignore[attr-defined]
    process.stdin.write(b"/status\n/status\n")
    assert await asyncio.wait_for(process.wait(), START_S) == 0
    assert process.stderr is not None
    assert "Traceback" not in (await process.stderr.read()).decode()


async def test_terminal_waits_for_the_engine(folder: Path):
    process = await start(folder, "--terminal")
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), START_S)
    assert line.decode() == "엔진을 기다리는 중…\n"
    late = FakeEngine(folder / "engine.sock")
    await late.start()
    out, _ = await asyncio.wait_for(process.communicate(b"/status\n"), START_S)
    await late.stop()
    assert "기다리는" not in out.decode()
    assert "● 실행중" in out.decode()
    assert process.returncode == 0


async def test_terminal_stops_on_a_signal_while_its_input_stays_open(
    engine: FakeEngine, folder: Path
):
    for number in (signal.SIGTERM, signal.SIGINT):
        process = await start(folder, "--terminal")
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdin.write(b"/status\n")
        await asyncio.wait_for(process.stdout.readuntil("엔진 84 ms".encode()), START_S)
        assert await _stopped(process, number) == (0, "")


async def test_service_answers_and_stops_on_a_signal_within_three_seconds(
    engine: FakeEngine, folder: Path, telegram: FakeTelegram
):
    process = await start(folder, **telegram_environ(telegram))
    telegram.type_line("/chart")
    telegram.type_line("/status")
    await telegram.received("실행중", START_S)
    code, err = await _stopped(process, signal.SIGTERM)
    assert code == 0
    assert "Traceback" not in err
    assert "canary" not in err


async def test_service_whose_telegram_is_down_stops_on_a_signal_too(
    engine: FakeEngine, folder: Path
):
    environ = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_USER_IDS": "7",
               "TELEGRAM_BASE_URL": "http://127.0.0.1:9"}  # fmt: skip
    process = await start(folder, **environ)
    assert process.stderr is not None
    first = await asyncio.wait_for(process.stderr.readline(), START_S)
    assert b"telegram.unreachable" in first
    code, err = await _stopped(process, signal.SIGTERM)
    assert code == 0
    assert "canary" not in first.decode() + err


async def test_f38_killed_service_repeats_nothing(
    engine: FakeEngine, folder: Path, telegram: FakeTelegram
):
    engine.happen(samples.opened(1, "A1"), samples.opened(2, "A2"))
    for seq in (2, 3):
        process = await start(folder, **telegram_environ(telegram))
        await eventually(lambda seq=seq: engine.cursor >= seq, START_S)
        process.kill()
        await process.communicate()
        engine.happen(samples.opened(seq + 1, f"A{seq + 1}"))
    told = [f"A{i}" for text in telegram.texts() for i in range(1, 5) if f"A{i} " in text]
    assert told == ["A1", "A2", "A3"]


async def test_rejected_token_exits_78_and_is_never_printed(folder: Path, telegram: FakeTelegram):
    telegram.faults["getMe"] = [Fault(status=401, description="Unauthorized")] * 3
    process = await start(folder, LOG_LEVEL="DEBUG", **telegram_environ(telegram))
    out, err = await asyncio.wait_for(process.communicate(), START_S)
    assert process.returncode == 78
    assert "토큰을 거절했습니다" in err.decode()
    assert "canary" not in out.decode() + err.decode()


async def test_service_without_token_or_users_exits_78_with_the_set_up_text(folder: Path):
    for environ in ({}, {"TELEGRAM_BOT_TOKEN": TOKEN}, {"TELEGRAM_USER_IDS": "7"}):
        process = await start(folder, **environ)
        out, err = await asyncio.wait_for(process.communicate(), START_S)
        assert process.returncode == 78
        assert "python -m bot --terminal" in err.decode()
        assert "canary" not in out.decode() + err.decode()


async def test_bad_setting_exits_78_and_names_it(folder: Path):
    process = await start(folder, "--terminal", TIMEZONE="Mars/Base")
    _, err = await asyncio.wait_for(process.communicate(), START_S)
    assert process.returncode == 78
    assert "TIMEZONE" in err.decode()


async def _stopped(process: asyncio.subprocess.Process, number: int) -> tuple[int, str]:
    began = time.monotonic()
    process.send_signal(number)
    # Its input stays open: communicate() would close it.
    await asyncio.wait_for(process.wait(), START_S)
    assert time.monotonic() - began < 3.0
    assert process.stderr is not None
    return process.returncode or 0, (await process.stderr.read()).decode()


async def test_typed_session_completes_prompts_and_ends_with_ctrl_d(
    engine: FakeEngine, folder: Path
):
    master, slave = os.openpty()
    os.set_blocking(master, False)
    process = await start(folder, "--terminal", stdin=slave, stdout=slave, TERM="xterm",
                          PROMPT_TOOLKIT_NO_CPR="1")  # fmt: skip
    os.close(slave)
    seen = bytearray()

    def shows(text: str) -> bool:
        with contextlib.suppress(BlockingIOError, OSError):
            seen.extend(os.read(master, 65536))
        return text in seen.decode("utf-8", "replace")

    await eventually(lambda: shows("pasu>"), START_S)
    os.write(master, b"/status\r")
    await eventually(lambda: shows("실행중"), START_S)
    before = len(seen)
    os.write(master, b"/aud\t")
    await eventually(lambda: shows("") and b"it" in seen[before:], START_S)
    os.write(master, b"\r")
    await eventually(lambda: shows("익절과 손절을 그대로"), START_S)
    engine.happen(samples.opened(1))
    await eventually(lambda: shows("진입 BTC_KRW"), START_S)
    os.write(master, b"\x04")
    await eventually(lambda: shows("") and process.returncode is not None, START_S)
    os.close(master)
    assert process.returncode == 0
    assert process.stderr is not None
    assert (await process.stderr.read()).decode() == ""
