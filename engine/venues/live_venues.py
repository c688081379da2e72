"""The venues of live prices, traded for real or on paper; each adapter is loaded when it is chosen.

An adapter is a module `engine.venues.<venue>.adapter` with two functions, see `Adapter`. It is
loaded by name because its client library costs a second and much memory, which an engine that only
replays does not have to pay.
"""

from collections.abc import Mapping
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, cast

from engine.domain.errors import BadConfiguration, Problem
from engine.domain.venue import VenueMode, VenueName
from engine.ports.clock import Clock
from engine.ports.venue import Venue
from engine.settings import Settings
from engine.venues.paper import PaperAccount, PaperVenue, PublicMarket
from engine.venues.rules import venue_rules

PAPER_BOOKS = "venues"
PURSE = Decimal(10_000_000_000)
"""What lies on a paper account; the book uses only the capital of the settings."""

_MODULES: Mapping[VenueName, str] = MappingProxyType(
    {
        VenueName.UPBIT: "engine.venues.upbit.adapter",
        VenueName.BINANCE_SPOT: "engine.venues.binance_spot.adapter",
    }
)


class Adapter(Protocol):
    """What the module of an adapter offers; neither function opens a connection."""

    def live_venue(self, settings: Settings, clock: Clock) -> Venue:
        """Return the venue that trades with the owner's keys."""
        ...

    def public_market(self, settings: Settings, clock: Clock) -> PublicMarket:
        """Return its prices, which need no key."""
        ...


def build_live(name: VenueName, settings: Settings, clock: Clock) -> Venue:
    """Return the venue for its mode of the settings: live, or paper on live prices.

    Raises:
        BadConfiguration: this version has no adapter for the venue.
    """
    adapter = _adapter(name)
    if settings.mode(name) is VenueMode.LIVE:
        return adapter.live_venue(settings, clock)
    account = PaperAccount(
        deposits={venue_rules(name).quote: PURSE},
        seed=settings.replay_seed,
        book=_paper_book(name, settings),
    )
    return PaperVenue(name, adapter.public_market(settings, clock), account, clock)


def has_adapter(name: VenueName) -> bool:
    """Return whether this version can trade the venue on live prices."""
    module = _MODULES.get(name)
    if module is None or find_spec(module.rpartition(".")[0]) is None:
        return False
    return find_spec(module) is not None


def _adapter(name: VenueName) -> Adapter:
    if not has_adapter(name):
        key = f"{name.value}_mode".upper()
        raise BadConfiguration([Problem(key, "live prices are not part of this version")])
    return cast(Adapter, import_module(_MODULES[name]))


def _paper_book(name: VenueName, settings: Settings) -> Path:
    """Return the file of a paper account: a replay's account of the same venue is another one."""
    return settings.data_dir / PAPER_BOOKS / f"{name.value}_paper.jsonl"
