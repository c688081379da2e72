"""Upbit's gate: signatures, nonces, and requests counted by group."""

import re

import pytest

from tests.exchanges.upbit.errors import Refused
from tests.exchanges.upbit.limits import Limits


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"access_key": "test-other"}, "invalid_access_key"),
        ({"secret_key": "test-other"}, "jwt_verification"),
        ({"claims": {"query_hash": "0"}}, "invalid_query_payload"),
        ({"claims": {"nonce": ""}}, "nonce_used"),
    ],
)
async def test_wrong_signature_is_refused(client, change, name):
    for key, value in change.items():
        setattr(client, key, value)
    answer = await client.get("/v1/order", identifier="a")
    assert (answer.status, answer.error) == (401, name)


async def test_posted_parameters_are_hashed_too(upbit, client):
    client.claims = {"query_hash": "0"}
    assert (await client.order()).error == "invalid_query_payload"
    assert upbit.exchange.orders() == ()


async def test_no_token_is_refused(client):
    async with client.session.get(f"{client.url}/v1/accounts") as answer:
        assert answer.status == 401


async def test_nonce_is_good_once(client):
    client.claims = {"nonce": "one"}
    assert (await client.get("/v1/accounts")).status == 200
    assert (await client.get("/v1/accounts")).error == "nonce_used"
    client.claims = {"nonce": "two"}
    assert (await client.get("/v1/accounts")).status == 200


async def test_private_socket_wants_a_new_nonce_too(client):
    client.claims = {"nonce": "one"}
    async with client.socket("/private"):
        pass
    url, headers = f"{client.url}/websocket/v1/private", {"Authorization": client.token("")}
    async with client.session.get(url, headers=headers) as answer:
        assert answer.status == 401


async def test_hash_is_of_the_text_before_percent_encoding(client):
    answer = await client.get("/v1/orders/uuids", **{"identifiers[]": "a"})
    assert answer.status == 200
    encoded = "identifiers%5B%5D=a"
    url = f"{client.url}/v1/orders/uuids?{encoded}"
    headers = {"Authorization": client.token("identifiers[]=a")}
    async with client.session.get(url, headers=headers) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    ("path", "group"),
    [
        ("/v1/market/all", "market"),
        ("/v1/ticker/all", "ticker"),
        ("/v1/candles/days?market=KRW-BTC", "candles"),
        ("/v1/orderbook?markets=KRW-BTC", "orderbook"),
        ("/v1/accounts", "default"),
    ],
)
async def test_every_answer_tells_what_is_left(upbit, client, path, group):
    async with client.session.get(f"{client.url}{path}") as answer:
        left = answer.headers["Remaining-Req"]
    found = re.fullmatch(r"group=([a-z-]+); min=\d+; sec=(\d+)", left)
    assert found
    assert found.group(1) == group
    assert int(found.group(2)) == upbit.limits.per_second[group] - 1


async def test_requests_beyond_the_limit_are_refused_then_blocked(upbit, client):
    now = [0.0]
    upbit.limits = Limits(lambda: now[0], {**upbit.limits.per_second, "order": 2}, patience=2)
    answers = [await client.order() for _ in range(6)]
    assert [one.status for one in answers] == [201, 201, 429, 429, 418, 418]
    assert answers[2].error == "too_many_requests"
    assert answers[2].headers["Remaining-Req"].endswith("sec=0")
    assert len(upbit.exchange.orders()) == 2
    assert (await client.get("/v1/accounts")).status == 200
    now[0] += upbit.limits.block_s
    assert (await client.order()).status == 201


def test_limit_opens_again_with_the_next_second():
    now = [10.9]
    limits = Limits(lambda: now[0], {"order": 1})
    limits.count("order")
    with pytest.raises(Refused):
        limits.count("order")
    now[0] = 11.0
    limits.count("order")
    assert limits.remaining("order") == "group=order; min=1800; sec=0"


def test_block_doubles_each_time():
    now = [0.0]
    limits = Limits(lambda: now[0], {"order": 0}, patience=0, block_s=2.0)
    for wait in (2.0, 4.0, 8.0):
        with pytest.raises(Refused) as caught:
            limits.count("order")
        assert (caught.value.status, str(int(wait)) in caught.value.message) == (418, True)
        now[0] += wait


def test_origin_header_allows_one_request_in_ten_seconds():
    now = [0.0]
    limits = Limits(lambda: now[0])
    limits.count("market", with_origin=True)
    now[0] = 9.0
    with pytest.raises(Refused):
        limits.count("market", with_origin=True)
    limits.count("market")
    now[0] = 10.0
    limits.count("market", with_origin=True)
