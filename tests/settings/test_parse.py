"""Values become settings, or problems that name the line and say what to do."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from engine.domain.errors import BadConfiguration, Problem
from engine.domain.venue import VenueMode, VenueName
from engine.settings import EVERY_MODE, keys, parse, text_of
from engine.settings.env_file import assign, read

TOKEN = "123456789:" + "test-token-" * 3


def problems_of(text: str, environ: dict[str, str] | None = None) -> tuple[Problem, ...]:
    with pytest.raises(BadConfiguration) as raised:
        parse(environ or {}, text)
    return raised.value.problems


def test_nothing_set_gives_a_replay_of_all_four_venues():
    settings = parse({}, "")
    assert {settings.mode(venue) for venue in VenueName} == {VenueMode.REPLAY}
    assert (settings.replay_speed, settings.replay_seed) == (60, 7)
    assert (settings.loop_seconds, settings.warmup_loops) == (3, 3)
    assert settings.socket_path == Path("data/engine.sock")
    assert settings.initial_capital_krw(VenueName.UPBIT) == Decimal(10_000_000)
    assert settings.initial_capital_krw(VenueName.STOCK) == Decimal(10_000_000)


GOOD = {
    "TELEGRAM_BOT_TOKEN": TOKEN,
    "TELEGRAM_USER_IDS": "1,2, 3",
    "TELEGRAM_BASE_URL": "http://127.0.0.1:8081",
    "LANGUAGE": "EN",
    "TIMEZONE": "Europe/Berlin",
    "CRYPTO_STRATEGY_PRESET": "scalping",
    "CRYPTO_K_VALUE": "0.45",
    "CRYPTO_TAKE_PROFIT_PERCENT": "3",
    "CRYPTO_STOP_LOSS_PERCENT": "0",
    "CRYPTO_TRAILING_STOP_PERCENT": "1.5",
    "CRYPTO_ATR_MULTIPLIER": "2",
    "CRYPTO_MAX_POSITION_SIZE": "0.3",
    "CRYPTO_MAX_POSITIONS": "4",
    "CRYPTO_INITIAL_CAPITAL": "5000000",
    "STOCK_STRATEGY_PRESET": "mid_term",
    "STOCK_K_VALUE": "0.6",
    "STOCK_TAKE_PROFIT_PERCENT": "8",
    "STOCK_STOP_LOSS_PERCENT": "3",
    "STOCK_TRAILING_STOP_PERCENT": "0",
    "STOCK_ATR_MULTIPLIER": "3",
    "STOCK_MAX_POSITION_SIZE": "0.1",
    "STOCK_MAX_POSITIONS": "9",
    "STOCK_INITIAL_CAPITAL": "20000000.5",
    "TUNING_ENABLED": "false",
    "TUNING_OBJECTIVE": "return",
    "TUNING_MIN_TRADES": "8",
    "VOLUME_TOP_N": "50",
    "VOLUME_REFRESH_MINUTES": "30",
    "SYMBOLS_ALLOW": "btc,ETH/KRW",
    "SYMBOLS_BLOCK": "DOGE",
    "STOCK_SYMBOLS": "005930 000660",
    "MAX_ORDER_VALUE_KRW": "1000000",
    "MAX_DAILY_LOSS_PERCENT": "2.5",
    "MAX_ORDERS_PER_MINUTE": "5",
    "MAX_LEVERAGE": "3",
    "USDT_KRW": "1385.5",
    "SLIPPAGE_ALERT_PERCENT": "0.3",
    "UPBIT_MODE": "paper",
    "UPBIT_REST_URL": "http://localhost:9000/",
    "UPBIT_WS_URL": "ws://[::1]:9001",
    "UPBIT_ACCESS_KEY": "test-upbit-access",
    "UPBIT_SECRET_KEY": "test-upbit-secret",
    "BINANCE_SPOT_MODE": "off",
    "BINANCE_SPOT_REST_URL": "https://spot.invalid",
    "BINANCE_SPOT_WS_URL": "wss://spot.invalid:443/ws",
    "BINANCE_SPOT_WS_API_URL": "wss://spot.invalid/ws-api",
    "BINANCE_FUTURES_MODE": "live",
    "BINANCE_FUTURES_REST_URL": "https://futures.invalid",
    "BINANCE_FUTURES_WS_URL": "wss://futures.invalid",
    "BINANCE_API_KEY": "test-binance-key",
    "BINANCE_API_SECRET": "test-binance-secret",
    "STOCK_MODE": "live",
    "STOCK_REST_URL": "https://stock.invalid:9443",
    "STOCK_WS_URL": "ws://127.0.0.1:21000",
    "KIS_APP_KEY": "test-kis-app-key",
    "KIS_APP_SECRET": "test-kis-app-secret",
    "KIS_ACCOUNT_NO": "12345678-01",
    "KIS_PAPER": "true",
    "REPLAY_DATA": "candles",
    "REPLAY_START": "2025-01-31",
    "REPLAY_SPEED": "0",
    "REPLAY_SEED": "11",
    "LOOP_SECONDS": "0.5",
    "WARMUP_LOOPS": "0",
    "DATA_DIR": "state",
    "SOCKET_PATH": "run/pasu.sock",
    "LOG_LEVEL": "debug",
    "SENTRY_DSN": "https://testkey@sentry.invalid/12",
}


def test_the_table_of_good_values_has_every_key():
    assert list(GOOD) == [key.key for key in keys()]


@pytest.mark.parametrize("key", list(GOOD))
def test_a_value_from_the_file_and_from_the_environment_is_the_same(key: str):
    keys_of_live = {k: v for k, v in GOOD.items() if k.startswith(("BINANCE_API", "KIS_"))}
    rest = {k: v for k, v in keys_of_live.items() if k != key}
    by_file = parse(rest, assign("", {key: GOOD[key]}))
    by_environment = parse({**rest, key: GOOD[key]}, "")
    assert by_file == by_environment
    assert key.lower() in by_file.model_fields_set
    assert text_of(getattr(by_file, key.lower())) != ""


def test_every_value_at_once_is_read_as_meant():
    settings = parse({}, assign("", GOOD))
    assert settings.telegram_user_ids == (1, 2, 3)
    assert settings.symbols_allow == ("BTC", "ETH/KRW")
    assert settings.stock_symbols == ("005930", "000660")
    assert settings.usdt_krw == Decimal("1385.5")
    assert settings.upbit_rest_url == "http://localhost:9000"
    assert settings.replay_start is not None
    assert settings.replay_start.isoformat() == "2025-01-31T00:00:00+00:00"
    assert settings.language.value == "en"
    assert settings.log_level.value == "DEBUG"
    assert settings.kis_paper is True


BAD = [
    ("TELEGRAM_BOT_TOKEN", "short", "copy it again"),
    ("TELEGRAM_USER_IDS", "me", "whole number"),
    ("TELEGRAM_USER_IDS", "1,-100200", "above 0"),
    ("TELEGRAM_BASE_URL", "api.telegram.org", "https://"),
    ("LANGUAGE", "fr", "ko, en"),
    ("TIMEZONE", "Seoul", "Asia/Seoul"),
    ("TIMEZONE", "../etc/passwd", "Asia/Seoul"),
    ("CRYPTO_STRATEGY_PRESET", "mid_trm", "did you mean mid_term"),
    ("CRYPTO_K_VALUE", "half", "write a number"),
    ("CRYPTO_K_VALUE", "nan", "write a number"),
    ("CRYPTO_K_VALUE", "99", "between"),
    ("STOCK_TAKE_PROFIT_PERCENT", "-1", "between"),
    ("STOCK_MAX_POSITIONS", "2.5", "whole number"),
    ("STOCK_MAX_POSITION_SIZE", "20", "between"),
    ("CRYPTO_INITIAL_CAPITAL", "0", "above 0"),
    ("CRYPTO_INITIAL_CAPITAL", "Infinity", "write a number"),
    ("STOCK_INITIAL_CAPITAL", "10,000,000", "write a number"),
    ("VOLUME_TOP_N", "0", "at least 1"),
    ("VOLUME_REFRESH_MINUTES", "x", "whole number"),
    ("SYMBOLS_ALLOW", "BTC;ETH", "BTC/KRW"),
    ("SYMBOLS_BLOCK", "BTC-KRW", "BTC/KRW"),
    ("STOCK_SYMBOLS", "samsung", "005930"),
    ("MAX_ORDER_VALUE_KRW", "-5", "above 0"),
    ("MAX_DAILY_LOSS_PERCENT", "101", "at most 100"),
    ("MAX_ORDERS_PER_MINUTE", "0", "at least 1"),
    ("MAX_LEVERAGE", "11", "at most 10"),
    ("USDT_KRW", "1.4", "at least 100"),
    ("SLIPPAGE_ALERT_PERCENT", "0", "above 0"),
    ("UPBIT_MODE", "real", "choose one of off, replay, paper, live"),
    ("UPBIT_REST_URL", "http://api.upbit.invalid", "unencrypted"),
    ("UPBIT_REST_URL", "https://user@api.invalid", "https://host"),
    ("UPBIT_WS_URL", "https://api.upbit.invalid", "wss://"),
    ("BINANCE_SPOT_WS_API_URL", "wss://host:99999", "wss://"),
    ("BINANCE_API_KEY", "with a space in it", "copy it again"),
    ("KIS_ACCOUNT_NO", "1234", "12345678-01"),
    ("KIS_PAPER", "ja", "true or false"),
    ("REPLAY_DATA", "~/candles", "whole path"),
    ("REPLAY_START", "yesterday", "2025-01-31"),
    ("REPLAY_SPEED", "-1", "at least 0"),
    ("REPLAY_SPEED", "inf", "write a number"),
    ("REPLAY_SEED", "1e3", "whole number"),
    ("LOOP_SECONDS", "0", "at least 0.1"),
    ("WARMUP_LOOPS", "-1", "at least 0"),
    ("DATA_DIR", "~", "whole path"),
    ("SOCKET_PATH", "x" * 101, "100"),
    ("LOG_LEVEL", "loud", "DEBUG"),
    ("SENTRY_DSN", "sentry.invalid", "https://key@host"),
]


@pytest.mark.parametrize(("key", "value", "advice"), BAD)
def test_a_bad_value_is_refused_with_its_line_and_advice(key: str, value: str, advice: str):
    (problem,) = problems_of(f"# a comment\n\n{key}={value}\n")
    assert (problem.key, problem.line) == (key, 3)
    assert advice in problem.message


@pytest.mark.parametrize("key", [key.key for key in keys() if key.secret])
def test_a_bad_secret_is_refused_without_being_told(key: str):
    (problem,) = problems_of(f"{key}=hush me")
    assert "hush" not in str(problem)


def test_three_bad_lines_are_all_named():
    text = "CRYPTO_K_VALUE=abc\nLOOP_SECONDS=3\nUPBIT_MODE=real\nMAX_LEVERAGE=50\n"
    assert [problem.line for problem in problems_of(text)] == [1, 3, 4]


def test_bad_lines_of_every_sort_are_named_together():
    text = "CRYPTO_K_VALUE=abc\nfoo bar\nK_VALU='1\nCRYPTO_K_VALEU=1\nUPBIT_MODE=live"
    found = problems_of(text)
    assert {problem.line for problem in found} == {1, 2, 3, 4, None}
    assert {p.key for p in found if p.line is None} == {"UPBIT_ACCESS_KEY", "UPBIT_SECRET_KEY"}


@pytest.mark.parametrize(
    ("typo", "meant"),
    [
        ("CRYPTO_K_VALEU", "CRYPTO_K_VALUE"),
        ("crypto_k_value", "CRYPTO_K_VALUE"),
        ("UPBIT_ACCES_KEY", "UPBIT_ACCESS_KEY"),
        ("MAX_LEVRAGE", "MAX_LEVERAGE"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_name(typo: str, meant: str):
    (problem,) = problems_of(f"{typo}=1")
    assert f"did you mean {meant}?" in problem.message


def test_a_key_like_nothing_known_is_refused_without_a_guess():
    (problem,) = problems_of("XYZZY=1")
    assert problem.message == "there is no such key"


@pytest.mark.parametrize("key", ["ENV_FILE", "CREDENTIALS_DIRECTORY"])
def test_a_key_of_the_process_in_the_file_is_refused(key: str):
    (problem,) = problems_of(f"{key}=/tmp/x")
    assert "environment of the process" in problem.message


def test_a_secret_pasted_without_its_key_is_not_told():
    for text in (f"{TOKEN}\n", f"{TOKEN}=\n", f"{TOKEN}='\n", f"{TOKEN}=1\n{TOKEN}=2\n"):
        assert "test-token" not in str(BadConfiguration(problems_of(text)))


def test_a_key_that_stands_twice_is_refused_at_its_second_line():
    (problem,) = problems_of("MAX_LEVERAGE=3\nLOOP_SECONDS=3\nMAX_LEVERAGE=4\n")
    assert problem.line == 3
    assert "line 1" in problem.message


def test_the_environment_beats_credentials_and_both_beat_the_file():
    text = "UPBIT_ACCESS_KEY=test-from-file\nUPBIT_SECRET_KEY=test-from-file\nVOLUME_TOP_N=5"
    credentials = {"UPBIT_ACCESS_KEY": "test-from-cred", "UPBIT_SECRET_KEY": "test-from-cred"}
    environ = {"UPBIT_ACCESS_KEY": "test-from-env", "VOLUME_TOP_N": "  "}
    settings = parse(environ, text, credentials)
    assert settings.upbit_access_key is not None
    assert settings.upbit_secret_key is not None
    assert settings.upbit_access_key.get_secret_value() == "test-from-env"
    assert settings.upbit_secret_key.get_secret_value() == "test-from-cred"
    assert settings.volume_top_n == 5


def test_a_bad_value_outside_the_file_names_its_place():
    (problem,) = problems_of("MAX_LEVERAGE=3", {"MAX_LEVERAGE": "50"})
    assert problem.line is None
    assert "set by the environment" in problem.message


def test_the_process_environment_does_not_leak_in(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VOLUME_TOP_N", "3")
    monkeypatch.setenv("volume_top_n", "4")
    assert parse({}, "").volume_top_n == 20


@pytest.mark.parametrize("venue", list(VenueName))
def test_live_without_its_keys_is_refused(venue: VenueName):
    found = problems_of(f"{venue.value.upper()}_MODE=live")
    assert found
    assert all("needs this key" in problem.message for problem in found)


def test_a_mode_this_version_lacks_is_refused_with_those_it_has():
    supported = {venue: frozenset({VenueMode.OFF, VenueMode.REPLAY}) for venue in VenueName}
    with pytest.raises(BadConfiguration) as raised:
        parse({}, "UPBIT_MODE=paper\nSTOCK_MODE=live", {}, supported)
    first, second = raised.value.problems
    assert "paper on live prices is not part of this version" in first.message
    assert "off, replay" in second.message
    assert parse({}, "UPBIT_MODE=paper", {}, EVERY_MODE).upbit_mode is VenueMode.PAPER


def test_a_data_folder_too_deep_for_a_socket_asks_for_socket_path():
    (problem,) = problems_of(f"DATA_DIR=/{'d' * 120}")
    assert problem.key == "SOCKET_PATH"
    assert parse({}, f"DATA_DIR=/{'d' * 120}\nSOCKET_PATH=/run/x.sock").data_dir.is_absolute()


def test_no_form_of_the_settings_shows_a_secret():
    settings = parse({}, assign("", GOOD))
    shown = f"{settings!r} {settings} {settings.model_dump_json()}"
    assert [secret for secret in settings.secrets() if secret in shown] == []


def test_secrets_hold_the_parts_that_open_a_door_by_themselves():
    secrets = parse({}, assign("", GOOD)).secrets()
    assert {TOKEN, TOKEN.partition(":")[2], "12345678", "testkey"} <= secrets


numbers = st.decimals(min_value=Decimal("0.1"), max_value=Decimal(2), places=3)
codes = st.lists(st.from_regex(r"[A-Z]{2,6}(/KRW)?", fullmatch=True), max_size=4)
values = st.fixed_dictionaries(
    {},
    optional={
        "CRYPTO_K_VALUE": numbers.map(str),
        "STOCK_ATR_MULTIPLIER": st.floats(0.5, 10).map(repr),
        "STOCK_INITIAL_CAPITAL": st.decimals(1, 10**9, places=2).map(str),
        "MAX_LEVERAGE": st.integers(1, 10).map(str),
        "LOOP_SECONDS": st.floats(0.1, 3600).map(repr),
        "SYMBOLS_BLOCK": codes.map(",".join),
        "UPBIT_MODE": st.sampled_from(["off", "replay", "paper"]),
        "UPBIT_SECRET_KEY": st.text(
            st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40
        ).filter(lambda text: "${" not in text),
        "REPLAY_START": st.datetimes().map(lambda moment: moment.isoformat()),
        "DATA_DIR": st.from_regex(r"[a-z가-힣 #'\"\\]{1,12}x", fullmatch=True).map(str.strip),
        "KIS_PAPER": st.sampled_from(["true", "false", "1", "no"]),
    },
)


@runs(deadline=None, max_examples=60)
@given(values)
def test_settings_written_out_read_back_as_they_were(chosen: dict[str, str]):
    once = parse({}, assign("", chosen))
    written = {key.key: text_of(getattr(once, key.field)) for key in keys()}
    assert parse({}, assign("", written)) == once


@runs(deadline=None, max_examples=60)
@given(st.text(max_size=300))
def test_any_text_gives_settings_or_problems(text: str):
    said = read(text).lines
    try:
        settings = parse({}, text)
    except BadConfiguration as e:
        told = e.problems
    else:
        told = ()
        assert settings == parse({}, "")
    assert bool(told) == bool(said or read(text).problems)
