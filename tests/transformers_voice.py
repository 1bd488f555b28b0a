"""Tiny random voices as the package transformers saves them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from transformers import VitsConfig, VitsModel, VitsTokenizer

SIZES: dict[str, Any] = {
    "hidden_size": 8,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "ffn_dim": 12,
    "flow_size": 8,
    "spectrogram_bins": 9,
    "posterior_encoder_num_wavenet_layers": 2,
    "upsample_initial_channel": 16,
    "upsample_rates": [4, 2],
    "upsample_kernel_sizes": [8, 4],
    "resblock_kernel_sizes": [3, 5],
    "resblock_dilation_sizes": [[1, 3, 5], [1, 2, 3]],
}

# As those of MMS: the symbol of number 0 is a letter, and padding too.
SYMBOLS = "kabcdeimnrstuhw' č"


def write(
    folder: Path, *, seed: int = 0, tokeniser: dict[str, Any] | None = None, **sizes: Any
) -> Path:
    """A folder as `save_pretrained` leaves it: network and tokeniser."""
    model = network(seed=seed, **sizes)
    model.save_pretrained(folder)
    said = {"language": "swh", "phonemize": False, "pad_token": "k", **(tokeniser or {})}
    vocabulary = folder / "vocab.json"
    vocabulary.write_text(json.dumps({s: i for i, s in enumerate(SYMBOLS)}), encoding="utf-8")
    VitsTokenizer(str(vocabulary), unk_token="<unk>", **said).save_pretrained(folder)
    return folder


def network(*, seed: int = 0, **sizes: Any) -> VitsModel:
    """A network that is heard: random weights of the variance that keeps sound going."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = VitsModel(VitsConfig(vocab_size=len(SYMBOLS), **{**SIZES, **sizes})).eval()
        with torch.no_grad():
            for name, value in model.named_parameters():
                if name.endswith("original0") or (value.ndim == 1 and "norm" in name):
                    value.uniform_(0.5, 1.5)
                elif value.ndim > 1:
                    value.normal_(0, (value.numel() / len(value)) ** -0.5)
                else:
                    value.normal_(0, 0.2)
            predictor = model.duration_predictor
            if hasattr(predictor, "flows"):
                predictor.flows[0].translate.fill_(-2.0)
                predictor.flows[0].log_scale.fill_(0.7)
            else:
                predictor.proj.weight.mul_(0.2)
                predictor.proj.bias.fill_(0.7)
    return model


def spoken(folder: Path, ids: list[int], *, speaker: int | None = None) -> torch.Tensor:
    """What transformers says for these ids, without noise."""
    model = VitsModel.from_pretrained(folder)
    model.noise_scale = model.noise_scale_duration = 0.0
    with torch.no_grad():
        return model(torch.tensor([ids]), speaker_id=speaker).waveform[0]
