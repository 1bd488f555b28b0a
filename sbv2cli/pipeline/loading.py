"""Between the line and the engine: what a voice needs is found, loaded and cast.

Everything here may import torch, and so is called when there is something to speak, not before.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from sbv2cli.engine import devices, memory
from sbv2cli.errors import MachineError, Sbv2Error, UsageError
from sbv2cli.pipeline.job import Cue, Job, Machine, OpenVoice
from sbv2cli.pipeline.pieces import Read
from sbv2cli.pipeline.prepare import refuse
from sbv2cli.records import LineFailure, LineId, Utterance, Waveform

if TYPE_CHECKING:
    from pathlib import Path

    from sbv2cli.engine.engine import Engine

LINES_PER_BATCH = 64
PRECISIONS = ("fp32", "tf32", "bf16", "fp16")  # those of engine.engine, without importing torch

# Backend -> the package that it is made of, and how to get it.
PACKAGES = {
    "torch": (
        "torch",
        "pip install torch, or convert the voice where torch is: sbv2 voices convert",
    ),
    "onnx": ("onnxruntime", "pip install 'sbv2cli[onnx]'"),
}


def check(job: Job, cues: Sequence[Cue]) -> None:
    """Refuse lines for which the machine lacks something, before anything is loaded."""
    errors: list[Sbv2Error] = []
    if not cues:
        return
    if job.machine.precision not in PRECISIONS:
        errors.append(
            UsageError(
                "precision.unknown",
                f'this engine does not compute in "{job.machine.precision}"',
                hint="use fp32, tf32, bf16 or fp16",
            )
        )
    try:
        devices.named(job.machine.device)
    except UsageError as error:
        errors.append(error)
    bends = [cue for cue in cues if cue.finish.pitch != 0 or cue.finish.intonation != 1]
    if bends and find_spec("pyworld") is None:
        errors.append(
            MachineError(
                "extra.missing",
                'changing pitch or intonation needs the package "pyworld", which is not installed',
                at=str(bends[0].line.source),
                hint="pip install 'sbv2cli[pitch]'",
            )
        )
    errors += _without_runtime(job, cues)
    refuse(errors)


def _without_runtime(job: Job, cues: Sequence[Cue]) -> list[Sbv2Error]:
    """What keeps lines from being spoken by what runs their voices."""
    first: dict[str, Cue] = {}
    for cue in cues:
        first.setdefault(cue.voice.bundle.backend, cue)
    errors: list[Sbv2Error] = []
    for backend, cue in first.items():
        package, install = PACKAGES[backend]
        if find_spec(package) is None:
            errors.append(
                MachineError(
                    "extra.missing",
                    f'voice "{cue.voice.name}" is run by the package "{package}", which is not'
                    " installed",
                    at=str(cue.line.source),
                    hint=install,
                )
            )
        elif backend == "onnx" and job.machine.precision != "fp32":
            errors.append(
                MachineError(
                    "precision.missing",
                    f"the backend onnx does not compute in {job.machine.precision}",
                    at=str(cue.line.source),
                    hint="leave out --precision, or use --backend torch",
                )
            )
    return errors


def language_models(voice: OpenVoice, languages: Iterable[str]) -> dict[str, Path]:
    """Folders of the language models that a voice needs for these languages."""
    from sbv2cli.engine.bert.folders import find_bert  # noqa: PLC0415

    if not voice.bundle.config.needs_bert:
        return {}
    folder, backend = voice.bundle.weights.parent, voice.bundle.backend
    return {name: find_bert(name, voice=folder, backend=backend) for name in languages}


@memory.keep_all()
def load_engine(
    voice: OpenVoice, machine: Machine, languages: Sequence[str], *, one_thread: bool = False
) -> Engine:
    """The engine of a voice, with the language models that these languages need.

    With `one_thread` a line alone is spoken as it is among others, to the last bit: several threads
    add up in another order, 1 sample in 200 of a 16-bit file then differs, and a resumed run would
    not end with the bytes of one that was left alone.
    """
    from sbv2cli.engine.backend import features_of  # noqa: PLC0415  (torch, by and by)
    from sbv2cli.engine.batching import Budget  # noqa: PLC0415
    from sbv2cli.engine.engine import Engine  # noqa: PLC0415
    from sbv2cli.engine.settings import EngineSettings  # noqa: PLC0415

    budget = None
    if machine.batch_frames is not None:
        budget = Budget(length=machine.batch_frames, lines=LINES_PER_BATCH)
    settings = EngineSettings(
        device=machine.device,
        threads=machine.threads,
        budget=budget,
        precision=machine.precision,
        one_thread=one_thread,
    )
    features = features_of(voice.bundle, settings, language_models(voice, languages))
    if features is not None:
        features.prepare(languages)
    return Engine(voice.bundle, settings, features)


def utterances(read: Read) -> list[Utterance]:
    """What the model is given for each piece of a line."""
    from sbv2cli.voices.to_utterance import to_utterance  # noqa: PLC0415  (numpy)

    cue = read.cue
    return [
        to_utterance(LineId(cue.id), reading, cue.voice.bundle, cue.delivery)
        for reading in read.readings
    ]


def results(
    engine: Engine, lines: Iterable[Utterance]
) -> Generator[Waveform | LineFailure, None, None]:
    """What an engine makes of lines, as a generator: closing it ends the engine's threads."""
    yield from engine.speak(lines)
