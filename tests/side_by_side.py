"""A voice's lines one at a time and together, for the tests of law 2."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sbv2cli.engine.batching import Budget
from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.records import Utterance, Waveform
from sbv2cli.voices.bundle import Bundle


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Lines, what each is alone, and engines that take several at once."""

    lines: list[Utterance]
    alone: dict[str, Waveform]
    together: Engine
    threads: Engine


def spoken(bundle: Bundle, lines: list[Utterance]) -> SideBySide:
    """Each line alone, and what is to be compared with it."""
    single = Engine(bundle, EngineSettings(device="cpu", threads=1))
    return SideBySide(
        lines,
        {s.id: s for line in lines for s in single.speak([line])},
        Engine(bundle, EngineSettings(device="cpu", together=True)),
        Engine(bundle, EngineSettings(device="cpu", threads=2)),
    )


def assert_as_alone(voice: SideBySide, order: Sequence[int], budget: Budget, bound: float) -> None:
    """These lines in this order have the samples that each has alone."""
    chosen = [voice.lines[position] for position in order]
    voice.together.budget = budget
    voice.together.worker.plan_lines = budget.lines
    for engine in (voice.together, voice.threads):
        sounds = list(engine.speak(chosen))
        assert len(sounds) == len(chosen)
        for sound in sounds:
            expected = voice.alone[sound.id]
            assert np.array_equal(sound.phone_frames, expected.phone_frames)
            np.testing.assert_allclose(sound.samples, expected.samples, rtol=0, atol=bound)


def worst_in_one_batch(voice: SideBySide, monkeypatch) -> float:
    """How far the samples of all lines in one batch are from those of each alone."""
    voice.together.budget = Budget(length=10**6, lines=len(voice.lines))
    monkeypatch.setattr("sbv2cli.engine.batching.RATIO", 1000.0)
    return max(
        float(np.abs(sound.samples - voice.alone[sound.id].samples).max())
        for sound in voice.together.speak(voice.lines)
    )
