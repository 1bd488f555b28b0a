"""What every worker is, and does around its network: utterances in, sounds or failures out.

A worker is one voice on one device. Knows nothing of the library that computes, and nothing about
text, files or the order of a script.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from threading import Condition
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from sbv2cli.engine.collate import Planned
from sbv2cli.errors import Sbv2Error
from sbv2cli.records import Inventory, LineFailure, Utterance, Waveform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbv2cli.engine.batching import Budget

In = TypeVar("In", Utterance, Planned)
Out = TypeVar("Out")

# Three minutes of one phone, or half an hour of one line, is a network gone wrong.
PHONE_FRAMES_LIMIT = 20_000
LINE_FRAMES_LIMIT = 200_000


class Worker(Protocol):
    """Plans and renders lines with one network; never raises for what a line does to it."""

    plan_lines: int
    """Lines that go through the text encoder at once. One is right for a CPU: durations then
    cannot depend on a neighbour even in the last bit."""

    streams: int
    """Batches that are rendered at a time where lines go side by side: while one is copied to the
    host, another is computed. The budget holds for each of them."""

    @property
    def side_by_side(self) -> bool:
        """Whether lines side by side are faster here than one after the other."""
        ...

    @property
    def is_small(self) -> bool:
        """Whether a line alone is spoken no faster by several threads than by one."""
        ...

    @property
    def budget(self) -> Budget:
        """Frames and lines of a batch that surely fit."""
        ...

    def plan(self, utterances: Sequence[Utterance]) -> list[Planned | LineFailure]:
        """Text encoder and durations of lines that go together well."""
        ...

    def render(self, lines: Sequence[Planned]) -> list[Waveform | LineFailure]:
        """The sounds of planned lines."""
        ...

    def enter_thread(self) -> None:
        """Begin a thread that is one of several: on one core, and in a stream of its own."""
        ...

    def one_thread(self) -> AbstractContextManager[None]:
        """Compute on one thread also where a line is alone."""
        ...

    def tidy(self) -> None:
        """Give back what memory can be given back."""
        ...


class MemoryGate:
    """The memory of a worker: batches of several threads share it, or one line has it alone."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._inside = 0
        self._taken = False

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Be one of several."""
        with self._changed:
            self._changed.wait_for(lambda: not self._taken)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until the others are done, and keep them out."""
        with self._changed:
            self._changed.wait_for(lambda: not self._taken)
            self._taken = True
            self._changed.wait_for(lambda: not self._inside)
        try:
            yield
        finally:
            with self._changed:
                self._taken = False
                self._changed.notify_all()


def each(
    run: Callable[[Sequence[In]], list[Out | LineFailure]],
    lines: Sequence[In],
    utterance_of: Callable[[In], Utterance],
    *,
    is_memory: Callable[[Exception], bool],
    free: Callable[[], None],
    gate: MemoryGate,
) -> list[Out | LineFailure]:
    """Run a batch; what breaks it is halved until the one line at fault stands alone.

    `is_memory` tells errors of a full device, `free` gives back what it can before the next try.
    A single line that does not fit beside others is tried once more without them.
    """
    if not lines:
        return []
    try:
        with gate.shared():
            return run(lines)
    except Exception as error:  # noqa: BLE001 - whatever one line does, the others go on
        full = is_memory(error)
        if len(lines) == 1 and not full:
            return [_failure(utterance_of(lines[0]), error, full=full)]
    # Here and not above: while it is handled, an error holds on to what its frames hold.
    if len(lines) == 1:
        with gate.alone():
            free()
            try:
                return run(lines)
            except Exception as error:  # noqa: BLE001
                return [_failure(utterance_of(lines[0]), error, full=is_memory(error))]
    if full:
        free()
    middle: int = len(lines) // 2
    return [
        *each(run, lines[:middle], utterance_of, is_memory=is_memory, free=free, gate=gate),
        *each(run, lines[middle:], utterance_of, is_memory=is_memory, free=free, gate=gate),
    ]


def checked(
    run: Callable[[Sequence[Utterance]], list[Planned | LineFailure]],
    utterances: Sequence[Utterance],
    inventory: Inventory,
) -> list[Planned | LineFailure]:
    """Plan the lines that can be looked up; the others fail without touching the network."""
    wrong = [impossible(utterance, inventory) for utterance in utterances]
    good = [u for u, failure in zip(utterances, wrong, strict=True) if failure is None]
    done = iter(run(good))
    return [failure if failure is not None else next(done) for failure in wrong]


def impossible(utterance: Utterance, inventory: Inventory) -> LineFailure | None:
    """Why a line cannot even be looked up, if so."""
    for what, ids, count in (
        ("phone", utterance.phones, inventory.phones),
        ("tone", utterance.tones, inventory.tones),
        ("language", utterance.languages, inventory.languages),
        ("speaker", np.array([utterance.speaker]), inventory.speakers),
    ):
        if len(ids) == 0 or ids.min() < 0 or ids.max() >= count:
            shown = "none" if len(ids) == 0 else f"{ids.min()} to {ids.max()}"
            return LineFailure(
                id=utterance.id,
                code="engine.ids",
                message=f"{what} ids are {shown}, the voice knows 0 to {count - 1}",
                hint="check the reading and the speaker of this line",
            )
    if len(utterance.tones) != len(utterance.phones) or len(utterance.languages) != len(
        utterance.phones
    ):
        return LineFailure(
            id=utterance.id,
            code="engine.ids",
            message=f"{len(utterance.phones)} phones have {len(utterance.tones)} tones"
            f" and {len(utterance.languages)} languages",
            hint="every phone has one of each",
        )
    return None


def unspeakable(utterance: Utterance, frames_P: NDArray[np.float64]) -> LineFailure | None:
    """Durations that no voice means: not finite, or hours of one sound."""
    if not np.isfinite(frames_P).all():
        said = "durations that are not finite numbers"
    elif frames_P.max() > PHONE_FRAMES_LIMIT or frames_P.sum() > LINE_FRAMES_LIMIT:
        said = f"{frames_P.sum():.0f} frames for {len(frames_P)} phones"
    else:
        return None
    return LineFailure(
        id=utterance.id,
        code="engine.durations",
        message=f"the voice answered with {said}",
        hint="use a smaller noise_w, a speed nearer to 1, or a shorter line",
    )


def sound(
    utterance: Utterance,
    samples_S: NDArray[np.float32],
    frames_P: NDArray[np.int64] | None,
    *,
    rate: int,
    frame_samples: int,
) -> Waveform | LineFailure:
    """The sound of a line, unless its samples are no numbers."""
    if not np.isfinite(samples_S).all():
        return LineFailure(
            id=utterance.id,
            code="engine.not-finite",
            message="the voice answered with samples that are not finite numbers",
            hint="try other settings for this line, or check the voice: sbv2 voices verify",
        )
    return Waveform(
        id=utterance.id,
        samples=samples_S.copy(),
        rate=rate,
        phone_frames=None if frames_P is None else per_phone(utterance, frames_P),
        frame_samples=frame_samples,
    )


def per_phone(utterance: Utterance, frames_P: NDArray[np.int64]) -> NDArray[np.int64]:
    """Frames of each phone of the reading, where a phone is not one id of the voice."""
    if not utterance.ids_per_phone:
        return frames_P
    ends = np.cumsum(utterance.ids_per_phone)
    totals = np.concatenate(([0], np.cumsum(frames_P)))
    return np.diff(totals[ends], prepend=0)


def _failure(utterance: Utterance, error: Exception, *, full: bool) -> LineFailure:
    if isinstance(error, Sbv2Error):
        return LineFailure(
            id=utterance.id,
            code=error.code,
            message=error.message,
            at=error.at,
            hint=error.hint,
        )
    if full:
        return LineFailure(
            id=utterance.id,
            code="device.memory",
            message=f"a line of {len(utterance.phones)} phones does not fit into memory",
            hint="split the line, or run on a device with more memory",
        )
    first = str(error).strip().partition("\n")[0][:200]
    return LineFailure(
        id=utterance.id,
        code="engine.internal",
        message=f"the network could not run: {first}",
        hint="report this line together with the voice's config.json",
    )
