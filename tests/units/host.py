"""A folder that stands for a host: install.sh has laid Pasu out under it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.shape.source import ROOT
from tests.units.unit_files import Unit, read, unit_file

THIN_PYTHON = Path(__file__).with_name("thin_python.py")
INSTALL, UNINSTALL = ROOT / "systemd" / "install.sh", ROOT / "systemd" / "uninstall.sh"
TOKEN = "4242:canary-token-AAE_do_not_print"
OWNER = 7


@dataclass(frozen=True, slots=True)
class Host:
    """The host of one test."""

    root: Path

    @property
    def opt(self) -> Path:
        """Return the folder of the code."""
        return self.root / "opt" / "pasu"

    @property
    def etc(self) -> Path:
        """Return the folder of the host's settings."""
        return self.root / "etc" / "pasu"

    @property
    def state(self) -> Path:
        """Return the folder of the engine's state, DATA_DIR in it."""
        return self.root / "var" / "lib" / "pasu"

    @property
    def socket(self) -> Path:
        """Return the engine's socket."""
        return self.root / "run" / "pasu" / "engine.sock"

    @property
    def units(self) -> Path:
        """Return the folder of the units."""
        return self.root / "etc" / "systemd" / "system"

    def run(self, script: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
        """Run a script as root would on a host of its own."""
        python = self.root / "python3"
        python.write_text(f'#!/bin/sh\nexec {sys.executable} -I {THIN_PYTHON} "$@"\n')
        python.chmod(0o755)
        return subprocess.run(
            ["/bin/sh", str(script)],
            env={
                "PATH": os.environ["PATH"],
                "PASU_ROOT": str(self.root),
                "PYTHON": str(python),
                **environ,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def install(self) -> None:
        """Install, and fill in what the owner fills in for Telegram."""
        done = self.run(INSTALL)
        assert done.returncode == 0, done.stderr
        (self.etc / "credentials" / "TELEGRAM_BOT_TOKEN").write_text(f"{TOKEN}\n")
        self.assign(self.etc / "bot.env", {"TELEGRAM_USER_IDS": f"{OWNER}, 8"})

    def unit(self, name: str) -> Unit:
        """Return a unit that was installed, its folders those of this host."""
        return read(unit_file(self.units, name), name, self.root)

    def configure(self, **values: str) -> None:
        """Set keys of the engine's settings."""
        self.assign(self.state / "pasu.env", values)

    def assign(self, path: Path, values: Mapping[str, str]) -> None:
        """Set keys that stand in a settings file, as an editor does."""
        lines = path.read_text("utf-8").splitlines()
        for key, value in values.items():
            (place,) = (i for i, line in enumerate(lines) if line.startswith(f"{key}="))
            lines[place] = f"{key}={value}"
        fresh = path.with_name("edited")
        fresh.write_text("\n".join([*lines, ""]), "utf-8")
        fresh.chmod(0o600)
        fresh.replace(path)
