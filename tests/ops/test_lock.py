"""One data directory, one engine: real processes hold and free the lock."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.domain.errors import DiskFailed, StateLocked
from engine.ops.lock import acquire

HOLDER = """
import subprocess, sys
from pathlib import Path
from engine.ops.lock import acquire
lock = acquire(Path(sys.argv[1]))
child = None
if "child" in sys.argv:
    child = subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL, close_fds=False)
print(child.pid if child else "held", flush=True)
sys.stdin.readline()
"""


def start_holder(folder: Path, *words: str) -> tuple[subprocess.Popen[str], str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder), *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    return holder, holder.stdout.readline().strip()


def end(holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.communicate(timeout=10)


def test_a_second_process_is_refused_at_once_with_the_first_one_named(tmp_path: Path):
    holder, _ = start_holder(tmp_path)
    started = time.monotonic()
    try:
        with pytest.raises(StateLocked, match=rf"process {holder.pid}\b"):
            acquire(tmp_path)
    finally:
        end(holder)
    assert time.monotonic() - started < 1


def test_kill_nine_frees_the_lock(tmp_path: Path):
    holder, _ = start_holder(tmp_path)
    holder.send_signal(signal.SIGKILL)
    holder.communicate(timeout=10)
    with acquire(tmp_path):
        assert (tmp_path / "engine.lock").read_text() == f"{os.getpid()}\n"


def test_a_child_of_the_dead_holder_does_not_keep_the_lock(tmp_path: Path):
    holder, child = start_holder(tmp_path, "child")
    end(holder)
    try:
        acquire(tmp_path).release()
    finally:
        os.kill(int(child), signal.SIGKILL)


def test_a_refused_process_changes_nothing(tmp_path: Path):
    holder, _ = start_holder(tmp_path)
    try:
        before = (tmp_path / "engine.lock").stat().st_ino
        for _ in range(3):
            with pytest.raises(StateLocked):
                acquire(tmp_path)
        assert (tmp_path / "engine.lock").read_text() == f"{holder.pid}\n"
        assert (tmp_path / "engine.lock").stat().st_ino == before
    finally:
        end(holder)


def test_a_released_lock_can_be_taken_again(tmp_path: Path):
    first = acquire(tmp_path)
    first.release()
    first.release()
    acquire(tmp_path).release()


def test_the_directory_and_the_file_are_private(tmp_path: Path):
    folder = tmp_path / "a" / "b"
    with acquire(folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "engine.lock").stat().st_mode) == 0o600


def test_a_link_in_place_of_the_lock_is_refused(tmp_path: Path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "engine.lock").symlink_to(victim)
    with pytest.raises(DiskFailed):
        acquire(tmp_path)
    assert victim.read_text() == "precious"
