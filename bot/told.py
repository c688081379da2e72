"""How far the owner has been told: the cursor that survives the bot."""

from collections.abc import Iterable, Sequence


class Told:
    """Numbers of events that were seen, and which of them still wait to be told."""

    def __init__(self, start: int) -> None:
        """Begin after an event that was told already."""
        self.seen = start
        self._open: set[int] = set()

    @property
    def reached(self) -> int:
        """Return the highest number up to which nothing waits any more."""
        return min(self._open) - 1 if self._open else self.seen

    def see(self, numbers: Sequence[int], waiting: Iterable[int]) -> None:
        """Note events that arrived, and those of them that are to be told."""
        self.seen = max(self.seen, *numbers)
        self._open.update(waiting)

    def tell(self, numbers: Iterable[int]) -> None:
        """Note events that were told."""
        self._open.difference_update(numbers)
