"""The seam to the adapters: what the settings allow is what can be built, without a connection."""

import asyncio
from pathlib import Path

import pytest

from engine.clock import SystemClock
from engine.domain.errors import BadConfiguration
from engine.domain.venue import VenueMode, VenueName
from engine.settings import EVERY_MODE, SUPPORTED, Settings, parse
from engine.venues.live_venues import build_live, has_adapter

KEYS = """
UPBIT_ACCESS_KEY=a-key-for-a-test
UPBIT_SECRET_KEY=a-secret-for-a-test-that-is-long-enough
BINANCE_API_KEY=a-key-for-a-test
BINANCE_API_SECRET=a-secret-for-a-test
KIS_APP_KEY=a-key-for-a-test
KIS_APP_SECRET=a-secret-for-a-test
KIS_ACCOUNT_NO=12345678-01
"""


def settings(venue: VenueName, mode: VenueMode, folder: Path) -> Settings:
    text = f"{venue.value.upper()}_MODE={mode.value}\nDATA_DIR={folder}{KEYS}"
    return parse({}, text, {}, EVERY_MODE)


def test_the_settings_allow_exactly_what_can_be_built():
    for venue in VenueName:
        live = {VenueMode.PAPER, VenueMode.LIVE} & SUPPORTED[venue]
        assert live == ({VenueMode.PAPER, VenueMode.LIVE} if has_adapter(venue) else set())


@pytest.mark.parametrize("venue", [venue for venue in VenueName if has_adapter(venue)])
@pytest.mark.parametrize("mode", [VenueMode.PAPER, VenueMode.LIVE])
async def test_a_venue_is_built_for_its_mode_and_for_no_other(
    venue: VenueName, mode: VenueMode, tmp_path: Path
):
    built = build_live(venue, settings(venue, mode, tmp_path), SystemClock())
    try:
        assert (built.profile.name, built.profile.mode) == (venue, mode)
    finally:
        await built.close()
        await asyncio.sleep(0)


@pytest.mark.parametrize("venue", [venue for venue in VenueName if not has_adapter(venue)])
def test_a_venue_without_an_adapter_is_bad_configuration(venue: VenueName, tmp_path: Path):
    with pytest.raises(BadConfiguration, match="not part of this version"):
        build_live(venue, settings(venue, VenueMode.LIVE, tmp_path), SystemClock())
