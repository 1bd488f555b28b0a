"""A seeded random BERT of the published width: one file of weights, and no layer that runs."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from sbv2cli.records import BERT_CHANNELS

MARKS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
CHARACTERS = "これは声の確認です。おようご今日天気いたね、吾輩猫名前まだ無ん"


def write(folder: Path, *, width: int = BERT_CHANNELS, seed: int = 0) -> Path:
    """The folder of a Japanese model; two layers are never run, so that none has to be there."""
    folder.mkdir(parents=True)
    vocabulary = [*MARKS, *dict.fromkeys(CHARACTERS)]
    config = {
        "model_type": "deberta-v2",
        "hidden_size": width,
        "num_attention_heads": 2,
        "num_hidden_layers": 2,
        "intermediate_size": 8,
        "vocab_size": len(vocabulary),
        "position_biased_input": False,
        "type_vocab_size": 0,
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    words = torch.randn(len(vocabulary), width, generator=torch.Generator().manual_seed(seed))
    tensors = {
        "deberta.embeddings.word_embeddings.weight": words,
        "deberta.embeddings.LayerNorm.weight": torch.ones(width),
        "deberta.embeddings.LayerNorm.bias": torch.zeros(width),
    }
    save_file(tensors, folder / "model.safetensors")
    return folder
