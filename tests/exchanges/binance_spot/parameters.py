"""The parameters of one request, whichever way they came: query, form body or WebSocket frame."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, quote

from tests.exchanges.binance_spot.errors import ApiError, illegal, invalid_data, missing

# Binance reads 20 digits on each side of the point and trades in 8 decimals.
NUMBER = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
CLIENT_ID = r"^[a-zA-Z0-9-_]{1,36}$"
WHOLE = r"^[0-9]{1,20}$"
MOST_DECIMALS = 8


@dataclass(frozen=True, slots=True)
class Parameters:
    """Names and values in the order of sending, with the text that a signature covers."""

    pairs: tuple[tuple[str, str], ...]
    signed_text: str = ""

    def __contains__(self, name: str) -> bool:
        return any(key == name and value for key, value in self.pairs)

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self.pairs))

    def every(self, name: str) -> list[str]:
        """Return every value of a parameter that may be repeated."""
        return [value for key, value in self.pairs if key == name]

    def text(self, name: str, default: str = "") -> str:
        """Return a value, or the default where it was not sent."""
        return next((value for key, value in self.pairs if key == name), "") or default

    def need(self, name: str) -> str:
        """Return a value that must be there.

        Raises:
            ApiError: -1102, it is not.
        """
        value = self.text(name)
        if not value:
            raise missing(name)
        return value

    def whole(self, name: str) -> int | None:
        """Return a whole number, or None where it was not sent.

        Raises:
            ApiError: -1100, it is no number.
        """
        value = self.text(name)
        if value and not re.fullmatch(WHOLE, value):
            raise illegal(name, WHOLE)
        return int(value) if value else None

    def limit(self, default: int, most: int) -> int:
        """Return how many rows are wanted, at most so many.

        Raises:
            ApiError: -1100 or -1130, it is no positive number.
        """
        wanted = self.whole("limit")
        if wanted == 0:
            raise invalid_data("limit")
        return min(wanted or default, most)

    def number(self, name: str) -> Decimal | None:
        """Return an amount or a price, or None where it was not sent.

        Raises:
            ApiError: -1100, not written as a plain number; -1013, zero; -1111, too many decimals.
        """
        value = self.text(name)
        if not value:
            return None
        if not re.fullmatch(NUMBER, value):
            raise illegal(name, NUMBER)
        number = Decimal(value).normalize()
        if not number:
            raise ApiError(-1013, f"Invalid {name}.")
        if -int(number.as_tuple().exponent) > MOST_DECIMALS:
            raise ApiError(-1111, f"Parameter '{name}' has too much precision.")
        return number

    def client_id(self, name: str) -> str:
        """Return an id that the client made up, or an empty text.

        Raises:
            ApiError: -1100, it holds other characters or is too long.
        """
        value = self.text(name)
        if value and not re.fullmatch(CLIENT_ID, value):
            raise illegal(name, CLIENT_ID)
        return value

    def symbols(self) -> list[str] | None:
        """Return the symbols asked for by `symbol` or `symbols`, or None for all.

        Raises:
            ApiError: -1128, both were sent; -1100, the list is no list of names.
        """
        if "symbol" in self and "symbols" in self:
            raise ApiError(-1128, "Combination of optional parameters invalid.")
        if "symbol" in self:
            return [self.text("symbol")]
        if "symbols" not in self:
            return None
        try:
            names = json.loads(self.text("symbols"))
        except ValueError:
            names = None
        if not isinstance(names, list) or not names:
            raise illegal("symbols", r'^\["[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}\]$')
        return [str(name) for name in names]

    def renamed(self, names: Iterable[tuple[str, str]]) -> "Parameters":
        """Return only the named parameters, under other names."""
        wanted = dict(names)
        return Parameters(tuple((wanted[k], v) for k, v in self.pairs if k in wanted))


def from_http(query: str, body: str) -> Parameters:
    """Read query and form body; what stands in both counts as the query says.

    The signature covers the query and the body as sent, joined without a separator.

    Raises:
        ApiError: -1101, a parameter other than `asset` stands twice in the same place.
    """
    in_query, in_body = _pairs(query), _pairs(body)
    for pairs in (in_query, in_body):
        names = [name for name, _ in pairs if name != "asset"]
        if len(names) != len(set(names)):
            raise ApiError(-1101, "Duplicate values for a parameter detected.")
    taken = {name for name, _ in in_query}
    return Parameters(
        (*in_query, *((name, value) for name, value in in_body if name not in taken)),
        _unsigned(query) + _unsigned(body),
    )


def from_frame(params: dict[str, Any]) -> Parameters:
    """Read the params of a WebSocket request: the signature covers them sorted by name."""
    pairs = tuple((name, _as_text(value)) for name, value in params.items())
    covered = sorted((name, value) for name, value in pairs if name != "signature")
    return Parameters(pairs, "&".join(f"{k}={quote(v, safe='-_.~')}" for k, v in covered))


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(parse_qsl(text, keep_blank_values=True))


def _unsigned(text: str) -> str:
    return "&".join(part for part in text.split("&") if not part.startswith("signature="))


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)
