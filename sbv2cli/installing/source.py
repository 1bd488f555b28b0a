"""What a person typed as a source: a repository of the hub, a URL, or something on this machine."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sbv2cli.errors import UsageError

HUB = "https://huggingface.co"
_HUB_HOSTS = frozenset({"huggingface.co", "www.huggingface.co", "hf.co"})
_OWN_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_HUB_NAME = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)(?:@(?P<revision>[^:@]+))?(?::(?P<inside>.+))?")
# What stands after the name in the address of a page or file of the hub.
_HUB_PAGE = re.compile(r"/(?:tree|blob|resolve)/(?P<revision>[^/]+)(?:/(?P<inside>.*))?")
_SHA256 = re.compile(r"sha256=([0-9a-fA-F]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSource:
    """A repository, or a folder or file in it, at a branch, tag or commit."""

    repo: str
    revision: str | None = None
    inside: str = ""

    def __str__(self) -> str:
        return f"{self.repo}:{self.inside}" if self.inside else self.repo


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlSource:
    """A file behind an address; `#sha256=...` says which bytes it must have."""

    url: str
    sha256: str | None = None

    def __str__(self) -> str:
        return self.url + (f"#sha256={self.sha256}" if self.sha256 else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSource:
    """A file or folder of this machine."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


Source = HubSource | UrlSource | LocalSource


def parse(text: str, environment: Mapping[str, str] | None = None) -> Source:
    """The source that a text means; a path that exists wins over a name on the hub."""
    environment = os.environ if environment is None else environment
    if "://" in text:
        return _address(text, environment)
    path = Path(text).expanduser()
    if path.exists():
        return LocalSource(path=path.absolute())
    named = _HUB_NAME.fullmatch(text)
    if named is None or text.startswith((".", "/", "~")):
        raise UsageError(
            "install.source",
            f'"{text}" is no file, no folder, no address and no name on the hub',
            hint="owner/name, owner/name@revision:folder, https://…, or a path",
        )
    return HubSource(
        repo=named["repo"],
        revision=named["revision"],
        inside=(named["inside"] or "").strip("/"),
    )


def _address(text: str, environment: Mapping[str, str]) -> Source:
    parts = urlsplit(text)
    if parts.scheme == "hf":
        return parse(text.removeprefix("hf://"), environment)
    host = (parts.hostname or "").casefold()
    hub = environment.get("HF_ENDPOINT") or HUB
    if host in _HUB_HOSTS or parts.netloc == urlsplit(hub).netloc:
        page = _hub_page(unquote(parts.path).strip("/"))
        if page is not None:
            return page
    if parts.scheme != "https" and host not in _OWN_HOSTS:
        raise UsageError(
            "install.source",
            f'"{parts.scheme}" is not safe: whoever is between could change the bytes',
            at=text,
            hint="give an https:// address",
        )
    found = _SHA256.fullmatch(parts.fragment)
    if found is None and parts.fragment.casefold().startswith("sha256"):
        raise UsageError(
            "install.source",
            f'"#{parts.fragment}" is no SHA-256',
            at=text,
            hint="#sha256= and 64 digits 0-9, a-f; or leave it out, and nothing is compared",
        )
    return UrlSource(url=text.partition("#")[0], sha256=found[1].lower() if found else None)


def _hub_page(path: str) -> HubSource | None:
    """The repository that a page of the hub is of."""
    named = re.fullmatch(r"([\w.-]+/[\w.-]+)(/.*)?", path)
    if named is None:
        return None
    rest = _HUB_PAGE.fullmatch(named[2] or "")
    if rest is None:
        return None if named[2] else HubSource(repo=named[1])
    return HubSource(
        repo=named[1], revision=rest["revision"], inside=(rest["inside"] or "").strip("/")
    )
