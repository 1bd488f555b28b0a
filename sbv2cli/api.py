"""The small public surface: open a voice once, then let it speak.

import sbv2cli

voice = sbv2cli.load_voice()  # or a folder: load_voice("voices/amitaro")
for sound in voice.speak(["おはようございます。", "今日はいい天気ですね。"]):
    print(sound.id, sound.seconds, sound.phones[:3])
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli.audio import silence
from sbv2cli.audio.join import join as join_samples
from sbv2cli.engine import devices
from sbv2cli.engine.engine import WINDOW
from sbv2cli.errors import EngineError, Sbv2Error, UsageError
from sbv2cli.executors.executor import WorkerSpec, open_executor
from sbv2cli.languages.japanese.corrections import without_marks
from sbv2cli.languages.language import ReadOptions
from sbv2cli.languages.pool import Request, answer
from sbv2cli.pipeline import failures, finish, workers
from sbv2cli.pipeline.job import Machine
from sbv2cli.pipeline.keys import FileSettings
from sbv2cli.pipeline.synthesis import SynthesisTask, synthesize
from sbv2cli.readers.ruby import take_ruby
from sbv2cli.records import Delivery, LineFailure, LineId, Reading, Waveform
from sbv2cli.settings.folders import usual_voice_folders
from sbv2cli.settings.parse import parse
from sbv2cli.settings.resolve import resolve_delivery
from sbv2cli.voices import search_path
from sbv2cli.voices.bundle import Bundle, open_bundle
from sbv2cli.voices.to_utterance import settle
from sbv2cli.writers import timings
from sbv2cli.writers.audio.formats import Encoding, check, format_of
from sbv2cli.writers.audio.sink import FileSink

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something to say. A plain string given to `Voice.speak` is a line with nothing else said.

    A `reading` is a `Reading`, or kana with accents as `Reading.kana` has them: "ハシ'オ/ワタル".
    Where there is no text, the text is what is read.
    """

    text: str = ""
    id: str | None = None  # the position in the script, from 1, where not given
    language: str | None = None  # the voice's first language where not given
    delivery: Delivery = field(default_factory=Delivery)
    reading: Reading | str | None = None  # instead of reading the text
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

    def save(self, path: Path | str, *, rate: int | None = None, subtype: str = "pcm16") -> Path:
        """Write the sound into a file; its format is that of the suffix.

        Args:
            path: .wav, .flac, .ogg, .opus, .mp3 or .m4b. The file appears when it is whole.
            rate: samples per second; the sound's own where not given.
            subtype: "pcm16", "pcm24" or "float", for WAV and FLAC.
        """
        self.or_raise()
        path = Path(path)
        encoding = Encoding(format=format_of(path), subtype=subtype, rate=rate)
        check(encoding)
        with FileSink(path, self.rate, encoding) as sink:
            sink.write(self.samples)
            sink.close()
        return path

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


def join(sounds: Iterable[Sound], pause: float = 0.4) -> Sound:
    """Several sounds as one, with `pause` seconds between them; the times of phones move along."""
    parts = [sound.or_raise() for sound in sounds]
    rates = {sound.rate for sound in parts}
    if len(rates) != 1:
        raise UsageError(
            "api.join",
            f"sounds of {' and '.join(f'{rate} Hz' for rate in sorted(rates))} cannot be joined"
            if rates
            else "there are no sounds to join",
            hint="join sounds of voices with the same rate",
        )
    (rate,) = rates
    gap = silence.samples_of(pause, rate)
    samples, starts = join_samples([one.samples for one in parts], [gap] * (len(parts) - 1))
    return Sound(
        id=parts[0].id,
        line=Line(text="".join(one.line.text for one in parts), id=parts[0].id),
        samples=samples,
        rate=rate,
        phones=tuple(
            replace(
                phone, start=_moved(phone.start, start, rate), end=_moved(phone.end, start, rate)
            )
            for one, start in zip(parts, starts, strict=True)
            for phone in one.phones
        ),
    )


def _moved(seconds: float, start: int, rate: int) -> float:
    """A time `start` samples later, by whole samples: sums of seconds miss the end of the sound."""
    return (round(seconds * rate) + start) / rate


class Voice:
    """A voice on a device, with its weights loaded."""

    def __init__(
        self,
        bundle: Bundle,
        worker: WorkerSpec,
        executor: str = "local",
        *,
        bert: Path | str | None = None,
    ) -> None:
        self.bundle = bundle
        self._bert = bert
        self.worker = worker
        self.executor = open_executor(executor)
        self.executor.open(worker)

    def close(self) -> None:
        """Give back the weights, and end the processes that an executor has started."""
        self.executor.close()

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

    def read(self, text: str, language: str | None = None, *, given: str | None = None) -> Reading:
        """How the voice would say a text; Japanese may hold ruby: 岬《みさき》, {岬|みさき}.

        `given` is a reading of the whole text in kana with accents.
        """
        config = self.bundle.config
        code = language or config.languages[0]
        shown, ruby = take_ruby(text or without_marks(given or ""), code)
        request = Request(
            text=shown,
            language=code,
            given=given,
            ruby=ruby,
            rules=config.text_rules,
            reader=config.phonology.reader,
        )
        found = answer(request, ReadOptions())
        if found.reading is None:
            assert found.error is not None
            raise found.error
        return found.reading

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
        # Two lines of a script may have one id, so sounds are matched by position.
        sounds: dict[int, Sound] = {}
        tasks: list[SynthesisTask] = []
        for position, line in enumerate(lines):
            reading = None
            try:
                reading = self._reading(line)
                tasks.append(self._task(position, line, reading))
            except Sbv2Error as error:
                failure = failures.failure_of(LineId(str(line.id)), error)
                sounds[position] = self._silence(line, reading, failure)
        following = 0
        with closing(synthesize(self.executor, tasks)) as ended:
            for task in ended:
                sounds[int(task.id)] = self._sound(lines[int(task.id)], task)
                while following in sounds:
                    yield sounds.pop(following)
                    following += 1
        yield from (sounds[position] for position in sorted(sounds))

    def _reading(self, line: Line) -> Reading:
        if isinstance(line.reading, Reading):
            return line.reading
        return self.read(line.text, line.language, given=line.reading)

    def _task(self, position: int, line: Line, reading: Reading) -> SynthesisTask:
        if line.delivery.voice is not None:
            raise UsageError(
                "api.voice",
                f'the line asks for voice "{line.delivery.voice}", and this is "{self.name}"',
                hint="open that voice with load_voice, and let it speak the line",
            )
        if _bent(line.delivery):
            workers.check_pitch()
        language = reading.language
        if language in self.bundle.config.languages and language not in dict(self.worker.bert):
            # Of another language than the voice's first: what is wrong with it is said now.
            workers.bert_folders(self.bundle, [language], given=self._bert)
        return SynthesisTask(
            id=str(position),
            readings=(reading,),
            bundle=self.bundle,
            worker=self.worker,
            settings=settle(line.delivery, self.bundle),
            style_vector=line.style_vector,
        )

    def _sound(self, line: Line, task: SynthesisTask) -> Sound:
        (reading,) = task.readings
        if task.failure is not None:
            return self._silence(line, reading, task.failure)
        (sound,) = task.sounds
        try:
            samples = self._finished(line.delivery, reading, sound)
        except Sbv2Error as error:
            return self._silence(line, reading, failures.failure_of(LineId(str(line.id)), error))
        return Sound(
            id=str(line.id),
            line=line,
            samples=samples,
            rate=sound.rate,
            phones=phone_times(reading, sound),
            reading=reading,
        )

    def _finished(
        self, delivery: Delivery, reading: Reading, sound: Waveform
    ) -> NDArray[np.float32]:
        """With the pitch, intonation and volume that were asked for."""
        said = resolve_delivery(delivery, self.bundle.config.defaults)
        how = FileSettings(
            pitch=said.pitch or 0.0,
            intonation=1.0 if said.intonation is None else said.intonation,
            gain_db=said.volume or 0.0,
        )
        times = timings.timings(reading, sound.phone_frames, sound.frame_samples, sound.rate)
        samples, _ = finish.polish(sound.samples, times, how)
        return samples

    def _silence(self, line: Line, reading: Reading | None, failure: LineFailure) -> Sound:
        return Sound(
            id=str(line.id),
            line=line,
            samples=np.zeros(0, dtype=np.float32),
            rate=self.rate,
            reading=reading,
            failure=replace(failure, id=LineId(str(line.id))),
        )


def _bent(delivery: Delivery) -> bool:
    return bool(delivery.pitch) or delivery.intonation not in (None, 1.0)


def load_voice(  # noqa: PLR0913 - the words of the command line
    path: Path | str | None = None,
    *,
    weights: str | None = None,
    backend: str = "auto",
    device: str = "auto",
    precision: str = "fp32",
    threads: int | None = None,
    bert: Path | str | None = None,
    executor: str = "local",
) -> Voice:
    """Open a voice folder (or `.aivm`, `.onnx`, `.aivmx` file) and put it on a device.

    Args:
        path: a folder with config.json, style_vectors.npy and weights, or a weight file in one; or
            the name of an installed voice; the voice that comes with the package where not given.
        weights: which weight file, where the folder has several; the newest where not given.
        backend: "torch", "onnx" (which imports no torch), or "auto": what the voice has weights
            for, torch first.
        device: "auto" (a GPU where there is one), "cpu", "cuda", "cuda:1", several as in
            "cuda:0,cuda:1", or "cuda:all".
        precision: "fp32", "tf32", "bf16" or "fp16", for flow and decoder; the timing of a line is
            the same in each. "onnx" computes in "fp32" alone.
        threads: lines at a time on a CPU, or processes with the executor "processes"; one for each
            core where not given.
        bert: the folder of BERT; looked for in the usual places where not given.
        executor: "local", or "processes": one process per core of a CPU. A program that asks for
            processes guards what it runs with `if __name__ == "__main__":`.
    """
    if path is None or isinstance(path, str):
        path = _named(path)
    wanted = None if threads is None else parse("threads", threads)
    machine = Machine(device=device, precision=precision, threads=wanted)
    devices.named(device)
    workers.check_precision(machine)
    bundle = open_bundle(path, weights, backend=backend)
    workers.check_runtime(bundle, machine)
    own, *others = bundle.config.languages
    # The voice's own language must be there; the BERT of another is opened by the first line that
    # asks for it.
    berts = workers.bert_folders(bundle, [own], welcome=others, given=bert)
    return Voice(bundle, workers.worker(bundle, machine, berts), executor, bert=bert)


def _named(voice: str | None) -> Path:
    """A folder or a file, or what is installed under a name; a speaker is not named here."""
    place = search_path.find(voice, usual_voice_folders())
    return place.path if place.speaker is None else Path(str(voice))


def phone_times(reading: Reading, sound: Waveform) -> tuple[Phone, ...]:
    """When each phone is heard, where the voice tells."""
    times = timings.timings(reading, sound.phone_frames, sound.frame_samples, sound.rate)
    return tuple(
        Phone(symbol=symbol, start=start / sound.rate, end=end / sound.rate)
        for symbol, start, end in times.phones
    )
