"""Tiny voices that make mel spectrograms, as published files lie, with a vocoder in its folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tiny_voice import JAPANESE_SYMBOLS
from torch import Tensor, nn

from sbv2cli import tables
from sbv2cli.models import ARCHITECTURES, VOCODERS, weights
from sbv2cli.records import Inventory
from sbv2cli.voices.bundle import Bundle, open_bundle
from sbv2cli.voices.configs import hifigan

BANDS = 8
DATA = {
    "sampling_rate": 16000,
    "hop_length": 8,
    "filter_length": 64,
    "win_length": 64,
    "n_mel_channels": BANDS,
    "mel_fmax": 8000.0,
}
VOCODER = {
    "num_mels": BANDS,
    "n_fft": 64,
    "hop_size": 8,
    "win_size": 64,
    "sampling_rate": 16000,
    "fmin": 0,
    "fmax": 8000,
    "resblock": "1",
    "resblock_kernel_sizes": [3, 5],
    "resblock_dilation_sizes": [[1, 3, 5], [1, 2, 3]],
    "upsample_rates": [4, 2],
    "upsample_initial_channel": 16,
    "upsample_kernel_sizes": [8, 4],
}
GRAD_TTS: dict[str, Any] = {
    "n_feats": BANDS,
    "n_enc_channels": 8,
    "filter_channels": 12,
    "filter_channels_dp": 10,
    "n_enc_layers": 2,
    "n_heads": 2,
    "dec_dim": 8,
    "spk_emb_dim": 6,
}

DIFF_TTS: dict[str, Any] = {
    "n_mels": BANDS,
    "encoder_channels": 8,
    "encoder_blocks": 3,
    "duration_channels": 10,
    "residual_channels": 12,
    "residual_layers": 2,
    "step_channels": 10,
    "steps": 13,
    "beta_max": 0.4,
    "n_timesteps": 4,
}

# What may only be read from the weights, or has a default.
SEEN = ("n_feats", "n_enc_channels", "filter_channels", "filter_channels_dp", "n_enc_layers",
        "n_heads", "dec_dim", "spk_emb_dim")  # fmt: skip


def write_grad_tts(
    folder: Path,
    *,
    speakers: int = 1,
    seed: int = 0,
    model: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None,
    **top: Any,
) -> Path:
    """A folder with a checkpoint as the published code leaves it, and what we need beside it."""
    sizes = {**GRAD_TTS, "n_spks": speakers, **(model or {})}
    config: dict[str, Any] = {
        "architecture": "grad_tts",
        # A gentle diffusion: random scores would else grow beyond all numbers.
        "model": {
            "beta_max": 6.0,
            **{key: value for key, value in sizes.items() if key not in SEEN},
        },
        "data": {**DATA, "text_cleaners": ["japanese_cleaners2"], **(data or {})},
        **top,
    }
    if speakers > 1:
        config["speakers"] = [f"話者{number}" for number in range(speakers)]
    tensors = acoustic_tensors("grad_tts", sizes, speakers, seed)
    # Durations of a few frames, attention that is heard, and steps that do not blow up.
    tensors["encoder.proj_w.proj.bias"] = torch.tensor([0.7])
    tensors["encoder.proj_w.proj.weight"] *= 0.3
    for name in tensors:
        if name.endswith("fn.g"):
            tensors[name] = torch.tensor([0.5])
        elif name.endswith("to_qkv.weight") or name.startswith("decoder.estimator.final_conv"):
            tensors[name] *= 0.2
    write(folder, config)
    torch.save(tensors, folder / "grad_10.pt")
    write_vocoder(folder / "vocoder", seed)
    return folder


def write_published_grad_tts(folder: Path) -> Path:
    """A checkpoint under its published name, of English symbols and small sizes, with nothing else.

    Attention is silent, and so are scores: what a trained network keeps small.
    """
    sizes = {**GRAD_TTS, "n_feats": 80}
    tensors = acoustic_tensors("grad_tts", sizes, 1, 0, phones=149)
    tensors["encoder.proj_w.proj.bias"] = torch.tensor([0.7])
    for name in tensors:
        if name.startswith("decoder.estimator.final_conv") or name.endswith("fn.g"):
            tensors[name] *= 0.0
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(tensors, folder / "grad-tts.pt")
    write_vocoder(
        folder / "vocoder", num_mels=80, n_fft=1024, win_size=1024, hop_size=256,
        sampling_rate=22050, upsample_rates=[16, 16], upsample_kernel_sizes=[32, 32],
    )  # fmt: skip
    return folder


def write_diff_tts(
    folder: Path, *, speakers: int = 1, seed: int = 0, model: dict[str, Any] | None = None
) -> Path:
    """A folder of a Diff-TTS, which is ours."""
    sizes = {**DIFF_TTS, "n_speakers": speakers, **(model or {})}
    config: dict[str, Any] = {
        "architecture": "diff_tts",
        "model": sizes,
        "data": {**DATA, "text_cleaners": ["japanese_cleaners2"]},
    }
    if speakers > 1:
        config["speakers"] = [f"話者{number}" for number in range(speakers)]
    tensors = acoustic_tensors("diff_tts", sizes, speakers, seed)
    tensors["duration_predictor.proj.bias"] = torch.tensor([0.7])
    tensors["duration_predictor.proj.weight"] *= 0.3
    write(folder, config)
    save_file(tensors, folder / "diff_e1_s10.safetensors")
    write_vocoder(folder / "vocoder", seed)
    return folder


def acoustic_tensors(
    name: str,
    sizes: dict[str, Any],
    speakers: int,
    seed: int,
    phones: int = len(JAPANESE_SYMBOLS),
) -> dict[str, Tensor]:
    """Published names and random weights of an acoustic model, for Japanese symbols."""
    architecture = tables.load(ARCHITECTURES[name])
    rows = Inventory(phones=phones, tones=1, languages=1, speakers=speakers)
    return published(architecture.build(sizes, rows, name), architecture.names, seed)


def published(module: nn.Module, names: weights.Rows, seed: int) -> dict[str, Tensor]:
    """Random values under the names of files."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for ours, tensor in module.state_dict().items():
        fan_in = max(1, tensor.numel() // max(1, tensor.shape[0])) if tensor.ndim > 1 else 25
        values = torch.randn(tensor.shape, generator=generator) / fan_in**0.5
        if ours.endswith("gamma") or "norm.weight" in ours:
            values += 1
        name = weights.published_name(ours, names)
        assert name is not None, ours
        tensors[name] = values
    return tensors


def write_vocoder(folder: Path, seed: int = 0, **changes: Any) -> None:
    """A HiFi-GAN as its code of 2020 leaves it."""
    config = {**VOCODER, **changes}
    write(folder, config)
    kind = tables.load(VOCODERS["hifigan"])
    section = hifigan.parse(config, "tiny").section
    bands = config["num_mels"]
    tensors = published(kind.build(section, bands, 0, "tiny"), kind.names, seed)
    tensors["conv_pre.weight"] *= 0.1  # spectrograms are larger than latents
    torch.save({"generator": tensors}, folder / "g_00000010")


def write(folder: Path, config: dict[str, Any]) -> None:
    """A config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(config, ensure_ascii=False)
    (folder / "config.json").write_text(text, encoding="utf-8")


def opened_diff_tts(folder: Path, **options: Any) -> Bundle:
    """Written and opened."""
    return open_bundle(write_diff_tts(folder, **options))


def opened_grad_tts(folder: Path, **options: Any) -> Bundle:
    """Written and opened."""
    return open_bundle(write_grad_tts(folder, **options))
