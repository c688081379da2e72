"""Who may ask Binance for what: keys, signatures, time."""

import time

import pytest

from tests.exchanges.binance_spot.keys import ApiKey
from tests.exchanges.binance_spot.rig import rig

ACCOUNT = "/api/v3/account"


def ago(milliseconds: int) -> str:
    return str(int(time.time() * 1000) - milliseconds)


async def test_request_without_a_key_is_refused() -> None:
    async with rig() as it:
        it.key = ""
        reply = await it.ask("GET", ACCOUNT)
    assert (reply.status, reply.code) == (401, -2014)


async def test_unknown_key_is_refused() -> None:
    async with rig() as it:
        it.key = "somebody-else"
        reply = await it.ask("GET", ACCOUNT)
    assert (reply.status, reply.code) == (401, -2015)
    assert reply.message == "Invalid API-key, IP, or permissions for action."


async def test_revoked_key_is_refused_from_then_on() -> None:
    async with rig() as it:
        assert (await it.ask("GET", ACCOUNT)).status == 200
        it.server.venue.keyring.revoke(it.key)
        assert (await it.ask("GET", ACCOUNT)).code == -2015


async def test_key_without_trading_reads_but_does_not_order() -> None:
    async with rig() as it:
        it.server.venue.issue_key(ApiKey("reader", "secret", can_trade=False))
        it.key, it.secret = "reader", "secret"
        assert (await it.ask("GET", ACCOUNT)).status == 200
        assert (await it.order()).code == -2015


async def test_key_bound_to_another_address_is_refused() -> None:
    async with rig() as it:
        it.server.venue.issue_key(
            ApiKey("bound", "secret", allowed_addresses=frozenset({"10.0.0.1"}))
        )
        it.key, it.secret = "bound", "secret"
        assert (await it.ask("GET", ACCOUNT)).code == -2015


async def test_wrong_signature_is_refused() -> None:
    async with rig() as it:
        it.secret = "another"
        reply = await it.ask("GET", ACCOUNT)
    assert (reply.status, reply.code) == (400, -1022)
    assert reply.message == "Signature for this request is not valid."


async def test_changed_parameter_breaks_the_signature() -> None:
    async with rig() as it:
        text = it.signed({"symbol": "BTCUSDT"}).replace("BTCUSDT", "ETHUSDT")
        assert (await it.send("GET", "/api/v3/openOrders", text)).code == -1022


async def test_signature_in_capitals_is_accepted() -> None:
    async with rig() as it:
        text = f"timestamp={ago(0)}"
        query = f"{text}&signature={it.sign(text).upper()}"
        assert (await it.send("GET", ACCOUNT, query)).status == 200


async def test_query_and_body_are_signed_together() -> None:
    async with rig() as it:
        query = f"symbol=BTCUSDT&side=BUY&type=LIMIT&timestamp={ago(0)}"
        body = "timeInForce=GTC&quantity=0.01&price=50000"
        signed = f"{body}&signature={it.sign(query + body)}"
        reply = await it.send("POST", "/api/v3/order", query, signed)
    assert reply.body["status"] == "NEW"


async def test_parameter_sent_twice_is_refused() -> None:
    async with rig() as it:
        text = f"symbol=BTCUSDT&symbol=BTCUSDT&timestamp={ago(0)}"
        query = f"{text}&signature={it.sign(text)}"
        assert (await it.send("GET", "/api/v3/openOrders", query)).code == -1101


@pytest.mark.parametrize(
    ("late_ms", "window", "words"),
    [
        (7000, "5000", "outside of the recvWindow"),
        (-5000, "5000", "1000ms ahead of the server's time"),
        (-5000, "60000", "ahead"),
    ],
)
async def test_request_of_another_time_is_refused(late_ms: int, window: str, words: str) -> None:
    async with rig() as it:
        reply = await it.ask("GET", ACCOUNT, timestamp=ago(late_ms), recvWindow=window)
    assert (reply.status, reply.code) == (400, -1021)
    assert words in reply.message


@pytest.mark.parametrize(
    ("params", "code", "words"),
    [
        ({"recvWindow": "60001"}, -1131, "less than 60000"),
        ({"recvWindow": "soon"}, -1100, "recvWindow"),
        ({"recvWindow": "NaN"}, -1100, "recvWindow"),
        ({"timestamp": ""}, -1102, "'timestamp' was not sent"),
        ({"timestamp": "now"}, -1100, "timestamp"),
    ],
)
async def test_time_that_cannot_be_read_is_refused(
    params: dict[str, str], code: int, words: str
) -> None:
    async with rig() as it:
        reply = await it.ask("GET", ACCOUNT, **params)
    assert (reply.status, reply.code) == (400, code)
    assert words in reply.message


async def test_old_request_passes_with_a_longer_window() -> None:
    async with rig() as it:
        reply = await it.ask("GET", ACCOUNT, timestamp=ago(7000), recvWindow="20000")
    assert reply.status == 200


async def test_microseconds_are_understood() -> None:
    async with rig() as it:
        stamp = str(int(time.time() * 1_000_000))
        assert (await it.ask("GET", ACCOUNT, timestamp=stamp)).status == 200


async def test_request_without_a_signature_is_refused() -> None:
    async with rig() as it:
        reply = await it.send("GET", ACCOUNT, f"timestamp={ago(0)}")
    assert reply.code == -1102
    assert "'signature'" in reply.message


async def test_server_ahead_of_us_refuses_until_its_time_is_used() -> None:
    async with rig() as it:
        it.server.venue.settings.skew_ms = 30_000
        assert (await it.ask("GET", ACCOUNT)).code == -1021
        theirs = (await it.public("/api/v3/time")).body["serverTime"]
        assert (await it.ask("GET", ACCOUNT, timestamp=str(theirs))).status == 200
