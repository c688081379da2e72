"""A bare signed client of the Upbit server, for tests that look at raw answers."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode
from uuid import uuid4

from aiohttp import ClientSession, ClientWebSocketResponse

from tests.exchanges.upbit.server import ACCESS_KEY, SECRET_KEY


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back; `body` is parsed JSON, or text where it is none."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def error(self) -> str | int | None:
        """Return the name of the error, if it is one."""
        found = self.body.get("error") if isinstance(self.body, dict) else None
        return found["name"] if found else None


@dataclass(slots=True)
class UpbitClient:
    """Signs every request; `claims` are put into each token on top of the usual ones."""

    session: ClientSession
    url: str
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY
    claims: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **params: str) -> Answered:
        """Ask with a query."""
        return await self._ask("GET", path, params)

    async def delete(self, path: str, **params: str) -> Answered:
        """Delete with a query."""
        return await self._ask("DELETE", path, params)

    async def post(self, path: str, **params: str) -> Answered:
        """Post JSON."""
        headers = {"Authorization": self.token(unquote(urlencode(params)))}
        async with self.session.post(f"{self.url}{path}", json=params, headers=headers) as answer:
            return Answered(answer.status, _parsed(await answer.text()), answer.headers)

    async def order(self, **params: str) -> Answered:
        """Post an order: by default a limit buy of 0.0001 BTC at 90,000,000 KRW."""
        usual = {"market": "KRW-BTC", "side": "bid", "ord_type": "limit"}
        sizes = {"price": "90000000", "volume": "0.0001"} if "ord_type" not in params else {}
        return await self.post("/v1/orders", **(usual | sizes | params))

    def socket(self, path: str = "") -> AbstractAsyncContextManager[ClientWebSocketResponse]:
        """Open a WebSocket; "/private" signs in."""
        headers = {"Authorization": self.token("")} if path else {}
        return self.session.ws_connect(f"{self.url}/websocket/v1{path}", headers=headers)

    def token(self, query: str) -> str:
        """Return the Authorization header for a query before percent-encoding."""
        claims = {"access_key": self.access_key, "nonce": str(uuid4())}
        if query:
            claims["query_hash"] = hashlib.sha512(query.encode()).hexdigest()
            claims["query_hash_alg"] = "SHA512"
        parts = [{"alg": "HS256", "typ": "JWT"}, claims | self.claims]
        text = ".".join(_encoded(json.dumps(part).encode()) for part in parts)
        signature = hmac.digest(self.secret_key.encode(), text.encode(), "sha256")
        return f"Bearer {text}.{_encoded(signature)}"

    async def _ask(self, method: str, path: str, params: dict[str, str]) -> Answered:
        query = urlencode(params)
        headers = {"Authorization": self.token(unquote(query))}
        url = f"{self.url}{path}?{query}" if query else f"{self.url}{path}"
        async with self.session.request(method, url, headers=headers) as answer:
            return Answered(answer.status, _parsed(await answer.text()), answer.headers)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
