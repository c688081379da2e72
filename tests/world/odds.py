"""How often each thing goes wrong, as shares of the times it could, and how it differs by seed."""

from dataclasses import dataclass, replace
from math import inf
from random import Random


@dataclass(frozen=True, slots=True)
class Odds:
    """Faults of one venue, and what the owner does there by hand.

    `drift` is a price step as a share of price, `jump` the odds of a torn one, `late_request` those
    of a request that is under way for longer than the engine waits for its answer, `stale` those of
    an order that is not found at first although it was taken. What ends in `_every_s` is the mean
    time between two of a kind; `withdrawal_every_s` is of coins that may be Pasu's. `disk_fails`:
    the odds that a write to the journal is not certain to be there.
    """

    lost_request: float = 0.04
    lost_reply: float = 0.06
    late_request: float = 0.02
    error_after: float = 0.03
    throttled: float = 0.04
    query_fails: float = 0.08
    stale: float = 0.1
    event_dropped: float = 0.08
    event_doubled: float = 0.15
    slow_event: float = 0.2
    partial: float = 0.4
    drift: float = 0.0015
    jump: float = 0.01
    thin: float = 0.0
    outage_every_s: float = 600.0
    outage_lasts_s: float = 40.0
    halt_every_s: float = inf
    halt_lasts_s: float = 45.0
    kill_every_s: float = 250.0
    by_hand_every_s: float = 150.0
    withdrawal_every_s: float = inf
    disk_fails: float = 0.0
    fees_in_bnb: bool = False


ROUGH = Odds()
# A stream may forget an event at any time, also now: what it owes is asked for.
CALM = Odds(
    lost_request=0.0,
    lost_reply=0.0,
    late_request=0.0,
    error_after=0.0,
    throttled=0.0,
    query_fails=0.0,
    stale=0.0,
    event_doubled=0.0,
    slow_event=0.0,
    outage_every_s=inf,
    kill_every_s=inf,
    by_hand_every_s=inf,
)


def weather(rng: Random) -> Odds:
    """Return the odds of one seed: each of them has some of the troubles and not all."""
    wild, thin, halts, hand, bnb, disk, deaf = (rng.random() for _ in range(7))
    return replace(
        ROUGH,
        drift=0.003 if wild < 0.2 else 0.0015,
        jump=0.03 if wild < 0.4 else 0.01,
        thin=0.2 if thin < 0.3 else 0.0,
        halt_every_s=300.0 if halts < 0.3 else inf,
        withdrawal_every_s=200.0 if hand < 0.25 else inf,
        event_dropped=0.6 if deaf < 0.2 else 0.08,
        disk_fails=0.01 if disk < 0.2 else 0.0,
        fees_in_bnb=bnb < 0.4,
    )
