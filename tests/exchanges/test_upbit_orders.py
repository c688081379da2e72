"""Upbit's orders by raw requests: what is accepted, how it ends, and the words of each refusal."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.exchanges.upbit.listing import krw_tick

D = Decimal
SYMBOL = "BTC/KRW"
BUY = {"side": "bid", "ord_type": "price", "price": "10000"}
SELL = {"side": "ask", "ord_type": "market", "volume": "0.001"}


async def by_identifier(client, identifier):
    return (await client.get("/v1/order", identifier=identifier)).body


async def test_accepted_order_is_told_as_it_was_before_it_traded(client):
    answer = await client.order(**BUY, identifier="a")
    assert (answer.status, answer.body["state"], answer.body["executed_volume"]) == (
        201,
        "wait",
        "0",
    )
    assert (answer.body["locked"], answer.body["reserved_fee"]) == ("10005", "5")
    done = await by_identifier(client, "a")
    assert (done["state"], done["executed_volume"], done["paid_fee"]) == ("done", "0.0001", "5")
    assert done["trades"][0]["funds"] == "10000"


async def test_market_buy_with_money_left_over_ends_as_cancel(upbit, client):
    upbit.exchange.set_price(SYMBOL, D(99_999_000))
    await client.order(**BUY, identifier="a")
    order = await by_identifier(client, "a")
    assert order["state"] == "cancel"
    assert order["executed_volume"] == "0.0001"
    assert D(order["trades"][0]["funds"]) == D("9999.9")
    assert upbit.exchange.balance("KRW").locked == 0


async def test_market_sale_ends_as_done(client):
    await client.order(**SELL, identifier="a")
    order = await by_identifier(client, "a")
    assert (order["state"], order["price"], order["volume"]) == ("done", None, "0.001")


async def test_limit_order_fills_when_the_price_comes(upbit, client):
    await client.order(identifier="a")
    upbit.exchange.set_price(SYMBOL, D(90_000_000), quantity=D("0.00004"))
    order = await by_identifier(client, "a")
    assert (order["state"], order["executed_volume"], order["remaining_volume"]) == (
        "wait",
        "0.00004",
        "0.00006",
    )
    assert order["locked"] == "5402.7"
    upbit.exchange.set_price(SYMBOL, D(89_000_000))
    assert (await by_identifier(client, "a"))["state"] == "done"


@pytest.mark.parametrize(
    ("params", "state", "executed"),
    [
        ({"time_in_force": "ioc"}, "cancel", "0.00003"),
        ({"time_in_force": "fok"}, "cancel", "0"),
        ({"time_in_force": "post_only", "price": "99000000"}, "wait", "0"),
    ],
)
async def test_time_in_force_of_a_limit_order(upbit, client, params, state, executed):
    upbit.exchange.set_book(SYMBOL, [], [(D(100_000_000), D("0.00003"))])
    usual = {"ord_type": "limit", "price": "100000000", "volume": "0.0001", "identifier": "a"}
    assert (await client.order(**(usual | params))).status == 201
    order = await by_identifier(client, "a")
    assert (order["state"], order["executed_volume"]) == (state, executed)
    assert order["time_in_force"] == params["time_in_force"]


@pytest.mark.parametrize(
    "params",
    [
        {"side": "bid", "ord_type": "best", "price": "10000"},
        {"side": "ask", "ord_type": "best", "volume": "0.0001"},
    ],
)
async def test_best_order_takes_the_first_level_only(upbit, client, params):
    levels = [(D(100_000_000), D("0.00005")), (D(101_000_000), D(1))]
    bids = [(D(99_000_000), D("0.00005")), (D(98_000_000), D(1))]
    upbit.exchange.set_book(SYMBOL, bids, levels)
    await client.order(**params, time_in_force="ioc", identifier="a")
    order = await by_identifier(client, "a")
    assert (order["executed_volume"], order["state"]) == ("0.00005", "cancel")


@pytest.mark.parametrize(
    ("params", "status", "name"),
    [
        ({"market": "KRW-NONE"}, 400, "validation_error"),
        ({"side": "buy"}, 400, "validation_error"),
        ({"ord_type": "stop", "price": "90000000", "volume": "1"}, 400, "validation_error"),
        ({"volume": "-1"}, 400, "validation_error"),
        ({"volume": "0.000000001"}, 400, "validation_error"),
        ({"time_in_force": "gtc"}, 400, "validation_error"),
        ({"time_in_force": "post_only", "smp_type": "reduce"}, 400, "validation_error"),
        ({"time_in_force": "post_only", "price": "100000000"}, 400, "create_bid_error"),
        ({"side": "bid", "ord_type": "market", "volume": "1"}, 400, "create_bid_error"),
        ({"side": "ask", "ord_type": "price", "price": "9000"}, 400, "create_ask_error"),
        (BUY | {"volume": "1"}, 400, "create_bid_error"),
        (BUY | {"time_in_force": "ioc"}, 400, "create_bid_error"),
        ({"side": "bid", "ord_type": "best", "price": "9000"}, 400, "create_bid_error"),
        ({"price": "90000500"}, 400, "invalid_price_bid"),
        ({"price": "90000500", "side": "ask"}, 400, "invalid_price_ask"),
        ({"volume": "0.00005"}, 400, "under_min_total_bid"),
        (BUY | {"price": "4999"}, 400, "under_min_total_bid"),
        (SELL | {"volume": "0.00001"}, 400, "under_min_total_ask"),
        (BUY | {"price": "1000000"}, 400, "insufficient_funds_bid"),
        (SELL | {"volume": "1"}, 400, "insufficient_funds_ask"),
    ],
)
async def test_refused_order_is_named_by_the_venue(upbit, client, params, status, name):
    before = upbit.exchange.balances()
    answer = (
        await client.order(**({"price": "90000000", "volume": "0.0001"} | params))
        if ("ord_type" not in params)
        else await client.order(**params)
    )
    assert (answer.status, answer.error) == (status, name)
    assert answer.body["error"]["message"]
    assert upbit.exchange.orders() == ()
    assert upbit.exchange.balances() == before


@pytest.mark.parametrize("params", [BUY, SELL | {"volume": "0.0001"}])
async def test_market_order_beyond_the_displayed_levels_is_refused(upbit, client, params):
    thin = D("0.000002")
    asks = [(D(100_000_000 + step * 1000), thin) for step in range(30)]
    bids = [(D(99_000_000 - step * 1000), thin) for step in range(30)]
    upbit.exchange.set_book(SYMBOL, bids, asks)
    answer = await client.order(**params)
    assert (answer.status, answer.error) == (400, f"create_{params['side']}_error")
    assert upbit.exchange.orders() == ()


async def test_identifier_is_never_free_again_even_after_a_refusal(client):
    assert (await client.order(identifier="a", price="1")).error == "under_min_total_bid"
    again = await client.order(identifier="a")
    assert (again.status, again.body["error"]["message"]) == (
        400,
        "identifier has already been used",
    )
    assert (await client.get("/v1/order", identifier="a")).error == "order_not_found"


async def test_identifier_of_a_done_order_is_not_free_either(upbit, client):
    assert (await client.order(**BUY, identifier="a")).status == 201
    assert (await client.order(**BUY, identifier="a")).status == 400
    assert len(upbit.exchange.orders()) == 1


async def test_order_test_checks_everything_and_keeps_nothing(upbit, client):
    sent = {"market": "KRW-BTC", **BUY, "identifier": "a"}
    answer = await client.post("/v1/orders/test", **sent)
    assert (answer.status, answer.body["state"], answer.body["locked"]) == (201, "wait", "10005")
    assert upbit.exchange.orders() == ()
    poor = await client.post("/v1/orders/test", **(sent | {"price": "2000000"}))
    assert poor.error == "insufficient_funds_bid"
    assert (await client.order(**BUY, identifier="a")).status == 201


async def test_form_instead_of_json_is_refused(upbit, client):
    token = {"Authorization": client.token("market=KRW-BTC")}
    url = f"{client.url}/v1/orders"
    async with client.session.post(url, data={"market": "KRW-BTC"}, headers=token) as answer:
        assert answer.status == 400
    assert upbit.exchange.orders() == ()


async def test_cancel_tells_the_order_as_it_was_and_frees_the_money(upbit, client):
    placed = await client.order(identifier="a")
    answer = await client.delete("/v1/order", uuid=placed.body["uuid"])
    assert (answer.status, answer.body["state"], answer.body["locked"]) == (200, "wait", "9004.5")
    assert (await by_identifier(client, "a"))["state"] == "cancel"
    assert upbit.exchange.balance("KRW").free == 1_000_000
    again = await client.delete("/v1/order", identifier="a")
    assert (again.status, again.error) == (404, "order_not_found")


@pytest.mark.parametrize(
    "query",
    [{"uuid": "None", "identifier": "a"}, {"uuid": "00000000-0000-4000-8000-00000000ffff"}],
)
async def test_unknown_uuid_is_not_found_whatever_the_identifier(client, query):
    await client.order(identifier="a")
    answer = await client.get("/v1/order", **query)
    assert (answer.status, answer.error) == (404, "order_not_found")


async def test_question_without_an_id_misses_a_parameter(client):
    answer = await client.get("/v1/order")
    assert (answer.status, answer.error) == (400, 400)


async def test_lists_hold_open_and_closed_orders_the_newest_first(upbit, client):
    for identifier in ("a", "b"):
        await client.order(identifier=identifier)
    await client.order(**BUY, identifier="c")
    await client.delete("/v1/order", identifier="a")

    async def names(path, **params):
        return [one["identifier"] for one in (await client.get(path, **params)).body]

    assert await names("/v1/orders/open") == ["b"]
    assert await names("/v1/orders/closed") == ["c", "a"]
    assert await names("/v1/orders/closed", state="done") == ["c"]
    assert await names("/v1/orders/closed", order_by="asc", limit="1") == ["a"]
    assert await names("/v1/orders/open", market="KRW-ETH") == []
    upbit.clock.advance(timedelta(days=8))
    assert await names("/v1/orders/closed") == []


async def test_closed_orders_span_seven_days_at_most(client):
    span = {"start_time": "2026-03-01T00:00:00Z", "end_time": "2026-03-09T00:00:00Z"}
    assert (await client.get("/v1/orders/closed", **span)).status == 400


async def test_orders_are_found_by_many_ids(client):
    uuids = [(await client.order(identifier=name)).body["uuid"] for name in ("a", "b")]
    found = await client.get("/v1/orders/uuids", **{"uuids[]": uuids[1]})
    assert [one["uuid"] for one in found.body] == [uuids[1]]
    found = await client.get("/v1/orders/uuids", **{"identifiers[]": "a"})
    assert [one["uuid"] for one in found.body] == [uuids[0]]


async def test_accounts_show_free_locked_and_average_price(upbit, client):
    await client.order(**BUY)
    await client.order()
    rows = {one["currency"]: one for one in (await client.get("/v1/accounts")).body}
    assert (rows["KRW"]["balance"], rows["KRW"]["locked"]) == ("980990.5", "9004.5")
    # 0.01 came for nothing, 0.0001 cost 10,000.
    average = D(10_000) / D("0.0101")
    assert rows["BTC"]["balance"] == "0.0101"
    assert abs(D(rows["BTC"]["avg_buy_price"]) - average) < D("0.000001")


async def test_chance_tells_minimum_fee_and_state(upbit, client):
    body = (await client.get("/v1/orders/chance", market="KRW-BTC")).body
    assert (body["bid_fee"], body["market"]["bid"]["min_total"]) == ("0.0005", "5000")
    assert body["market"]["state"] == "active"
    upbit.exchange.set_trading(SYMBOL, allowed=False)
    body = (await client.get("/v1/orders/chance", market="KRW-BTC")).body
    assert body["market"]["state"] == "suspended"
    assert (await client.order()).error == "create_bid_error"


@pytest.mark.parametrize(
    ("price", "tick"),
    [
        ("1000000", "1000"),
        ("999999", "500"),
        ("100000", "100"),
        ("99999", "50"),
        ("10000", "10"),
        ("5000", "5"),
        ("100", "1"),
        ("99", "0.1"),
        ("0.00005", "0.0000001"),
    ],
)
def test_price_step_goes_by_the_band(price, tick):
    assert krw_tick(D(price)) == D(tick)
