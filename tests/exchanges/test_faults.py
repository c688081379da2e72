"""Each fault as a client sees it, and whether the order behind it exists at the venue."""

import asyncio

import pytest
from aiohttp import (
    ClientConnectionError,
    ClientConnectorError,
    ClientError,
    ClientPayloadError,
    ClientSession,
    ClientTimeout,
)

from tests.chat.waiting import eventually
from tests.exchanges.faults import (
    Answer,
    BadJson,
    CutBody,
    DropAfter,
    DropBefore,
    Faults,
    HangAfter,
    HangBefore,
    HugeBody,
    Latency,
    Trickle,
    on,
)

SOON = ClientTimeout(total=0.3)
ORDERS = on("POST", "/v1/orders")


def placed(upbit, identifier="mine"):
    """Return how many orders with a client id the venue has and how many it was asked for."""
    orders = [one for one in upbit.exchange.orders() if one.new.client_id == identifier]
    return len(orders), len(upbit.faults.asked("POST", "/v1/orders", identifier=identifier))


@pytest.mark.parametrize(("fault", "there"), [(DropBefore(), 0), (DropAfter(), 1)])
async def test_dropped_connection_leaves_the_order_there_or_not(upbit, client, fault, there):
    upbit.faults.script(ORDERS, fault)
    with pytest.raises(ClientConnectionError):
        await client.order(identifier="mine")
    assert placed(upbit) == (there, 1)
    assert upbit.faults.requests[0].carried_out is bool(there)


@pytest.mark.parametrize(("fault", "there"), [(HangBefore(), 0), (HangAfter(), 1)])
async def test_hanging_request_times_out_with_the_order_there_or_not(
    upbit, running, client, fault, there
):
    upbit.faults.script(ORDERS, fault)
    async with ClientSession(timeout=SOON) as session:
        client.session = session
        with pytest.raises(TimeoutError):
            await client.order(identifier="mine")
    assert placed(upbit) == (there, 1)


@pytest.mark.parametrize("after", [False, True])
async def test_scripted_answer_comes_before_or_after_the_order(upbit, client, after):
    body = {"error": {"name": "too_many_requests"}}
    fault = Answer(429, body, {"Retry-After": "7"}, after=after)
    upbit.faults.script(ORDERS, fault)
    answer = await client.order(identifier="mine")
    assert (answer.status, answer.error, answer.headers["Retry-After"]) == (
        429,
        "too_many_requests",
        "7",
    )
    assert placed(upbit)[0] == int(after)


@pytest.mark.parametrize("status", [403, 418, 502])
async def test_page_for_people_is_html(upbit, client, status):
    upbit.faults.script(on(), Answer(status, "<html>maintenance</html>"))
    answer = await client.get("/v1/accounts")
    assert (answer.status, answer.body) == (status, "<html>maintenance</html>")
    assert answer.headers["Content-Type"].startswith("text/html")


async def test_body_cut_off_breaks_the_answer_of_an_order_that_exists(upbit, client):
    upbit.faults.script(ORDERS, CutBody())
    with pytest.raises(ClientPayloadError):
        await client.order(identifier="mine")
    assert placed(upbit) == (1, 1)


async def test_one_byte_at_a_time_outlasts_a_timeout(upbit, running, client):
    upbit.faults.script(ORDERS, Trickle(per_second=20))
    async with ClientSession(timeout=SOON) as session:
        client.session = session
        with pytest.raises(TimeoutError):
            await client.order(identifier="mine")
    assert placed(upbit) == (1, 1)


async def test_huge_body_is_as_long_as_it_says(upbit, running):
    upbit.faults.script(on(path="/v1/market/all"), HugeBody(3_000_000))
    async with (
        ClientSession() as session,
        session.get(f"{running.url}/v1/market/all") as answer,
    ):
        assert len(await answer.read()) == 3_000_000 == answer.content_length


async def test_bad_json_says_it_is_json(upbit, client):
    upbit.faults.script(on(), BadJson())
    answer = await client.get("/v1/accounts")
    assert (answer.status, answer.body) == (200, '{"unfinished": [')
    assert answer.headers["Content-Type"].startswith("application/json")


async def test_latency_carries_out_late_and_answers(upbit, client):
    upbit.faults.script(ORDERS, Latency(before_s=0.2, after_s=0.1))
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert (await client.order(identifier="mine")).status == 201
    assert loop.time() - began > 0.29


async def test_refused_connection_ends_when_the_venue_listens_again(upbit, running, client):
    assert (await client.get("/v1/accounts")).status == 200
    await running.refuse()
    with pytest.raises(ClientConnectorError):
        await client.get("/v1/accounts")
    await running.accept()
    assert (await client.get("/v1/accounts")).status == 200


async def test_clearing_lets_hanging_requests_go(upbit, client):
    upbit.faults.script(on(), HangBefore(), times=None)
    # A POST: clients ask once more for a GET whose connection broke.
    waiting = asyncio.create_task(client.order(identifier="mine"))
    await eventually(lambda: upbit.faults.requests)
    upbit.faults.clear()
    with pytest.raises(ClientError):
        await waiting
    assert placed(upbit) == (0, 1)
    assert (await client.get("/v1/accounts")).status == 200


@pytest.mark.parametrize(
    ("rule", "statuses"),
    [
        ({}, [503, 200, 200, 200]),
        ({"times": 2}, [503, 503, 200, 200]),
        ({"times": None}, [503, 503, 503, 503]),
        ({"every": 2}, [200, 503, 200, 503]),
        ({"every": 2, "times": 1}, [200, 503, 200, 503]),
        ({"every": 2, "times": 2}, [200, 503, 200, 503]),
    ],
)
async def test_script_strikes_as_often_as_it_says(upbit, client, rule, statuses):
    script = upbit.faults.script(on("GET", "/v1/acc*"), Answer(503), **rule)
    seen = [(await client.get("/v1/accounts")).status for _ in statuses]
    assert seen == statuses
    assert script.struck == statuses.count(503)


async def test_script_leaves_other_requests_alone(upbit, client):
    upbit.faults.script(on("POST", "/v1/orders", identifier="mine"), DropBefore())
    assert (await client.order(identifier="other")).status == 201
    assert (await client.get("/v1/accounts")).status == 200
    with pytest.raises(ClientConnectionError):
        await client.order(identifier="mine")


async def test_log_tells_method_path_params_and_outcome(upbit, client):
    await client.order(identifier="mine", price="1")
    await client.get("/v1/nothing", a="1")
    first, second = upbit.faults.requests
    assert (first.method, first.path, first.params["identifier"]) == (
        "POST",
        "/v1/orders",
        "mine",
    )
    assert (first.carried_out, first.status, first.at) == (True, 400, upbit.clock())
    assert (second.params, second.status) == ({"a": "1"}, 404)


async def test_log_can_be_asked_by_pattern(upbit, client):
    faults: Faults = upbit.faults
    await client.get("/v1/accounts")
    await client.get("/v1/order", identifier="x")
    assert len(faults.asked("GET")) == 2
    assert len(faults.asked(path="/v1/ord*", identifier="x")) == 1
