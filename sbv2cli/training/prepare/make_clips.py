"""Rows of a transcript -> clips: reading and recording of each, several at a time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch

from sbv2cli import cpu_count
from sbv2cli.errors import ReadingError
from sbv2cli.languages.language import DictionaryEntry, ReadOptions
from sbv2cli.languages.pool import Request, read_all
from sbv2cli.models import PUBLISHED_VOCODER
from sbv2cli.records import Reading
from sbv2cli.training.data.clips import Clip, whole_frames
from sbv2cli.training.data.dataset import spelled_as
from sbv2cli.training.fit_settings import spectrogram_settings
from sbv2cli.training.prepare import style_vectors
from sbv2cli.training.prepare.audio import (
    AudioPlan,
    Sound,
    Unusable,
    find_audio,
    load_samples,
    prepare_audio,
)
from sbv2cli.training.prepare.style_model import StyleModel
from sbv2cli.training.prepare.transcripts import Row
from sbv2cli.training.recipes import DEFAULT
from sbv2cli.voices.configs import voice_config

if TYPE_CHECKING:
    from numpy.typing import NDArray

Unreadable = Literal["raise", "skip", "use"]

DONE = "done.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareSettings:
    """What `sbv2 train prepare` was asked for."""

    audio: Path
    transcript: Path
    out: Path
    name: str = ""
    recipe: str = DEFAULT
    vocoder: str = PUBLISHED_VOCODER  # that the recipe gets
    base: Path | None = None  # a voice whose configuration is taken
    language: str = "ja"
    speaker: str = ""  # of rows that name none
    dictionary: Sequence[DictionaryEntry] = ()
    mode: Literal["better", "compat"] = "better"
    unreadable: Unreadable = "raise"
    trim: bool = False
    loudness: float | None = None
    durations: Path | None = None
    style_vectors: Path | None = None
    style_model: Path | None = None  # what measures them, instead of vectors that are given
    bert: str | None = None  # a model folder; None: where the machine has it
    spectrograms: bool = True
    validation: int = 0  # clips per speaker
    threads: int | None = None
    longest: float = 30.0
    seed: int = 1234


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A row that is not learned from."""

    audio: str
    at: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A clip, and what preparing it found."""

    clip: Clip
    at: str
    seconds: float
    style_vector: Any = None


class Maker:
    """Rows to clips, several at a time."""

    def __init__(self, settings: PrepareSettings, config: Mapping[str, Any]) -> None:
        self.settings = settings
        self.plan = AudioPlan(
            settings=spectrogram_settings(config["data"]),
            trim=settings.trim,
            loudness=settings.loudness,
            spectrograms=settings.spectrograms,
            longest=settings.longest,
        )
        self.style_model: StyleModel | None = None
        if settings.style_model is not None:
            self.style_model = StyleModel(settings.style_model)
            style_vectors.keep_only_of(settings.out, self.style_model.fingerprint())
        self.dropped: list[Dropped] = []
        self.reused = 0
        self._plan_hash = hashlib.sha256(repr(self.plan).encode()).hexdigest()[:16]
        self._done = _read_done(settings.out / DONE)
        self.voice = voice_config.parse(json.dumps(config), where="the recipe")
        self._lock = Lock()

    def run(self, rows: Sequence[Row], advance: Callable[[float, bool], None]) -> list[Made]:
        """Clips of all rows but those that are dropped."""
        threads = self.settings.threads or cpu_count.cores()
        readings = self._readings(rows)
        names = _unique_names(rows)
        made: list[Made] = []
        with (
            # Recordings side by side: more threads for one would only wait for each other.
            ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool,
            (self.settings.out / DONE).open("a", encoding="utf-8") as done,
        ):
            work = [
                pool.submit(self._make, row, name, reading, done)
                for row, name, reading in zip(rows, names, readings, strict=True)
            ]
            for row, future in zip(rows, work, strict=True):
                try:
                    one = future.result()
                except Unusable as reason:
                    self.dropped.append(
                        Dropped(
                            audio=row.audio, at=row.at, code=reason.code, message=reason.message
                        )
                    )
                    advance(0.0, True)  # noqa: FBT003
                except BaseException:
                    pool.shutdown(cancel_futures=True)
                    raise
                else:
                    made.append(one)
                    advance(one.seconds, False)  # noqa: FBT003
        return made

    def _readings(self, rows: Sequence[Row]) -> list[Reading | Unusable]:
        """Readings of all rows; of those that bring phones, their own."""
        settings = self.settings
        unreadable: Literal["pause", "raise"] = "pause" if settings.unreadable == "use" else "raise"
        options = ReadOptions(
            mode=settings.mode, unreadable=unreadable, dictionary=settings.dictionary
        )

        def request_of(row: Row) -> Request | None:
            if row.phones or not row.text.strip():
                return None
            return Request(
                text=row.text,
                language=row.language or settings.language,
                given=row.reading or None,
                reader=self.voice.phonology.reader,
            )

        found: list[Reading | Unusable] = []
        for row, answer in read_all(rows, request_of, options, processes=settings.threads):
            if row.phones:
                found.append(_own_reading(row, settings.language))
            elif answer is None:
                found.append(Unusable("text.empty", "there is no text"))
            elif answer.reading is not None:
                found.append(answer.reading)
            else:
                assert answer.error is not None
                if settings.unreadable == "raise":
                    raise ReadingError(
                        answer.error.code,
                        answer.error.message,
                        at=row.at,
                        hint="correct the text, or pass --unreadable skip or --unreadable use",
                    )
                found.append(Unusable(answer.error.code, answer.error.message))
        return found

    def _make(self, row: Row, name: str | None, reading: Reading | Unusable, done: Any) -> Made:
        if isinstance(reading, Unusable):
            raise reading
        if name is None:
            raise Unusable("audio.twice", f'the recording "{row.audio}" was named before')
        if reading.language not in self.voice.languages:
            raise Unusable(
                "text.language",
                f"the voice learns {', '.join(self.voice.languages)}, not {reading.language}",
            )
        source = find_audio(self.settings.audio, row.audio)
        relative = f"wavs/{name}.wav"
        sound = self._sound(source, relative, done)
        clip = Clip(
            id=name,
            audio=relative,
            speaker=row.speaker or self.settings.speaker or self.settings.out.name,
            language=reading.language,
            style=row.style or _folder_style(name),
            text=row.text,
            normalised=reading.normalised,
            model_text=reading.model_text,
            phones=reading.phones,
            tones=reading.tones,
            phones_per_token=reading.phones_per_token,
            frames=sound.frames,
            durations=self._durations(row, reading, sound),
        )
        symbols = self._symbols(clip)
        if clip.durations is None and symbols > clip.frames:
            raise Unusable("audio.fast", f"{symbols} symbols do not fit into {clip.frames} frames")
        vector = self._style_vector(row, clip)
        if vector is not None and not np.isfinite(vector).all():
            raise Unusable("style.not-finite", "the style vector is not finite")
        return Made(clip=clip, at=row.at, seconds=sound.seconds, style_vector=vector)

    def _style_vector(self, row: Row, clip: Clip) -> NDArray[np.float32] | None:
        """What was measured of a recording, or is measured now; `None` where nothing measures."""
        given = self.settings.style_vectors
        if given is not None and given.is_dir():
            vector = style_vectors.load_measured(given, row.audio)
            if vector is None:
                raise Unusable("style.missing", f'there is no style vector for "{row.audio}"')
            return vector
        if self.style_model is None:
            return None
        audio = self.settings.out / clip.audio
        kept = style_vectors.kept_path(self.settings.out, clip.id)
        if kept.is_file() and kept.stat().st_mtime_ns >= audio.stat().st_mtime_ns:
            return style_vectors.load_kept(kept)
        rate = self.plan.settings.rate
        vector = self.style_model.vector(load_samples(audio, rate), rate)
        if np.isfinite(vector).all():
            style_vectors.keep(self.settings.out, clip.id, vector)
        return vector

    def _symbols(self, clip: Clip) -> int:
        """Length of the input that the voice learns from, blanks included."""
        if self.voice.has_styles:
            return 2 * len(clip.phones) + 1
        try:
            return len(spelled_as(self.voice, clip).phones)
        except ReadingError as error:
            raise Unusable(error.code, error.message) from None

    def _sound(self, source: Path, relative: str, done: Any) -> Sound:
        state = source.stat()
        key = f"{self._plan_hash}:{state.st_size}:{state.st_mtime_ns}"
        before = self._done.get(relative)
        target = self.settings.out / relative
        if before is not None and before["key"] == key and target.is_file():
            with self._lock:
                self.reused += 1
            return Sound(frames=before["frames"], seconds=before["seconds"])
        sound = prepare_audio(source, target, self.plan)
        line = json.dumps({"audio": relative, "key": key, **asdict(sound)}, ensure_ascii=False)
        with self._lock:
            done.write(f"{line}\n")
            done.flush()
        return sound

    def _durations(self, row: Row, reading: Reading, sound: Sound) -> tuple[int, ...] | None:
        if not row.durations:
            return None
        if len(row.durations) != len(reading.phones):
            raise Unusable(
                "durations.count",
                f"{len(row.durations)} durations for {len(reading.phones)} phones, edges included",
            )
        rate = self.plan.settings.rate / self.plan.settings.hop
        found = whole_frames(row.durations, sound.frames, rate)
        if found is None:
            raise Unusable(
                "durations.sum",
                f"the durations sum to {sum(row.durations):g}, the clip has {sound.frames} frames"
                f" ({sound.seconds:.2f} s)",
            )
        return found


def _own_reading(row: Row, language: str) -> Reading | Unusable:
    """The phones that a row brings along."""
    per_token = row.per_token or (len(row.phones),)
    if len(row.phones) != len(row.tones) or sum(per_token) != len(row.phones):
        return Unusable(
            "reading.counts",
            f"{len(row.phones)} phones have {len(row.tones)} tones and counts of {sum(per_token)}",
        )
    return Reading(
        language=row.language or language,
        text=row.text,
        normalised=row.text,
        model_text=row.text,
        phones=row.phones,
        tones=row.tones,
        phones_per_token=per_token,
    )


def _unique_names(rows: Sequence[Row]) -> list[str | None]:
    """A name below the dataset for every recording; `None` for the second use of one."""
    seen: set[str] = set()
    names: list[str | None] = []
    for row in rows:
        path = Path(row.audio)
        inside = not path.is_absolute() and ".." not in path.parts
        name = (path.with_suffix("") if path.suffix else path).as_posix() if inside else path.stem
        names.append(None if name in seen or not name else name)
        seen.add(name)
    return names


def _folder_style(name: str) -> str:
    parent = Path(name).parent.as_posix()
    return "" if parent == "." else parent.rpartition("/")[2]


def _read_done(path: Path) -> dict[str, dict[str, Any]]:
    done: dict[str, dict[str, Any]] = {}
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
                done[entry["audio"]] = entry
            except (ValueError, KeyError, TypeError):
                continue  # the last line of a run that was killed
    return done
