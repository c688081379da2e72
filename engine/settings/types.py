"""The kinds of value a setting can have, each saying of what it cannot use what to write."""

import ipaddress
import re
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, FiniteFloat, SecretStr

from engine.phrases.faults import Fault

MIN_SECRET_CHARS = 8
_SYMBOL = re.compile(r"[0-9A-Z]{1,20}(/[0-9A-Z]{2,10})?")
_STOCK = re.compile(r"\d{5}[0-9A-Z]")
_DSN = re.compile(r"https?://[^@/\s]+@[\w.-]+(:\d+)?(/[\w.-]+)*/\d+")
_ACCOUNT = re.compile(r"\d{8}-?\d{2}")


class Language(StrEnum):
    """The languages Pasu speaks."""

    KOREAN = "ko"
    ENGLISH = "en"


class LogLevel(StrEnum):
    """How much the log tells."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


def _words(value: object) -> object:
    return tuple(re.split(r"[\s,]+", value.strip(" \t,"))) if isinstance(value, str) else value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _language(value: object) -> object:
    """Return ko or en; a locale such as en_US:en, which desktops export, is understood too."""
    if not isinstance(value, str):
        return value
    given = value.strip().lower()
    first = re.split(r"[:_.@-]", given, maxsplit=1)[0]
    if first in set(Language):
        return first
    is_locale = first != given or given in {"c", "posix"}
    return Language.KOREAN if is_locale else given


def _symbols(value: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [symbol for symbol in value if not _SYMBOL.fullmatch(symbol)]
    if wrong:
        raise ValueError(Fault.WRITE_SYMBOLS.say(given=repr(wrong[0])))
    return value


def _stocks(value: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [code for code in value if not _STOCK.fullmatch(code)]
    if wrong:
        raise ValueError(Fault.WRITE_STOCKS.say(given=repr(wrong[0])))
    return value


def _address(value: str, schemes: tuple[str, str]) -> str:
    plain, encrypted = schemes
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in schemes or parts.username or set(value) & set(" \t?#"):
        raise ValueError(Fault.WRITE_ADDRESS.say(encrypted=encrypted, plain=plain))
    if parts.scheme == plain and not _is_loopback(host):
        raise ValueError(Fault.UNENCRYPTED.say(scheme=encrypted))
    return value.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _web(value: str) -> str:
    return _address(value, ("http", "https"))


def _stream(value: str) -> str:
    return _address(value, ("ws", "wss"))


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(Fault.WRITE_ZONE.say(given=repr(value))) from None
    return value


def _moment(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(Fault.WRITE_DAY.say(given=repr(value))) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _place(value: Path) -> Path:
    if value.parts[:1] and value.parts[0].startswith("~"):
        raise ValueError(Fault.WRITE_WHOLE_PATH.say())
    return value


def _secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if len(text) < MIN_SECRET_CHARS or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(Fault.NO_WHOLE_KEY.say())
    return value


def _account(value: SecretStr) -> SecretStr:
    if not _ACCOUNT.fullmatch(value.get_secret_value()):
        raise ValueError(Fault.WRITE_ACCOUNT.say())
    return value


def _dsn(value: SecretStr) -> SecretStr:
    if not _DSN.fullmatch(value.get_secret_value()):
        raise ValueError(Fault.WRITE_DSN.say())
    return value


Number = FiniteFloat
Symbols = Annotated[
    tuple[str, ...], BeforeValidator(_words), BeforeValidator(_upper), AfterValidator(_symbols)
]
StockCodes = Annotated[
    tuple[str, ...], BeforeValidator(_words), BeforeValidator(_upper), AfterValidator(_stocks)
]
UserIds = Annotated[tuple[Annotated[int, Field(gt=0)], ...], BeforeValidator(_words)]
WebAddress = Annotated[str, AfterValidator(_web)]
StreamAddress = Annotated[str, AfterValidator(_stream)]
TimeZone = Annotated[str, AfterValidator(_zone)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Place = Annotated[Path, AfterValidator(_place)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]
Account = Annotated[SecretStr, AfterValidator(_account)]
Dsn = Annotated[SecretStr, AfterValidator(_dsn)]
Level = Annotated[LogLevel, BeforeValidator(_upper)]
Tongue = Annotated[Language, BeforeValidator(_language)]
