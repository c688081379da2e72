"""The log tells what happened and never a secret, whatever way it came in."""

import base64
import json
import logging
import stat
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.errors import DiskFailed
from engine.ops.logs import Logs, open_logs
from engine.ops.redaction import Redactor

CANARY = "test/canary+secret=äß\\'\"&?%"
TOKEN = "123456789:test-canary-token"
SECRETS = (CANARY, TOKEN)

log = logging.getLogger("tests.canary")


def file_text(tmp_path: Path) -> str:
    return (tmp_path / "logs" / "trading_bot.log").read_text("utf-8")


def everything(tmp_path: Path, logs: Logs, capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    ring = "\n".join(line.message for line in logs.ring.lines(2000))
    return file_text(tmp_path) + ring + captured.err + captured.out


FORMS = {
    "plain": CANARY,
    "quoted for a path": quote(CANARY),
    "quoted whole": quote(CANARY, safe=""),
    "quoted as a form": quote_plus(CANARY),
    "quoted twice": quote(quote(CANARY, safe=""), safe=""),
    "json": json.dumps(CANARY),
    "json unescaped": json.dumps(CANARY, ensure_ascii=False),
    "repr": repr(CANARY),
    "in a list": str([CANARY]),
    "base64": base64.b64encode(CANARY.encode()).decode(),
    "base64 for urls": base64.urlsafe_b64encode(CANARY.encode()).decode(),
    "basic auth": base64.b64encode(f"user:{CANARY}".encode()).decode(),
    "basic auth, longer": base64.b64encode(f"us:{CANARY}!".encode()).decode(),
    "basic auth, first": base64.b64encode(f"{CANARY}:user".encode()).decode(),
    "hex": CANARY.encode().hex(),
    "token in a url": f"https://api.invalid/bot{TOKEN}/getMe",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_secret_in_any_form_is_taken_out(form: str):
    shown = Redactor(SECRETS)(f"before {form} after")
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert "***" in shown
    core = base64.b64encode(b"canary+secret").decode()[4:-8]
    for piece in ("canary", core, b"canary".hex()):
        assert piece not in shown


@settings(deadline=None)
@given(st.from_regex(r"[!-)+-~]{8,40}", fullmatch=True), st.text())
def test_no_text_keeps_a_secret_that_was_in_it(secret: str, around: str):
    assert secret not in Redactor([secret])(around + secret + around).replace("***", "\0")


@settings(deadline=None)
@given(st.binary(min_size=9, max_size=40), st.binary(max_size=5), st.binary(max_size=5))
def test_a_secret_inside_longer_base64_is_taken_out(core: bytes, before: bytes, after: bytes):
    secret = core.hex()
    encoded = base64.b64encode(before + secret.encode() + after).decode()
    left = Redactor([secret])(encoded)
    assert "***" in left
    assert len(left) <= len(encoded) - len(secret)


def test_a_text_without_secrets_is_left_alone():
    assert Redactor(())("nothing to hide") == "nothing to hide"
    assert Redactor(("ab",))("abc") == "abc"


def test_a_canary_in_message_args_extra_and_traceback_reaches_no_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    with open_logs(tmp_path, "DEBUG", SECRETS) as logs:
        log.error("message %s" % CANARY)  # noqa: G002, UP031 - the fault that is meant
        log.error("args %s %r %s", CANARY, CANARY, {"key": CANARY, TOKEN: 1})
        log.error("extra", extra={"field": CANARY, "nested": [TOKEN]})
        try:
            raise ValueError(CANARY)
        except ValueError as e:
            log.exception("traceback", extra={"error": e})
            log.exception("chained", exc_info=RuntimeError(quote(CANARY)), stack_info=True)
        logging.getLogger(f"logger.{TOKEN}").error("name")
        shown = everything(tmp_path, logs, capsys)
        assert shown.count("***") > 10
        assert "ValueError" in shown
        for form in (CANARY, TOKEN, quote(CANARY), "test-canary", "canary+secret"):
            assert form not in shown


def test_a_record_that_cannot_be_formatted_tells_no_argument(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    with open_logs(tmp_path, "DEBUG", SECRETS):
        log.error("%d orders", CANARY)
        captured = capsys.readouterr().err
        assert "log line lost" in captured
        assert "canary+secret" not in captured + file_text(tmp_path)


def test_a_line_has_time_level_event_and_fields(tmp_path: Path):
    with open_logs(tmp_path, "DEBUG", SECRETS):
        log.info("order.accepted", extra={"venue": "upbit", "cid": "p-1"})
        log.info("[WAIT] %s 진입 보류", "BTC")
        first, second = file_text(tmp_path).splitlines()
        assert " KST INFO     tests.canary order.accepted venue=upbit cid=p-1" in first
        assert second.endswith("[WAIT] BTC 진입 보류")


def test_text_from_outside_cannot_fake_a_line(tmp_path: Path):
    with open_logs(tmp_path, "DEBUG", SECRETS):
        log.info(
            "venue said %s",
            "no\n2026-01-01 00:00:00.000 KST INFO bot order.accepted",
            extra={"x": "a\rb"},
        )
        assert len(file_text(tmp_path).splitlines()) == 1


def test_an_endless_line_is_cut(tmp_path: Path):
    with open_logs(tmp_path, "DEBUG", SECRETS):
        log.info("x" * 100_000)
        assert len(file_text(tmp_path)) < 5000


def test_talkative_libraries_are_held_to_warnings(tmp_path: Path):
    with open_logs(tmp_path, "DEBUG", SECRETS):
        for name in ("httpx", "httpcore.connection", "aiohttp.access", "apscheduler.scheduler"):
            logging.getLogger(name).info("GET https://api.invalid/secret-path")
            logging.getLogger(name).warning("retrying")
        assert "secret-path" not in file_text(tmp_path)
        assert file_text(tmp_path).count("retrying") == 4


def test_only_warnings_reach_standard_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with open_logs(tmp_path, "DEBUG", SECRETS):
        log.info("quiet.event")
        log.warning("loud.event")
        captured = capsys.readouterr().err
        assert "loud.event" in captured
        assert "quiet.event" not in captured


def test_the_ring_answers_the_newest_lines_of_a_level(tmp_path: Path):
    with open_logs(tmp_path, "DEBUG", SECRETS) as logs:
        for number in range(2100):
            log.info("line %d", number)
        log.warning("a warning")
        newest = logs.ring.lines(2)
        assert [line.message for line in newest] == ["line 2099", "a warning"]
        assert len(logs.ring.lines(5000)) == 2000
        assert [line.level for line in logs.ring.lines(5, "warning")] == ["WARNING"]
        assert logs.ring.lines(0) == ()
        assert newest[0].at.tzinfo is not None
        with pytest.raises(ValueError, match="loud"):
            logs.ring.lines(1, "loud")


def test_the_level_decides_what_is_kept(tmp_path: Path):
    with open_logs(tmp_path, "WARNING", ()):
        log.info("too quiet")
        log.warning("loud enough")
    assert "too quiet" not in file_text(tmp_path)


def test_the_file_is_private_and_rotates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("engine.ops.logs.MAX_BYTES", 5000)
    with open_logs(tmp_path, "INFO", ()):
        for number in range(400):
            log.info("line %d", number)
    folder = tmp_path / "logs"
    names = sorted(path.name for path in folder.iterdir())
    assert names[:2] == ["trading_bot.log", "trading_bot.log.1"]
    assert len(names) <= 11
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_leaving_puts_logging_back_as_it_was(tmp_path: Path):
    root = logging.getLogger()
    before = (root.handlers[:], root.level, sys.excepthook, threading.excepthook)
    with open_logs(tmp_path, "INFO", ()):
        assert root.handlers != before[0]
    assert (root.handlers[:], root.level, sys.excepthook, threading.excepthook) == before


def test_a_folder_that_cannot_be_made_fails(tmp_path: Path):
    (tmp_path / "logs").write_text("a file")
    with pytest.raises(DiskFailed):
        open_logs(tmp_path, "INFO", ())


DYING = f"""
import sys, threading, warnings
from pathlib import Path
from engine.ops.logs import open_logs
CANARY = {CANARY!r}
with open_logs(Path(sys.argv[1]), "INFO", [CANARY]):
    warnings.warn(CANARY)
    thread = threading.Thread(target=lambda: int(CANARY))
    thread.start()
    thread.join()
    sys.excepthook(ValueError, ValueError(CANARY), None)
    raise SystemExit(0)
"""


FULL = f"""
import logging, resource, signal, sys
from pathlib import Path
from engine.ops.logs import open_logs
CANARY = {CANARY!r}
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
with open_logs(Path(sys.argv[1]), "INFO", [CANARY]):
    for number in range(30):
        logging.getLogger("x").info("order %d for %s", number, CANARY)
print("went on")
"""


def test_unhandled_exceptions_are_logged_and_redacted(tmp_path: Path):
    ended = subprocess.run(
        [sys.executable, "-c", DYING, str(tmp_path)], capture_output=True, text=True, check=True
    )
    shown = file_text(tmp_path) + ended.stderr + ended.stdout
    assert file_text(tmp_path).count("process.failed") == 2
    assert "canary+secret" not in shown


def test_a_log_on_a_full_disk_stops_nothing_and_tells_no_argument(tmp_path: Path):
    ended = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "log line lost" in ended.stderr
    assert "File too large" in ended.stderr
    assert "canary+secret" not in ended.stderr + file_text(tmp_path)
    assert ended.stdout == "went on\n"
