"""Turn environment, credentials and .env into Settings, or into every problem at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pydantic import ValidationError

from engine.domain.errors import BadConfiguration, Problem
from engine.domain.venue import VenueMode, VenueName
from engine.phrases.faults import Fault
from engine.settings.changes import Changes, adopt, diff
from engine.settings.env_file import EnvLine, key_shown, read
from engine.settings.schema import LIVE_KEYS, KeyInfo, Settings, keys, text_of
from engine.settings.trading import Market, Source, sources, trading, trading_problems
from engine.settings.words import complaints, nearest

__all__ = [
    "EVERY_MODE",
    "SUPPORTED",
    "Changes",
    "KeyInfo",
    "Market",
    "Settings",
    "Source",
    "adopt",
    "diff",
    "keys",
    "parse",
    "sources",
    "text_of",
    "trading",
]

SupportedModes = Mapping[VenueName, frozenset[VenueMode]]

EVERY_MODE: SupportedModes = MappingProxyType({venue: frozenset(VenueMode) for venue in VenueName})
_WITH_ADAPTER = frozenset({VenueName.UPBIT, VenueName.BINANCE_SPOT})
# What this version can serve: paper and live come with the adapters of the venues.
SUPPORTED: SupportedModes = MappingProxyType(
    {
        venue: frozenset(VenueMode)
        if venue in _WITH_ADAPTER
        else frozenset({VenueMode.OFF, VenueMode.REPLAY})
        for venue in VenueName
    }
)
MAX_SOCKET_PATH_BYTES = 100
_NOTHING: Mapping[str, str] = MappingProxyType({})
_PROCESS_KEYS = ("ENV_FILE", "CREDENTIALS_DIRECTORY")


@dataclass(frozen=True, slots=True)
class _Given:
    """A value with the place it was found in; `line` is None outside the file."""

    value: str
    place: str
    line: int | None = None


def parse(
    environ: Mapping[str, str],
    env_text: str,
    credentials: Mapping[str, str] = _NOTHING,
    supported_modes: SupportedModes = EVERY_MODE,
) -> Settings:
    """Return the settings that these three places give together.

    The environment is stronger than the credentials, and both are stronger than the text of .env:
    what the host fixes, the file cannot undo. An empty value counts as none.

    Raises:
        BadConfiguration: with every problem, each with the line of its key where it has one.
    """
    known = tuple(key.key for key in keys())
    text = read(env_text)
    problems = [*text.problems, *_unknown(text.lines, known), *_repeated(text.lines)]
    given = _merged(environ, credentials, text.lines, known)
    settings, wrong = _validated(given)
    found = [Problem(key, what) for key, what in wrong.items()]
    found += [
        problem for problem in _cross_checks(settings, supported_modes) if problem.key not in wrong
    ]
    problems += [_placed(problem, given.get(problem.key)) for problem in found]
    if problems:
        raise BadConfiguration(sorted(problems, key=lambda problem: problem.line or 0))
    return settings


def _merged(
    environ: Mapping[str, str],
    credentials: Mapping[str, str],
    lines: tuple[EnvLine, ...],
    known: tuple[str, ...],
) -> dict[str, _Given]:
    given = {line.key: _Given(line.value, "", line.line) for line in lines if line.key in known}
    for place, values in (("credential", credentials), ("environment", environ)):
        for key in known:
            value = values.get(key, "").strip()
            if value:
                given[key] = _Given(value, place)
    return {key: one for key, one in given.items() if one.value}


def _unknown(lines: tuple[EnvLine, ...], known: tuple[str, ...]) -> Iterator[Problem]:
    for line in lines:
        if line.key in known:
            continue
        near = nearest(line.key.upper(), known)
        what = Fault.NO_SUCH_KEY_BUT.say(near=near) if near else Fault.NO_SUCH_KEY.say()
        if line.key in _PROCESS_KEYS:
            what = Fault.FOR_ENVIRONMENT.say()
        yield Problem(key_shown(line.key), what, line.line)


def _repeated(lines: tuple[EnvLine, ...]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for line in lines:
        if line.key in first:
            twice = Fault.STANDS_ALREADY.say(line=first[line.key])
            yield Problem(key_shown(line.key), twice, line.line)
        first.setdefault(line.key, line.line)


def _validated(given: Mapping[str, _Given]) -> tuple[Settings, Mapping[str, str]]:
    """Return settings without the values at fault, and what is wrong with each of those."""
    secret = frozenset(key.key for key in keys() if key.secret)
    values = {key.lower(): one.value for key, one in given.items()}
    try:
        return Settings(**values), {}  # type: ignore[arg-type]  # pydantic converts them
    except ValidationError as e:
        wrong = complaints(e, secret)
    good = {name: value for name, value in values.items() if name.upper() not in wrong}
    return Settings(**good), wrong  # type: ignore[arg-type]  # pydantic converts them


def _placed(problem: Problem, given: _Given | None) -> Problem:
    if given is None:
        return problem
    what = problem.what
    if given.place:
        what = Fault.SET_BY.say(what=what, place=given.place)
    return Problem(problem.key, what, given.line)


def _cross_checks(settings: Settings, supported: SupportedModes) -> Iterator[Problem]:
    for market in Market:
        yield from trading_problems(settings, market)
    for venue in VenueName:
        yield from _mode_problems(settings, venue, supported)
    length = len(str(settings.socket_path).encode())
    if length > MAX_SOCKET_PATH_BYTES:
        too_long = Fault.SOCKET_TOO_LONG.say(length=length, most=MAX_SOCKET_PATH_BYTES)
        yield Problem("SOCKET_PATH", too_long)


def _mode_problems(
    settings: Settings, venue: VenueName, supported: SupportedModes
) -> Iterator[Problem]:
    mode = settings.mode(venue)
    key = f"{venue.value}_mode".upper()
    if mode not in supported[venue]:
        choices = ", ".join(one.value for one in VenueMode if one in supported[venue])
        if mode is VenueMode.PAPER:
            yield Problem(key, Fault.PAPER_MISSING.say(choices=choices))
        else:
            yield Problem(key, Fault.MODE_MISSING.say(mode=mode.value, choices=choices))
    elif mode is VenueMode.LIVE:
        for missing in LIVE_KEYS[venue]:
            if getattr(settings, missing.lower()) is None:
                yield Problem(missing, Fault.KEY_MISSING.say(mode_key=key))
