"""Nothing is made or lost: whatever is ordered, balances are deposits moved by fills and fees."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.errors import Refused
from engine.domain.intent import OrderType, Side
from engine.domain.venue import VenueName
from tests.venues.builders import DEPOSITS, MINUTE, START, Desk, candle, d, order

_ZERO = Decimal(0)
_BASE_PRICE = {
    VenueName.UPBIT: 100_000_000,
    VenueName.BINANCE_SPOT: 100_000,
    VenueName.BINANCE_FUTURES: 100_000,
    VenueName.STOCK: 70_000,
}

moves = st.lists(
    st.tuples(
        st.sampled_from(["buy", "sell", "bid", "ask", "oco", "cancel"]),
        st.integers(1, 400),
        st.integers(-60, 60),
        st.integers(-60, 60),
        st.sampled_from([0.0, 0.5, 30.0, 5000.0]),
    ),
    min_size=1,
    max_size=25,
)


def intents(venue, kind, size, price, tick):
    quantity = d(size) * (1 if venue is VenueName.STOCK else d("0.001"))
    contract = venue is VenueName.BINANCE_FUTURES
    near = (Decimal(price) / tick).to_integral_value() * tick
    if kind == "buy":
        more = {"cost": str(quantity * near)} if venue is VenueName.UPBIT else {}
        return (order(venue, quantity=quantity, leverage=5 if contract else 1, **more),)
    if kind == "sell":
        return (order(venue, Side.SELL, quantity=quantity, reduce_only=contract),)
    if kind == "bid":
        return (order(venue, type_=OrderType.LIMIT, quantity=quantity, price=near - 20 * tick),)
    target = order(
        venue,
        Side.SELL,
        OrderType.LIMIT,
        quantity,
        price=near + 20 * tick,
        group="g" if kind == "oco" else None,
        reduce_only=contract,
    )
    if kind == "ask":
        return (target,)
    stop = order(
        venue,
        Side.SELL,
        OrderType.STOP_MARKET,
        quantity,
        trigger=near - 20 * tick,
        group="g",
        reduce_only=contract,
    )
    return (target, stop)


def play(desk, steps):
    """Carry the steps out and return every order id that was taken."""
    taken = []
    price = _BASE_PRICE[desk.venue]
    tick = desk.market.instrument.ticks.tick_at(Decimal(price))
    for number, (kind, size, first, last, volume) in enumerate(steps):
        at = START + number * MINUTE
        unit = float(tick) * 10
        open_, close = price + first * unit, price + last * unit
        bar = candle(at, open_, max(open_, close) + unit, min(open_, close) - unit, close, volume)
        desk.opens(bar)
        desk.closes(bar, bar)
        if kind == "cancel":
            for report in desk.exchange.open_orders()[:1]:
                desk.exchange.cancel(report.client_id, desk.at)
            continue
        wanted = intents(desk.venue, kind, size, close, tick)
        try:
            taken += [report.client_id for report in desk.place(*wanted)]
        except Refused:
            continue
        desk.exchange.settle_orphans(desk.symbol, desk.at)
    return taken


def check_locks(desk):
    for held in desk.exchange.balances().values():
        assert held.free + held.locked == held.total
        assert held.locked >= 0
        if desk.venue is not VenueName.BINANCE_FUTURES:
            assert held.free >= 0
    for report in list(desk.exchange.open_orders()):
        desk.exchange.cancel(report.client_id, desk.at)
    if not desk.exchange.positions():
        assert all(held.locked == 0 for held in desk.exchange.balances().values())


@settings(max_examples=60, deadline=None)
@given(moves, st.sampled_from([v for v in VenueName if v is not VenueName.BINANCE_FUTURES]))
def test_spot_balances_are_deposits_moved_by_fills(steps, venue):
    desk = Desk(venue)
    taken = play(desk, steps)
    asset, amount = DEPOSITS[venue]
    expected = {asset: amount, desk.market.instrument.base: _ZERO}
    for client_id in taken:
        report = desk.exchange.order(client_id)
        sign = 1 if report.side is Side.BUY else -1
        for fill in report.fills:
            expected[desk.market.instrument.base] += sign * fill.quantity
            expected[asset] -= sign * fill.quantity * fill.price
            expected[fill.fee_asset] -= fill.fee
    for held, total in expected.items():
        assert desk.total(held) == total
    check_locks(desk)


@settings(max_examples=60, deadline=None)
@given(moves)
def test_contract_wallet_is_deposit_and_profit_less_fees(steps):
    desk = Desk(VenueName.BINANCE_FUTURES)
    taken = play(desk, steps)
    forced = {f"autoclose-btc-{int((START + n * MINUTE).timestamp())}" for n in range(len(steps))}
    fills = [
        (report.side, fill)
        for client_id in [*taken, *forced]
        if (report := desk.exchange.order(client_id)) is not None
        for fill in report.fills
    ]
    cash = sum(
        ((-1 if side is Side.BUY else 1) * f.quantity * f.price - f.fee for side, f in fills), _ZERO
    )
    still = sum((p.quantity * p.entry_price for p in desk.exchange.positions()), _ZERO)
    assert abs(desk.total("USDT") - (DEPOSITS[desk.venue][1] + cash + still)) < d("1e-15")
    held = sum(((1 if side is Side.BUY else -1) * f.quantity for side, f in fills), _ZERO)
    assert held == sum((p.quantity for p in desk.exchange.positions()), _ZERO)
    assert held >= 0
    check_locks(desk)
