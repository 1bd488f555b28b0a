"""How a run begins: dataset, buckets and networks, empty or filled from another voice."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from sbv2cli import tables
from sbv2cli.engine.torch import loading
from sbv2cli.engine.torch.weights_file import read_tensors
from sbv2cli.errors import UsageError
from sbv2cli.models.vits.model import Latent
from sbv2cli.training import voice_weights
from sbv2cli.training.data import sampler
from sbv2cli.training.data.clips import TRAIN, VALIDATION, read_clips
from sbv2cli.training.data.dataset import Dataset, spelled_as
from sbv2cli.training.export_voice import PREFIXES
from sbv2cli.training.fit_settings import FitSettings, fit_settings, spectrogram_settings
from sbv2cli.training.networks import duration_discriminators
from sbv2cli.training.networks.posterior import MelPosterior
from sbv2cli.training.networks.training_model import TrainingModel
from sbv2cli.training.networks.wavlm import Wavlm
from sbv2cli.training.objectives.vits import Options
from sbv2cli.training.request import FitRequest, plain
from sbv2cli.training.trainer import Trainer
from sbv2cli.voices.bundle import open_bundle
from sbv2cli.voices.configs import voice_config

if TYPE_CHECKING:
    from sbv2cli.engine.torch.loading import Parts
    from sbv2cli.training.data.sampler import Buckets
    from sbv2cli.training.data.spectrogram import SpectrogramSettings
    from sbv2cli.voices.configs.voice_config import VoiceConfig

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be learned: the dataset's configuration with the changes of the request."""

    folder: Path
    config: Mapping[str, Any]
    settings: FitSettings
    sounds: SpectrogramSettings
    voice: VoiceConfig
    parts: Parts

    @property
    def style_vectors(self) -> Path | None:
        """The vectors of the voice's styles, where it has any."""
        return self.folder / "style_vectors.npy" if self.voice.has_styles else None


def read_task(request: FitRequest) -> Task:
    """Read and check the configuration."""
    where = request.dataset / "config.json"
    config = _read_config(request.dataset)
    settings = fit_settings(config.get("train", {}), request.changes, str(where))
    changed = {name: plain(getattr(settings, name)) for name in request.changes}
    config["train"] = {**config.get("train", {}), **changed}
    voice = voice_config.parse(json.dumps(config), where=str(where))
    return Task(
        folder=request.dataset,
        config=config,
        settings=settings,
        sounds=spectrogram_settings(config["data"]),
        voice=voice,
        parts=loading.parts_of(voice, where=str(where)),
    )


def open_datasets(task: Task, note: Note, *, pinned: bool) -> tuple[Dataset, Dataset]:
    """Clips to learn from, and clips to listen to."""
    settings = task.settings

    def opened(name: str) -> Dataset:
        return Dataset(
            task.folder,
            read_clips(task.folder / name),
            task.config,
            task.sounds,
            task.parts.architecture.feature_slots,
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


def build_trainer(task: Task, request: FitRequest, device: torch.device, note: Note) -> Trainer:
    """Networks with random weights, and their optimisers."""
    settings, sounds = task.settings, task.sounds
    network = loading.build(task.voice, where="config.json")
    acoustic, vocoder = network.acoustic, network.vocoder
    assert isinstance(acoustic, Latent)
    if vocoder.frame_samples != sounds.hop:
        raise UsageError(
            "train.hop",
            f"the decoder makes {vocoder.frame_samples} samples of a frame,"
            f" hop_length is {sounds.hop}",
            at=str(task.folder / "config.json"),
            hint="make upsample_rates multiply to hop_length",
        )
    posterior = None
    if settings.posterior == "mel":
        posterior = MelPosterior(sounds, acoustic.channels)
    frames = max(1, settings.segment_size // sounds.hop)
    architecture = task.parts.architecture
    assert task.parts.vocoder.objective is not None
    terms = tables.load(task.parts.vocoder.objective)
    model = TrainingModel(acoustic, vocoder, sounds.bins, frames, posterior, terms)
    section = task.config.get("model", {})
    discriminator: nn.Module | None = None
    if section.get("use_duration_discriminator"):
        if architecture.name not in duration_discriminators.KINDS:
            raise UsageError(
                "train.setting",
                f'"use_duration_discriminator" is true, and {architecture.name} has none',
                at=str(task.folder / "config.json"),
                hint="set it to false",
            )
        discriminator = duration_discriminators.KINDS[architecture.name](
            acoustic.dims.hidden, acoustic.speaker_channels
        )
    wavlm = None
    if request.wavlm is not None:
        wavlm = Wavlm(request.wavlm, sounds.rate)
    elif section.get("use_wavlm_discriminator"):
        note("no speech model is given (--wavlm FOLDER): its discriminator stays away")
    options = Options(
        slots=architecture.feature_slots,
        with_bert=task.voice.needs_bert,
        noisy_alignment=bool(section.get("use_noise_scaled_mas", architecture.noisy_alignment)),
        spectral_norm=bool(section.get("use_spectral_norm", False)),
        duration_discriminator=discriminator,
        wavlm=wavlm,
    )
    assert architecture.objective is not None
    objective = tables.load(architecture.objective)
    return Trainer(objective(model, settings, sounds, device, options), settings, device)


def begin_from(trainer: Trainer, base: Path, parts: Parts, note: Callable[[str], None]) -> None:
    """Fill model and discriminators from a published voice, or from the files of its training."""
    bundle = open_bundle(_generator_of(base))
    published = _fitting_speakers(trainer, read_tensors(bundle.weights))
    missing = voice_weights.fill_model(trainer.model, published, parts, where=str(bundle.weights))
    if missing:
        groups = sorted({name.partition(".")[0] for name in missing})
        note(f"{len(missing)} tensors are not in the base voice and begin at random: {groups}")
    folder = bundle.weights.parent
    for name, (prefix, rows) in PREFIXES.items():
        files = sorted([*folder.glob(f"{prefix}*.safetensors"), *folder.glob(f"{prefix}*.pth")])
        if name in trainer.discriminators and files:
            voice_weights.fill_discriminator(
                trainer.discriminators[name], read_tensors(files[-1]), rows, where=str(files[-1])
            )


def _generator_of(base: Path) -> Path:
    """In a folder of published training, the newest file of the voice, not of a discriminator."""
    if base.is_dir():
        files = [*base.glob("G_*.safetensors"), *base.glob("G_*.pth")]
        if files:
            return max(files, key=lambda path: path.stat().st_mtime_ns)
    return base


def take_decoder(trainer: Trainer, source: Path, parts: Parts) -> None:
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
    voice_weights.fill_model(trainer.model, tensors, parts, where=str(weights))


def _fitting_speakers(trainer: Trainer, published: dict[str, Tensor]) -> dict[str, Tensor]:
    """A speaker table of our size: the base's first rows, and the mean of all for further ones.

    The base's speakers are other people; a mean voice is a better beginning than noise.
    """
    table, own = published.get("emb_g.weight"), trainer.model.synthesizer.speakers
    if own is None:
        return published
    wanted = own.weight.shape
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


def seed_everything(seed: int, *, deterministic: bool) -> None:
    """Seed every generator of this process."""
    random.seed(seed)
    torch.manual_seed(seed)
    if deterministic:
        torch.use_deterministic_algorithms(True, warn_only=True)  # noqa: FBT003
    elif torch.cuda.is_available():
        torch.set_float32_matmul_precision("high")
