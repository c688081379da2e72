"""The one HTTP session of a live venue: no redirects, no endless bodies, no endless waits."""

import ssl
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp
from yarl import URL

BODY_LIMIT_BYTES = 32 * 1024 * 1024
"""The longest true answer is a venue's list of markets: some 15 MB."""


class BoundedResponse(aiohttp.ClientResponse):
    """A response that is given up once its body passes the limit."""

    async def read(self) -> bytes:
        """Return the body.

        Raises:
            aiohttp.ClientPayloadError: the body is cut short, or longer than any true one.
        """
        if self._body is None:
            self._body = await self._bounded()
        return await super().read()

    async def _bounded(self) -> bytes:
        body = bytearray()
        try:
            async for chunk in self.content.iter_any():
                body += chunk
                if len(body) > BODY_LIMIT_BYTES:
                    message = f"body longer than {BODY_LIMIT_BYTES} bytes"
                    raise aiohttp.ClientPayloadError(message)
        except BaseException:
            self.close()
            raise
        return bytes(body)


class GuardedSession:
    """The part of an aiohttp session that client libraries use, with redirects off.

    A signed request must not follow its answer to another host.
    """

    def __init__(self, session: aiohttp.ClientSession) -> None:
        """Guard an open session and own it from here on."""
        self._session = session

    @property
    def closed(self) -> bool:
        """Return whether the session was closed."""
        return self._session.closed

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers of every request."""
        return self._session.headers

    def get(
        self,
        url: str | URL,
        **kwargs: Any,  # noqa: ANN401 - the arguments of aiohttp
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Ask with GET."""
        return self._session.get(url, allow_redirects=False, **kwargs)

    def post(
        self,
        url: str | URL,
        **kwargs: Any,  # noqa: ANN401 - the arguments of aiohttp
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Send with POST."""
        return self._session.post(url, allow_redirects=False, **kwargs)

    def put(
        self,
        url: str | URL,
        **kwargs: Any,  # noqa: ANN401 - the arguments of aiohttp
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Send with PUT."""
        return self._session.put(url, allow_redirects=False, **kwargs)

    def delete(
        self,
        url: str | URL,
        **kwargs: Any,  # noqa: ANN401 - the arguments of aiohttp
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Send with DELETE."""
        return self._session.delete(url, allow_redirects=False, **kwargs)

    def ws_connect(
        self,
        url: str | URL,
        **kwargs: Any,  # noqa: ANN401 - the arguments of aiohttp
    ) -> AbstractAsyncContextManager[aiohttp.ClientWebSocketResponse]:
        """Open a WebSocket."""
        return self._session.ws_connect(url, **kwargs)

    async def close(self) -> None:
        """Close the session and its connections."""
        await self._session.close()


def open_session(
    cafile: str | None,
    timeout_s: float,
    headers: Mapping[str, str] | None = None,
    traces: Sequence[aiohttp.TraceConfig] = (),
) -> GuardedSession:
    """Return a session that checks certificates against `cafile`, by default the system's.

    `timeout_s` bounds a whole request, from connecting to the last byte; `traces` see each of them.
    """
    context = ssl.create_default_context(cafile=cafile)
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=context),
        response_class=BoundedResponse,
        timeout=aiohttp.ClientTimeout(total=timeout_s),
        headers=headers,
        trace_configs=list(traces),
    )
    return GuardedSession(session)
