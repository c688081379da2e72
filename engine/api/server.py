"""Serve the API on its Unix socket, and stop without waiting for anyone."""

import asyncio
import logging
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from engine.api.answers import failure, refusal
from engine.api.application import Commands, LogSource, Queries
from engine.api.once import OnceByKey
from engine.api.reads import ReadRoutes
from engine.api.requests import MAX_BODY_BYTES
from engine.api.unix_socket import open_socket, remove_socket
from engine.api.writes import WriteRoutes
from engine.domain.errors import PasuError
from engine.phrases.refusals import Refusal

_log = logging.getLogger(__name__)
_COMMAND_GRACE_S = 10.0
_CONNECTION_GRACE_S = 1.0


class ApiServer:
    """The HTTP server of the engine; made once, started once, stopped once."""

    def __init__(self, queries: Queries, commands: Commands, logs: LogSource, path: Path) -> None:
        self._path = path
        self._inode: int | None = None
        self._stopping = asyncio.Event()
        self._once = OnceByKey(commands.remembered)
        application = web.Application(middlewares=[self._guard], client_max_size=MAX_BODY_BYTES)
        application.add_routes(ReadRoutes(queries, logs, self._stopping).routes())
        application.add_routes(WriteRoutes(commands, self._once).routes())
        self._runner = web.AppRunner(
            application,
            access_log=None,
            handle_signals=False,
            shutdown_timeout=_CONNECTION_GRACE_S,
        )

    async def start(self) -> None:
        """Begin to listen; the socket has mode 0660 when this returns.

        Raises:
            BadConfiguration: something that is no stale socket of ours lies at the path.
        """
        listener, self._inode = open_socket(self._path)
        try:
            await self._runner.setup()
            await web.SockSite(self._runner, listener).start()
        except BaseException:
            listener.close()
            await self.stop()
            raise
        _log.info("api.listening", extra={"path": str(self._path)})

    async def stop(self) -> None:
        """Answer long polls at once, let commands at work end, and close the socket."""
        self._stopping.set()
        await self._once.drain(_COMMAND_GRACE_S)
        await self._runner.cleanup()
        if self._inode is not None:
            remove_socket(self._path, self._inode)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except PasuError as e:
            return failure(e)
        except web.HTTPException as e:
            return _plain_fault(request, e)
        except ConnectionError:
            raise  # nobody is left to answer
        except Exception:  # noqa: BLE001 - told, logged, and the next request is served
            _log.exception("api.failed", extra={"method": request.method, "path": request.path})
            return refusal("internal", [Refusal.ENGINE_FAILED.say()], 500)


def _plain_fault(request: web.Request, error: web.HTTPException) -> web.Response:
    messages = {
        404: ("unknown_route", f"there is no such route; there are {_routes(request)}"),
        405: ("wrong_method", f"this route takes {error.headers.get('Allow', 'another method')}"),
        413: ("too_large", f"a body may have {MAX_BODY_BYTES} bytes"),
    }
    default = ("bad_request", error.reason or "this request cannot be read")
    code, message = messages.get(error.status, default)
    response = refusal(code, [message], error.status)
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def _routes(request: web.Request) -> str:
    resources = request.app.router.resources()
    return ", ".join(sorted(resource.canonical for resource in resources))
