"""An installed voice at the newest commit of where it came from; only changed files are fetched."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from sbv2cli.errors import UsageError
from sbv2cli.installing import hashes, offer, voice
from sbv2cli.installing.install import Installation
from sbv2cli.installing.origins import open_origin
from sbv2cli.installing.origins.origin import RemoteFile
from sbv2cli.installing.remove import receipt_of
from sbv2cli.installing.source import HubSource, parse
from sbv2cli.voices import receipt
from sbv2cli.voices.receipt import InstalledFile, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What an update would do to a voice."""

    before: Receipt
    wanted: Installation
    fetched: tuple[str, ...]  # files that are new or other
    dropped: tuple[str, ...]  # files that the source no longer has

    @property
    def needed(self) -> bool:
        """Whether anything is to be done."""
        return bool(self.fetched or self.dropped or self.before.commit != self.commit)

    @property
    def commit(self) -> str | None:
        """The newest."""
        return self.wanted.origin.listing.commit

    @property
    def size(self) -> int:
        """Bytes that are fetched."""
        return sum(file.size for path, file in self.wanted.files if path in self.fetched)


def plan(folder: Path, *, backend: str, force: bool) -> Update:
    """Ask the source of a voice what it has now, and compare."""
    before = receipt_of(folder)
    source = parse(before.source)
    if isinstance(source, HubSource):
        source = replace(source, revision=before.revision)
    origin = open_origin(source)
    every = offer.offers(origin, backend=backend, weights=before.weights)
    offered = [one for one in every if one.path == before.inside]
    if not offered:
        raise UsageError(
            "install.no-voice",
            f'"{before.source}" no longer has this voice ("{before.inside or "at the top"}")',
            at=str(folder),
            hint="nothing was changed; the voice that is installed still speaks",
        )
    (chosen,) = offer.described(origin, offered)
    offer.refuse([chosen], several=False)
    wanted = voice.installation(
        origin, offer.renamed(chosen, folder.name), folder.parent, weights=before.weights
    )
    wrong = {file.path: why for file, why in receipt.differences(folder, before)}
    edited = [path for path in wrong if (folder / path).is_file()]
    if edited and not force:
        raise UsageError(
            "install.changed",
            f'"{edited[0]}" {wrong[edited[0]]}: it was changed since',
            at=str(folder),
            hint="keep it elsewhere and give --force, or leave the voice as it is",
        )
    known = {file.path: file for file in before.files if file.path not in wrong}
    same_commit = before.commit is not None and before.commit == origin.listing.commit
    fetched = tuple(
        path
        for path, file in wanted.files
        if path not in known or not (same_commit or _is_same(folder / path, file, known[path]))
    )
    dropped = tuple(path for path in known if path not in dict(wanted.files))
    return Update(before=before, wanted=wanted, fetched=fetched, dropped=dropped)


def _is_same(here: Path, file: RemoteFile, installed: InstalledFile) -> bool:
    """Whether the source is known to have the same bytes; a file of this machine tells no hash."""
    if file.sha256 is not None:
        return file.sha256 == installed.sha256  # what is here was just compared with that
    return file.git_sha1 is not None and hashes.are_right(here, file)
