"""Between the line and the engine: what a voice needs is found, loaded and cast.

Everything here may import torch, and so is called when there is something to speak, not before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from sbv2cli.engine import BACKENDS, PRECISIONS, devices
from sbv2cli.errors import MachineError, Sbv2Error, UsageError, did_you_mean
from sbv2cli.executors import executor
from sbv2cli.executors.executor import WorkerSpec, weights_of
from sbv2cli.pipeline.job import Job, Machine, PreparedLine
from sbv2cli.pipeline.prepare import refuse
from sbv2cli.records import BERT_CHANNELS

if TYPE_CHECKING:
    from pathlib import Path

    from sbv2cli.voices.bundle import Bundle


def check(job: Job, prepared_lines: Sequence[PreparedLine]) -> None:
    """Refuse lines for which the machine lacks something, before anything is loaded."""
    errors: list[Sbv2Error] = []
    if not prepared_lines:
        return
    checks = (check_precision, lambda machine: devices.named(machine.device), check_executor)
    for check_one in checks:
        try:
            check_one(job.machine)
        except (UsageError, MachineError) as error:
            errors.append(error)
    kinds: set[tuple[object, ...]] = set()
    for prepared in prepared_lines:
        if (kind := kind_of(prepared)) not in kinds:
            kinds.add(kind)
            errors += lacking(prepared, job.machine)
    refuse(list({(error.code, error.message): error for error in errors}.values()))


def check_precision(machine: Machine) -> None:
    """Refuse a precision that no backend computes in."""
    if machine.precision not in PRECISIONS:
        raise UsageError(
            "precision.unknown",
            f'this engine does not compute in "{machine.precision}"',
            hint=did_you_mean(machine.precision, PRECISIONS),
        )


def check_executor(machine: Machine) -> None:
    """Refuse what the executor cannot do."""
    executor.check(
        machine.executor, machine.cluster, device=machine.device, threads=machine.threads
    )


def kind_of(prepared: PreparedLine) -> tuple[object, ...]:
    """What decides what a line needs of a machine: lines of one kind need the same."""
    bent = prepared.file_settings.pitch != 0 or prepared.file_settings.intonation != 1
    english = prepared.needs_bert and prepared.language == "en"
    return prepared.voice.bundle.backend, bent, english


def lacking(prepared: PreparedLine, machine: Machine) -> Iterator[MachineError]:
    """What the machine lacks to speak a line."""
    _, bent, english = kind_of(prepared)
    at = str(prepared.line.source)
    try:
        check_runtime(prepared.voice.bundle, machine, at=at)
    except MachineError as error:
        yield error
    if bent:
        try:
            check_pitch(at)
        except MachineError as error:
            yield error
    if english and find_spec("sentencepiece") is None:
        yield MachineError(
            "extra.missing",
            'the English BERT needs the package "sentencepiece", which is not installed',
            at=at,
            hint="pip install 'sbv2cli[en]'",
        )


def check_pitch(at: str | None = None) -> None:
    """Refuse a change of pitch where nothing is installed that could make it."""
    if find_spec("pyworld") is None:
        raise MachineError(
            "extra.missing",
            'changing pitch or intonation needs the package "pyworld", which is not installed',
            at=at,
            hint="pip install 'sbv2cli[pitch]'",
        )


def check_runtime(bundle: Bundle, machine: Machine, *, at: str | None = None) -> None:
    """Refuse a voice whose runtime is not installed, or computes in no such precision."""
    row = BACKENDS[bundle.backend]
    if find_spec(row.package) is None:
        raise MachineError(
            "extra.missing",
            f'voice "{bundle.name}" is run by the package "{row.package}", which is not installed',
            at=at,
            hint=row.install,
        )
    if machine.precision not in row.precisions:
        raise MachineError(
            "precision.missing",
            f"the backend {bundle.backend} does not compute in {machine.precision}",
            at=at,
            hint="leave out --precision, or use --backend torch",
        )


def bert_folders(
    bundle: Bundle,
    needed: Iterable[str],
    *,
    welcome: Iterable[str] = (),
    given: Path | str | None = None,
) -> dict[str, Path]:
    """Folders of the BERT models that a voice needs for these languages.

    For `needed` languages they must be there; for `welcome` ones they are taken where they are.
    """
    from sbv2cli.engine.bert.folders import find_bert  # noqa: PLC0415

    if not bundle.config.needs_bert:
        return {}
    find = partial(
        find_bert,
        given=given,
        voice=bundle.weights.parent,
        backend=bundle.backend,
        width=BERT_CHANNELS,
    )
    found = {language: find(language) for language in needed}
    for language in welcome:
        with suppress(Sbv2Error):
            found[language] = find(language)
    return found


def worker(
    bundle: Bundle, machine: Machine, berts: Mapping[str, Path], *, one_thread: bool = False
) -> WorkerSpec:
    """How the lines of a voice are spoken.

    With `one_thread` a line alone is spoken as it is among others, to the last bit: several threads
    add up in another order, 1 sample in 200 of a 16-bit file then differs, and a resumed run would
    not end with the bytes of one that was left alone.
    """
    return WorkerSpec(
        bundle=bundle.path,
        weights=weights_of(bundle),
        backend=bundle.backend,
        device=machine.device,
        threads=machine.threads,
        precision=machine.precision,
        batch_frames=machine.batch_frames,
        one_thread=one_thread,
        bert=tuple(berts.items()),
    )


def workers(prepared_lines: Sequence[PreparedLine], machine: Machine) -> dict[str, WorkerSpec]:
    """How each voice of a script is spoken, by fingerprint."""
    languages: dict[str, set[str]] = defaultdict(set)
    bundles: dict[str, Bundle] = {}
    for prepared in prepared_lines:
        languages[prepared.voice.fingerprint].add(prepared.language)
        bundles.setdefault(prepared.voice.fingerprint, prepared.voice.bundle)
    return {
        voice: worker(
            bundle, machine, bert_folders(bundle, sorted(languages[voice])), one_thread=True
        )
        for voice, bundle in bundles.items()
    }


def needed(specs: Mapping[str, WorkerSpec]) -> tuple[WorkerSpec, ...]:
    """Where one voice speaks everything, there is nothing to be made without it."""
    return tuple(specs.values()) if len(specs) == 1 else ()


def by_voice(prepared_lines: Sequence[PreparedLine]) -> Iterator[PreparedLine]:
    """Lines of one voice together, so that one voice at a time is in use."""
    voices = dict.fromkeys(prepared.voice.fingerprint for prepared in prepared_lines)
    for voice in voices:
        yield from (each for each in prepared_lines if each.voice.fingerprint == voice)
