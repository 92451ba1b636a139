"""A small web server for a folder of this machine: what the sample profile pulls from, over real HTTP."""

from __future__ import annotations

import functools
import hashlib
import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import copyfileobj
from threading import Thread
from typing import Final
from urllib.parse import unquote, urlsplit

LOCALHOST: Final = "127.0.0.1"


@functools.lru_cache(maxsize=256)
def _sha256(path: Path, _modified_ns: int, _bytes: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class _Handler(BaseHTTPRequestHandler):
    """GET and HEAD of plain files; validators in each answer; no listing of folders."""

    protocol_version = "HTTP/1.1"
    server_version = "boomerang-sample"
    timeout = 60

    def __init__(self, *arguments: object, folder: Path) -> None:
        self.folder = folder
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Send a file, or 304 to who has it already."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Send what GET would, without the file."""
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Stay silent: the pull tells what it fetched."""

    def _answer(self, *, with_body: bool) -> None:
        path = self._file()
        if path is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        with path.open("rb") as stream:
            facts = path.stat()
            etag = f'"{_sha256(path, facts.st_mtime_ns, facts.st_size)}"'
            asked = {tag.strip().removeprefix("W/") for tag in self.headers.get("If-None-Match", "").split(",")}
            is_known = bool({etag, "*"} & asked)
            self.send_response(HTTPStatus.NOT_MODIFIED if is_known else HTTPStatus.OK)
            self.send_header("ETag", etag)
            self.send_header("Last-Modified", formatdate(facts.st_mtime, usegmt=True))
            if not is_known:
                self.send_header("Content-Type", mimetypes.guess_type(path.name)[0] or "application/octet-stream")
                self.send_header("Content-Length", str(facts.st_size))
            self.end_headers()
            if with_body and not is_known:
                copyfileobj(stream, self.wfile)

    def _file(self) -> Path | None:
        """The file that is asked for, if it is one and lies in the folder, links followed."""
        try:
            path = (self.folder / unquote(urlsplit(self.path).path).lstrip("/")).resolve()
            return path if path.is_relative_to(self.folder) and path.is_file() else None
        except (OSError, ValueError):  # a name that is too long, a NUL in it
            return None


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve the files of a folder on this machine until the end of the block.

    Args:
        folder: What to serve; files that change are served as they are now.

    Yields:
        The address, e.g. ``http://127.0.0.1:40123``.
    """
    handler = functools.partial(_Handler, folder=folder.resolve())
    with ThreadingHTTPServer((LOCALHOST, 0), handler) as server:
        # A client that went away must not hold up the end.
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://{LOCALHOST}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
