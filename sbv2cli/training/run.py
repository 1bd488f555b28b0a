"""`sbv2 train fit`: a dataset folder and perhaps a base voice -> a run folder with a voice in it.

A run folder holds `checkpoints/`, `voice/` (what one speaks with), `scalars.csv`, event files,
`losses.png` and `clips/`. Running the same command again goes on from the last checkpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import torch
from torch import Tensor

from sbv2cli.errors import UsageError, VoiceError
from sbv2cli.folder_lock import FolderLock
from sbv2cli.training import checkpoints, evaluate
from sbv2cli.training.data import sampler
from sbv2cli.training.data.batch import TrainingBatch
from sbv2cli.training.data.dataset import read_ahead
from sbv2cli.training.distributed import Group
from sbv2cli.training.export_voice import export_training, export_voice
from sbv2cli.training.plot import plot_scalars
from sbv2cli.training.request import FitRequest, remember
from sbv2cli.training.scalars import Scalars, read_scalars
from sbv2cli.training.schedule import rate_factor
from sbv2cli.training.setup import (
    begin_from,
    build_trainer,
    open_datasets,
    seed_everything,
    sort_into_buckets,
    take_decoder,
)
from sbv2cli.training.task import read_task


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """How a run stands, for whoever watches."""

    step: int
    steps: int
    epoch: int
    steps_per_second: float
    values: Mapping[str, float]

    @property
    def seconds_left(self) -> float:
        """Until the end, at the speed of the last steps."""
        return (self.steps - self.step) / max(self.steps_per_second, 1e-9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """Where a run ended."""

    step: int
    epoch: int
    finished: bool
    voice: Path | None
    first: bool = True  # of several processes, the one that writes and talks


@dataclass(slots=True)
class Watcher:
    """Who is told, and who may stop a run."""

    news: Callable[[News], None] = lambda _: None
    note: Callable[[str], None] = lambda _: None
    stop: Callable[[], bool] = lambda: False


def fit(request: FitRequest, watcher: Watcher | None = None) -> Fitted:
    """Train until the end, until stopped, or until something is wrong."""
    with (
        Group.joined(request.device) as group,
        # Only the first process writes.
        FolderLock(request.out) if group.first else nullcontext(),
    ):
        run = _Run(request, watcher or Watcher(), group)
        if group.first:
            remember(request)
        return run.learn()


class _Run:
    """One run in one process."""

    def __init__(self, request: FitRequest, watcher: Watcher, group: Group) -> None:
        self.request, self.watcher, self.group = request, watcher, group
        self.task = read_task(request)
        self.settings = self.task.settings
        seed_everything(self.settings.seed + group.rank, deterministic=request.deterministic)
        pinned = group.device.type == "cuda"
        self.data, self.validation = open_datasets(self.task, self._note, pinned=pinned)
        self.buckets = sort_into_buckets(self.task, self.data, group.size, self._note)
        self.trainer = build_trainer(self.task, group.device, self._note)
        self.step = self.epoch = self.done_in_epoch = self.stage_began = 0
        self.sums: dict[str, Tensor] = {}
        self.counts: dict[str, int] = {}
        self._resume_or_begin()
        if group.size > 1:
            self.trainer.distribute()
        per_epoch = max(1, self.buckets.batches_per_epoch // self.settings.accumulate)
        self.steps = self.settings.steps or self.settings.epochs * per_epoch

    def _resume_or_begin(self) -> None:
        saved = checkpoints.checkpoints(self.request.out / "checkpoints")
        if saved:
            self._resume(saved[-1])
            return
        if self.request.base is not None:
            begin_from(self.trainer, self.request.base, self.task, self._note)
        if self.request.decoder_from is not None:
            take_decoder(self.trainer, self.request.decoder_from, self.task)
        self.trainer.start_ema()

    def _resume(self, path: Path) -> None:
        state = checkpoints.load(path)
        if "rng_states" not in state:
            raise VoiceError(
                "train.checkpoint-broken",
                "the checkpoint is of an older version, whose parts had other names",
                at=str(path),
                hint="fine-tune the voice of the run: --base RUN/voice and another --out",
            )
        try:
            went_on = self.trainer.restore(state["trainer"])
        except RuntimeError as error:
            first = [line.strip() for line in str(error).splitlines() if "size mismatch" in line]
            raise UsageError(
                "train.shape",
                "the checkpoint belongs to a network of another shape:"
                f" {(first or [str(error)])[0][:160]}",
                at=str(path),
                hint="give another --out, or the dataset that the run began with",
            ) from None
        self.step, self.epoch = state["step"], state["epoch"]
        self.done_in_epoch = state["done_in_epoch"]
        self.stage_began = state["stage_began"]
        if not went_on:
            self.stage_began = self.step
            self._note(f"stage {self.settings.stage} begins at step {self.step}")
        if state["data"] != self._data_key():
            self.done_in_epoch = 0
            self.epoch += 1
            self._note("the data or the batches are others than before: a new epoch begins")
        elif went_on and len(state["rng_states"]) == self.group.size:
            _restore_rng_state(state["rng_states"][self.group.rank], self.group.device)
            self.sums = {n: value.to(self.group.device) for n, value in state["sums"].items()}
            self.counts = state["counts"]
        self._note(f"going on from step {self.step}")

    def _data_key(self) -> list[int]:
        """What must be the same for the batches of an epoch to be the same."""
        lengths = self.data.lengths()
        return [self.group.size, self.settings.batch_size, len(lengths), sum(lengths)]

    # Learning.

    def learn(self) -> Fitted:
        """Step after step."""
        scalars: Scalars | None = None
        if self.group.first:
            scalars = Scalars(self.request.out, self.step)
        watch = _Stopwatch(self.step)
        saved_at = monotonic()
        stopped = False
        voice: Path | None = None
        for batches in self._batches():
            if self.step >= self.steps or stopped:
                break
            self.trainer.set_rate(
                rate_factor(
                    self.settings,
                    self.step - self.stage_began,
                    self.epoch,
                    self.steps - self.stage_began,
                )
            )
            self._add(self.trainer.step(batches, self.step))
            self.step += 1
            self.done_in_epoch += len(batches)
            logs = self.step % self.settings.log_interval == 0 or self.step == self.steps
            evaluates = self.step % self.settings.eval_interval == 0 or self.step == self.steps
            if logs:
                self._log(watch, scalars)
            stopped = self.group.agreed(self.watcher.stop())
            old = (monotonic() - saved_at) / 60 > self.settings.save_minutes
            if evaluates or stopped or self.group.agreed(old):
                self._save()
                saved_at = monotonic()
            # Saved before it is looked at: an evaluation takes long enough to be killed in.
            if evaluates:
                voice = self._evaluate(scalars)
            elif stopped and self.settings.export_when_stopped:
                voice = self._export()
        if self.step >= self.steps and voice is None and not self._is_exported():
            voice = self._evaluate(scalars)
        return Fitted(
            step=self.step,
            epoch=self.epoch,
            finished=self.step >= self.steps,
            voice=voice,
            first=self.group.first,
        )

    def _batches(self) -> Iterator[list[TrainingBatch]]:
        """Batches of all epochs to come, as many at a time as one step takes."""
        many = self.settings.accumulate
        while True:
            order = sampler.epoch_batches(self.buckets, self.epoch, self.group.rank)
            # A rest that fills no step is left for the next epoch's order.
            whole = len(order) // many * many or len(order)
            batches: list[TrainingBatch] = []
            for batch in read_ahead(self.data, order[self.done_in_epoch : whole]):
                batches.append(batch)
                if len(batches) == many:
                    yield batches
                    batches = []
            if batches:
                yield batches
            self.epoch += 1
            self.done_in_epoch = 0

    def _add(self, found: Mapping[str, Tensor]) -> None:
        """Sum up until the next row of numbers: one batch says little about a run."""
        for name, value in found.items():
            self.sums[name] = self.sums[name] + value if name in self.sums else value
            self.counts[name] = self.counts.get(name, 0) + 1

    def _log(self, watch: _Stopwatch, scalars: Scalars | None) -> None:
        means = {name: total / self.counts[name] for name, total in self.sums.items()}
        values = {name: float(value) for name, value in self.group.mean(means).items()}
        self.sums, self.counts = {}, {}
        values["epoch"] = self.epoch
        values["learning_rate"] = self.trainer.optimisers["voice"].param_groups[0]["lr"]
        values["steps_per_second"] = watch.lap(self.step)
        if scalars is not None:
            scalars.add(self.step, values)
            self.watcher.news(
                News(
                    step=self.step,
                    steps=self.steps,
                    epoch=self.epoch,
                    steps_per_second=values["steps_per_second"],
                    values=values,
                )
            )

    def _evaluate(self, scalars: Scalars | None) -> Path | None:
        """Numbers, sounds, curves and a voice; the first process does it alone."""
        path = None
        if self.group.first and scalars is not None:
            trainer, out = self.trainer, self.request.out
            chosen = range(min(self.settings.validation_clips, len(self.validation.clips)))
            average = trainer.ema
            with nullcontext() if average is None else average.in_place(trainer.model):
                evaluate.speak(trainer, self.validation, chosen, out / "clips", self.step)
                scalars.add(
                    self.step,
                    evaluate.measure(trainer, self.validation, chosen, self.settings.seed),
                )
                path = self._write_voice()
                if self.settings.training_weights:
                    export_training(
                        out / "training",
                        trainer,
                        self.task,
                        self.task.config,
                        self.task.style_vectors,
                        epoch=self.epoch,
                        step=self.step,
                    )
            plot_scalars(read_scalars(scalars.path), out / "losses.png")
        self.group.wait()
        return path

    def _export(self) -> Path | None:
        """The voice alone: who stops a run wants to leave soon."""
        path = None
        if self.group.first:
            average = self.trainer.ema
            with nullcontext() if average is None else average.in_place(self.trainer.model):
                path = self._write_voice()
        self.group.wait()
        return path

    def _write_voice(self) -> Path:
        return export_voice(
            self.request.out / "voice",
            self.trainer.model,
            self.task,
            self.task.config,
            self.task.style_vectors,
            epoch=self.epoch,
            step=self.step,
            keep=self.settings.keep_voices,
            half=self.request.half,
        )

    def _is_exported(self) -> bool:
        return any((self.request.out / "voice").glob(f"*_s{self.step}.safetensors"))

    def _save(self) -> None:
        """A checkpoint, with the random state of every process."""
        state = self.group.gathered(_rng_state(self.group.device))
        if self.group.first:
            checkpoints.save(
                self.request.out / "checkpoints",
                self.step,
                {
                    "step": self.step,
                    "epoch": self.epoch,
                    "done_in_epoch": self.done_in_epoch,
                    "stage_began": self.stage_began,
                    "data": self._data_key(),
                    "rng_states": state,
                    "sums": self.sums,
                    "counts": self.counts,
                    "trainer": self.trainer.state(),
                },
                self.settings.keep_checkpoints,
            )
        self.group.wait()

    def _note(self, text: str) -> None:
        if self.group.first:
            self.watcher.note(text)


class _Stopwatch:
    """Steps per second since the last look."""

    def __init__(self, step: int) -> None:
        self.step, self.time = step, monotonic()

    def lap(self, step: int) -> float:
        """The rate since the last lap."""
        now = monotonic()
        rate = (step - self.step) / max(now - self.time, 1e-9)
        self.step, self.time = step, now
        return rate


def _rng_state(device: torch.device) -> dict[str, Tensor]:
    state = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    return state


def _restore_rng_state(state: Mapping[str, Tensor], device: torch.device) -> None:
    torch.set_rng_state(state["cpu"])
    if device.type == "cuda" and "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"], device)
