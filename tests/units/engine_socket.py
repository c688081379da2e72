"""Ask the engine of a host, as `curl --unix-socket` does."""

import json
import socket
import uuid
from typing import Any

from tests.units.host import Host


def ask(host: Host, route: str, body: dict[str, object] | None = None) -> Any:
    """Return the answer to a GET, or with a body to a POST."""
    method, content = ("GET", "") if body is None else ("POST", json.dumps(body))
    head = (
        f"{method} /v1/{route} HTTP/1.0\r\nHost: engine\r\nIdempotency-Key: {uuid.uuid4().hex}\r\n"
    )
    length = f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(10)
        link.connect(str(host.socket))
        link.sendall(f"{head}{length}{content}".encode())
        answer = b"".join(iter(lambda: link.recv(65_536), b""))
    return json.loads(answer.partition(b"\r\n\r\n")[2])
