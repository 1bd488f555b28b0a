"""A BERT as ONNX files in a folder, with its configuration and its tokeniser.

`model.onnx` computes in float32. `model_fp16.onnx` is half as large and made for graphics cards.
Both give the rows that voices hear, those of the third layer from the end; what comes after it is
left out.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import onnx
import torch
from torch import Tensor

from sbv2cli.engine.bert.encoder_weights import Weights, build_encoder, find_tensors
from sbv2cli.engine.bert.folders import GRAPH_FILES, read_config
from sbv2cli.engine.bert.tokenisers import open_tokeniser
from sbv2cli.engine.torch.cpu.linear import plain
from sbv2cli.export import check
from sbv2cli.export.bert_graph import bert_graph
from sbv2cli.export.destination import new_folder
from sbv2cli.export.eight_bits import store_in_eight_bits
from sbv2cli.export.options import Options, Report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sbv2cli.engine.bert.encoder import Encoder

FULL, HALF = GRAPH_FILES

# All that a folder holds beside weights and graphs: tokeniser, configuration, licence.
COPIED = (".json", ".txt", ".model", ".md")
NAMED = ("LICENSE", "LICENCE", "NOTICE")
NEVER = (".index.json",)

LENGTHS: Sequence[Sequence[int]] = ((9,), (2,), (31, 2, 64, 9), (1,))

HALF_TOLERANCE = 2e-2
"""Of the length of a row: what is left of products in float16 after two dozen layers."""

EIGHT_BIT_TOLERANCE = 0.3
"""The same for weights in 8 bits; what it does to durations is in the documentation."""


def convert(folder: Path, out: Path, options: Options) -> Report:
    """Write the folder `out`."""
    config = read_config(folder)
    kind = str(config.get("model_type", ""))
    open_tokeniser(folder, kind)  # what is wrong with it is said before the long part
    encoder = build_encoder(
        config,
        Weights(
            path=folder,
            readers=find_tensors(folder),
            device=torch.device("cpu"),
            dtype=torch.float32,
            arrange=plain,
        ),
    )
    metadata = {"architecture": kind, "hidden": encoder.hidden_size}
    with new_folder(out, force=options.force) as made:
        worst = {}
        for name, half in ((FULL, False), (HALF, True)):
            # No name for the model: it is as large as its file, and the check needs room.
            (made / name).write_bytes(
                bert_graph(encoder, config, metadata, half=half).SerializeToString()
            )
            worst[name] = difference(encoder, made / name)
            check.must_be_near(
                {name: worst[name]}, tolerance=HALF_TOLERANCE if half else check.TOLERANCE
            )
            if options.quantize:
                # The float16 file is for graphics cards, and would be another format of the same.
                worst[name] = _in_eight_bits(encoder, made / name)
                break
        for path in companions(folder):
            shutil.copyfile(path, made / path.name)
        names = sorted(file.name for file in made.iterdir())
    return Report(files=tuple(out / name for name in names), worst=worst)


def _in_eight_bits(encoder: Encoder, path: Path) -> float:
    model = onnx.load(path)
    store_in_eight_bits(model, ("layers.", "branch.", "projection."))
    path.write_bytes(model.SerializeToString())
    del model  # the check needs its room
    worst = difference(encoder, path)
    check.must_be_near({path.name: worst}, tolerance=EIGHT_BIT_TOLERANCE)
    return worst


def companions(folder: Path) -> list[Path]:
    """The files of a model folder that go with its graphs."""
    return [
        path
        for path in sorted(folder.iterdir())
        if path.is_file()
        and not path.name.startswith(".")
        and not path.name.endswith(NEVER)
        and (path.suffix in COPIED or path.stem in NAMED)
    ]


def difference(encoder: Encoder, path: Path) -> float:
    """How far rows are off at most, as a share of their length."""
    session = check.Session(path)
    generator = torch.Generator().manual_seed(11)
    words = len(encoder.embedding.words)
    longest = encoder.longest_line or max(map(max, LENGTHS))
    worst = 0.0
    for lengths in LENGTHS:
        lines = [
            torch.randint(0, words, (min(length, longest),), generator=generator)
            for length in lengths
        ]
        expected = encoder.encode([line.tolist() for line in lines])
        for found, rows in zip(_run(session, lines), expected, strict=True):
            apart = torch.from_numpy(found)[: len(rows)] - rows
            share = (apart.norm(dim=1) / rows.norm(dim=1).clamp_min(1e-3)).max()
            worst = max(worst, float(share) if torch.isfinite(share) else float("inf"))
    return worst


def _run(session: check.Session, lines: Sequence[Tensor]) -> NDArray[np.float32]:
    # Ones in the padding, so that a graph that looks at it is found out.
    ids = torch.nn.utils.rnn.pad_sequence(list(lines), batch_first=True, padding_value=1)
    mask = torch.nn.utils.rnn.pad_sequence(
        [torch.ones_like(line) for line in lines], batch_first=True
    )
    return session({"input_ids": ids.numpy(), "attention_mask": mask.numpy()})["output"]
