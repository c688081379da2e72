"""Take every known secret out of a text, by value, in each form it may have been given."""

import base64
import json
import re
from collections.abc import Collection, Iterator
from urllib.parse import quote, quote_plus

MASK = "***"
# Shorter pieces would blank out ordinary words; settings refuse keys that short.
_MIN_CHARS = 6


class Redactor:
    """Replaces secrets in texts; knows them plain, quoted for URLs and JSON, and in base64."""

    def __init__(self, secrets: Collection[str]) -> None:
        forms = {form for secret in secrets for form in _forms(secret) if len(form) >= _MIN_CHARS}
        longest_first = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def __call__(self, text: str) -> str:
        """Return the text with every secret replaced."""
        return text if self._pattern is None else self._pattern.sub(MASK, text)


def _forms(secret: str) -> Iterator[str]:
    if len(secret) < _MIN_CHARS:
        return
    yield secret
    yield quote(secret, safe="")
    yield quote(secret)
    yield quote_plus(secret)
    yield quote(secret, safe="").replace("%", "%25")
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]
    data = secret.encode()
    yield data.hex()
    yield data.hex().upper()
    for alphabet in (b"+/", b"-_"):
        yield from _base64_forms(data, alphabet)


def _base64_forms(data: bytes, alphabet: bytes) -> Iterator[str]:
    """Give the stretch of base64 that the data make at each of the three places they can begin."""
    yield base64.b64encode(data, alphabet).decode().rstrip("=")
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + data, alphabet).decode()
        # Characters that hold a bit of a neighbour differ from text to text: leave them out.
        start = (before * 8 + 5) // 6
        end = (before + len(data)) * 8 // 6
        yield encoded[start:end]
