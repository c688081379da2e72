"""What the bot reads, from where, and what it refuses to start with."""

import logging
import os
import sys
import warnings
from pathlib import Path

import pytest

from bot.redaction import RedactingFormatter
from bot.service import missing
from bot.settings import BotSettings, UnusableSettings, load_settings
from bot.texts.words import Language

TOKEN = "4242:canary-token-AAE_do_not_print"
KEYS = ("TELEGRAM_BOT_TOKEN", "TELEGRAM_USER_IDS", "TELEGRAM_BASE_URL", "LANGUAGE", "TIMEZONE",
        "SOCKET_PATH", "DATA_DIR", "ENV_FILE", "CREDENTIALS_DIRECTORY", "LOG_LEVEL")  # fmt: skip


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for key in KEYS:
        monkeypatch.delenv(key, raising=False)
    monkeypatch.chdir(tmp_path)


def load(**environ: str) -> BotSettings:
    with pytest.MonkeyPatch.context() as patch:
        for key, value in environ.items():
            patch.setenv(key, value)
        return load_settings(os.environ)


def test_defaults_need_nothing():
    settings = load()
    assert settings.telegram_bot_token is None
    assert settings.telegram_user_ids == frozenset()
    assert settings.language is Language.KO
    assert str(settings.zone) == "Asia/Seoul"
    assert settings.socket == Path("data/engine.sock")


def test_values_come_from_the_environment_over_the_file(tmp_path: Path):
    file = tmp_path / "other.env"
    file.write_text("TELEGRAM_USER_IDS=1, 2\nLANGUAGE=en # words\nDATA_DIR=/x\nUPBIT_MODE=paper\n")
    settings = load(ENV_FILE=str(file), DATA_DIR="/y")
    assert settings.telegram_user_ids == frozenset({1, 2})
    assert settings.language is Language.EN
    assert settings.socket == Path("/y/engine.sock")


def test_token_comes_from_the_credentials_directory(tmp_path: Path):
    (tmp_path / "telegram_bot_token").write_text(TOKEN + "\n")
    settings = load(CREDENTIALS_DIRECTORY=str(tmp_path))
    assert settings.telegram_bot_token is not None
    assert settings.telegram_bot_token.get_secret_value() == TOKEN
    assert TOKEN not in repr(settings)


def test_missing_credentials_directory_is_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load(CREDENTIALS_DIRECTORY="/nowhere")


@pytest.mark.parametrize(
    ("locale", "language"),
    [("en_US:en", Language.EN), ("ko_KR.UTF-8", Language.KO), ("de_DE:de", Language.KO),
     ("EN", Language.EN), ("", Language.KO), ("C", Language.KO)],
)  # fmt: skip
def test_language_of_a_desktop_session_is_understood(locale: str, language: Language):
    assert load(LANGUAGE=locale).language is language


@pytest.mark.parametrize(
    ("key", "value"),
    [("TELEGRAM_USER_IDS", "me"), ("LANGUAGE", "klingon"), ("TIMEZONE", "Mars/Base"),
     ("TIMEZONE", "../../etc/passwd"), ("LOG_LEVEL", "LOUD")],
)  # fmt: skip
def test_unusable_value_names_its_key(key: str, value: str):
    with pytest.raises(UnusableSettings) as caught:
        load(**{key: value})
    assert any(problem.startswith(key) for problem in caught.value.problems)


def test_token_in_a_file_that_others_can_read_is_refused(tmp_path: Path):
    file = tmp_path / ".env"
    file.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\n")
    file.chmod(0o644)
    with pytest.raises(UnusableSettings, match="chmod 600") as caught:
        load()
    assert TOKEN not in str(caught.value)
    file.chmod(0o600)
    assert load().telegram_bot_token is not None


def test_what_a_service_lacks_is_told_in_full():
    text = missing(BotSettings(_env_file=None))
    assert "TELEGRAM_BOT_TOKEN" in text
    assert "TELEGRAM_USER_IDS" in text
    assert "--terminal" in text
    full = BotSettings(_env_file=None, telegram_bot_token=TOKEN, telegram_user_ids="7")
    assert missing(full) == ""


def test_f02_log_lines_and_tracebacks_show_no_token():
    formatter = RedactingFormatter([TOKEN])
    try:
        raise RuntimeError(f"The token `{TOKEN}` was rejected")
    except RuntimeError:
        record = logging.LogRecord("x", logging.ERROR, "", 1, "url /bot%s/getMe", (TOKEN,), None)
        record.exc_info = sys.exc_info()
    text = formatter.format(record)
    assert "was rejected" in text
    assert "canary" not in text
    quoted = formatter.redact("/bot4242%3Acanary-token-AAE_do_not_print/")
    assert "canary" not in quoted
