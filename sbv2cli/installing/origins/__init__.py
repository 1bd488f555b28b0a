"""Where files can come from: each origin answers a listing, and gives bytes from a place on.

A row of `ORIGINS` names what opens a source of that kind.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sbv2cli.installing.source import HubSource, LocalSource, Source
from sbv2cli.tables import load, missing_extra

if TYPE_CHECKING:
    from sbv2cli.installing.origins.origin import Origin

ORIGINS = {
    "hub": "sbv2cli.installing.origins.hub:open_repository",
    "url": "sbv2cli.installing.origins.url:open_url",
    "folder": "sbv2cli.installing.origins.folder:open_folder",
    "zip": "sbv2cli.installing.origins.archive:open_archive",
}

ZIP = ".zip"


def open_origin(source: Source) -> Origin:
    """What is at a source; this is the first moment at which the network is asked."""
    try:
        opened: Origin = load(ORIGINS[_kind(source)])(source)
    except ModuleNotFoundError as error:
        raise missing_extra(error, what="a source on the network") from error
    return opened


def _kind(source: Source) -> str:
    if isinstance(source, HubSource):
        return "hub"
    if isinstance(source, LocalSource):
        return "zip" if _is_zip(source.path) else "folder"
    return "url"


def _is_zip(path: Path) -> bool:
    return path.is_file() and path.suffix.casefold() == ZIP
