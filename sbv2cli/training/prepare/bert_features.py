"""BERT features of a dataset, one file of token rows per text."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from sbv2cli.engine.bert.folders import find_bert
from sbv2cli.engine.bert.loading import Key, batches, load_bert
from sbv2cli.training.checkpoints import write_whole
from sbv2cli.training.data.clips import Clip


def features_path(dataset: Path, clip: Clip) -> Path:
    """Where the token rows of a clip's text are kept; a corrected text has another place."""
    name = hashlib.blake2b(f"{clip.language}\x1f{clip.model_text}".encode(), digest_size=12)
    return dataset / "bert" / f"{name.hexdigest()}.npy"


def save_features(clips: Sequence[Clip], dataset: Path, given: str | None) -> dict[str, str]:
    """Encode what is not there yet; answers the clips whose reading and text do not agree."""
    wrong: dict[str, str] = {}
    by_language: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips:
        if not features_path(dataset, clip).is_file():
            by_language[clip.language].append(clip)
    (dataset / "bert").mkdir(exist_ok=True)
    for language, missing in by_language.items():
        model = load_bert(find_bert(language, given=given))
        ids: dict[str, tuple[int, ...]] = {}
        paths: dict[str, Path] = {}
        for clip in missing:
            tokens = tuple(model.tokeniser.ids(clip.model_text))
            if len(tokens) != len(clip.phones_per_token):
                wrong[clip.id] = (
                    f"BERT sees {len(tokens)} tokens, the reading counts phones for"
                    f" {len(clip.phones_per_token)}"
                )
            elif len(tokens) > model.longest:
                wrong[clip.id] = f"the text has {len(tokens)} tokens, BERT takes {model.longest}"
            else:
                ids[clip.model_text] = tokens
                paths[clip.model_text] = features_path(dataset, clip)
        keys: list[Key] = [
            (language, text) for text in sorted(ids, key=lambda text: len(ids[text]))
        ]
        for batch in batches(keys, [len(ids[text]) for _, text in keys]):
            rows = model.encoder.encode([ids[text] for _, text in batch])
            for (_, text), row in zip(batch, rows, strict=True):
                write_whole(paths[text], partial(np.save, arr=row.cpu().numpy()))
    return wrong
