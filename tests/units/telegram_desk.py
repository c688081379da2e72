"""Telegram's sendMessage on 127.0.0.1, which also looks at what this machine shows of a secret."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs


@dataclass
class TelegramDesk:
    """Messages that arrived; `refusals` are the states that the next calls get instead."""

    secret: str
    sent: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)
    looked: set[str] = field(default_factory=set)
    refusals: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen."""
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = desk.serve(self.path, body.decode())
                answer = json.dumps({"ok": status == 200}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def serve(self, path: str, body: str) -> int:
        """Take a message and return the HTTP status, while its sender is still running."""
        self.paths.append(path)
        self._look()
        if self.refusals:
            return self.refusals.pop(0)
        self.sent.append({key: values[0] for key, values in parse_qs(body).items()})
        return 200

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def _look(self) -> None:
        """Note the programs that run, and those whose arguments or environment show the secret."""
        for process in Path("/proc").glob("[0-9]*"):
            try:
                said = {what: (process / what).read_bytes() for what in ("cmdline", "environ")}
            except OSError:
                continue
            program = said["cmdline"].split(b"\0")[0].decode()
            self.looked.add(program.rpartition("/")[2])
            self.shown |= {f"{program}: {k}" for k, v in said.items() if self.secret.encode() in v}
