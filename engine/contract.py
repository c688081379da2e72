"""The wire between engine and bot: what the API answers, takes and refuses.

Amounts are Decimal in the venue's quote unless the name says `_krw`; moments are aware UTC; shares
in percent carry `_percent` (2.5 is 2.5 %). `encode` and `decode` turn every type here to JSON and
back. GET answers one of the views, POST one of the receipts, a failure an ApiError.

Sentences travel as Lines. A fact inside an event has them as they are on disk: `line_of` reads
those. What a gate saw, what it holds that against and why a trade was decided are figures among
words of a closed set (engine.phrases.gates); a strategy of the owner's own has its own words.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.codec import DecodeError, decode, encode
from engine.phrases.book import PHRASES, english, recognised

__all__ = ["PHRASES", "DecodeError", "decode", "encode"]

API_VERSION = 1
IDEMPOTENCY_HEADER = "Idempotency-Key"
ACTOR_HEADER = "Pasu-Actor"


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence: `code` and `figures` for who has words for it, `text` in plain English.

    Words of a person, a venue or a strategy of the owner's own have no code: `text` is all.
    """

    code: str
    figures: dict[str, str]
    text: str


def line_of(text: str) -> Line:
    """Return the sentence that a text holds, as facts keep it."""
    found = recognised(text)
    if found is None:
        return Line("", {}, text)
    phrase, figures = found
    return Line(phrase.code, figures, english(text))


@dataclass(frozen=True, slots=True)
class ApiError:
    """Why a request was not served: `code` for programs, `message` in plain English.

    It travels as {"error": …, "lines": […]}: the lines say the same for who has words of his own.
    """

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class SurfaceView:
    """One line to a venue: prices, orders or rest; `age_s` is None before anything was heard.

    `state` is up, connecting, down or auth_failed.
    """

    name: str
    state: str
    age_s: float | None


@dataclass(frozen=True, slots=True)
class PausedView:
    """A market on which nothing is bought until the owner says so, and why."""

    symbol: str
    why: Line


@dataclass(frozen=True, slots=True)
class VenueView:
    """One venue on the status card.

    `mode` is off, replay, paper or live; `state` is up, down, auth_failed or off; `note` is what a
    card must say of its prices ("built-in market"). `price_age_s` is None before the first price.
    `surfaces` are the lines to a live venue, `troubles` say what is wrong with them. `unreconciled`
    says why the book is not compared with the venue yet: nothing is bought until it is. `paused`
    are the markets that wait for the owner's word, `unprotected_s` how long the position that has
    been without a live stop longest has been so by now.
    """

    name: str
    mode: str
    state: str
    note: Line | None
    quote: str
    initial_capital: Decimal
    cash: Decimal
    equity: Decimal
    equity_krw: Decimal
    today_pnl_krw: Decimal
    drawdown_percent: Decimal
    positions: int
    open_orders: int
    unknown_orders: int
    dust: int
    price_age_s: float | None
    session_open: bool
    differences: int
    entries_closed: Line | None
    surfaces: tuple[SurfaceView, ...] = ()
    troubles: tuple[Line, ...] = ()
    unreconciled: Line | None = None
    paused: tuple[PausedView, ...] = ()
    external_orders: int = 0
    external_holdings: int = 0
    unprotected_s: float = 0.0


@dataclass(frozen=True, slots=True)
class StatusView:
    """The engine in one card; `phase` is running, warming_up or stopped, `state` the operator's."""

    version: str
    state: str
    state_since: datetime
    state_who: str
    state_why: Line
    phase: str
    warmup_current: int
    warmup_total: int
    now: datetime
    started_at: datetime
    preset_crypto: str
    preset_stock: str
    equity_krw: Decimal
    today_pnl_krw: Decimal
    today_pnl_percent: Decimal
    drawdown_percent: Decimal
    exposure_percent: Decimal
    usdt_krw: Decimal
    nearest_liquidation_percent: Decimal | None
    loop_ms: float
    loops: int
    loops_skipped: int
    errors: int
    last_seq: int
    memory_mb: float
    cpu_percent: float
    venues: tuple[VenueView, ...]


@dataclass(frozen=True, slots=True)
class PositionView:
    """One open position with its exits; prices are printed with the market's own tick.

    An `external` one is the owner's own: only its quantity and what it is worth are known, and
    nothing is ever done to it. `unprotected_s` is the longest that it was without a live stop.
    """

    venue: str
    symbol: str
    name: str
    quote: str
    quantity: Decimal
    entry_price: Decimal
    price: Decimal
    tick: Decimal
    value: Decimal
    value_krw: Decimal
    pnl: Decimal
    pnl_krw: Decimal
    pnl_percent: Decimal
    leverage: int
    take_profit: Decimal | None
    stop_loss: Decimal | None
    trailing_stop: Decimal | None
    emergency_stop: Decimal
    liquidation_price: Decimal | None
    liquidation_distance_percent: Decimal | None
    protected: bool
    external: bool
    strategy: str
    reason: str
    opened_at: datetime
    unprotected_s: float = 0.0


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order that has not ended; an `external` one is the owner's own and is never touched."""

    venue: str
    symbol: str
    client_id: str
    side: str
    type: str
    purpose: str
    status: str
    quantity: Decimal
    filled_quantity: Decimal
    price: Decimal | None
    created_at: datetime
    external: bool = False


@dataclass(frozen=True, slots=True)
class TradeView:
    """One closed trade; `pnl` is net of fees and funding."""

    venue: str
    symbol: str
    name: str
    quote: str
    quantity: Decimal
    entry_price: Decimal
    exit_price: Decimal
    tick: Decimal
    pnl: Decimal
    pnl_krw: Decimal
    pnl_percent: Decimal
    fees: Decimal
    reason: str
    strategy: str
    opened_at: datetime
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class EquityPoint:
    """Equity of one venue, or of all in KRW, at a moment."""

    at: datetime
    equity: Decimal


@dataclass(frozen=True, slots=True)
class EquityView:
    """An equity curve; `venue` is "all" and `currency` KRW for the whole book."""

    venue: str
    currency: str
    initial: Decimal
    points: tuple[EquityPoint, ...]


@dataclass(frozen=True, slots=True)
class CandleView:
    """One candle of a chart."""

    at: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float


@dataclass(frozen=True, slots=True)
class CandlesView:
    """Closed candles of one market with the trades made on them."""

    venue: str
    symbol: str
    timeframe: str
    candles: tuple[CandleView, ...]
    trades: tuple[TradeView, ...]
    position: PositionView | None


@dataclass(frozen=True, slots=True)
class EventView:
    """One durable event: its number, what kind of fact, how loud, and the fact itself."""

    seq: int
    kind: str
    severity: str
    at: datetime
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EventsView:
    """Events after a number, oldest first; `last_seq` is the newest there is."""

    events: tuple[EventView, ...]
    last_seq: int


@dataclass(frozen=True, slots=True)
class PresetView:
    """One preset; `active` names the markets that use it ("crypto", "stock")."""

    name: str
    strategy: str
    timeframe: str
    description: str
    parameters: dict[str, str]
    active: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SettingView:
    """One setting; secrets are never shown. `source` is default, preset, env or tuned."""

    key: str
    value: str
    source: str
    hot: bool
    description: str


@dataclass(frozen=True, slots=True)
class GateView:
    """One condition of a decision with the value it saw and its threshold."""

    name: str
    passed: bool
    value: str
    threshold: str


@dataclass(frozen=True, slots=True)
class WhyView:
    """Why a market is held, bought or left alone, newest decision first."""

    venue: str
    symbol: str
    name: str
    decision: str
    reason: str
    price: Decimal
    tick: Decimal
    gates: tuple[GateView, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the log, secrets already taken out."""

    at: datetime
    level: str
    message: str


@dataclass(frozen=True, slots=True)
class HealthView:
    """One check of the engine: `ok` or what to do about it."""

    name: Line
    ok: bool
    detail: Line


@dataclass(frozen=True, slots=True)
class AuditView:
    """One command: who asked for what, and what came of it."""

    at: datetime
    who: str
    command: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class PanicLine:
    """One position in a panic preview; slippage is estimated from recent volume."""

    venue: str
    symbol: str
    name: str
    quote: str
    quantity: Decimal
    value: Decimal
    value_krw: Decimal
    slippage_percent: Decimal


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a POST did, or with `dry_run` would do, in `lines`.

    `key` repeats the idempotency key; `changed` is False for a plan or a repetition that found the
    work done. `panic` lists the positions that a panic sells.
    """

    command: str
    changed: bool
    dry_run: bool
    lines: tuple[Line, ...]
    key: str
    panic: tuple[PanicLine, ...] = ()
