"""`sbv2 train prepare`: recordings and a transcript -> a dataset folder.

The folder holds `config.json`, `style_vectors.npy`, `train.jsonl`, `val.jsonl`, the prepared
recordings and `report.json`, which says what was left out and why. Preparing again goes on where
it stopped: a recording that is unchanged is not touched.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from sbv2cli import tables
from sbv2cli.engine.bert.folders import find_bert
from sbv2cli.errors import UsageError, did_you_mean
from sbv2cli.files import cannot_read
from sbv2cli.training.checkpoints import write_bytes, write_whole
from sbv2cli.training.data import arrays
from sbv2cli.training.data.clips import TRAIN, VALIDATION, Clip, write_clips
from sbv2cli.training.prepare import style_vectors
from sbv2cli.training.prepare.bert_features import save_features
from sbv2cli.training.prepare.make_clips import Dropped, Made, Maker, PrepareSettings
from sbv2cli.training.prepare.style_vectors import NEUTRAL
from sbv2cli.training.prepare.transcripts import Row, read_transcript
from sbv2cli.training.recipes import DEFAULT, RECIPES
from sbv2cli.training.recipes.vocoder import with_vocoder
from sbv2cli.voices.configs import voice_config
from sbv2cli.voices.phonologies import symbol_table

REPORT = "report.json"
MOST_VALIDATION = 12  # clips per speaker; published


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
    _check_styles(settings, config)
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
    maker = Maker(settings, config)
    _refuse_missing(settings, maker, rows)
    settings.out.mkdir(parents=True, exist_ok=True)
    found = maker.run(rows, advance)
    return _finish(settings, config, found, maker)


def _check_styles(settings: PrepareSettings, config: Mapping[str, Any]) -> None:
    given, model = settings.style_vectors, settings.style_model
    if given is not None and model is not None:
        raise UsageError(
            "train.styles-twice",
            "style vectors are given, and a model that would measure them",
            hint="leave out one of --style-vectors and --style-model",
        )
    voice = voice_config.parse(json.dumps(config), where="the recipe")
    if (given is not None or model is not None) and not voice.has_styles:
        raise UsageError(
            "train.no-styles",
            "such a voice has no styles to be measured",
            hint="leave out the style vectors, or choose another recipe",
        )


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
        recipe = tables.load(RECIPES[DEFAULT])()
        symbols = symbol_table.beside(folder)
        if symbols is not None and "version" not in raw and "symbols" not in raw:
            raw["symbols"] = list(symbols[0])
        config = {
            **raw,
            "train": {**recipe["train"], **raw.get("train", {})},
            "data": {**recipe["data"], **raw.get("data", {})},
        }
        # Whether anything is learned under it, its family says before the first recording.
        voice_config.with_names(config, (), ())
        return config
    if settings.recipe not in RECIPES:
        raise UsageError(
            "train.recipe",
            f'there is no recipe "{settings.recipe}"',
            hint=did_you_mean(settings.recipe, RECIPES),
        )
    return with_vocoder(tables.load(RECIPES[settings.recipe])(), settings.vocoder)


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
        raise cannot_read(
            error, settings.durations, given="--durations", code="train.durations"
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            "train.durations",
            f"a line of the durations cannot be understood: {error}",
            at=f"{settings.durations}:{number}",
            hint='write {"audio": "a/001", "durations": [12, 5, 9]} on each line',
        ) from None
    return [replace(row, durations=known.get(row.audio, row.durations)) for row in rows]


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


def _refuse_missing(settings: PrepareSettings, maker: Maker, rows: Sequence[Row]) -> None:
    """What is needed when all recordings are cut is looked for before the first."""
    given = settings.style_vectors
    if given is not None and not given.exists():
        raise UsageError("train.style-table", f'there are no style vectors at "{given}"')
    # Of an earlier time, features may be whole without a model.
    if maker.voice.needs_bert and not any((settings.out / "bert").glob("*.npy")):
        for language in sorted({row.language or settings.language for row in rows}):
            find_bert(language, given=settings.bert)


def _finish(
    settings: PrepareSettings, config: dict[str, Any], made: list[Made], maker: Maker
) -> Prepared:
    if maker.voice.needs_bert:
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
    speakers = list(dict.fromkeys(one.clip.speaker for one in made))
    config["model_name"] = settings.name or settings.out.name
    config["data"] |= {"training_files": TRAIN, "validation_files": VALIDATION}
    if maker.voice.has_styles:
        made = _named_styles(made)
        styles = [NEUTRAL, *sorted({one.clip.style for one in made} - {NEUTRAL})]
        vectors = _style_table(settings, made, styles)
        write_whole(settings.out / "style_vectors.npy", lambda file: np.save(file, vectors))
    else:
        styles = []
        made = [replace(one, clip=replace(one.clip, style=NEUTRAL)) for one in made]
    config = voice_config.with_names(config, speakers, styles)
    clips = [one.clip for one in made]
    training, validation = _split(clips, settings)
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


def _with_features(settings: PrepareSettings, made: list[Made], maker: Maker) -> list[Made]:
    wrong = save_features([one.clip for one in made], settings.out, settings.bert)
    maker.dropped += [
        Dropped(audio=one.clip.id, at=one.at, code="bert.tokens", message=wrong[one.clip.id])
        for one in made
        if one.clip.id in wrong
    ]
    return [one for one in made if one.clip.id not in wrong]


def _named_styles(made: list[Made]) -> list[Made]:
    """Sub-folders are styles only where there are two at least."""
    named = {one.clip.style for one in made if one.clip.style}
    keep = len(named) >= 2
    return [
        replace(one, clip=replace(one.clip, style=(one.clip.style if keep else "") or NEUTRAL))
        for one in made
    ]


def _style_table(settings: PrepareSettings, made: list[Made], styles: list[str]) -> Any:
    given = settings.style_vectors
    if settings.style_model is None and (given is None or given.is_file()):
        # Vectors of clips would win over those of styles, and these are of an earlier time.
        style_vectors.forget(settings.out)
    if given is None and settings.style_model is None:
        return style_vectors.fixed(styles)
    if given is not None and given.is_file():
        table = arrays.load(given, "write it with numpy.save: a row a style")
        if table.shape != (len(styles), style_vectors.SIZE) or not np.isfinite(table).all():
            raise UsageError(
                "train.style-table",
                f"the style vectors are {'x'.join(map(str, table.shape))}, wanted"
                f" {len(styles)}x{style_vectors.SIZE} finite numbers for {', '.join(styles)}",
                at=str(given),
            )
        return table.astype(np.float32)
    measured = {one.clip.id: one.style_vector for one in made}
    if given is not None:
        style_vectors.forget(settings.out)
        for clip, vector in measured.items():
            style_vectors.keep(settings.out, clip, vector)
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
    write_bytes(path, (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode())
