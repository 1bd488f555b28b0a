"""BERT models run by torch, and the names that training uses."""

from __future__ import annotations

from pathlib import Path

import torch

from sbv2cli.engine.bert.encoder_weights import load_encoder
from sbv2cli.engine.bert.features import Bert, Key, batches, spread
from sbv2cli.engine.bert.folders import read_config
from sbv2cli.engine.bert.tokenisers import open_tokeniser

__all__ = ("Bert", "Key", "batches", "load_bert", "spread")


def load_bert(
    folder: Path, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32
) -> Bert:
    """Open a model folder. `dtype` is the precision of the matrix products; results are float32."""
    return Bert(
        path=folder,
        tokeniser=open_tokeniser(folder, str(read_config(folder).get("model_type", ""))),
        encoder=load_encoder(folder, device, dtype),
    )
