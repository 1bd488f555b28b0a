"""What is wrong with the file of one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sbv2cli.errors import Sbv2Error
from sbv2cli.files import sha256_of
from sbv2cli.pipeline.audit.folder import SoundFile
from sbv2cli.pipeline.audit.wanted import WantedFile
from sbv2cli.pipeline.job import Verify
from sbv2cli.records import AudioFacts, Finding, Severity
from sbv2cli.writers.audio.inspect import SILENCE_DB, Header, Levels, measure, read_header

# An estimate is off by a half for short lines; three times is another text, as in `finish`.
SHORTEST, LONGEST = 1 / 3, 3.0
_SAMPLES = 1.5  # by which a file may be off
_SLACK_S = 1.0  # silence around a recording
_USUAL_SHARE = 0.5  # of the files have one rate before another one is odd


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the files are to be, where somebody said so."""

    rate: int | None = None
    format: str | None = None  # "ogg", "wav"
    subtype: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """When a file is taken for the one that the manifest describes: in its size, and not newer."""

    verify: Verify
    manifest_changed: int  # nanoseconds since the epoch, as file systems count


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One file of a line, looked at."""

    wanted: WantedFile
    path: str
    size: int
    header: Header | None = None  # None: it cannot be read
    digest: str | None = None  # SHA-256, where it is known
    findings: tuple[Finding, ...] = ()


def examine(wanted: WantedFile, folder: Path, file: SoundFile, trust: Trust) -> Examined:
    """Look at a file: its header, and its samples where no manifest vouches for them."""
    place = folder / file.path
    made = wanted.row.audio if wanted.row is not None else None
    try:
        first = read_header(place)
        digest = _known_digest(wanted, place, file, trust)
        same = digest is not None
        sound = None if same else measure(place)
    except (Sbv2Error, OSError) as error:
        why = error.message if isinstance(error, Sbv2Error) else str(error.strerror)
        broken = _finding("audit.unreadable", "error", why, "render or record the line again")
        return Examined(wanted=wanted, path=file.path, size=file.size, findings=(broken,))
    found = [*_whole(first, sound), *_length(wanted, first, sound)]
    found += _levels(wanted, sound)
    if made is not None and not same and not found:
        message = "the file is not the one that the manifest describes"
        found.append(_finding("audit.changed", "warning", message, "somebody else wrote it"))
    return Examined(
        wanted=wanted,
        path=file.path,
        size=file.size,
        header=first,
        digest=digest,
        findings=tuple(found),
    )


def _known_digest(wanted: WantedFile, place: Path, file: SoundFile, trust: Trust) -> str | None:
    """The SHA-256 of the file that the manifest describes, if this is that file."""
    row = wanted.row
    if row is None or row.audio is None or row.audio.bytes != file.size:
        return None
    # A file that is newer than the manifest may be another one of the same size.
    read = trust.verify == "sha256" or file.changed > trust.manifest_changed
    return row.sha256 if not read or sha256_of(place) == row.sha256 else None


def formats(examined: Sequence[Examined], asked: Asked) -> Iterator[tuple[Examined, Finding]]:
    """Rates, channels and formats that are not those asked for, or those of most files."""
    headers = [one.header for one in examined if one.header is not None]
    usual = _usual([each.rate for each in headers])
    channels = _usual([each.channels for each in headers])
    for one in examined:
        if one.header is None:
            continue
        made = one.wanted.row.audio if one.wanted.row is not None else None
        yield from ((one, each) for each in _format(one, one.header, made or AudioFacts(), asked))
        wanted_rate = asked.rate or (made.rate if made is not None else None) or usual
        if wanted_rate is not None and one.header.rate != wanted_rate:
            message = f"the rate is {one.header.rate} Hz, not {wanted_rate}"
            yield one, _finding("audit.rate", "error", message, "convert the file")
        if channels is not None and one.header.channels != channels:
            message = f"the file has {one.header.channels} channels, most have {channels}"
            yield one, _finding("audit.channels", "warning", message, "convert the file")


def _format(one: Examined, header: Header, made: AudioFacts, asked: Asked) -> Iterator[Finding]:
    name, _, subtype = header.format.partition("/")
    label = made.format
    if asked.format is not None:
        kept = asked.subtype if asked.format == name else None
        label = f"{asked.format}/{kept or subtype}" if subtype else asked.format
    if label is not None and header.format != label:
        message = f"the file is {header.format}, not {label}"
        yield _finding("audit.format", "error", message, "convert the file")
        return
    ending = one.path.rpartition(".")[2].lower()
    if ending in {"wav", "flac", "mp3", "opus", "ogg"} and name not in _holds(ending):
        message = f"the file ends with .{ending} and is {header.format}"
        yield _finding("audit.format", "error", message, "convert the file, or rename it")


def _holds(ending: str) -> tuple[str, ...]:
    return ("ogg", "opus", "flac") if ending == "ogg" else (ending,)


def _whole(first: Header, sound: Levels | None) -> Iterator[Finding]:
    there = first.samples if sound is None else sound.samples
    if first.cut or there < first.samples:
        message = f"the file ends after {there / first.rate:.2f} s, before its end"
        yield _finding("audit.truncated", "error", message, "copy, render or record it again")


def _length(wanted: WantedFile, first: Header, sound: Levels | None) -> Iterator[Finding]:
    if first.cut or (sound is not None and sound.samples < first.samples):
        return  # said already
    made = wanted.row.audio if wanted.row is not None else None
    seconds = wanted.row.seconds if wanted.row is not None else None
    if made is not None and seconds is not None:
        # The manifest counts the voice's samples; another rate rounds its last one up.
        if abs(first.seconds - seconds) > _SAMPLES / first.rate:
            message = f"the file has {first.seconds:.2f} s, the manifest {seconds:.2f} s"
            yield _finding("audit.length", "error", message, "render the scripts again")
        return
    about = wanted.seconds
    if not SHORTEST * about - _SLACK_S <= first.seconds <= LONGEST * about + _SLACK_S:
        message = f"the file has {first.seconds:.2f} s, the text is about {about:.1f} s long"
        yield _finding("audit.length", "warning", message, "is it the recording of this line?")


def _levels(wanted: WantedFile, sound: Levels | None) -> Iterator[Finding]:
    """By the samples, else by what the run that made the file noted."""
    made = wanted.row.audio if wanted.row is not None else None
    warned = {warning.code for warning in wanted.row.warnings} if wanted.row is not None else set()
    peak_db = sound.peak_db if sound is not None else made.peak_db if made is not None else 0.0
    if wanted.has_words and (peak_db is None or peak_db < SILENCE_DB):
        yield _finding("audit.silent", "error", "nothing can be heard", "render or record it again")
    if sound.clipped if sound is not None else "audio.clipped" in warned:
        count = f"{sound.clipped:,} " if sound is not None else ""
        yield _finding(
            "audit.clipped",
            "warning",
            f"{count}samples are cut off at full scale",
            "lower the volume; render or record it again",
        )


def _usual(values: Sequence[int]) -> int | None:
    """What most files have."""
    if not values:
        return None
    value, times = Counter(values).most_common(1)[0]
    return value if times > _USUAL_SHARE * len(values) else None


def _finding(code: str, severity: Severity, message: str, hint: str) -> Finding:
    return Finding(code=code, severity=severity, message=message, hint=hint)
