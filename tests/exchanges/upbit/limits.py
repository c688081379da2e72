"""Upbit's limits: requests per second and group, counted for real, and blocks for who goes on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.exchanges.upbit.errors import Refused

PER_SECOND: Mapping[str, int] = {
    "market": 10,
    "candles": 10,
    "ticker": 10,
    "orderbook": 10,
    "crix-trades": 10,
    "default": 30,
    "order": 12,
    "order-test": 8,
    "websocket-connect": 5,
}
ORIGIN_PERIOD_S = 10.0
# Upbit shows this and says to ignore it.
_DEAD_MINUTE = 1800


@dataclass(slots=True)
class _Group:
    second: int = -1
    used: int = 0
    refused: int = 0
    blocks: int = 0
    blocked_until: float = 0.0


@dataclass(slots=True)
class Limits:
    """Counts requests by group in seconds of a clock.

    More than `patience` refusals without a second of peace between block the group with 418, for
    `block_s` at first and twice as long each time.
    """

    clock: Callable[[], float]
    per_second: Mapping[str, int] = field(default_factory=lambda: PER_SECOND)
    patience: int = 10
    block_s: float = 2.0
    _groups: dict[str, _Group] = field(default_factory=dict)
    _last_with_origin: float = -ORIGIN_PERIOD_S

    def count(self, name: str, *, with_origin: bool = False) -> None:
        """Count a request.

        Raises:
            Refused: 429 beyond the limit, 418 while blocked.
        """
        now, group = self.clock(), self._groups.setdefault(name, _Group())
        if now < group.blocked_until:
            raise _blocked(group.blocked_until - now)
        if int(now) != group.second:
            calm = int(now) > group.second + 1 or group.used <= self.per_second[name]
            group.refused = 0 if calm else group.refused
            group.second, group.used = int(now), 0
        group.used += 1
        if with_origin:
            self._count_origin(now)
        if group.used > self.per_second[name]:
            self._refuse(group, now)

    def remaining(self, name: str) -> str:
        """Return the text of the Remaining-Req header for a group."""
        used = self._groups.get(name, _Group()).used
        left = max(self.per_second[name] - used, 0)
        return f"group={name}; min={_DEAD_MINUTE}; sec={left}"

    def _count_origin(self, now: float) -> None:
        if now - self._last_with_origin < ORIGIN_PERIOD_S:
            raise _too_many()
        self._last_with_origin = now

    def _refuse(self, group: _Group, now: float) -> None:
        group.refused += 1
        if group.refused > self.patience:
            block_s = self.block_s * 2**group.blocks
            group.blocks += 1
            group.refused = 0
            group.blocked_until = now + block_s
            raise _blocked(block_s)
        raise _too_many()


def _too_many() -> Refused:
    return Refused(429, "too_many_requests", "요청 수 제한을 초과했습니다.")


def _blocked(seconds: float) -> Refused:
    return Refused(418, "too_many_requests", f"요청이 {seconds:.0f}초 동안 제한되었습니다.")
