"""Every phrase of the engine with figures such as it has."""

import string
from collections.abc import Mapping
from types import MappingProxyType

from engine.phrases.faults import Fault
from engine.phrases.incidents import Incident
from engine.phrases.phrase import Phrase

FIGURES: Mapping[str, str] = MappingProxyType(
    {
        "after": "running",
        "before": "paused",
        "choices": "off, replay",
        "detail": "CRYPTO_K_VALUE, CRYPTO_STOP_LOSS_PERCENT",
        "encrypted": "https",
        "error": "Permission denied",
        "key": "CRYPTO_K_VALUE",
        "known": "scalping, mid_term",
        "line": "orders",
        "market": "crypto",
        "mode": "paper",
        "mode_key": "UPBIT_MODE",
        "objective": "win_rate",
        "obstacle": "by_hand",
        "place": "environment",
        "plain": "http",
        "preset": "mid_term",
        "quantity": "0.0132",
        "reason": "stop_loss",
        "refusal": "insufficient_funds_bid: 주문가능한 금액이 부족합니다.",
        "scheme": "https",
        "side": "sell",
        "state": "down",
        "status": "refused",
        "strategy": "breakout",
        "symbol": "BTC/KRW",
        "venue": "binance_spot",
        "what": Fault.WRITE_NUMBER.say(),
        "why": "cause.venue_down",
    }
)


def said(phrase: Phrase) -> str:
    """Return the phrase as the engine would say it."""
    names = {name for _, name, _, _ in string.Formatter().parse(phrase.value) if name}
    inner = {"what": Incident.FILE_MISSING.say(file="upbit_portfolio.json")}
    own = inner if isinstance(phrase, Incident) else {}
    return phrase.say(**{name: own.get(name) or FIGURES.get(name, "7") for name in sorted(names)})
