"""`python -m engine`: check the settings, take the lock, run; the exit code says how it ended."""

import argparse
import faulthandler
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module

from engine.domain.errors import BadConfiguration, DiskFailed, StateLocked
from engine.exit_codes import CONFIGURATION, DISK, LOCKED, STOPPED
from engine.ops.lock import acquire
from engine.settings import SUPPORTED, Settings
from engine.settings.files import load

SERVICE = "engine.service"


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run the engine and return its exit code (design §3)."""
    parser = argparse.ArgumentParser(prog="python -m engine", description=__doc__)
    parser.add_argument("--check-config", action="store_true", help="check the settings and end")
    parser.add_argument(
        "--until-done", action="store_true", help="end when a replay has reached its last candle"
    )
    chosen = parser.parse_args(arguments)
    try:
        settings = load(environ, SUPPORTED)
        if chosen.check_config:
            return STOPPED
        with acquire(settings.data_dir):
            return _served(settings, environ, until_done=chosen.until_done)
    except BadConfiguration as e:
        return _told(CONFIGURATION, *(str(problem) for problem in e.problems))
    except StateLocked as e:
        return _told(LOCKED, str(e))
    except DiskFailed as e:
        return _told(DISK, str(e))


def _served(settings: Settings, environ: Mapping[str, str], *, until_done: bool) -> int:
    # Loading the service takes most of a second: an engine that finds the lock taken, or its
    # settings wrong, says so without it.
    code: int = import_module(SERVICE).serve(settings, environ, until_done=until_done)
    return code


def _told(code: int, *lines: str) -> int:
    for line in lines:
        print(f"pasu engine: {line}", file=sys.stderr)
    return code


if __name__ == "__main__":
    faulthandler.enable()
    sys.exit(main(sys.argv[1:], os.environ))
