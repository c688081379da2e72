"""Wait for what another task or process does."""

import asyncio
from collections.abc import Callable


async def eventually(happened: Callable[[], object], within_s: float = 8.0) -> None:
    """Return as soon as the condition holds.

    Raises:
        TimeoutError: it does not come to hold in time.
    """
    async with asyncio.timeout(within_s):
        while not happened():  # noqa: ASYNC110 - what is watched has no event to wait for
            await asyncio.sleep(0.01)
