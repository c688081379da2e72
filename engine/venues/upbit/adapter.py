"""Upbit as `engine.venues.live_venues` chooses it."""

from pydantic import SecretStr

from engine.ports.clock import Clock
from engine.ports.venue import Venue
from engine.settings import Settings
from engine.venues.paper import PublicMarket
from engine.venues.upbit.client import UpbitAddresses, UpbitKeys
from engine.venues.upbit.public import PUBLIC_LINES, UpbitMarket
from engine.venues.upbit.venue import LINES, UpbitVenue
from engine.venues.upbit.wire import UpbitWire


def live_venue(settings: Settings, clock: Clock) -> Venue:
    """Return the venue that trades with the owner's keys."""
    keys = UpbitKeys(_text(settings.upbit_access_key), _text(settings.upbit_secret_key))
    return UpbitVenue(UpbitWire(_addresses(settings), keys, LINES, clock))


def public_market(settings: Settings, clock: Clock) -> PublicMarket:
    """Return its prices, which need no key."""
    return UpbitMarket(UpbitWire(_addresses(settings), UpbitKeys(), PUBLIC_LINES, clock))


def _addresses(settings: Settings) -> UpbitAddresses:
    usual = UpbitAddresses()
    rest = settings.upbit_rest_url or usual.rest
    stream = settings.upbit_ws_url or usual.stream
    return UpbitAddresses(rest.rstrip("/"), stream.rstrip("/"))


def _text(secret: SecretStr | None) -> str:
    return "" if secret is None else secret.get_secret_value()
