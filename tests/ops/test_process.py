"""The figures of this process are its own."""

import os

from engine.ops.process import ProcessMeter


def test_memory_and_processor_time_are_measured():
    meter = ProcessMeter()
    total = sum(number * number for number in range(400_000))
    figures = meter.figures()
    with open(f"/proc/{os.getpid()}/statm") as statm:  # noqa: PTH123 - one line of the kernel
        resident = int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024
    assert total > 0
    assert abs(figures.memory_mb - resident) < 20
    assert figures.cpu_percent > 0
