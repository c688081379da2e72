"""What the owner reads of a venue that was lost, and of a clock that is off."""

from zoneinfo import ZoneInfo

import pytest

from bot.markup import plain
from bot.texts.words import Language
from bot.views.pushes import event_lines
from bot.voice import Voice
from tests.chat import samples

KO = Voice(Language.KO, ZoneInfo("Asia/Seoul"))
EN = Voice(Language.EN, ZoneInfo("Asia/Seoul"))


def read(voice: Voice, kind: str, **facts: object) -> str:
    """Return a push as it is read."""
    event = samples.event(1, kind, "warning", venue="upbit", **facts)
    return "\n".join(plain(line) for line in event_lines(voice, event, None))


@pytest.mark.parametrize(
    ("voice", "words"), [(KO, "3.2초 빠릅니다"), (EN, "3.2 s ahead of Upbit's")], ids=["ko", "en"]
)
def test_clock_that_is_ahead_says_by_how_much_and_how_to_set_it(voice: Voice, words: str):
    said = read(voice, "ClockFoundOff", ahead_s=3.24, bars_orders=False)
    assert words in said
    assert "timedatectl set-ntp true" in said
    assert "주문" not in said
    assert "order" not in said


@pytest.mark.parametrize(
    ("voice", "words", "stopped"),
    [(KO, "6.0초 느립니다", "주문을 보내지 않습니다"), (EN, "6.0 s behind", "No order is sent")],
    ids=["ko", "en"],
)
def test_clock_that_stops_orders_says_so(voice: Voice, words: str, stopped: str):
    said = read(voice, "ClockFoundOff", ahead_s=-6.0, bars_orders=True)
    assert words in said
    assert stopped in said


@pytest.mark.parametrize(
    ("voice", "words"), [(KO, "다시 맞습니다"), (EN, "agrees with Upbit's again")]
)
def test_clock_that_is_right_again_is_said(voice: Voice, words: str):
    assert words in read(voice, "ClockFoundRight")


@pytest.mark.parametrize(
    ("voice", "once", "often"),
    [
        (KO, "복구 (10m 00s 만에)", "복구 (10m 00s 동안 7번 끊김)"),
        (EN, "is back (after 10m 00s)", "is back (lost 7 times in 10m 00s)"),
    ],
    ids=["ko", "en"],
)
def test_venue_that_is_back_says_how_often_it_was_lost(voice: Voice, once: str, often: str):
    assert once in read(voice, "VenueFound", down_s=600.0)
    assert once in read(voice, "VenueFound", down_s=600.0, times=1)
    assert often in read(voice, "VenueFound", down_s=600.0, times=7)
