"""Language models run by torch, and the names that training uses."""

from __future__ import annotations

from pathlib import Path

import torch

from sbv2cli.engine.bert.encoder_weights import load_encoder
from sbv2cli.engine.bert.features import Key, LanguageModel, packs, spread
from sbv2cli.engine.bert.folders import read_config
from sbv2cli.engine.bert.tokenisers import open_tokeniser

__all__ = ("Key", "LanguageModel", "load_language_model", "packs", "spread")


def load_language_model(
    folder: Path, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32
) -> LanguageModel:
    """Open a model folder. `dtype` is the precision of the matrix products; results are float32."""
    return LanguageModel(
        path=folder,
        tokeniser=open_tokeniser(folder, str(read_config(folder).get("model_type", ""))),
        encoder=load_encoder(folder, device, dtype),
    )
