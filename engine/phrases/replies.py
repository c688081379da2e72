"""What a command answers: what it did, would do, or found done."""

from enum import unique

from engine.phrases.phrase import Phrase


@unique
class Reply(Phrase):
    """The lines of receipts and plans."""

    CARRIED_OUT = "carried out"
    NOTHING_TO_DO = "nothing to do"
    STATE_CHANGES = "{before} → {after}"
    STATE_STAYS = "already {state}"
    MARKET_CONFIRMED = "{venue} {symbol}: confirmed"
    HIDDEN_CHANGES = "{key}: changed"
    TUNED_KEY_CHANGES = "tuned {key}: {before} → {after}"
    EXITS_STAY = "{count} open positions keep the exits they were opened with"
    ALL_SOLD = "everything is sold; nothing re-enters until resume"
    ALL_TO_SELL = "{count} positions, {value} KRW"
    HOLDING_LEFT_ALONE = "left alone: {venue} {symbol}: {quantity} held by hand"
    ORDER_LEFT_ALONE = "left alone: {venue} {symbol}: {side} order placed by hand"
    HELD = "{venue} {symbol}: {why}"
    TO_SELL = "{venue} {symbol}"
    SOLD = "{venue} {symbol}: sold"
    NOT_SOLD = "{venue} {symbol}: not sold yet"
    STOPS_AND_STARTS = "the engine stops and starts again; positions are kept"
    RESTARTS = "restarting"
    SEARCHES = (
        "{market} {preset} ({strategy}): {count} combinations over {days} days by {objective}; "
        "used only if better on days it has not seen"
    )
    SEARCHES_NOT = "{market} {preset}: not searched ({obstacle} {detail})"
    SEARCH_GOES_ON = "a search is under way"
    SET_SINCE = "the owner has set every key of it since"
