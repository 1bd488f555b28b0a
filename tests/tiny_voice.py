"""Seeded random voices of a few thousand weights, for logic. They babble; nothing is downloaded."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from sbv2cli.engine.torch import loading
from sbv2cli.executors.executor import WorkerSpec, weights_of
from sbv2cli.models import weights
from sbv2cli.models.architecture import Spread
from sbv2cli.records import LineId, Utterance
from sbv2cli.voices.bundle import Bundle, open_bundle
from sbv2cli.voices.configs import voice_config
from sbv2cli.voices.phonologies import symbol_table

NETWORK = {
    "inter_channels": 8,
    "hidden_channels": 8,
    "filter_channels": 12,
    "n_heads": 2,
    "n_layers": 3,
    "kernel_size": 3,
    "resblock": "1",
    "resblock_kernel_sizes": [3, 5],
    "resblock_dilation_sizes": [[1, 3, 5], [1, 2, 3]],
    "upsample_rates": [4, 2],
    "upsample_initial_channel": 16,
    "upsample_kernel_sizes": [8, 4],
    "gin_channels": 6,
}

SOURCE_FILTER = {
    "kind": "source_filter",
    "sampling_rate": 16000,
    "hop_length": 8,
    "width": 8,
    "hidden": 12,
    "blocks": 2,
    "pitch_width": 6,
    "pitch_blocks": 1,
    "minimum_phase": 4,
    "maximum_phase": 2,
    "noise_filter": 3,
}

JAPANESE_SYMBOLS = symbol_table.PUBLISHED["japanese_cleaners2"]
SYMBOLS_IF_UNKNOWN = 12
NORMED = re.compile(r"\.(ups|resblocks|in_layers|res_skip_layers|cond_layer)\b")


def _hop(network: dict[str, Any] | None) -> int:
    return math.prod({**NETWORK, **(network or {})}["upsample_rates"])


def write(
    folder: Path,
    *,
    version: str = "2.0-JP-Extra",
    seed: int = 0,
    bert: bool = False,
    network: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None,
) -> Path:
    """A voice folder with two speakers and three styles."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "model_name": folder.name,
        "version": version,
        "data": {
            "sampling_rate": 16000,
            "hop_length": _hop(network),
            "n_speakers": 2,
            "spk2id": {"花子": 0, "Taro": 1},
            "style2id": {"Neutral": 0, "Happy": 1, "Sad": 2},
            **(data or {}),
        },
        "model": {**NETWORK, **(network or {})},
        "sbv2cli": {} if bert else {"bert": "none"},
    }
    (folder / "config.json").write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")
    rng = np.random.default_rng(seed)
    np.save(folder / "style_vectors.npy", rng.standard_normal((3, 256)).astype(np.float32))
    tensors = random_tensors(voice_config.parse(json.dumps(config), where="tiny voice"), seed)
    tensors["iteration"] = torch.tensor([3])
    save_file(tensors, folder / f"{folder.name}_e3_s120.safetensors")
    return folder


def write_vits(
    folder: Path,
    *,
    seed: int = 0,
    speakers: int = 0,
    symbols: tuple[str, ...] | None = JAPANESE_SYMBOLS,
    cleaner: str = "japanese_cleaners2",
    network: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None,
) -> Path:
    """A folder as the code of 2021 leaves it: config.json and a G_*.pth with optimiser state."""
    folder.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = {
        "train": {"learning_rate": 2e-4, "segment_size": 8192},
        "data": {
            "text_cleaners": [cleaner],
            "sampling_rate": 16000,
            "hop_length": _hop(network),
            "n_speakers": speakers,
            **(data or {}),
        },
        "model": {
            **NETWORK,
            "gin_channels": 6 if speakers else 0,
            "use_spectral_norm": False,
            **(network or {}),
        },
    }
    if symbols is not None:
        config["symbols"] = list(symbols)
    if speakers:
        config["speakers"] = [f"話者{number}" for number in range(speakers)]
    (folder / "config.json").write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")
    parsed = voice_config.parse(json.dumps(config), where="tiny voice")
    rows = {"enc_p.emb.weight": torch.zeros(SYMBOLS_IF_UNKNOWN, 1)}
    published = {}
    for name, tensor in random_tensors(parsed, seed, rows).items():
        if NORMED.search(name) and name.endswith("weight"):
            # Any direction of the right angle will do; training stores it beside its size.
            published[f"{name}_g"] = torch.norm_except_dim(tensor, 2, 0)
            published[f"{name}_v"] = 1.7 * tensor
        else:
            published[name] = tensor
    state = {"state": {0: {"step": torch.tensor(5.0)}}, "param_groups": [{"lr": 2e-4}]}
    checkpoint = {"model": published, "iteration": 7, "optimizer": state, "learning_rate": 2e-4}
    torch.save(checkpoint, folder / "G_1000.pth")
    return folder


def random_tensors(
    parsed: voice_config.VoiceConfig, seed: int, rows: dict[str, torch.Tensor] | None = None
) -> dict[str, torch.Tensor]:
    """Published names and weights of a network; `rows` tells the symbols of one without a table."""
    names = loading.parts_of(parsed, where="tiny voice").names
    empty = loading.build_empty(parsed, where="tiny voice", published=rows)
    name = "durations" if parsed.architecture == "vits" else "stochastic_durations"
    predictor = f"acoustic.{name}"
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for ours, tensor in empty.state_dict().items():
        # Variance-preserving, so that no part of the voice falls silent or explodes.
        fan_in = max(1, tensor.numel() // max(1, tensor.shape[0])) if tensor.ndim > 1 else 25
        values = torch.randn(tensor.shape, generator=generator) / fan_in**0.5
        if ours.endswith("gamma"):
            values += 1
        # A few frames per phone, as in speech; random durations would be minutes or nothing.
        if ours == "acoustic.durations.conv_out.weight":
            values *= 0.2
        elif ours in ("acoustic.durations.conv_out.bias", f"{predictor}.flow.affine.log_scale"):
            values = torch.full_like(values, 0.7)
        elif ours == f"{predictor}.flow.affine.mean":
            values = torch.full_like(values, -2.0)
        elif ours.startswith("vocoder.filters.out."):
            values *= 0.4  # logarithms of gains
            if values.ndim == 1:
                # The first of each filter: pulses of unit power have high peaks.
                values.view(2, -1)[:, [0, 6]] = -3.0
        published = weights.published_name(ours, names)
        assert published is not None
        tensors[published] = values
    return tensors


def utterance(
    bundle: Bundle, number: int, *, phones: int, seed: int = 0, **changes: Any
) -> Utterance:
    """A random line for a voice."""
    rng = np.random.default_rng([seed, number])
    ids = np.zeros((3, 2 * phones + 1), dtype=np.int64)
    plain = not bundle.config.has_styles
    symbols = len(bundle.config.symbols.symbols) if bundle.config.symbols else SYMBOLS_IF_UNKNOWN
    ids[0, 1::2] = rng.integers(1, symbols if plain else 110, phones)
    if not plain:
        ids[1, 1::2] = rng.integers(6, 8, phones)
        ids[2, 1::2] = 1
    values: dict[str, Any] = {
        "id": LineId(f"line-{number}"),
        "phones": ids[0],
        "tones": ids[1],
        "languages": ids[2],
        "speaker": int(rng.integers(bundle.config.speaker_count)),
        "style": bundle.style_vectors[rng.integers(len(bundle.style_vectors))],
        "length_scale": float(rng.uniform(0.7, 1.6)),
        "sdp_ratio": float(rng.uniform()),
        "noise_scale": float(rng.uniform()),
        "noise_scale_w": float(rng.uniform()),
        "seed": seed,
        "noise_name": f"words {number}",
        "take": 1,
    }
    return Utterance(**{**values, **changes})


def spec_of(bundle: Bundle, **fields: Any) -> WorkerSpec:
    """What a worker of a voice is made from: on one core."""
    known = {"bundle": bundle.path, "weights": weights_of(bundle), "backend": bundle.backend}
    return WorkerSpec(**{**known, "device": "cpu", "threads": 1, **fields})


def opened(folder: Path, **options: Any) -> Bundle:
    """Written and opened."""
    return open_bundle(write(folder, **options))


def opened_vits(folder: Path, **options: Any) -> Bundle:
    """The same of plain VITS."""
    return open_bundle(write_vits(folder, **options))


def spread(acoustic, frames, seed):
    """One line, frame by frame."""
    generator = torch.Generator().manual_seed(seed)

    def draw(channels, length):
        return torch.randn(1, channels, length, generator=generator)

    return Spread(
        values_BKF=draw(2 * acoustic.channels, frames),
        noise_BNF=draw(acoustic.noise_channels, frames),
        noise_scale_B=torch.tensor([0.7]),
        frames=frames,
        lengths_B=None,
        speaker_BG1=draw(acoustic.speaker_channels, 1),
    )
