"""Ask the engine over its Unix socket, with nothing but the standard library."""

import http.client
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from engine.contract import ACTOR_HEADER, IDEMPOTENCY_HEADER, ApiError, DecodeError, decode
from engine.settings.env_file import read

# What the systemd units set; tried when nothing names a socket and none lies in the data folder.
SERVICE_SOCKET = Path("/run/pasu/engine.sock")
_SAID_KEYS = ("SOCKET_PATH", "DATA_DIR", "LANGUAGE")


class Unreachable(Exception):
    """Raised when no engine answers on the socket."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the engine said: the parsed body, or the error it refused with."""

    body: Any
    error: ApiError | None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the engine's socket should be, and which language its owner reads."""

    socket_path: Path
    language: str


def find_engine(environ: Mapping[str, str], service: Path = SERVICE_SOCKET) -> Whereabouts:
    """Return what environment and .env say; a .env that cannot be read is no hindrance."""
    said = {**_said_by_file(environ), **{k: environ[k] for k in _SAID_KEYS if environ.get(k)}}
    language = "en" if said.get("LANGUAGE", "").lower() == "en" else "ko"
    if "SOCKET_PATH" in said:
        return Whereabouts(Path(said["SOCKET_PATH"]), language)
    path = Path(said.get("DATA_DIR", "data")) / "engine.sock"
    is_service = "DATA_DIR" not in said and not path.exists() and service.exists()
    return Whereabouts(service if is_service else path, language)


class EngineClient:
    """One request at a time to the engine behind a socket."""

    def __init__(self, path: Path, who: str, timeout_s: float) -> None:
        self._path = path
        self._who = who
        self._timeout_s = timeout_s

    def get(self, route: str) -> Answer:
        """Return the answer to GET /v1/`route`.

        Raises:
            Unreachable: nobody answers, or not in time, or not in JSON.
        """
        return self._ask("GET", route, None, {})

    def post(self, route: str, body: Mapping[str, object], key: str) -> Answer:
        """Return the answer to POST /v1/`route`, done once for the idempotency key.

        Raises:
            Unreachable: nobody answers, or not in time, or not in JSON.
        """
        headers = {IDEMPOTENCY_HEADER: key, ACTOR_HEADER: quote(self._who)}
        return self._ask("POST", route, json.dumps(body), headers)

    def _ask(self, method: str, route: str, body: str | None, headers: Mapping[str, str]) -> Answer:
        connection = _UnixConnection(self._path, self._timeout_s)
        try:
            connection.request(method, f"/v1/{route}", body, dict(headers))
            response = connection.getresponse()
            parsed = json.loads(response.read())
            if response.status < http.client.BAD_REQUEST:
                return Answer(parsed, None)
            return Answer(None, decode(ApiError, parsed["error"]))
        except TimeoutError as e:
            why = f"no answer within {self._timeout_s:g} s; a command may still be carried out"
            raise Unreachable(why) from e
        except (OSError, http.client.HTTPException) as e:
            raise Unreachable(str(e)) from e
        except (ValueError, KeyError, TypeError, DecodeError) as e:
            raise Unreachable("what answers there is not the engine of this version") from e
        finally:
            connection.close()


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("engine", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _said_by_file(environ: Mapping[str, str]) -> dict[str, str]:
    path = Path(environ.get("ENV_FILE") or ".env")
    try:
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return {}
    return {
        line.key: line.value for line in read(text).lines if line.key in _SAID_KEYS and line.value
    }
