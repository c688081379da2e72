"""Binance spot for the engine: built from its settings, for real or as prices for paper."""

import random

from engine.ports.clock import Clock
from engine.ports.venue import SurfaceName, Venue
from engine.settings import Settings
from engine.venues.binance_spot.clients import Key
from engine.venues.binance_spot.endpoints import Endpoints, endpoints
from engine.venues.binance_spot.market import SpotMarket
from engine.venues.binance_spot.venue import SpotVenue
from engine.venues.binance_spot.wire import Access, Wire
from engine.venues.paper import PublicMarket


def live_venue(settings: Settings, clock: Clock) -> Venue:
    """Return the venue that trades with the owner's keys; nothing is opened yet."""
    secrets = (settings.binance_api_key, settings.binance_api_secret)
    key, secret = ("" if one is None else one.get_secret_value() for one in secrets)
    return SpotVenue(Access(_at(settings), Key(key, secret), clock, random.SystemRandom().random))


def public_market(settings: Settings, clock: Clock) -> PublicMarket:
    """Return its prices, which need no key; nothing is opened yet."""
    access = Access(_at(settings), Key(), clock, random.SystemRandom().random)
    return SpotMarket(Wire(access, (SurfaceName.PRICES, SurfaceName.REST)))


def _at(settings: Settings) -> Endpoints:
    return endpoints(
        settings.binance_spot_rest_url,
        settings.binance_spot_ws_url,
        settings.binance_spot_ws_api_url,
    )
