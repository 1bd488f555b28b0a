"""The held-out sentences as two sides say them, and what is measured of each."""

from __future__ import annotations

import csv
import json
import wave
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sbv2cli.audio import levels, loudness
from sbv2cli.audio.resample import resample
from sbv2cli.proof.listen.compare import edits
from sbv2cli.proof.listen.recogniser import Recogniser
from sbv2cli.writers.audio.wav import wav_bytes
from tools.evaluate_voice import learned_metrics, metrics
from tools.evaluate_voice.metrics import HOP, RATE, AlignedSound

if TYPE_CHECKING:
    import sbv2cli


@dataclass(slots=True)
class Sums:
    """What was measured of one side, sentence by sentence."""

    lufs: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)
    seconds: float = 0.0
    clipped: int = 0
    clicks: int = 0
    not_finite: int = 0
    offset: float = 0.0
    tones: list[tuple[int, int]] = field(default_factory=list)
    vowels: list[tuple[int, int]] = field(default_factory=list)
    errors: list[tuple[int, int]] = field(default_factory=list)
    dnsmos: list[tuple[float, float, float]] = field(default_factory=list)
    distillmos: list[float] = field(default_factory=list)
    comb: list[float] = field(default_factory=list)

    def add(self, spoken: AlignedSound) -> None:
        """Everything that needs no network."""
        sound = spoken.samples
        self.not_finite += int(not np.isfinite(sound).all())
        self.lufs.append(loudness.loudness(sound, RATE))
        self.peaks.append(levels.peak_db(sound))
        self.seconds += len(sound) / RATE
        self.clipped += int((np.abs(sound) >= 32767 / 32768).sum())
        self.clicks += metrics.clicks(sound)
        self.comb.append(metrics.comb_db(sound))
        self.offset = max(self.offset, abs(float(sound.mean())))
        self.tones.append(metrics.tone_changes(spoken))
        self.vowels.append(metrics.voiced_energy(spoken))

    def report(self) -> dict[str, Any]:
        """Numbers for people."""
        found: dict[str, Any] = {
            "seconds": round(self.seconds, 1),
            "loudness_lufs": round(float(np.mean(self.lufs)), 2),
            "loudness_sd_db": round(float(np.std(self.lufs)), 2),
            "peak_db": round(max(self.peaks), 2),
            "clipped_samples": self.clipped,
            "clicks_per_minute": round(60 * self.clicks / self.seconds, 2),
            "frame_rate_comb_db": round(float(np.mean(self.comb)), 2),
            "not_finite": self.not_finite,
            "offset": round(self.offset, 5),
            "tone_changes_followed": share(self.tones),
            "vowels_audible": share(self.vowels),
        }
        if self.errors:
            found["phone_error_rate"] = share(self.errors)
        if self.dnsmos:
            names = ("dnsmos_signal", "dnsmos_background", "dnsmos_overall")
            means = np.mean(self.dnsmos, axis=0).round(3).tolist()
            found |= dict(zip(names, means, strict=True))
            found["distillmos"] = round(float(np.mean(self.distillmos)), 3)
        return found


def share(counts: Sequence[tuple[int, int]]) -> float:
    """Of all together."""
    return round(sum(one for one, _ in counts) / max(1, sum(of for _, of in counts)), 4)


class Listeners:
    """The networks that listen, as many of them as were asked for."""

    def __init__(self, recogniser: Path | None, *, quality: bool) -> None:
        self._recogniser = Recogniser(recogniser) if recogniser else None
        self._dnsmos = learned_metrics.DnsMos() if quality else None
        self._distillmos = learned_metrics.DistillMos() if quality else None

    def hear(self, side: Sums, text: str, spoken: AlignedSound) -> None:
        """What they say of a sound goes into its side."""
        if self._recogniser:
            wanted = learned_metrics.phones_of(text)
            found = learned_metrics.phones_of(self._recogniser.hear(spoken.samples, RATE, "ja"))
            side.errors.append((edits(wanted, found), len(wanted)))
        if self._dnsmos and self._distillmos:
            side.dnsmos.append(self._dnsmos.score(spoken.samples, RATE))
            side.distillmos.append(self._distillmos.score(spoken.samples, RATE))


Held = tuple[str, AlignedSound]
"""A text, and the teacher saying it."""


def evenly(rows: Sequence[Held], limit: int | None) -> list[Held]:
    """So many of them, from all places."""
    if not limit or limit >= len(rows):
        return list(rows)
    return [rows[int(index * len(rows) / limit)] for index in range(limit)]


def held(folder: Path) -> list[Held]:
    """Texts, and the teacher saying them."""
    lines = (folder / "durations.jsonl").read_text(encoding="utf-8").splitlines()
    frames = {row["audio"]: row["durations"] for row in map(json.loads, lines)}
    found = []
    with (folder / "transcript.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            spoken = AlignedSound(
                samples=read_wav(folder / row["audio"]),
                phones=row["phones"].split(),
                tones=[int(tone) for tone in row["tones"].split()],
                frames=np.array(frames[row["audio"]]),
            )
            found.append((row["text"], spoken))
    return found


def read_wav(path: Path) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Mono samples of 16 bits."""
    with wave.open(str(path)) as file:
        raw = file.readframes(file.getnframes())
    return np.frombuffer(raw, dtype="<i2").astype(np.float32) / 32768


def same_phones(sound: sbv2cli.Sound, teacher: AlignedSound) -> bool:
    """Whether the voice reads the sentence as its teacher did."""
    assert sound.reading is not None
    return list(sound.reading.phones) == list(teacher.phones)


def heard(sound: sbv2cli.Sound, teacher: AlignedSound) -> AlignedSound:
    """A sound of ours at the teacher's rate."""
    ends = np.round([phone.end * RATE / HOP for phone in sound.phones]).astype(np.int64)
    return AlignedSound(
        samples=resample(sound.samples, sound.rate, RATE),
        phones=teacher.phones,
        tones=teacher.tones,
        frames=np.diff(ends, prepend=0),
    )


def save(path: Path, samples: np.ndarray[Any, np.dtype[np.float32]]) -> None:
    """A sound for ears."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(wav_bytes(samples, RATE, "pcm16"))
