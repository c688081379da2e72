"""pyupbit, redirected by the names in its modules, against the Upbit server in its own process."""

import types
from multiprocessing.connection import wait

import pytest

from tests.exchanges.remote import own_process
from tests.exchanges.upbit.server import ACCESS_KEY, SECRET_KEY

pyupbit = pytest.importorskip("pyupbit")
errors = pytest.importorskip("pyupbit.errors")
requests = pytest.importorskip("requests")
websockets = pytest.importorskip("websockets")

HOST = "api.upbit.com"


@pytest.fixture
def venue(monkeypatch):
    markets, deposits = ["BTC:100000000:3000", "XRP:850"], ["KRW:1000000", "BTC:0.01"]
    with own_process("upbit", markets, deposits) as made:

        def asks(method):
            def ask(url, **options):
                address = url.replace(f"https://{HOST}", made.url)
                return getattr(requests, method)(address, **{"timeout": 5, **options})

            return ask

        def connect(uri, **options):
            return websockets.connect(uri.replace(f"wss://{HOST}", made.ws_url), **options)

        asking = {method: asks(method) for method in ("get", "post", "delete")}
        monkeypatch.setattr("pyupbit.request_api.requests", types.SimpleNamespace(**asking))
        listening = types.SimpleNamespace(
            connect=connect, ConnectionClosed=websockets.ConnectionClosed
        )
        monkeypatch.setattr("pyupbit.websocket_api.websockets", listening)
        yield made


@pytest.fixture
def account(venue):
    return pyupbit.Upbit(ACCESS_KEY, SECRET_KEY)


def test_quotation_reads(venue):
    names, left = pyupbit.get_tickers("KRW", limit_info=True)
    assert names == ["KRW-BTC", "KRW-XRP"]
    assert (left["group"], left["sec"]) == ("market", 9)
    assert pyupbit.get_current_price(["KRW-BTC", "KRW-XRP"]) == {"KRW-BTC": 1e8, "KRW-XRP": 850}
    book = pyupbit.get_orderbook("KRW-BTC")
    assert len(book["orderbook_units"]) == 30
    frame = pyupbit.get_ohlcv("KRW-BTC", "minute5", count=450)
    assert (len(frame), frame.index.is_unique, frame["close"].iloc[-1]) == (450, True, 1e8)
    assert len(venue.requests("GET", "/v1/candles/minutes/5")) == 3


def test_orders_are_placed_found_and_cancelled(venue, account):
    placed = account.buy_limit_order("KRW-XRP", 800, 10)
    assert (placed["state"], placed["locked"]) == ("wait", "8004")
    assert account.get_order(placed["uuid"])["remaining_volume"] == "10"
    assert account.get_balance("KRW") == 991_996
    assert account.cancel_order(placed["uuid"])["uuid"] == placed["uuid"]
    assert account.get_individual_order(placed["uuid"])["state"] == "cancel"
    bought = account.buy_market_order("KRW-XRP", 8500)
    venue.tell("price", symbol="XRP/KRW", price="851")
    assert account.get_order(bought["uuid"])["executed_volume"] == "10"
    sold = account.sell_market_order("KRW-XRP", 10)
    assert account.get_order(sold["uuid"])["trades"][0]["price"] == "850"
    assert account.get_chance("KRW-XRP")["market"]["state"] == "active"
    assert len(venue.ask("orders")) == 3


def test_refusals_come_back_as_what_it_makes_of_them(account):
    refused = account.buy_limit_order("KRW-XRP", 800.5, 10)
    assert refused["error"]["name"] == "invalid_price_bid"
    wrong = pyupbit.Upbit(ACCESS_KEY, "test-another-secret-key-of-an-example")
    with pytest.raises(errors.JwtVerification):
        wrong.get_balances()


def test_stream_tells_trades(venue):
    listening = pyupbit.WebSocketManager("trade", ["KRW-XRP"])
    listening.alive = True
    listening.start()
    told = listening._WebSocketManager__q
    try:
        for price in range(900, 990):
            venue.tell("price", symbol="XRP/KRW", price=str(price))
            if not told.empty():
                break
            wait([told._reader], timeout=0.1)
        first = told.get(timeout=5)
    finally:
        listening.terminate()
        listening.join()
    assert (first["type"], first["code"]) == ("trade", "KRW-XRP")
    assert 900 <= first["trade_price"] < 990
