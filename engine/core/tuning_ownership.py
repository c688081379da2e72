"""Whose a key is: tuning's as long as the file holds what tuning wrote, else the owner's."""

from datetime import datetime

from engine.core.tuned import Tuned, TunedValue
from engine.domain.tuning import TakenBackFor, TunedKey, TuningTakenBack
from engine.settings import Market, Settings, trading
from engine.settings.trading import preset_name


def let_go(settings: Settings, tuned: Tuned, who: str, now: datetime) -> list[TuningTakenBack]:
    """Return what tuning must let go under these settings.

    A switch of the preset ends everything that was tuned for the old one; a key that the owner
    wrote, changed or emptied by hand is the owner's from then on.
    """
    facts = []
    for market in Market:
        rows = tuned.rows(market)
        switched = tuple(row for row in rows if row.preset != preset_name(settings, market))
        claimed = tuple(row for row in rows if row not in switched and _is_claimed(settings, row))
        for cause, ended in ((TakenBackFor.PRESET, switched), (TakenBackFor.BY_HAND, claimed)):
            if ended:
                changes = _changes(settings, tuned, market, ended)
                facts.append(TuningTakenBack(market.value, cause, changes, who, now))
    return facts


def stale(settings: Settings, tuned: Tuned) -> dict[str, None]:
    """Return keys that the file holds for a preset which is no longer in force."""
    return {
        row.key: None
        for market in Market
        for row in tuned.rows(market)
        if row.preset != preset_name(settings, market) and is_tunings(settings, row)
    }


def written_for(market: Market, settings: Settings, tuned: Tuned) -> tuple[str, ...]:
    """Return the keys of a market that stand in the file because tuning wrote them."""
    return tuple(row.key for row in tuned.rows(market) if is_tunings(settings, row))


def is_tunings(settings: Settings, row: TunedValue) -> bool:
    """Return whether a key stands in the file as tuning wrote it, or wants it."""
    stands = _stands(settings, row.key)
    return stands is not None and stands in (row.written, row.stored)


def _is_claimed(settings: Settings, row: TunedValue) -> bool:
    # Between the fact and the write, the file may hold the one or the other.
    return _stands(settings, row.key) not in (row.written, row.stored)


def _stands(settings: Settings, key: str) -> float | None:
    value: float | None = getattr(settings, key.lower())
    return value


def _changes(
    settings: Settings, tuned: Tuned, market: Market, ended: tuple[TunedValue, ...]
) -> tuple[TunedKey, ...]:
    gone = {row.key for row in ended}
    left = {key: value for key, value in tuned.in_force.items() if key not in gone}
    parameters = trading(settings, market, left)
    return tuple(
        TunedKey(
            row.key,
            tuned.in_force.get(row.key, row.before),
            getattr(parameters, row.key.removeprefix(f"{market.value}_".upper()).lower()),
            row.value,
            None,
            row.stored,
            None,
        )
        for row in ended
    )
