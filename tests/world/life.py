"""One life of the engine: a kill ends it in the middle of whatever it was doing."""

import asyncio


class Life:
    """What the outside asks before it does anything for an engine: a dead one gets nothing.

    A cancelled task still runs its `finally`; a killed process does not. Whatever a dead engine
    asks for therefore never returns.
    """

    def __init__(self) -> None:
        self.ended = False

    async def goes_on(self) -> None:
        """Return at once in life, never after the end."""
        if self.ended:
            await asyncio.get_running_loop().create_future()
