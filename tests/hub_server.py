"""A small server on 127.0.0.1 that answers as the Hugging Face Hub does, for its real client.

Paths, headers and errors are those seen with huggingface_hub 2.4.0. It can break off, flip a byte,
close a repository, and counts what it was asked.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

LFS = (".safetensors", ".onnx", ".npy", ".aivm", ".aivmx", ".pth", ".bin", ".zip", ".model")


@dataclass
class Repository:
    """One commit of a repository."""

    files: dict[str, bytes]
    licence: str | None = "cc-by-4.0"
    gated: bool = False
    revisions: tuple[str, ...] = ("main",)
    claimed: dict[str, int] = field(default_factory=dict)  # sizes that the listing lies about

    @property
    def commit(self) -> str:
        digest = hashlib.sha1(usedforsecurity=False)
        for path, data in sorted(self.files.items()):
            digest.update(path.encode() + hashlib.sha256(data).digest())
        return digest.hexdigest()

    def sibling(self, path: str) -> dict[str, Any]:
        data = self.files[path]
        size = self.claimed.get(path, len(data))
        told: dict[str, Any] = {"rfilename": path, "size": size, "blobId": _blob(data)}
        if path.endswith(LFS):
            sha256 = hashlib.sha256(data).hexdigest()
            told["lfs"] = {"sha256": sha256, "size": size, "pointerSize": 134}
        return told


@dataclass
class Hub:
    """What the server has, what it does wrong, and what it was asked."""

    url: str
    repositories: dict[str, Repository] = field(default_factory=dict)
    plain: dict[str, bytes] = field(default_factory=dict)  # other paths
    cut_after: int | None = None  # bytes of a body before the connection breaks off
    cuts: int = 10**9  # how often it does
    flip: str | None = None  # a file of which one byte arrives otherwise
    ranges: bool = True
    elsewhere: bool = False  # large files come from another host, as they really do
    wait: threading.Event | None = None  # bodies stop in the middle until it is set
    asked: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, Range
    agents: set[str] = field(default_factory=set)
    tokens: set[tuple[bool, str | None]] = field(default_factory=set)  # on another path; which

    def add(self, name: str, folder: Path, **more: Any) -> Repository:
        """A repository with the files of a folder, and a card."""
        files = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        repository = Repository(files=files, **more)
        self.repositories[name] = repository
        return repository

    def fetched(self) -> list[str]:
        """The paths whose bytes were asked for, in order."""
        return [path for _, path, _ in self.asked if "/resolve/" in path or path in self.plain]


@contextmanager
def serving() -> Iterator[Hub]:
    """Run the server for the time of a `with`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    hub = Hub(url=f"http://127.0.0.1:{server.server_address[1]}")
    server.hub = hub  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        if hub.wait is not None:
            hub.wait.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def hub(self) -> Hub:
        return self.server.hub  # type: ignore[attr-defined,no-any-return]

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: the test looks at what was asked."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append((self.command, path, self.headers.get("Range", "")))
        self.hub.agents.add(self.headers.get("User-Agent", ""))
        token = self.headers.get("Authorization")
        self.hub.tokens.add((path in self.hub.plain, token))
        if path in self.hub.plain:
            self._bytes(path, self.hub.plain[path], {"ETag": f'"{_blob(self.hub.plain[path])}"'})
        elif path.startswith("/api/models/"):
            self._info(path.removeprefix("/api/models/"))
        elif "/resolve/" in path:
            self._file(*path.removeprefix("/").split("/resolve/", 1))
        else:
            self._error(404, "EntryNotFound")

    def _info(self, rest: str) -> None:
        name, _, revision = rest.partition("/revision/")
        found = self._repository(name)
        if found is None:
            return
        if revision and revision not in (*found.revisions, found.commit):
            self._error(404, "RevisionNotFound")
            return
        card = {} if found.licence is None else {"license": found.licence}
        said = {
            "id": name,
            "modelId": name,
            "sha": found.commit,
            "private": False,
            "gated": "manual" if found.gated else False,
            "tags": [],
            "cardData": card,
            "siblings": [found.sibling(path) for path in found.files],
        }
        self._bytes("", json.dumps(said).encode(), {"Content-Type": "application/json"}, api=True)

    def _file(self, name: str, rest: str) -> None:
        found = self._repository(name)
        if found is None:
            return
        revision, _, path = rest.partition("/")
        if revision not in (*found.revisions, found.commit):
            self._error(404, "RevisionNotFound")
        elif found.gated and self.headers.get("Authorization") != "Bearer hf_accepted":
            self._error(403, "GatedRepo")
        elif path not in found.files:
            self._error(404, "EntryNotFound")
        else:
            data = found.files[path]
            sha256 = hashlib.sha256(data).hexdigest()
            headers = {"X-Repo-Commit": found.commit, "ETag": f'"{_blob(data)}"'}
            if path.endswith(LFS) and self.hub.elsewhere:
                self.hub.plain[f"/store/{sha256}"] = data
                port = self.server.server_address[1]
                self._redirect(f"http://localhost:{port}/store/{sha256}", headers)
                return
            if path.endswith(LFS):
                headers |= {"X-Linked-ETag": f'"{sha256}"', "X-Linked-Size": str(len(data))}
            self._bytes(path, data, headers)

    def _redirect(self, place: str, headers: dict[str, str]) -> None:
        self.send_response(302)
        for name, value in {**headers, "Location": place, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def _repository(self, name: str) -> Repository | None:
        found = self.hub.repositories.get(name)
        if found is None:
            self._error(401, "RepoNotFound")
        return found

    def _error(self, status: int, code: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _bytes(self, path: str, data: bytes, headers: dict[str, str], *, api: bool = False) -> None:
        if path and path == self.hub.flip:
            data = data[:-1] + bytes([data[-1] ^ 1])
        start, end = self._range(len(data))
        part = data[start:end]
        partial = bool(self.headers.get("Range")) and self.hub.ranges and not api
        if not partial:
            start, part = 0, data
        self.send_response(206 if partial else 200)
        if partial:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(data)}")
        for name, value in {"Accept-Ranges": "bytes", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        if self.command != "HEAD":
            self._body(part, api=api)

    def _body(self, part: bytes, *, api: bool) -> None:
        cut = self.hub.cut_after
        if api or cut is None or len(part) <= cut or self.hub.cuts <= 0:
            self.wfile.write(part)
            return
        self.wfile.write(part[:cut])
        self.wfile.flush()
        if self.hub.wait is not None:
            self.hub.wait.wait(30)
            self.wfile.write(part[cut:])
            return
        self.hub.cuts -= 1
        self.close_connection = True

    def _range(self, size: int) -> tuple[int, int]:
        said = self.headers.get("Range", "")
        if not said:
            return 0, size
        first, _, last = said.removeprefix("bytes=").partition("-")
        return int(first), min(size, int(last) + 1) if last else size


def _blob(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
