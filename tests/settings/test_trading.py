"""Presets, the owner's keys over them, tuning over both; changes; and what is shown."""

from pathlib import Path

import pytest

from engine.domain.venue import VenueName
from engine.settings import (
    Market,
    Source,
    adopt,
    diff,
    keys,
    parse,
    sources,
    text_of,
    trading,
)
from engine.settings.env_file import assign
from engine.settings.view import example, setting_views
from strategies.registry import preset

ROOT = Path(__file__).resolve().parents[2]


def test_without_keys_a_market_trades_the_preset():
    settings = parse({}, "CRYPTO_STRATEGY_PRESET=scalping")
    assert trading(settings, Market.CRYPTO) == preset("scalping").parameters
    assert trading(settings, Market.STOCK) == preset("mid_term").parameters


def test_an_explicit_key_beats_the_preset_for_its_market_alone():
    settings = parse({}, "CRYPTO_K_VALUE=0.61\nCRYPTO_MAX_POSITIONS=2\nSTOCK_STOP_LOSS_PERCENT=0")
    assert trading(settings, Market.CRYPTO).k_value == 0.61
    assert trading(settings, Market.CRYPTO).max_positions == 2
    assert trading(settings, Market.STOCK).k_value == preset("mid_term").parameters.k_value
    assert trading(settings, Market.STOCK).stop_loss_percent == 0


def test_tuning_beats_both_and_touches_no_other_market():
    settings = parse({}, "CRYPTO_K_VALUE=0.61")
    tuned = {"CRYPTO_K_VALUE": 0.44, "STOCK_TAKE_PROFIT_PERCENT": 9.0}
    assert trading(settings, Market.CRYPTO, tuned).k_value == 0.44
    assert trading(settings, Market.STOCK, tuned).take_profit_percent == 9.0
    assert trading(settings, Market.STOCK, tuned).k_value == preset("mid_term").parameters.k_value


def test_every_value_knows_where_it_comes_from():
    settings = parse({}, "CRYPTO_K_VALUE=0.61\nCRYPTO_STRATEGY_PRESET=mid_term")
    found = sources(settings, Market.CRYPTO, {"CRYPTO_ATR_MULTIPLIER": 2.0})
    assert found["CRYPTO_K_VALUE"] is Source.ENV
    assert found["CRYPTO_ATR_MULTIPLIER"] is Source.TUNED
    assert found["CRYPTO_STOP_LOSS_PERCENT"] is Source.PRESET
    assert found["CRYPTO_STRATEGY_PRESET"] is Source.ENV
    assert found["CRYPTO_INITIAL_CAPITAL"] is Source.DEFAULT
    assert set(found) == {key.key for key in keys() if key.section.startswith("Trading crypto")}


def test_every_venue_belongs_to_a_market():
    assert {venue: Market.of(venue).value for venue in VenueName} == {
        VenueName.UPBIT: "crypto",
        VenueName.BINANCE_SPOT: "crypto",
        VenueName.BINANCE_FUTURES: "crypto",
        VenueName.STOCK: "stock",
    }


def test_a_difference_reads_before_and_after_by_what_it_needs():
    old = parse({}, "CRYPTO_K_VALUE=0.5\nUPBIT_MODE=replay")
    new = parse({}, "CRYPTO_K_VALUE=0.6\nUPBIT_MODE=off\nSYMBOLS_BLOCK=DOGE")
    changes = diff(old, new)
    assert changes.hot == ("CRYPTO_K_VALUE: 0.5 → 0.6", "SYMBOLS_BLOCK: – → DOGE")
    assert changes.needs_restart == ("UPBIT_MODE: replay → off",)
    assert changes.keys == ("CRYPTO_K_VALUE", "SYMBOLS_BLOCK", "UPBIT_MODE")


def test_equal_settings_have_no_difference():
    assert diff(parse({}, ""), parse({}, "CRYPTO_STRATEGY_PRESET=mid_term")).keys == ()


def test_a_changed_secret_is_told_without_its_value():
    old = parse({}, "UPBIT_ACCESS_KEY=test-canary-one")
    new = parse({}, "UPBIT_ACCESS_KEY=test-canary-two\nUPBIT_SECRET_KEY=test-canary-three")
    changes = diff(old, new)
    assert changes.needs_restart == (
        "reply.hidden_changes key=UPBIT_ACCESS_KEY",
        "reply.hidden_changes key=UPBIT_SECRET_KEY",
    )


def test_adopting_takes_what_needs_no_restart_and_nothing_else():
    old = parse({}, "UPBIT_MODE=replay\nLOOP_SECONDS=5")
    new = parse({}, "UPBIT_MODE=off\nCRYPTO_K_VALUE=0.7\nMAX_LEVERAGE=2")
    taken = adopt(old, new)
    assert (taken.crypto_k_value, taken.max_leverage) == (0.7, 2)
    assert (taken.upbit_mode, taken.loop_seconds) == (old.upbit_mode, 5)
    assert taken.model_fields_set == {
        "crypto_k_value",
        "max_leverage",
        "upbit_mode",
        "loop_seconds",
    }
    assert diff(taken, new).hot == ()


def test_trading_universe_caps_and_rates_are_hot_and_all_else_is_not():
    hot = {key.key for key in keys() if key.hot}
    assert {"CRYPTO_K_VALUE", "STOCK_INITIAL_CAPITAL", "VOLUME_TOP_N", "MAX_LEVERAGE"} <= hot
    cold = {key.key for key in keys()} - hot
    assert {key.key for key in keys() if key.secret} <= cold
    assert {key for key in (k.key for k in keys()) if key.endswith(("_URL", "_MODE"))} <= cold


def test_caps_are_marked_as_caps():
    assert {key.key for key in keys() if key.cap} == {
        "MAX_ORDER_VALUE_KRW",
        "MAX_DAILY_LOSS_PERCENT",
        "MAX_ORDERS_PER_MINUTE",
        "MAX_LEVERAGE",
    }


def test_the_view_shows_the_value_in_force_with_its_source():
    settings = parse({}, "CRYPTO_K_VALUE=0.61\nUPBIT_SECRET_KEY=test-canary-secret")
    views = {view.key: view for view in setting_views(settings, {"STOCK_K_VALUE": 0.5})}
    assert list(views) == [key.key for key in keys()]
    assert (views["CRYPTO_K_VALUE"].value, views["CRYPTO_K_VALUE"].source) == ("0.61", "env")
    assert (views["STOCK_K_VALUE"].value, views["STOCK_K_VALUE"].source) == ("0.5", "tuned")
    take_profit = views["STOCK_TAKE_PROFIT_PERCENT"]
    assert (take_profit.value, take_profit.source) == ("6", "preset")
    assert views["UPBIT_SECRET_KEY"].value == "***"
    assert views["UPBIT_ACCESS_KEY"].value == ""
    assert views["LOOP_SECONDS"].source == "default"
    assert all(view.description for view in views.values())


def test_the_example_in_the_repository_is_the_one_the_settings_make():
    assert (ROOT / ".env.example").read_text("utf-8") == example()


def test_the_example_as_it_stands_is_the_defaults():
    assert diff(parse({}, example()), parse({}, "")).keys == ()


@pytest.mark.parametrize("key", [key for key in keys() if key.secret])
def test_the_example_holds_no_secret(key):
    assert f"\n{key.key}=\n" in example()


def test_what_tuning_writes_reads_back_as_itself_among_the_owners_lines():
    before = "# mine\nexport CRYPTO_K_VALUE= # tuned\n\nLOOP_SECONDS=5 # slow\n"
    found = {"CRYPTO_K_VALUE": 0.45, "CRYPTO_TAKE_PROFIT_PERCENT": 4.0}
    text = assign(before, {key: text_of(value) for key, value in found.items()})
    assert text == (
        "# mine\nexport CRYPTO_K_VALUE=0.45 # tuned\n\nLOOP_SECONDS=5 # slow\n"
        "CRYPTO_TAKE_PROFIT_PERCENT=4\n"
    )
    settings = parse({}, text)
    assert {key: getattr(settings, key.lower()) for key in found} == found
    emptied = assign(text, dict.fromkeys(found))
    assert diff(parse({}, before), parse({}, emptied)).keys == ()


def test_a_tuned_value_is_shown_as_tuned_whether_or_not_the_file_holds_it():
    settings = parse({}, "CRYPTO_K_VALUE=0.45")
    views = {view.key: view for view in setting_views(settings, {"CRYPTO_K_VALUE": 0.7})}
    assert (views["CRYPTO_K_VALUE"].value, views["CRYPTO_K_VALUE"].source) == ("0.7", "tuned")
    assert views["CRYPTO_TAKE_PROFIT_PERCENT"].source == "preset"
