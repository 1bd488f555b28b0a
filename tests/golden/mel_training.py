"""What replays of learning have in common, of the models that make spectrograms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from sbv2cli.models import weights
from sbv2cli.training.data.batch import TrainingBatch
from sbv2cli.training.data.spectrogram import SpectrogramSettings

if TYPE_CHECKING:
    from mel_stages import Arrays
    from replay_infer import Row

LOSS_TOLERANCE = 1e-4
GRADIENT_TOLERANCE = 1e-3

# Spectrograms are recorded; nothing is computed with these.
SOUNDS = SpectrogramSettings(rate=22050, window=1024, hop=256, mels=80)

Entry = dict[str, Any]


def training_batch(a: Arrays, speakers: list[int], durations: Tensor | None) -> TrainingBatch:
    """The recorded clips under our names."""
    phones = a["x"].long()
    zeros = torch.zeros(len(phones))
    return TrainingBatch(
        phones_BP=phones,
        tones_BP=torch.zeros_like(phones),
        languages_BP=torch.zeros_like(phones),
        style_BC=torch.zeros(len(phones), 256),
        bert_BCP=None,
        bert_slot_B=zeros.long(),
        phones_B=a["x_lengths"].long(),
        speakers_B=torch.tensor(speakers),
        spectrogram_BCF=torch.zeros(len(phones), 1, a["y"].shape[2]),
        frames_B=a["y_lengths"].long(),
        samples_B1S=zeros[:, None, None],
        durations_BP=durations,
    )


def losses_of(entry: Entry, found: Mapping[str, Tensor]) -> list[Row]:
    """Relative differences of losses."""
    return [
        (entry["name"], name, _away(float(loss), entry["scalars"][name]), LOSS_TOLERANCE)
        for name, loss in found.items()
    ]


def norm_of(parameters: Iterable[nn.Parameter]) -> float:
    """Of the gradients of some parameters."""
    squares = [float(p.grad.double().square().sum()) for p in parameters if p.grad is not None]
    return float(sum(squares) ** 0.5)


def norms_of(entry: Entry, network: nn.Module, names: weights.Rows) -> list[Row]:
    """Relative differences of the norms of gradients, by the first parts of published names."""
    squares: dict[str, float] = {}
    for ours, parameter in network.named_parameters():
        published = weights.published_name(ours, names)
        assert published is not None
        squares[published] = norm_of([parameter]) ** 2
    rows: list[Row] = []
    for key, recorded in entry["scalars"].items():
        if not key.startswith("grad_norms"):
            continue
        for group, expected in recorded.items():
            found = sum(
                square
                for name, square in squares.items()
                if name == group or name.startswith(f"{group}.")
            )
            away = _away(found**0.5, expected)
            rows.append((entry["name"], f"gradient of {group}", away, GRADIENT_TOLERANCE))
    return rows


def _away(found: float, expected: float) -> float:
    return abs(found - expected) / max(abs(expected), 1e-6)
