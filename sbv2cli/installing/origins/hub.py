"""A repository of the Hugging Face Hub, at one commit."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, BinaryIO
from urllib.parse import quote

import httpx2
from huggingface_hub import HfApi
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined] # documented

from sbv2cli.errors import MachineError
from sbv2cli.installing.origins import network, range_file
from sbv2cli.installing.origins.origin import Listing, Moved, RemoteFile
from sbv2cli.installing.source import HUB, HubSource
from sbv2cli.version import VERSION

# Seconds that the hub may take to list a repository; by itself the client waits for ever.
_PATIENCE = 60.0
_US: Mapping[str, Any] = {"library_name": "sbv2cli", "library_version": VERSION}


def open_repository(source: HubSource) -> HubOrigin:
    """Ask the hub for the files, sizes and hashes of a repository, and for its card."""
    endpoint = (os.environ.get("HF_ENDPOINT") or HUB).rstrip("/")
    page = f"{endpoint}/{source.repo}"
    try:
        with network.explained(source.repo, page):
            api = HfApi(endpoint=endpoint, **_US)
            info = api.model_info(
                source.repo, revision=source.revision, files_metadata=True, timeout=_PATIENCE
            )
        files = tuple(_remote(sibling) for sibling in info.siblings or ())
    except httpx2.TransportError as error:
        raise network.unreachable(endpoint, str(error)) from None
    except (ValueError, TypeError, KeyError) as error:
        raise MachineError(
            "hub.refused",
            f"the server does not answer as the hub does: {error}",
            at=page,
            hint="look at HF_ENDPOINT, and at what stands between: a proxy, a page to log in",
        ) from None
    if not any(_lies_in(file.path, source.inside) for file in files):
        raise MachineError(
            "hub.not-found",
            f'"{source.repo}" has no folder or file "{source.inside}"',
            at=page,
            hint="leave it out to see which voices there are",
        )
    listing = Listing(
        source=str(source),
        name=source.repo.rpartition("/")[2],
        files=files,
        inside=source.inside,
        revision=source.revision,
        commit=info.sha,
        licence=_licence(info.card_data),
        page=page,
    )
    return HubOrigin(listing, f"{page}/resolve/{info.sha}")


class HubOrigin:
    """A repository at the commit of its listing."""

    def __init__(self, listing: Listing, files_at: str) -> None:
        self.listing = listing
        self._files_at = files_at

    def copy(self, file: RemoteFile, out: BinaryIO, moved: Moved) -> None:
        """Append what `out` lacks of a file."""
        what = self.listing.source
        headers = build_hf_headers(**_US)
        network.download(self._url(file), headers, out, range(file.size), moved, what=what)

    def open(self, file: RemoteFile) -> BinaryIO:
        """A file, read where it is asked for."""
        headers = build_hf_headers(**_US)
        return range_file.opened(self._url(file), headers, file.size)

    def _url(self, file: RemoteFile) -> str:
        return f"{self._files_at}/{quote(file.path)}"


def _remote(sibling: Any) -> RemoteFile:
    stored = sibling.lfs
    size = stored.size if stored else sibling.size
    if size is None:
        raise ValueError(f'it tells no size of "{sibling.rfilename}"')
    return RemoteFile(
        path=sibling.rfilename,
        size=int(size),
        sha256=stored.sha256 if stored else None,
        git_sha1=None if stored else sibling.blob_id,
    )


def _lies_in(path: str, inside: str) -> bool:
    return not inside or path == inside or path.startswith(f"{inside}/")


def _licence(card: Any) -> str | None:
    """The licence of a card: `other` with the name that it gives itself."""
    said = card.to_dict() if card is not None else {}
    licence = said.get("license")
    if isinstance(licence, list):
        licence = ", ".join(map(str, licence))
    named = said.get("license_name")
    return f"{named} (other)" if named and licence in (None, "other") else licence
