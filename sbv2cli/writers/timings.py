"""When each phone, mora and word of a line is heard: the sidecar beside its audio.

Everything is measured in samples of the voice's own rate and written in seconds, so that it holds
whatever rate the file has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sbv2cli.records import Reading, Word

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDER = "timings"

# What a sidecar says of its `durations` where the voice does not tell them; else it says nothing.
UNKNOWN = "unknown"

_VOWELS = frozenset("a i u e o a: i: u: e: o: N q".split())
_MORA = re.compile(r"[ァ-ヴーッン々][ァィゥェォャュョヮ]?")
_DIGITS = 6  # microseconds

Timed = tuple[str, int, int]
"""A phone with its first sample and the one after its last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mora:
    """One beat of Japanese, and whether the pitch is high on it."""

    kana: str
    start: int  # samples
    end: int
    high: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Half-open ranges of samples, in the order of speech."""

    rate: int
    frame_samples: int
    phones: tuple[Timed, ...] = ()
    moras: tuple[Mora, ...] = ()
    chars: tuple[tuple[int, int, int, int], ...] = ()  # characters of the text, then samples
    known: bool = True  # False: the voice does not tell how long its phones are


def timings(
    reading: Reading, frames: NDArray[np.int64] | None, frame_samples: int, rate: int
) -> Timings:
    """The timings of a sound as the model made it, before anything was cut off or put before it."""
    if frames is None:
        return Timings(rate=rate, frame_samples=frame_samples, known=False)
    ends = _phone_ends(frames, len(reading.phones)) * frame_samples
    starts = np.concatenate(([0], ends[:-1]))
    phones = tuple(
        (phone, int(start), int(end))
        for phone, start, end in zip(reading.phones, starts, ends, strict=True)
    )
    return _worded(phones, [(reading, 0)], frame_samples, rate)


def _worded(
    phones: Sequence[Timed], readings: Sequence[tuple[Reading, int]], frame_samples: int, rate: int
) -> Timings:
    """Moras and characters of phones whose times are known; readings with their first character."""
    moras: list[Mora] = []
    chars: list[tuple[int, int, int, int]] = []
    first = 0  # phone of the reading
    for reading, chars_by in readings:
        position = first + 1  # after the edge mark
        first += len(reading.phones)
        for word in reading.words:
            own = phones[position : position + len(word.phones)]
            position += len(word.phones)
            if own and word.span[0] < word.span[1]:
                start, end = word.span
                chars.append((start + chars_by, end + chars_by, own[0][1], own[-1][2]))
            if own and reading.language == "ja" and word.kana:
                moras.extend(_moras(word, own))
    return Timings(
        rate=rate,
        frame_samples=frame_samples,
        phones=tuple(phones),
        moras=tuple(moras),
        chars=tuple(chars),
    )


def moved(times: Timings, by: int, length: int, *, chars_by: int = 0) -> Timings:
    """The same timings `by` samples later, within a sound of `length` samples."""

    def at(sample: int) -> int:
        return min(max(sample + by, 0), length)

    return replace(
        times,
        phones=tuple((phone, at(start), at(end)) for phone, start, end in times.phones),
        moras=tuple(replace(m, start=at(m.start), end=at(m.end)) for m in times.moras),
        chars=tuple(
            (first + chars_by, last + chars_by, at(start), at(end))
            for first, last, start, end in times.chars
        ),
    )


def joined(parts: Sequence[Timings]) -> Timings:
    """The timings of several sounds that have already been moved to their places."""
    return replace(
        parts[0],
        phones=tuple(phone for part in parts for phone in part.phones),
        moras=tuple(mora for part in parts for mora in part.moras),
        chars=tuple(chars for part in parts for chars in part.chars),
        known=all(part.known for part in parts),
    )


def sidecar(line: str, times: Timings, *, moras: bool = True) -> bytes:
    """The sidecar's bytes."""
    rate = times.rate

    def seconds(samples: int) -> float:
        return round(samples / rate, _DIGITS)

    record: dict[str, Any] = {
        "id": line,
        "rate": rate,
        "frames_hop": times.frame_samples,
        "phones": [[p, seconds(start), seconds(end)] for p, start, end in times.phones],
    }
    if not times.known:
        record["durations"] = UNKNOWN
    if moras:
        record["moras"] = [[m.kana, seconds(m.start), seconds(m.end), m.high] for m in times.moras]
    record["chars"] = [
        [first, last, seconds(start), seconds(end)] for first, last, start, end in times.chars
    ]
    return _bytes(record)


def renamed(data: bytes, line: str) -> bytes:
    """A sidecar for another line with the same text and sound."""
    return _bytes({**json.loads(data), "id": line})


def reworded(data: bytes, line: str, readings: Sequence[tuple[Reading, int]]) -> bytes:
    """A sidecar for another text that sounds the same; readings with their first character."""
    record = json.loads(data)
    rate = int(record["rate"])
    phones = [
        (str(p), round(start * rate), round(end * rate)) for p, start, end in record["phones"]
    ]
    times = _worded(phones, readings, int(record["frames_hop"]), rate)
    times = replace(times, known=record.get("durations") != UNKNOWN)
    return sidecar(line, times, moras="moras" in record)


def sidecar_path(file: str) -> str:
    """Where the sidecar of an audio file stands: same folders, below `timings/`."""
    return f"{FOLDER}/{file.rpartition('.')[0]}.json"


def _bytes(record: dict[str, Any]) -> bytes:
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _phone_ends(frames: NDArray[np.int64], phones: int) -> NDArray[np.int64]:
    ends = np.cumsum(frames)
    if len(frames) == phones:
        return ends
    # blank phone blank phone ... blank: a blank belongs to the phone before it, the first one to
    # the first phone, so that phones tile the sound.
    assert len(frames) == 2 * phones + 1
    return ends[2::2]


def _moras(word: Word, phones: Sequence[Timed]) -> Iterator[Mora]:
    groups: list[list[int]] = [[]]
    for index, (phone, _, _) in enumerate(phones):
        groups[-1].append(index)
        if phone in _VOWELS:
            groups.append([])
    groups = [group for group in groups if group]
    names = _MORA.findall(word.kana or "")
    if len(names) != len(groups):
        # Punctuation inside a word, or a reading given in phones: the phones say it themselves.
        names = ["".join(phones[index][0] for index in group) for group in groups]
    for name, group in zip(names, groups, strict=True):
        yield Mora(
            kana=name,
            start=phones[group[0]][1],
            end=phones[group[-1]][2],
            high=word.tones[group[-1]] == 1,
        )
