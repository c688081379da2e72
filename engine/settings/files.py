"""Read .env and the credentials from disk, refusing files that others could read."""

import errno
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.domain.errors import BadConfiguration, Problem
from engine.phrases.faults import Fault
from engine.settings import EVERY_MODE, Settings, SupportedModes, keys, parse
from engine.settings.env_file import read

_MAX_CREDENTIAL_BYTES = 4096


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What tells one state of a file from the next: compare two to see a change."""

    inode: int
    size: int
    changed_ns: int


def env_path(environ: Mapping[str, str]) -> Path:
    """Return where the .env lies: ENV_FILE, or the working directory."""
    return Path(environ.get("ENV_FILE") or ".env")


def stamp(path: Path) -> FileStamp | None:
    """Return the state of the file, None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return FileStamp(found.st_ino, found.st_size, found.st_mtime_ns)


def load(
    environ: Mapping[str, str],
    supported_modes: SupportedModes = EVERY_MODE,
    *,
    must_exist: bool = False,
) -> Settings:
    """Return the settings of this host.

    Args:
        environ: the environment of the process.
        supported_modes: which modes of each venue this version can serve.
        must_exist: a missing .env is a problem; for hot reload, where an editor may have moved the
            file away for a moment and silent defaults would switch strategies.

    Raises:
        BadConfiguration: with every problem of files, permissions and values.
    """
    path = env_path(environ)
    problems: list[Problem] = []
    text = ""
    if path.exists() or must_exist or environ.get("ENV_FILE"):
        text, problems = _guarded(path)
    secrets: Mapping[str, str] = {}
    try:
        secrets = credentials(environ)
    except BadConfiguration as e:
        problems += e.problems
    try:
        settings = parse(environ, text, secrets, supported_modes)
    except BadConfiguration as e:
        raise BadConfiguration([*problems, *e.problems]) from e
    if settings.replay_data is not None and not settings.replay_data.is_dir():
        missing = Fault.NO_FOLDER.say(path=settings.replay_data)
        problems.append(Problem("REPLAY_DATA", missing))
    if problems:
        raise BadConfiguration(problems)
    return settings


def credentials(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the keys that lie as files in CREDENTIALS_DIRECTORY, named in capitals or not.

    Raises:
        BadConfiguration: a file is there and cannot be read.
    """
    folder = environ.get("CREDENTIALS_DIRECTORY")
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for key in keys() if folder else ():
        for name in (key.key, key.field):
            path = Path(folder or "") / name
            try:
                if path.stat().st_size > _MAX_CREDENTIAL_BYTES:
                    raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
                found[key.key] = path.read_text("utf-8").strip()
            except FileNotFoundError:
                continue
            except OSError as e:
                why = Fault.PATH_UNREADABLE.say(path=path, error=e.strerror)
                problems.append(Problem(key.key, why))
            except UnicodeDecodeError:
                problems.append(Problem(key.key, Fault.PATH_NO_TEXT.say(path=path)))
    if problems:
        raise BadConfiguration(problems)
    return found


def _guarded(path: Path) -> tuple[str, list[Problem]]:
    name = str(path)
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            text = file.read().decode()
    except UnicodeDecodeError as e:
        return "", [Problem(name, Fault.NOT_UTF8.say(byte=e.start))]
    except OSError as e:
        return "", [Problem(name, Fault.UNREADABLE.say(error=e.strerror))]
    secret = {key.key for key in keys() if key.secret}
    if not any(line.key in secret and line.value for line in read(text).lines):
        return text, []
    if stat.S_IMODE(found.st_mode) & 0o077:
        return text, [Problem(name, Fault.READABLE_BY_OTHERS.say(path=path))]
    if found.st_uid != os.geteuid():
        return text, [Problem(name, Fault.OWNED_BY_OTHER.say(user=os.geteuid()))]
    return text, []
