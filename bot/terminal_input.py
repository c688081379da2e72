"""Lines from a pipe or a file, read without holding up the chat or its end."""

import asyncio
import codecs
import os
import threading
from collections.abc import AsyncIterator, Callable

_CHUNK = 65536


async def piped_lines(descriptor: int) -> AsyncIterator[str]:
    """Yield the lines of a file descriptor until it ends.

    A thread of its own reads: pipes, files and devices alike, and a read that never returns does
    not keep the process alive. It bypasses sys.stdin, whose lock an interpreter waits for
    when it ends.
    """
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue()

    def put(line: str | None) -> None:
        try:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        except RuntimeError:
            return  # the chat has ended

    threading.Thread(target=_read, args=(descriptor, put), daemon=True).start()
    while (line := await lines.get()) is not None:
        yield line


def _read(descriptor: int, put: Callable[[str | None], None]) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    try:
        while chunk := os.read(descriptor, _CHUNK):
            *whole, rest = (rest + decoder.decode(chunk)).split("\n")
            for line in whole:
                put(line)
    except OSError:
        pass  # a terminal that went away ends the input like any other
    if rest:
        put(rest)
    put(None)
