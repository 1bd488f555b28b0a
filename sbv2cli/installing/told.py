"""What a voice tells of itself before its weights are fetched: configuration, licence, problems."""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sbv2cli.errors import MachineError, Sbv2Error, UsageError, VoiceError
from sbv2cli.installing import hashes
from sbv2cli.installing.layouts import Found
from sbv2cli.installing.origins.origin import Origin, RemoteFile, unwatched
from sbv2cli.voices import bundle
from sbv2cli.voices.aivm import container
from sbv2cli.voices.configs import voice_config
from sbv2cli.voices.configs.voice_config import VoiceConfig

# The first lines of a licence are enough to know it by.
_LICENCE_LINES = 3
_LARGEST_TEXT = 8 << 20
_LICENCE = re.compile(r"licen[cs]e|copying|terms|規約|ライセンス", re.IGNORECASE)
# What an opened configuration may need beside it.
_TEXTS = (".json", ".txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a voice says of itself, or why it cannot be read."""

    config: VoiceConfig | None = None  # where it can be known without the weights
    licence: str | None = None
    licence_text: tuple[str, ...] = ()  # the first lines of its file
    problem: Sbv2Error | None = None  # why it cannot be installed


def told(origin: Origin, found: Found) -> Told:
    """Ask a voice; only small files, or the head of a large one, are fetched."""
    if found.pickles:
        return Told(problem=_pickled(origin, found))
    try:
        return _of_aivm(origin, found) if found.layout.header else _of_texts(origin, found)
    except VoiceError as error:
        return Told(problem=error)


def _of_texts(origin: Origin, found: Found) -> Told:
    """By the configuration and the small files beside it, opened as they will be."""
    prefix = len(found.folder) + 1 if found.folder else 0
    where = f"{origin.listing.source} ({found.files[0].path})"
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for file in found.files:
            if file.name.endswith(_TEXTS) and file not in found.weights:
                path = folder / file.path[prefix:]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(_read_small(origin, file))
        try:
            config = bundle.read_config(folder)
        except VoiceError as error:
            raise VoiceError(error.code, error.message, at=where, hint=error.hint) from None
    return Told(config=config, licence=config.licence)


def _of_aivm(origin: Origin, found: Found) -> Told:
    """From the header or the metadata of the file; its weights are not read."""
    (file,) = found.weights
    opened = origin.open(file)
    if opened is None:
        return Told()
    where = Path(file.path)
    read = container.read(where, opened)
    config = voice_config.parse(read.config, where=str(where))
    try:
        manifest = read.manifest()
    except VoiceError:  # of another version: the voice speaks all the same
        manifest = None
    return Told(config=config, licence=config.licence if manifest is None else manifest.licence)


def _read_small(origin: Origin, file: RemoteFile) -> bytes:
    """A small file whole, with the bytes that the origin names."""
    at = origin.listing.source
    if file.size > _LARGEST_TEXT:
        raise MachineError(
            "install.too-large",
            f'"{file.path}" has {file.size:,} bytes, far more than such a file needs',
            at=at,
            hint="look at the file: it is not what its name says",
        )
    out = io.BytesIO()
    origin.copy(file, out, unwatched)
    hashes.check_small(out.getvalue(), file, at=at)
    return out.getvalue()


def _pickled(origin: Origin, found: Found) -> UsageError:
    return UsageError(
        "install.pickle",
        f'the weights are a pickle ("{found.pickles[0].name}"), which can run code in the programs'
        " that open it; it is not installed",
        at=origin.listing.source,
        hint="ask its maker for safetensors; or, with the files in a folder of this machine:"
        " sbv2 voices convert FOLDER --to folder -o NEW",
    )


class Licences:
    """The first lines of licence files; one file is often that of many voices."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._read: dict[str, tuple[str, ...]] = {}

    def of(self, papers: Iterable[RemoteFile]) -> tuple[str, ...]:
        """Those of the licence among some papers."""
        file = next((file for file in papers if _LICENCE.search(file.name)), None)
        if file is None or file.name.endswith(".pdf"):
            return ()
        if file.path not in self._read:
            text = _read_small(self._origin, file).decode("utf-8", "replace")
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            self._read[file.path] = tuple(lines[:_LICENCE_LINES])
        return self._read[file.path]
