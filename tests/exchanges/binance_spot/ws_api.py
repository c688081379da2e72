"""The WebSocket API: requests over one connection, and the user data stream on it.

Source: binance-spot-api-docs, web-socket-api.md and user-data-stream.md.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.exchanges.binance_spot.amounts import milliseconds
from tests.exchanges.binance_spot.errors import ApiError, missing
from tests.exchanges.binance_spot.limits import order_counts, weight_count
from tests.exchanges.binance_spot.operations import Operation, Security
from tests.exchanges.binance_spot.parameters import Parameters, from_frame
from tests.exchanges.binance_spot.user_events import UserEvents
from tests.exchanges.binance_spot.venue import Venue
from tests.exchanges.streams import Stream, Streams
from tests.exchanges.terms import Event

CHANNEL = "user"
PING_EVERY_S = 20.0
SUBSCRIBE = "userDataStream.subscribe.signature"
UNSUBSCRIBE = "userDataStream.unsubscribe"
LIST = "session.subscriptions"
SUBSCRIPTION_WEIGHT = 2


@dataclass(eq=False, slots=True)
class _Session:
    """One connection: the keys that listen on it, by the number of the subscription."""

    stream: Stream
    address: str
    subscriptions: dict[int, str] = field(default_factory=dict)
    opened: int = 0

    def send(self, kind: str, message: Mapping[str, Any]) -> None:
        self.stream.send(kind, json.dumps(message))


class WsApi:
    """Every connection of the WebSocket API."""

    def __init__(self, venue: Venue, operations: Mapping[str, Operation], streams: Streams) -> None:
        self._venue = venue
        self._operations = operations
        self._streams = streams
        self._sessions: list[_Session] = []
        self._events = UserEvents(venue.notes, venue.find_list)
        venue.exchange.subscribe(self._heard)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection until it ends."""
        ws = web.WebSocketResponse(heartbeat=PING_EVERY_S)
        await ws.prepare(request)
        async with self._streams.connected(request, ws, CHANNEL) as stream:
            session = _Session(stream, request.remote or "")
            self._sessions.append(session)
            try:
                async for message in ws:
                    if message.type is WSMsgType.TEXT:
                        session.send("response", self._answer(session, message.data))
            finally:
                self._sessions.remove(session)
        return ws

    def announce_shutdown(self) -> None:
        """Tell every connection that the server is about to go."""
        event = {"e": "serverShutdown", "E": milliseconds(self._venue.exchange.now())}
        for session in self._sessions:
            session.send("serverShutdown", {"event": event})

    def subscriptions(self) -> int:
        """Return how many user data streams are open."""
        return sum(len(session.subscriptions) for session in self._sessions)

    def _heard(self, event: Event) -> None:
        for payload in self._events.read(event):
            for session in self._sessions:
                for number, key in session.subscriptions.items():
                    if key in self._venue.keyring.keys:
                        session.send(payload["e"], {"subscriptionId": number, "event": payload})

    def _answer(self, session: _Session, text: str) -> dict[str, Any]:
        try:
            request = json.loads(text)
            method = str(request["method"]).removeprefix("v3/")
            params = request.get("params") or {}
            request_id = request.get("id")
        except (ValueError, KeyError, TypeError, AttributeError):
            bad = ApiError(-1135, "Invalid JSON Request")
            return {"id": None, "status": bad.status, "error": bad.body()}
        try:
            body = {"status": 200, "result": self._run(session, method, from_frame(params))}
        except ApiError as e:
            body = {"status": e.status, "error": e.body()}
        return {"id": request_id} | body | {"rateLimits": self._rate_limits(method)}

    def _run(self, session: _Session, method: str, given: Parameters) -> object:
        weights, now_s = self._venue.weights, self._venue.now_s()
        if method in {SUBSCRIBE, UNSUBSCRIBE, LIST}:
            weights.charge(SUBSCRIPTION_WEIGHT, now_s)
            return self._subscription(session, method, given)
        operation = self._operations.get(method)
        if operation is None:
            raise ApiError(-1020, "This operation is not supported.")
        weight = operation.weight(given)
        weights.charge(weight, now_s)
        if operation.security is not Security.NONE:
            self._check(session, given, is_trade=operation.security is Security.TRADE)
        result = operation.answer(given)
        if operation.free_on_success:
            weights.refund(weight)
        return result

    def _subscription(self, session: _Session, method: str, given: Parameters) -> object:
        if method == LIST:
            return [{"subscriptionId": number} for number in session.subscriptions]
        if method == UNSUBSCRIBE:
            return self._unsubscribe(session, given)
        key = self._check(session, given, is_trade=False)
        if session.subscriptions:
            # All keys belong to the one account, and an account listens once on a connection.
            raise ApiError(-2035, "User Data Stream subscription already active.")
        number = session.opened
        session.opened += 1
        session.subscriptions[number] = key
        return {"subscriptionId": number}

    def _unsubscribe(self, session: _Session, given: Parameters) -> object:
        wanted = given.whole("subscriptionId")
        numbers = [one for one in session.subscriptions if wanted in {None, one}]
        if not numbers:
            raise ApiError(-2036, "User Data Stream subscription not active.")
        ended = {"e": "eventStreamTerminated", "E": milliseconds(self._venue.exchange.now())}
        for number in numbers:
            del session.subscriptions[number]
            session.send("eventStreamTerminated", {"subscriptionId": number, "event": ended})
        return {}

    def _check(self, session: _Session, given: Parameters, *, is_trade: bool) -> str:
        if "apiKey" not in given:
            raise missing("apiKey")
        now_ms = self._venue.now_ms()
        name = given.text("apiKey")
        return self._venue.keyring.check(name, given, now_ms, session.address, is_trade).key

    def _rate_limits(self, method: str) -> list[dict[str, Any]]:
        operation = self._operations.get(method)
        counted = operation is not None and operation.counts_orders
        orders = order_counts(self._venue.orders, self._venue.now_s()) if counted else []
        return [*orders, weight_count(self._venue.weights)]
