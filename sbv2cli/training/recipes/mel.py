"""Recipes of voices that make mel spectrograms, for a vocoder that is learned elsewhere.

Their spectrograms are those of the built-in voice's vocoder: 24 kHz, 96 bands up to Nyquist.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sbv2cli.models.diff_tts.dims import DEFAULTS as DIFF_TTS
from sbv2cli.models.grad_tts.dims import DEFAULTS as GRAD_TTS
from sbv2cli.training.data.spectrogram import POWER_FLOOR
from sbv2cli.voices.phonologies.symbol_table import PUBLISHED

CLEANER = "japanese_cleaners2"
BANDS = 96
DATA: Mapping[str, Any] = {
    "sampling_rate": 24000,
    "filter_length": 1200,
    "win_length": 1200,
    "hop_length": 300,
    "n_mel_channels": BANDS,
    "mel_fmin": 0.0,
    "mel_fmax": 12000.0,
    "mel_floor": POWER_FLOOR,
    "text_cleaners": [CLEANER],
}
TRAIN: Mapping[str, Any] = {"batch_size": 16, "ema": 0.999}


# The published `base_blank.json`.
GLOW_TTS: Mapping[str, Any] = {
    "hidden_channels": 192,
    "filter_channels": 768,
    "filter_channels_dp": 256,
    "kernel_size": 3,
    "p_dropout": 0.1,
    "n_blocks_dec": 12,
    "n_layers_enc": 6,
    "n_heads": 2,
    "p_dropout_dec": 0.05,
    "dilation_rate": 1,
    "kernel_size_dec": 5,
    "n_block_layers": 4,
    "n_sqz": 2,
    "n_split": 4,
    "prenet": True,
    "mean_only": True,
    "window_size": 4,
    "sigmoid_scale": False,
}


def glow_tts() -> dict[str, Any]:
    """The published sizes, with a blank between all symbols."""
    return {
        "train": {"batch_size": 32, "ema": 0.999},
        "data": {**DATA, "add_blank": True},
        "symbols": list(PUBLISHED[CLEANER]),
        "model": dict(GLOW_TTS),
    }


def grad_tts() -> dict[str, Any]:
    """The published sizes, but for the bands; a blank between all symbols."""
    return {
        "architecture": "grad_tts",
        "train": {**TRAIN, "learning_rate": 1e-4},
        "data": {**DATA, "add_blank": True},
        "symbols": list(PUBLISHED[CLEANER]),
        "model": {**GRAD_TTS, "n_feats": BANDS, "n_timesteps": 10, "temperature": 1.5},
    }


def diff_tts() -> dict[str, Any]:
    """Our sizes; no blanks, which could not be shorter than a frame."""
    return {
        "architecture": "diff_tts",
        "train": {**TRAIN, "learning_rate": 2e-4},
        "data": {**DATA, "add_blank": False},
        "symbols": list(PUBLISHED[CLEANER]),
        "model": {**DIFF_TTS, "n_mels": BANDS, "n_timesteps": 8},
    }


# What a CPU learns in half an hour from given durations: narrow networks, half precision, no
# blanks (which are half of all symbols, and mostly of no frames), a rate that falls to the end.
SMALL_TRAIN: Mapping[str, Any] = {
    "batch_size": 8,
    "ema": 0.998,
    "learning_rate": 8e-4,
    "schedule": "cosine",
    "warmup_steps": 100,
    "final_lr_ratio": 0.05,
    "duration_offset": 0.5,
    "bf16_run": True,
    "in_memory": True,
}
SMALL_ENCODER: Mapping[str, Any] = {"filter_channels": 384, "filter_channels_dp": 128}


def glow_tts_small() -> dict[str, Any]:
    """Glow-TTS of 3.8 million parameters, without blanks."""
    recipe = glow_tts()
    recipe["train"] = dict(SMALL_TRAIN)
    recipe["data"]["add_blank"] = False
    recipe["model"] |= {
        **SMALL_ENCODER,
        "hidden_channels": 128,
        "hidden_channels_enc": 128,
        "hidden_channels_dec": 96,
        "n_layers_enc": 4,
        "n_blocks_dec": 8,
        "n_block_layers": 2,
        "p_dropout": 0.0,
        "p_dropout_dec": 0.0,
    }
    return recipe


def grad_tts_small() -> dict[str, Any]:
    """Grad-TTS of 2.4 million parameters, without blanks; the U-Net learns from 0.4 s of a line."""
    recipe = grad_tts()
    recipe["train"] = {**SMALL_TRAIN, "segment_frames": 32, "whole_prior": True}
    recipe["data"]["add_blank"] = False
    recipe["model"] |= {
        **SMALL_ENCODER,
        "n_enc_channels": 128,
        "n_enc_layers": 4,
        "enc_dropout": 0.0,
        "dec_dim": 16,
    }
    return recipe


def diff_tts_small() -> dict[str, Any]:
    """Diff-TTS of 4.2 million parameters.

    Noise of 96 bands, positive and negative, must fit through the denoiser: half as many channels
    did not learn.
    """
    recipe = diff_tts()
    recipe["train"] = {**SMALL_TRAIN, "warmup_steps": 200}
    recipe["model"] |= {
        "encoder_channels": 128,
        "encoder_blocks": 6,
        "duration_channels": 128,
        "residual_channels": 2 * BANDS,
        "residual_layers": 8,
        "step_channels": 256,
        "predicts": "velocity",
    }
    return recipe
