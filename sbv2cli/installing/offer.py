"""What a source offers, before any weights: voices, their sizes, speakers, styles and licences."""

from __future__ import annotations

import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from sbv2cli.errors import MachineError, Sbv2Error, UsageError, VoiceError, did_you_mean
from sbv2cli.installing import hashes, layouts
from sbv2cli.installing.layouts import Found
from sbv2cli.installing.origins.origin import Listing, Origin, RemoteFile, unwatched
from sbv2cli.voices.aivm import container
from sbv2cli.voices.configs import voice_config
from sbv2cli.voices.configs.voice_config import VoiceConfig

_UNWANTED = re.compile(r'[<>:"/\\|?*]')
# The first lines of a licence are enough to know it by.
_LICENCE_LINES = 3
_LARGEST_TEXT = 8 << 20
_LICENCE = re.compile(r"licen[cs]e|copying|terms|規約|ライセンス", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A voice that could be installed."""

    name: str  # of the folder that it gets
    found: Found
    files: tuple[tuple[str, RemoteFile], ...]  # the path below that folder, and the file
    config: VoiceConfig | None  # where it can be known without the weights
    licence: str | None
    licence_text: tuple[str, ...] = ()  # the first lines of its file
    problem: Sbv2Error | None = None  # why it cannot be installed

    @property
    def path(self) -> str:
        """Where it is in the source: its folder, or the one file that it is."""
        return self.found.weights[0].path if self.found.layout.alone else self.found.folder

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(file.size for _, file in self.files)

    @property
    def weights(self) -> str:
        """The files of weights, by name."""
        return ", ".join(file.name for file in self.found.weights or self.found.pickles)


def offers(origin: Origin, *, backend: str, weights: str | None = None) -> list[Offer]:
    """Every voice at an origin, in the order of its folders."""
    listing = origin.listing
    if weights is None and any(file.path == listing.inside for file in listing.files):
        weights = listing.inside.rpartition("/")[2]
    found = [
        voice
        for voice in layouts.voices_in(listing.files, backend=backend, wanted=weights)
        if _lies_in(voice, listing)
    ]
    if not found:
        raise VoiceError(
            "install.no-voice",
            f"no voice is there, among {len(listing.files)} files"
            + (f', with weights "{weights}"' if weights else ""),
            at=listing.source,
            hint="a voice is an .aivm or .aivmx file, or a folder with config.json and weights",
        )
    named = zip(found, _names(found, listing), strict=True)
    licences = _Licences(origin)
    return [_offer(origin, voice, name, licences) for voice, name in named]


def choose(offered: Sequence[Offer], only: Sequence[str], *, every: bool) -> list[Offer]:
    """The voices that are meant; of several some must be named, or all asked for."""
    if only:
        chosen = [offer for offer in offered if any(_is_called(offer, one) for one in only)]
        for one in only:
            if not any(_is_called(offer, one) for offer in offered):
                raise UsageError(
                    "install.only",
                    f'the source has no voice "{one}"',
                    hint=did_you_mean(one, [offer.name for offer in offered]),
                )
    elif len(offered) > 1 and not every:
        raise UsageError(
            "install.several",
            f"the source has {len(offered)} voices",
            hint="name those that you want: --only NAME (repeatable, with * and ?); or --all",
        )
    else:
        chosen = list(offered)
    refused = next((offer.problem for offer in chosen if offer.problem is not None), None)
    if refused is not None:
        raise refused
    return chosen


def _is_called(offer: Offer, name: str) -> bool:
    return fnmatchcase(offer.name, name) or offer.path == name.strip("/")


def _offer(origin: Origin, found: Found, name: str, licences: _Licences) -> Offer:
    listing = origin.listing
    papers = layouts.papers(found, listing.files)
    prefix = len(found.folder) + 1 if found.folder else 0
    files = {file.path[prefix:]: file for file in found.files}
    told = _told(origin, found)
    return Offer(
        name=name,
        found=found,
        files=tuple({**papers, **files}.items()),
        config=told.config,
        licence=told.licence or listing.licence,
        licence_text=licences.of(papers.values()),
        problem=_pickled(origin, found) if found.pickles else told.problem,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What a voice says of itself, or why it cannot be read."""

    config: VoiceConfig | None = None
    licence: str | None = None
    problem: VoiceError | None = None


def _told(origin: Origin, found: Found) -> _Told:
    try:
        return _of_aivm(origin, found) if found.layout.alone else _of_folder(origin, found)
    except VoiceError as error:
        return _Told(problem=error)


def _of_folder(origin: Origin, found: Found) -> _Told:
    file = next((file for file in found.files if file.name == found.layout.config), None)
    if file is None:
        return _Told()
    where = f"{origin.listing.source} ({file.path})"
    text = _read_small(origin, file).decode("utf-8-sig", "replace")
    config = voice_config.parse(text, where=where)
    return _Told(config=config, licence=config.licence)


def _of_aivm(origin: Origin, found: Found) -> _Told:
    """From the header or the metadata of the file; its weights are not read."""
    (file,) = found.weights
    opened = origin.open(file)
    if opened is None:
        return _Told()
    where = Path(file.path)
    read = container.read(where, opened)
    config = voice_config.parse(read.config, where=str(where))
    try:
        manifest = read.manifest()
    except VoiceError:  # of another version: the voice speaks all the same
        manifest = None
    licence = config.licence if manifest is None else manifest.licence
    return _Told(config=config, licence=licence)


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


class _Licences:
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


def _lies_in(voice: Found, listing: Listing) -> bool:
    """Whether a voice is at or below what was asked for, or is that file."""
    inside = listing.inside
    return (
        not inside
        or voice.folder == inside
        or voice.folder.startswith(f"{inside}/")
        or any(file.path == inside for file in voice.files)
    )


def _names(found: Sequence[Found], listing: Listing) -> list[str]:
    """A name for each voice; where two would have the same, their folders are put before it."""
    short = [_folder_name(voice.name or listing.name) for voice in found]
    counts = Counter(name.casefold() for name in short)
    names = []
    for voice, name in zip(found, short, strict=True):
        parents = voice.folder if voice.layout.alone else voice.folder.rpartition("/")[0]
        twice = counts[name.casefold()] > 1 and parents
        names.append(_folder_name(f"{parents.replace('/', '-')}-{name}") if twice else name)
    return names


def _folder_name(name: str) -> str:
    """A name that every file system takes, and that hides nothing."""
    plain = unicodedata.normalize("NFC", "".join(c for c in name if c.isprintable()))
    return _UNWANTED.sub("_", plain).strip(" .") or "voice"


def renamed(offer: Offer, name: str | None) -> Offer:
    """The offer under a name that a person chose."""
    return offer if name is None else replace(offer, name=_folder_name(name))
