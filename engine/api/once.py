"""Run a command once for each idempotency key, however often and however fast it is asked."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from engine.contract import Receipt
from engine.domain.errors import Refused
from engine.phrases.refusals import Refusal

MAX_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to do something: `content` tells it from another one under the same key."""

    key: str
    command: str
    content: bytes


class OnceByKey:
    """Answers a repeated key with the first receipt, also while the first is still at work.

    A command that failed was not done: its key may be tried again with the same content.
    """

    def __init__(self, remembered: Callable[[str], Receipt | None]) -> None:
        self._remembered = remembered
        self._asked: OrderedDict[str, Ask] = OrderedDict()
        self._answered: dict[str, Receipt] = {}
        self._running: dict[str, asyncio.Task[Receipt]] = {}
        self._is_closed = False

    async def run(self, ask: Ask, work: Callable[[], Coroutine[None, None, Receipt]]) -> Receipt:
        """Return the receipt of the work, which a caller that goes away does not stop.

        Raises:
            Refused: key_reused when the key stood for something else before, stopping when no new
                work is taken any more.
        """
        done = self._remembered(ask.key) or self._answered.get(ask.key)
        is_other = self._asked.get(ask.key, ask) != ask
        if is_other or (done is not None and done.command != ask.command):
            raise Refused("key_reused", Refusal.KEY_REUSED.say())
        if done is not None:
            return done
        task = self._running.get(ask.key)
        if task is None:
            self._check_open()
            task = asyncio.create_task(work(), name=f"command {ask.command}")
            self._running[ask.key] = task
            self._note(ask)
            task.add_done_callback(lambda ended: self._ended(ask.key, ended))
        return await asyncio.shield(task)

    async def drain(self, timeout_s: float) -> None:
        """Take no new work and wait for what is under way; cancel what takes longer."""
        self._is_closed = True
        running = list(self._running.values())
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=timeout_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _check_open(self) -> None:
        if self._is_closed:
            raise Refused("stopping", Refusal.STOPPING.say())

    def _ended(self, key: str, task: asyncio.Task[Receipt]) -> None:
        self._running.pop(key, None)
        # The exception is looked at here too, since every caller may have gone away.
        if not task.cancelled() and task.exception() is None and key in self._asked:
            self._answered[key] = task.result()

    def _note(self, ask: Ask) -> None:
        self._asked[ask.key] = ask
        while len(self._asked) > MAX_REMEMBERED:
            oldest, _ = self._asked.popitem(last=False)
            self._answered.pop(oldest, None)
