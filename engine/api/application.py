"""What the API needs of the engine: questions it answers and commands it carries out."""

from collections.abc import Callable, Sequence
from typing import Protocol

from engine.contract import (
    AuditView,
    CandlesView,
    EquityView,
    EventsView,
    HealthView,
    LogLine,
    OrderView,
    PositionView,
    PresetView,
    Receipt,
    SettingView,
    StatusView,
    TradeView,
    WhyView,
)
from engine.core.command import Command

LogSource = Callable[[int, str], Sequence[LogLine]]


class Queries(Protocol):
    """Questions; none of them changes anything.

    Each raises Refused with the code unknown_symbol, unknown_key or invalid where its argument
    names nothing.
    """

    def status(self) -> StatusView:
        """Return the engine in one card."""
        ...

    def positions(self) -> Sequence[PositionView]:
        """Return what is held."""
        ...

    def orders(self) -> Sequence[OrderView]:
        """Return the orders that have not ended."""
        ...

    async def trades(self, days: int) -> Sequence[TradeView]:
        """Return the trades closed within that many days, newest first."""
        ...

    def equity(self, venue: str, days: int) -> EquityView:
        """Return the equity curve of a venue, or of "all" in KRW."""
        ...

    async def candles(
        self, symbol: str, venue: str | None, timeframe: str | None, count: int
    ) -> CandlesView:
        """Return the last closed candles of a market with the trades made on them."""
        ...

    def events(self, after: int, most: int) -> EventsView:
        """Return events with a number above `after`, oldest first."""
        ...

    async def wait_for_event(self, after: int, seconds: float) -> None:
        """Return when there is an event above `after`, or when the time is over."""
        ...

    def cursor(self) -> int:
        """Return the number up to which events were acknowledged."""
        ...

    def presets(self) -> Sequence[PresetView]:
        """Return every preset."""
        ...

    def settings(self) -> Sequence[SettingView]:
        """Return every setting, secrets hidden."""
        ...

    def why(self, symbol: str) -> Sequence[WhyView]:
        """Return the last decision on a symbol at every venue that knows it."""
        ...

    def health(self) -> Sequence[HealthView]:
        """Return every check of the engine."""
        ...

    def audit(self) -> Sequence[AuditView]:
        """Return the last commands with what came of them, newest first."""
        ...


class Commands(Protocol):
    """Commands of the owner; each is carried out once for each key, or planned with `dry_run`.

    Each raises Refused, BadConfiguration, StateCorrupt or DiskFailed.
    """

    def remembered(self, key: str) -> Receipt | None:
        """Return what a command under this key answered, also in an earlier process."""
        ...

    async def preset(self, name: str, market: str, order: Command) -> Receipt:
        """Trade a market ("crypto", "stock") by another preset."""
        ...

    async def set(self, key: str, value: str, order: Command) -> Receipt:
        """Change a setting; an empty value takes it back to its default."""
        ...

    async def panic(self, order: Command) -> Receipt:
        """Sell everything at every venue and latch entries."""
        ...

    async def sell(self, symbol: str, order: Command) -> Receipt:
        """Sell what is held of a symbol."""
        ...

    async def pause(self, why: str, order: Command) -> Receipt:
        """Stop entries."""
        ...

    async def resume(self, why: str, order: Command) -> Receipt:
        """Allow entries again."""
        ...

    async def optimize(self, order: Command) -> Receipt:
        """Search for better parameters now."""
        ...

    async def restart(self, order: Command) -> Receipt:
        """End in good order, to be started again."""
        ...

    async def undo(self, order: Command) -> Receipt:
        """Take back the last change of parameters."""
        ...

    async def ack(self, seq: int, order: Command) -> Receipt:
        """Note that events up to this number were delivered."""
        ...
