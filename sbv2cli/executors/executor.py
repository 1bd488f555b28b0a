"""The seam between whoever has lines to speak and the engines that speak them.

Every line travels with a recipe of the worker that it needs. A recipe is a few names and numbers:
it can be pickled, compared and sent to another process or machine, which opens the voice itself.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sbv2cli import tables
from sbv2cli.engine.measured import Counters, Measured
from sbv2cli.errors import MachineError, UsageError
from sbv2cli.executors import EXECUTORS
from sbv2cli.records import Utterance

if TYPE_CHECKING:
    from sbv2cli.executors.pool import WorkerPool
    from sbv2cli.voices.bundle import Bundle

__all__ = (
    "Cluster",
    "Counters",
    "Executor",
    "LineExecutor",
    "Measured",
    "Work",
    "WorkerSpec",
    "check",
    "open_executor",
    "weights_of",
)

Work = tuple["WorkerSpec", Utterance]
"""A line, and what speaks it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSpec:
    """What a worker is made from: equal recipes make workers that speak alike."""

    bundle: Path  # folder or file of the voice, as `open_bundle` takes it
    weights: str | None  # which weight file of the folder; `None` where `bundle` is the file
    backend: str  # a row of `engine.BACKENDS`
    device: str = "auto"
    precision: str = "fp32"
    threads: int | None = None  # one for each core where not given, or 0
    one_thread: bool = True  # also for a line alone, so that its last bits are always the same
    batch_frames: int | None = None  # from the device's memory where not given
    # Language -> folder of its BERT. The first is opened with the voice, the others by the line
    # that first needs them.
    bert: tuple[tuple[str, Path], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Where actors run; of what is `None` the cluster decides."""

    address: str | None = None  # "auto", "HOST:PORT" or "ray://HOST:PORT"; None: one of our own
    workers: int | None = None
    cpus: float | None = None  # of each worker
    gpus: float | None = None


NO_CLUSTER = Cluster()


class Executor(Protocol):
    """Speaks lines of any voices."""

    def open(self, spec: WorkerSpec) -> None:
        """Open what a recipe describes now, and raise what is wrong with it; `speak` need not."""
        ...

    def speak(self, work: Iterable[Work]) -> Generator[Measured]:
        """A result for every line, in any order, with what it cost.

        Lines whose voice cannot be opened fail, each with the code of the `VoiceError`; other
        errors are the machine's, and are raised. Some thousand lines may be taken from `work`
        before the first result comes, so it must not wait for results. Closing the generator drops
        what is not begun. Speak once at a time.
        """
        ...

    def close(self) -> None:
        """Give back voices, processes and memory."""
        ...


class LineExecutor(Executor, Protocol):
    """An executor whose workers can be given more to do than utterances; see `WHOLE_LINES`."""

    pool: WorkerPool

    def here(self, spec: WorkerSpec) -> tuple[WorkerSpec, int]:
        """The recipe as one worker follows it, and how many workers there are."""
        ...


def open_executor(name: str, cluster: Cluster = NO_CLUSTER) -> Executor:
    """An executor with nothing in it; `name` is a row of `EXECUTORS`."""
    executor: Executor = tables.resolve(EXECUTORS, name, kind="executor")(cluster)
    return executor


def check(name: str, cluster: Cluster, *, device: str, threads: int | None) -> None:
    """Refuse what an executor cannot do, before anything is opened."""
    if name != "ray":
        if cluster != NO_CLUSTER:
            raise UsageError(
                "executor.cluster",
                f'the executor "{name}" has no cluster for --address, --workers, --worker-cpus or'
                " --worker-gpus",
                hint="add --executor ray",
            )
        if name == "processes" and device not in ("auto", "cpu"):
            raise UsageError(
                "executor.device",
                f'processes speak on the cores of the CPU, not on "{device}"',
                hint="leave out --executor: one process keeps a GPU busy",
            )
        return
    if device not in ("auto", "cpu", "cuda"):
        raise UsageError(
            "executor.device",
            f'Ray gives each worker its GPU, so "{device}" cannot be asked for',
            hint="--device cuda, with --worker-gpus 1",
        )
    if threads:
        raise UsageError(
            "executor.threads",
            "workers of Ray have the threads of their CPUs: --threads means nothing there",
            hint="--workers 4 --worker-cpus 2",
        )
    if find_spec("ray") is None:
        raise MachineError(
            "extra.missing",
            'the executor "ray" needs the package "ray", which is not installed',
            hint="pip install 'sbv2cli[ray]'",
        )


def weights_of(bundle: Bundle) -> str | None:
    """What a recipe calls the weights of an open voice."""
    return bundle.weights.name if bundle.path.is_dir() else None
