"""The small public surface: open a voice once, then let it speak.

import sbv2cli

voice = sbv2cli.load_voice()  # or a folder: load_voice("voices/amitaro")
for sound in voice.speak(["おはようございます。", "今日はいい天気ですね。"]):
    print(sound.id, sound.seconds, sound.phones[:3])
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli import tables
from sbv2cli.engine.backend import features_of
from sbv2cli.engine.bert.folders import find_bert
from sbv2cli.engine.engine import WINDOW, Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.errors import EngineError, Sbv2Error
from sbv2cli.languages import LANGUAGES
from sbv2cli.languages.language import ReadOptions
from sbv2cli.readers.ruby import take_ruby
from sbv2cli.records import Delivery, LineFailure, LineId, Reading, Utterance, Waveform
from sbv2cli.voices import search_path
from sbv2cli.voices.bundle import Bundle, open_bundle
from sbv2cli.voices.phonologies.published_symbols import SYMBOLS
from sbv2cli.voices.to_utterance import to_utterance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbv2cli.engine.bert.features import Features
    from sbv2cli.languages.language import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something to say. A plain string given to `Voice.speak` is a line with nothing else said."""

    text: str
    id: str | None = None  # the position in the script, from 1, where not given
    language: str | None = None  # the voice's first language where not given
    delivery: Delivery = field(default_factory=Delivery)
    reading: Reading | None = None  # instead of reading the text
    style_vector: NDArray[np.float32] | None = None  # instead of a style by name


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """One phone of a sound, with its time in seconds."""

    symbol: str
    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What a line became: samples, or the reason why there are none."""

    id: str
    line: Line
    samples: NDArray[np.float32]
    rate: int
    phones: tuple[Phone, ...] = ()
    reading: Reading | None = None
    failure: LineFailure | None = None

    @property
    def seconds(self) -> float:
        """Length of the sound."""
        return len(self.samples) / self.rate

    def or_raise(self) -> Sound:
        """This sound, or its failure as an error."""
        if self.failure is not None:
            raise EngineError(
                self.failure.code,
                self.failure.message,
                at=f"line {self.id}",
                hint=self.failure.hint,
            )
        return self


class Voice:
    """A voice on a device, with its weights loaded."""

    def __init__(
        self, bundle: Bundle, settings: EngineSettings, bert: Path | str | None = None
    ) -> None:
        self.bundle = bundle
        self.features = features_for(bundle, settings, bert)
        self.engine = Engine(bundle, settings, self.features)

    @property
    def name(self) -> str:
        """Name of the voice."""
        return self.bundle.name

    @property
    def speakers(self) -> tuple[str, ...]:
        """Names of the speakers."""
        return tuple(self.bundle.config.speakers)

    @property
    def styles(self) -> tuple[str, ...]:
        """Names of the styles."""
        return tuple(self.bundle.config.styles)

    @property
    def rate(self) -> int:
        """Samples per second."""
        return self.bundle.config.rate

    def read(self, text: str, language: str | None = None) -> Reading:
        """How the voice would say a text; Japanese may hold ruby: 岬《みさき》, {岬|みさき}."""
        code = language or self.bundle.config.languages[0]
        speaker: Language = tables.resolve(LANGUAGES, code, kind="language")
        shown, ruby = take_ruby(text, code)
        return speaker.read(shown, ReadOptions(ruby=ruby))

    def speak(self, lines: Iterable[str | Line]) -> Iterator[Sound]:
        """One sound per line, in the order of the lines.

        A line that cannot be spoken gives a sound with a `failure`; the others are not touched.
        Only a few hundred lines are held at a time, so `lines` may be endless.
        """
        numbered = enumerate((Line(text=x) if isinstance(x, str) else x for x in lines), start=1)
        while window := list(islice(numbered, WINDOW)):
            yield from self._speak_window(
                [line if line.id is not None else replace(line, id=str(n)) for n, line in window]
            )

    def _speak_window(self, lines: list[Line]) -> Iterator[Sound]:
        # Two lines of a script may have one id; the engine's answers are matched by position.
        readings: dict[LineId, Reading] = {}
        failures: dict[LineId, LineFailure] = {}
        utterances: list[Utterance] = []
        keys = [LineId(f"{position}") for position in range(len(lines))]
        for key, line in zip(keys, lines, strict=True):
            try:
                readings[key] = line.reading or self.read(line.text, line.language)
                utterances.append(
                    to_utterance(
                        key,
                        readings[key],
                        self.bundle,
                        line.delivery,
                        style_vector=line.style_vector,
                    )
                )
            except Sbv2Error as error:
                failures[key] = LineFailure(
                    id=key, code=error.code, message=error.message, at=error.at, hint=error.hint
                )
        answers: dict[LineId, Waveform | LineFailure] = dict(failures)
        spoken = {u.id: u for u in utterances}
        following = 0
        for answer in self.engine.speak(utterances):
            answers[answer.id] = answer
            while following < len(lines) and keys[following] in answers:
                key = keys[following]
                yield self._sound(
                    lines[following], readings.get(key), spoken.get(key), answers[key]
                )
                following += 1
        for key, line in list(zip(keys, lines, strict=True))[following:]:
            yield self._sound(line, readings.get(key), spoken.get(key), answers[key])

    def _sound(
        self,
        line: Line,
        reading: Reading | None,
        utterance: Utterance | None,
        answer: Waveform | LineFailure,
    ) -> Sound:
        assert line.id is not None
        if isinstance(answer, LineFailure):
            return Sound(
                id=line.id,
                line=line,
                samples=np.zeros(0, dtype=np.float32),
                rate=self.rate,
                reading=reading,
                failure=replace(answer, id=LineId(line.id)),
            )
        assert utterance is not None
        return Sound(
            id=line.id,
            line=line,
            samples=answer.samples,
            rate=answer.rate,
            phones=phone_times(utterance, answer, reading),
            reading=reading,
        )


def load_voice(
    path: Path | str | None = None,
    *,
    weights: str | None = None,
    backend: str = "auto",
    device: str = "auto",
    bert: Path | str | None = None,
) -> Voice:
    """Open a voice folder (or `.aivm`, `.onnx`, `.aivmx` file) and put it on a device.

    Args:
        path: a folder with config.json, style_vectors.npy and weights, or a weight file in one;
            the voice that comes with the package where not given.
        weights: which weight file, where the folder has several; the newest where not given.
        backend: "torch", "onnx" (which imports no torch), or "auto": what the voice has weights
            for, torch first.
        device: "auto" (a GPU where there is one), "cpu", "cuda", "cuda:1", several as in
            "cuda:0,cuda:1", or "cuda:all".
        bert: the folder of the language model; looked for in the usual places where not given.
    """
    if path is None:
        path = search_path.find(None, ()).path
    bundle = open_bundle(path, weights, backend=backend)
    return Voice(bundle, EngineSettings(device=device), bert)


def features_for(
    bundle: Bundle, settings: EngineSettings, bert: Path | str | None
) -> Features | None:
    """The language models that a voice needs, or nothing for a voice that needs none.

    The voice's own language must be there; others are looked for when a line first asks for them.
    """
    if not bundle.config.needs_bert:
        return None
    folder = bundle.path if bundle.path.is_dir() else bundle.path.parent
    folders: dict[str, Path] = {}
    for position, language in enumerate(bundle.config.languages):
        try:
            folders[language] = find_bert(
                language, given=bert, voice=folder, backend=bundle.backend
            )
        except Sbv2Error:
            if position == 0:
                raise
    return features_of(bundle, settings, folders)


def phone_times(
    utterance: Utterance, sound: Waveform, reading: Reading | None = None
) -> tuple[Phone, ...]:
    """When each phone is heard, where the voice tells; a blank counts to the phone before it.

    Of a voice with symbols of its own the phones are those of the reading.
    """
    if sound.phone_frames is None:
        return ()
    ids, frames = utterance.phones, sound.phone_frames
    symbols: Sequence[str] = reading.phones if reading is not None else ()
    # With blanks every other id is one; the edge marks are phones of the same id.
    if not utterance.ids_per_phone:
        if len(ids) > 1 and len(ids) % 2 and not ids[::2].any():
            ids, frames = ids[1::2], frames[1::2] + frames[2::2]
            frames[0] += sound.phone_frames[0]
        symbols = [SYMBOLS[symbol_id] for symbol_id in ids.tolist()]
    step = sound.frame_samples / sound.rate
    ends = (np.cumsum(frames) * step).tolist()
    return tuple(
        Phone(symbol=symbol, start=start, end=end)
        for symbol, start, end in zip(symbols, [0.0, *ends[:-1]], ends, strict=True)
    )
