"""A progress bar on a terminal, nothing anywhere else."""

from typing import TextIO

WIDTH = 40


class Progress:
    """Redraw one line with how much is done."""

    def __init__(self, stream: TextIO, *, shown: bool, unit: str = "candles") -> None:
        """Draw on a stream if it is watched by a person; `unit` names what is counted."""
        self._unit = unit
        self._stream = stream
        self._shown = shown

    def tell(self, done: int, total: int) -> None:
        """Draw `done` of `total`; a total of zero means that the end is not known."""
        if not self._shown:
            return
        share = min(1.0, done / total) if total else 0.0
        bar = "█" * int(share * WIDTH) + "·" * (WIDTH - int(share * WIDTH))
        self._stream.write(f"\r{bar} {share:6.1%}  {done:,} {self._unit} ")
        self._stream.flush()

    def done(self) -> None:
        """Leave the line."""
        if self._shown:
            self._stream.write("\n")
