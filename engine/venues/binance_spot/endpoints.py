"""Where Binance spot is, and every client pointed there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Addresses without a trailing slash: REST by scheme and host, streams with their path."""

    rest: str = "https://api.binance.com"
    streams: str = "wss://stream.binance.com:9443/ws"
    ws_api: str = "wss://ws-api.binance.com:443/ws-api/v3"


def endpoints(rest: str | None, streams: str | None, ws_api: str | None) -> Endpoints:
    """Return the venue's own addresses, with those replaced that are given.

    An address of a stream without a path gets the one it has at Binance.
    """
    usual = Endpoints()
    return Endpoints(
        rest=rest or usual.rest,
        streams=usual.streams if streams is None else _with_path(streams, "/ws"),
        ws_api=usual.ws_api if ws_api is None else _with_path(ws_api, "/ws-api/v3"),
    )


def redirected(urls: Any, rest: str) -> Any:  # noqa: ANN401 - a tree of addresses
    """Return a tree of addresses with scheme and host of every HTTP one replaced.

    ccxt keeps some forty of them, and each could lead a signed request to another host.
    """
    if isinstance(urls, Mapping):
        return {key: redirected(value, rest) for key, value in urls.items()}
    return re.sub(r"^https?://[^/]+", rest, urls) if isinstance(urls, str) else urls


def _with_path(address: str, path: str) -> str:
    return address if urlsplit(address).path.strip("/") else address.rstrip("/") + path
