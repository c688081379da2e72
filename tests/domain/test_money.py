"""Steps, rounding directions and the tick bands of Upbit and KRX."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.errors import Malformed
from engine.domain.instrument import base_and_quote
from engine.domain.money import TickTable, from_float, single_tick, to_step
from engine.domain.venue import VenueName
from tests.domain.builders import instrument, table

# Upbit's KRW market since 2025-07-31 and the KRX since 2023.
UPBIT = table(
    ("1000000", "1000"),
    ("500000", "500"),
    ("100000", "100"),
    ("50000", "50"),
    ("10000", "10"),
    ("5000", "5"),
    ("100", "1"),
    ("10", "0.1"),
    ("0", "0.01"),
)
KRX = table(
    ("500000", "1000"),
    ("200000", "500"),
    ("50000", "100"),
    ("20000", "50"),
    ("5000", "10"),
    ("2000", "5"),
    ("0", "1"),
)


@pytest.mark.parametrize(
    ("value", "step", "rounding", "expected"),
    [
        ("1.2399", "0.01", ROUND_FLOOR, "1.23"),
        ("1.2301", "0.01", ROUND_CEILING, "1.24"),
        ("1.23", "0.01", ROUND_CEILING, "1.23"),
        ("1.235", "0.01", ROUND_HALF_EVEN, "1.24"),
        ("1.245", "0.01", ROUND_HALF_EVEN, "1.24"),
        ("-1.231", "0.01", ROUND_FLOOR, "-1.24"),
        ("17", "5", ROUND_FLOOR, "15"),
        ("0.00000001999", "0.00000001", ROUND_FLOOR, "0.00000001"),
        ("123456789.12345678", "0.00000001", ROUND_FLOOR, "123456789.12345678"),
        ("0", "0.1", ROUND_CEILING, "0"),
    ],
)
def test_a_value_goes_to_a_step_in_the_direction_asked(
    value: str, step: str, rounding: str, expected: str
):
    assert to_step(Decimal(value), Decimal(step), rounding) == Decimal(expected)


@pytest.mark.parametrize("step", ["0", "-0.01"])
def test_a_step_that_is_not_positive_is_malformed(step: str):
    with pytest.raises(Malformed, match="must be positive"):
        to_step(Decimal(1), Decimal(step))


@pytest.mark.parametrize(
    ("price", "tick"),
    [
        ("2000000", "1000"),
        ("1000000", "1000"),
        ("999999", "500"),
        ("500000", "500"),
        ("300050", "100"),
        ("100000", "100"),
        ("60010", "50"),
        ("50000", "50"),
        ("49999", "10"),
        ("7777", "5"),
        ("4999", "1"),
        ("100", "1"),
        ("99.9", "0.1"),
        ("9.99", "0.01"),
    ],
)
def test_upbit_bands_begin_at_their_price(price: str, tick: str):
    assert UPBIT.tick_at(Decimal(price)) == Decimal(tick)


@pytest.mark.parametrize(
    ("price", "tick"),
    [
        ("1999", "1"),
        ("2000", "5"),
        ("4999", "5"),
        ("5000", "10"),
        ("19999", "10"),
        ("20000", "50"),
        ("49950", "50"),
        ("50000", "100"),
        ("199900", "100"),
        ("200000", "500"),
        ("499500", "500"),
        ("500000", "1000"),
    ],
)
def test_krx_bands_begin_at_their_price(price: str, tick: str):
    assert KRX.tick_at(Decimal(price)) == Decimal(tick)


@pytest.mark.parametrize(
    ("ticks", "price", "down", "near", "up"),
    [
        (UPBIT, "60030", "60000", "60050", "60050"),
        (UPBIT, "999800", "999500", "1000000", "1000000"),
        (UPBIT, "99.96", "99.9", "100.0", "100"),
        (UPBIT, "300050", "300000", "300000", "300100"),
        (KRX, "71249", "71200", "71200", "71300"),
        (KRX, "49980", "49950", "50000", "50000"),
        (KRX, "1999.5", "1999", "2000", "2000"),
    ],
)
def test_prices_round_down_near_and_up_to_valid_ones(
    ticks: TickTable, price: str, down: str, near: str, up: str
):
    value = Decimal(price)
    assert ticks.down(value) == Decimal(down)
    assert ticks.near(value) == Decimal(near)
    assert ticks.up(value) == Decimal(up)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([UPBIT, KRX, single_tick(Decimal("0.01"))]),
    st.decimals(Decimal("0.02"), Decimal(3_000_000), places=3),
)
def test_rounded_prices_are_valid_and_enclose_the_price(ticks: TickTable, price: Decimal):
    down, near, up = ticks.down(price), ticks.near(price), ticks.up(price)
    assert down <= price <= up
    assert near in (down, up)
    for rounded in (down, near, up):
        assert rounded % ticks.tick_at(rounded) == 0


def test_below_the_lowest_band_its_tick_still_counts():
    assert table(("10", "0.1"), ("1", "0.01")).tick_at(Decimal("0.5")) == Decimal("0.01")


@settings(max_examples=100, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_becomes_the_shortest_decimal_that_reads_back(value: float):
    assert float(from_float(value)) == value


def test_a_float_brings_no_binary_tail():
    assert from_float(0.1) == Decimal("0.1")


def test_lots_cut_down_and_never_up():
    assert instrument().lots(Decimal("1.2349")) == Decimal("1.234")
    assert instrument().lots(Decimal("0.0009")) == 0


@pytest.mark.parametrize(
    ("quantity", "price", "dust"),
    [
        ("0.05", "100", False),
        ("0.0499", "100", True),
        ("0.0509", "98.1", True),  # sold in lots: 0.050 × 98.1 is 4.905
        ("0.0009", "1000000", True),
        ("0", "100", True),
        ("-1", "100", True),
    ],
)
def test_dust_is_what_the_venue_would_not_take(quantity: str, price: str, dust: bool):
    assert instrument().is_dust(Decimal(quantity), Decimal(price)) is dust


@pytest.mark.parametrize(
    ("venue", "symbol", "expected"),
    [
        (VenueName.UPBIT, "BTC/KRW", ("BTC", "KRW")),
        (VenueName.BINANCE_SPOT, "ETH/USDT", ("ETH", "USDT")),
        (VenueName.BINANCE_FUTURES, "ETH/USDT", ("ETH/USDT:contract", "USDT")),
        (VenueName.STOCK, "005930", ("005930", "KRW")),
    ],
)
def test_a_market_names_what_is_held_and_what_pays(
    venue: VenueName, symbol: str, expected: tuple[str, str]
):
    assert base_and_quote(venue, symbol) == expected
    assert instrument(venue).is_contract is (venue is VenueName.BINANCE_FUTURES)
