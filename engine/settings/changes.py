"""What differs between two settings, and which part of it can be taken over while running."""

from dataclasses import dataclass

from pydantic import SecretStr

from engine.phrases.replies import Reply
from engine.settings.schema import KeyInfo, Settings, keys, text_of


@dataclass(frozen=True, slots=True)
class Changes:
    """The differences: `hot` and `needs_restart` read "KEY: before → after", `keys` names all."""

    hot: tuple[str, ...]
    needs_restart: tuple[str, ...]
    keys: tuple[str, ...]


def diff(old: Settings, new: Settings) -> Changes:
    """Return what changed from one to the other; of a secret only that it did."""
    changed = tuple(key for key in keys() if getattr(old, key.field) != getattr(new, key.field))
    return Changes(
        hot=tuple(_change(key, old, new) for key in changed if key.hot),
        needs_restart=tuple(_change(key, old, new) for key in changed if not key.hot),
        keys=tuple(key.key for key in changed),
    )


def adopt(old: Settings, new: Settings) -> Settings:
    """Return the old settings with every value of the new ones that needs no restart."""
    hot = {key.field for key in keys() if key.hot}
    values = {name: getattr(new if name in hot else old, name) for name in Settings.model_fields}
    given = (new.model_fields_set & hot) | (old.model_fields_set - hot)
    return Settings.model_construct(_fields_set=set(given), **values)


def _change(key: KeyInfo, old: Settings, new: Settings) -> str:
    before, after = getattr(old, key.field), getattr(new, key.field)
    if key.secret or isinstance(before, SecretStr):
        return Reply.HIDDEN_CHANGES.say(key=key.key)
    return f"{key.key}: {_shown(before)} → {_shown(after)}"


def _shown(value: object) -> str:
    return text_of(value) or "–"
