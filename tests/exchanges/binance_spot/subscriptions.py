"""What one market data connection listens to, and the requests that change it.

Source: binance-spot-api-docs, web-socket-streams.md "Live Subscribing/Unsubscribing".
"""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.exchanges.streams import Stream

MOST_STREAMS = 1024
METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")


@dataclass(slots=True)
class MessagePace:
    """How many messages a connection may send in a second."""

    per_second: int
    _second: int = 0
    _count: int = 0

    def is_exceeded(self) -> bool:
        """Count one message, and return whether it is one too many."""
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._count = second, 0
        self._count += 1
        return self._count > self.per_second


@dataclass(eq=False, slots=True)
class Listener:
    """One connection with the names of its streams."""

    stream: Stream
    names: dict[str, None] = field(default_factory=dict)
    combined: bool = False

    def send(self, kind: str, name: str, payload: object) -> None:
        """Send a payload, wrapped with the name of its stream where that is on."""
        message = {"stream": name, "data": payload} if self.combined else payload
        self.stream.send(kind, json.dumps(message))

    def obey(self, text: str) -> None:
        """Carry out a request and answer it."""
        self.stream.send("response", json.dumps(self._answer(text)))

    def _answer(self, text: str) -> dict[str, Any]:
        try:
            request = json.loads(text)
        except ValueError:
            return _error(3, "Invalid JSON: expected value at line 1 column 1", None)
        if not isinstance(request, dict) or "method" not in request:
            return _error(2, "Invalid request: missing field `method` at line 1 column 2", None)
        request_id, method = request.get("id"), request["method"]
        if method not in METHODS:
            options = ", ".join(f"`{one}`" for one in METHODS)
            return _error(
                2,
                f"Invalid request: unknown variant {method}, expected one of {options}",
                request_id,
            )
        if not isinstance(request_id, int | str | None):
            return _error(2, "Invalid request: request ID must be an unsigned integer", None)
        return self._carried_out(method, request.get("params") or [], request_id)

    def _carried_out(
        self, method: str, params: list[Any], request_id: int | str | None
    ) -> dict[str, Any]:
        if method == "LIST_SUBSCRIPTIONS":
            return {"result": list(self.names), "id": request_id}
        if method.endswith("_PROPERTY"):
            return self._property(method, params, request_id)
        for name in params:
            if method == "SUBSCRIBE":
                self.names[str(name)] = None
            else:
                self.names.pop(str(name), None)
        if len(self.names) > MOST_STREAMS:
            return _error(2, f"Invalid request: more than {MOST_STREAMS} streams", request_id)
        return {"result": None, "id": request_id}

    def _property(
        self, method: str, params: list[Any], request_id: int | str | None
    ) -> dict[str, Any]:
        if not params or params[0] != "combined":
            return _error(0, "Unknown property", request_id)
        if method == "GET_PROPERTY":
            return {"result": self.combined, "id": request_id}
        if params[1:] not in ([True], [False]):
            return _error(1, "Invalid value type: expected Boolean", request_id)
        self.combined = params[1]
        return {"result": None, "id": request_id}


def names_in(request: web.Request) -> dict[str, None]:
    """Return the streams that the address itself asks for."""
    text = request.query.get("streams") or request.match_info.get("names", "")
    return dict.fromkeys(name for name in text.split("/") if "@" in name)


def _error(code: int, message: str, request_id: object) -> dict[str, Any]:
    return {"code": code, "msg": message, "id": request_id}
