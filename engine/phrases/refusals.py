"""Why the engine refuses a request."""

from enum import unique

from engine.phrases.phrase import Phrase


@unique
class Refusal(Phrase):
    """The message of an error."""

    UNKNOWN_PRESET = "there is no preset {preset}; there are {known}"
    UNKNOWN_KEY = "there is no setting {key}"
    UNKNOWN_MARKET_KIND = "a market is crypto or stock, not {given}"
    UNKNOWN_VENUE = "a venue is all, {known}, not {given}"
    UNKNOWN_TIMEFRAME = "a timeframe is {known}, not {given}"
    NOT_FOLLOWED = "no venue follows {symbol}"
    NOT_HELD = "no position in {symbol}; see /positions"
    FILE_ONLY = "{key} is changed in the settings file only, not from the chat"
    NOTHING_TUNED = "nothing was tuned"
    NOTHING_TO_UNDO = "nothing was tuned, and nothing changed from the chat"
    NOT_TRUSTED = "the engine does not trust its state or its disk; see /health"
    PANIC_GOES_ON = "a panic goes on until everything is sold; only resume ends it"
    KEY_REUSED = "this idempotency key was used for another command: send a new one"
    STOPPING = "the engine is stopping and takes no more commands: try again once it is back"
    ENGINE_FAILED = "the engine failed at this; its log says where (pasu logs)"
    TOO_LONG = "{name} takes up to {most} printable characters on one line"
    NOT_WHOLE = "{name} takes a whole number from {low} to {high}"
