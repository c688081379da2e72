"""The kernel: money is conserved, orders fill as told, OCO groups end together."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from tests.exchanges.matching import Exchange
from tests.exchanges.terms import (
    BalanceChanged,
    Cause,
    Event,
    FeeIn,
    FeePolicy,
    Kind,
    Market,
    NewOrder,
    OrderChanged,
    OrderType,
    PriceMoved,
    Rejected,
    Side,
    Status,
    TimeInForce,
    TradeHappened,
    fixed_tick,
)

D = Decimal
SYMBOL = "BTC/KRW"
START = datetime(2026, 1, 1, tzinfo=UTC)


def market(
    symbol: str = SYMBOL, policy: FeeIn = FeeIn.QUOTE, coin: str = "", fee: str = "0.001"
) -> Market:
    base, quote = symbol.split("/")
    rate = D(fee)
    return Market(symbol, base, quote, rate, rate, FeePolicy(policy, coin), tick=fixed_tick(D(1)))


def exchange(policy: FeeIn = FeeIn.QUOTE, coin: str = "") -> Exchange:
    made = Exchange(lambda: START)
    made.add_market(market(policy=policy, coin=coin))
    made.deposit("KRW", D(10_000))
    made.deposit("BTC", D(10))
    made.set_price(SYMBOL, D(100))
    return made


def limit(
    side: Side,
    price: int,
    quantity: str = "1",
    client_id: str = "",
    force: TimeInForce = TimeInForce.GTC,
) -> NewOrder:
    return NewOrder(
        SYMBOL,
        side,
        OrderType.LIMIT,
        quantity=D(quantity),
        price=D(price),
        client_id=client_id,
        time_in_force=force,
    )


def market_order(side: Side, quantity: str = "1", client_id: str = "") -> NewOrder:
    return NewOrder(SYMBOL, side, OrderType.MARKET, quantity=D(quantity), client_id=client_id)


def by_cost(cost: str, client_id: str = "") -> NewOrder:
    return NewOrder(SYMBOL, Side.BUY, OrderType.MARKET, cost=D(cost), client_id=client_id)


def stop(side: Side, trigger: int, quantity: str = "1") -> NewOrder:
    return NewOrder(SYMBOL, side, OrderType.STOP_LOSS, quantity=D(quantity), trigger=D(trigger))


def held(made: Exchange, asset: str) -> tuple[D, D]:
    balance = made.balance(asset)
    return balance.free, balance.locked


def refusal(made: Exchange, new: NewOrder) -> Kind:
    before = made.balances(), made.orders()
    with pytest.raises(Rejected) as caught:
        made.place(new)
    assert (made.balances(), made.orders()) == before
    return caught.value.kind


# --- taking and resting ---


def test_market_buy_pays_the_last_price_and_its_fee_in_quote():
    made = exchange()
    order = made.place(market_order(Side.BUY, "2"))
    assert (order.status, order.filled, order.funds) == (Status.FILLED, D(2), D(200))
    assert held(made, "KRW") == (D("9799.8"), D(0))
    assert held(made, "BTC") == (D(12), D(0))


def test_market_sale_gets_one_tick_less_minus_its_fee():
    made = exchange()
    made.place(market_order(Side.SELL))
    assert held(made, "KRW") == (D("10098.901"), D(0))


def test_buy_by_cost_floors_to_the_lot_and_gives_back_the_rest():
    made = exchange()
    made.set_price(SYMBOL, D(30))
    order = made.place(by_cost("100"))
    assert order.status is Status.FILLED
    assert order.filled == D("3.33333333")
    assert order.funds == D("99.9999999")
    # The fee is cut to eight digits.
    assert held(made, "KRW") == (D(10_000) - order.funds - D("0.09999999"), D(0))


def test_sale_by_cost_sells_what_brings_that_money():
    made = exchange()
    made.set_book(SYMBOL, [(D(100), D("0.5")), (D(80), D(5))], [])
    order = made.place(NewOrder(SYMBOL, Side.SELL, OrderType.MARKET, cost=D(90)))
    assert (order.status, order.filled, order.funds) == (Status.FILLED, D(1), D(90))
    assert held(made, "BTC") == (D(9), D(0))
    dear = NewOrder(SYMBOL, Side.SELL, OrderType.MARKET, cost=D(9000))
    made.set_price(SYMBOL, D(100))
    assert refusal(made, dear) is Kind.INSUFFICIENT_FUNDS


def test_resting_limit_locks_cost_and_fee_and_fills_at_its_own_price():
    made = exchange()
    order = made.place(limit(Side.BUY, 90))
    assert held(made, "KRW") == (D("9909.91"), D("90.09"))
    made.set_price(SYMBOL, D(91))
    assert made.order(order.id).status is Status.NEW
    made.set_price(SYMBOL, D(80))
    done = made.order(order.id)
    assert (done.status, done.trades[0].price, done.trades[0].maker) == (Status.FILLED, D(90), True)
    assert held(made, "KRW") == (D("9909.91"), D(0))


def test_marketable_limit_takes_at_better_prices_and_unlocks_what_it_saved():
    made = exchange()
    made.set_book(SYMBOL, [], [(D(100), D("0.4")), (D(105), D(1))])
    order = made.place(limit(Side.BUY, 110))
    assert [(t.price, t.quantity) for t in order.trades] == [(D(100), D("0.4")), (D(105), D("0.6"))]
    assert held(made, "KRW") == (D(10_000) - D(103) - D("0.103"), D(0))
    assert made.book(SYMBOL).asks == ((D(105), D("0.4")),)


def test_market_order_beyond_the_book_expires_with_what_it_got():
    made = exchange()
    made.set_book(SYMBOL, [(D(99), D("0.3"))], [])
    order = made.place(market_order(Side.SELL))
    assert (order.status, order.filled) == (Status.EXPIRED, D("0.3"))
    assert held(made, "BTC") == (D("9.7"), D(0))


def test_limited_trade_fills_best_price_first_then_oldest():
    made = exchange()
    low = made.place(limit(Side.BUY, 90))
    high, later = made.place(limit(Side.BUY, 95)), made.place(limit(Side.BUY, 95))
    made.set_price(SYMBOL, D(85), quantity=D("1.5"))
    filled = [made.order(one.id).filled for one in (high, later, low)]
    assert filled == [D(1), D("0.5"), D(0)]


@pytest.mark.parametrize(
    ("force", "status", "filled"),
    [
        (TimeInForce.IOC, Status.EXPIRED, D("0.4")),
        (TimeInForce.FOK, Status.EXPIRED, D(0)),
        (TimeInForce.GTC, Status.PARTIALLY_FILLED, D("0.4")),
    ],
)
def test_time_in_force_decides_what_becomes_of_the_rest(force, status, filled):
    made = exchange()
    made.set_book(SYMBOL, [], [(D(100), D("0.4"))])
    order = made.place(limit(Side.BUY, 100, force=force))
    assert (order.status, order.filled) == (status, filled)
    locked = D("60.06") if status.is_open else D(0)
    assert held(made, "KRW")[1] == locked


def test_post_only_that_would_take_is_refused():
    made = exchange()
    assert refusal(made, limit(Side.BUY, 100, force=TimeInForce.POST_ONLY)) is Kind.WOULD_TAKE
    assert made.place(limit(Side.BUY, 99, force=TimeInForce.POST_ONLY)).status is Status.NEW


# --- stops and OCO ---


def test_stop_waits_locked_then_sells_at_the_market():
    made = exchange()
    order = made.place(stop(Side.SELL, 95))
    assert held(made, "BTC") == (D(9), D(1))
    made.set_price(SYMBOL, D(96))
    assert made.order(order.id).is_stop_waiting
    made.set_price(SYMBOL, D(94))
    done = made.order(order.id)
    assert (done.status, done.triggered, done.trades[0].price) == (Status.FILLED, True, D(93))


def test_stop_beyond_the_price_is_refused():
    assert refusal(exchange(), stop(Side.SELL, 100)) is Kind.WOULD_TRIGGER
    assert refusal(exchange(), stop(Side.BUY, 100)) is Kind.WOULD_TRIGGER


def oco(made: Exchange) -> tuple[int, int]:
    above = limit(Side.SELL, 120, "4", force=TimeInForce.POST_ONLY)
    made_list = made.place_oco([above, stop(Side.SELL, 90, "4")])
    first, second = made_list.order_ids
    return first, second


def test_oco_locks_its_balance_once():
    made = exchange()
    target, floor = oco(made)
    assert held(made, "BTC") == (D(6), D(4))
    assert [made.order(one).locked for one in (target, floor)] == [D(4), D(4)]


@pytest.mark.parametrize(("price", "winner"), [(125, 0), (89, 1)])
def test_oco_leg_that_fills_or_triggers_ends_the_other(price, winner):
    made = exchange()
    legs = oco(made)
    made.set_price(SYMBOL, D(price))
    assert made.order(legs[winner]).status is Status.FILLED
    assert made.order(legs[1 - winner]).status is Status.EXPIRED
    assert held(made, "BTC") == (D(6), D(0))


def test_oco_partial_fill_ends_the_other_leg_and_keeps_the_rest_locked():
    made = exchange()
    target, floor = oco(made)
    made.set_price(SYMBOL, D(121), quantity=D(1))
    assert made.order(target).status is Status.PARTIALLY_FILLED
    assert made.order(floor).status is Status.EXPIRED
    assert held(made, "BTC") == (D(6), D(3))
    made.set_price(SYMBOL, D(80))
    assert made.trades()[-1].price == D(120)


def test_oco_ends_as_a_whole_when_one_leg_is_cancelled():
    made = exchange()
    target, floor = oco(made)
    made.cancel(floor)
    assert {made.order(one).status for one in (target, floor)} == {Status.CANCELED}
    assert held(made, "BTC") == (D(10), D(0))


def test_oco_that_cannot_be_paid_accepts_no_leg():
    made = exchange()
    with pytest.raises(Rejected) as caught:
        made.place_oco([limit(Side.SELL, 120, "11"), stop(Side.SELL, 90, "11")])
    assert caught.value.kind is Kind.INSUFFICIENT_FUNDS
    assert made.orders() == ()


# --- scripted fills ---


def test_plan_of_fills_trades_piece_by_piece_even_a_market_order():
    made = exchange()
    made.plan_fills("slow", [D("0.25"), D(0), D("0.5")])
    order = made.place(market_order(Side.BUY, client_id="slow"))
    filled = [order.filled]
    for _ in range(3):
        made.set_price(SYMBOL, D(100))
        filled.append(made.order(order.id).filled)
    assert filled == [D("0.25"), D("0.25"), D("0.75"), D(1)]
    assert made.order(order.id).status is Status.FILLED
    assert held(made, "KRW") == (D("9899.9"), D(0))


def test_cap_lets_every_order_trade_only_so_much_per_event():
    made = exchange()
    order = made.place(limit(Side.BUY, 90))
    made.fill_only(SYMBOL, D("0.4"))
    made.set_price(SYMBOL, D(90))
    made.set_price(SYMBOL, D(90))
    assert made.order(order.id).filled == D("0.8")
    made.fill_only(SYMBOL, None)
    made.set_price(SYMBOL, D(90))
    assert made.order(order.id).status is Status.FILLED


def test_cancel_after_a_partial_fill_frees_the_rest_once():
    made = exchange()
    order = made.place(limit(Side.BUY, 90))
    made.set_price(SYMBOL, D(90), quantity=D("0.5"))
    assert made.cancel(order.id).status is Status.CANCELED
    assert held(made, "KRW") == (D(10_000) - D("45.045"), D(0))
    with pytest.raises(Rejected) as caught:
        made.cancel(order.id)
    assert caught.value.kind is Kind.ALREADY_DONE


# --- fees ---


def test_fee_of_what_is_received():
    made = exchange(FeeIn.RECEIVED)
    made.place(market_order(Side.BUY))
    assert held(made, "BTC") == (D("10.999"), D(0))
    assert held(made, "KRW") == (D(9900), D(0))
    assert made.place(market_order(Side.SELL)).trades[0].fee_asset == "KRW"


def test_fee_in_a_third_coin_until_it_runs_out():
    made = exchange(FeeIn.COIN, "BNB")
    made.add_market(market("BNB/KRW"))
    made.set_price("BNB/KRW", D(10))
    made.deposit("BNB", D("0.01"))
    first, second = (made.place(market_order(Side.BUY)).trades[0] for _ in range(2))
    # A quarter off: 100 x 0.001 x 0.75 / 10.
    assert (first.fee, first.fee_asset) == (D("0.0075"), "BNB")
    assert (second.fee, second.fee_asset) == (D("0.001"), "BTC")


# --- refusals ---


@pytest.mark.parametrize(
    ("new", "kind"),
    [
        (NewOrder("ETH/KRW", Side.BUY, OrderType.MARKET, quantity=D(1)), Kind.UNKNOWN_MARKET),
        (market_order(Side.SELL, "11"), Kind.INSUFFICIENT_FUNDS),
        (limit(Side.BUY, 99, "1000"), Kind.INSUFFICIENT_FUNDS),
        (market_order(Side.BUY, "0"), Kind.BAD_QUANTITY),
        (limit(Side.BUY, 0), Kind.BAD_PRICE),
        (limit(Side.BUY, 50, client_id="twice"), Kind.DUPLICATE_CLIENT_ID),
    ],
)
def test_refused_order_changes_nothing(new, kind):
    made = exchange()
    made.place(limit(Side.BUY, 50, client_id="twice"))
    assert refusal(made, new) is kind


def test_halted_market_refuses_and_trades_nothing():
    made = exchange()
    order = made.place(limit(Side.BUY, 90))
    made.set_trading(SYMBOL, allowed=False)
    assert refusal(made, limit(Side.BUY, 80)) is Kind.MARKET_HALTED
    made.set_price(SYMBOL, D(85))
    assert made.order(order.id).status is Status.NEW
    made.set_trading(SYMBOL, allowed=True)
    made.set_price(SYMBOL, D(85))
    assert made.order(order.id).status is Status.FILLED


def test_client_id_may_be_used_again_once_its_order_is_done():
    made = exchange()
    first = made.place(market_order(Side.BUY, client_id="one"))
    second = made.place(market_order(Side.BUY, client_id="one"))
    assert made.by_client_id("one") == second != first


# --- news ---


def test_listeners_hear_everything_in_the_order_it_happened():
    made = exchange()
    told: list[Event] = []
    made.subscribe(told.append)
    made.place(limit(Side.BUY, 90))
    made.set_price(SYMBOL, D(90))
    kinds = [type(event) for event in told]
    assert kinds == [
        OrderChanged,
        BalanceChanged,
        PriceMoved,
        OrderChanged,
        TradeHappened,
        BalanceChanged,
    ]
    causes = [event.cause for event in told if isinstance(event, OrderChanged)]
    assert causes == [Cause.ACCEPTED, Cause.TRADED]


def test_snapshot_told_is_not_touched_by_what_follows():
    made = exchange()
    told: list[Event] = []
    made.subscribe(told.append)
    made.place(market_order(Side.BUY))
    first = next(event for event in told if isinstance(event, OrderChanged))
    assert (first.order.status, first.order.filled) == (Status.NEW, D(0))
    assert first.order.locked == D("100.1")


def test_time_comes_from_the_clock_that_was_given():
    now = [START]
    made = Exchange(lambda: now[0])
    made.add_market(market())
    made.deposit("KRW", D(1000))
    made.set_price(SYMBOL, D(100))
    now[0] += timedelta(hours=24)
    assert made.place(market_order(Side.BUY)).trades[0].at == START + timedelta(hours=24)


# --- conservation ---


def random_order(random: Random) -> NewOrder:
    side = random.choice(list(Side))
    quantity = str(random.randint(1, 40) / 20)
    kind = random.randrange(5)
    if kind == 0:
        return market_order(side, quantity)
    if kind == 1:
        cost = D(random.randint(5, 300))
        return NewOrder(SYMBOL, side, OrderType.MARKET, cost=cost)
    if kind == 2:
        return stop(side, random.randint(60, 140), quantity)
    force = random.choice(list(TimeInForce))
    return limit(side, random.randint(60, 140), quantity, force=force)


def random_step(made: Exchange, random: Random) -> None:
    what = random.randrange(6)
    if what == 0:
        quantity = random.choice([None, D("0.3"), D(2)])
        made.set_price(SYMBOL, D(random.randint(70, 130)), quantity)
    elif what == 1:
        asks = [(D(100 + step), D("0.7")) for step in range(3)]
        made.set_book(SYMBOL, [(D(99 - step), D("0.7")) for step in range(3)], asks)
    elif what == 2 and made.open_orders():
        made.cancel(random.choice(made.open_orders()).id)
    elif what == 3:
        made.fill_only(SYMBOL, random.choice([None, D("0.2")]))
    elif what == 4:
        above = limit(Side.SELL, random.randint(131, 140), force=TimeInForce.POST_ONLY)
        made.place_oco([above, stop(Side.SELL, random.randint(60, 69))])
    else:
        made.place(random_order(random))


def expected(made: Exchange) -> dict[str, D]:
    """Return what the account must have in all, by its deposits and trades alone."""
    total = {"KRW": D(10_000), "BTC": D(10), "BNB": D(1)}
    for trade in made.trades():
        sign = 1 if trade.side is Side.BUY else -1
        total["BTC"] += sign * trade.quantity
        total["KRW"] -= sign * trade.cost
        total[trade.fee_asset] -= trade.fee
    return total


@pytest.mark.parametrize("seed", range(12))
def test_money_is_conserved_and_all_of_it_free_in_the_end(seed):
    random = Random(seed)
    policy = list(FeeIn)[seed % 3]
    made = exchange(policy, "BNB")
    made.add_market(market("BNB/KRW"))
    made.set_price("BNB/KRW", D(10))
    made.deposit("BNB", D(1))
    for _ in range(150):
        try:
            random_step(made, random)
        except Rejected:
            continue
        for balance in made.balances():
            assert balance.free >= 0
            assert balance.locked >= 0
            assert balance.free + balance.locked == expected(made)[balance.asset]
    for order in made.open_orders():
        if made.order(order.id).status.is_open:
            made.cancel(order.id)
    assert made.trades()
    assert {balance.locked for balance in made.balances()} == {D(0)}
