"""Run the engine of a locked data directory and say how it ended."""

import asyncio
import logging
import sys
from collections.abc import Mapping

from engine.app import App, Options
from engine.domain.errors import BadConfiguration, DiskFailed, StateCorrupt
from engine.exit_codes import CONFIGURATION, DISK, INTERNAL, STOPPED
from engine.ops.logs import Logs, open_logs
from engine.ops.redaction import Redactor
from engine.ops.sentry import start_sentry
from engine.settings import Settings
from engine.version import VERSION

_log = logging.getLogger(__name__)


def serve(settings: Settings, environ: Mapping[str, str], *, until_done: bool) -> int:
    """Run until told to stop, or with `until_done` to the last replayed candle; return the code."""
    with open_logs(settings.data_dir, settings.log_level, settings.secrets()) as logs:
        dsn = settings.sentry_dsn.get_secret_value() if settings.sentry_dsn else None
        start_sentry(dsn, Redactor(settings.secrets()), VERSION)
        options = Options(until_done=until_done)
        code = STOPPED
        try:
            asyncio.run(_run(settings, environ, logs, options))
        except* BadConfiguration as group:
            code = _told(CONFIGURATION, str(_first(group)))
        except* StateCorrupt as group:
            _log.critical("state.corrupt", exc_info=group)
            code = _told(INTERNAL, f"the state cannot be trusted: {_first(group)}")
        except* DiskFailed as group:
            _log.critical("disk.failed", exc_info=group)
            code = _told(DISK, f"a durable write failed, trading has stopped: {_first(group)}")
        except* Exception as group:  # noqa: BLE001 - the log has it, the code tells systemd
            _log.critical("engine.failed", exc_info=group)
            code = _told(INTERNAL, f"stopped by a fault of its own: {_first(group)}")
        return code


async def _run(
    settings: Settings, environ: Mapping[str, str], logs: Logs, options: Options
) -> None:
    await App(settings, environ, logs).run(options)


def _first(group: BaseExceptionGroup[Exception]) -> BaseException:
    """Return the innermost first failure of a group: the words that help."""
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found


def _told(code: int, line: str) -> int:
    sys.stderr.write(f"pasu engine: {line}\n")
    return code
