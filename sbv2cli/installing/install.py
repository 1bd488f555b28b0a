"""An offer becomes a folder: fetched, checked, opened, and then named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from sbv2cli.errors import Sbv2Error, UsageError
from sbv2cli.installing import staging
from sbv2cli.installing.origins.origin import Moved, Origin
from sbv2cli.installing.staging import Staging, Wanted
from sbv2cli.voices import receipt
from sbv2cli.voices.receipt import InstalledFile, Receipt

Check = Callable[[Path], object]
"""Raises an error of ours where a folder is not what was meant to be installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Files of an origin, and the folder that they become."""

    origin: Origin
    target: Path
    inside: str  # where they lie in the origin
    files: Wanted
    licence: str | None
    check: Check
    weights: str | None = None  # the weight file that a person chose of several

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(file.size for _, file in self.files)


class State(Enum):
    """What is at the target of an installation."""

    NOTHING = auto()
    THE_SAME = auto()  # the same files of the same commit, every byte
    DAMAGED = auto()  # the same, but for files that are gone or have other bytes


def state_of(wanted: Installation) -> State:
    """Look at the target; anything else there is an error."""
    there = wanted.target
    if not there.exists() or (there.is_dir() and not any(there.iterdir())):
        return State.NOTHING
    found = receipt.read(there) if there.is_dir() else None
    listing = wanted.origin.listing
    if found is None or (found.source, found.inside) != (listing.source, wanted.inside):
        raise UsageError(
            "install.exists",
            f'there is something called "{there.name}" already',
            at=str(there),
            hint="give the voice another name: --name NAME; or another folder: --to FOLDER",
        )
    same = {file.path for file in found.files} == {path for path, _ in wanted.files}
    if same and found.commit is not None and found.commit == listing.commit:
        return State.DAMAGED if any(receipt.differences(there, found)) else State.THE_SAME
    raise UsageError(
        "install.exists",
        f'"{there.name}" was installed from there, at another commit or with other files',
        at=str(there),
        hint=f"sbv2 voices update {there.name}; or another name: --name NAME",
    )


def install(wanted: Installation, moved: Moved) -> Receipt:
    """Bring the files, check that they are what they should be, and put them in place."""
    with staging.staging(wanted.target) as place:
        staging.prepare(wanted.origin.listing, wanted.files, place)
        staging.check_space(wanted.files, place)
        made = _brought(wanted, place, moved)
        if wanted.target.is_dir():
            wanted.target.rmdir()  # empty: `state_of` looked
        staging.put_in_place(place, wanted.target)
    return made


def replace(wanted: Installation, before: Receipt, moved: Moved) -> Receipt:
    """The same for a target that is there: what is right stays, also what others put there."""
    with staging.staging(wanted.target) as place:
        staging.prepare(wanted.origin.listing, wanted.files, place)
        staging.take_over(wanted.target, wanted.files, place)
        staging.check_space(wanted.files, place)
        made = _brought(wanted, place, moved)
        staging.carry_over(wanted.target, receipt.others(wanted.target, before), place)
        staging.put_in_place(place, wanted.target)
    return made


def _brought(wanted: Installation, place: Staging, moved: Moved) -> Receipt:
    """Everything in the hidden folder, proven and with its receipt; it lacks only its name."""
    files = staging.bring(wanted.origin, wanted.files, place, moved)
    try:
        wanted.check(place.files)
    except Sbv2Error:
        staging.clear(place)
        raise
    made = _receipt(wanted, files)
    receipt.write(place.files, made)
    return made


def _receipt(wanted: Installation, files: Sequence[InstalledFile]) -> Receipt:
    listing = wanted.origin.listing
    return Receipt(
        source=listing.source,
        inside=wanted.inside,
        revision=listing.revision,
        commit=listing.commit,
        files=tuple(files),
        licence=wanted.licence,
        installed=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        weights=wanted.weights,
    )
