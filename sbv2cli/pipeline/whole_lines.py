"""The straight line of a sound in one place: read, speak, finish, encode. It runs in a worker.

What a worker makes is bytes and rows, so the run that asked for them only writes and notes. Lines
that say the same are one item, and share its sound.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from sbv2cli.engine.measured import Counters
from sbv2cli.errors import MachineError, Sbv2Error
from sbv2cli.executors import speaking
from sbv2cli.executors.executor import WorkerSpec
from sbv2cli.pipeline import failures, manifest_rows, reading, write
from sbv2cli.pipeline.file_names import NameRules
from sbv2cli.pipeline.job import Job, OpenVoice, PreparedLine
from sbv2cli.pipeline.keys import Keys, frontend_version
from sbv2cli.pipeline.reading import ReadLine
from sbv2cli.pipeline.spool import unflat
from sbv2cli.pipeline.synthesis import SynthesisTask, synthesize
from sbv2cli.pipeline.write import Copy
from sbv2cli.records import LineFailure, LineId, ManifestRow, Waveform
from sbv2cli.settings.cast import Cast
from sbv2cli.voices.bundle import open_bundle
from sbv2cli.writers import timings

if TYPE_CHECKING:
    from pathlib import Path

    from sbv2cli.executors.local import LocalExecutor
    from sbv2cli.pipeline.finish import Finished

# A shard: so many lines or characters, whichever is less, and at the end of a script fewer, so
# that no worker is left with all that remains. BERT reads a dozen lines in one go.
SHARD_LINES = 12
SHARD_CHARACTERS = 2_000
_ROUNDS = 3

# Bundles that a worker keeps open; their weights are the executor's.
_BUNDLES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundWork:
    """A sound to be made, and all lines that want it: as they travel, without their voice."""

    id: str
    voice: str  # fingerprint
    ids: tuple[LineId, ...]
    lines: tuple[bytes, ...]  # prepared lines, pickled as `spool.flat` has them
    characters: int  # of the first line; the others say the same


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeLine:
    """What came of a line: its bytes and its row, or its failure, or neither: it is silent."""

    id: LineId
    row: ManifestRow | None = None
    content: Copy | None = None  # None beside a row: refused for a warning
    failure: LineFailure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundMade:
    """What came of a sound, for all of its lines. An event of the run."""

    id: str
    lines: tuple[MadeLine, ...]
    attempts: int = 1
    counters: Counters = field(default_factory=Counters)
    read_seconds: float = 0.0
    finish_seconds: float = 0.0

    def add_seconds(self, seconds: dict[str, float]) -> None:
        """Add what it cost to the stages of a run."""
        seconds["read_s"] += self.read_seconds
        seconds["plan_s"] += self.counters.plan_seconds
        seconds["render_s"] += self.counters.render_seconds
        seconds["write_s"] += self.finish_seconds


class Sounds(Protocol):
    """Sounds to be made, in their order; they need not be in memory."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def __iter__(self) -> Iterator[SoundWork]:
        """One after the other."""
        ...


def shards(items: Sounds, workers: int) -> Iterator[list[SoundWork]]:
    """The sounds in their order, in parts that travel together."""
    left, rest = len(items), iter(items)
    waiting = next(rest, None)
    while waiting is not None:
        most = max(1, min(SHARD_LINES, left // (_ROUNDS * workers)))
        shard, characters = [waiting], waiting.characters
        waiting = None
        for item in islice(rest, most - 1):
            characters += item.characters
            if characters > SHARD_CHARACTERS:
                waiting = item
                break
            shard.append(item)
        left -= len(shard)
        yield shard
        waiting = waiting or next(rest, None)


@dataclass(frozen=True, eq=False, kw_only=True)
class MakeLines:
    """Sounds to files in bytes. See `executors.pool.ShardFunction`."""

    job: Job
    voices: Mapping[str, tuple[str, WorkerSpec]]  # fingerprint -> name, recipe
    frontend: str  # what reads texts where the run is

    @classmethod
    def of(
        cls, prepared: Iterable[PreparedLine], specs: Mapping[str, WorkerSpec], job: Job
    ) -> MakeLines:
        """The function of a run."""
        names = {line.voice.fingerprint: line.voice.name for line in prepared}
        # What only the run itself needs stays with it: a cast and names may be large.
        small = replace(job, cast=Cast(), names=NameRules(ext=job.names.ext), header={})
        voices = {voice: (names[voice], spec) for voice, spec in specs.items()}
        return cls(job=small, voices=voices, frontend=frontend_version())

    @property
    def backend(self) -> str:
        """What speaks the first voice."""
        return self.specs()[0].backend

    def specs(self) -> tuple[WorkerSpec, ...]:
        """The recipes of all voices."""
        return tuple(spec for _, spec in self.voices.values())

    def moved(self, places: dict[Path, Path]) -> MakeLines:
        """The same voices elsewhere."""
        voices = {
            voice: (name, speaking.moved(spec, places))
            for voice, (name, spec) in self.voices.items()
        }
        return replace(self, voices=voices)

    def open(self, executor: LocalExecutor) -> None:
        """Where one voice speaks everything, there is nothing to be made without it."""
        if frontend_version() != self.frontend:
            raise MachineError(
                "cluster.version",
                "a worker would read texts in another way than this computer: its sbv2 or its"
                " dictionaries are others",
                hint="install the same sbv2 with the same extras on every machine of the cluster",
            )
        if len(self.voices) == 1:
            executor.open(self.specs()[0])

    def failed(self, item: SoundWork, error: Sbv2Error) -> SoundMade:
        """None of its lines could be made."""
        return SoundMade(
            id=item.id,
            lines=tuple(
                MadeLine(id=name, failure=failures.failure_of(name, error)) for name in item.ids
            ),
        )

    def run(self, executor: LocalExecutor, items: Sequence[SoundWork]) -> Iterator[SoundMade]:
        """Make the lines of sounds."""
        sounds: dict[str, _Sound] = {}
        for item in items:
            start = time.monotonic()
            try:
                lines = self._read(item)
            except Sbv2Error as error:  # the voice cannot be opened
                yield self.failed(item, error)
                continue
            sounds[item.id] = _Sound(item.id, lines, time.monotonic() - start)
        silent = [sound for sound in sounds.values() if sound.first is None]
        yield from (sound.unspoken(self.job) for sound in silent)
        tasks = (self._task(sound) for sound in sounds.values() if sound.first is not None)
        with closing(synthesize(executor, tasks, retries=self.job.retries)) as ended:
            for task in ended:
                yield sounds[task.id].finished(task, self.job)

    def _read(self, item: SoundWork) -> list[ReadLine]:
        name, spec = self.voices[item.voice]
        voice = _opened(name, spec, item.voice)
        lines = [unflat(pickle.loads(line), voice) for line in item.lines]  # noqa: S301 - the run's
        return list(reading.read(lines, self.job.reading, processes=1))

    def _task(self, sound: _Sound) -> SynthesisTask:
        first = sound.first
        assert first is not None
        return SynthesisTask(
            id=sound.id,
            readings=first.readings,
            bundle=first.prepared.voice.bundle,
            worker=self.voices[first.prepared.voice.fingerprint][1],
            settings=first.prepared.settings,
        )


@lru_cache(_BUNDLES)
def _opened(name: str, spec: WorkerSpec, fingerprint: str) -> OpenVoice:
    bundle = open_bundle(spec.bundle, spec.weights, backend=spec.backend)
    return OpenVoice(name=name, bundle=bundle, fingerprint=fingerprint)


class _Sound:
    """A sound on its way through a worker, and what becomes of its lines."""

    def __init__(self, name: str, lines: Sequence[ReadLine], read_seconds: float) -> None:
        self.id = name
        self.lines = lines
        self.read_seconds = read_seconds
        # A line that cannot be read, or says nothing, is alone: its sound has no key.
        readable = lines[0].error is None and not lines[0].silent
        self.first = lines[0] if readable else None
        self._files: dict[str, tuple[LineId, Finished, bytes | None]] = {}  # by post key

    def unspoken(self, job: Job) -> SoundMade:
        """Lines that cannot be read, or say nothing."""
        return self._made(
            [self._problem(read, job) or MadeLine(id=read.prepared.id) for read in self.lines]
        )

    def finished(self, task: SynthesisTask, job: Job) -> SoundMade:
        """The files of all lines of a sound, or why there are none."""
        start = time.monotonic()
        made = [self._line(read, task, job) for read in self.lines]
        return self._made(
            made,
            attempts=task.attempts,
            counters=sum(task.counters, Counters()),
            finish_seconds=time.monotonic() - start,
        )

    def _made(self, lines: Sequence[MadeLine], **more: Any) -> SoundMade:
        return SoundMade(id=self.id, lines=tuple(lines), read_seconds=self.read_seconds, **more)

    def _problem(self, read: ReadLine, job: Job) -> MadeLine | None:
        problem = read.error or failures.strict_problem(read, job)
        if problem is None:
            return None
        name = read.prepared.id
        return MadeLine(id=name, failure=failures.failure_of(name, problem))

    def _line(self, read: ReadLine, task: SynthesisTask, job: Job) -> MadeLine:
        name = read.prepared.id
        try:
            problem = self._problem(read, job)
            if problem is not None:
                return problem
            if task.failure is not None:
                return MadeLine(id=name, failure=task.failure)
            keys = read.prepared.keys(read.key(job.pauses["sentence"]))
            return self._file(read, keys, task.sounds, task.attempts, job)
        except Exception as met:  # noqa: BLE001 - a bug met by one line is that line's failure
            failure = failures.failure_of(name, failures.as_line_error(met))
            return MadeLine(id=name, failure=failure)

    def _file(
        self,
        read: ReadLine,
        keys: Keys,
        sounds: tuple[Waveform, ...],
        attempts: int,
        job: Job,
    ) -> MadeLine:
        name = read.prepared.id
        known = self._files.get(keys.post)
        if known is None:
            finished, sidecar = write.encoded(read, sounds, job)
            self._files[keys.post] = name, finished, sidecar
            alias_of = None
        else:
            alias_of, finished, sidecar = known
            if sidecar is not None:
                sidecar = timings.reworded(sidecar, name, read.placed)
        row = manifest_rows.made(read, keys, finished, attempts, alias_of=alias_of)
        refused = write.refused(finished, job)
        content = None if refused else Copy(data=finished.data, sidecar=sidecar)
        return MadeLine(id=name, row=row, content=content)
