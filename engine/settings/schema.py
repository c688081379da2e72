"""The Settings type: every key Pasu knows, in the order of .env.example."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from engine.domain.venue import VenueMode, VenueName
from engine.settings.host_keys import ChatKeys, EngineKeys, ReplayKeys, VenueKeys
from engine.settings.section import Section
from engine.settings.trading_keys import (
    CapKeys,
    CryptoKeys,
    RateKeys,
    StockKeys,
    TuningKeys,
    UniverseKeys,
)

SECTIONS: tuple[type[Section], ...] = (
    ChatKeys,
    CryptoKeys,
    StockKeys,
    TuningKeys,
    UniverseKeys,
    CapKeys,
    RateKeys,
    VenueKeys,
    ReplayKeys,
    EngineKeys,
)

LIVE_KEYS: Mapping[VenueName, tuple[str, ...]] = {
    VenueName.UPBIT: ("UPBIT_ACCESS_KEY", "UPBIT_SECRET_KEY"),
    VenueName.BINANCE_SPOT: ("BINANCE_API_KEY", "BINANCE_API_SECRET"),
    VenueName.BINANCE_FUTURES: ("BINANCE_API_KEY", "BINANCE_API_SECRET"),
    VenueName.STOCK: ("KIS_APP_KEY", "KIS_APP_SECRET", "KIS_ACCOUNT_NO"),
}


class Settings(
    EngineKeys,
    ReplayKeys,
    VenueKeys,
    RateKeys,
    CapKeys,
    UniverseKeys,
    TuningKeys,
    StockKeys,
    CryptoKeys,
    ChatKeys,
):
    """The settings in force; frozen. `settings.loop_seconds` is the value of LOOP_SECONDS."""

    def mode(self, venue: VenueName) -> VenueMode:
        """Return where the venue's prices and fills come from."""
        mode: VenueMode = getattr(self, f"{venue.value}_mode")
        return mode

    def initial_capital_krw(self, venue: VenueName) -> Decimal:
        """Return the capital that the venue starts with, in KRW."""
        return self.crypto_initial_capital if venue.is_crypto else self.stock_initial_capital

    def secrets(self) -> frozenset[str]:
        """Return every value that must not be shown, with the parts that tell as much."""
        values = {
            value.get_secret_value()
            for name in type(self).model_fields
            if isinstance(value := getattr(self, name), SecretStr)
        }
        return frozenset(values | {part for value in values for part in _telling_parts(value)})


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What is known of one key; `default` as it reads in .env, `cap` where no chat may raise it."""

    key: str
    section: str
    description: str
    default: str
    hot: bool
    secret: bool
    cap: bool

    @property
    def field(self) -> str:
        """Return the name of the key's field in Settings."""
        return self.key.lower()


def keys() -> tuple[KeyInfo, ...]:
    """Return every key in the order of .env.example."""
    return tuple(
        _info(section, name, field)
        for section in SECTIONS
        for name, field in section.model_fields.items()
    )


def text_of(value: object) -> str:
    """Return a setting's value as it is written in .env; a secret as its plain text.

    Raises:
        TypeError: no setting has a value of that type.
    """
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, tuple):
        return ",".join(text_of(item) for item in value)
    return _plain_text(value)


def _plain_text(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str | int | Path):
        return str(value)
    message = f"no setting is a {type(value).__name__}"
    raise TypeError(message)


def _info(section: type[Section], name: str, field: FieldInfo) -> KeyInfo:
    has_default = field.default is not PydanticUndefined
    return KeyInfo(
        key=name.upper(),
        section=section.title,
        description=field.description or "",
        default=text_of(field.default) if has_default else "",
        hot=section.hot,
        secret=_holds_secret(field.annotation),
        cap=section is CapKeys,
    )


def _holds_secret(annotation: object) -> bool:
    return annotation is SecretStr or any(_holds_secret(part) for part in get_args(annotation))


def _telling_parts(secret: str) -> tuple[str, ...]:
    # The key of a DSN, the part of a bot token behind its id, the number of an account.
    match = re.fullmatch(r"https?://([^@]+)@.+|\d+:(.+)|(\d{8})-?\d{2}", secret)
    return tuple(part for part in match.groups() if part) if match else ()
