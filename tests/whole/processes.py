"""Start the engine and the chat as processes of their own."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PLAIN = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")


@dataclass
class House:
    """One data folder with the settings of everything that runs on it."""

    folder: Path
    values: dict[str, str] = field(default_factory=dict)
    engine: subprocess.Popen[str] | None = None

    @property
    def environ(self) -> dict[str, str]:
        """Return the environment of a process: nothing of the host's that could be a setting."""
        self.env_file.touch(mode=0o600)
        return {
            **{key: os.environ[key] for key in PLAIN if key in os.environ},
            "DATA_DIR": str(self.folder / "data"),
            "SOCKET_PATH": str(self.folder / "s"),
            "ENV_FILE": str(self.env_file),
            "TUNING_ENABLED": "false",
            **self.values,
        }

    @property
    def env_file(self) -> Path:
        """Return the settings file."""
        return self.folder / ".env"

    def start(self) -> None:
        """Start the engine and wait until it answers."""
        self.engine = self.run_engine()
        self.until(lambda: self.get("status") is not None, 30)

    def run_engine(self, most_bytes: int | None = None) -> subprocess.Popen[str]:
        """Start an engine without waiting; no file of its may grow beyond `most_bytes`."""
        limit = [] if most_bytes is None else ["prlimit", f"--fsize={most_bytes}"]
        return subprocess.Popen(
            [*limit, sys.executable, "-m", "engine"],
            cwd=ROOT,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def stop(self) -> int | None:
        """Stop the engine in good order and return its exit code."""
        if self.engine is None:
            return None
        self.engine.terminate()
        self.engine.communicate(timeout=30)
        code, self.engine = self.engine.returncode, None
        return code

    def chat(self, *lines: str, timeout_s: float = 90) -> str:
        """Type lines into the chat through a pipe and return everything that it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "bot", "--terminal"],
            cwd=ROOT,
            env=self.environ,
            input="".join(f"{line}\n" for line in lines),
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def get(self, path: str) -> Any:
        """Ask the API; None while the engine does not answer."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(10)
            try:
                link.connect(str(self.folder / "s"))
                link.sendall(f"GET /v1/{path} HTTP/1.0\r\nHost: engine\r\n\r\n".encode())
                answer = b"".join(iter(lambda: link.recv(65_536), b""))
            except OSError:
                return None
        return json.loads(answer.partition(b"\r\n\r\n")[2]) if answer else None

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Return the facts of one kind that the event log holds."""
        found: list[dict[str, Any]] = []
        after = 0
        while page := self.get(f"events?after={after}&most=500")["events"]:
            found += [event["facts"] for event in page if event["kind"] == kind]
            after = page[-1]["seq"]
        return found

    def until(self, true: Callable[[], bool], seconds: float) -> None:
        """Wait until something is true."""
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, f"not within {seconds} s"
            if self.engine is not None and self.engine.poll() is not None:
                raise AssertionError(self.engine.communicate()[1])
            time.sleep(0.1)
