"""What is wrong with a setting, a line of the settings file or a strategy's file."""

from enum import unique

from engine.phrases.phrase import Phrase


@unique
class Fault(Phrase):
    """The words of a problem: what the value should be, or what to do."""

    # Where it stands
    OF_KEY = "{key}: {what}"
    IN_LINE = "line {line}: {key}: {what}"
    SET_BY = "{what} (set by the {place})"
    NOT_THAT = "{what}, not {given}"
    MEANT = "{what}; did you mean {near}?"
    # Values
    WRITE_NUMBER = "write a number such as 2.5"
    WRITE_WHOLE = "write a whole number such as 20"
    WRITE_BOOL = "write true or false"
    WRITE_ABOVE = "write a number above {bound}"
    WRITE_AT_LEAST = "write a number of at least {bound}"
    WRITE_BELOW = "write a number below {bound}"
    WRITE_AT_MOST = "write a number of at most {bound}"
    CHOOSE = "choose one of {choices}"
    OUT_OF_BOUNDS = "must lie between {low} and {high}, not {given}"
    OUT_OF_BOUNDS_OR_OFF = "must lie between {low} and {high}, or 0 to switch it off, not {given}"
    OUT_OF_BOUNDS_OR_ATR = "must lie between {low} and {high}, or 0 for an ATR stop, not {given}"
    WRITE_SYMBOLS = "write symbols such as BTC or BTC/KRW with commas between, not {given}"
    WRITE_STOCKS = "write six-digit stock codes such as 005930, not {given}"
    WRITE_ADDRESS = "write an address such as {encrypted}://host or {plain}://127.0.0.1:8080"
    UNENCRYPTED = "keys would travel unencrypted: use {scheme}:// (only loopback may go without)"
    WRITE_ZONE = "write a time zone such as Asia/Seoul, not {given}"
    WRITE_DAY = "write a day such as 2025-01-31 (UTC), not {given}"
    WRITE_WHOLE_PATH = "write the whole path: ~ is not filled in here"
    NO_WHOLE_KEY = "this does not look like a whole key: copy it again, without spaces"
    WRITE_ACCOUNT = "write the account as 8 digits and 2 digits, such as 12345678-01"
    WRITE_DSN = "write the DSN as Sentry shows it: https://key@host/number"
    # Lines of the file
    NO_SUCH_KEY = "there is no such key"
    NO_SUCH_KEY_BUT = "there is no such key; did you mean {near}?"
    FOR_ENVIRONMENT = "set this in the environment of the process, not in the file it leads to"
    STANDS_ALREADY = "stands on line {line} already: delete one of the two"
    NO_VALUE = "no value here: write KEY=value, or # before it"
    UNMATCHED_QUOTES = "the quotes do not match: put one at each end, or none"
    STRAY_BACKSLASH = "inside quotes a backslash may only stand before a quote or a backslash"
    NOT_FILLED_IN = "${{...}} is not filled in here: write the value itself"
    UNPRINTABLE = "there is an unprintable character in the value: type it again"
    FIXED = "is set in the environment of the engine, which is stronger than the file"
    # Files
    UNREADABLE = "cannot be read: {error}"
    PATH_UNREADABLE = "{path} cannot be read: {error}"
    PATH_NO_TEXT = "{path} is not text"
    NOT_UTF8 = "is not UTF-8 at byte {byte}: save it as UTF-8"
    READABLE_BY_OTHERS = "holds keys and others can read it: chmod 600 {path}"
    OWNED_BY_OTHER = "holds keys and belongs to another user: chown it to {user}"
    NO_FOLDER = "there is no folder {path}; empty plays the built-in market"
    # Venues and places
    SOCKET_TOO_LONG = (
        "the path of the socket has {length} bytes and may have {most}: set SOCKET_PATH to a "
        "shorter one, such as /run/pasu/engine.sock"
    )
    MODE_MISSING = "{mode} is not part of this version; use one of {choices}"
    PAPER_MISSING = "paper on live prices is not part of this version; use one of {choices}"
    KEY_MISSING = "{mode_key}=live needs this key; a live venue falls back to nothing"
    OTHER_MODE = (
        "the book in DATA_DIR was made in {before} mode and cannot go on in {mode}: set DATA_DIR "
        "to another folder, or the mode back"
    )
    # Files of strategies
    UNKNOWN_STRATEGY = "the preset names an unknown strategy: {strategy}"
    NOT_LOADABLE = "cannot be loaded: {error}"
    NO_PRESETS = "PRESETS must be a tuple of Preset"
    PRESET_FAULT = "preset {preset}: {what}"
    NO_NAME = "{given} has no name"
    NAME_TAKEN = "the name {name} is taken by another file"
