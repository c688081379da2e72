"""What the sections of the settings share: a title, and whether a change needs a restart."""

from typing import ClassVar

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict


class Section(BaseSettings):
    """A group of settings; a key is the name of its field in capitals.

    Values come from the caller alone: where they were found is decided in one place before.
    """

    title: ClassVar[str] = ""
    hot: ClassVar[bool] = False

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", validate_default=True, str_strip_whitespace=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the values that were passed in, and nothing of the process environment."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)
