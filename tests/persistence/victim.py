"""A program to be killed: `python -m tests.persistence.victim <what> <folder> [...]`.

`save`, `append`, `archive`, `recover` fork one process for each system call k of that work, killed
by SIGKILL right there, in the folder named k, and answer how many died. `rounds` forks processes
that append for ever and are killed at any moment. `full` works under a limit on file size.
"""

import asyncio
import errno
import json
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from engine.domain.errors import DiskFailed
from storage.state import Limits, StateStore
from tests.persistence.faults import (
    NAME,
    FaultyDisk,
    StoppedClock,
    fact,
    facts,
    kill,
    snapshot,
    store,
    trade,
)

Work = Callable[[StateStore], None]


def prepare(folder: Path) -> None:
    """Leave two generations, as of facts 2 and 4, and six facts."""
    kept = store(folder)
    kept.recover()
    asyncio.run(kept.append(facts(1, 2)))
    asyncio.run(kept.save(NAME, snapshot(2)))
    asyncio.run(kept.append(facts(3, 4)))
    asyncio.run(kept.save(NAME, snapshot(4)))
    asyncio.run(kept.append(facts(5, 6)))
    asyncio.run(kept.archive([trade(1)]))
    kept.close()


def damage(folder: Path) -> None:
    """Damage the present generation and tear the journal's end."""
    path = folder / f"{NAME}.json"
    path.write_bytes(path.read_bytes()[:-9])
    last = max((folder / "journal").iterdir())
    with last.open("ab") as file:
        file.write(b'{"crc":"0000')


def save(kept: StateStore) -> None:
    asyncio.run(kept.save(NAME, snapshot(6)))


def append(kept: StateStore) -> None:
    # One batch goes into the present segment, the next begins another.
    for first in range(7, 13, 2):
        asyncio.run(kept.append(facts(first, first + 1)))


def archive(kept: StateStore) -> None:
    asyncio.run(kept.archive([trade(2), trade(3)]))


def recover(kept: StateStore) -> None:
    kept.recover()


WORKS = {"save": save, "append": append, "archive": archive, "recover": recover}


def die_at(call: int, folder: Path, what: str, *, half: bool) -> bool:
    """Fork a process that dies at that call and return whether it came that far."""
    pid = os.fork()
    if pid == 0:
        prepare(folder)
        disk = FaultyDisk(0, kill, half=half)
        kept = store(folder, disk)
        if what == "recover":
            damage(folder)
        else:
            kept.recover()
        disk.at = len(disk.calls) + call
        WORKS[what](kept)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if status != 0:
        sys.exit(f"{what} ended with status {status} at call {call}")
    return False


def every_call(what: str, root: Path, *, half: bool) -> int:
    """Kill at every call of a work and return how many there are."""
    call = 1
    while die_at(call, root / str(call), what, half=half):
        call += 1
    return call - 1


async def append_for_ever(folder: Path, acknowledged: int) -> None:
    """Append numbered facts and write each confirmed number into a pipe."""
    kept = StateStore(folder, StoppedClock(), limits=Limits(segment_bytes=20_000))
    last = kept.recover().last_seq
    os.write(acknowledged, b"%d\n" % last)
    while True:
        await kept.append([fact(last + 1), fact(last + 2)])
        last += 2
        os.write(acknowledged, b"%d\n" % last)
        if last % 5 == 0:
            await kept.save(NAME, snapshot(last))


def one_round(folder: Path, seconds: float) -> tuple[int, int]:
    """Kill an appending process after a while; return what it had recovered and confirmed."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        asyncio.run(append_for_ever(folder, writer))
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        recovered = int(pipe.readline())
        time.sleep(seconds)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        # The kernel keeps what was written into the pipe before the kill.
        confirmed = [int(line) for line in pipe.read().splitlines()]
    return recovered, max([recovered, *confirmed])


def rounds(folder: Path, count: int, seed: int) -> list[tuple[int, int]]:
    """Kill a number of processes, one after the other, in the same folder."""
    chance = random.Random(seed)
    return [one_round(folder, chance.uniform(0, 0.05)) for _ in range(count)]


def full(folder: Path, size: int) -> dict[str, object]:
    """Append and save under a limit on file size until the disk takes no more."""
    kept = store(folder, limits=Limits())
    last = kept.recover().last_seq
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    refused: list[str] = []
    try:
        while True:
            asyncio.run(kept.append([fact(last + 1)]))
            last += 1
    except DiskFailed as e:
        refused.append(str(e))
    try:
        asyncio.run(kept.append([fact(last + 1)]))
    except DiskFailed as e:
        refused.append(str(e))
    small = snapshot(last)
    asyncio.run(kept.save(NAME, small))
    large = type(small)(last, {"positions": [{"n": "x" * size}]})
    try:
        asyncio.run(kept.save(NAME, large))
    except DiskFailed as e:
        refused.append(str(e))
    return {"confirmed": last, "refused": refused, "expected": os.strerror(errno.EFBIG)}


def main(what: str, folder: str, *options: str) -> object:
    """Do one of the works and return its result."""
    root = Path(folder)
    if what == "rounds":
        return rounds(root, int(options[0]), int(options[1]))
    if what == "full":
        return full(root, int(options[0]))
    return every_call(what, root, half="half" in options)


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
