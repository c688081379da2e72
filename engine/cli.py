"""The command line `pasu`: the engine from the shell, for the day the chat is down."""

import argparse
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from engine.cli_socket import Answer, EngineClient, Unreachable, find_engine
from engine.cli_words import (
    Words,
    event_lines,
    health_lines,
    log_lines,
    panic_lines,
    position_lines,
    receipt_lines,
    status_lines,
    words_of,
)
from engine.contract import (
    EventsView,
    HealthView,
    Line,
    LogLine,
    PositionView,
    Receipt,
    StatusView,
    decode,
)

T = TypeVar("T")

EXIT_OK = 0
EXIT_REFUSED = 1
EXIT_CANCELLED = 3
EXIT_UNREACHABLE = 69
_TIMEOUT_S = 60.0
_FOLLOW_WAIT_S = 30
_CONFIRMATION = "PANIC"


@dataclass(frozen=True, slots=True)
class _Shell:
    """One call of the command line."""

    engine: EngineClient
    arguments: argparse.Namespace
    words: Words
    path: Path

    def show(self, answer: Answer, lay_out: Callable[[Any], Iterable[str]]) -> int:
        """Print an answer, raw or laid out, and return the exit code."""
        if answer.error is not None:
            _complain(self.words["refused"].format(**_fields(answer)))
            return EXIT_REFUSED
        if self.arguments.json:
            print(json.dumps(answer.body, ensure_ascii=False))
        else:
            print(*lay_out(answer.body), sep="\n")
        return EXIT_OK


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 1 refused, 3 cancelled, 69 no engine."""
    arguments = _parser().parse_args(argv)
    found = find_engine(os.environ)
    path = Path(arguments.socket) if arguments.socket else found.socket_path
    words = words_of(found.language)
    who = os.environ.get("USER") or str(os.getuid())
    engine = EngineClient(path, f"shell:{who}", _TIMEOUT_S)
    try:
        code = int(arguments.run(_Shell(engine, arguments, words, path)))
        sys.stdout.flush()
        return code
    except Unreachable as e:
        _complain(words["unreachable"].format(path=path, why=e))
        _complain(words["unreachable_hint"])
        return EXIT_UNREACHABLE
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except KeyboardInterrupt:
        return EXIT_CANCELLED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pasu", description=__doc__)
    parser.add_argument("--socket", help="the engine's socket; by default as .env says")
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, run: Callable[[_Shell], int], words: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=words, description=words)
        command.add_argument(
            "--json", action="store_true", help="print the engine's answer as it is"
        )
        command.set_defaults(run=run)
        return command

    add("status", _status, "the engine in one card")
    add("positions", _positions, "what is held")
    panic = add("panic", _panic, "sell everything and latch entries")
    panic.add_argument("--yes", action="store_true", help="do not ask for the word PANIC")
    for name, run, words in (
        ("pause", _pause, "stop entries"),
        ("resume", _resume, "allow entries again"),
    ):
        add(name, run, words).add_argument("why", nargs="*", help="a reason, for the record")
    logs = add("logs", _logs, "the last lines of the log")
    logs.add_argument("-n", "--lines", type=int, default=50)
    logs.add_argument("--level", default="INFO", type=str.upper)
    add("doctor", _doctor, "check engine, socket and settings")
    events = add("events", _events, "events of the engine")
    events.add_argument("--after", type=int, default=0, help="only those with a greater number")
    events.add_argument("-f", "--follow", action="store_true", help="go on as they happen")
    return parser


def _status(shell: _Shell) -> int:
    answer = shell.engine.get("status")
    return shell.show(answer, lambda body: status_lines(_read(StatusView, body), shell.words))


def _positions(shell: _Shell) -> int:
    answer = shell.engine.get("positions")
    return shell.show(answer, lambda body: position_lines(_each(PositionView, body), shell.words))


def _panic(shell: _Shell) -> int:
    preview = shell.engine.post("panic", {"dry_run": True}, "")
    if preview.error is None:
        # Standard output carries the receipt alone, so that --json can be read by a program.
        plan = _read(Receipt, preview.body)
        _complain(*panic_lines(plan.panic, shell.words), *(line.text for line in plan.lines))
    elif not shell.arguments.yes:  # who is sure sells even where no preview can be made
        return shell.show(preview, list)
    if not shell.arguments.yes and not _is_confirmed(shell.words):
        _complain(shell.words["panic_cancelled"])
        return EXIT_CANCELLED
    return _command(shell, "panic", {})


def _is_confirmed(words: Words) -> bool:
    sys.stderr.write(words["panic_prompt"])
    sys.stderr.flush()
    typed = sys.stdin.readline()
    if not typed:
        _complain("", words["no_terminal"])
    return typed.strip() == _CONFIRMATION


def _pause(shell: _Shell) -> int:
    return _command(shell, "pause", {"why": " ".join(shell.arguments.why)})


def _resume(shell: _Shell) -> int:
    return _command(shell, "resume", {"why": " ".join(shell.arguments.why)})


def _command(shell: _Shell, route: str, body: dict[str, object]) -> int:
    answer = shell.engine.post(route, body, secrets.token_hex(16))
    return shell.show(answer, lambda told: receipt_lines(_read(Receipt, told)))


def _logs(shell: _Shell) -> int:
    answer = shell.engine.get(f"logs?lines={shell.arguments.lines}&level={shell.arguments.level}")
    return shell.show(answer, lambda body: log_lines(_each(LogLine, body)))


def _events(shell: _Shell) -> int:
    after = shell.arguments.after
    follow = shell.arguments.follow
    wait = f"&wait={_FOLLOW_WAIT_S}" if follow else ""
    while True:
        answer = shell.engine.get(f"events?after={after}{wait}")
        if answer.error is not None or not follow:
            return shell.show(answer, lambda body: _event_lines(body, shell.words))
        view = _read(EventsView, answer.body)
        if view.events:
            shell.show(answer, lambda body: _event_lines(body, shell.words))
            sys.stdout.flush()
            after = view.events[-1].seq


def _event_lines(body: object, words: Words) -> Iterable[str]:
    events = _read(EventsView, body).events
    return event_lines(events) if events else [words["no_events"]]


def _doctor(shell: _Shell) -> int:
    checks = [_settings_check(shell.words)]
    try:
        answer = shell.engine.get("health")
    except Unreachable as e:
        why = shell.words["unreachable"].format(path=shell.path, why=e)
        checks.append(_check(shell.words["socket"], why, ok=False))
    else:
        ok = shell.words["socket_ok"].format(path=shell.path)
        checks.append(_check(shell.words["socket"], ok, ok=True))
        if answer.error is None:
            checks += _each(HealthView, answer.body)
        else:
            checks.append(_check("health", answer.error.message, ok=False))
    if shell.arguments.json:
        told = [{"name": c.name.text, "ok": c.ok, "detail": c.detail.text} for c in checks]
        print(json.dumps(told, ensure_ascii=False))
    else:
        print(*health_lines(checks), sep="\n")
    return EXIT_OK if all(check.ok for check in checks) else EXIT_REFUSED


def _settings_check(words: Words) -> HealthView:
    # In a process of its own: reading settings costs more than all the rest of this program.
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "engine", "--check-config"],
        capture_output=True,
        text=True,
        check=False,
    )
    detail = (
        ended.stderr.strip().replace("\n", "\n    ") if ended.returncode else words["settings_ok"]
    )
    return _check(words["settings"], detail, ok=ended.returncode == 0)


def _check(name: str, detail: str, *, ok: bool) -> HealthView:
    return HealthView(Line("", {}, name), ok, Line("", {}, detail))


def _read(kind: type[T], body: object) -> T:
    try:
        return decode(kind, body)
    except ValueError as e:
        raise Unreachable(f"{e}; --json shows the answer as it is") from e


def _each(kind: type[T], body: object) -> list[T]:
    return [_read(kind, item) for item in body] if isinstance(body, list) else []


def _fields(answer: Answer) -> dict[str, str]:
    error = answer.error
    return {} if error is None else {"code": error.code, "message": error.message}


def _complain(*lines: str) -> None:
    print(*lines, sep="\n", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
