"""What the two client libraries would do by themselves, and do not do here."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from engine.domain.errors import Malformed
from engine.domain.intent import OrderIntent, OrderType, Side
from engine.venues.binance_spot.clients import Clients, Key
from engine.venues.binance_spot.dialect import WEIGHT
from engine.venues.binance_spot.endpoints import Endpoints, endpoints
from engine.venues.binance_spot.requests import order_request
from engine.venues.binance_spot.wire import Wire
from engine.venues.live.outcome import Response, ResponseFailed
from engine.venues.live.wire import Patience
from tests.exchanges.faults import Answer, on
from tests.exchanges.running import serving
from tests.live.binance_bench import OWNER, access, binance_bench, buy, exchange, sale

LOOPBACK = "http://127.0.0.1:1"


def _leaves(urls: object) -> list[str]:
    if isinstance(urls, dict):
        return [leaf for value in urls.values() for leaf in _leaves(value)]
    return [urls] if isinstance(urls, str) else []


def _nobody(response: Response) -> None:
    del response


async def test_every_rest_address_of_both_libraries_leads_to_the_given_host():
    clients = Clients(endpoints(LOOPBACK, None, None), OWNER, 1.0, _nobody)
    addresses = _leaves(clients.exchange.urls["api"])
    rest = [address for address in addresses if address.startswith("http")]
    assert len(rest) > 20
    assert {address.split("/")[2] for address in rest} == {"127.0.0.1:1"}
    api, sapi = clients.rest.API_URL, clients.rest.MARGIN_API_URL
    assert [api, sapi] == [f"{LOOPBACK}/{path}" for path in ("api", "sapi")]
    await clients.close()


@pytest.mark.parametrize(
    ("given", "streams", "ws_api"),
    [
        ((None, None, None), Endpoints().streams, Endpoints().ws_api),
        ((LOOPBACK, "ws://h:1", "ws://h:2/"), "ws://h:1/ws", "ws://h:2/ws-api/v3"),
        ((LOOPBACK, "ws://h:1/stream/ws", "ws://h:2/x"), "ws://h:1/stream/ws", "ws://h:2/x"),
    ],
)
def test_address_of_a_stream_without_a_path_gets_the_usual_one(given, streams, ws_api):
    made = endpoints(*given)
    assert (made.streams, made.ws_api) == (streams, ws_api)


async def test_every_order_carries_our_id_and_no_broker_prefix():
    async with binance_bench() as bench:
        await bench.venue.place([buy()])
        (asked,) = bench.server.faults.asked("POST", "/api/v3/order")
        assert asked.params["newClientOrderId"] == buy().client_id
        assert "x-TKT5PX2F" not in str(asked.params)


@pytest.mark.parametrize(
    ("intent", "expected"),
    [
        (replace(buy(), quantity=Decimal("0.00012300")), {"quantity": "0.000123"}),
        (replace(buy(), quantity=Decimal("1E+3")), {"quantity": "1000"}),
        (replace(buy(), quantity=Decimal("1E-8")), {"quantity": "0.00000001"}),
        (replace(buy(), cost=Decimal("100.10")), {"quoteOrderQty": "100.1"}),
        (
            sale("s", "0.1", Decimal("59999.995")),
            {"quantity": "0.1", "price": "59999.995", "timeInForce": "GTC"},
        ),
        (
            replace(sale("s", "0.1"), type=OrderType.STOP_MARKET, trigger=Decimal("57000.10")),
            {"quantity": "0.1", "stopPrice": "57000.1", "type": "STOP_LOSS"},
        ),
    ],
    ids=["zeros", "large", "small", "cost", "price", "stop"],
)
def test_amounts_are_sent_as_they_were_decided(intent: OrderIntent, expected: dict[str, str]):
    asked = order_request(intent, "BTCUSDT")
    assert expected.items() <= asked.items()
    assert asked["side"] == ("BUY" if intent.side is Side.BUY else "SELL")


async def test_concurrent_failures_keep_their_own_status_and_headers():
    async with serving(exchange()) as running:
        running.server.faults.script(
            on(path="/api/v3/ping"), Answer(429, "a", {"Retry-After": "5"})
        )
        running.server.faults.script(
            on(path="/api/v3/time"), Answer(418, "b", {"Retry-After": "9"})
        )
        clients = Clients(endpoints(running.url, None, None), Key(), 1.0, _nobody)
        calls = (clients.exchange.publicGetPing(), clients.exchange.publicGetTime())
        first, second = await asyncio.gather(*calls, return_exceptions=True)
        assert isinstance(first, ResponseFailed)
        assert isinstance(second, ResponseFailed)
        assert (first.response.status, first.response.headers["retry-after"]) == (429, "5")
        assert (second.response.status, second.response.headers["retry-after"]) == (418, "9")
        await clients.close()


async def test_redirect_of_a_signed_call_is_not_followed():
    async with binance_bench() as bench:
        away = Answer(302, "", {"Location": f"{bench.running.url}/api/v3/ping"})
        bench.server.faults.script(on("GET", "/api/v3/account"), away)
        with pytest.raises(Malformed, match="302"):
            await bench.venue.balances()
        assert bench.asked("GET", "/api/v3/ping") == 0


async def test_weight_that_the_venue_counts_is_taken_over_from_both_libraries():
    async with serving(exchange()) as running:
        wire = Wire(access(running, Patience()), ())
        running.server.venue.weights.charge(5000, running.server.venue.now_s())
        await wire.clients.exchange.publicGetPing()
        assert wire.budget.spent(WEIGHT) >= 5000
        other = Wire(access(running, Patience()), ())
        await other.clients.rest.get_klines(symbol="BTCUSDT", interval="1m", limit=1)
        assert other.budget.spent(WEIGHT) >= 5000
        await wire.clients.close()
        await other.clients.close()


def test_key_is_never_shown():
    assert OWNER.secret
    assert OWNER.key not in f"{OWNER}{OWNER!r}"
    assert OWNER.secret not in f"{OWNER}{OWNER!r}"
