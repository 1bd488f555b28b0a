"""How a run begins: dataset, buckets and networks, empty or filled from another voice."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from sbv2cli.engine.torch.weights_file import published_tensors, read_tensors
from sbv2cli.errors import UsageError
from sbv2cli.training import voice_weights
from sbv2cli.training.data import sampler
from sbv2cli.training.data.clips import TRAIN, VALIDATION, read_clips
from sbv2cli.training.data.dataset import Dataset, spelled_as
from sbv2cli.training.trainer import Trainer
from sbv2cli.voices.bundle import open_bundle

if TYPE_CHECKING:
    from sbv2cli.training.data.sampler import Buckets
    from sbv2cli.training.task import Task

Note = Callable[[str], None]


def open_datasets(task: Task, note: Note, *, pinned: bool) -> tuple[Dataset, Dataset]:
    """Clips to learn from, and clips to listen to."""
    settings = task.settings

    def opened(name: str) -> Dataset:
        return Dataset(
            task.folder,
            read_clips(task.folder / name),
            task.config,
            task.sounds,
            task.architecture.feature_slots,
            given_durations=settings.use_given_durations,
            least_frames=settings.segment_size // task.sounds.hop,
            in_memory=settings.in_memory,
            pinned=pinned,
        )

    data, validation = opened(TRAIN), opened(VALIDATION)
    if not data.durations:
        # A search needs a frame per symbol.
        slow = [
            clip for clip in data.clips if len(spelled_as(task.voice, clip).phones) <= clip.frames
        ]
        if len(slow) < len(data.clips):
            note(f"{len(data.clips) - len(slow)} clips have fewer frames than symbols")
            data.clips = slow
    if not data.clips:
        raise UsageError(
            "train.no-clips", "the dataset has no clips to learn from", at=str(task.folder / TRAIN)
        )
    # Without clips of its own, the validation listens to some that it learned.
    return data, validation if validation.clips else data


def sort_into_buckets(task: Task, data: Dataset, replicas: int, note: Note) -> Buckets:
    """The buckets of the clips, or why there are none."""
    bounds = task.settings.boundaries
    buckets = sampler.make_buckets(
        data.lengths(), batch_size=task.settings.batch_size, replicas=replicas, boundaries=bounds
    )
    if not buckets.members:
        raise UsageError(
            "train.no-clips",
            f"none of the {len(data.clips)} clips is longer than {bounds[0]} and at most"
            f" {bounds[-1]} frames",
            at=str(task.folder / TRAIN),
            hint="set boundaries to what the clips have: --set boundaries=16,200,400,800",
        )
    outside = len(sampler.left_out(data.lengths(), bounds))
    if outside:
        note(f"{outside} clips are too short or too long and are left out")
    return buckets


def build_trainer(task: Task, device: torch.device, note: Note) -> Trainer:
    """Networks with random weights, and their optimisers."""
    return Trainer(task.kind.build(task, device, note), task.settings, device)


def begin_from(trainer: Trainer, base: Path, task: Task, note: Note) -> None:
    """Fill model and discriminators from a published voice, or from the files of its training."""
    bundle = open_bundle(_generator_of(base))
    published = trainer.objective.fitting(published_tensors(bundle))
    missing = voice_weights.fill_model(trainer.model, published, task, where=str(bundle.weights))
    if missing:
        groups = sorted({name.partition(".")[0] for name in missing})
        note(f"{len(missing)} tensors are not in the base voice and begin at random: {groups}")
    folder = bundle.weights.parent
    for name, discriminator in trainer.discriminators.items():
        row = trainer.objective.discriminator_rows[name]
        files = sorted([*folder.glob(f"{row.file}*.safetensors"), *folder.glob(f"{row.file}*.pth")])
        if files:
            voice_weights.fill_discriminator(
                discriminator, read_tensors(files[-1]), row.names, where=str(files[-1])
            )


def _generator_of(base: Path) -> Path:
    """In a folder of published training, the newest file of the voice, not of a discriminator."""
    if base.is_dir():
        files = [*base.glob("G_*.safetensors"), *base.glob("G_*.pth")]
        if files:
            return max(files, key=lambda path: path.stat().st_mtime_ns)
    return base


def take_decoder(trainer: Trainer, source: Path, task: Task) -> None:
    """Fill the decoder alone."""
    bundle, beginning = open_bundle(source), task.architecture.vocoder
    tensors = {
        name: tensor
        for name, tensor in published_tensors(bundle).items()
        if beginning is not None and name.startswith(f"{beginning}.")
    }
    if not tensors:
        raise UsageError(
            "train.decoder", "there is no decoder in the file", at=str(bundle.weights),
            hint="give a voice folder",
        )  # fmt: skip
    voice_weights.fill_model(trainer.model, tensors, task, where=str(bundle.weights))


def seed_everything(seed: int, *, deterministic: bool) -> None:
    """Seed every generator of this process."""
    random.seed(seed)
    torch.manual_seed(seed)
    if deterministic:
        torch.use_deterministic_algorithms(True, warn_only=True)  # noqa: FBT003
    elif torch.cuda.is_available():
        torch.set_float32_matmul_precision("high")
