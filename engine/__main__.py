"""`python -m engine`: check the settings, take the lock, run; the exit code says how it ended."""

import argparse
import asyncio
import faulthandler
import logging
import os
import sys
from collections.abc import Mapping, Sequence

from engine.app import SUPPORTED, App, Options
from engine.domain.errors import BadConfiguration, DiskFailed, StateCorrupt, StateLocked
from engine.ops.lock import acquire
from engine.ops.logs import Logs, open_logs
from engine.ops.redaction import Redactor
from engine.ops.sentry import start_sentry
from engine.settings import Settings
from engine.settings.files import load
from engine.version import VERSION

STOPPED, INTERNAL, DISK, LOCKED, CONFIGURATION = 0, 70, 74, 75, 78

_log = logging.getLogger(__name__)


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run the engine and return its exit code (design §3)."""
    parser = argparse.ArgumentParser(prog="python -m engine", description=__doc__)
    parser.add_argument("--check-config", action="store_true", help="check the settings and end")
    parser.add_argument(
        "--until-done",
        action="store_true",
        help="end when every replay has reached its last candle",
    )
    chosen = parser.parse_args(arguments)
    try:
        settings = load(environ, SUPPORTED)
        if chosen.check_config:
            return STOPPED
        with acquire(settings.data_dir):
            return _run(settings, environ, Options(until_done=chosen.until_done))
    except BadConfiguration as e:
        return _told(CONFIGURATION, *(str(problem) for problem in e.problems))
    except StateLocked as e:
        return _told(LOCKED, str(e))
    except DiskFailed as e:
        return _told(DISK, str(e))


def _run(settings: Settings, environ: Mapping[str, str], options: Options) -> int:
    with open_logs(settings.data_dir, settings.log_level, settings.secrets()) as logs:
        dsn = settings.sentry_dsn.get_secret_value() if settings.sentry_dsn else None
        start_sentry(dsn, Redactor(settings.secrets()), VERSION)
        code = STOPPED
        try:
            asyncio.run(_serve(settings, environ, logs, options))
        except* BadConfiguration as group:
            code = _told(CONFIGURATION, str(_first(group)))
        except* StateCorrupt as group:
            _log.critical("state.corrupt", exc_info=group)
            code = _told(INTERNAL, f"the state cannot be trusted: {_first(group)}")
        except* DiskFailed as group:
            _log.critical("disk.failed", exc_info=group)
            code = _told(DISK, f"a durable write failed, trading has stopped: {_first(group)}")
        except* Exception as group:  # noqa: BLE001 - the log has it, the exit code tells systemd
            _log.critical("engine.failed", exc_info=group)
            code = _told(INTERNAL, f"stopped by a fault of its own: {_first(group)}")
        return code


async def _serve(
    settings: Settings, environ: Mapping[str, str], logs: Logs, options: Options
) -> None:
    await App(settings, environ, logs).run(options)


def _first(group: BaseExceptionGroup[Exception]) -> BaseException:
    """Return the innermost first failure of a group: the words that help."""
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found


def _told(code: int, *lines: str) -> int:
    for line in lines:
        print(f"pasu engine: {line}", file=sys.stderr)
    return code


if __name__ == "__main__":
    faulthandler.enable()
    sys.exit(main(sys.argv[1:], os.environ))
