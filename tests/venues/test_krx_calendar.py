"""Sessions of the Korea Exchange, where the public calendar is right and where it is not."""

from datetime import UTC, date, datetime

import pytest

from engine.venues.krx_calendar import krx_sessions


@pytest.fixture(scope="module")
def sessions():
    return krx_sessions()


@pytest.mark.parametrize(
    "closed",
    [
        date(2026, 6, 3),
        date(2026, 7, 17),
        date(2025, 1, 1),
        date(2025, 1, 4),
        date(2026, 2, 17),
        date(2025, 12, 31),
    ],
)
def test_holidays_have_no_session(sessions, closed):
    assert closed not in sessions.hours


@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [
        (date(2025, 1, 6), "00:00", "06:30"),
        (date(2025, 1, 2), "01:00", "06:30"),
        (date(2026, 1, 2), "01:00", "06:30"),
        (date(2024, 11, 14), "01:00", "07:30"),
        (date(2025, 11, 13), "01:00", "07:30"),
        (date(2026, 11, 19), "01:00", "07:30"),
    ],
)
def test_days_open_and_close_at_their_hours(sessions, day, opens, closes):
    assert [moment.strftime("%H:%M") for moment in sessions.hours[day]] == [opens, closes]


def test_close_is_not_open_any_more(sessions):
    assert sessions.is_open(datetime(2025, 1, 6, 6, 29, 59, tzinfo=UTC))
    assert not sessions.is_open(datetime(2025, 1, 6, 6, 30, tzinfo=UTC))
