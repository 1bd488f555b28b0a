"""Schedules lines over one voice on one or more devices.

On a CPU padding costs more than it saves, so every line is rendered alone, as many at a time as
there are cores, one thread each (`one_by_one`). On GPUs lines of one length class go side by side:
phones decide the first grouping, true frame counts the second (`batched`).
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, nullcontext
from itertools import chain, islice
from typing import TYPE_CHECKING

from sbv2cli import cpu_count
from sbv2cli.engine import batched, one_by_one
from sbv2cli.engine.backend import open_workers
from sbv2cli.engine.measured import Measured
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.engine.timed_worker import TimedWorker
from sbv2cli.records import LineFailure, Utterance, Waveform

if TYPE_CHECKING:
    from sbv2cli.engine.bert.features import Features
    from sbv2cli.engine.worker import Worker
    from sbv2cli.voices.bundle import Bundle

# Lines that are held to be sorted into classes, for each device; bounds what is in memory at a
# time.
WINDOW = 512


class Engine:
    """One voice on the devices of its workers."""

    def __init__(
        self,
        bundle: Bundle,
        settings: EngineSettings | None = None,
        features: Features | None = None,
        *,
        worker: Worker | None = None,
    ) -> None:
        """`worker` is the voice's, opened already; made from the bundle where not given."""
        self.bundle = bundle
        self.settings = settings or EngineSettings()
        self.workers = [worker] if worker else open_workers(bundle, self.settings, features)
        self.threads = self.settings.threads or cpu_count.cores()
        together = self.settings.together
        self.together = self.worker.side_by_side if together is None else together
        # One for all of them, so that batches are the same wherever they are computed.
        self.budget = min((each.budget for each in self.workers), key=lambda each: each.length)

    @property
    def worker(self) -> Worker:
        """The first, which speaks where there is one line only."""
        return self.workers[0]

    def speak(self, utterances: Iterable[Utterance]) -> Iterator[Waveform | LineFailure]:
        """Sounds and failures in any order, one per utterance."""
        with closing(self.measure(utterances)) as measured:
            for each in measured:
                yield each.result

    def measure(self, utterances: Iterable[Utterance]) -> Generator[Measured]:
        """As `speak`, with what each result cost. Closing it ends the engine's threads."""
        source = iter(utterances)
        timed = [TimedWorker(worker=each) for each in self.workers]
        first = list(islice(source, 2))
        lines = chain(first, source)
        if len(first) <= 1 or (self.threads == 1 and len(timed) == 1 and not self.together):
            # One line alone uses all cores at once, where that helps: nothing else is there to do.
            one = self.settings.one_thread or self.worker.is_small
            with self.worker.one_thread() if one else nullcontext():
                yield from one_by_one.in_turn(timed[0], lines)
        elif self.together:
            yield from batched.speak(timed, lines, self.budget, window=WINDOW)
        else:
            threads = max(1, self.threads // len(timed))
            chunks = one_by_one.chunks(
                lines, window=WINDOW, threads=threads * len(timed), tidy=self.worker.tidy
            )
            yield from one_by_one.speak(timed, chunks, threads)
