"""How orders of the fake exchange trade: by taking from the book, or when a price reaches them."""

from collections import deque
from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, ROUND_UP, Decimal

from tests.exchanges.records import Records
from tests.exchanges.terms import (
    ZERO,
    Cause,
    FeeIn,
    NewOrder,
    OrderType,
    Rejected,
    Side,
    Status,
    TimeInForce,
    Trade,
    VenueOrder,
)

AS_MARKET = frozenset({OrderType.MARKET, OrderType.STOP_LOSS})


class Fills:
    """Trades orders on record, within the plans and caps of the test."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self.plans: dict[str, deque[Decimal]] = {}
        self.caps: dict[str, Decimal] = {}

    def reach(self, symbol: str, price: Decimal, quantity: Decimal | None) -> None:
        """Trade what a public trade reaches: stops, resting limits, market orders on a plan."""
        waiting = self._records.open_orders(symbol)
        self._trigger_stops(waiting, price)
        self._fill_resting(waiting, price, quantity)
        for order in waiting:
            if order.new.type in AS_MARKET and not order.is_stop_waiting:
                self.take(order.id)

    def take(self, order_id: int) -> None:
        """Walk the book as far as the order, its plan and its money allow; end it if it must."""
        records = self._records
        order = records.orders[order_id]
        if order_id not in records.open or order.is_stop_waiting:
            return
        levels = self.crossing(order.new)
        if order.new.time_in_force is TimeInForce.FOK and not _fills(order, levels):
            records.end(order_id, Status.EXPIRED, Cause.EXPIRED)
            return
        allowed = self._allowance(order) if levels else None
        taken = self._walk(order_id, levels, allowed)
        symbol = order.new.symbol
        records.books[symbol] = records.book(symbol).taken(order.new.side, taken)
        at_once = order.new.time_in_force in {TimeInForce.IOC, TimeInForce.FOK}
        if at_once or (order.new.type in AS_MARKET and allowed is None):
            self._expire(order_id)

    def crossing(self, new: NewOrder) -> list[tuple[Decimal, Decimal]]:
        """Return the levels that an order would trade with on arrival."""
        levels = self._records.book(new.symbol).against(new.side)
        return [level for level in levels if _accepts(new, level[0])]

    def is_reached(self, new: NewOrder, price: Decimal | None) -> bool:
        """Return whether a price pulls the trigger of an order."""
        if price is None or new.trigger is None:
            return False
        return price >= new.trigger if new.side is Side.BUY else price <= new.trigger

    def need(self, new: NewOrder, size: Decimal) -> Decimal:
        """Return what `size` (of cost where the order is by cost) locks: base or quote."""
        market = self._records.markets[new.symbol]
        if new.side is Side.SELL:
            by_cost = new.cost is not None
            return _sold(self._records.book(new.symbol).bids, size, market.lot) if by_cost else size
        price = new.price or new.trigger
        if new.cost is not None:
            money = size
        elif price is not None:
            money = size * price
        else:
            money = _walked(self._records.book(new.symbol).asks, size)
        in_quote = market.fees.kind is FeeIn.QUOTE
        fee = max(market.taker_fee, market.maker_fee) if in_quote else ZERO
        return (money * (1 + fee)).quantize(market.fee_step, ROUND_UP).normalize()

    def _trigger_stops(self, waiting: Sequence[VenueOrder], price: Decimal) -> None:
        for order in waiting:
            waits = order.id in self._records.open and order.is_stop_waiting
            if waits and self.is_reached(order.new, price):
                self._records.end_siblings(order)
                self._records.note(self._records.update(order.id, triggered=True), Cause.TRIGGERED)
                self.take(order.id)

    def _fill_resting(
        self, waiting: Sequence[VenueOrder], price: Decimal, quantity: Decimal | None
    ) -> None:
        resting = [
            (order.new.price, order)
            for order in waiting
            if order.new.price is not None
            and order.new.type not in AS_MARKET
            and not order.is_stop_waiting
            and _accepts(order.new, price)
        ]
        for limit, order in sorted(resting, key=lambda one: (-abs(one[0] - price), one[1].id)):
            if order.id not in self._records.open or quantity == ZERO:
                continue
            remaining = self._records.orders[order.id].remaining
            chance = _least(remaining, self._allowance(order), quantity)
            if chance > 0:
                self._fill(order.id, limit, chance, maker=True)
                quantity = None if quantity is None else quantity - chance

    def _walk(
        self,
        order_id: int,
        levels: Iterable[tuple[Decimal, Decimal]],
        allowed: Decimal | None,
    ) -> list[Decimal]:
        """Return what was taken from each level."""
        taken: list[Decimal] = []
        for price, there in levels:
            left = None if allowed is None else allowed - sum(taken)
            quantity = _least(self._wanted(self._records.orders[order_id], price), there, left)
            if order_id not in self._records.open or quantity <= 0:
                break
            if not self._fill(order_id, price, quantity, maker=False):
                break
            taken.append(quantity)
        return taken

    def _expire(self, order_id: int) -> None:
        if order_id in self._records.open:
            self._records.end(order_id, Status.EXPIRED, Cause.EXPIRED)

    def _wanted(self, order: VenueOrder, price: Decimal) -> Decimal:
        if order.new.cost is None:
            return order.remaining
        lot = self._records.markets[order.new.symbol].lot
        return (order.new.cost - order.funds) / price // lot * lot

    def _allowance(self, order: VenueOrder) -> Decimal | None:
        plan = self.plans.get(order.new.client_id)
        if plan:
            return plan.popleft()
        return self.caps.get(order.new.symbol)

    def _fill(self, order_id: int, price: Decimal, quantity: Decimal, *, maker: bool) -> bool:
        """Book one trade; return False where the money for it was not there."""
        records = self._records
        order, hold, cost = records.orders[order_id], records.holds[order_id], price * quantity
        fee, fee_asset = self._fee(order, quantity, cost, maker=maker)
        market = records.markets[order.new.symbol]
        buys = order.new.side is Side.BUY
        with_fee = cost + (fee if fee_asset == market.quote else ZERO)
        try:
            records.wallet.spend(hold, with_fee if buys else quantity)
        except Rejected:
            self._expire(order_id)
            return False
        self._receive(order, quantity if buys else cost, fee, fee_asset)
        records.end_siblings(order)
        trade = Trade(
            id=next(records.ids),
            order_id=order_id,
            client_id=order.new.client_id,
            symbol=order.new.symbol,
            side=order.new.side,
            price=price,
            quantity=quantity,
            cost=cost,
            fee=fee,
            fee_asset=fee_asset,
            maker=maker,
            at=records.clock(),
        )
        records.trades.append(trade)
        self._book(order, trade)
        return True

    def _book(self, order: VenueOrder, trade: Trade) -> None:
        records = self._records
        after = records.update(
            order.id,
            filled=order.filled + trade.quantity,
            funds=order.funds + trade.cost,
            status=Status.PARTIALLY_FILLED,
            trades=(*order.trades, trade),
        )
        if self._wanted(after, trade.price) <= 0:
            records.close(order.id, Status.FILLED)
        elif after.new.side is Side.SELL or after.new.price or after.new.cost is not None:
            rest = after.remaining if after.new.cost is None else after.new.cost - after.funds
            records.wallet.shrink(records.holds[order.id], self.need(after.new, rest))
        records.note(records.update(order.id), Cause.TRADED, trade)

    def _fee(
        self, order: VenueOrder, quantity: Decimal, cost: Decimal, *, maker: bool
    ) -> tuple[Decimal, str]:
        market = self._records.markets[order.new.symbol]
        rate = market.maker_fee if maker else market.taker_fee
        policy = market.fees
        if policy.kind is FeeIn.COIN:
            coin_price = self._records.prices.get(f"{policy.coin}/{market.quote}")
            if coin_price is not None:
                in_coin = cost * rate * policy.discount / coin_price
                in_coin = in_coin.quantize(market.fee_step, ROUND_DOWN)
                if self._records.wallet.balance(policy.coin).free >= in_coin:
                    return in_coin, policy.coin
        if policy.kind is not FeeIn.QUOTE and order.new.side is Side.BUY:
            return (quantity * rate).quantize(market.fee_step, ROUND_DOWN), market.base
        return (cost * rate).quantize(market.fee_step, ROUND_DOWN), market.quote

    def _receive(self, order: VenueOrder, amount: Decimal, fee: Decimal, fee_asset: str) -> None:
        market = self._records.markets[order.new.symbol]
        buys = order.new.side is Side.BUY
        received = market.base if buys else market.quote
        if fee_asset == received:
            amount -= fee
        elif not (buys and fee_asset == market.quote):
            self._records.wallet.debit(fee_asset, fee)
        self._records.wallet.credit(received, amount)


def _accepts(new: NewOrder, price: Decimal) -> bool:
    if new.price is None:
        return True
    return price <= new.price if new.side is Side.BUY else price >= new.price


def _fills(order: VenueOrder, levels: Iterable[tuple[Decimal, Decimal]]) -> bool:
    if order.new.cost is not None:
        return sum((price * there for price, there in levels), ZERO) >= order.new.cost
    return sum((there for _, there in levels), ZERO) >= order.remaining


def _walked(levels: Iterable[tuple[Decimal, Decimal]], quantity: Decimal) -> Decimal:
    cost = ZERO
    for price, there in levels:
        step = min(there, quantity)
        cost += price * step
        quantity -= step
    return cost


def _sold(levels: Iterable[tuple[Decimal, Decimal]], cost: Decimal, lot: Decimal) -> Decimal:
    quantity = ZERO
    for price, there in levels:
        step = min(there, cost / price // lot * lot)
        quantity += step
        cost -= step * price
    return quantity


def _least(first: Decimal, *others: Decimal | None) -> Decimal:
    return min([first, *(other for other in others if other is not None)])
