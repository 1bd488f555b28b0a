"""What a source offers: its voices by name, those that are chosen, and what each says of itself."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from sbv2cli.errors import UsageError, VoiceError, did_you_mean
from sbv2cli.installing import layouts
from sbv2cli.installing.layouts import Found
from sbv2cli.installing.origins.origin import Listing, Origin, RemoteFile
from sbv2cli.installing.told import Licences, Told, told

_UNWANTED = re.compile(r'[<>:"/\\|?*]')
# Of more voices than these only names and sizes are shown, until some are chosen.
_MOST_DESCRIBED = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A voice that could be installed."""

    name: str  # of the folder that it gets
    found: Found
    files: tuple[tuple[str, RemoteFile], ...]  # the path below that folder, and the file
    told: Told = field(default_factory=Told)
    licence: str | None = None

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
    """Every voice at an origin, in the order of its folders; nothing of them is read yet."""
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
    return [
        Offer(name=name, found=voice, files=_files(voice, listing), licence=listing.licence)
        for voice, name in named
    ]


def matching(offered: Sequence[Offer], only: Sequence[str]) -> list[Offer]:
    """The voices that are named, or all where none is."""
    for one in only:
        if not any(_is_called(offer, one) for offer in offered):
            raise UsageError(
                "install.only",
                f'the source has no voice "{one}"',
                hint=did_you_mean(one, [offer.name for offer in offered]),
            )
    return [o for o in offered if not only or any(_is_called(o, one) for one in only)]


def described(origin: Origin, offered: Sequence[Offer]) -> list[Offer]:
    """With what each voice tells of itself, where they are not too many to ask."""
    if len(offered) > _MOST_DESCRIBED:
        return list(offered)
    licences = Licences(origin)
    return [_described(origin, offer, licences) for offer in offered]


def refuse(offered: Sequence[Offer], *, several: bool) -> None:
    """Raise what speaks against installing these: too many, or one that cannot be read."""
    if len(offered) > 1 and not several:
        raise UsageError(
            "install.several",
            f"the source has {len(offered)} voices",
            hint="name those that you want: --only NAME (repeatable, with * and ?); or --all",
        )
    for offer in offered:
        if offer.told.problem is not None:
            raise offer.told.problem


def renamed(offer: Offer, name: str | None) -> Offer:
    """The offer under a name that a person chose."""
    return offer if name is None else replace(offer, name=_folder_name(name))


def _described(origin: Origin, offer: Offer, licences: Licences) -> Offer:
    said = told(origin, offer.found)
    papers = [file for _, file in offer.files if layouts.is_paper(file)]
    return replace(
        offer,
        told=replace(said, licence_text=licences.of(papers)),
        licence=said.licence or offer.licence,
    )


def _files(found: Found, listing: Listing) -> tuple[tuple[str, RemoteFile], ...]:
    prefix = len(found.folder) + 1 if found.folder else 0
    files = {file.path[prefix:]: file for file in found.files}
    return tuple({**layouts.papers(found, listing.files), **files}.items())


def _is_called(offer: Offer, name: str) -> bool:
    return fnmatchcase(offer.name, name) or offer.path == name.strip("/")


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
    names: list[str] = []
    for voice, name in zip(found, short, strict=True):
        parents = voice.folder if voice.layout.alone else voice.folder.rpartition("/")[0]
        twice = counts[name.casefold()] > 1 and parents
        long = _folder_name(f"{parents.replace('/', '-')}-{name}") if twice else name
        taken = sum(long.casefold() == other.casefold() for other in names)
        names.append(f"{long}-{taken + 1}" if taken else long)
    return names


def _folder_name(name: str) -> str:
    """A name that every file system takes, and that hides nothing."""
    plain = unicodedata.normalize("NFC", "".join(c for c in name if c.isprintable()))
    return _UNWANTED.sub("_", plain).strip(" .") or "voice"
