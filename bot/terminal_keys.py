"""Numbered buttons: a number means one button for ever, whatever is pushed meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """One button on screen."""

    number: int
    message: int
    label: str
    data: str


class Keys:
    """The buttons that can be pressed now."""

    def __init__(self) -> None:
        """Start counting at one."""
        self._keys: dict[int, Key] = {}
        self._next = 1

    def replace(self, message: int, rows: Sequence[Sequence[tuple[str, str]]]) -> list[list[Key]]:
        """Give a message these buttons, (label, data) each, instead of those it had."""
        self._keys = {n: key for n, key in self._keys.items() if key.message != message}
        return [[self._add(message, label, data) for label, data in row] for row in rows]

    def find(self, number: int) -> Key | None:
        """Return the button of a number, None when it is gone."""
        return self._keys.get(number)

    def newest(self, prefix: str) -> Key | None:
        """Return the newest button whose data begins so."""
        found = [key for key in self._keys.values() if key.data.startswith(prefix)]
        return max(found, key=lambda key: key.number, default=None)

    def _add(self, message: int, label: str, data: str) -> Key:
        key = Key(self._next, message, label, data)
        self._keys[self._next] = key
        self._next += 1
        return key
