"""The sessions of the Korea Exchange: exchange_calendars, corrected where it is wrong."""

import warnings
from collections.abc import Mapping
from datetime import UTC, date, datetime, time

import exchange_calendars

from engine.domain.venue import KST, ListedSessions

FIRST_SESSION = date(2023, 1, 1)

# Election day and Constitution Day (a holiday again from 2026), which version 4.13.2 trades on.
_CLOSED = frozenset({date(2026, 6, 3), date(2026, 7, 17)})
# On the day of the university entrance examination the exchange opens and closes an hour later.
_LATE = frozenset({date(2023, 11, 16), date(2024, 11, 14), date(2025, 11, 13), date(2026, 11, 19)})


def krx_sessions(first: date = FIRST_SESSION) -> ListedSessions:
    """Return every session from a date to the end of the calendar, about a year ahead.

    Takes about a second: the wiring calls it once.
    """
    with warnings.catch_warnings():
        # Version 4.13.2 calls what pandas 3.1 deprecates; nothing here can change that.
        warnings.simplefilter("ignore")
        calendar = exchange_calendars.get_calendar("XKRX", start=first.isoformat())
    hours: dict[date, tuple[datetime, datetime]] = {}
    schedule = zip(
        calendar.schedule.index, calendar.schedule["open"], calendar.schedule["close"], strict=True
    )
    for label, opens, closes in schedule:
        day = label.date()
        hours[day] = (
            opens.to_pydatetime().astimezone(UTC),
            closes.to_pydatetime().astimezone(UTC),
        )
    return ListedSessions(corrected(hours))


def corrected(
    hours: Mapping[date, tuple[datetime, datetime]],
) -> Mapping[date, tuple[datetime, datetime]]:
    """Return hours without days that were or will be closed, and with late days at their hours."""
    known = {day: span for day, span in hours.items() if day not in _CLOSED}
    for day in _LATE & known.keys():
        known[day] = (
            datetime.combine(day, time(10), KST).astimezone(UTC),
            datetime.combine(day, time(16, 30), KST).astimezone(UTC),
        )
    return known
