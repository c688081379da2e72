"""This host's clock against the venues': told once when it is off, once when it is right."""

import pytest

from engine.domain.errors import Refused
from engine.domain.events import OrderRefused
from engine.domain.order import OrderStatus
from engine.ports.venue import ClockOff, ClockRight, SurfaceName, VenueEvent
from engine.venues.live.lines import Lines
from engine.venues.live.skew import Skew
from tests.core.fakes import ManualClock
from tests.live.bench import until
from tests.live.binance_bench import BINANCE
from tests.live.house import House
from tests.live.upbit_bench import UPBIT

EVERYWHERE = pytest.mark.parametrize("house", [UPBIT, BINANCE], ids=lambda house: house.name)


class Told(Lines):
    """Lines that keep what is put on them."""

    def __init__(self) -> None:
        super().__init__((SurfaceName.REST,), ManualClock())
        self.events: list[VenueEvent] = []

    def put(self, event: VenueEvent) -> None:
        self.events.append(event)


def skew(told: Told, *, is_trading: bool = True) -> Skew:
    return Skew(told, ManualClock(), is_trading=is_trading)


def seconds(told: Told) -> list[tuple[float, bool] | None]:
    """Return what was told: seconds ahead and whether orders wait, None for right again."""
    return [
        (event.ahead_s, event.bars_orders) if isinstance(event, ClockOff) else None
        for event in told.events
    ]


def test_f16_only_what_is_certain_is_told():
    told = Told()
    made = skew(told)
    for low, high in [(0.5, 1.5), (0.9, 1.4), (-1.2, 0.95), (-0.99, 1.0)]:
        made.measured(low, high)
    assert told.events == []
    made.check()


def test_f16_spans_of_whole_seconds_narrow_each_other_to_a_certain_one():
    told = Told()
    made = skew(told)
    for low, high in [(0.6, 1.7), (0.9, 1.95), (1.05, 2.1)]:
        made.measured(low, high)
    assert seconds(told) == [(-(1.05 + 1.7) / 2, False)]


def test_f16_clock_that_was_set_begins_anew_and_each_change_is_told_once():
    told = Told()
    made = skew(told)
    for offset in (-2.0, -2.0, -6.0, -6.0, -2.0, 0.0, 0.0):
        made.measured(offset - 0.25, offset + 0.25)
    assert seconds(told) == [(2.0, False), (6.0, True), (2.0, False), None]


@pytest.mark.parametrize("sign", [1, -1], ids=["behind", "ahead"])
def test_f16_orders_are_refused_from_five_seconds_on_until_it_is_certain_that_it_is_over(
    sign: int,
):
    made = skew(Told())
    for low, high in [(5.75, 6.25), (4.9, 5.1)]:
        made.measured(*sorted((sign * low, sign * high)))
        with pytest.raises(Refused, match="s off the venue's"):
            made.check()
    made.measured(*sorted((sign * 4.0, sign * 4.5)))
    made.check()


def test_f16_without_an_account_there_are_no_orders_to_hold_back():
    told = Told()
    skew(told, is_trading=False).measured(-7.0, -6.0)
    assert seconds(told) == [(6.5, False)]


def test_f16_clock_that_is_set_while_an_answer_is_on_its_way_measures_nothing():
    told = Told()
    made = skew(told)
    made.measured(9.0, 3.0)
    assert (told.events, made.ahead_s) == ([], 0.0)


@EVERYWHERE
@pytest.mark.parametrize("ahead_s", [3.0, -3.0])
async def test_f16_clock_is_measured_at_the_start(house: House, ahead_s: float):
    async with house.open(timeout_s=2.0, skew_s=-ahead_s, streams=[house.symbol]) as bench:
        await until(lambda: bench.told(ClockOff))
        (off,) = bench.told(ClockOff)
        assert abs(off.ahead_s - ahead_s) < 1.0
        assert not off.bars_orders


@EVERYWHERE
async def test_f16_clock_is_compared_again_and_again_and_told_once_each_way(house: House):
    async with house.open(timeout_s=2.0, clock_s=0.2, streams=[house.symbol]) as bench:
        assert bench.told(ClockOff) == []
        house.set_clock(bench.server, 3.0)
        await until(lambda: bench.told(ClockOff))
        asked = len(bench.server.faults.requests)
        await until(lambda: len(bench.server.faults.requests) >= asked + 3)
        assert len(bench.told(ClockOff)) == 1
        house.set_clock(bench.server, 0.0)
        await until(lambda: bench.told(ClockRight))
        asked = len(bench.server.faults.requests)
        await until(lambda: len(bench.server.faults.requests) >= asked + 3)
        assert (len(bench.told(ClockOff)), len(bench.told(ClockRight))) == (1, 1)


@EVERYWHERE
@pytest.mark.parametrize("ahead_s", [6.5, -6.5])
async def test_f16_no_order_is_sent_on_a_clock_more_than_five_seconds_off(
    house: House, ahead_s: float
):
    async with house.open(timeout_s=2.0, skew_s=-ahead_s, streams=[house.symbol]) as bench:
        await until(lambda: any(event.bars_orders for event in bench.told(ClockOff)))
        (order,) = await bench.desk.submit([house.buy("one")])
        assert order.status is OrderStatus.REFUSED
        assert bench.facts(OrderRefused)[0].code == "clock"
        assert bench.asked("POST", house.orders) == 0
        house.set_clock(bench.server, 0.0)
        assert await bench.venue.balances()
        await until(lambda: bench.told(ClockRight))
        (order,) = await bench.desk.submit([house.buy("two")])
        assert order.status is OrderStatus.FILLED
