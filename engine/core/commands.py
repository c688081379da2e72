"""What the owner can order: each command answers with a receipt, and only once per key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.contract import PanicLine, Receipt
from engine.core.command import Command
from engine.core.confirming import Confirming
from engine.core.desk import Desk
from engine.core.engine import Engine
from engine.core.panic import Panic
from engine.core.receipts import done, outcome, planned, restored, stored
from engine.core.reload import Reload, SettingsFile
from engine.core.tuning_orders import TuningOrders
from engine.core.tuning_ownership import let_go, written_for
from engine.domain.errors import Refused
from engine.domain.events import CommandAnswered, OperatorState
from engine.domain.exits import ExitReason
from engine.domain.intent import Purpose
from engine.phrases.causes import Cause
from engine.phrases.refusals import Refusal
from engine.phrases.replies import Reply
from engine.settings import Changes, Market, Settings, diff, keys, text_of
from strategies.registry import presets


@dataclass(frozen=True, slots=True)
class _Change:
    """What keys read before a change from the chat, for undo."""

    before: Mapping[str, str | None]
    at: datetime


class Commands:
    """Carry out the owner's commands on the engine."""

    def __init__(
        self,
        engine: Engine,
        reload: Reload,
        file: SettingsFile,
        panic: Panic,
        tuning: TuningOrders,
    ) -> None:
        """Work on the engine and on the settings file that the chat may change."""
        self._engine = engine
        self._reload = reload
        self._file = file
        self._panic = panic
        self._tuning = tuning
        self._confirming = Confirming(engine)
        self._undo: list[_Change] = []
        self.restart_wanted = False

    def remembered(self, key: str) -> Receipt | None:
        """Return the receipt that was given for a key, None for a new one."""
        answer = self._engine.memory.answers.get(key)
        return None if answer is None else restored(answer)

    async def preset(self, name: str, market: str, order: Command) -> Receipt:
        """Put another preset in force for crypto or for stocks, and take back what was tuned.

        Raises:
            Refused: there is no such preset or market.
        """
        half = _market(market)
        if name not in {preset.name for preset in presets()}:
            known = ", ".join(preset.name for preset in presets())
            raise Refused("unknown_preset", Refusal.UNKNOWN_PRESET.say(preset=name, known=known))
        key = f"{half.value}_strategy_preset".upper()
        settings = self._reload.settings
        tuned: Mapping[str, None] = {}
        if getattr(settings, key.lower()) != name:
            tuned = dict.fromkeys(written_for(half, settings, self._engine.memory.tuned))
        return await self._assign("preset", {key: name, **tuned}, order, undoes=(key,))

    async def set(self, key: str, value: str, order: Command) -> Receipt:
        """Change one trading setting; hard caps, keys, paths and modes are the file's alone.

        Raises:
            Refused: there is no such key, or the chat may not change it.
            BadConfiguration: the value is not usable.
        """
        known = {info.key: info for info in keys()}
        info = known.get(key.upper())
        if info is None:
            raise Refused("unknown_key", Refusal.UNKNOWN_KEY.say(key=key))
        if info.cap or info.secret or not info.hot:
            raise Refused("not_allowed", Refusal.FILE_ONLY.say(key=info.key))
        return await self._assign("set", {info.key: value or None}, order)

    async def pause(self, why: str, order: Command) -> Receipt:
        """Open nothing new; exits go on."""
        why = why or Cause.PAUSED_BY_OWNER.say()
        return await self._become(OperatorState.PAUSED, "pause", why, order)

    async def resume(self, why: str, order: Command) -> Receipt:
        """Trade again, after a pause or a panic, on paused markets too; `why` may name only one."""
        named = self._confirming.named(why)
        waiting = named or self._confirming.every()
        why = why or Cause.RESUMED_BY_OWNER.say()
        if not waiting:
            return await self._become(OperatorState.RUNNING, "resume", why, order)
        operator = self._engine.memory.operator
        starts = not named and operator.state is not OperatorState.RUNNING
        said = [
            Reply.MARKET_CONFIRMED.say(venue=desk.name.value, symbol=symbol)
            for desk, symbol in waiting
        ]
        if starts:
            said.insert(0, _changes(operator.state, OperatorState.RUNNING))
        if order.dry_run:
            return planned("resume", said, order)
        if starts:
            await operator.become(OperatorState.RUNNING, order.who, why)
        await self._confirming.confirm(waiting, order.who)
        return await self._answer(done("resume", said, order), order)

    async def panic(self, order: Command) -> Receipt:
        """Sell everything and keep it sold until `resume`; works in every state."""
        lines = self._panic.preview()
        if order.dry_run:
            return planned("panic", self._panic_plan(lines), order, lines)
        flat = await self._panic.begin(order.who)
        said = (Reply.ALL_SOLD.say(),) if flat else self._panic.held()
        return await self._answer(done("panic", said, order, lines), order)

    async def sell(self, symbol: str, order: Command) -> Receipt:
        """Sell the positions of one market at once, on every venue that holds it.

        Raises:
            Refused: no venue holds it.
        """
        held = [
            (desk, name)
            for desk in self._engine.desks.values()
            for name in sorted(desk.context.portfolio.positions)
            if symbol.upper() in (name, name.partition("/")[0], f"{desk.name.value}:{name}".upper())
        ]
        if not held:
            raise Refused("unknown_symbol", Refusal.NOT_HELD.say(symbol=symbol))
        if order.dry_run:
            plan = [Reply.TO_SELL.say(venue=desk.name.value, symbol=name) for desk, name in held]
            return planned("sell", plan, order)
        for desk, name in held:
            market = desk.context.markets[name]
            await desk.seller.sell(market, ExitReason.MANUAL, Purpose.EXIT)
        return await self._answer(done("sell", [_sale(*each) for each in held], order), order)

    async def optimize(self, order: Command) -> Receipt:
        """Start a search of the parameters; its result is told when it is there."""
        receipt = self._tuning.optimize(order)
        return await self._answer(receipt, order) if receipt.changed else receipt

    async def restart(self, order: Command) -> Receipt:
        """Stop in good order; whoever supervises the engine starts it again."""
        if order.dry_run:
            return planned("restart", (Reply.STOPS_AND_STARTS.say(),), order)
        receipt = await self._answer(done("restart", (Reply.RESTARTS.say(),), order), order)
        self.restart_wanted = True
        return receipt

    async def undo(self, order: Command) -> Receipt:
        """Take back the newest change: of tuning, or from the chat since the start.

        Raises:
            Refused: there is none.
        """
        newest = self._undo[-1] if self._undo else None
        if self._tuning.is_newest(newest.at if newest is not None else None):
            receipt = await self._tuning.undo(order)
            return await self._answer(receipt, order) if receipt.changed else receipt
        if newest is None:
            raise Refused("invalid", Refusal.NOTHING_TO_UNDO.say())
        receipt = await self._assign("undo", newest.before, order)
        if not order.dry_run:
            del self._undo[-2:]
        return receipt

    async def ack(self, seq: int, order: Command) -> Receipt:
        """Remember up to which event the bot has told the owner."""
        self._engine.memory.cursor = max(self._engine.memory.cursor, seq)
        await self._engine.snapshots.save_engine()
        return done("ack", (str(seq),), order)

    async def _assign(
        self,
        command: str,
        values: Mapping[str, str | None],
        order: Command,
        undoes: Sequence[str] = (),
    ) -> Receipt:
        before = {key: self._text_before(key) for key in undoes or values}
        wanted = self._file.planned(values)
        changes = diff(self._reload.settings, wanted)
        said = (*self._lines(changes), *self._let_go(wanted))
        if order.dry_run or not changes.keys:
            return planned(command, said or (Reply.NOTHING_TO_DO.say(),), order)
        self._file.assign(values)
        self._undo.append(_Change(before, self._engine.clock.now()))
        await self._reload.adopt(wanted, order.who)
        return await self._answer(done(command, said, order), order)

    def _let_go(self, wanted: Settings) -> tuple[str, ...]:
        now = self._engine.clock.now()
        return tuple(
            Reply.TUNED_KEY_CHANGES.say(
                key=change.key, before=text_of(change.before), after=text_of(change.after)
            )
            for fact in let_go(wanted, self._engine.memory.tuned, "", now)
            for change in fact.changes
        )

    def _text_before(self, key: str) -> str | None:
        settings = self._reload.settings
        field = key.lower()
        return text_of(getattr(settings, field)) if field in settings.model_fields_set else None

    def _lines(self, changes: Changes) -> tuple[str, ...]:
        held = sum(len(d.context.portfolio.positions) for d in self._engine.desks.values())
        kept = (Reply.EXITS_STAY.say(count=held),) if held else ()
        return (*changes.hot, *changes.needs_restart, *kept) if changes.keys else ()

    async def _become(
        self, state: OperatorState, command: str, why: str, order: Command
    ) -> Receipt:
        operator = self._engine.memory.operator
        if operator.state is state:
            return planned(command, (Reply.STATE_STAYS.say(state=state.value),), order)
        said = (_changes(operator.state, state),)
        if order.dry_run:
            return planned(command, said, order)
        await operator.become(state, order.who, why)
        for desk in self._engine.desks.values():
            desk.look_again()
        return await self._answer(done(command, said, order), order)

    def _panic_plan(self, lines: Sequence[PanicLine]) -> tuple[str, ...]:
        total = sum((line.value_krw for line in lines), Decimal(0))
        sold = Reply.ALL_TO_SELL.say(count=len(lines), value=f"{total:,.0f}")
        return (sold, *self._panic.left_alone())

    async def _answer(self, receipt: Receipt, order: Command) -> Receipt:
        """Remember the answer on disk, so that the same key gets it again after any crash."""
        now, told = self._engine.clock.now(), outcome(receipt)
        kept = stored(receipt)
        answer = CommandAnswered(order.key, order.who, receipt.command, told, kept, now)
        await self._engine.recorder.record([answer])
        self._engine.memory.apply(answer)
        return receipt


def _market(name: str) -> Market:
    try:
        return Market(name)
    except ValueError as e:
        raise Refused("invalid", Refusal.UNKNOWN_MARKET_KIND.say(given=name)) from e


def _changes(before: OperatorState, after: OperatorState) -> str:
    return Reply.STATE_CHANGES.say(before=before.value, after=after.value)


def _sale(desk: Desk, symbol: str) -> str:
    reply = Reply.NOT_SOLD if symbol in desk.context.portfolio.positions else Reply.SOLD
    return reply.say(venue=desk.name.value, symbol=symbol)
