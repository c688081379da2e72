"""A rest too small to sell leaves the book with a record; the book still adds up."""

from decimal import Decimal

from engine.domain.errors import VenueDown
from engine.domain.events import DustDropped, OperatorState, PositionClosed
from engine.domain.exits import ExitReason
from engine.domain.venue import VenueName
from engine.ports.venue import ReportStatus
from tests.core.builders import Floor, floor, hold
from tests.core.fakes import fill, report
from tests.domain.builders import intended, sale

UPBIT, SPOT, FUTURES = VenueName.UPBIT, VenueName.BINANCE_SPOT, VenueName.BINANCE_FUTURES


async def with_rest(venue: VenueName, rest: str = "0.04") -> Floor:
    """Sell a position of 2 at its target but for a rest worth less than 5."""
    made = floor(venue)
    hold(made.portfolio, "2", "100")
    made.price(110.0)
    asset = made.portfolio.quote
    made.venue.place_script.append(
        lambda intents: [
            report(
                intents[0],
                fill("x", f"{2 - Decimal(rest)}", "110", asset=asset),
                status=ReportStatus.EXPIRED,
            )
        ]
    )
    await made.desk.seller.sell(made.market, ExitReason.TAKE_PROFIT)
    assert made.bench.facts(PositionClosed) == []
    return made


async def with_whole(venue: VenueName) -> Floor:
    made = floor(venue)
    hold(made.portfolio, "2", "100")
    await made.desk.seller.sell(made.market, ExitReason.TAKE_PROFIT)
    return made


async def test_upbit_drops_the_rest_with_a_record_and_closes_the_position():
    made = await with_rest(UPBIT)
    await made.desk.exits.manage(made.market)
    (dropped,) = made.bench.facts(DustDropped)
    assert (dropped.quantity, dropped.proceeds) == (Decimal("0.04"), Decimal(0))
    (closed,) = made.bench.facts(PositionClosed)
    assert (closed.quantity, closed.exit_price) == (Decimal("1.96"), Decimal(110))
    # 1.96 × 10 was made and 0.04 × 100 given up.
    assert closed.pnl == Decimal("15.6")
    assert closed.reason is ExitReason.TAKE_PROFIT
    assert made.position() is None
    assert made.portfolio.dust == 1


async def test_after_a_sweep_equity_is_capital_and_profit():
    made = await with_rest(UPBIT)
    await made.desk.exits.manage(made.market)
    assert made.portfolio.equity({}) == 10_000 + made.portfolio.realized
    assert made.portfolio.ledger.held("ETH") == 0
    assert made.portfolio.ledger.imbalances() == {}


async def test_binance_converts_the_rest():
    made = await with_rest(SPOT)
    await made.desk.exits.manage(made.market)
    # The first loop may arm protection only for what can be sold: nothing here.
    assert made.venue.converted == [("ETH/USDT", Decimal("0.04"))]
    (dropped,) = made.bench.facts(DustDropped)
    assert (dropped.proceeds, dropped.proceeds_asset) == (Decimal("0.001"), "BNB")


async def test_a_rest_that_cannot_be_converted_is_dropped_all_the_same():
    made = await with_rest(SPOT)

    async def down(symbol: str, quantity: Decimal) -> tuple[Decimal, str]:
        raise VenueDown("503")

    made.venue.convert_dust = down  # type: ignore[method-assign]
    await made.desk.exits.manage(made.market)
    (dropped,) = made.bench.facts(DustDropped)
    assert (dropped.proceeds, dropped.proceeds_asset) == (Decimal(0), "USDT")
    assert made.position() is None


async def test_a_rest_that_can_be_sold_is_no_dust():
    made = await with_rest(UPBIT, "0.05")
    made.price(100.0)
    await made.desk.exits.manage(made.market)
    assert made.bench.facts(DustDropped) == []
    assert made.position() is not None


async def test_a_rest_waits_while_an_order_of_the_market_is_open():
    made = await with_rest(UPBIT)
    made.portfolio.apply(intended(sale("pasu-other", quantity="0.04")))
    await made.desk.exits.manage(made.market)
    assert made.bench.facts(DustDropped) == []


async def test_a_panic_sweeps_dust_too():
    made = await with_rest(UPBIT)
    await made.bench.operator.become(OperatorState.PANIC, "42", "panic")
    assert await made.desk.flatten()
    assert len(made.bench.facts(DustDropped)) == 1


async def test_what_was_sold_whole_leaves_no_dust():
    made = await with_whole(UPBIT)
    assert made.position() is None
    await made.desk.exits.manage(made.market)
    assert made.bench.facts(DustDropped) == []
    assert made.portfolio.dust == 0


async def test_an_entry_too_small_to_sell_is_dust():
    made = floor(UPBIT)
    hold(made.portfolio, "0.04", "100")
    made.price(94.0)
    await made.desk.exits.manage(made.market)
    assert made.venue.placed == []
    assert made.position() is None


async def test_the_rest_of_a_contract_is_no_dust():
    made = await with_rest(FUTURES)
    await made.desk.exits.manage(made.market)
    await made.desk.exits.manage(made.market)
    assert made.bench.facts(DustDropped) == []
    assert made.portfolio.equity({}) == 10_000 + made.portfolio.realized
