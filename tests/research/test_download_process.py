"""The download as a process: its words, its exit codes, and what a kill leaves behind."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from engine.domain.candle import Timeframe
from engine.domain.venue import VenueName
from engine.venues.candle_source import read_folder
from tests.research.fake_venue import FakeVenue, cut_body, status
from tests.research.fetching import contents, fetched, series, span
from training.candle_store import load
from training.download import main

ROOT = Path(__file__).resolve().parents[2]
# 40 days of minutes: 58 pages, of which every twentieth is followed by a save.
WEEKS = span("2025-01-10", "2025-02-19")


@pytest.fixture
async def fake():
    async with FakeVenue().running() as venue:
        yield venue


async def started(fake, root, *more, venue="binance_spot", symbols="BTC/USDT", days=WEEKS):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "training.download", "--venue", venue, "--symbols", symbols, "--timeframe", "1m"),
        *("--from", f"{days.start:%Y-%m-%d}", "--to", f"{days.end:%Y-%m-%dT%H:%M:%S+00:00}"),
        *("--out", str(root), "--url", f"{fake.address}/", *more),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # A runner in the background hands down an ignored SIGINT, which Python would keep.
        preexec_fn=heed_interrupts,
    )


def heed_interrupts():
    signal.signal(signal.SIGINT, signal.SIG_DFL)


async def ended(process):
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_a_download_killed_twice_leaves_the_same_files(fake, tmp_path):
    await fetched(fake, "binance_spot", tmp_path / "calm", WEEKS)
    fake.slow_s = 0.005
    left = []
    for answers in (27, 24):
        process = await started(fake, tmp_path / "killed")
        await fake.reached(len(fake.candle_requests()) + answers)
        process.kill()
        assert (await ended(process))[0] == -signal.SIGKILL
        left.append(len(load(tmp_path / "killed", series("binance_spot"))))
    assert 0 < left[0] < left[1] < 57_600
    code, out, _ = await ended(await started(fake, tmp_path / "killed"))
    assert (code, "57,600 in all" in out) == (0, True)
    assert contents(tmp_path / "killed") == contents(tmp_path / "calm")


async def test_an_interrupted_download_keeps_all_and_says_how_to_go_on(fake, tmp_path):
    fake.slow_s = 0.02
    process = await started(fake, tmp_path)
    await fake.reached(6)
    process.send_signal(signal.SIGINT)
    code, _, err = await ended(process)
    assert code == 130
    assert "the same command goes on from here" in err
    assert "Traceback" not in err
    assert len(load(tmp_path, series("binance_spot"))) in {5000, 6000}


async def test_two_downloads_into_one_folder_are_refused(fake, tmp_path):
    fake.slow_s = 0.05
    first = await started(fake, tmp_path)
    await fake.reached(1)
    code, _, err = await ended(await started(fake, tmp_path))
    first.kill()
    await ended(first)
    assert (code, "another download is writing" in err) == (1, True)


async def test_what_was_downloaded_is_what_a_replay_reads(fake, tmp_path):
    fake.quiet = lambda opened_at: opened_at.minute == 30
    fake.faults.extend([cut_body(), status(429, "Too many API requests.")])
    days = span("2025-01-31", "2025-01-31T10:00")
    more = ("--replay", str(tmp_path / "replay"))
    process = await started(
        fake, tmp_path / "store", *more, venue="upbit", symbols="btc_krw,ETH/KRW", days=days
    )
    code, out, err = await ended(process)
    assert code == 0, err
    assert out.splitlines() == [
        "upbit BTC/KRW 1m: 590 new candles, 590 in all, 10 times without a trade",
        f"  → {tmp_path}/replay/upbit/BTC_KRW-1m.feather",
        "upbit ETH/KRW 1m: 590 new candles, 590 in all, 10 times without a trade",
        f"  → {tmp_path}/replay/upbit/ETH_KRW-1m.feather",
    ]
    assert "asking again in 1 s" in err
    assert "Upbit asks for fewer requests; going on at" in err
    source = read_folder(tmp_path / "replay", VenueName.UPBIT)
    assert sorted(source.feeds) == ["BTC/KRW", "ETH/KRW"]
    bars = source.feeds["BTC/KRW"].base
    expected = fake.candles("BTC", Timeframe.M1, days.start, days.end)
    assert bars.candles() == expected


async def test_a_symbol_the_venue_lacks_ends_the_process_in_words(fake, tmp_path):
    code, out, err = await ended(await started(fake, tmp_path, symbols="BTX/USDT"))
    assert (code, out) == (1, "")
    assert err == (
        "pasu download: --symbols: binance_spot does not trade BTX/USDT; "
        "did you mean BTC/USDT, ETH/USDT?\n"
    )


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--venue", "../up"), "not the name of a venue"),
        (("--symbols", " , "), "names no symbol"),
        (("--from", "tomorrow"), "invalid"),
        (("--timeframe", "2h"), "invalid choice"),
        (("--venue", "binanse"), "unknown venue binanse; did you mean"),
        (("--from", "2025-02-19"), "no closed candle lies between"),
        (("--out", "/dev/null/x"), "cannot write to /dev/null/x"),
    ],
)
def test_a_wrong_command_is_answered_in_words(capsys, tmp_path, more, words):
    given = (
        "--venue",
        "upbit",
        "--symbols",
        "BTC/KRW",
        "--timeframe",
        "1m",
        "--from",
        "2025-02-18",
    )
    rest = ("--to", "2025-02-19", "--out", str(tmp_path), "--url", "http://127.0.0.1:9")
    try:
        code = main([*given, *rest, *more])
    except SystemExit as e:
        code = e.code
    assert code != 0
    assert words in capsys.readouterr().err


async def test_help_needs_no_client_library():
    code = "import sys; from training.download import main\ntry:\n    main(['--help'])\nfinally:\n"
    code += "    assert not {'ccxt', 'binance', 'pyupbit', 'pandas'} & set(sys.modules)"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    status_code, out, err = await ended(process)
    assert (status_code, err) == (0, "")
    assert "Download candles into a folder of Parquet files" in out
