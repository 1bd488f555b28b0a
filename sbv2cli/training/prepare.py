"""`sbv2 train prepare`: recordings and a transcript -> a dataset folder.

The folder holds `config.json`, `style_vectors.npy`, `train.jsonl`, `val.jsonl`, the prepared
recordings and `report.json`, which says what was left out and why. Preparing again goes on where
it stopped: a recording that is unchanged is not touched.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import numpy as np

from sbv2cli.errors import ReadingError, UsageError, did_you_mean
from sbv2cli.languages.language import DictionaryEntry, ReadOptions
from sbv2cli.languages.pool import Request, read_all
from sbv2cli.records import Reading
from sbv2cli.training import style_vectors
from sbv2cli.training.clips import TRAIN, VALIDATION, Clip, whole_frames, write_clips
from sbv2cli.training.fit_settings import spectrogram_settings
from sbv2cli.training.prepare_audio import AudioPlan, Sound, Unusable, find_audio, prepare_audio
from sbv2cli.training.prepare_bert import save_features
from sbv2cli.training.recipes import RECIPES
from sbv2cli.training.style_vectors import NEUTRAL
from sbv2cli.training.transcripts import Row, read_transcript

Unreadable = Literal["raise", "skip", "use"]

DONE = "done.jsonl"
REPORT = "report.json"
MOST_VALIDATION = 12  # clips per speaker; published


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareSettings:
    """What `sbv2 train prepare` was asked for."""

    audio: Path
    transcript: Path
    out: Path
    name: str = ""
    recipe: str = "jp-extra"
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
class Prepared:
    """What came of it."""

    clips: int
    validation: int
    seconds: float
    reused: int
    speakers: Mapping[str, int]
    styles: Mapping[str, int]
    dropped: tuple[Dropped, ...]


def prepare(
    settings: PrepareSettings, advance: Callable[[float, bool], None] = lambda _s, _bad: None
) -> Prepared:
    """Make or complete a dataset. `advance(seconds, dropped)` is called once per row."""
    config = starting_config(settings)
    rows = read_transcript(settings.transcript)
    if not settings.audio.is_dir():
        raise UsageError(
            "train.audio-folder",
            f'there is no folder "{settings.audio}"',
            hint="give the folder that holds the recordings",
        )
    rows = _with_durations(rows, settings)
    if settings.trim and any(row.durations for row in rows):
        raise UsageError(
            "train.trim-durations",
            "trimmed recordings no longer fit the given durations",
            hint="leave out --trim, or leave out the durations",
        )
    _refuse_another(settings, config)
    settings.out.mkdir(parents=True, exist_ok=True)
    maker = _Maker(settings, config)
    found = maker.run(rows, advance)
    return _finish(settings, config, found, maker)


def starting_config(settings: PrepareSettings) -> dict[str, Any]:
    """The configuration of the recipe, or of the voice that training goes on from."""
    if settings.base is not None:
        folder = settings.base if settings.base.is_dir() else settings.base.parent
        try:
            raw = json.loads((folder / "config.json").read_text(encoding="utf-8-sig"))
        except (OSError, ValueError):
            raise UsageError(
                "train.base",
                f'"{settings.base}" is no voice folder with a config.json',
                hint="give the folder of the voice to go on from",
            ) from None
        recipe = RECIPES["jp-extra"]()
        return {
            **raw,
            "train": {**recipe["train"], **raw.get("train", {})},
            "data": {**recipe["data"], **raw.get("data", {})},
        }
    if settings.recipe not in RECIPES:
        raise UsageError(
            "train.recipe",
            f'there is no recipe "{settings.recipe}"',
            hint=did_you_mean(settings.recipe, RECIPES),
        )
    return RECIPES[settings.recipe]()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    clip: Clip
    at: str
    seconds: float
    style_vector: Any = None


class _Maker:
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
        self.dropped: list[Dropped] = []
        self.reused = 0
        self._plan_hash = hashlib.sha256(repr(self.plan).encode()).hexdigest()[:16]
        self._done = _read_done(settings.out / DONE)
        self._lock = Lock()

    def run(self, rows: Sequence[Row], advance: Callable[[float, bool], None]) -> list[_Made]:
        threads = self.settings.threads or os.cpu_count() or 1
        readings = self._readings(rows)
        names = _unique_names(rows)
        made: list[_Made] = []
        with (
            ThreadPoolExecutor(threads) as pool,
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

    def _make(self, row: Row, name: str | None, reading: Reading | Unusable, done: Any) -> _Made:
        if isinstance(reading, Unusable):
            raise reading
        if name is None:
            raise Unusable("audio.twice", f'the recording "{row.audio}" was named before')
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
        if clip.durations is None and clip.symbols > clip.frames:
            raise Unusable(
                "audio.fast", f"{clip.symbols} symbols do not fit into {clip.frames} frames"
            )
        vector = None
        if self.settings.style_vectors is not None and self.settings.style_vectors.is_dir():
            vector = style_vectors.load_measured(self.settings.style_vectors, row.audio)
            if vector is None:
                raise Unusable("style.missing", f'there is no style vector for "{row.audio}"')
            if not np.isfinite(vector).all():
                raise Unusable("style.not-finite", "the style vector is not finite")
        return _Made(clip=clip, at=row.at, seconds=sound.seconds, style_vector=vector)

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


def _with_durations(rows: list[Row], settings: PrepareSettings) -> list[Row]:
    """Rows with the durations of a side file: JSON lines of `{"audio", "durations"}`."""
    if settings.durations is None:
        return rows
    known: dict[str, tuple[float, ...]] = {}
    number = 0
    try:
        for line in settings.durations.read_text("utf-8").splitlines():
            number += 1
            if line.strip():
                entry = json.loads(line)
                known[str(entry["audio"])] = tuple(float(x) for x in entry["durations"])
    except OSError as error:
        raise UsageError(
            "train.durations",
            f"the durations cannot be read: {error.strerror}",
            at=str(settings.durations),
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            "train.durations",
            f"a line of the durations cannot be understood: {error}",
            at=f"{settings.durations}:{number}",
            hint='write {"audio": "a/001", "durations": [12, 5, 9]} on each line',
        ) from None
    return [replace(row, durations=known.get(row.audio, row.durations)) for row in rows]


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


def _refuse_another(settings: PrepareSettings, config: Mapping[str, Any]) -> None:
    """A dataset of another shape is not mixed with this one."""
    path = settings.out / "config.json"
    if not path.is_file():
        return
    before = json.loads(path.read_text(encoding="utf-8")).get("data", {})
    keys = ("sampling_rate", "hop_length", "filter_length")
    other = [key for key in keys if before.get(key) != config["data"].get(key)]
    if other:
        raise UsageError(
            "train.dataset-other",
            f"the folder holds a dataset with another {other[0]}: {before.get(other[0])}",
            at=str(settings.out),
            hint="give another --out",
        )


def _finish(
    settings: PrepareSettings, config: dict[str, Any], made: list[_Made], maker: _Maker
) -> Prepared:
    if config.get("sbv2cli", {}).get("bert") != "none":
        made = _with_features(settings, made, maker)
    dropped = tuple(maker.dropped)
    if not made:
        reasons = Counter(one.code for one in dropped).most_common(3)
        raise UsageError(
            "train.no-clips",
            f"all {len(dropped)} lines were dropped:"
            f" {', '.join(f'{code} ({count})' for code, count in reasons)}",
            at=str(settings.transcript),
            hint=f"the first: {dropped[0].at}: {dropped[0].message}",
        )
    made = _named_styles(made)
    styles = [NEUTRAL, *sorted({one.clip.style for one in made} - {NEUTRAL})]
    vectors = _style_table(settings, made, styles)
    speakers = list(dict.fromkeys(one.clip.speaker for one in made))
    config["model_name"] = settings.name or settings.out.name
    config["data"] |= {
        "use_jp_extra": str(config["version"]).endswith("JP-Extra"),
        "training_files": TRAIN,
        "validation_files": VALIDATION,
        "n_speakers": len(speakers),
        "spk2id": {name: index for index, name in enumerate(speakers)},
        "num_styles": len(styles),
        "style2id": {name: index for index, name in enumerate(styles)},
    }
    clips = [one.clip for one in made]
    training, validation = _split(clips, settings)
    np.save(settings.out / "style_vectors.npy", vectors)
    _write_json(settings.out / "config.json", config)
    write_clips(settings.out / TRAIN, training)
    write_clips(settings.out / VALIDATION, validation)
    prepared = Prepared(
        clips=len(training),
        validation=len(validation),
        seconds=sum(one.seconds for one in made),
        reused=maker.reused,
        speakers=dict(Counter(clip.speaker for clip in clips)),
        styles=dict(Counter(clip.style for clip in clips)),
        dropped=dropped,
    )
    _write_json(settings.out / REPORT, asdict(prepared))
    return prepared


def _with_features(settings: PrepareSettings, made: list[_Made], maker: _Maker) -> list[_Made]:
    wrong = save_features([one.clip for one in made], settings.out, settings.bert)
    maker.dropped += [
        Dropped(audio=one.clip.id, at=one.at, code="bert.tokens", message=wrong[one.clip.id])
        for one in made
        if one.clip.id in wrong
    ]
    return [one for one in made if one.clip.id not in wrong]


def _named_styles(made: list[_Made]) -> list[_Made]:
    """Sub-folders are styles only where there are two at least."""
    named = {one.clip.style for one in made if one.clip.style}
    keep = len(named) >= 2
    return [
        replace(one, clip=replace(one.clip, style=(one.clip.style if keep else "") or NEUTRAL))
        for one in made
    ]


def _style_table(settings: PrepareSettings, made: list[_Made], styles: list[str]) -> Any:
    given = settings.style_vectors
    if given is None:
        return style_vectors.fixed(styles)
    if given.is_file():
        table = np.load(given, allow_pickle=False)
        if table.shape != (len(styles), style_vectors.SIZE) or not np.isfinite(table).all():
            raise UsageError(
                "train.style-table",
                f"the style vectors are {'x'.join(map(str, table.shape))}, wanted"
                f" {len(styles)}x{style_vectors.SIZE} finite numbers for {', '.join(styles)}",
                at=str(given),
            )
        return table.astype(np.float32)
    if not given.is_dir():
        raise UsageError("train.style-table", f'there are no style vectors at "{given}"')
    measured = {one.clip.id: one.style_vector for one in made}
    folder = settings.out / "styles"
    for clip, vector in measured.items():
        path = folder / f"{clip}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, vector)
    return style_vectors.means(measured, {one.clip.id: one.clip.style for one in made}, styles)


def _split(clips: list[Clip], settings: PrepareSettings) -> tuple[list[Clip], list[Clip]]:
    """Some clips of each speaker for validation; the rest, shuffled, for training."""
    shuffled = list(clips)
    random.Random(settings.seed).shuffle(shuffled)  # noqa: S311 - no secret
    wanted = min(settings.validation, MOST_VALIDATION)
    taken: Counter[str] = Counter()
    training, validation = [], []
    for clip in shuffled:
        if taken[clip.speaker] < wanted:
            taken[clip.speaker] += 1
            validation.append(clip)
        else:
            training.append(clip)
    if not training:
        raise UsageError(
            "train.no-clips",
            f"all {len(clips)} clips would be used for validation",
            hint="pass a smaller --validation",
        )
    return training, validation


def _write_json(path: Path, content: Any) -> None:
    temporary = path.with_suffix(".part")
    temporary.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)
