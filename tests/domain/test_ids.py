"""Client ids: the same decision, the same id, in an alphabet that every venue takes."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.ids import client_order_id, is_ours

PARTS = st.lists(st.text(), max_size=6)


@settings(max_examples=100, deadline=None)
@given(PARTS)
def test_any_decision_makes_a_short_plain_id_and_the_same_one_again(parts: list[str]):
    made = client_order_id(*parts)
    assert made == client_order_id(*parts)
    assert re.fullmatch(r"pasu-[0-9a-f]{26}", made)
    assert is_ours(made)


def test_an_id_is_the_same_on_every_machine_and_in_every_version():
    made = client_order_id("breakout", "upbit", "BTC/KRW", "2026-03-02", "0")
    assert made == "pasu-8bf33415564c88a914741fe00a"


def test_each_part_of_a_decision_counts():
    ids = {
        client_order_id("breakout", "BTC/KRW", "2026-03-02", "0"),
        client_order_id("combined", "BTC/KRW", "2026-03-02", "0"),
        client_order_id("breakout", "ETH/KRW", "2026-03-02", "0"),
        client_order_id("breakout", "BTC/KRW", "2026-03-03", "0"),
        client_order_id("breakout", "BTC/KRW", "2026-03-02", "1"),
        client_order_id("BTC/KRW", "breakout", "2026-03-02", "0"),
    }
    assert len(ids) == 6


def test_what_others_sent_is_not_ours():
    assert not is_ours("autoclose-123")
    assert not is_ours("x-pasu-1")
