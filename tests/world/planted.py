"""Bugs that the world must catch: each takes one promise of the core back for a while."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import engine.core.engine as engine_module
import engine.core.orders as orders_module
from engine.core.booking import order_facts
from engine.core.context import DeskContext
from engine.core.entries import Entries
from engine.core.exits import Exits
from engine.core.market import Market
from engine.core.operator import Operator
from engine.core.orders import OrderDesk
from engine.core.portfolio import Portfolio
from engine.core.protection import Protection
from engine.core.reconcile import Reconciler
from engine.core.recorder import Recorder
from engine.core.recovery import restore_portfolios
from engine.core.selling import Seller
from engine.core.upkeep import Upkeep
from engine.domain.errors import Ambiguous, AuthFailed, DiskFailed, PasuError, Refused
from engine.domain.events import (
    Fact,
    OrderFilled,
    OrderIntended,
    OrderNeverArrived,
    OrderRefused,
)
from engine.domain.ids import ClientOrderId, TradeId
from engine.domain.intent import OrderIntent
from engine.domain.money import ZERO
from engine.domain.position import Position
from engine.ports.store import Recovered
from engine.ports.venue import OrderReport, ReportStatus

_compare = Reconciler.compare
_sale = Seller._intent
_record = Recorder.record


@dataclass(frozen=True, slots=True)
class Bug:
    """What is replaced while a bug lives, and words of the violation that gives it away.

    `seed` is one that has found it: a good place to look first.
    """

    betrayed_by: str
    patches: tuple[tuple[Any, str, Any], ...]
    seed: int = 0


@contextmanager
def planted(name: str) -> Iterator[None]:
    """Let the core have a bug."""
    with ExitStack() as healed:
        for owner, attribute, value in BUGS[name].patches:
            healed.callback(setattr, owner, attribute, vars(owner)[attribute])
            setattr(owner, attribute, value)
        yield


async def _wire_first(self: OrderDesk, intents: Sequence[OrderIntent]) -> None:
    error: PasuError | None = None
    reports: Sequence[OrderReport] = ()
    try:
        reports = await self._venue.place(intents)
    except PasuError as e:
        error = e
    await self._book([OrderIntended(each, self._clock.now()) for each in intents])
    if isinstance(error, Refused | AuthFailed):
        await self._declined(intents, error)
    elif error is not None:
        await self._book([self._unknown(each, error) for each in intents])
    for report in reports:
        await self.report(report)


def _refused(self: OrderDesk, intent: OrderIntent, error: Exception) -> OrderRefused:
    key = (intent.venue, intent.symbol, intent.client_id)
    return OrderRefused(*key, "timeout", str(error), self._clock.now())


async def _once_more(self: OrderDesk, intents: Sequence[OrderIntent], ending: str) -> None:
    for attempt in range(3):
        again = [
            replace(each, client_id=ClientOrderId(f"{each.client_id}{ending * attempt}"))
            for each in intents
        ]
        try:
            reports = await self._venue.place(again)
        except Ambiguous:
            continue
        except (Refused, AuthFailed) as e:
            await self._declined(intents, e)
            return
        for report, intent in zip(reports, intents, strict=True):
            await self.report(replace(report, client_id=intent.client_id))
        return
    await self._book([self._unknown(each, Ambiguous("no answer")) for each in intents])


async def _under_a_new_id(self: OrderDesk, intents: Sequence[OrderIntent]) -> None:
    await _once_more(self, intents, "x")


async def _under_the_same_id(self: OrderDesk, intents: Sequence[OrderIntent]) -> None:
    await _once_more(self, intents, "")


def _again_and_again(portfolio: Portfolio, report: OrderReport) -> tuple[Fact, ...]:
    order = portfolio.orders.get(report.client_id)
    known = () if order is None else order.trades
    fills = [
        replace(fill, trade_id=TradeId(f"{fill.trade_id}-{len(known)}"))
        if fill.trade_id in known
        else fill
        for fill in report.fills
    ]
    return order_facts(portfolio, replace(report, fills=tuple(fills)))


def _ends_without_fills(portfolio: Portfolio, report: OrderReport) -> tuple[Fact, ...]:
    facts = order_facts(portfolio, report)
    ended = report.status is not ReportStatus.OPEN
    return tuple(fact for fact in facts if not (ended and isinstance(fact, OrderFilled)))


def _without_fees(portfolio: Portfolio, report: OrderReport) -> tuple[Fact, ...]:
    fills = tuple(replace(each, fee=ZERO, fee_in_quote=ZERO) for each in report.fills)
    return order_facts(portfolio, replace(report, fills=fills))


def _snapshots_alone(recovered: Recovered, portfolios: Mapping[Any, Portfolio]) -> None:
    restore_portfolios(replace(recovered, facts=()), portfolios)


async def _gone_at_once(self: OrderDesk, client_id: ClientOrderId) -> None:
    order = self._portfolio.orders[client_id]
    if order.is_uncertain:
        key = (order.intent.venue, order.intent.symbol, client_id)
        await self._book([OrderNeverArrived(*key, self._clock.now())])


async def _tidy_up(self: Reconciler) -> bool:
    answered = await _compare(self)
    for report in self._context.externals.orders:
        await self._context.venue.cancel(report.client_id, report.symbol)
    return answered


def _a_lot_too_many(self: Seller, *arguments: Any) -> OrderIntent:
    intent = _sale(self, *arguments)
    market: Market = arguments[-1]
    return replace(intent, quantity=intent.quantity + market.instrument.lot * 10)


def _any_small_rest(self: Seller, market: Market, position: Position) -> bool:
    return position.sold > 0 and not any(self._context.portfolio.orders_of(position.symbol))


async def _carry_on(self: Recorder, facts: Sequence[Fact]) -> None:
    try:
        await _record(self, facts)
    except DiskFailed:
        return


async def _nothing(*_: Any) -> None:
    return


def _said(answer: Any) -> Any:
    return lambda *_: answer


BUGS: Mapping[str, Bug] = MappingProxyType(
    {
        "intent after the wire": Bug("before its intent", ((OrderDesk, "_send", _wire_first),)),
        "time-out booked as refused": Bug("refused here", ((OrderDesk, "_unknown", _refused),)),
        "sent again under a new id": Bug(
            "before its intent", ((OrderDesk, "_place", _under_a_new_id),)
        ),
        "sent again under the same id": Bug(
            "sent a second time", ((OrderDesk, "_place", _under_the_same_id),)
        ),
        "fills counted twice": Bug(
            "that is not there, or twice", ((orders_module, "order_facts", _again_and_again),)
        ),
        "fills before the end forgotten": Bug(
            "trade not booked", ((orders_module, "order_facts", _ends_without_fills),)
        ),
        "OCO not released before a sale": Bug(
            "sold_once",
            ((Protection, "release", _nothing), (Protection, "holds", _said(False))),
        ),
        "sale beside an OCO that may live": Bug(
            "sold_once",
            ((Protection, "holds", _said(False)),),
            seed=77,
        ),
        "journal tail forgotten": Bug(
            "sent a second time",
            ((engine_module, "restore_portfolios", _snapshots_alone),),
            seed=1,
        ),
        "absence believed at once": Bug(
            "never_arrived here",
            ((OrderDesk, "_absent", _gone_at_once),),
            seed=2,
        ),
        "the owner's orders cancelled": Bug(
            "which is not ours", ((Reconciler, "compare", _tidy_up),)
        ),
        "unknown fate ignored": Bug("of unknown fate", ((Seller, "_blocking", _said(())),)),
        "positions left bare": Bug("held under", ((Protection, "covers", _said(True)),), seed=1),
        "stops ignored": Bug(
            "below its stop",
            ((Protection, "covers", _said(True)), (Exits, "on_price", _nothing)),
        ),
        "fees not booked": Bug("money_agrees", ((orders_module, "order_facts", _without_fees),)),
        "fees forgotten in profits": Bug(
            "profits_agree",
            ((Position, "pnl_so_far", property(lambda self: self.realized)),),
        ),
        "ten lots too many sold": Bug("sold_once", ((Seller, "_intent", _a_lot_too_many),)),
        "any small rest given up": Bug("which is no dust", ((Seller, "is_rest", _any_small_rest),)),
        "withdrawals not seen": Bug(
            "holds more than", ((DeskContext, "adjust", _nothing),), seed=2
        ),
        "one decision, many entries": Bug(
            "entries for one decision", ((Entries, "_decision_gates", _said(())),)
        ),
        "cap of a minute ignored": Bug(
            "within a minute", ((DeskContext, "orders_last_minute", _said(0)),)
        ),
        "cap of a minute lifted by a kill": Bug(
            "within a minute", ((DeskContext, "recount", _said(None)),)
        ),
        "pause ignored": Bug(
            "enters while", ((Operator, "allows_entries", property(_said(True))),)
        ),
        "panic forgotten": Bug(
            "held after a panic",
            ((Operator, "is_panic", property(_said(False))),),
            seed=3,
        ),
        "late orders not asked about": Bug(
            "trade not booked",
            ((Upkeep, "_ask_about_late_orders", _nothing),),
            seed=7,
        ),
        "disk failure ignored": Bug(
            "before its intent", ((Recorder, "record", _carry_on),), seed=8
        ),
    }
)
