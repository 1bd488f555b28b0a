"""The threads around a run: answers come to the one inbox, bounds hold, and all of them end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import bare_lines as lines
import pytest
import tiny_voice

from sbv2cli.engine.measured import Counters, Measured
from sbv2cli.errors import MachineError, VoiceError
from sbv2cli.executors.executor import Work, WorkerSpec
from sbv2cli.pipeline.reading import ReadLine
from sbv2cli.pipeline.stages import LINES_AHEAD, SOUNDS_AHEAD, Event, StageEnded, Stages
from sbv2cli.pipeline.synthesis import SynthesisTask
from sbv2cli.pipeline.write import Copy, WriteTask, Written
from sbv2cli.voices.bundle import Bundle, open_bundle

WORKER = WorkerSpec(bundle=Path("v"), weights=None, backend="torch")
SECONDS = 20  # after which a thread counts as hanging; no test waits so long


class Executor:
    """Answers each utterance as it comes."""

    def __init__(self, broken: VoiceError | None = None) -> None:
        self.broken = broken
        self.closed = False

    def open(self, spec: WorkerSpec) -> None:
        if self.broken is not None:
            raise self.broken

    def close(self) -> None:
        self.closed = True

    def speak(self, work: Iterable[Work]) -> Generator[Measured]:
        for _, utterance in work:
            yield Measured(result=lines.waveform(utterance.id), counters=Counters(frames=1))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return open_bundle(tiny_voice.write(tmp_path_factory.mktemp("v") / "tiny"))


@pytest.fixture
def stages(tmp_path: Path) -> Iterator[Stages]:
    """Stages whose threads have all ended when the test has."""
    before = threading.active_count()
    stages = Stages(lines.job(tmp_path))
    stages.start_writers()
    yield stages
    closing = threading.Thread(target=stages.close, daemon=True)
    closing.start()
    closing.join(SECONDS)
    assert not closing.is_alive()
    assert threading.active_count() <= before  # one from before may have ended, too


def events_until(stages: Stages, last: Callable[[Event], bool]) -> list[Event]:
    events: list[Event] = []
    while not (events and last(events[-1])):
        events.append(stages.inbox.get(timeout=SECONDS))
    return events


def ended(stage: str) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, StageEnded) and event.stage == stage


def task(bundle: Bundle, name: str) -> SynthesisTask:
    return SynthesisTask(
        id=name,
        readings=(lines.reading(),),
        bundle=bundle,
        worker=WORKER,
        settings=lines.SETTINGS,
    )


def copy(name: str) -> WriteTask:
    content = Copy(data=name.encode(), sidecar=None)
    return WriteTask(prepared=lines.prepared(name), content=content)


def test_lines_are_read_in_their_order_and_no_more_than_the_bound_ahead(stages: Stages) -> None:
    count = LINES_AHEAD + 5
    stages.read([lines.prepared(f"l{number}", number=number) for number in range(count)], {})
    first = [stages.inbox.get(timeout=SECONDS) for _ in range(LINES_AHEAD)]
    assert stages.inbox.empty()
    assert not stages.room_for_line()
    for _ in first:
        stages.line_done()
    rest = events_until(stages, ended("reading"))
    names = [event.prepared.id for event in first + rest if isinstance(event, ReadLine)]
    assert names == [f"l{number}" for number in range(count)]


def test_a_stop_ends_a_reader_that_waits(stages: Stages) -> None:
    stages.read([lines.prepared(f"l{number}") for number in range(3 * LINES_AHEAD)], {})
    for _ in range(LINES_AHEAD):
        stages.inbox.get(timeout=SECONDS)
    stages.stop()
    assert not any(isinstance(event, ReadLine) for event in events_until(stages, ended("reading")))


def test_tasks_come_back_with_their_sounds(stages: Stages, bundle: Bundle) -> None:
    executor = Executor()
    stages.start_engine(lambda: executor, ())
    for name in "abc":
        assert stages.room_for_line()
        stages.speak(task(bundle, name))
    stages.no_more_tasks()
    events = events_until(stages, ended("engine"))
    spoken = {event.id: event for event in events if isinstance(event, SynthesisTask)}
    assert set(spoken) == set("abc")
    assert all(len(one.sounds) == 1 and one.failure is None for one in spoken.values())
    assert executor.closed


def test_the_engine_waits_for_the_disk(stages: Stages, bundle: Bundle) -> None:
    stages.start_engine(Executor, ())
    for number in range(SOUNDS_AHEAD + 3):
        stages.speak(task(bundle, str(number)))
    stages.no_more_tasks()
    spoken = [stages.inbox.get(timeout=SECONDS) for _ in range(SOUNDS_AHEAD)]
    assert all(isinstance(event, SynthesisTask) for event in spoken)
    assert stages.inbox.empty()
    for _ in spoken:
        stages.sound_done()
    rest = events_until(stages, ended("engine"))
    assert sum(isinstance(event, SynthesisTask) for event in rest) == 3


def test_without_a_task_no_executor_is_opened(stages: Stages) -> None:
    opened: list[Executor] = []

    def open_one() -> Executor:
        opened.append(Executor())
        return opened[-1]

    stages.start_engine(open_one, ())
    stages.no_more_tasks()
    events_until(stages, ended("engine"))
    assert not opened


@pytest.mark.parametrize("needed", [True, False])
def test_a_broken_voice_ends_the_stage_where_nothing_is_made_without_it(
    stages: Stages, bundle: Bundle, *, needed: bool
) -> None:
    broken = VoiceError("voice.weights", "cut short")
    stages.start_engine(lambda: Executor(broken), [WORKER] if needed else ())
    stages.speak(task(bundle, "a"))
    stages.no_more_tasks()
    events = events_until(stages, ended("engine"))
    assert isinstance(events[-1], StageEnded)
    assert events[-1].error is (broken if needed else None)
    assert len(events) == (1 if needed else 2)


def test_files_are_written_and_after_a_full_disk_no_more(stages: Stages, tmp_path: Path) -> None:
    stages.write(copy("a"))
    written = stages.inbox.get(timeout=SECONDS)
    assert isinstance(written, Written)
    assert written.digest is not None
    full = MachineError("disk.full", "no space left")
    stages.abandon(full)
    stages.write(copy("b"))
    given_back = stages.inbox.get(timeout=SECONDS)
    assert isinstance(given_back, Written)
    assert replace(given_back, seconds=0.0) == Written(id=lines.prepared("b").id, error=full)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.wav"]
