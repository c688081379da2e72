"""`python -m tests.world --seeds 0:1000 --jobs 2`, or `--seed 17 --verbose` to see one again."""

import argparse
import logging
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from tests.world.planted import BUGS, planted
from tests.world.world import History, played

SHOWN = 6
EVERY = 50


@dataclass(frozen=True, slots=True)
class Work:
    """One seed to play, and the bug that the core has meanwhile."""

    seed: int
    bug: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Play seeds and print what became of them; return 1 if a promise was broken."""
    options = _parser().parse_args(arguments)
    if options.seed is not None:
        return _show(options.seed, options.bug, verbose=options.verbose)
    first, _, end = options.seeds.partition(":")
    return _sweep(range(int(first), int(end)), options.jobs, options.bug)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.world", description=__doc__)
    parser.add_argument("--seeds", default="0:100", help="first:end, the end not included")
    parser.add_argument("--seed", type=int, help="play one seed")
    parser.add_argument("--verbose", action="store_true", help="print the journal of --seed")
    parser.add_argument("--jobs", type=int, default=1, help="processes side by side")
    parser.add_argument("--bug", default="", choices=("", *BUGS), help="a bug to plant")
    return parser


def _with(bug: str) -> AbstractContextManager[None]:
    return planted(bug) if bug else nullcontext()


def _show(seed: int, bug: str, *, verbose: bool) -> int:
    with _with(bug):
        history, world = played(seed)
    for recorded in world.disk.facts if verbose else ():
        print(recorded.seq, recorded.fact.at.strftime("%H:%M:%S.%f"), recorded.fact)
    _tell(history)
    print(
        f"{history.virtual_s:.0f} virtual seconds, {history.orders} orders, {history.fills} fills,"
        f" {history.lives} lives, {history.facts} facts, digest {history.digest[:16]}"
    )
    return 1 if history.wrong else 0


def _sweep(seeds: range, jobs: int, bug: str) -> int:
    began, cpu = time.monotonic(), _cpu_s()
    histories: list[History] = []
    for history in _histories(seeds, jobs, bug):
        histories.append(history)
        _tell(history)
        if len(histories) % EVERY == 0:
            print(f"{len(histories)} of {len(seeds)} seeds", file=sys.stderr, flush=True)
    broken = [history.seed for history in histories if history.wrong]
    hours = sum(history.virtual_s for history in histories) / 3600
    print(
        f"{len(histories)} seeds in {time.monotonic() - began:.0f} s, {_cpu_s() - cpu:.0f} s CPU:"
        f" {hours:.1f} virtual hours, {sum(h.orders for h in histories)} orders,"
        f" {sum(h.fills for h in histories)} fills, {sum(h.lives for h in histories)} lives,"
        f" {sum(h.facts for h in histories)} facts, {len(broken)} seeds with violations {broken}"
    )
    return 1 if broken else 0


def _histories(seeds: range, jobs: int, bug: str) -> Iterator[History]:
    work = [Work(seed, bug) for seed in seeds]
    if jobs == 1:
        yield from map(_play, work)
        return
    with ProcessPoolExecutor(jobs, initializer=_be_quiet) as pool:
        yield from pool.map(_play, work)


def _play(work: Work) -> History:
    with _with(work.bug):
        return played(work.seed)[0]


def _cpu_s() -> float:
    """Return the CPU seconds of this process and of those it has started and seen end."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _be_quiet() -> None:
    """Engines that die in the middle of something log a lot."""
    logging.disable(logging.CRITICAL)


def _tell(history: History) -> None:
    if history.wrong:
        print(f"seed {history.seed}: {len(history.wrong)} violations", flush=True)
        for found in history.wrong[:SHOWN]:
            print(f"    {found}", flush=True)


if __name__ == "__main__":
    _be_quiet()
    sys.exit(main())
