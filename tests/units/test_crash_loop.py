"""When starting again does not help: the manager gives up, and the owner hears of it."""

import pytest

from tests.units.conftest import Keep
from tests.units.host import OWNER, TOKEN, Host
from tests.units.service_manager import run_once
from tests.units.telegram_desk import TelegramDesk
from tests.units.unit_files import ALERT, BOT, ENGINE

START_S = 60.0


def alert(host: Host, unit: str, **monitor: str) -> tuple[int, str]:
    """Run the alert for a unit and return its exit code and what it wrote."""
    done = run_once(host, ALERT.replace("@", f"@{unit}"), monitor)
    assert TOKEN not in done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr


def test_f35_crash_loop_stops_after_its_burst_and_the_owner_is_told_once(
    host: Host, keep: Keep, telegram: TelegramDesk
):
    # A journal whose middle is damaged: every start ends with 70.
    journal = host.state / "data" / "journal"
    journal.mkdir(parents=True)
    (journal / "000000000001.jsonl").write_text("damaged\n{}\n")
    manager = keep(ENGINE)
    manager.start()
    manager.until(lambda: manager.state == "failed", START_S)
    burst = int(manager.unit.get("Unit.StartLimitBurst"))
    assert [end.code for end in manager.ends] == [70] * burst
    manager.keep(3 * manager.unit.seconds("Service.RestartSec") * manager.pace)
    assert len(manager.starts) == burst
    (message,) = telegram.sent
    assert message["chat_id"] == str(OWNER)
    assert ENGINE in message["text"]
    assert "start-limit-hit" in message["text"]
    assert telegram.paths == [f"/bot{TOKEN}/sendMessage"]
    assert {"sh", "curl"} <= telegram.looked
    assert telegram.shown == set()


@pytest.mark.parametrize(
    ("language", "unit", "words"),
    [
        ("ko", ENGINE, "거래소에 남아 있는 손절 주문만"),
        ("ko", BOT, "엔진은 계속 매매합니다"),
        ("en", ENGINE, "Only the stop orders that lie at the venues"),
        ("en", BOT, "The engine trades on"),
    ],
)
def test_alert_speaks_the_owners_language_and_says_what_still_protects(
    host: Host, telegram: TelegramDesk, language: str, unit: str, words: str
):
    host.assign(host.etc / "bot.env", {"LANGUAGE": f'"{language}"  # mine'})
    assert alert(host, unit, MONITOR_SERVICE_RESULT="watchdog", MONITOR_EXIT_STATUS="ABRT")[0] == 0
    (message,) = telegram.sent
    first, *rest = message["text"].splitlines()
    assert words in first
    assert "(watchdog ABRT)" in first
    assert rest == [
        f"journalctl -u {unit} -n 50",
        f"systemctl reset-failed {unit} && systemctl start {unit}",
    ]


def test_alert_is_sent_again_where_telegram_fails(host: Host, telegram: TelegramDesk):
    telegram.refusals = [502]
    assert alert(host, ENGINE)[0] == 0
    assert len(telegram.paths) == 2
    assert len(telegram.sent) == 1


def test_alert_without_a_token_or_an_owner_says_that_nobody_was_told(
    host: Host, telegram: TelegramDesk
):
    secret = host.etc / "credentials" / "TELEGRAM_BOT_TOKEN"
    for token in ("", 'x"\nurl = "http://elsewhere'):
        secret.write_text(token)
        code, said = alert(host, ENGINE)
        assert code == 78
        assert "Nobody was told" in said
    secret.write_text(TOKEN)
    host.assign(host.etc / "bot.env", {"TELEGRAM_USER_IDS": ""})
    code, said = alert(host, ENGINE)
    assert code == 78
    assert "TELEGRAM_USER_IDS" in said
    assert telegram.paths == []
