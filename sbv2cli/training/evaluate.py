"""How a voice does on clips that it does not learn from, in numbers and in sound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from sbv2cli.engine.torch.network import Network
from sbv2cli.models.architecture import Batch, Spread
from sbv2cli.training.checkpoints import write_bytes
from sbv2cli.writers.audio.wav import wav_bytes

if TYPE_CHECKING:
    from sbv2cli.models.architecture import Vocoder
    from sbv2cli.training.data.batch import TrainingBatch
    from sbv2cli.training.data.dataset import Dataset
    from sbv2cli.training.trainer import Trainer

# How clips are spoken: share of the stochastic predictor -> name of the file.
RATIOS: Mapping[float, str] = {0.0: "plain", 1.0: "drawn"}
MOST_FRAMES = 1000  # of a spoken clip; a voice that has not learned yet may babble for minutes
NOISE, NOISE_W = 0.6, 0.8


@torch.no_grad()
def measure(
    trainer: Trainer, dataset: Dataset, indices: Sequence[int], seed: int
) -> dict[str, float]:
    """Losses on clips, with the same random numbers every time."""
    if not indices:
        return {}
    trainer.model.eval()
    sums: dict[str, list[float]] = {}
    with torch.random.fork_rng(devices=_cuda(trainer.device)):
        torch.manual_seed(seed)
        for index in indices:
            batch = dataset.batch([index]).to(trainer.device)
            for name, value in trainer.objective.validate(batch).items():
                sums.setdefault(name, []).append(value)
    return {name: float(np.mean(values)) for name, values in sums.items()}


@torch.no_grad()
def speak(
    trainer: Trainer, dataset: Dataset, indices: Sequence[int], folder: Path, step: int
) -> list[Path]:
    """Speak clips as a listener would hear them, beside the recordings themselves."""
    model = trainer.model
    model.eval()
    written = []
    for index in indices:
        clip = dataset.clips[index]
        name = clip.id.replace("/", "_")
        batch = dataset.batch([index]).to(trainer.device)
        original = folder / "recorded" / f"{name}.wav"
        if not original.is_file():
            length = int(batch.frames_B[0]) * trainer.objective.sounds.hop
            _save(original, batch.samples_B1S[0, 0, :length], trainer.objective.sounds.rate)
        copied = trainer.objective.copied(batch, MOST_FRAMES)
        if copied is not None:
            copy = folder / f"step_{step:08d}" / f"{name}.copy.wav"
            _save(copy, copied, trainer.objective.sounds.rate)
            written.append(copy)
        vocoder = model.vocoder
        if trainer.settings.stage == "vocoder" or vocoder is None:
            continue  # nothing but sound was learned, or there is nothing to make any
        for ratio, manner in RATIOS.items():
            samples = _spoken(trainer, vocoder, batch, ratio, seed=index)
            path = folder / f"step_{step:08d}" / f"{name}.{manner}.wav"
            _save(path, samples, trainer.objective.sounds.rate)
            written.append(path)
    return written


def _spoken(
    trainer: Trainer, vocoder: Vocoder, batch: TrainingBatch, ratio: float, seed: int
) -> Tensor:
    device = trainer.device
    net = Network(trainer.model.synthesizer, vocoder)
    generator = torch.Generator().manual_seed(seed)

    def numbers(value: float) -> Tensor:
        return torch.tensor([value], device=device)

    plan = net.plan(
        Batch(
            phones_BP=batch.phones_BP,
            tones_BP=batch.tones_BP,
            languages_BP=batch.languages_BP,
            lengths_B=None,
            speakers_B=batch.speakers_B,
            style_BC=batch.style_BC,
            bert_BCP=batch.bert_BCP,
            bert_slot_B=batch.bert_slot_B,
            length_scale_B=numbers(1.0),
            sdp_ratio_B=numbers(ratio),
            noise_scale_w_B=numbers(NOISE_W),
        ),
        torch.randn(1, 2, batch.phones_BP.shape[1], generator=generator).to(device),
    )
    frames = plan.frames_BP[0].nan_to_num(1.0).clamp(1, MOST_FRAMES).long()
    index = torch.arange(len(frames), device=device).repeat_interleave(frames)[:MOST_FRAMES]
    values = plan.per_phone_BKP[:, :, index]
    noise = torch.randn(1, net.acoustic.noise_channels, len(index), generator=generator).to(device)
    spread = Spread(
        values_BKF=values,
        noise_BNF=noise,
        noise_scale_B=numbers(NOISE),
        frames=len(index),
        lengths_B=None,
        speaker_BG1=plan.speaker_BG1,
    )
    channels = net.vocoder.noise_channels
    own = torch.randn(1, channels, len(index), generator=generator).to(device)
    return net.render(spread, own if channels else None, MOST_FRAMES)[0]


def _save(path: Path, samples: Tensor, rate: int) -> None:
    content = wav_bytes(samples.float().cpu().numpy(), rate, "pcm16")
    write_bytes(path, content)


def _cuda(device: torch.device) -> list[torch.device]:
    return [device] if device.type == "cuda" else []
