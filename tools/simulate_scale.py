"""What one driver can feed: a simulation of many workers, and the same beside measured runs.

    python -m tools.simulate_scale --workers 1,10,100,1000
    python -m tools.simulate_scale --workers 1000 --stragglers 0.05 --failures 0.5
    python -m tools.simulate_scale --measure 1,2,4

Workers take chunks of lines, one more than they speak; results queue for the driver, which takes
them one by one. The workers of a machine share its cores: a line takes longer where the other cores
are busy too, and longer still where there are fewer cores than workers. Some workers are slow, and
some die: what their chunk still lacked is spoken by others, and a new worker has to load the voice.

With `--measure` the executor `processes` speaks lines with so many processes on this machine. The
simulation is given what lines took the one process, alone and beside neighbours that speak on all
other cores; it is not given what several processes of one run took.
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
import statistics
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import cycle
from time import perf_counter, process_time
from typing import Any

CHUNK = 12  # lines, as executors send them
WINDOW = 2  # chunks of a worker whose results the driver has not taken yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What was measured of a line and of a worker, in seconds and bytes."""

    line_s: tuple[float, ...]  # what lines take a worker that has a core for itself
    driver_s: float = 0.002  # what the driver does for a line
    load_s: float = 2.0  # until a new worker speaks
    audio_s: float = 4.0  # of a line
    bytes_per_audio_s: int = 48_000  # 24 kHz, 16 bits
    contention: float = 1.0  # how much longer a line takes where all cores of a machine are busy

    @property
    def mean_s(self) -> float:
        """What a line takes a worker, on average."""
        return statistics.fmean(self.line_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Workers, and what goes wrong with them."""

    workers: int
    machines: int = 1
    cores: int | None = None  # of each machine; by default each worker has one
    stragglers: float = 0.0  # share of workers that are slow
    slowness: float = 3.0  # times longer
    failures: float = 0.0  # a worker in an hour


@dataclass(slots=True)
class Outcome:
    """What became of it."""

    seconds: float = 0.0
    driver_busy_s: float = 0.0
    worker_busy_s: float = 0.0
    taken: int = 0  # lines
    died: int = 0
    spoken_again: int = 0

    def figures(self, lines: int, costs: Costs, cluster: Cluster) -> dict[str, Any]:
        """As JSON."""
        per_second = lines / self.seconds
        bytes_s = per_second * costs.audio_s * costs.bytes_per_audio_s
        return {
            "workers": cluster.workers,
            "lines": lines,
            "seconds": round(self.seconds, 2),
            "lines_per_hour": round(3600 * per_second),
            "driver_busy": round(self.driver_busy_s / self.seconds, 3),
            "workers_busy": round(self.worker_busy_s / self.seconds / cluster.workers, 3),
            "megabytes_per_second": round(bytes_s / 1e6, 2),
            "died": self.died,
            "lines_spoken_again": self.spoken_again,
        }


@dataclass(slots=True)
class _Worker:
    machine: int
    slow: float
    dies_at: float
    chunk: int = 0  # that it speaks, or 0
    left: int = 0  # lines of that which are not spoken yet
    taken: deque[float] = field(default_factory=deque)  # when the results of a chunk were taken


class _Simulation:
    """Events by time: a worker has spoken a line, or is there; a line has come to the driver."""

    def __init__(self, costs: Costs, cluster: Cluster, lines: int, seed: int) -> None:
        self.costs, self.cluster = costs, cluster
        self.random = random.Random(seed)  # noqa: S311 - a simulation that can be repeated
        self.left = lines
        self.outcome = Outcome()
        self.driver_free = 0.0
        self.waiting: dict[int, int] = {}  # chunk -> lines that came and are not taken
        self.owner: dict[int, int] = {}
        self.ended: set[int] = set()  # chunks of which no more lines come
        self.chunks = 0
        self.events: list[tuple[float, int, int]] = []  # time, worker or -1, chunk
        self.idle: list[int] = []
        self.busy = [0] * cluster.machines  # workers that speak, by machine
        self.chunk = max(1, min(CHUNK, lines // cluster.workers))  # as `one_by_one.chunks` has it
        self.workers = [
            _Worker(
                machine=number % cluster.machines,
                slow=cluster.slowness if self._happens(cluster.stragglers) else 1.0,
                dies_at=self._next_death(0.0),
            )
            for number in range(cluster.workers)
        ]

    def run(self) -> Outcome:
        """Until every line was taken."""
        for worker in range(len(self.workers)):
            self._free(0.0, worker)
        while self.events:
            now, worker, chunk = heapq.heappop(self.events)
            if worker < 0:
                self._taken(now, chunk)
            elif self.workers[worker].chunk:
                self._spoken(now, worker)
            else:
                self._free(now, worker)
        self.outcome.seconds = self.driver_free
        return self.outcome

    def _free(self, now: float, number: int) -> None:
        """A worker begins its next chunk, if there is one and the driver keeps up."""
        worker = self.workers[number]
        if worker.chunk:
            return  # it was told twice
        if len(worker.taken) >= WINDOW:
            self.idle.append(number)  # until the driver has taken what it has
            return
        if not self.left:
            return
        size = min(self.chunk, self.left)
        self.left -= size
        self.chunks += 1
        worker.chunk, worker.left = self.chunks, size
        self.waiting[worker.chunk], self.owner[worker.chunk] = 0, number
        worker.taken.append(worker.chunk)
        self.busy[worker.machine] += 1
        self._begin(now, number)

    def _begin(self, now: float, number: int) -> None:
        """A worker begins a line; it may die of age meanwhile."""
        worker = self.workers[number]
        seconds = self._slowness(worker) * self.random.choice(self.costs.line_s)
        if now + seconds > worker.dies_at:
            self._died(number)
            return
        self.outcome.worker_busy_s += seconds
        heapq.heappush(self.events, (now + seconds, number, 0))

    def _spoken(self, now: float, number: int) -> None:
        """A line goes to the driver, and the worker begins the next one."""
        worker = self.workers[number]
        self.waiting[worker.chunk] += 1
        heapq.heappush(self.events, (now, -1, worker.chunk))
        worker.left -= 1
        if worker.left:
            self._begin(now, number)
            return
        self._end_chunk(worker)
        self._free(now, number)

    def _end_chunk(self, worker: _Worker) -> None:
        self.ended.add(worker.chunk)
        worker.chunk = 0
        self.busy[worker.machine] -= 1

    def _slowness(self, worker: _Worker) -> float:
        """How much longer a line takes beside what the other workers of the machine do."""
        busy, cores = self.busy[worker.machine], self.cluster.cores
        if cores is None:
            return worker.slow
        neighbours = min(busy, cores) - 1
        crowded = 1 + (self.costs.contention - 1) * neighbours / max(1, cores - 1)
        return worker.slow * crowded * max(1.0, busy / cores)

    def _died(self, number: int) -> None:
        """The lines come back, and a new worker begins when it has loaded the voice."""
        worker = self.workers[number]
        self.outcome.died += 1
        self.outcome.spoken_again += 1  # that one was under way; the others had not begun
        self.left += worker.left
        chunk = worker.chunk
        self._end_chunk(worker)
        if not self.waiting[chunk]:
            self._forget(chunk)
        now = worker.dies_at + self.costs.load_s
        worker.dies_at = self._next_death(now)
        heapq.heappush(self.events, (now, number, 0))
        for idle in range(len(self.workers)):  # whoever had nothing left to do
            if not self.workers[idle].taken:
                heapq.heappush(self.events, (now, idle, 0))

    def _taken(self, now: float, chunk: int) -> None:
        """The driver takes a line."""
        self.driver_free = max(now, self.driver_free) + self.costs.driver_s
        self.outcome.taken += 1
        self.outcome.driver_busy_s += self.costs.driver_s
        self.waiting[chunk] -= 1
        if self.waiting[chunk] or chunk not in self.ended:
            return
        number = self._forget(chunk)
        if number in self.idle:
            self.idle.remove(number)
            heapq.heappush(self.events, (self.driver_free, number, 0))

    def _forget(self, chunk: int) -> int:
        """A chunk is done with; whose it was."""
        number = self.owner.pop(chunk)
        del self.waiting[chunk]
        self.ended.discard(chunk)
        self.workers[number].taken.remove(chunk)
        return number

    def _happens(self, share: float) -> bool:
        return self.random.random() < share

    def _next_death(self, now: float) -> float:
        rate = self.cluster.failures / 3600
        return now + self.random.expovariate(rate) if rate else float("inf")


def simulate(costs: Costs, cluster: Cluster, lines: int, *, seed: int = 1) -> Outcome:
    """Speak so many lines with a cluster."""
    return _Simulation(costs, cluster, lines, seed).run()


def measured(counts: Sequence[int], lines: int) -> dict[str, Any]:
    """Runs of this machine beside what the simulation says of them."""
    from sbv2cli import cpu_count  # noqa: PLC0415 - a simulation alone needs no torch
    from sbv2cli.bench import workload  # noqa: PLC0415
    from sbv2cli.executors.executor import WorkerSpec, weights_of  # noqa: PLC0415

    chosen = workload.built_in(lines)
    bundle, rate, cores = chosen.bundle, chosen.bundle.config.rate, cpu_count.cores()
    spec = WorkerSpec(
        bundle=bundle.path, weights=weights_of(bundle), backend=bundle.backend, device="cpu"
    )
    costs = _costs(replace(spec, threads=1), chosen.utterances, rate, cores)
    rows = []
    for count in counts:
        run = _run(replace(spec, threads=count), chosen.utterances, rate)
        said = _simulated(costs, Cluster(workers=count, cores=cores), lines)
        rows.append(
            {
                "workers": count,
                "measured_s": round(run.seconds, 2),
                "simulated_s": round(said, 2),
                "simulated_over_measured": round(said / run.seconds, 3),
            }
        )
    return {
        "lines": lines,
        "cores": cores,
        "line_ms": round(1000 * costs.mean_s, 1),
        "contention": round(costs.contention, 3),
        "driver_ms": round(1000 * costs.driver_s, 2),
        "load_s": round(costs.load_s, 2),
        "audio_s_per_line": round(costs.audio_s, 2),
        "runs": rows,
    }


_SEEDS = 9  # simulations of one run; which lines come last decides a few hundredths


def _simulated(costs: Costs, cluster: Cluster, lines: int) -> float:
    """The middle of some simulations."""
    return statistics.median(
        simulate(costs, cluster, lines, seed=seed).seconds for seed in range(_SEEDS)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What a run of the executor took, in seconds."""

    seconds: float
    driver_s: float  # processor time of this process, of a line
    line_s: tuple[float, ...]  # of a worker, as it counts them
    load_s: float
    audio_s: float


def _costs(spec: Any, utterances: Sequence[Any], rate: int, cores: int) -> Costs:
    """What one worker takes, alone and beside neighbours on all other cores."""
    alone = _run(spec, utterances, rate)
    # What a worker does for a line besides what it counts: noise, the way through a pipe.
    besides = max(0.0, alone.seconds - sum(alone.line_s)) / len(utterances)
    line_s = tuple(seconds + besides for seconds in alone.line_s)
    contention = 1.0
    if cores > 1:
        with _busy(replace(spec, threads=cores - 1), utterances):
            crowded = _run(spec, utterances, rate)
        contention = max(1.0, crowded.seconds / alone.seconds)
    return Costs(
        line_s=line_s,
        driver_s=alone.driver_s,
        load_s=alone.load_s,
        audio_s=alone.audio_s,
        bytes_per_audio_s=4 * rate,  # executors of one machine send float32
        contention=contention,
    )


@contextmanager
def _busy(spec: Any, utterances: Sequence[Any]) -> Iterator[None]:
    """Other processes speak the same lines, over and over."""
    from sbv2cli.executors.executor import open_executor  # noqa: PLC0415

    enough, begun = threading.Event(), threading.Event()

    def speak() -> None:
        endless = ((spec, line) for line in cycle(utterances))
        try:
            with (
                closing(open_executor("processes")) as executor,
                closing(executor.speak(endless)) as spoken,
            ):
                for _ in spoken:
                    begun.set()
                    if enough.is_set():
                        break
        finally:
            begun.set()

    thread = threading.Thread(target=speak)
    thread.start()
    begun.wait()
    try:
        yield
    finally:
        enough.set()
        thread.join()


_WARM = 24  # lines that are spoken before those that count


def _run(spec: Any, utterances: Sequence[Any], rate: int) -> _Run:
    """The executor `processes`, with as many of them as the recipe has threads."""
    from sbv2cli.executors.executor import open_executor  # noqa: PLC0415

    with closing(open_executor("processes")) as executor:
        start = perf_counter()
        executor.open(spec)
        load_s = perf_counter() - start
        list(executor.speak((spec, line) for line in utterances[:_WARM]))  # all are there then
        start, own = perf_counter(), process_time()
        answers = list(executor.speak((spec, line) for line in utterances))
        seconds, own = perf_counter() - start, process_time() - own
    spoken = [answer.counters.plan_seconds + answer.counters.render_seconds for answer in answers]
    samples = [len(answer.result.samples) for answer in answers]
    return _Run(
        seconds=seconds,
        driver_s=own / len(answers),
        line_s=tuple(spoken),
        load_s=load_s,
        audio_s=statistics.fmean(samples) / rate,
    )


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workers", default="1,10,100,1000", help="how many, as 1,10,100")
    parser.add_argument("--measure", help="measure so many processes here instead, as 1,2,4")
    parser.add_argument("--lines", type=int, help="lines of the script")
    parser.add_argument("--line-ms", type=float, default=200.0, help="of a worker, for a line")
    parser.add_argument("--driver-ms", type=float, default=2.0, help="of the driver, for a line")
    parser.add_argument("--load-s", type=float, default=2.0, help="until a new worker speaks")
    parser.add_argument("--audio-s", type=float, default=4.0, help="audio of a line")
    parser.add_argument("--bytes", type=int, default=48_000, help="of a second of audio")
    parser.add_argument("--stragglers", type=float, default=0.0, help="share of slow workers")
    parser.add_argument("--failures", type=float, default=0.0, help="of a worker in an hour")
    asked = parser.parse_args()
    if asked.measure:
        counts = [int(count) for count in asked.measure.split(",")]
        print(json.dumps(measured(counts, asked.lines or 240)))
        return
    costs = Costs(
        line_s=spread(asked.line_ms / 1000),
        driver_s=asked.driver_ms / 1000,
        load_s=asked.load_s,
        audio_s=asked.audio_s,
        bytes_per_audio_s=asked.bytes,
    )
    for count in map(int, asked.workers.split(",")):
        cluster = Cluster(workers=count, stragglers=asked.stragglers, failures=asked.failures)
        lines = asked.lines or max(2000, 200 * count)
        print(json.dumps(simulate(costs, cluster, lines).figures(lines, costs, cluster)))


def spread(mean_s: float) -> tuple[float, ...]:
    """Seconds of lines of many lengths, as a dialogue has them: half of them are short."""
    lengths = (4, 6, 8, 9, 11, 12, 13, 14, 15, 17, 19, 20, 21, 23, 25, 27, 29, 31, 35, 40, 47, 66)
    mean = statistics.fmean(lengths)
    return tuple(mean_s * length / mean for length in lengths)


if __name__ == "__main__":
    main()
