"""One fact of every kind, and one for every cause, as the engine records them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from engine.contract import PHRASES, EventView, encode
from engine.core.severity import severity
from engine.domain import custody, events
from engine.domain.events import Fact, OperatorState
from engine.domain.exits import ExitPlan, ExitReason
from engine.domain.ids import ClientOrderId, TradeId, VenueOrderId
from engine.domain.intent import OrderIntent, OrderType, Purpose, Side
from engine.domain.tuning import (
    ParametersTuned,
    TakenBackFor,
    TunedKey,
    TuningDeclined,
    TuningEvidence,
    TuningFigures,
    TuningJob,
    TuningObstacle,
    TuningStored,
    TuningTakenBack,
)
from engine.domain.venue import VenueName
from engine.phrases.causes import Cause
from engine.phrases.faults import Fault
from engine.phrases.incidents import Incident
from tests.chat.phrases import said

AT = datetime(2026, 11, 23, 5, 42, 2, tzinfo=UTC)
SPOT, UPBIT = VenueName.BINANCE_SPOT, VenueName.UPBIT
BTC = "BTC/KRW"
ID = ClientOrderId("pasu-0000")
D = Decimal
EXITS = ExitPlan(D(145341000), None, None, D("0.05"))
KEY = TunedKey("CRYPTO_K_VALUE", 0.5, 0.45, None, 0.45, None, 0.45)
FIGURES = TuningFigures(10, 6, 0.8, None)
EVIDENCE = TuningEvidence("win_rate", 200, 20, AT, AT, AT, *[FIGURES] * 4)
INTENT = OrderIntent(
    ID, UPBIT, BTC, Side.BUY, OrderType.MARKET, Purpose.ENTRY, D(1), D(100), "touched 100"
)
DAMAGED = Incident.FILE_DAMAGED.say(file="upbit_portfolio.json", error="the checksum does not fit")
AGAIN = Cause.REFUSED_AGAIN.say(times=3, refusal="-9: Some new thing happened")
PROBLEM = Fault.IN_LINE.say(line=2, key="this line", what=Fault.NO_VALUE.say())
LOST = events.VenueLost(SPOT, "ClientConnectorError: Cannot connect to host", AT)
REFUSED = events.OrderRefused(SPOT, "BTC/USDT", ID, "-2010", "Account has no balance.", AT)

FACTS: tuple[Fact, ...] = (
    events.OrderIntended(INTENT, AT),
    events.OrderAccepted(UPBIT, BTC, ID, VenueOrderId("v1"), AT),
    REFUSED,
    events.OrderFateUnknown(SPOT, "BTC/USDT", ID, "HTTP 502: Bad Gateway came back", AT),
    events.OrderNeverArrived(UPBIT, BTC, ID, AT),
    events.OrderFilled(
        UPBIT, BTC, ID, TradeId("t1"), Side.BUY, D(1), D(100), D(0), "KRW", D(0), True, AT
    ),
    events.OrderClosed(UPBIT, BTC, ID, events.OrderEnd.FILLED, D(1), AT),
    events.CapitalSet(UPBIT, "KRW", D(10), AT),
    events.PositionOpened(
        UPBIT, BTC, D(1), D(138420000), 2, EXITS, "breakout", "votes 0.70: rsi, band, ema50", AT
    ),
    events.PositionClosed(
        UPBIT, BTC, D(1), D(1), D(2), D(1), D(1), D(0), D(0), ExitReason.SIGNAL, "ml", AT, AT
    ),
    events.ExitsChanged(UPBIT, BTC, EXITS, "wider", AT),
    events.FundingPaid(UPBIT, BTC, TradeId("f1"), D(1), D(1), AT),
    events.DustDropped(UPBIT, BTC, D("0.001"), D(1), D(0), "", AT),
    events.SlippageExceeded(UPBIT, BTC, ID, Side.SELL, D(1), D(2), D("0.6"), D(3), AT),
    events.LiquidationNeared(VenueName.BINANCE_FUTURES, BTC, "reduce", D(24), D(1), D(2), AT),
    events.DifferenceFound(UPBIT, "BTC", "", Cause.STRANGE_ORDER.say(), False, AT),
    events.DayOpened(UPBIT, date(2026, 11, 23), D(1), AT),
    events.DailyLossReached(UPBIT, date(2026, 11, 23), D("5.1"), D(5), AT),
    events.EngineStarted("0.1.0", ("upbit=replay", "stock=off"), Cause.SOUND.say(), AT),
    events.EngineStopped(Cause.TOLD_TO_STOP.say(), AT),
    events.OperatorStateChanged(
        OperatorState.REDUCING, OperatorState.RUNNING, "engine", Cause.ORDERS_UNKNOWN.say(), AT
    ),
    LOST,
    events.VenueFound(SPOT, 83.0, AT),
    events.ClockFoundOff(SPOT, 6.2, True, AT),
    events.ClockFoundRight(SPOT, AT),
    events.SettingsChanged(
        ("CRYPTO_K_VALUE: – → 0.6",),
        ("upbit BTC/KRW", "stock 005930"),
        ("reply.hidden_changes key=UPBIT_SECRET_KEY",),
        AT,
    ),
    events.SettingsRejected((PROBLEM,), AT),
    events.PresetChanged("crypto", "swing", "mid_term", ("CRYPTO_K_VALUE",), "telegram:7", AT),
    events.PanicProgressed(
        UPBIT, BTC, Cause.SESSION_CLOSED.say(), D(1), D(0), D(0), 1.2, AT
    ),
    events.StrategyDisabled("mine", BTC, "ZeroDivisionError: float division by zero", AT),
    events.CommandAnswered("k", "telegram:7", "pause", "running → paused", "{}", AT),
    custody.PositionAdjusted(UPBIT, BTC, D(2), D(1), D(1), D(1), Cause.HOLDS_LESS.say(), AT),
    custody.SymbolPaused(SPOT, "BTC/USDT", AGAIN, AT),
    custody.SymbolResumed(UPBIT, BTC, "shell:root", AT),
    custody.MarketFlagged(UPBIT, BTC, "warning, price_fluctuations", AT),
    custody.PositionUnprotected(UPBIT, BTC, 7.0, Cause.PRICES_LOST.say(state="down"), AT),
    custody.PositionProtected(UPBIT, BTC, 9.0, AT),
    ParametersTuned("crypto", "day", "breakout", TuningJob.DAILY, (KEY,), EVIDENCE, "engine", AT),
    TuningDeclined(
        "stock", "swing", "pullback", TuningJob.ASKED, TuningObstacle.FAILED,
        "OSError: no space is left", (KEY,), EVIDENCE, "telegram:7", AT,
    ),
    TuningStored("crypto", ("CRYPTO_K_VALUE",), AT),
    TuningTakenBack("crypto", TakenBackFor.UNDO, (KEY,), "terminal:1", AT),
)  # fmt: skip


def every_fact() -> Iterator[Fact]:
    """Yield a fact of every kind, then facts with every phrase that one may carry."""
    yield from FACTS
    for phrase in PHRASES.values():
        text = said(phrase)
        if isinstance(phrase, Cause):
            yield events.OperatorStateChanged(
                OperatorState.PAUSED, OperatorState.RUNNING, "engine", text, AT
            )
            yield custody.SymbolPaused(UPBIT, BTC, text, AT)
            yield custody.PositionUnprotected(UPBIT, BTC, 7.0, text, AT)
            yield replace(LOST, cause=text)
        elif isinstance(phrase, Fault):
            yield events.SettingsRejected((text,), AT)
        elif isinstance(phrase, Incident):
            yield events.EngineStarted("0.1.0", (), f"{text}\n{DAMAGED}", AT)


def event_of(fact: Fact, seq: int = 1) -> EventView:
    """Return a fact as the API tells it."""
    return EventView(seq, type(fact).__name__, severity(fact).value, AT, encode(fact))
