"""A server of files on this machine, which can break off in the middle of one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class FileServer(ThreadingHTTPServer):
    """Files by path; a `broken` server ends each answer halfway and remembers nothing."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.broken = False
        self.sent: list[str] = []
        """Paths of the files whose content was asked for."""

    @property
    def address(self) -> str:
        """Its address without a slash at the end."""
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers like a plain server, with the headers of Hugging Face's hub besides."""

    server: FileServer

    def do_HEAD(self) -> None:
        self._begin()

    def do_GET(self) -> None:
        content = self._begin()
        if content is None:
            return
        self.server.sent.append(self.path)
        self.wfile.write(content[: len(content) // 2] if self.server.broken else content)

    def _begin(self) -> bytes | None:
        content = self.server.files.get(self.path)
        if content is None or (self.server.broken and self.server.sent):
            self.send_error(404 if content is None else 500)
            return None
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", "0123456789" * 4)
        self.end_headers()
        return content

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def serving() -> Iterator[FileServer]:
    """A server that answers until the end of the block."""
    with FileServer() as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()
