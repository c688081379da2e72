"""The bot's own settings, from the environment, `.env` and the credentials directory."""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.texts.words import Language

TOKEN_KEY = "TELEGRAM_BOT_TOKEN"  # noqa: S105 - the name of the setting, not its value
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class BotSettings(BaseSettings):
    """What the bot reads; every key is described in `.env.example`."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, frozen=True)

    telegram_bot_token: SecretStr | None = None
    telegram_user_ids: Annotated[frozenset[int], NoDecode] = frozenset()
    telegram_base_url: str = "https://api.telegram.org"
    language: Language = Language.KO
    timezone: str = "Asia/Seoul"
    data_dir: Path = Path("data")
    socket_path: Path | None = None
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

    @field_validator("telegram_user_ids", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:  # noqa: ANN401 - pydantic hands over whatever it was given
        if isinstance(value, str):
            return frozenset(part for part in value.replace(",", " ").split() if part)
        return value

    @field_validator("language", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:  # noqa: ANN401 - as above
        return _language(value) if isinstance(value, str) else value

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as e:
            message = f"no such time zone: {value}"
            raise ValueError(message) from e
        return value

    @property
    def socket(self) -> Path:
        """Return where the engine listens."""
        return self.socket_path or self.data_dir / "engine.sock"

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone that moments are shown in."""
        return ZoneInfo(self.timezone)


class UnusableSettings(Exception):
    """Raised when the bot cannot start with what it was given."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        """Keep every fault, one line each."""
        super().__init__("; ".join(problems))
        self.problems = problems


def load_settings(environ: Mapping[str, str]) -> BotSettings:
    """Read the settings that the environment points to.

    Raises:
        UnusableSettings: a value cannot be used; no value of a secret is repeated.
    """
    env_file = Path(environ.get("ENV_FILE") or ".env")
    credentials = environ.get("CREDENTIALS_DIRECTORY", "")
    try:
        settings = BotSettings(
            _env_file=env_file,
            _env_file_encoding="utf-8",
            _secrets_dir=credentials if Path(credentials or os.devnull).is_dir() else None,
        )
    except ValidationError as e:
        raise UnusableSettings(tuple(_fault(error) for error in e.errors())) from None
    if settings.telegram_bot_token and not environ.get(TOKEN_KEY):
        _refuse_open_file(env_file, settings.telegram_bot_token)
    return settings


def _language(value: str) -> str:
    """Return ko or en; a locale list such as en_US:en, which desktops export, is understood too."""
    given = value.strip().lower()
    first = re.split(r"[:_.@-]", given, maxsplit=1)[0]
    if first in set(Language):
        return first
    is_locale = first != given or given in {"c", "posix"}
    return Language.KO if is_locale else given


def _fault(error: Mapping[str, Any]) -> str:
    key = ".".join(str(part) for part in error["loc"]).upper()
    return f"{key}: {error['msg']}"


def _refuse_open_file(path: Path, token: SecretStr) -> None:
    if not path.is_file() or token.get_secret_value() not in path.read_text("utf-8"):
        return
    if stat.S_IMODE(path.stat().st_mode) & _OTHERS:
        raise UnusableSettings((f"{path}: others can read the bot token; run: chmod 600 {path}",))
