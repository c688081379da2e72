"""Markets that wait for the owner's word: `/resume BTC` confirms one, `/resume` every one."""

from collections.abc import Sequence

from engine.core.desk import Desk
from engine.core.engine import Engine
from engine.domain.custody import SymbolResumed

Waiting = Sequence[tuple[Desk, str]]


class Confirming:
    """Find paused markets and let them trade again."""

    def __init__(self, engine: Engine) -> None:
        """Look at every desk of the engine."""
        self._engine = engine

    def every(self) -> Waiting:
        """Return every paused market with its desk."""
        return [
            (desk, symbol)
            for desk in self._engine.desks.values()
            for symbol in sorted(desk.context.portfolio.paused)
        ]

    def named(self, word: str) -> Waiting:
        """Return the paused markets that a word names: BTC, BTC/KRW or upbit:BTC/KRW."""
        wanted = word.strip().upper()
        return [
            (desk, symbol)
            for desk, symbol in self.every()
            if wanted in (symbol, symbol.partition("/")[0], f"{desk.name.value}:{symbol}".upper())
        ]

    async def confirm(self, waiting: Waiting, who: str) -> None:
        """Let these markets trade again; refusals and differences are counted anew from here."""
        for desk, symbol in waiting:
            now = desk.context.clock.now()
            await desk.context.orders.book([SymbolResumed(desk.name, symbol, who, now)])
            desk.context.backoff.forget(symbol)
            desk.look_again()
