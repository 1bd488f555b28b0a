"""`sbv2 train fit`: a dataset folder and perhaps a base voice -> a run folder with a voice in it.

A run folder holds `checkpoints/`, `voice/` (what one speaks with), `scalars.csv`, event files,
`losses.png` and `clips/`. Running the same command again goes on from the last checkpoint.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import torch
from torch import Tensor, nn

from sbv2cli.engine import loading
from sbv2cli.engine.weights_file import read_tensors
from sbv2cli.errors import UsageError
from sbv2cli.models.architecture import Architecture
from sbv2cli.training import (
    checkpoints,
    duration_judges,
    evaluate,
    sampler,
    voice_weights,
)
from sbv2cli.training.clips import TRAIN, VALIDATION, read_clips
from sbv2cli.training.dataset import Dataset, read_ahead
from sbv2cli.training.distributed import Group
from sbv2cli.training.export_voice import PREFIXES, export_training, export_voice
from sbv2cli.training.fit_settings import fit_settings, spectrogram_settings
from sbv2cli.training.learner import Learner, TrainingBatch
from sbv2cli.training.plot import plot_scalars
from sbv2cli.training.scalars import Scalars, read_scalars
from sbv2cli.training.schedule import rate_factor
from sbv2cli.training.trainer import Trainer
from sbv2cli.training.wavlm import Wavlm
from sbv2cli.voices import config as voice_config
from sbv2cli.voices.bundle import open_bundle
from sbv2cli.writers.lock import FolderLock

REQUEST = "run.json"
PATHS = ("dataset", "base", "decoder_from", "wavlm")


@dataclass(frozen=True, slots=True, kw_only=True)
class FitRequest:
    """What `sbv2 train fit` was asked for."""

    dataset: Path
    out: Path
    base: Path | None = None  # a voice to go on from
    decoder_from: Path | None = None  # a voice whose decoder alone is taken
    wavlm: Path | None = None  # folder of the speech model that judges
    changes: Mapping[str, Any] = field(default_factory=dict)  # settings over the dataset's own
    device: str = "auto"
    half: bool = False  # export in half precision
    deterministic: bool = False


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


def remember(request: FitRequest) -> None:
    """Keep what was asked for, so that a run can be gone on with by its folder alone."""
    asked = {
        **asdict(request),
        "changes": {name: _plain(value) for name, value in request.changes.items()},
    }
    del asked["out"]
    for name in PATHS:
        if asked[name] is not None:
            asked[name] = str(Path(asked[name]).resolve())
    text = json.dumps(asked, ensure_ascii=False, indent=2) + "\n"
    checkpoints.write_bytes(request.out / REQUEST, text.encode())


def remembered(run: Path) -> FitRequest:
    """What was asked for when a run folder was begun or last gone on with."""
    try:
        asked = json.loads((run / REQUEST).read_text(encoding="utf-8"))
        paths = {name: None if asked[name] is None else Path(asked[name]) for name in PATHS}
        return FitRequest(**{**asked, **paths, "out": run})
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(
            "train.run-missing",
            f'"{run}" is no folder of a training run',
            hint="give what --out of sbv2 train fit named",
        ) from None


class _Run:
    """One run in one process."""

    def __init__(self, request: FitRequest, watcher: Watcher, group: Group) -> None:
        self.request, self.watcher, self.group = request, watcher, group
        self.config = _read_config(request.dataset)
        self.settings = fit_settings(
            self.config.get("train", {}), request.changes, str(request.dataset / "config.json")
        )
        self.config["train"] = {
            **self.config.get("train", {}),
            **{name: _plain(getattr(self.settings, name)) for name in request.changes},
        }
        self.sounds = spectrogram_settings(self.config["data"])
        _seed(self.settings.seed + group.rank, deterministic=request.deterministic)
        self.parsed = voice_config.parse(json.dumps(self.config), where=str(request.dataset))
        self.architecture = loading.architecture_of(self.parsed)
        self.data, self.validation = self._datasets()
        self.buckets = sampler.make_buckets(
            self.data.lengths(),
            batch_size=self.settings.batch_size,
            replicas=group.size,
            boundaries=self.settings.boundaries,
        )
        if not self.buckets.members:
            raise UsageError(
                "train.no-clips",
                f"none of the {len(self.data.clips)} clips is longer than"
                f" {self.settings.boundaries[0]} and at most {self.settings.boundaries[-1]} frames",
                at=str(request.dataset / TRAIN),
                hint="set boundaries to what the clips have: --set boundaries=16,200,400,800",
            )
        outside = len(sampler.left_out(self.data.lengths(), self.settings.boundaries))
        if outside:
            self._note(f"{outside} clips are too short or too long and are left out")
        self.trainer = self._trainer()
        self.step = self.epoch = self.done_in_epoch = self.stage_began = 0
        self.sums: dict[str, Tensor] = {}
        self.counts: dict[str, int] = {}
        self._resume_or_begin()
        if group.size > 1:
            self.trainer.distribute()
        per_epoch = max(1, self.buckets.batches_per_epoch // self.settings.accumulate)
        self.steps = self.settings.steps or self.settings.epochs * per_epoch

    # Beginning.

    def _datasets(self) -> tuple[Dataset, Dataset]:
        folder, settings = self.request.dataset, self.settings
        frames = settings.segment_size // self.sounds.hop

        def opened(name: str) -> Dataset:
            return Dataset(
                folder,
                read_clips(folder / name),
                self.config,
                self.sounds,
                self.architecture.bert_slots,
                given_durations=settings.use_given_durations,
                least_frames=frames,
                in_memory=settings.in_memory,
                pinned=self.group.device.type == "cuda",
            )

        data, validation = opened(TRAIN), opened(VALIDATION)
        self._leave_out_fast(data)
        if not data.clips:
            raise UsageError(
                "train.no-clips", "the dataset has no clips to learn from", at=str(folder / TRAIN)
            )
        # Without clips of its own, the validation listens to some that it learned.
        return data, validation if validation.clips else data

    def _leave_out_fast(self, data: Dataset) -> None:
        """Without given durations a clip needs a frame per symbol."""
        if data.durations:
            return
        slow = [clip for clip in data.clips if clip.symbols <= clip.frames]
        if len(slow) < len(data.clips):
            self._note(f"{len(data.clips) - len(slow)} clips have fewer frames than symbols")
            data.clips = slow

    def _trainer(self) -> Trainer:
        settings, sounds = self.settings, self.sounds
        network = self.architecture.build(
            self.parsed.network, loading.INVENTORY, self.parsed.speaker_count, "config.json"
        )
        if network.dims.frame_samples != sounds.hop:
            raise UsageError(
                "train.hop",
                f"the decoder makes {network.dims.frame_samples} samples of a frame,"
                f" hop_length is {sounds.hop}",
                at=str(self.request.dataset / "config.json"),
                hint="make upsample_rates multiply to hop_length",
            )
        learner = Learner(network, sounds.bins, max(1, settings.segment_size // sounds.hop))
        model = self.config.get("model", {})
        judge: nn.Module | None = None
        if model.get("use_duration_discriminator"):
            judge = duration_judges.KINDS[self.architecture.name](
                network.dims.hidden, network.dims.speaker_channels
            )
        wavlm = None
        if self.request.wavlm is not None:
            wavlm = Wavlm(self.request.wavlm, sounds.rate)
        elif model.get("use_wavlm_discriminator"):
            self._note("no speech model is given (--wavlm FOLDER): its judge stays away")
        return Trainer(
            learner,
            settings,
            sounds,
            slots=self.architecture.bert_slots,
            duration_judge=judge,
            with_bert=self.parsed.needs_bert,
            device=self.group.device,
            wavlm=wavlm,
        )

    def _resume_or_begin(self) -> None:
        saved = checkpoints.checkpoints(self.request.out / "checkpoints")
        if saved:
            self._resume(saved[-1])
            return
        if self.request.base is not None:
            begin_from(self.trainer, self.request.base, self.architecture, self._note)
        if self.request.decoder_from is not None:
            take_decoder(self.trainer, self.request.decoder_from, self.architecture)

    def _resume(self, path: Path) -> None:
        state = checkpoints.load(path)
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
        elif went_on and len(state["chance"]) == self.group.size:
            _restore_chance(state["chance"][self.group.rank], self.group.device)
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
            average = trainer.average
            with nullcontext() if average is None else average.in_place(trainer.learner):
                evaluate.speak(trainer, self.validation, chosen, out / "clips", self.step)
                scalars.add(
                    self.step,
                    evaluate.measure(trainer, self.validation, chosen, self.settings.seed),
                )
                path = export_voice(
                    out / "voice",
                    trainer.learner,
                    self.architecture.names,
                    self.config,
                    self.request.dataset / "style_vectors.npy",
                    epoch=self.epoch,
                    step=self.step,
                    keep=self.settings.keep_voices,
                    half=self.request.half,
                )
                if self.settings.training_weights:
                    export_training(
                        out / "training",
                        trainer,
                        self.architecture.names,
                        self.config,
                        self.request.dataset / "style_vectors.npy",
                        epoch=self.epoch,
                        step=self.step,
                    )
            plot_scalars(read_scalars(scalars.path), out / "losses.png")
        self.group.wait()
        return path

    def _is_exported(self) -> bool:
        return any((self.request.out / "voice").glob(f"*_s{self.step}.safetensors"))

    def _save(self) -> None:
        """A checkpoint, with the chance of every process."""
        chance = self.group.gathered(_chance(self.group.device))
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
                    "chance": chance,
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


def begin_from(
    trainer: Trainer, base: Path, architecture: Architecture, note: Callable[[str], None]
) -> None:
    """Fill learner and judges from a published voice, or from the checkpoints of its training."""
    bundle = open_bundle(_generator_of(base))
    published = _fitting_speakers(trainer, read_tensors(bundle.weights))
    missing = voice_weights.fill_learner(
        trainer.learner, published, architecture.names, where=str(bundle.weights)
    )
    if missing:
        groups = sorted({name.partition(".")[0] for name in missing})
        note(f"{len(missing)} tensors are not in the base voice and begin at random: {groups}")
    folder = bundle.weights.parent
    for name, (prefix, rows) in PREFIXES.items():
        files = sorted([*folder.glob(f"{prefix}*.safetensors"), *folder.glob(f"{prefix}*.pth")])
        if name in trainer.judges and files:
            voice_weights.fill_judge(
                trainer.judges[name], read_tensors(files[-1]), rows, where=str(files[-1])
            )


def _generator_of(base: Path) -> Path:
    """In a folder of published training, the newest file of the voice itself, not of a judge."""
    if base.is_dir():
        files = [*base.glob("G_*.safetensors"), *base.glob("G_*.pth")]
        if files:
            return max(files, key=lambda path: path.stat().st_mtime_ns)
    return base


def take_decoder(trainer: Trainer, source: Path, architecture: Architecture) -> None:
    """Fill the decoder alone."""
    weights = open_bundle(source).weights
    tensors = {
        name: tensor for name, tensor in read_tensors(weights).items() if name.startswith("dec.")
    }
    if not tensors:
        raise UsageError(
            "train.decoder", "there is no decoder in the file", at=str(weights),
            hint="give a voice folder",
        )  # fmt: skip
    voice_weights.fill_learner(trainer.learner, tensors, architecture.names, where=str(weights))


def _fitting_speakers(trainer: Trainer, published: dict[str, Tensor]) -> dict[str, Tensor]:
    """A speaker table of our size: the base's first rows, and the mean of all for further ones.

    The base's speakers are other people; a mean voice is a better beginning than noise.
    """
    table = published.get("emb_g.weight")
    wanted = trainer.learner.synthesizer.speakers.weight.shape
    if table is None or table.shape == wanted or table.shape[1:] != wanted[1:]:
        return published
    rows = table.float()[: wanted[0]]
    more = table.float().mean(dim=0, keepdim=True).expand(wanted[0] - len(rows), -1)
    return {**published, "emb_g.weight": torch.cat([rows, more])}


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UsageError(
            "train.dataset-missing",
            "the folder holds no dataset",
            at=str(folder),
            hint="make one first: sbv2 train prepare AUDIO TRANSCRIPT --out DIR",
        ) from None
    assert isinstance(config, dict)
    return config


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _seed(seed: int, *, deterministic: bool) -> None:
    random.seed(seed)
    torch.manual_seed(seed)
    if deterministic:
        torch.use_deterministic_algorithms(True, warn_only=True)  # noqa: FBT003
    elif torch.cuda.is_available():
        torch.set_float32_matmul_precision("high")


def _chance(device: torch.device) -> dict[str, Tensor]:
    chance = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        chance["cuda"] = torch.cuda.get_rng_state(device)
    return chance


def _restore_chance(chance: Mapping[str, Tensor], device: torch.device) -> None:
    torch.set_rng_state(chance["cpu"])
    if device.type == "cuda" and "cuda" in chance:
        torch.cuda.set_rng_state(chance["cuda"], device)
