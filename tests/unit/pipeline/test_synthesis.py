"""The one walk from readings to sounds: matched, retried, failed, in any order of answers."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from random import Random

import bare_lines as lines
import pytest
import tiny_voice
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.engine.measured import Counters, Measured
from sbv2cli.executors.executor import Work, WorkerSpec
from sbv2cli.pipeline.synthesis import SynthesisTask, synthesize
from sbv2cli.records import LineFailure
from sbv2cli.voices.bundle import Bundle, open_bundle

WORKER = WorkerSpec(bundle=Path("v"), weights=None, backend="torch")


class Executor:
    """Answers in a random order; utterance names in `broken` fail so many times."""

    def __init__(self, seed: int = 0, broken: dict[str, int] | None = None) -> None:
        self.random = Random(seed)
        self.broken = dict(broken or {})
        self.calls: list[list[str]] = []

    def open(self, spec: WorkerSpec) -> None: ...

    def close(self) -> None: ...

    def speak(self, work: Iterable[Work]) -> Generator[Measured]:
        utterances = [utterance for _, utterance in work]
        self.calls.append([utterance.id for utterance in utterances])
        self.random.shuffle(utterances)
        for utterance in utterances:
            cost = Counters(frames=1)
            if self.broken.get(utterance.id, 0):
                self.broken[utterance.id] -= 1
                failure = LineFailure(id=utterance.id, code="engine.x", message="x")
                yield Measured(result=failure, counters=cost)
            else:
                frames = 20 + len(utterance.phones)
                yield Measured(result=lines.waveform(utterance.id, frames), counters=cost)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return open_bundle(tiny_voice.write(tmp_path_factory.mktemp("v") / "tiny"))


def task(bundle: Bundle, name: str, segments: int = 1, phone: str = "a") -> SynthesisTask:
    return SynthesisTask(
        id=name,
        readings=tuple(
            lines.reading(phones=("_", *[phone] * (number + 1), "_")) for number in range(segments)
        ),
        bundle=bundle,
        worker=WORKER,
        settings=lines.SETTINGS,
    )


@given(seed=st.integers(0, 99), segments=st.lists(st.integers(1, 4), max_size=8))
def test_segments_come_home_in_their_order(
    bundle: Bundle, seed: int, segments: Sequence[int]
) -> None:
    tasks = [task(bundle, f"t{number}", count) for number, count in enumerate(segments)]
    ended = {one.id: one for one in synthesize(Executor(seed), tasks)}
    assert set(ended) == {one.id for one in tasks}
    for number, count in enumerate(segments):
        sounds = ended[f"t{number}"].sounds
        lengths = [len(sound.samples) for sound in sounds]
        assert len(sounds) == count
        assert lengths == sorted(lengths)
        assert len(ended[f"t{number}"].counters) == count


def test_a_task_that_fails_is_spoken_again_after_all_others(bundle: Bundle) -> None:
    executor = Executor(broken={"a.0": 1})
    ended = list(synthesize(executor, [task(bundle, "a"), task(bundle, "b")], retries=1))
    assert [(one.id, one.attempts, one.failure) for one in ended] == [
        ("b", 1, None),
        ("a", 2, None),
    ]
    assert executor.calls == [["a.0", "b.0"], ["a.0"]]


def test_what_fails_each_time_fails_alone(bundle: Bundle) -> None:
    executor = Executor(broken={"a.1": 9})
    ended = {
        one.id: one
        for one in synthesize(executor, [task(bundle, "a", 3), task(bundle, "b")], retries=2)
    }
    assert ended["b"].failure is None
    assert ended["a"].failure is not None
    assert (ended["a"].failure.id, ended["a"].attempts, ended["a"].sounds) == ("a", 3, ())


def test_what_cannot_be_cast_is_not_tried_again(bundle: Bundle) -> None:
    executor = Executor()
    tasks = [task(bundle, "a", phone="no such phone"), task(bundle, "b")]
    ended = {one.id: one for one in synthesize(executor, tasks, retries=3)}
    assert ended["a"].failure is not None
    assert (ended["a"].failure.code, ended["a"].attempts) == ("reading.phone", 1)
    assert ended["b"].failure is None
    assert executor.calls == [["b.0"]]


def test_few_at_a_time(bundle: Bundle) -> None:
    executor = Executor()
    tasks = [task(bundle, str(number)) for number in range(5)]
    assert len(list(synthesize(executor, tasks, at_a_time=2))) == 5
    assert [len(call) for call in executor.calls if call] == [2, 2, 1]
