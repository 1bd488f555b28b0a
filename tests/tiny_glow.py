"""Seeded random Glow-TTS voices of a few thousand weights, with a HiFi-GAN beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import made_weights
import torch

from sbv2cli.models.glow_tts.architecture import ARCHITECTURE
from sbv2cli.models.vocoder.hifigan.vocoder import NAMES, VOCODER
from sbv2cli.models.weights import Rows, published_name
from sbv2cli.voices.bundle import Bundle, open_bundle
from sbv2cli.voices.configs import coqui_glow_tts, glow_tts, voice_config
from sbv2cli.voices.phonologies import symbol_table

JAPANESE = symbol_table.PUBLISHED["japanese_cleaners2"]
BANDS, HOP, RATE, BLOCKS = 8, 16, 16000, 2
MODEL = {
    "hidden_channels": 12,
    "filter_channels": 16,
    "filter_channels_dp": 10,
    "kernel_size": 3,
    "n_heads": 2,
    "n_layers_enc": 2,
    "n_blocks_dec": BLOCKS,
    "kernel_size_dec": 5,
    "dilation_rate": 1,
    "n_block_layers": 2,
    "p_dropout": 0.1,
    "p_dropout_dec": 0.05,
    "n_split": 4,
    "n_sqz": 2,
    "prenet": True,
    "mean_only": True,
    "window_size": 4,
}
DATA = {
    "text_cleaners": ["english_cleaners"],
    "sampling_rate": RATE,
    "filter_length": 64,
    "hop_length": HOP,
    "win_length": 64,
    "n_mel_channels": BANDS,
    "mel_fmin": 0.0,
    "mel_fmax": 8000.0,
    "add_blank": True,
    "cmudict_path": "data/cmu_dictionary",
}
VOCODER_CONFIG = {
    "resblock": "2",
    "upsample_rates": [4, 4],
    "upsample_kernel_sizes": [8, 8],
    "upsample_initial_channel": 16,
    "resblock_kernel_sizes": [3, 5],
    "resblock_dilation_sizes": [[1, 2], [2, 6]],
    "num_mels": BANDS,
    "n_fft": 64,
    "hop_size": HOP,
    "win_size": 64,
    "sampling_rate": RATE,
    "fmin": 0,
    "fmax": 8000,
    "fmax_for_loss": None,
}
# Durations of a few frames, and a flow that can be undone.
FLOW = [
    *({"names": f"decoder.flows.{3 * i + 1}.weight", "op": "eye_plus_times", "by": 0.4}
      for i in range(BLOCKS)),
    *({"names": f"decoder.flows.{3 * i + 2}.end.weight", "op": "times", "by": 0.3}
      for i in range(BLOCKS)),
    {"names": "encoder.*.proj.weight", "op": "times", "by": 0.5},
    {"names": "encoder.proj_w.proj.bias", "op": "plus", "by": 1.0},
    {"names": "encoder.duration_predictor.proj.bias", "op": "plus", "by": 1.0},
]  # fmt: skip
NORMED = r"decoder\.flows\.\d+\.(start|wn\..*)"


def write(
    folder: Path,
    *,
    speakers: int = 0,
    japanese: bool = False,
    model: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None,
    vocoder: dict[str, Any] | None = None,
) -> Path:
    """A folder as the official code leaves it, and `vocoder/` as that of HiFi-GAN does."""
    (folder / "vocoder").mkdir(parents=True, exist_ok=True)
    speaking = {"n_speakers": speakers, "gin_channels": 6} if speakers else {}
    config: dict[str, Any] = {
        "train": {"learning_rate": 1.0},
        "data": {**DATA, **(data or {})},
        "model": {**MODEL, **speaking, **(model or {})},
    }
    if japanese:
        config["symbols"] = list(JAPANESE)
        config["data"]["text_cleaners"] = ["japanese_cleaners2"]
    if speakers:
        config["speakers"] = [f"speaker{number}" for number in range(speakers)]
    save_config(folder, config)
    tensors = acoustic_tensors(glow_tts.parse(config, "tiny"), ARCHITECTURE.names)
    state = {"state": {0: {"step": torch.tensor(5.0)}}, "param_groups": [{"lr": 2e-4}]}
    checkpoint = {"model": tensors, "iteration": 7, "optimizer": state, "learning_rate": 2e-4}
    torch.save(checkpoint, folder / "pretrained.pth")
    write_vocoder(folder / "vocoder", **(vocoder or {}))
    return folder


def write_coqui(folder: Path, **changes: Any) -> Path:
    """The same as Coqui's code leaves it, with characters."""
    (folder / "vocoder").mkdir(parents=True, exist_ok=True)
    audio = {
        "sample_rate": RATE, "fft_size": 64, "hop_length": HOP, "win_length": 64,
        "num_mels": BANDS, "mel_fmin": 0.0, "mel_fmax": 8000.0, "spec_gain": 1,
        "log_func": "np.log", "signal_norm": False,
    }  # fmt: skip
    config = {
        "model": "glow_tts",
        "audio": audio,
        "use_phonemes": False,
        "text_cleaner": "basic_cleaners",
        "add_blank": False,
        "characters": {
            "pad": "<PAD>", "eos": "<EOS>", "bos": "<BOS>", "blank": "<BLNK>",
            "characters": "abcdefghijklmnopqrstuvwxyz", "punctuations": "!'(),-.:;? ",
        },
        "encoder_params": {
            "kernel_size": 3, "dropout_p": 0.1, "num_layers": 2, "num_heads": 2,
            "hidden_channels_ffn": 16,
        },
        "hidden_channels_enc": 12, "hidden_channels_dec": 12, "hidden_channels_dp": 10,
        "num_flow_blocks_dec": BLOCKS, "num_block_layers": 2, "out_channels": BANDS,
        **changes,
    }  # fmt: skip
    save_config(folder, config)
    parsed = coqui_glow_tts.parse(config, "tiny")
    names = tuple(
        (left.replace("encoder.pre.", "encoder.prenet.")
             .replace("encoder.proj_w.", "encoder.duration_predictor."), right)
        for left, right in ARCHITECTURE.names
    )  # fmt: skip
    tensors = acoustic_tensors(parsed, names)
    for name, tensor in list(tensors.items()):
        if name.endswith((".gamma", ".beta")):
            tensors[name] = tensor.reshape(1, -1, 1)
        elif name.endswith("flows.1.weight"):
            tensors["decoder.flows.1.weight_inv"] = torch.linalg.inv(tensor)
    torch.save({"model": tensors, "step": 9}, folder / "model_file.pth")
    sizes = {
        "upsample_factors": VOCODER_CONFIG["upsample_rates"],
        "resblock_type": "2",
        **{
            key: value
            for key, value in VOCODER_CONFIG.items()
            if key.startswith(("upsample_k", "upsample_i", "resblock_"))
        },
    }
    vocoder = {
        "model": "hifigan",
        "generator_model": "hifigan_generator",
        "generator_model_params": sizes,
        "audio": audio,
    }
    save_config(folder / "vocoder", vocoder)
    torch.save({"model": vocoder_tensors()}, folder / "vocoder" / "model_file.pth")
    return folder


def write_vocoder(folder: Path, **changes: Any) -> None:
    """A HiFi-GAN; `changes` are of its configuration."""
    config = {**VOCODER_CONFIG, **changes}
    save_config(folder, config)
    torch.save({"generator": vocoder_tensors(config)}, folder / "generator_v3")


def save_config(folder: Path, config: dict[str, Any]) -> None:
    """Write a configuration."""
    text = json.dumps(config, ensure_ascii=False)
    (folder / "config.json").write_text(text, encoding="utf-8")


def acoustic_tensors(config: voice_config.VoiceConfig, names: Rows) -> dict[str, torch.Tensor]:
    """Published names and weights."""
    inventory = config.phonology.inventory(config.speaker_count)
    assert inventory is not None
    network = ARCHITECTURE.build(config.network, inventory, "tiny")
    shapes = {}
    for ours, tensor in network.state_dict().items():
        published = published_name(ours, names)
        assert published is not None
        shapes[published] = tuple(tensor.shape)
    return made_weights.published(shapes, {"tag": "glow", "adjust": FLOW}, NORMED)


def vocoder_tensors(config: dict[str, Any] = VOCODER_CONFIG) -> dict[str, torch.Tensor]:
    """The same of the vocoder."""
    section = {**config, "standalone": True}
    network = VOCODER.build(section, config["num_mels"], 0, "tiny")
    shapes = {
        published_name(k, NAMES) or k: tuple(t.shape) for k, t in network.state_dict().items()
    }
    quiet = {"names": "conv_pre.weight_g", "op": "times", "by": 0.3}
    return made_weights.published(shapes, {"tag": "vocoder", "adjust": [quiet]}, ".*")


def opened(folder: Path, **options: Any) -> Bundle:
    """Written and opened."""
    return open_bundle(write(folder, **options))
