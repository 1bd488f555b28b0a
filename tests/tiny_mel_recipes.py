"""Recipes of mel families with tiny sizes, for the tiny recordings."""

from __future__ import annotations

from typing import Any

import tiny_glow
import tiny_mel_voice

from sbv2cli import tables
from sbv2cli.training.recipes import RECIPES

DATA = {
    "sampling_rate": 16000,
    "filter_length": 512,
    "win_length": 512,
    "hop_length": 128,
    "n_mel_channels": tiny_glow.BANDS,
    "mel_fmax": 8000.0,
    "mel_floor": 1e-9,  # what the vocoder of these tests heard
}
SIZES = {
    "glow_tts": tiny_glow.MODEL,
    "grad_tts": tiny_mel_voice.GRAD_TTS,
    "diff_tts": tiny_mel_voice.DIFF_TTS,
}


def recipe(name: str) -> dict[str, Any]:
    """The recipe of a family with tiny sizes."""
    made: dict[str, Any] = tables.load(RECIPES[name])()
    made["model"] |= SIZES[name]
    made["data"] |= DATA
    made["train"] |= {"batch_size": 3, "ema": 0.0, "validation_clips": 1}
    return made


def glow_tts() -> dict[str, Any]:
    """What a row of `RECIPES` names."""
    return recipe("glow_tts")


def grad_tts() -> dict[str, Any]:
    """What a row of `RECIPES` names."""
    return recipe("grad_tts")


def diff_tts() -> dict[str, Any]:
    """What a row of `RECIPES` names."""
    return recipe("diff_tts")


ROWS = {f"tiny-{name}": f"{__name__}:{name}" for name in SIZES}
