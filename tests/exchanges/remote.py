"""A fake exchange in a process of its own, steered by tests of other processes.

with own_process("upbit", markets=["BTC:100000000"], deposits=["KRW:1000000"]) as venue:
    engine = start_engine(base_url=venue.url)
    venue.tell("price", symbol="BTC/KRW", price="99000000")
    assert venue.ask("trades") == []
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

ROOT = Path(__file__).parents[2]
_PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class RemoteVenue:
    """A venue in another process; names of actions and views are in `control`."""

    url: str
    ws_url: str
    control: str

    def tell(self, action: str, **order: object) -> Any:
        """Do something at the venue and return what came of it.

        Raises:
            ValueError: the exchange refused.
        """
        return self._talk(Request(f"{self.control}/{action}", json.dumps(order).encode()))

    def ask(self, view: str) -> Any:
        """Return a view as plain JSON."""
        return self._talk(Request(f"{self.control}/{view}"))

    def requests(self, method: str, path: str, **params: str) -> list[dict[str, Any]]:
        """Return the logged requests of a method, a path and parameters."""
        return [
            one
            for one in self.ask("requests")
            if (one["method"], one["path"]) == (method, path)
            and params.items() <= one["params"].items()
        ]

    def _talk(self, request: Request) -> Any:
        # The machine's proxy settings have no business on loopback.
        opener = build_opener(ProxyHandler({}))
        try:
            with opener.open(request, timeout=_PATIENCE_S) as answer:
                return json.load(answer)
        except HTTPError as e:
            raise ValueError(f"{e.code} {e.read().decode()}") from e


@contextmanager
def own_process(
    venue: str, markets: Sequence[str] = (), deposits: Sequence[str] = ()
) -> Iterator[RemoteVenue]:
    """Run a venue in its own process for the length of a block."""
    command = [sys.executable, "-m", "tests.exchanges", "--venue", venue, "--control", "--leashed"]
    for text in markets:
        command += ["--market", text]
    for text in deposits:
        command += ["--deposit", text]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise RuntimeError(f"{venue} did not start: {process.poll()}")
            yield RemoteVenue(**json.loads(line))
        finally:
            process.terminate()
            process.wait(_PATIENCE_S)
