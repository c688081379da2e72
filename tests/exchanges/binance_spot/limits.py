"""Request weights and unfilled orders, counted in fixed windows of the clock, with bans.

Source: binance-spot-api-docs, rest-api.md "LIMITS" and faqs/order_count_decrement.md.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.exchanges.binance_spot.errors import ApiError

MINUTE_S = 60
TEN_SECONDS_S = 10
DAY_S = 86_400
FIRST_BAN_S = 120
LONGEST_BAN_S = 3 * DAY_S


@dataclass(slots=True)
class Window:
    """One counter that starts anew with every interval of the clock."""

    length_s: int
    limit: int
    used: int = 0
    _number: int = -1

    def roll(self, now_s: float) -> None:
        """Begin a new count if the interval has changed."""
        number = int(now_s // self.length_s)
        if number != self._number:
            self._number, self.used = number, 0

    def left_s(self, now_s: float) -> int:
        """Return the whole seconds until the interval ends, at least one."""
        return max(1, int(self.length_s - now_s % self.length_s))


@dataclass(slots=True)
class WeightLimit:
    """The weight that an address used, and the ban of one that does not stop."""

    limit: int = 6000
    # So many refusals in a row are forgiven before the address is banned.
    patience: int = 10
    window: Window = field(init=False)
    banned_until_s: float = 0.0
    _refused: int = 0
    _next_ban_s: int = FIRST_BAN_S

    def __post_init__(self) -> None:
        self.window = Window(MINUTE_S, self.limit)

    def charge(self, weight: int, now_s: float) -> None:
        """Count the weight of a request.

        Raises:
            ApiError: -1003 with 429 beyond the limit, with 418 while banned; both say in
                Retry-After for how many seconds.
        """
        self.window.roll(now_s)
        self.window.limit = self.limit
        if now_s < self.banned_until_s:
            raise self._banned(now_s)
        self.window.used += weight
        if self.window.used <= self.limit:
            self._refused = 0
            return
        self._refused += 1
        if self._refused > self.patience:
            self.ban(self._next_ban_s, now_s)
            raise self._banned(now_s)
        raise ApiError(
            -1003,
            f"Too much request weight used; current limit is {self.limit} request weight per "
            "1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.",
            429,
            {"Retry-After": str(self.window.left_s(now_s))},
        )

    def refund(self, weight: int) -> None:
        """Take back the weight of a request that costs nothing when it succeeds."""
        self.window.used = max(0, self.window.used - weight)

    def ban(self, seconds: int, now_s: float) -> None:
        """Shut an address out; each ban is twice as long as the one before, up to three days."""
        self.banned_until_s = now_s + seconds
        self._next_ban_s = min(seconds * 2, LONGEST_BAN_S)
        self._refused = 0

    def _banned(self, now_s: float) -> ApiError:
        until = int(self.banned_until_s * 1000)
        return ApiError(
            -1003,
            f"Way too much request weight used; IP banned until {until}. "
            "Please use WebSocket Streams for live updates to avoid bans.",
            418,
            {"Retry-After": str(max(1, int(self.banned_until_s - now_s)))},
        )


@dataclass(slots=True)
class OrderLimit:
    """Orders of the account that have not traded yet, per ten seconds and per day."""

    per_ten_seconds: int = 100
    per_day: int = 200_000
    short: Window = field(init=False)
    long: Window = field(init=False)

    def __post_init__(self) -> None:
        self.short = Window(TEN_SECONDS_S, self.per_ten_seconds)
        self.long = Window(DAY_S, self.per_day)

    def check(self, orders: int, now_s: float) -> None:
        """Refuse orders beyond a limit.

        Raises:
            ApiError: -1015 with 429 and Retry-After.
        """
        self.roll(now_s)
        for window, limit, words in (
            (self.short, self.per_ten_seconds, "10 SECOND"),
            (self.long, self.per_day, "1 DAY"),
        ):
            window.limit = limit
            if window.used + orders > limit:
                raise ApiError(
                    -1015,
                    f"Too many new orders; current limit is {limit} orders per {words}.",
                    429,
                    {"Retry-After": str(window.left_s(now_s))},
                )

    def placed(self, orders: int, now_s: float) -> None:
        """Count orders that were accepted."""
        self.roll(now_s)
        self.short.used += orders
        self.long.used += orders

    def traded(self, as_maker: bool, now_s: float) -> None:
        """Uncount an order with its first fill; one that waited on the book makes up for five."""
        self.roll(now_s)
        credit = 5 if as_maker else 1
        self.short.used = max(0, self.short.used - credit)
        self.long.used = max(0, self.long.used - credit)

    def roll(self, now_s: float) -> None:
        """Begin new counts where an interval has changed."""
        self.short.roll(now_s)
        self.long.roll(now_s)


def rate_limits(weights: WeightLimit, orders: OrderLimit) -> list[dict[str, Any]]:
    """Return `rateLimits` of exchangeInfo."""
    return [
        _limit("REQUEST_WEIGHT", "MINUTE", 1, weights.limit),
        _limit("ORDERS", "SECOND", 10, orders.per_ten_seconds),
        _limit("ORDERS", "DAY", 1, orders.per_day),
        _limit("RAW_REQUESTS", "MINUTE", 5, 300_000),
    ]


def _limit(kind: str, interval: str, number: int, limit: int) -> dict[str, Any]:
    return {
        "rateLimitType": kind,
        "interval": interval,
        "intervalNum": number,
        "limit": limit,
    }


def order_counts(orders: OrderLimit, now_s: float) -> list[dict[str, Any]]:
    """Return the limits of unfilled orders with what is used of them."""
    orders.roll(now_s)
    return [
        _limit("ORDERS", "SECOND", 10, orders.per_ten_seconds) | {"count": orders.short.used},
        _limit("ORDERS", "DAY", 1, orders.per_day) | {"count": orders.long.used},
    ]


def weight_count(weights: WeightLimit) -> dict[str, Any]:
    """Return the weight limit with what is used of it."""
    limit = _limit("REQUEST_WEIGHT", "MINUTE", 1, weights.limit)
    return limit | {"count": weights.window.used}
