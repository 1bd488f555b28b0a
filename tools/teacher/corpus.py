"""Plans to clips: spoken by the teacher, cut, written; what was made before is kept."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sbv2cli.audio.resample import resample
from sbv2cli.writers.audio.wav import wav_bytes
from tools.teacher import cover, engine
from tools.teacher.plan import Left, Plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE, HOP = 24000, 300
FADE = 120  # samples at each edge, where the teacher's silence is cut
# Semitones from beginning to end of a question's last mora. Kokoro's fades as it ends.
RISE, RISE_OF_KOKORO = 9.0, 12.0
VERSION = 2  # of everything below that changes a clip
KOKORO_VERSION = 5  # the same, of `kokoro`


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One of the teacher's voices."""

    file: str
    sha256: str
    # Decibels for the engine, which clips: each style comes out at about -23 LUFS. One gain per
    # style and none per clip, since nothing in the text would tell a student of it.
    gain_db: float


# © 2015 Intelligent Communication Network (Ito-Nose) Laboratory, Tohoku University, CC BY 4.0.
VOICES: Mapping[str, Voice] = {
    "Neutral": Voice(
        file="tohoku-f01-neutral.htsvoice",
        sha256="ded6acb4243b93cc50896199d67b00a7c487662bfcdcd3f9f30a4fb0444b0b46",
        gain_db=-6.4,
    ),
    "Happy": Voice(
        file="tohoku-f01-happy.htsvoice",
        sha256="6bf9559a0757c5250165de40dda034a7e95504f3a3ce4abce58532cee1040cc0",
        gain_db=-5.2,
    ),
    "Sad": Voice(
        file="tohoku-f01-sad.htsvoice",
        sha256="1c76d4d5646c46e13410651c4232b95af8b878e67afd370a605b5de792ba17ee",
        gain_db=-4.0,
    ),
    "Angry": Voice(
        file="tohoku-f01-angry.htsvoice",
        sha256="c246afac0d41ada4010db80ca673b6b51cb8e16e9f3a47487d0df3d2ca5b7ec8",
        gain_db=-5.6,
    ),
}

DONE = "done.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Teacher:
    """Where the engine's library and its voices are, and the wheels of Kokoro if it speaks."""

    library: Path
    voices: Path
    kokoro: Path | None = None

    def missing(self, styles: Sequence[str]) -> list[str]:
        """Voices that are not there, or are not the ones that this recipe was made with."""
        paths = [(self.voices / VOICES[style].file, VOICES[style].sha256) for style in styles]
        return [
            str(path)
            for path, wanted in paths
            if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != wanted
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A clip that is there."""

    key: str
    audio: str
    text: str
    style: str
    held: bool
    phones: tuple[str, ...]
    tones: tuple[int, ...]
    durations: tuple[int, ...]  # frames
    clipped: int = 0  # samples of the teacher at full scale


def make(
    plans: Sequence[Plan], teacher: Teacher, out: Path, processes: int
) -> tuple[list[Clip], list[Left]]:
    """All clips of the plans in their order; what `done.jsonl` knows is not made again."""
    out.mkdir(parents=True, exist_ok=True)
    done = _read_done(out / DONE)
    said: list[Clip] = []
    left: list[Left] = []
    work = partial(_one, teacher, out, {audio: one["key"] for audio, one in done.items()})
    with (
        ProcessPoolExecutor(processes) as pool,
        (out / DONE).open("a", encoding="utf-8") as record,
    ):
        for plan, found in zip(plans, pool.map(work, plans, chunksize=8), strict=True):
            if found is None:
                said.append(_said(done[plan.task.audio]))
            elif isinstance(found, Clip):
                said.append(found)
                record.write(json.dumps(asdict(found), ensure_ascii=False) + "\n")
                record.flush()
            else:
                left.append(found)
    return said, left


def _one(teacher: Teacher, out: Path, known: Mapping[str, str], plan: Plan) -> Clip | Left | None:
    """One clip, why not, or `None` where it is there already."""
    task, voice = plan.task, VOICES[plan.task.style]
    key, target = _key(plan, voice, teacher.kokoro), out / task.audio
    if known.get(task.audio) == key and target.is_file():
        return None
    spoken = engine.speak(
        teacher.library,
        teacher.voices / voice.file,
        plan.labels,
        rising=plan.rising,
        rise=RISE_OF_KOKORO if teacher.kokoro else RISE,
        gain_db=voice.gain_db,
    )
    try:
        if teacher.kokoro:
            clip, durations = _with_the_sound_of_kokoro(teacher.kokoro, plan, spoken)
        else:
            durations = cover.frames(spoken.times, plan.covered)
            start = round(cover.speech_start(spoken.times) * RATE)
            clip = cut(resample(spoken.samples, spoken.rate, RATE), start, sum(durations) * HOP)
    except cover.UnmappedError as reason:
        return Left.of(task, reason)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    part.write_bytes(wav_bytes(clip, RATE, "pcm16"))
    part.replace(target)
    return Clip(
        key=key,
        audio=task.audio,
        text=task.text,
        style=task.style,
        held=task.held,
        phones=plan.phones,
        tones=plan.tones,
        durations=durations,
        clipped=int(np.count_nonzero(np.abs(spoken.samples) >= 32767 / 32768)),
    )


def _with_the_sound_of_kokoro(
    wheels: Path, plan: Plan, spoken: engine.HtsSpeech
) -> tuple[NDArray[np.float32], tuple[int, ...]]:
    from tools.teacher import kokoro  # noqa: PLC0415 - onnx is not needed without it

    samples, units = kokoro.loaded(wheels).speak(plan.labels, spoken, plan.rising, plan.task.style)
    durations = cover.shared([kokoro.UNIT_FRAMES * count for count in units], plan.covered)
    return cut(samples * kokoro.GAIN, 0, sum(durations) * HOP), durations


def cut(samples: NDArray[np.float32], start: int, count: int) -> NDArray[np.float32]:
    """`count` samples from `start`, silence where there are none, faded at both edges."""
    found = np.zeros(count, dtype=np.float32)
    first, last = max(0, start), min(len(samples), start + count)
    found[first - start : last - start] = samples[first:last]
    ramp = np.linspace(0, 1, FADE, endpoint=False, dtype=np.float32)
    found[:FADE] *= ramp
    found[-FADE:] *= ramp[::-1]
    return found


def write_lists(out: Path, said: Sequence[Clip], left: Sequence[Left]) -> dict[str, Any]:
    """Transcript and durations as `sbv2 train prepare` reads them, held ones apart; a report."""
    _write_list(out, [one for one in said if not one.held])
    _write_list(out / "held", [one for one in said if one.held], "held/")
    seconds: Counter[str] = Counter()
    for one in said:
        seconds["held" if one.held else one.style] += sum(one.durations)
    report = {
        "clips": dict(Counter("held" if one.held else one.style for one in said)),
        "minutes": {name: round(n * HOP / RATE / 60, 1) for name, n in seconds.items()},
        "dropped": dict(Counter(one.code for one in left)),
        "clipped": sum(one.clipped > 0 for one in said),
        "left": [asdict(one) for one in left],
    }
    text = json.dumps(report, ensure_ascii=False, indent=1) + "\n"
    (out / "report.json").write_text(text, encoding="utf-8")
    return report


def _write_list(folder: Path, said: Sequence[Clip], prefix: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["audio\ttext\tstyle\tphones\ttones"]
    frames = []
    for one in said:
        audio = one.audio.removeprefix(prefix)
        tones = " ".join(map(str, one.tones))
        rows.append("\t".join((audio, one.text, one.style, " ".join(one.phones), tones)))
        frames.append(json.dumps({"audio": audio, "durations": one.durations}))
    _write_lines(folder / "transcript.tsv", rows)
    _write_lines(folder / "durations.jsonl", frames)


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _key(plan: Plan, voice: Voice, kokoro: Path | None) -> str:
    rise = RISE_OF_KOKORO if kokoro else RISE
    rising = (rise, plan.rising) if plan.rising else ()
    content = repr(
        (VERSION, cover.LEAD, cover.TAIL, plan.labels, plan.phones, plan.tones, rising, voice)
    )
    if kokoro:
        content += f"kokoro {KOKORO_VERSION}"
    return hashlib.sha256(content.encode()).hexdigest()[:24]


def _read_done(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                one = json.loads(line)
            except ValueError:
                continue  # the last line of a run that was killed
            found[one["audio"]] = one
    return found


def _said(row: Mapping[str, Any]) -> Clip:
    lists = {name: tuple(row[name]) for name in ("phones", "tones", "durations")}
    return Clip(**{**row, **lists})
