"""Gives pyupbit what it lacks: another address, a timeout, and a look at what was answered.

pyupbit names its address in every call, waits for ever, and swallows every error into None. It
reaches the network through one name in one module; that name is replaced here, the library itself
is left as it is.
"""

from dataclasses import dataclass
from typing import Any

import pyupbit
import pyupbit.request_api

OFFICIAL = "https://api.upbit.com"
_OK = 200
_REQUESTS = pyupbit.request_api.requests


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What the venue sent, or why nothing came: `status` is then 0 and `text` says what failed."""

    status: int
    text: str
    headers: dict[str, str]


class QuotationShim:
    """Stands where pyupbit looks for requests, for its public questions alone.

    One question at a time: `last` is the answer to the one before.
    """

    def __init__(self, address: str, timeout_s: float) -> None:
        """Send everything to the address, such as https://api.upbit.com."""
        self._address = address.rstrip("/")
        self._timeout_s = timeout_s
        self._session = _REQUESTS.Session()
        self.last: HttpAnswer | None = None

    def install(self) -> None:
        """Put this in the place of requests."""
        pyupbit.request_api.requests = self

    def remove(self) -> None:
        """Put requests back and close the connections."""
        pyupbit.request_api.requests = _REQUESTS
        self._session.close()

    @property
    def is_empty(self) -> bool:
        """Return whether the last answer was an empty list, which pyupbit makes None of too."""
        last = self.last
        return last is not None and last.status == _OK and last.text.strip() == "[]"

    def forget(self) -> None:
        """Forget the answer before."""
        self.last = None

    def get(self, url: str, **more: Any) -> Any:  # noqa: ANN401 - the library's own types
        """Send one question as the library would, and remember the answer."""
        self.forget()
        try:
            answer = self._session.get(
                url.replace(OFFICIAL, self._address), timeout=self._timeout_s, **more
            )
        except _REQUESTS.RequestException as e:
            self.last = HttpAnswer(0, f"{type(e).__name__}: {e}", {})
            raise
        self.last = HttpAnswer(answer.status_code, answer.text, dict(answer.headers))
        return answer
