"""Several voices, and several settings of one, on the same held-out sentences.

    python -m tools.evaluate_voice.compare OURS=runs/small/voice Grad-TTS=runs/grad/voice:1,4,10 \
        --held-out CORPUS/held --recogniser FOLDER --quality --takes 10 --out compare.json \
        --chart compare.svg

A point is NAME=VOICE, or NAME=VOICE:STEPS,STEPS of a diffusion. Points that --out already has are
not measured again, so that a run may be stopped, and gone on with when the next voice is there;
--again measures them anew. --noise and --temperature hold for all points of a run. Whoever wants
the speed alone leaves the listeners out and names another file. One thread; speed is by the time
that the process had of its processor, so that other processes count as little as can be, and by the
clock beside it.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

import sbv2cli
from sbv2cli.records import Delivery
from tools.evaluate_voice import chart, metrics, pictures
from tools.evaluate_voice.metrics import RATE, AlignedSound
from tools.evaluate_voice.sides import Held, Listeners, Sums, evenly, heard, held, same_phones, save

FRAME_MS = 1000 * metrics.HOP / RATE
TAKEN = 3  # sentences that are said with many seeds
DRAWN = 3  # sentences in a picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A voice with its settings."""

    name: str
    voice: str
    steps: int | None = None

    @property
    def label(self) -> str:
        """What the table and the chart call it."""
        return self.name if self.steps is None else f"{self.name} {self.steps}"


@dataclass(slots=True)
class Beside:
    """What a voice and its teacher have between them, sentence by sentence."""

    own: Sums = field(default_factory=Sums)
    processor_s: float = 0.0
    clock_s: float = 0.0
    distances: list[float] = field(default_factory=list)
    errors_ms: list[float] = field(default_factory=list)
    pitches: list[np.ndarray[Any, Any]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def report(self) -> dict[str, Any]:
        """Numbers for people."""
        found = self.own.report()
        hertz = np.concatenate(self.pitches, axis=1) if self.pitches else np.zeros((2, 0))
        semitones = 12 * np.log2(hertz[0] / hertz[1])
        return {
            **found,
            "sentences": len(self.distances),
            "failed": self.failed,
            "times_real_time": round(self.own.seconds / max(self.processor_s, 1e-9), 2),
            "times_real_time_by_clock": round(self.own.seconds / max(self.clock_s, 1e-9), 2),
            "mel_distance": mean(self.distances),
            "duration_error_ms": mean(self.errors_ms),
            # Where nothing is voiced there is no pitch to be wrong.
            "pitch_error_semitones": round(float(np.sqrt(np.mean(semitones**2))), 3)
            if semitones.size
            else None,
        }


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, measure what is not measured yet, report."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.evaluate_voice.compare",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("points", nargs="+", metavar="NAME=VOICE[:STEPS,...]")
    parser.add_argument("--held-out", type=Path, required=True)
    parser.add_argument("--limit", type=int, help="so many sentences, evenly")
    parser.add_argument("--recogniser", type=Path, help="where the recogniser is (put together)")
    parser.add_argument("--quality", action="store_true", help="estimate DNSMOS and DistillMOS")
    parser.add_argument("--takes", type=int, default=0, help="seeds that diversity is measured by")
    parser.add_argument("--noise", type=float, help="of voices with a flow")
    parser.add_argument("--temperature", type=float, help="of voices with a diffusion")
    parser.add_argument("--again", action="store_true", help="measure also what --out has")
    parser.add_argument("--out", type=Path, required=True, help="the report, JSON")
    parser.add_argument("--chart", type=Path, help="quality against speed, SVG")
    parser.add_argument("--save", type=Path, help="folder for sounds and spectrograms")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    points = points_of(asked.points)
    rows = evenly(held(asked.held_out), asked.limit)
    listeners = Listeners(asked.recogniser, quality=asked.quality)
    found = read_report(asked.out)
    if "teacher" not in found:
        found["teacher"] = teacher_of(rows, listeners)
        write_report(asked.out, found)
    for point in points:
        if point.label not in found["points"] or asked.again:
            found["points"][point.label] = measure(point, rows, listeners, asked)
            # Each as soon as it is known.
            write_report(asked.out, found)
    write_report(asked.out, found)
    if asked.chart:
        asked.chart.write_text(chart.svg(found["points"], found["teacher"]), encoding="utf-8")
    print(table(found))
    return 0


def points_of(texts: Sequence[str]) -> list[Point]:
    """What the command line asks for."""
    points = []
    for text in texts:
        name, _, rest = text.partition("=")
        voice, _, steps = rest.partition(":")
        if not name or not voice:
            sys.exit(f'"{text}" is not NAME=VOICE or NAME=VOICE:STEPS')
        counts = [int(count) for count in steps.split(",")] if steps else [None]
        points += [Point(name=name, voice=voice, steps=count) for count in counts]
    return points


def measure(
    point: Point, rows: Sequence[Held], listeners: Listeners, asked: argparse.Namespace
) -> dict[str, Any]:
    """All that is measured of one point."""
    print(point.label, file=sys.stderr, flush=True)
    voice = sbv2cli.load_voice(point.voice, device="cpu")
    delivery = Delivery(
        sdp_ratio=0.0,
        seed=0,
        steps=point.steps,
        noise=asked.noise,
        temperature=asked.temperature,
    )
    # The first sentence finds nothing ready.
    voice.speak([sbv2cli.Line(text=rows[0][0], delivery=delivery)])
    beside, drawn = Beside(), []
    for text, teacher in rows:
        sound = timed(voice, sbv2cli.Line(text=text, delivery=delivery), beside)
        if sound.failure is not None or not same_phones(sound, teacher):
            beside.failed.append(text)
            continue
        student = heard(sound, teacher)
        beside.own.add(student)
        listeners.hear(beside.own, text, student)
        compare(student, teacher, beside)
        if len(drawn) < DRAWN:
            drawn.append((student.samples, teacher.samples))
            if asked.save:
                save(asked.save / f"{point.label} {len(drawn)}.wav", student.samples)
    if asked.save:
        (asked.save / f"{point.label}.png").write_bytes(pictures.side_by_side(drawn))
    report = {"voice": point.voice, "steps": point.steps, **beside.report()}
    if asked.takes:
        report |= diversity(voice, [text for text, _ in rows[:TAKEN]], delivery, asked.takes)
    return report


def timed(voice: sbv2cli.Voice, line: sbv2cli.Line, beside: Beside) -> sbv2cli.Sound:
    """A line, said; what it took goes to the others."""
    processor, clock = time.process_time(), time.perf_counter()
    (sound,) = voice.speak([line])
    beside.processor_s += time.process_time() - processor
    beside.clock_s += time.perf_counter() - clock
    return sound


def compare(student: AlignedSound, teacher: AlignedSound, beside: Beside) -> None:
    """Phone beside phone."""
    beside.distances.append(metrics.mel_distance(student, teacher))
    inner = slice(1, -2)  # the silences at the edges are cut, not spoken
    beside.errors_ms += (np.abs(student.frames - teacher.frames)[inner] * FRAME_MS).tolist()
    beside.pitches.append(metrics.pitch_pairs(student, teacher))


def diversity(
    voice: sbv2cli.Voice, texts: Sequence[str], delivery: Delivery, takes: int
) -> dict[str, Any]:
    """How far takes of a sentence are from each other, as the voice says it by default.

    Pitch: deviation over the seeds of each mora, in semitones, on the average; length: deviation
    over the seeds, as a share of the sentence.
    """
    pitches, lengths = [], []
    for text in texts:
        moras: dict[int, list[float]] = {}
        seconds = []
        for seed in range(takes):
            line = sbv2cli.Line(text=text, delivery=replace(delivery, sdp_ratio=None, seed=seed))
            (sound,) = voice.speak([line])
            spoken = aligned(sound)
            seconds.append(len(spoken.samples) / RATE)
            for index, _, hertz in metrics.mora_pitches(spoken):
                moras.setdefault(index, []).append(12 / np.log(2) * hertz)
        pitches += [np.std(found) for found in moras.values() if len(found) > takes // 2]
        lengths.append(np.std(seconds) / np.mean(seconds))
    return {
        "takes": takes,
        "take_pitch_semitones": mean(pitches),
        "take_length_share": mean(lengths),
    }


def aligned(sound: sbv2cli.Sound) -> AlignedSound:
    """A sound with its own phones."""
    reading = sound.or_raise().reading
    assert reading is not None
    own = AlignedSound(
        samples=sound.samples, phones=reading.phones, tones=reading.tones, frames=np.zeros(0)
    )
    return heard(sound, own)


def teacher_of(rows: Sequence[Held], listeners: Listeners) -> dict[str, Any]:
    """The floor of all figures: the teacher saying the same."""
    sums = Sums()
    for text, teacher in rows:
        sums.add(teacher)
        listeners.hear(sums, text, teacher)
    return sums.report()


def read_report(path: Path) -> dict[str, Any]:
    """What was measured before."""
    if not path.exists():
        return {"points": {}}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def write_report(path: Path, found: dict[str, Any]) -> None:
    """As JSON."""
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


COLUMNS = {
    "phone errors": "phone_error_rate",
    "DistillMOS": "distillmos",
    "DNSMOS": "dnsmos_overall",
    "pitch error": "pitch_error_semitones",
    "duration error": "duration_error_ms",
    "mel distance": "mel_distance",
    "× real time": "times_real_time",
    "takes: pitch": "take_pitch_semitones",
    "takes: length": "take_length_share",
}


def table(found: dict[str, Any]) -> str:
    """The report as a table of Markdown."""
    rows = {**found["points"], "teacher": found["teacher"]}
    lines = [f"| | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 1) + "|"]
    for label, values in rows.items():
        cells = [str(values.get(key, "")) for key in COLUMNS.values()]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def mean(values: Sequence[float]) -> float:
    """Of some numbers, rounded for people."""
    return round(float(np.mean(values)), 4) if len(values) else 0.0


if __name__ == "__main__":
    sys.exit(main())
