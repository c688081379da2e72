"""API keys, what each may do, and the check of a signed request.

Source: binance-spot-api-docs, rest-api.md "Request Security" and "Timing security".
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from decimal import Decimal

from tests.exchanges.binance_spot.errors import ApiError, bad_key, illegal, missing
from tests.exchanges.binance_spot.parameters import Parameters

AHEAD_MS = 1000
RECV_WINDOW_MS = Decimal(5000)
MOST_RECV_WINDOW_MS = Decimal(60_000)
WINDOW = r"^([0-9]{1,20})(\.[0-9]{1,3})?$"
# A time after the year 33658 in milliseconds is one of our days in microseconds.
FIRST_MICROSECOND = 10**15


@dataclass(slots=True)
class ApiKey:
    """One key of the account: its secret, and its permissions, to be changed at any time."""

    key: str
    secret: str
    can_read: bool = True
    can_trade: bool = True
    can_withdraw: bool = False
    can_use_futures: bool = False
    can_use_margin: bool = False
    can_transfer: bool = False
    # Empty: from anywhere.
    allowed_addresses: frozenset[str] = frozenset()
    created_ms: int = 1_698_645_219_000

    def restrictions(self) -> dict[str, bool | int]:
        """Return the body of GET /sapi/v1/account/apiRestrictions."""
        return {
            "ipRestrict": bool(self.allowed_addresses),
            "createTime": self.created_ms,
            "enableReading": self.can_read,
            "enableSpotAndMarginTrading": self.can_trade,
            "enableWithdrawals": self.can_withdraw,
            "enableInternalTransfer": self.can_transfer,
            "enableMargin": self.can_use_margin,
            "enableFutures": self.can_use_futures,
            "permitsUniversalTransfer": self.can_transfer,
            "enableVanillaOptions": False,
            "enableFixApiTrade": False,
            "enableFixReadOnly": False,
            "enablePortfolioMarginTrading": False,
        }


@dataclass(slots=True)
class Keyring:
    """The keys of the account, known by their public half."""

    keys: dict[str, ApiKey] = field(default_factory=dict)

    def add(self, key: ApiKey) -> None:
        """Issue a key."""
        self.keys[key.key] = key

    def revoke(self, key: str) -> None:
        """Delete a key: from now on it is answered -2015."""
        self.keys.pop(key, None)

    def check(
        self, name: str, given: Parameters, now_ms: int, address: str, is_trade: bool
    ) -> ApiKey:
        """Return the key behind a signed request.

        Raises:
            ApiError: -2014 or -2015 for the key, -1102 for what is missing, -1021 for the time,
                -1131 for the window, -1022 for the signature.
        """
        if not name:
            raise ApiError(-2014, "API-key format invalid.", 401)
        signature = given.need("signature")
        check_time(given, now_ms)
        key = self.keys.get(name)
        if key is None or not _may(key, address, is_trade):
            raise bad_key()
        expected = hmac.new(key.secret.encode(), given.signed_text.encode(), hashlib.sha256)
        # A signature by HMAC is compared regardless of case.
        if not hmac.compare_digest(expected.hexdigest(), signature.lower()):
            raise ApiError(-1022, "Signature for this request is not valid.")
        return key


def check_time(given: Parameters, now_ms: int) -> None:
    """Refuse a request that was made too long ago or comes from the future.

    Raises:
        ApiError: -1102, -1100 or -1131 for the parameters, -1021 for the moment.
    """
    stamp = given.whole("timestamp")
    if stamp is None:
        raise missing("timestamp")
    if stamp >= FIRST_MICROSECOND:
        stamp //= 1000
    window = _window(given)
    if stamp >= now_ms + AHEAD_MS:
        raise ApiError(
            -1021,
            f"Timestamp for this request was {AHEAD_MS}ms ahead of the server's time.",
        )
    if now_ms - stamp > window:
        raise ApiError(-1021, "Timestamp for this request is outside of the recvWindow.")


def _window(given: Parameters) -> Decimal:
    text = given.text("recvWindow", str(RECV_WINDOW_MS))
    if not re.fullmatch(WINDOW, text):
        raise illegal("recvWindow", WINDOW)
    if Decimal(text) > MOST_RECV_WINDOW_MS:
        raise ApiError(-1131, "recvWindow must be less than 60000.")
    return Decimal(text)


def _may(key: ApiKey, address: str, is_trade: bool) -> bool:
    from_here = not key.allowed_addresses or address in key.allowed_addresses
    return from_here and (key.can_trade if is_trade else key.can_read)
