"""Bring the tables of an older file to the present format, one step per format."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.domain.errors import StateCorrupt

# TinyDB's own shape: table name -> document number -> document.
Layout = dict[str, dict[str, dict[str, Any]]]
Step = Callable[[Layout], Layout]


@dataclass(frozen=True, slots=True)
class Migrations:
    """The formats of one kind of file: `steps[n]` makes tables of format n+1 out of format n."""

    current: int = 1
    steps: Mapping[int, Step] = field(default_factory=dict)

    def apply(self, layout: Layout, stored: int, name: str) -> Layout:
        """Return tables that were stored in an older format as tables of the current one.

        Raises:
            StateCorrupt: the format is newer than this program, or no step leads away from it.
        """
        if stored > self.current:
            raise StateCorrupt(
                f"{name} has format {stored}, newer than format {self.current} of this program: "
                "it was written by a newer Pasu; start that one"
            )
        for number in range(stored, self.current):
            step = self.steps.get(number)
            if step is None:
                raise StateCorrupt(f"{name} has format {stored}, which no step leads away from")
            layout = step(layout)
        return layout
