"""A small web server for a folder of this machine: what the sample profile pulls from, over real HTTP.

Where the folder holds WarSpotting's losses, it also speaks that API (:mod:`boomerang.synthetic.warspotting_site`).
"""

from __future__ import annotations

import functools
import hashlib
import mimetypes
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import copyfileobj
from threading import Thread
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

LOCALHOST: Final = "127.0.0.1"


@dataclass(frozen=True)
class SiteAnswer:
    """What a site says: status, headers, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Site(Protocol):
    """Something that answers for the paths below a prefix."""

    def answer(self, path: str, headers: Mapping[str, str]) -> SiteAnswer:
        """What it says to a GET of a path (with its query, if it has one)."""
        ...


@functools.lru_cache(maxsize=256)
def _sha256(path: Path, _modified_ns: int, _bytes: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class _Handler(BaseHTTPRequestHandler):
    """GET and HEAD of plain files; validators in each answer; no listing of folders."""

    protocol_version = "HTTP/1.1"
    server_version = "boomerang-sample"
    timeout = 60
    # Header and body go out at once: else each answer on an open connection waits for the client's acknowledgement.
    disable_nagle_algorithm = True

    def __init__(self, *arguments: object, folder: Path, sites: Mapping[str, Site]) -> None:
        self.folder = folder
        self.sites = sites
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
        url_path = urlsplit(self.path).path
        for prefix, site in self.sites.items():
            if url_path.startswith(prefix):
                self._pass_on(site.answer(self.path, dict(self.headers)), with_body=with_body)
                return
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

    def _pass_on(self, answer: SiteAnswer, *, with_body: bool) -> None:
        self.send_response(answer.status, "" if answer.status == 520 else None)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if with_body:
            self.wfile.write(answer.body)

    def _file(self) -> Path | None:
        """The file that is asked for, if it is one and lies in the folder, links followed."""
        asked = urlsplit(self.path)
        name = unquote(asked.path).lstrip("/")
        try:
            # An answer that depends on the query lies under a name that holds it, as it was sent.
            for candidate in dict.fromkeys((f"{name}?{asked.query}" if asked.query else name, name)):
                path = (self.folder / candidate).resolve()
                if path.is_relative_to(self.folder) and path.is_file():
                    return path
            return None
        except (OSError, ValueError):  # a name that is too long, a NUL in it
            return None


@contextmanager
def serve(folder: Path, sites: Mapping[str, Site] | None = None) -> Iterator[str]:
    """Serve the files of a folder on this machine until the end of the block.

    Args:
        folder: What to serve; files that change are served as they are now.
        sites: What answers for paths that begin so, instead of files; default: the APIs of WarSpotting and UN Comtrade,
            where the folder holds what they show.

    Yields:
        The address, e.g. ``http://127.0.0.1:40123``.
    """
    from boomerang.synthetic import comtrade_answers, warspotting_site  # noqa: PLC0415 - they need this module

    if sites is None:
        found = {module.ROOT: module.site_of(folder) for module in (warspotting_site, comtrade_answers)}
        sites = {root: site for root, site in found.items() if site is not None}
    handler = functools.partial(_Handler, folder=folder.resolve(), sites=sites)
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
