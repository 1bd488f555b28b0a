"""Lines are spoken in this process: an engine for each recipe, opened when it is first needed."""

from __future__ import annotations

import gc
from collections import OrderedDict, deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing

from sbv2cli.engine import memory
from sbv2cli.engine.backend import features_of
from sbv2cli.engine.batching import Budget
from sbv2cli.engine.bert.features import Features
from sbv2cli.engine.engine import Engine
from sbv2cli.engine.measured import Counters, Measured
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.errors import Sbv2Error, VoiceError
from sbv2cli.executors.executor import NO_CLUSTER, Cluster, Work, WorkerSpec
from sbv2cli.records import LineFailure, Utterance
from sbv2cli.voices.bundle import open_bundle

LINES_PER_BATCH = 64

# Voices that stay open. The next to be opened takes the place of the one that waited longest.
OPEN_AT_MOST = 4

# Lines of other recipes that are put by while those of one are spoken: long enough a time that
# opening a voice anew does not count, and no more than a few megabytes.
LINES_PUT_BY = 1024


class LocalExecutor:
    """See `executors.executor.Executor`."""

    def __init__(self, _cluster: Cluster = NO_CLUSTER) -> None:
        self._engines: OrderedDict[WorkerSpec, Engine] = OrderedDict()
        self._features: dict[object, Features] = {}

    def open(self, spec: WorkerSpec) -> None:
        """Open the engine of a recipe, unless it is open."""
        if spec in self._engines:
            self._engines.move_to_end(spec)
            return
        while len(self._engines) >= OPEN_AT_MOST:
            self._engines.popitem(last=False)
        self._engines[spec] = self._opened(spec)
        # It stays, as do the libraries that came with it: searches for garbage leave it out. The
        # first one would take longer than a short text.
        gc.freeze()

    def speak(self, work: Iterable[Work]) -> Generator[Measured]:
        """The lines of one recipe after those of another; all of a script where it has but one."""
        for spec, lines in one_spec_at_a_time(work):
            try:
                self.open(spec)
            except VoiceError as error:
                yield from (unopened(line, error) for line in lines)
                continue
            with closing(self._engines[spec].measure(lines)) as results:
                yield from results

    def close(self) -> None:
        """Let voices and BERT models go."""
        self._engines.clear()
        self._features.clear()

    @memory.keep_all()
    def _opened(self, spec: WorkerSpec) -> Engine:
        bundle = open_bundle(spec.bundle, spec.weights, backend=spec.backend)
        budget = None
        if spec.batch_frames is not None:
            budget = Budget(length=spec.batch_frames, lines=LINES_PER_BATCH)
        settings = EngineSettings(
            device=spec.device,
            threads=spec.threads,
            budget=budget,
            precision=spec.precision,
            one_thread=spec.one_thread,
        )
        # Voices of one kind share their BERT, which is larger than they are.
        shared = (spec.bert, spec.backend, spec.device, spec.threads, spec.one_thread)
        if spec.bert and shared not in self._features:
            features = features_of(bundle, settings, dict(spec.bert))
            assert features is not None
            features.prepare([spec.bert[0][0]])
            self._features[shared] = features
        return Engine(bundle, settings, self._features.get(shared))


def unopened(line: Utterance, error: Sbv2Error) -> Measured:
    """The failure of a line whose voice cannot be opened."""
    failure = LineFailure(
        id=line.id, code=error.code, message=error.message, at=error.at, hint=error.hint
    )
    return Measured(result=failure, counters=Counters())


def one_spec_at_a_time(
    work: Iterable[Work],
) -> Iterator[tuple[WorkerSpec, Iterator[Utterance]]]:
    """The lines of each recipe together, as long as not too many others have to wait meanwhile.

    Each stream of lines is to be read to its end before the next is asked for. What a stream leaves
    waiting begins the next ones, the recipe with the earliest line first.
    """
    source = iter(work)
    waiting: dict[WorkerSpec, deque[Utterance]] = {}

    def lines_of(spec: WorkerSpec) -> Iterator[Utterance]:
        mine = waiting.pop(spec)
        put_by = sum(map(len, waiting.values()))
        while mine:
            yield mine.popleft()
        while put_by < LINES_PUT_BY and (item := next(source, None)) is not None:
            if item[0] == spec:
                yield item[1]
            else:
                waiting.setdefault(item[0], deque()).append(item[1])
                put_by += 1

    while True:
        if not waiting:
            item = next(source, None)
            if item is None:
                return
            waiting[item[0]] = deque([item[1]])
        spec = next(iter(waiting))
        yield spec, lines_of(spec)
