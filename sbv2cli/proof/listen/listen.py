"""An output folder -> what a recogniser finds wrong with its files. Loads no voice and no torch."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sbv2cli import tables
from sbv2cli.cpu_count import cores
from sbv2cli.errors import Sbv2Error
from sbv2cli.languages import LANGUAGES
from sbv2cli.languages.japanese.moras import EDGE, PUNCTUATION_SET
from sbv2cli.pipeline.derive import MADE, sidecar
from sbv2cli.proof.line import ProofFinding
from sbv2cli.proof.listen.compare import DOUBTFUL, FEWEST, GARBLED, Comparison, compare
from sbv2cli.proof.listen.heard import Transcript, Transcripts
from sbv2cli.proof.listen.recogniser import Recogniser, cache_folder, require
from sbv2cli.writers.audio.source import facts, read_blocks

if TYPE_CHECKING:
    from sbv2cli.records import ManifestRow

_SILENT = PUNCTUATION_SET | {EDGE, "SP", "UNK"}  # phones that nobody hears
DEFAULT_LANGUAGE = "ja"  # of a row that names none, as in a script
_AHEAD = 4  # sounds for each worker that are read before they are wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sound:
    """A file that is listened to."""

    id: str
    path: Path
    sha256: str
    language: str
    wanted: Sequence[str]  # phones that the voice was given


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Sounds of an output folder, and those of them that have not been heard yet."""

    known: Transcripts
    sounds: tuple[_Sound, ...]
    unheard: tuple[_Sound, ...]


def listening(folder: Path, rows: Iterable[ManifestRow]) -> Listening:
    """What there is to listen to; that the recogniser is there is looked at first."""
    known = Transcripts(folder)
    made = [
        (row, language)
        for row in rows
        # Of another language there are no phones to compare with.
        if (language := row.language or DEFAULT_LANGUAGE) in LANGUAGES
        and row.status in MADE
        and (folder / str(row.file)).is_file()
    ]
    sounds = tuple(_sound(folder, row, language) for row, language in made)
    unheard = {one.sha256: one for one in sounds if known.get(one.sha256) is None}
    if unheard:
        require()
    return Listening(known=known, sounds=sounds, unheard=tuple(unheard.values()))


def listen(
    asked: Listening, advance: Callable[[], None] = lambda: None
) -> Mapping[str, tuple[ProofFinding, ...]]:
    """What is wrong with the sound of each line or take, by its id.

    `advance` is called for each of `asked.unheard`.
    """
    if asked.unheard:
        for one, transcript in _transcripts(asked.unheard):
            if transcript is not None:
                asked.known.note(one.sha256, transcript)
            advance()
    return {
        one.id: tuple(findings(best(transcript, one.wanted, one.language)))
        for one in asked.sounds
        if (transcript := asked.known.get(one.sha256)) is not None
    }


def _sound(folder: Path, row: ManifestRow, language: str) -> _Sound:
    path = folder / str(row.file)
    timed: Any = sidecar(folder, row).get("phones")
    match timed:
        case [[str(), *_], *_]:
            wanted = [str(phone[0]) for phone in timed if phone[0] not in _SILENT]
        case _:  # a voice without timings
            wanted = phones_of(row.text, language)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return _Sound(id=row.id, path=path, sha256=sha256, language=language, wanted=wanted)


def _transcripts(sounds: Iterable[_Sound]) -> Iterator[tuple[_Sound, Transcript | None]]:
    workers = cores()
    recogniser = Recogniser(cache_folder(), workers=workers)
    waiting: deque[tuple[_Sound, Future[Transcript | None]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for one in sounds:
                waiting.append((one, pool.submit(_transcript, recogniser, one)))
                if len(waiting) > workers * _AHEAD:
                    first, future = waiting.popleft()
                    yield first, future.result()
            for first, future in waiting:
                yield first, future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _transcript(recogniser: Recogniser, one: _Sound) -> Transcript | None:
    """In kana, and where that fails, as with numbers, in plain writing too.

    `None` where the file cannot be read, which the page tells anyway.
    """
    try:
        samples = np.concatenate([np.zeros(0, dtype=np.float32), *read_blocks(one.path)])
        rate = facts(one.path).rate
    except Sbv2Error:
        return None
    if one.language != "ja":
        return Transcript(None, recogniser.hear(samples, rate, one.language))
    kana = recogniser.hear(samples, rate, "ja", kana=True)
    if compare(kana, one.wanted, phones_of(kana, "ja")).share < DOUBTFUL:
        return Transcript(kana, None)
    return Transcript(kana, recogniser.hear(samples, rate, "ja"))


def best(transcript: Transcript, wanted: Sequence[str], language: str) -> Comparison:
    """The nearer of what was written down: a sound is right if it can be heard as right."""
    written = [text for text in transcript if text is not None]
    heard = [compare(text, wanted, phones_of(text, language)) for text in written]
    return min(heard, key=lambda one: one.errors)


def findings(heard: Comparison) -> Iterator[ProofFinding]:
    """What a person should know of it."""
    if heard.errors >= min(FEWEST, heard.phones) and heard.share >= DOUBTFUL:
        what = f'"{heard.text}"' if heard.text else "nothing"
        yield ProofFinding(
            code="listen.differs",
            severity="warning" if heard.share >= GARBLED else "note",
            message=f"the recogniser heard {what}: {heard.errors} of {heard.phones} phones differ",
        )
    if heard.twice:
        yield ProofFinding(
            code="listen.repeated",
            severity="warning",
            message=f"the recogniser heard {' '.join(heard.twice)} twice: {heard.text}",
        )


def phones_of(text: str, language: str) -> list[str]:
    """Phones of what was written down, as our own frontend reads it."""
    reading = tables.load(LANGUAGES[language]).read(text)
    return [phone for phone in reading.phones if phone not in _SILENT]
