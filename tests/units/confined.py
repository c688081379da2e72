"""Run a command confined as a unit says: `confined.py UNIT WRITABLE… -- COMMAND`.

What systemd would do before it starts the service is done to this process, as far as a process can
do it to itself: system calls, address families, executable memory, capabilities, limits; and as
root a read-only file system but for the folders named, and a /proc with processes alone.
"""

import ctypes
import ctypes.util
import errno
import os
import resource
import subprocess
import sys
from pathlib import Path

from tests.units.unit_files import Unit, read

_PR_SET_NO_NEW_PRIVS, _PR_CAPBSET_DROP, _PR_SET_MDWE = 38, 24, 65
_REFUSE_EXEC_GAIN = 1
_CLONE_NEWNS = 0x00020000
_KILL, _ALLOW, _ERRNO = 0, 0x7FFF0000, 0x00050000
_EQUAL = 4
_CAPABILITIES = 64
_MOST_FAMILIES = 46
_FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}


class _Argument(ctypes.Structure):
    _fields_ = [
        ("number", ctypes.c_uint),
        ("compare", ctypes.c_int),
        ("value", ctypes.c_uint64),
        ("other", ctypes.c_uint64),
    ]


def seccomp() -> ctypes.CDLL | None:
    """Return the library that builds filters, where it is installed."""
    name = ctypes.util.find_library("seccomp")
    return ctypes.CDLL(name) if name else None


def main(unit: Unit, writable: list[str], command: list[str]) -> None:
    """Confine this process and become the command."""
    os.umask(int(unit.get("Service.UMask"), 8))
    if os.geteuid() == 0:
        _mount(writable)
        for number in range(_CAPABILITIES):
            _libc().prctl(_PR_CAPBSET_DROP, number, 0, 0, 0)
    core = int(unit.get("Service.LimitCORE"))
    resource.setrlimit(resource.RLIMIT_CORE, (core, core))
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    assert unit.get("Service.MemoryDenyWriteExecute") == "yes"
    _prctl(_PR_SET_MDWE, _REFUSE_EXEC_GAIN)
    _filter(unit)
    os.execv(command[0], command)


def allowed_calls(unit: Unit) -> set[str]:
    """Return the system calls that the unit's filters leave."""
    calls: set[str] = set()
    for line in unit.all("Service.SystemCallFilter"):
        named = {call for word in line.removeprefix("~").split() for call in _expanded(word)}
        calls = calls - named if line.startswith("~") else calls | named
    return calls


def _expanded(word: str) -> set[str]:
    if not word.startswith("@"):
        return {word}
    shown = subprocess.run(
        ["systemd-analyze", "syscall-filter", word], capture_output=True, text=True, check=True
    )
    lines = [line.strip() for line in shown.stdout.splitlines()[1:]]
    names = [line for line in lines if line and not line.startswith("#")]
    return {call for name in names for call in _expanded(name)}


def _filter(unit: Unit) -> None:
    library = seccomp()
    assert library is not None
    library.seccomp_init.restype = ctypes.c_void_p
    refused = getattr(errno, unit.get("Service.SystemCallErrorNumber"))
    context = ctypes.c_void_p(library.seccomp_init(_ERRNO | refused))
    for call in sorted(allowed_calls(unit) - {"socket"}):
        number = library.seccomp_syscall_resolve_name(call.encode())
        # A call of another architecture has a negative number and need not be named.
        if number >= 0:
            _must(library.seccomp_rule_add(context, _ALLOW, number, 0))
    families = {_FAMILIES[name] for name in unit.words("Service.RestrictAddressFamilies")}
    number = library.seccomp_syscall_resolve_name(b"socket")
    for family in range(_MOST_FAMILIES):
        action = _ALLOW if family in families else _ERRNO | errno.EAFNOSUPPORT
        which = _Argument(0, _EQUAL, family, 0)
        _must(library.seccomp_rule_add(context, action, number, 1, which))
    _must(library.seccomp_load(context))


def _mount(writable: list[str]) -> None:
    if _libc().unshare(_CLONE_NEWNS) != 0:
        return  # a container may forbid it: the rest is confined all the same
    for words in (
        ["--make-rprivate", "/"],
        *(["--bind", folder, folder] for folder in writable),
        ["-o", "remount,bind,ro", "/"],
        ["-t", "proc", "-o", "subset=pid,hidepid=invisible", "proc", "/proc"],
    ):
        subprocess.run(["mount", *words], check=True)
    os.chdir(Path.cwd())  # to the writable one, if it is one of those


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, value: int) -> None:
    # PR_SET_MDWE came with Linux 6.3; an older kernel says EINVAL and confines by filter instead.
    if _libc().prctl(option, value, 0, 0, 0) != 0 and option != _PR_SET_MDWE:
        raise OSError(ctypes.get_errno(), "prctl")


def _must(code: int) -> None:
    if code != 0:
        raise OSError(-code, os.strerror(-code))


if __name__ == "__main__":
    _end = sys.argv.index("--")
    main(read(Path(sys.argv[1])), sys.argv[2:_end], sys.argv[_end + 1 :])
