"""Why something is as it is: states, pauses, gaps in protection, differences, starts and stops."""

from enum import unique

from engine.phrases.phrase import Phrase


@unique
class Cause(Phrase):
    """The reasons that facts and views carry."""

    # The operator state
    FIRST_START = "first start"
    PAUSED_BY_OWNER = "paused by the owner"
    RESUMED_BY_OWNER = "resumed by the owner"
    PANIC_ORDERED = "panic"
    ORDERS_UNKNOWN = "orders of unknown fate are being asked about"
    ORDERS_KNOWN = "every order is accounted for"
    # Starts and stops
    SOUND = "ok"
    TOLD_TO_STOP = "told to stop"
    # A venue and its book
    LINE_LOST = "{line} lost"
    LINE_RESTORED = "{line} restored, not compared yet"
    CLOCK_JUMPED = "the clock jumped by {seconds} s"
    CLOCK_OFF = "this host's clock is {seconds} s off"
    NOT_COMPARED = "not compared since the start"
    NO_ANSWER = "no answer within {seconds} s"
    NO_REPLY = "no answer"
    UNREADABLE = "its answers cannot be read"
    LEFT_ALONE = "{error}, until {until} UTC"
    OWN_BUDGET = "our own rate budget is used up"
    CLOCK_UNREAD = "the clock is off and the venue's could not be read: {error}"
    NOT_CONNECTED = "no connection: {error}"
    CONNECTION_ENDED = "the connection ended: {error}"
    NOT_SENT = "not sent: {error}"
    TOO_FAST = "messages come faster than they are handled"
    UNLISTED = "not on the venue's list"
    DAILY_LOSS = "daily loss {percent} %"
    # A paused market
    HOLDS_LESS = "the venue holds less than the book"
    HOLDS_ONLY = "the venue holds less than the book: {held} of {booked}"
    REFUSED_AGAIN = "refused {times} times: {refusal}"
    # What the venue has that the book cannot explain
    STRANGE_ORDER = "an order with our id, unknown here"
    FILLED_THOUGH = "filled although it was {status}"
    SOLD_MORE = "sold {quantity} that the book does not hold"
    # A sale
    SOLD_FOR = "sell: {reason}"
    # A position without a live stop
    NOT_LOADED = "its market is not loaded"
    NO_STOP = "no stop at the venue"
    ORDERS_BARRED = "orders cannot be sent"
    PRICES_LOST = "prices {state}"
    PRICES_STALE = "prices are stale"
    # What a panic has not sold
    SESSION_CLOSED = "session closed: sold when it opens"
    VENUE_DOWN = "venue down"
    STILL_TRYING = "not sold yet: still trying"
    # Checks of the engine
    VENUE_CHECKED = "{venue}"
    LEDGER_CHECKED = "{venue} ledger"
    STATE_CHECKED = "state"
    API_CHECKED = "api"
    VENUE_FIGURES = "{state}, differences {differences}, unknown {unknown}"
    SUMS_TO_ZERO = "sums to zero"
    DOES_NOT_SUM = "does not sum to zero: {amounts}"
    STATE_SINCE = "{state}: {why}"
    API_SPEAKS = "version {version}"
