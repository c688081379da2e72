"""Upbit's authentication: a JWT with a nonce never seen before and the hash of the parameters."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, unquote_plus, urlencode

from aiohttp import web

from tests.exchanges.upbit.errors import Refused

_DIGESTS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}
)


class Keys:
    """The one API key of the account, and the nonces it has used."""

    def __init__(self, access_key: str, secret_key: str) -> None:
        self.access_key = access_key
        self.secret_key = secret_key
        self._nonces: set[str] = set()

    async def check(self, request: web.Request) -> None:
        """Check token, nonce and query hash of a request.

        Raises:
            Refused: 401 with Upbit's name for what is wrong.
        """
        claims = self._claims(request.headers.get("Authorization", ""))
        hashed = await signed_forms(request)
        if hashed and claims.get("query_hash") not in {_sha512(text) for text in hashed}:
            raise Refused(401, "invalid_query_payload", "Jwt의 query를 검증하는데 실패하였습니다.")
        nonce = str(claims.get("nonce", ""))
        if not nonce or nonce in self._nonces:
            raise Refused(401, "nonce_used", "이미 요청한 nonce값이 다시 사용되었습니다.")
        self._nonces.add(nonce)

    def _claims(self, header: str) -> dict[str, Any]:
        token = header.removeprefix("Bearer ").strip()
        try:
            head, body, signature = token.split(".")
            digest = _DIGESTS[_decoded(head)["alg"]]
            claims = _decoded(body)
            signed = _bytes(signature)
        except (ValueError, KeyError, TypeError, binascii.Error) as e:
            raise _bad_token() from e
        if claims.get("access_key") != self.access_key:
            raise Refused(401, "invalid_access_key", "잘못된 엑세스 키입니다.")
        expected = hmac.digest(self.secret_key.encode(), f"{head}.{body}".encode(), digest)
        if not hmac.compare_digest(expected, signed):
            raise _bad_token()
        return claims


async def signed_forms(request: web.Request) -> set[str]:
    """Return the texts whose hash Upbit accepts for a request; none without parameters.

    The rule is the query string before percent-encoding; the encoded form is accepted too, as
    clients that send only plain characters cannot tell them apart.
    """
    raw = request.raw_path.partition("?")[2]
    raw = raw or _as_query(await request.text())
    return {raw, unquote(raw), unquote_plus(raw)} if raw else set()


def _as_query(body: str) -> str:
    if not body.lstrip().startswith("{"):
        return body
    try:
        values = json.loads(body)
    except ValueError:
        return body
    pairs: list[tuple[str, object]] = []
    for key, value in values.items():
        many = value if isinstance(value, list) else [value]
        name = f"{key}[]" if isinstance(value, list) else key
        pairs += [(name, one) for one in many]
    return urlencode(pairs)


def _sha512(text: str) -> str:
    return hashlib.sha512(text.encode()).hexdigest()


def _decoded(part: str) -> dict[str, Any]:
    found = json.loads(_bytes(part))
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return found


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _bad_token() -> Refused:
    return Refused(401, "jwt_verification", "Jwt 토큰 검증에 실패했습니다.")
