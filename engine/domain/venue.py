"""The four venues, their modes, and the day each of them keeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Protocol

KST = timezone(timedelta(hours=9), "KST")


class VenueName(StrEnum):
    """A place to trade; the value names its state file and its data folder."""

    UPBIT = "upbit"
    BINANCE_SPOT = "binance_spot"
    BINANCE_FUTURES = "binance_futures"
    STOCK = "stock"

    @property
    def is_crypto(self) -> bool:
        """Return whether the venue trades around the clock under the crypto settings."""
        return self is not VenueName.STOCK


class VenueMode(StrEnum):
    """Where a venue's prices and fills come from."""

    OFF = "off"
    REPLAY = "replay"
    PAPER = "paper"
    LIVE = "live"


class Sessions(Protocol):
    """When a venue trades, and which of its days a moment belongs to."""

    def is_open(self, at: datetime) -> bool:
        """Return whether orders can trade at that moment."""
        ...

    def day(self, at: datetime) -> date:
        """Return the venue's trading day that holds the moment."""
        ...


class AroundTheClock:
    """Sessions of a crypto venue: always open, the day turns at 00:00 UTC (09:00 KST)."""

    def is_open(self, at: datetime) -> bool:
        """Return true: crypto does not close."""
        del at
        return True

    def day(self, at: datetime) -> date:
        """Return the UTC date of the moment."""
        return at.date() if at.tzinfo is UTC else at.astimezone(UTC).date()


@dataclass(frozen=True)
class ListedSessions:
    """Sessions of a stock exchange, one opening and closing moment per trading day (KST date)."""

    hours: Mapping[date, tuple[datetime, datetime]]

    def is_open(self, at: datetime) -> bool:
        """Return whether the moment lies inside that day's session, closing moment excluded."""
        session = self.hours.get(self.day(at))
        return session is not None and session[0] <= at < session[1]

    def day(self, at: datetime) -> date:
        """Return the KST date of the moment."""
        return at.astimezone(KST).date()
