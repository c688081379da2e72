"""Downloads through the three real client libraries, against venues on loopback."""

import asyncio

import pytest
import pyupbit.request_api
import requests

from engine.domain.candle import Candle, Timeframe
from engine.domain.errors import BadConfiguration, Refused, Throttled, VenueDown
from tests.research.fake_venue import (
    FakeVenue,
    bad_gateway,
    candle,
    cut_body,
    hung_up,
    page_for_people,
    status,
)
from tests.research.fetching import NIGHT, QUICK, SYMBOLS, at, contents, fetched, series, span
from tests.research.test_pacing import StillClock
from training.candle_store import load, missing, stored
from training.download import open_source
from training.download_upbit import UpbitCandles
from training.pacing import Patience

ALL = tuple(SYMBOLS)
SURE = ("upbit", "binance_spot", "binance_futures")


@pytest.fixture
async def fake():
    async with FakeVenue().running() as venue:
        yield venue


@pytest.mark.parametrize("venue", ALL)
async def test_a_download_stores_what_the_venue_has_to_the_last_digit(fake, venue, tmp_path):
    [found] = await fetched(fake, venue, tmp_path)
    assert load(tmp_path, series(venue)) == tuple(
        fake.candles("BTC", Timeframe.M1, NIGHT.start, NIGHT.end)
    )
    assert (found.new, found.present, found.empty, found.refused) == (1080, 1080, 0, 0)
    folder = f"{venue}/{SYMBOLS[venue].replace('/', '_')}/1m"
    assert list(contents(tmp_path)) == [f"{folder}/2025-01.parquet", f"{folder}/2025-02.parquet"]


@pytest.mark.parametrize("venue", SURE)
async def test_what_is_there_is_not_asked_for_again(fake, venue, tmp_path):
    await fetched(fake, venue, tmp_path)
    before, asked = contents(tmp_path), len(fake.candle_requests())
    [found] = await fetched(fake, venue, tmp_path)
    assert (found.new, found.present) == (0, 1080)
    assert len(fake.candle_requests()) == asked
    assert contents(tmp_path) == before


@pytest.mark.parametrize("venue", SURE)
async def test_several_symbols_and_timeframes_lie_side_by_side(fake, venue, tmp_path):
    quote = SYMBOLS[venue].partition("/")[2]
    both = (f"btc/{quote.lower()}", f"ETH/{quote}")
    wanted = span("2024-11-20", "2025-02-10")
    for timeframe in (Timeframe.H1, Timeframe.D1):
        await fetched(fake, venue, tmp_path, wanted, symbols=both, timeframe=timeframe)
    assert len(stored(tmp_path)) == 4
    for found in stored(tmp_path):
        base = found.symbol.partition("/")[0]
        expected = fake.candles(base, found.timeframe, wanted.start, wanted.end)
        assert load(tmp_path, found) == tuple(expected)


@pytest.mark.parametrize("venue", ALL)
async def test_minutes_without_a_trade_are_recorded_and_not_asked_for_again(fake, venue, tmp_path):
    fake.quiet = lambda opened_at: opened_at.minute % 7 == 3 or 2 <= opened_at.hour < 4
    expected = fake.candles("BTC", Timeframe.M1, NIGHT.start, NIGHT.end)
    [found] = await fetched(fake, venue, tmp_path)
    assert load(tmp_path, series(venue)) == tuple(expected)
    assert (found.present, found.empty) == (len(expected), 1080 - len(expected))
    assert missing(tmp_path, series(venue), NIGHT) == ()
    asked = len(fake.candle_requests())
    # The last minute is empty too, and a page that is not full answers for it.
    assert asked == {"upbit": 5, "bybit": 2}.get(venue, 1)
    await fetched(fake, venue, tmp_path)
    assert len(fake.candle_requests()) == asked


@pytest.mark.parametrize("venue", ALL)
async def test_a_symbol_listed_later_begins_with_its_listing(fake, venue, tmp_path):
    fake.listed_at = at("2025-01-31T23:30")
    [found] = await fetched(fake, venue, tmp_path)
    expected = fake.candles("BTC", Timeframe.M1, fake.listed_at, NIGHT.end)
    assert load(tmp_path, series(venue)) == tuple(expected)
    assert (found.present, found.empty, found.refused) == (390, 690, 0)


@pytest.mark.parametrize("venue", SURE)
async def test_years_before_the_listing_are_asked_for_once(fake, venue, tmp_path):
    fake.listed_at = at("2025-01-20")
    wanted = span("2021-01-01", "2025-02-01")
    [found] = await fetched(fake, venue, tmp_path, wanted, timeframe=Timeframe.D1)
    assert (found.present, found.empty) == (12, 1480)
    asked = len(fake.candle_requests())
    # One page, and one more to be sure of so long a silence.
    assert asked == 2
    await fetched(fake, venue, tmp_path, wanted, timeframe=Timeframe.D1)
    assert len(fake.candle_requests()) == asked


async def test_an_exchange_that_skips_ahead_is_not_believed_for_ever(fake, tmp_path):
    fake.listed_at = at("2025-01-10")
    wanted = span("2025-01-01", "2025-01-10T10:00")
    [found] = await fetched(fake, "bybit", tmp_path, wanted)
    assert (found.present, found.empty) == (600, 0)
    assert missing(tmp_path, series("bybit"), wanted) == (span("2025-01-01", "2025-01-10"),)
    fake.listed_at = at("2020-01-01")
    [found] = await fetched(fake, "bybit", tmp_path, wanted)
    assert (found.present, found.refused) == (13_560, 0)


@pytest.mark.parametrize("venue", SURE)
async def test_a_lost_month_is_fetched_again_and_nothing_else_is(fake, venue, tmp_path):
    wanted = span("2024-11-01", "2025-03-01")
    await fetched(fake, venue, tmp_path, wanted, timeframe=Timeframe.H1)
    before, asked = contents(tmp_path), len(fake.candle_requests())
    lost = next(name for name in before if "2024-12" in name)
    (tmp_path / lost).unlink()
    [found] = await fetched(fake, venue, tmp_path, wanted, timeframe=Timeframe.H1)
    assert found.new == 744
    assert len(fake.candle_requests()) - asked == (4 if venue == "upbit" else 1)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("damage", [b"", b"PAR1 and no more", None])
async def test_a_damaged_month_is_fetched_again(fake, damage, tmp_path):
    await fetched(fake, "binance_spot", tmp_path)
    before = contents(tmp_path)
    victim = tmp_path / next(iter(before))
    victim.write_bytes(victim.read_bytes()[:-40] if damage is None else damage)
    [found] = await fetched(fake, "binance_spot", tmp_path)
    assert (found.new, found.damaged) == (720, 1)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("venue", ALL)
@pytest.mark.parametrize("fault", [bad_gateway, page_for_people, cut_body, hung_up])
async def test_faults_on_the_way_leave_the_same_files(fake, venue, fault, tmp_path):
    await fetched(fake, venue, tmp_path / "calm")
    fake.faults.extend([fault(), None, fault(), fault()])
    await fetched(fake, venue, tmp_path / "storm")
    assert not fake.faults
    assert contents(tmp_path / "storm") == contents(tmp_path / "calm")


NONSENSE = (
    "",
    {},
    [[1]],
    {"a": 1},
    [{"candle_date_time_kst": "2025-02-01T14:59:00", "opening_price": "dear"}],
    [{"candle_date_time_kst": "yesterday"}],
)


@pytest.mark.parametrize("venue", SURE)
@pytest.mark.parametrize("nonsense", NONSENSE)
async def test_an_answer_without_sense_is_asked_for_again(fake, venue, nonsense, tmp_path):
    left = {"Remaining_Req": "group=candles; min=600; sec=9"}
    fake.faults.extend([status(200, nonsense, **left), status(500, ["no", "object"])])
    [found] = await fetched(fake, venue, tmp_path)
    assert not fake.faults
    assert (found.present, found.refused) == (1080, 0)


@pytest.mark.parametrize("venue", ALL)
async def test_one_empty_answer_is_not_taken_for_a_silence_of_hours(fake, venue, tmp_path):
    nothing = {"retCode": 0, "retMsg": "OK", "result": {"category": "spot", "list": []}}
    empty = nothing if venue == "bybit" else []
    left = {"Remaining_Req": "group=candles; min=600; sec=9"}
    fake.faults.extend([status(200, empty, **left), None, None, status(200, empty, **left)])
    [found] = await fetched(fake, venue, tmp_path)
    assert not fake.faults
    assert (found.present, found.empty, found.refused) == (1080, 0, 0)


async def test_upbit_is_not_waited_for_without_end(fake):
    fake.slow_s = 0.6
    source = UpbitCandles(StillClock(), fake.address, timeout_s=0.1)
    began = asyncio.get_running_loop().time()
    try:
        with pytest.raises(VenueDown, match="Timeout"):
            await source.page("BTC/KRW", Timeframe.M1, NIGHT)
    finally:
        await source.close()
    assert asyncio.get_running_loop().time() - began < 0.5


THROTTLES = {
    "upbit": status(429, {"error": {"name": "too_many_requests"}}, Retry_After="1"),
    "binance_spot": status(429, {"code": -1003, "msg": "Too many."}, Retry_After="1"),
    "binance_futures": status(418, {"code": -1003, "msg": "Banned."}, Retry_After="1"),
    "bybit": status(429, {"retCode": 10006, "retMsg": "Too many visits!"}, Retry_After="1"),
}


@pytest.mark.parametrize("venue", ALL)
async def test_a_named_pause_is_kept_to_the_second(fake, venue, tmp_path):
    fake.faults.append(THROTTLES[venue])
    await fetched(fake, venue, tmp_path)
    candles = [
        t
        for t, (path, _) in zip(fake.times, fake.asked, strict=True)
        if "ine" in path or "candles" in path
    ]
    assert 1.0 <= candles[1] - candles[0] < 1.6
    assert len(load(tmp_path, series(venue))) == 1080


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (status(429, "Too many API requests."), 1),
        (status(429, {"error": {"name": "too_many_requests", "message": "slow down"}}), 1),
        (status(418, {"error": {"name": "banned", "message": "Retry after 37 seconds."}}), 37),
        (status(418, {"error": {"name": "banned", "message": "120초 후 다시"}}), 120),
        (status(418, "blocked"), 60),
    ],
)
async def test_upbit_names_its_pause_in_words_or_not_at_all(fake, answer, seconds):
    clock = StillClock()
    source = open_source("upbit", clock, fake.address)
    fake.faults.append(answer)
    try:
        with pytest.raises(Throttled) as refused:
            await source.page("BTC/KRW", Timeframe.M1, NIGHT)
    finally:
        await source.close()
    assert (refused.value.until - clock.now()).total_seconds() == seconds


async def test_a_long_ban_ends_the_download_and_keeps_what_came(fake, tmp_path):
    ban = status(418, {"code": -1003, "msg": "Banned."}, Retry_After="3600")
    fake.faults.extend([None, ban])
    with pytest.raises(Throttled):
        await fetched(fake, "binance_spot", tmp_path)
    assert len(load(tmp_path, series("binance_spot"))) == 1000
    await fetched(fake, "binance_spot", tmp_path)
    assert len(load(tmp_path, series("binance_spot"))) == 1080


async def test_upbit_is_asked_at_most_eight_times_a_second(fake, tmp_path):
    clock = StillClock()
    await fetched(fake, "upbit", tmp_path, clock=clock, paced=True)
    assert (len(fake.asked), clock.passed) == (7, 6 / 8)


async def test_binance_is_asked_for_half_of_the_weight_it_allows(fake, tmp_path):
    clock = StillClock()
    await fetched(fake, "binance_futures", tmp_path, clock=clock, paced=True)
    # Before the limit is known 2 a second; then 60,000 a minute, a page weighing 5.
    assert len(fake.asked) == 3
    assert clock.passed == pytest.approx(0.5 + 5 / 500)


async def test_an_empty_allowance_of_upbit_is_waited_out(fake, tmp_path):
    fake.remaining = 0
    clock = StillClock()
    await fetched(fake, "upbit", tmp_path, clock=clock)
    # Seven answers, the list of markets included, and a full second behind each but the last.
    assert clock.passed == 6.0


async def test_weight_used_by_others_is_waited_out_to_the_end_of_the_minute(fake, tmp_path):
    fake.weight_used = 50_000
    clock = StillClock()
    await clock.sleep(12.5)
    await fetched(fake, "binance_spot", tmp_path, clock=clock)
    assert clock.passed == 120.0


@pytest.mark.parametrize("venue", ALL)
async def test_an_unknown_symbol_is_named_with_its_like(fake, venue, tmp_path):
    quote = SYMBOLS[venue].partition("/")[2]
    with pytest.raises(BadConfiguration, match=f"BTCC/{quote}; did you mean BTC/{quote}"):
        await fetched(fake, venue, tmp_path, symbols=(SYMBOLS[venue], f"BTCC/{quote}"))
    assert fake.candle_requests() == []


async def test_a_symbol_that_went_between_list_and_candles_is_named(fake):
    source = open_source("upbit", StillClock(), fake.address)
    try:
        with pytest.raises(BadConfiguration, match="GONE/KRW"):
            await source.page("GONE/KRW", Timeframe.M1, NIGHT)
    finally:
        await source.close()


async def test_contracts_with_an_end_are_not_taken_for_the_perpetual_one(fake):
    source = open_source("binance_futures", StillClock(), fake.address)
    try:
        assert set(await source.symbols()) == {"BTC/USDT", "ETH/USDT"}
        await source.page("BTC/USDT", Timeframe.M1, NIGHT)
    finally:
        await source.close()
    assert fake.asked[-1][1]["symbol"] == "BTCUSDT"
    assert {path for path, _ in fake.asked} == {"/fapi/v1/exchangeInfo", "/fapi/v1/klines"}


@pytest.mark.parametrize("venue", ALL)
async def test_a_venue_out_of_reach_is_said_so(venue, tmp_path):
    async with FakeVenue().running() as fake:
        pass
    with pytest.raises(VenueDown, match="no answer from"):
        await fetched(fake, venue, tmp_path, patience=Patience(tries=2, first_s=0.01))


async def test_a_definite_no_is_told_and_not_repeated(fake, tmp_path):
    fake.faults.append(status(451, {"code": 0, "msg": "Service unavailable from here."}))
    with pytest.raises(Refused, match="451"):
        await fetched(fake, "binance_spot", tmp_path)
    assert len(fake.candle_requests()) == 1


@pytest.mark.parametrize("venue", SURE)
async def test_an_impossible_candle_is_left_out_and_asked_for_again(fake, venue, tmp_path):
    where = at("2025-01-31T18:00")
    fake.spoiled[where] = Candle(where, 10.0, 9.0, 8.0, 9.5, 1.0)
    [found] = await fetched(fake, venue, tmp_path)
    assert (found.present, found.refused) == (1079, 1)
    assert where not in {one.opened_at for one in load(tmp_path, series(venue))}
    fake.spoiled.clear()
    [found] = await fetched(fake, venue, tmp_path)
    assert (found.new, found.refused) == (1, 0)
    assert candle("BTC", where) in load(tmp_path, series(venue))


@pytest.mark.parametrize(
    ("venue", "words"), [("binanse", "did you mean .*binance"), ("stock", "unknown venue")]
)
async def test_an_unknown_venue_is_named_with_its_like(venue, words):
    with pytest.raises(BadConfiguration, match=words):
        open_source(venue, StillClock(), None)


async def test_pyupbit_has_its_own_requests_back_afterwards(fake, tmp_path):
    await fetched(fake, "upbit", tmp_path)
    assert pyupbit.request_api.requests is requests


async def test_a_cancelled_download_keeps_every_answer(fake, tmp_path):
    fake.slow_s = 0.15
    task = asyncio.create_task(fetched(fake, "upbit", tmp_path))
    await fake.reached(4)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(load(tmp_path, series("upbit"))) == 600
    fake.slow_s = 0.0
    await fetched(fake, "upbit", tmp_path, patience=QUICK)
    assert len(load(tmp_path, series("upbit"))) == 1080
