"""Measure what this process takes of its host."""

from dataclasses import dataclass

import psutil

_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ProcessFigures:
    """Resident memory in MiB, and processor time since the last look in percent of one core."""

    memory_mb: float
    cpu_percent: float


class ProcessMeter:
    """Looks at this process; the first look measures from the making of the meter."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._process.cpu_percent(interval=None)

    def figures(self) -> ProcessFigures:
        """Return the present figures without waiting."""
        return ProcessFigures(
            memory_mb=self._process.memory_info().rss / _MEGABYTE,
            cpu_percent=self._process.cpu_percent(interval=None),
        )
