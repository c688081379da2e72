"""Which day of a venue a moment belongs to, and whether it trades then."""

from datetime import UTC, date, datetime

import pytest

from engine.domain.venue import KST, AroundTheClock, ListedSessions, VenueName

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
KRX = ListedSessions(
    {
        MONDAY: (
            datetime(2026, 3, 2, 9, 0, tzinfo=KST),
            datetime(2026, 3, 2, 15, 30, tzinfo=KST),
        ),
        # The first trading day of a year opens an hour late; any day may.
        TUESDAY: (
            datetime(2026, 3, 3, 10, 0, tzinfo=KST),
            datetime(2026, 3, 3, 15, 30, tzinfo=KST),
        ),
    }
)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-03-02T00:00+00:00", MONDAY),
        ("2026-03-02T23:59:59+00:00", MONDAY),
        ("2026-03-03T08:59:59+09:00", MONDAY),
        ("2026-03-03T09:00+09:00", TUESDAY),
        # Clocks elsewhere go forward and back; the venue's day does not notice.
        ("2026-03-08T01:59:59-05:00", date(2026, 3, 8)),
        ("2026-03-08T03:00-04:00", date(2026, 3, 8)),
        ("2026-10-31T21:00-03:00", date(2026, 11, 1)),
        ("2028-02-29T23:59:59+00:00", date(2028, 2, 29)),
        ("2026-12-31T23:59:59+00:00", date(2026, 12, 31)),
    ],
)
def test_f26_a_crypto_day_turns_at_nine_in_seoul(at: str, day: date):
    assert AroundTheClock().day(datetime.fromisoformat(at)) == day


def test_crypto_never_closes():
    assert AroundTheClock().is_open(datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-03-02T08:59:59+09:00", False),
        ("2026-03-02T09:00:00+09:00", True),
        ("2026-03-02T06:29:59+00:00", True),
        ("2026-03-02T15:30:00+09:00", False),
        ("2026-03-03T09:30:00+09:00", False),
        ("2026-03-03T10:00:00+09:00", True),
        ("2026-03-01T11:00:00+09:00", False),
    ],
)
def test_f26_a_stock_session_holds_its_opening_and_not_its_closing_moment(at: str, is_open: bool):
    assert KRX.is_open(datetime.fromisoformat(at)) is is_open


def test_f26_a_stock_day_is_the_one_in_seoul():
    assert KRX.day(datetime(2026, 3, 2, 15, 0, tzinfo=UTC)) == TUESDAY
    assert KRX.day(datetime(2026, 3, 2, 14, 59, tzinfo=UTC)) == MONDAY


def test_only_stocks_are_no_crypto():
    assert [venue for venue in VenueName if not venue.is_crypto] == [VenueName.STOCK]
