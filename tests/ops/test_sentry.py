"""Reports to Sentry hold the error and no secret; nothing leaves without a DSN."""

import subprocess
import sys

from engine.ops.redaction import Redactor
from engine.ops.sentry import scrub, start_sentry

CANARY = "test/canary+secret"

REPORTING = f"""
import logging, sys, urllib.parse
import sentry_sdk
from sentry_sdk.transport import Transport
from engine.ops.redaction import Redactor
from engine.ops.sentry import start_sentry

CANARY = {CANARY!r}
told = []

class Kept(Transport):
    def capture_envelope(self, envelope):
        told.append(envelope.serialize().decode())

assert start_sentry("https://testkey@sentry.invalid/1", Redactor([CANARY]), "1.2.3", Kept)

def fail(secret):
    headers = {{"Authorization": secret}}
    raise ValueError(f"refused {{secret}} {{urllib.parse.quote(secret, safe='')}} {{headers}}")

logging.getLogger("x").warning("crumb %s", CANARY, extra={{"field": CANARY}})
try:
    fail(CANARY)
except ValueError as e:
    sentry_sdk.set_tag("key", CANARY)
    sentry_sdk.set_context("order", {{CANARY: [CANARY, {{"deep": CANARY.encode()}}]}})
    sentry_sdk.capture_exception(e)
logging.getLogger("y").error("order failed %s", CANARY, extra={{"field": [CANARY]}}, exc_info=True)
sentry_sdk.flush()
print(len(told))
print("".join(told))
"""


def test_a_report_holds_the_error_and_no_canary():
    ended = subprocess.run(
        [sys.executable, "-c", REPORTING, CANARY], capture_output=True, text=True, check=True
    )
    count, _, told = ended.stdout.partition("\n")
    assert int(count) >= 2
    assert "ValueError" in told
    assert "1.2.3" in told
    assert "***" in told
    assert "canary" not in told


def test_without_a_dsn_nothing_is_started():
    assert start_sentry(None, Redactor(()), "1") is False
    assert start_sentry("", Redactor(()), "1") is False


def test_scrubbing_reaches_keys_bytes_and_what_has_no_end():
    endless: list[object] = [CANARY]
    endless.append(endless)
    dirty = {CANARY: (CANARY, {CANARY}, CANARY.encode(), 1, None, 1.5, True), "loop": endless}
    clean = scrub(dirty, Redactor([CANARY]))
    assert "canary" not in repr(clean)
    assert "True" in repr(clean)
