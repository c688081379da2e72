"""Show the settings: for the chat, and as the text of .env.example."""

from collections.abc import Iterator, Mapping

from engine.contract import SettingView
from engine.settings.schema import KeyInfo, Settings, keys, text_of
from engine.settings.trading import (
    NOT_TUNED,
    OVERRIDABLE,
    Market,
    Source,
    key_of,
    sources,
    trading,
)

_HEAD = """\
# Settings of Pasu. Copy this file to .env and change what you need: an empty value means the
# default. One KEY=value a line; what follows " #" is a comment. A file with keys in it must be
# readable by you alone (chmod 600 .env). ENV_FILE in the environment names another file.
"""


def setting_views(
    settings: Settings, tuned: Mapping[str, float] = NOT_TUNED
) -> tuple[SettingView, ...]:
    """Return every setting with the value in force and where it comes from; secrets hidden."""
    effective = dict(_effective(settings, tuned))
    origins = {
        key: one for market in Market for key, one in sources(settings, market, tuned).items()
    }
    return tuple(
        SettingView(
            key=key.key,
            value=_value(settings, key, effective),
            source=(origins.get(key.key) or _origin(settings, key)).value,
            hot=key.hot,
            description=key.description,
        )
        for key in keys()
    )


def example() -> str:
    """Return the text of .env.example: every key with its default and what it is for."""
    parts = [_HEAD]
    section = ""
    for key in keys():
        if key.section != section:
            section = key.section
            parts.append(f"\n# --- {section} ---\n")
        parts.append(f"\n# {key.description}\n{key.key}={key.default}\n")
    return "".join(parts)


def _effective(settings: Settings, tuned: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    for market in Market:
        parameters = trading(settings, market, tuned)
        for field in OVERRIDABLE:
            yield key_of(market, field), text_of(getattr(parameters, field))


def _value(settings: Settings, key: KeyInfo, effective: Mapping[str, str]) -> str:
    value = getattr(settings, key.field)
    if key.secret:
        return "" if value is None else "***"
    return effective.get(key.key) or text_of(value)


def _origin(settings: Settings, key: KeyInfo) -> Source:
    return Source.ENV if key.field in settings.model_fields_set else Source.DEFAULT
