"""The owner's .env while the engine runs: watched for changes, written by commands."""

from collections.abc import Mapping

from engine.domain.errors import BadConfiguration, Problem
from engine.phrases.faults import Fault
from engine.settings import Settings, SupportedModes, parse
from engine.settings.env_file import assign, write
from engine.settings.files import credentials, env_path, load, stamp


class SettingsStore:
    """Read and write the file that the environment names; implements `SettingsFile`."""

    def __init__(self, environ: Mapping[str, str], supported: SupportedModes) -> None:
        """Take the present file as read."""
        self._environ = environ
        self._supported = supported
        self._path = env_path(environ)
        self._seen = stamp(self._path)

    def changed(self) -> bool:
        """Return whether the file differs from what was last read or written here."""
        found = stamp(self._path)
        return found is not None and found != self._seen

    def load(self) -> Settings:
        """Return the settings that the file now gives.

        Raises:
            BadConfiguration: with every problem and its line.
        """
        self._seen = stamp(self._path)
        return load(self._environ, self._supported, must_exist=True)

    def planned(self, values: Mapping[str, str | None]) -> Settings:
        """Return what the settings would be with these values in the file.

        Raises:
            BadConfiguration: they would not be usable, or the environment fixes one of them.
        """
        fixed = [key for key in values if self._environ.get(key, "").strip()]
        if fixed:
            raise BadConfiguration([Problem(key, Fault.FIXED.say()) for key in fixed])
        text = self._path.read_text("utf-8") if self._path.exists() else ""
        secrets = credentials(self._environ)
        return parse(self._environ, assign(text, values), secrets, self._supported)

    def assign(self, values: Mapping[str, str | None]) -> None:
        """Write values into the file, None to take a key back; comments and order stay.

        Raises:
            DiskFailed: the file was not written.
        """
        write(self._path, values)
        self._seen = stamp(self._path)
