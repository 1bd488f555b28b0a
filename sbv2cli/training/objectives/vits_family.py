"""How the networks of VITS and its family are set up to learn; a row for each of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from sbv2cli import tables
from sbv2cli.engine.torch import loading
from sbv2cli.errors import UsageError
from sbv2cli.models.vits.model import Latent
from sbv2cli.training.networks.duration_discriminators import (
    ConvolutionalDurationDiscriminator,
    RecurrentDurationDiscriminator,
)
from sbv2cli.training.networks.posterior import MelPosterior
from sbv2cli.training.networks.wavlm import Wavlm
from sbv2cli.training.objectives.objective import ObjectiveKind
from sbv2cli.training.objectives.vits import Options, VitsObjective
from sbv2cli.training.objectives.vits_model import VitsTrainingModel

if TYPE_CHECKING:
    import torch
    from torch import nn

    from sbv2cli.training.task import Task

# Built from channels and speaker channels.
DurationDiscriminatorKind = Callable[[int, int], "nn.Module"]


def build(
    task: Task,
    device: torch.device,
    note: Callable[[str], None],
    *,
    durations: DurationDiscriminatorKind | None = None,
) -> VitsObjective:
    """Networks with random weights; `durations` is the kind of discriminator that they have."""
    model = _model(task)
    # One after another: each draws its first values from the same generator.
    discriminator = _duration_discriminator(task, model.synthesizer, durations)
    wavlm, section = None, task.config.get("model", {})
    if task.wavlm is not None:
        wavlm = Wavlm(task.wavlm, task.sounds.rate)
    elif section.get("use_wavlm_discriminator"):
        note("no speech model is given (--wavlm FOLDER): its discriminator stays away")
    blurred = section.get("use_noise_scaled_mas", task.architecture.noisy_alignment)
    options = Options(
        slots=task.architecture.feature_slots,
        with_bert=task.voice.needs_bert,
        noisy_alignment=bool(blurred),
        spectral_norm=bool(section.get("use_spectral_norm", False)),
        duration_discriminator=discriminator,
        wavlm=wavlm,
    )
    return VitsObjective(model, task.settings, task.sounds, device, options)


def _model(task: Task) -> VitsTrainingModel:
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
    posterior = MelPosterior(sounds, acoustic.channels) if settings.posterior == "mel" else None
    frames = max(1, settings.segment_size // sounds.hop)
    kind = loading.parts_of(task.voice, where="config.json").vocoder
    if kind.objective is None:
        raise UsageError(
            "train.objective",
            f"nothing teaches the vocoder {kind.name}",
            at=str(task.folder / "config.json"),
            hint="choose another one: sbv2 train prepare --help",
        )
    terms = tables.load(kind.objective)
    return VitsTrainingModel(acoustic, vocoder, sounds.bins, frames, posterior, terms)


def _duration_discriminator(
    task: Task, acoustic: Latent, durations: DurationDiscriminatorKind | None
) -> nn.Module | None:
    if not task.config.get("model", {}).get("use_duration_discriminator"):
        return None
    if durations is None:
        raise UsageError(
            "train.setting",
            f'"use_duration_discriminator" is true, and {task.architecture.name} has none',
            at=str(task.folder / "config.json"),
            hint="set it to false",
        )
    return durations(acoustic.dims.hidden, acoustic.speaker_channels)


# The published training of each; a row of a network names one of these.
PLAIN = ObjectiveKind(build=build)
JP_EXTRA = ObjectiveKind(build=partial(build, durations=RecurrentDurationDiscriminator))
MULTILINGUAL = ObjectiveKind(build=partial(build, durations=ConvolutionalDurationDiscriminator))
