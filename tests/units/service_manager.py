"""Do with a service what systemd would, by the values of its unit file.

Starts, the notify protocol, the watchdog, restarts and their limit, stops and OnFailure= are done;
confinement and users are not. Every span of time is multiplied by `pace`.
"""

import os
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.units.host import Host
from tests.units.unit_files import Unit

_CLEAN_SIGNALS = frozenset({signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE})
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_CREDENTIALS_BYTES = struct.calcsize("3i")
# The number of a process is known to itself alone before the program begins.
_BEGIN = 'ulimit -c "$0"; export WATCHDOG_PID=$$; exec "$@"'


@dataclass(frozen=True, slots=True)
class Notice:
    """What the main process told, when, and in which of its lives."""

    at: float
    life: int
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class End:
    """How a life ended: systemd's word for it, and the exit code or minus the signal."""

    result: str
    code: int


@dataclass
class Manager:
    """Keeps one service. Nothing happens but in `step`, which the waits below call."""

    host: Host
    name: str
    pace: float
    wrapped_by: Sequence[str] = ()
    on_ready: Callable[[], Any] = lambda: None
    state: str = "dead"
    starts: list[float] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    alerts: list["subprocess.CompletedProcess[str]"] = field(default_factory=list)
    ready_answers: list[Any] = field(default_factory=list)
    _process: "subprocess.Popen[bytes] | None" = None
    _deadline: float = 0.0
    _patience: float = 0.0
    _blamed: str = ""

    def __post_init__(self) -> None:
        """Listen where the service will be told to report."""
        self.unit: Unit = self.host.unit(self.name)
        place = self.host.root / "run" / "notify"
        place.parent.mkdir(exist_ok=True)
        place.unlink(missing_ok=True)
        self._reports = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._reports.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._reports.bind(str(place))
        self._reports.settimeout(0.02)

    @property
    def pid(self) -> int:
        """Return the main process."""
        assert self._process is not None
        return self._process.pid

    @property
    def output(self) -> str:
        """Return everything that the service has written so far: its journal."""
        path = self._journal
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def start(self) -> None:
        """Start the service, as `systemctl start` does."""
        assert self._process is None
        self._spawn()

    def stop(self) -> End:
        """Stop the service, as `systemctl stop` does, and return how it ended."""
        self.state = "stopping"
        self._signal(signal.SIGTERM, "Service.TimeoutStopSec")
        self.until(lambda: self.state == "dead", self._span("Service.TimeoutStopSec") + 5)
        return self.ends[-1]

    def until(self, true: Callable[[], bool], seconds: float) -> None:
        """Keep the service until something is true."""
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, f"not in {seconds} s; {self.ends}; {self.output}"
            self.step()

    def keep(self, seconds: float) -> None:
        """Keep the service for a while."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.step()

    def told(self, key: str, life: int | None = None) -> list[Notice]:
        """Return the notices that have a key, of one life or of all."""
        return [n for n in self.notices if key in n.fields and life in (None, n.life)]

    def step(self) -> None:
        """Hear what was reported, and do what is due."""
        self._hear()
        if self._process is not None and self._process.poll() is not None:
            self._ended(self._process.returncode)
        elif self._deadline and time.monotonic() >= self._deadline:
            self._due()

    def close(self) -> None:
        """Leave nothing behind."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()
        self._reports.close()

    @property
    def _journal(self) -> Path:
        return self.host.root / f"{self.name}.journal"

    def _span(self, key: str, default: float | None = None) -> float:
        return self.unit.seconds(key, default) * self.pace

    def _spawn(self) -> None:
        interval = self._span("Unit.StartLimitIntervalSec")
        recent = [at for at in self.starts if time.monotonic() - at < interval]
        if len(recent) >= int(self.unit.get("Unit.StartLimitBurst")):
            self._fail("start-limit-hit")
            return
        environ = environment(self.host, self.unit)
        self._patience = self._span("Service.WatchdogSec")
        environ["NOTIFY_SOCKET"] = str(self.host.root / "run" / "notify")
        environ["WATCHDOG_USEC"] = str(int(self._patience * 1_000_000))
        core = self.unit.get("Service.LimitCORE")
        command = [*self.wrapped_by, *self.unit.words("Service.ExecStart")]
        self.starts.append(time.monotonic())
        self._blamed = ""
        with self._journal.open("ab") as journal:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _BEGIN, core, *command],
                cwd=self.unit.get("Service.WorkingDirectory"),
                env=environ,
                umask=int(self.unit.get("Service.UMask"), 8),
                stdin=subprocess.DEVNULL,
                stdout=journal,
                stderr=journal,
                start_new_session=True,
            )
        self.state = "activating"
        self._deadline = time.monotonic() + self._span("Service.TimeoutStartSec", 90)

    def _hear(self) -> None:
        try:
            data, ancillary, _, _ = self._reports.recvmsg(
                4096, socket.CMSG_SPACE(_CREDENTIALS_BYTES)
            )
        except TimeoutError:
            return
        (sender, _, _) = struct.unpack("3i", ancillary[0][2][:_CREDENTIALS_BYTES])
        assert self.unit.get("Service.NotifyAccess") == "main"
        if self._process is None or sender != self.pid:
            return
        fields = dict(line.partition("=")[::2] for line in data.decode().splitlines())
        self.notices.append(Notice(time.monotonic(), len(self.starts), fields))
        self._patience = int(fields.get("WATCHDOG_USEC", self._patience * 1e6)) / 1e6
        if "READY" in fields:
            self.state = "active"
            self.ready_answers.append(self.on_ready())
        if {"READY", "WATCHDOG", "WATCHDOG_USEC"} & fields.keys() and self.state == "active":
            self._deadline = time.monotonic() + self._patience

    def _due(self) -> None:
        """Act on a time that has run out."""
        if self.state == "waiting":
            self._spawn()
        elif self._blamed or self.state == "stopping":
            self._blamed = self._blamed or "timeout"
            os.killpg(self.pid, signal.SIGKILL)
            self._deadline = 0.0
        elif self.state == "active":
            self._blamed = "watchdog"
            number = signal.Signals[self.unit.get("Service.WatchdogSignal")]
            self._signal(number, "Service.TimeoutStopSec")
        else:
            self._blamed = "timeout"
            self._signal(signal.SIGTERM, "Service.TimeoutStopSec")

    def _signal(self, number: signal.Signals, patience: str) -> None:
        os.kill(self.pid, number)
        self._deadline = time.monotonic() + self._span(patience)

    def _ended(self, code: int) -> None:
        while self._heard_more():
            pass
        is_clean = code == 0 or (code < 0 and -code in _CLEAN_SIGNALS)
        result = "success" if is_clean else "exit-code" if code > 0 else "signal"
        end = End(self._blamed or result, code)
        self.ends.append(end)
        with suppress(ProcessLookupError):  # KillMode=mixed: what is left of the group goes too
            os.killpg(self.pid, signal.SIGKILL)
        self._process, self._deadline = None, 0.0
        for folder in self.unit.words("Service.RuntimeDirectory"):
            shutil.rmtree(self.host.root / "run" / folder, ignore_errors=True)
        if self.state == "stopping":
            self.state = "dead"
        elif self._restarts(end):
            self.state = "waiting"
            self._deadline = time.monotonic() + self._span("Service.RestartSec")
        elif end.result == "success":
            self.state = "dead"
        else:
            self._fail(end.result)

    def _heard_more(self) -> bool:
        before = len(self.notices)
        self._hear()
        return len(self.notices) > before

    def _restarts(self, end: End) -> bool:
        if str(end.code) in self.unit.words("Service.RestartPreventExitStatus"):
            return False
        if str(end.code) in self.unit.words("Service.RestartForceExitStatus"):
            return True
        assert self.unit.get("Service.Restart") == "on-failure"
        return end.result != "success"

    def _fail(self, result: str) -> None:
        self.state, self._deadline = "failed", 0.0
        last = self.ends[-1]
        status = signal.Signals(-last.code).name[3:] if last.code < 0 else str(last.code)
        monitor = {"MONITOR_SERVICE_RESULT": result, "MONITOR_EXIT_STATUS": status}
        for name in self.unit.words("Unit.OnFailure"):
            self.alerts.append(run_once(self.host, name, monitor))


def run_once(host: Host, name: str, more: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a oneshot service to its end."""
    unit = host.unit(name)
    assert unit.get("Service.Type") == "oneshot"
    return subprocess.run(
        unit.words("Service.ExecStart"),
        env={**environment(host, unit), **more},
        capture_output=True,
        text=True,
        timeout=unit.seconds("Service.TimeoutStartSec"),
        check=False,
    )


def environment(host: Host, unit: Unit) -> dict[str, str]:
    """Make the folders and credentials of a unit and return the environment of its process."""
    for kind, place in (("State", "var/lib"), ("Cache", "var/cache"), ("Runtime", "run")):
        for folder in unit.words(f"Service.{kind}Directory"):
            path = host.root / place / folder
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(int(unit.get(f"Service.{kind}DirectoryMode"), 8))
    secrets = host.root / "run" / "credentials" / unit.name
    shutil.rmtree(secrets, ignore_errors=True)
    secrets.mkdir(parents=True)
    for line in unit.all("Service.LoadCredential"):
        name, _, source = line.partition(":")
        (secrets / name).write_bytes(Path(source).read_bytes())
        (secrets / name).chmod(0o400)
    given = dict(word.partition("=")[::2] for line in unit.all("Service.Environment")
                 for word in line.split())  # fmt: skip
    return {"PATH": _PATH, "LANG": "C.UTF-8", "CREDENTIALS_DIRECTORY": str(secrets), **given}
