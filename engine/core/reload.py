"""Settings while running: the file is watched, a change is taken over whole or not at all."""

import logging
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from engine.core.engine import Engine
from engine.core.rules import TradingRules
from engine.core.tuning_ownership import let_go, stale
from engine.domain.errors import BadConfiguration, DiskFailed
from engine.domain.events import Fact, PresetChanged, SettingsChanged, SettingsRejected
from engine.domain.tuning import TakenBackFor, TuningTakenBack
from engine.domain.venue import VenueName
from engine.settings import Changes, Market, Settings, adopt, diff, trading
from engine.settings.trading import NOT_TUNED, preset_name

KRW = "KRW"

_log = logging.getLogger(__name__)


class SettingsFile(Protocol):
    """Where settings come from and where changes made in the chat are kept."""

    def changed(self) -> bool:
        """Return whether the file differs from what was last read."""
        ...

    def load(self) -> Settings:
        """Return the settings that the file now gives.

        Raises:
            BadConfiguration: with every problem and its line.
        """
        ...

    def planned(self, values: Mapping[str, str | None]) -> Settings:
        """Return what the settings would be with these values in the file.

        Raises:
            BadConfiguration: they would not be usable, or something stronger than the file fixes
                one of them.
        """
        ...

    def assign(self, values: Mapping[str, str | None]) -> None:
        """Write values into the file, None to take a key back; comments and order stay.

        Raises:
            DiskFailed: the file was not written.
        """
        ...


class Reload:
    """Hold the settings in force and bring changes of the file into the desks."""

    def __init__(self, engine: Engine, file: SettingsFile, settings: Settings) -> None:
        """Start from the settings that the engine was built with."""
        self._engine = engine
        self._file = file
        self._rejected: tuple[str, ...] = ()
        self.settings = settings

    @property
    def is_rejected(self) -> bool:
        """Return whether the file as it stands is not usable: the owner is to mend it first."""
        return bool(self._rejected)

    async def look(self, who: str = "file") -> Changes | None:
        """Take over the file if it changed; a bad file changes nothing and is told once."""
        if not self._file.changed():
            return None
        try:
            loaded = self._file.load()
            loaded = self._emptied(loaded, stale(loaded, self._engine.memory.tuned))
        except BadConfiguration as e:
            await self._reject(tuple(problem.said for problem in e.problems))
            return None
        self._rejected = ()
        return await self.adopt(loaded, who)

    async def adopt(self, loaded: Settings, who: str) -> Changes | None:
        """Put new settings in force as one step; return what changed."""
        changes = diff(self.settings, loaded)
        now, tuned = self._engine.clock.now(), self._engine.memory.tuned
        freed = let_go(loaded, tuned, who, now)
        if not changes.keys and not freed:
            return None
        before, self.settings = self.settings, adopt(self.settings, loaded)
        await self._engine.recorder.record([*freed, *self._told(before, changes, freed, who)])
        for fact in freed:
            tuned.apply(fact)
        tuned.settle(now, told=True)
        await self.refresh()
        return changes

    async def refresh(self) -> None:
        """Let every desk trade by the settings in force and by what tuning has set."""
        for name, desk in self._engine.desks.items():
            rules = rules_for(self.settings, name, self._engine.memory.tuned.in_force)
            if rules != desk.context.rules:
                await desk.adopt(rules)

    def set_rules(self) -> None:
        """Set the rules of desks that have not begun: there is nothing yet to load anew."""
        for name, desk in self._engine.desks.items():
            tuned = self._engine.memory.tuned.in_force
            desk.context.rules = rules_for(self.settings, name, tuned)

    def take(self, loaded: Settings) -> None:
        """Hold settings that the file was given to match what is in force already."""
        self.settings = adopt(self.settings, loaded)

    def clean(self) -> None:
        """Take out of the file what was tuned for a preset that is no longer in force."""
        keys = stale(self.settings, self._engine.memory.tuned)
        self.take(self._emptied(self.settings, keys))

    def _emptied(self, loaded: Settings, keys: Mapping[str, None]) -> Settings:
        """Return what the file gives without these keys; a file that cannot be written keeps them.

        Then they count as the owner's, who can see them there.
        """
        if not keys:
            return loaded
        try:
            wanted = self._file.planned(keys)
            self._file.assign(keys)
        except (BadConfiguration, DiskFailed) as e:
            _log.warning("settings.not_written keys=%s cause=%s", ",".join(keys), e)
            return loaded
        return wanted

    async def _reject(self, problems: tuple[str, ...]) -> None:
        if problems == self._rejected:
            return
        self._rejected = problems
        now = self._engine.clock.now()
        await self._engine.recorder.record([SettingsRejected(problems, now)])

    def _told(
        self, before: Settings, changes: Changes, freed: Sequence[TuningTakenBack], who: str
    ) -> list[Fact]:
        if not changes.keys:
            return []
        now = self._engine.clock.now()
        held = tuple(
            f"{name.value} {symbol}"
            for name, desk in self._engine.desks.items()
            for symbol in sorted(desk.context.portfolio.positions)
        )
        facts: list[Fact] = [
            PresetChanged(market.value, new, old, _taken_back(freed, market), who, now)
            for market in Market
            if (old := preset_name(before, market)) != (new := preset_name(self.settings, market))
        ]
        facts.append(SettingsChanged(changes.hot, held, changes.needs_restart, now))
        return facts


def rules_for(
    settings: Settings, venue: VenueName, tuned: Mapping[str, float] = NOT_TUNED
) -> TradingRules:
    """Return what a venue trades by under these settings; money is turned into its quote."""
    rate = krw_per_quote(settings, venue)
    return TradingRules(
        parameters=trading(settings, Market.of(venue), tuned),
        capital=settings.initial_capital_krw(venue) / rate,
        max_order_value=settings.max_order_value_krw / rate,
        max_daily_loss_percent=settings.max_daily_loss_percent,
        max_orders_per_minute=settings.max_orders_per_minute,
        max_leverage=settings.max_leverage,
        slippage_alert_percent=settings.slippage_alert_percent,
        warmup_loops=settings.warmup_loops,
        top_n=settings.volume_top_n,
        refresh_minutes=settings.volume_refresh_minutes,
        allow=frozenset(settings.symbols_allow),
        block=frozenset(settings.symbols_block),
        krw_per_quote=rate,
    )


def krw_per_quote(settings: Settings, venue: VenueName) -> Decimal:
    """Return what one unit of the venue's quote is worth in KRW."""
    dollar = venue in (VenueName.BINANCE_SPOT, VenueName.BINANCE_FUTURES)
    return settings.usdt_krw if dollar else Decimal(1)


def _taken_back(freed: Sequence[TuningTakenBack], market: Market) -> tuple[str, ...]:
    return tuple(
        change.key
        for fact in freed
        if fact.market == market.value and fact.cause is TakenBackFor.PRESET
        for change in fact.changes
    )
