"""The exchange's book outlives the engine: what was reported is found again, whatever broke off."""

import pytest

from engine.domain.errors import Refused, StateCorrupt
from engine.domain.intent import OrderType, Side
from engine.domain.venue import VenueName
from engine.venues.simulated import SimulatedExchange
from tests.venues.builders import MINUTE, START, Desk, candle, d, order

SPOT, FUTURES = VenueName.BINANCE_SPOT, VenueName.BINANCE_FUTURES


def flat(at=START, volume=1e9):
    return candle(at, 100_000, 100_000, 100_000, 100_000, volume)


def test_reopened_exchange_stands_where_it_was(tmp_path):
    book = tmp_path / "venues" / "binance_spot.jsonl"
    desk = Desk(SPOT, book=book)
    desk.opens(flat())
    bought = desk.place(order(SPOT, quantity="0.5", client_id="pasu-bought"))[0]
    desk.place(
        order(SPOT, Side.SELL, OrderType.LIMIT, "0.4", price="110000", group="g"),
        order(SPOT, Side.SELL, OrderType.STOP_MARKET, "0.4", trigger="90000", group="g"),
    )
    again = Desk(SPOT, book=book)
    assert again.exchange.order(bought.client_id) == bought
    assert again.exchange.balances() == desk.exchange.balances()
    assert again.exchange.open_orders() == desk.exchange.open_orders()
    with pytest.raises(Refused, match="duplicate_client_id"):
        again.place(order(SPOT, quantity="0.5", client_id="pasu-bought"))


def test_contracts_and_funding_are_found_again(tmp_path):
    desk = Desk(FUTURES, book=tmp_path / "f.jsonl")
    desk.opens(flat())
    desk.place(order(FUTURES, quantity="0.5", leverage=5))
    paid = desk.exchange.fund(desk.symbol, d("0.0001"), d("100000"), START + MINUTE)
    again = Desk(FUTURES, book=tmp_path / "f.jsonl")
    again.opens(flat())
    assert again.exchange.positions() == desk.exchange.positions()
    before = again.total("USDT")
    assert again.exchange.fund(desk.symbol, d("0.0001"), d("1"), START + MINUTE) == paid
    assert again.total("USDT") == before


def test_order_is_in_the_book_before_it_is_reported(tmp_path):
    book = tmp_path / "b.jsonl"
    desk = Desk(SPOT, book=book)
    desk.opens(flat())
    desk.place(order(SPOT, quantity="0.5", client_id="pasu-told"))
    assert b"pasu-told" in book.read_bytes()


@pytest.mark.parametrize("kept", [1, 40, 200])
def test_torn_last_line_is_cut_and_its_order_never_was(tmp_path, kept):
    book = tmp_path / "b.jsonl"
    desk = Desk(SPOT, book=book)
    desk.opens(flat())
    desk.place(order(SPOT, quantity="0.1", client_id="pasu-kept"))
    whole = book.read_bytes()
    desk.place(order(SPOT, quantity="0.1", client_id="pasu-torn"))
    book.write_bytes(whole + book.read_bytes()[len(whole) :][:kept])
    again = Desk(SPOT, book=book)
    assert again.exchange.order("pasu-kept") is not None
    assert again.exchange.order("pasu-torn") is None
    assert book.read_bytes() == whole
    again.opens(flat())
    assert again.place(order(SPOT, quantity="0.1", client_id="pasu-torn"))[0].fills


def test_damaged_line_is_refused_by_number(tmp_path):
    book = tmp_path / "b.jsonl"
    desk = Desk(SPOT, book=book)
    desk.opens(flat())
    desk.place(order(SPOT, quantity="0.1"))
    lines = book.read_bytes().splitlines(keepends=True)
    book.write_bytes(lines[0].replace(b"USDT", b"\xff\xfe##") + lines[1])
    with pytest.raises(StateCorrupt, match=r"b\.jsonl, line 1"):
        Desk(SPOT, book=book)


def test_book_of_other_markets_is_refused(tmp_path):
    desk = Desk(SPOT, book=tmp_path / "b.jsonl")
    desk.opens(flat())
    desk.place(order(SPOT, quantity="0.1"))
    (tmp_path / "b.jsonl").write_bytes(
        (tmp_path / "b.jsonl").read_bytes().replace(b"BTC/USDT", b"XRP/USDT")
    )
    with pytest.raises(StateCorrupt, match="XRP/USDT"):
        Desk(SPOT, book=tmp_path / "b.jsonl")


def test_candle_matched_before_the_crash_is_not_matched_twice(tmp_path):
    desk = Desk(SPOT, book=tmp_path / "b.jsonl")
    desk.opens(flat())
    desk.place(order(SPOT, type_=OrderType.LIMIT, quantity="0.5", price="99000"))
    thin = candle(START + MINUTE, 100_000, 100_000, 98_000, 98_500, 1.0)
    told = desk.closes(thin)
    again = Desk(SPOT, book=tmp_path / "b.jsonl")
    assert again.closes(thin, retelling=True) == told
    assert again.closes(thin) == []
    assert again.total("BTC") == desk.total("BTC") == d("0.2") * d("0.999")


def test_volume_taken_before_the_crash_stays_taken(tmp_path):
    thin = flat(volume=1.0)
    desk = Desk(SPOT, book=tmp_path / "b.jsonl")
    desk.opens(thin)
    desk.place(order(SPOT, quantity="0.15"))
    again = Desk(SPOT, book=tmp_path / "b.jsonl")
    again.opens(thin)
    assert again.place(order(SPOT, quantity="0.15"))[0].filled_quantity == d("0.05")


def test_long_closed_orders_are_forgotten_but_their_ids_stay_taken():
    desk = Desk(SPOT)
    desk.opens(flat())
    for number in range(5_010):
        quoted = order(SPOT, type_=OrderType.LIMIT, quantity="0.01", price="90000")
        (report,) = desk.place(quoted)
        if number == 0:
            first = quoted
        desk.exchange.cancel(report.client_id, desk.at)
    assert desk.exchange.order(first.client_id) is None
    assert desk.exchange.order(report.client_id) is not None
    with pytest.raises(Refused, match="duplicate_client_id"):
        desk.place(first)


def test_exchange_taken_back_in_time_forgets_what_is_later(tmp_path):
    book = tmp_path / "b.jsonl"
    desk = Desk(SPOT, book=book)
    desk.opens(flat())
    desk.place(order(SPOT, quantity="0.1", client_id="pasu-early"))
    early = book.read_bytes()
    desk.opens(flat(START + MINUTE))
    desk.place(order(SPOT, quantity="0.1", client_id="pasu-late"))
    again = SimulatedExchange(
        desk.exchange.rules,
        [desk.market.instrument],
        desk.sessions,
        book=book,
        until=START + MINUTE / 2,
    )
    assert again.order("pasu-early") is not None
    assert again.order("pasu-late") is None
    assert book.read_bytes() == early
    assert again.balances()["BTC"].total == d("0.0999")
