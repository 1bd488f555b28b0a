"""A few lines, spoken at once and in their order: what `sbv2 say` needs. No files, no manifest."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sbv2cli.errors import EngineError
from sbv2cli.pipeline import loading, pieces, post, prepare
from sbv2cli.pipeline.job import Cue, Job
from sbv2cli.records import LineFailure, LineId, ScriptLine, Waveform

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sbv2cli.engine.engine import Engine
    from sbv2cli.writers.timings import Timings


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The sound of a line, ready to be heard, at the voice's own rate."""

    cue: Cue
    samples: NDArray[np.float32]
    timings: Timings


class Speaker:
    """Speaks lines of one job; a voice is loaded at its first line."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._engines: dict[tuple[str, str], Engine] = {}

    def say(self, lines: Sequence[ScriptLine]) -> Iterator[Said]:
        """The sounds of some lines, in order; lines without a sound are left out."""
        cues = [cue for cue in prepare.prepare(lines, self.job) if cue.skip is None]
        loading.check(self.job, cues)
        for read in pieces.read(cues, self.job.reading, processes=1):
            if read.error is not None:
                raise read.error
            if read.silent:
                continue
            sounds = self._sounds(read)
            samples, times = post.whole(
                sounds, read.pieces, read.readings, self.job.pauses["sentence"]
            )
            samples, times = post.polish(samples, times, read.cue.finish)
            yield Said(cue=read.cue, samples=samples, timings=times)

    def _sounds(self, read: pieces.Read) -> list[Waveform]:
        utterances = [
            replace(utterance, id=LineId(str(index)))
            for index, utterance in enumerate(loading.utterances(read))
        ]
        found: dict[str, Waveform] = {}
        engine = self._engine(read.cue)
        with closing(loading.results(engine, utterances)) as results:
            for result in results:
                if isinstance(result, LineFailure):
                    raise EngineError(result.code, result.message, hint=result.hint)
                found[result.id] = result
        return [found[utterance.id] for utterance in utterances]

    def _engine(self, cue: Cue) -> Engine:
        key = (cue.voice.fingerprint, cue.language)
        if key not in self._engines:
            self._engines[key] = loading.load_engine(cue.voice, self.job.machine, [cue.language])
            # It is there to the end, as are the libraries that came with it: searches for garbage
            # leave it out. The first one would take longer than a short text.
            gc.freeze()
        return self._engines[key]
