"""The parts of an opened voice as files: configuration, style vectors, and weights for speaking.

Weights keep their published names, their precision and their weight norm; what only training needs
is left out.
"""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any, BinaryIO

import torch
from safetensors.torch import save_file

from sbv2cli.engine.torch import loading
from sbv2cli.engine.torch.weights_file import published_tensors, read_tensors
from sbv2cli.errors import UsageError, VoiceError
from sbv2cli.models.weights import NOT_PARAMETERS, our_name, published_name, unwrapped
from sbv2cli.voices.aivm import container
from sbv2cli.voices.bundle import VOCODER, open_bundle
from sbv2cli.voices.configs import PUBLISHED
from sbv2cli.voices.configs.section import parse_json
from sbv2cli.voices.configs.voice_config import plain, without_file
from sbv2cli.voices.files import SPEAKERS
from sbv2cli.voices.phonologies import symbol_table

if TYPE_CHECKING:
    from sbv2cli.models.weights import Rows
    from sbv2cli.voices.bundle import Bundle

CONFIG_FILE, STYLES_FILE = "config.json", "style_vectors.npy"

# Lists of recordings: their folders are nobody's business once a voice is given away.
_PRIVATE = ("training_files", "validation_files")


def is_graph(bundle: Bundle) -> bool:
    """Whether the voice is an ONNX graph, which no longer has the weights as they were."""
    return bundle.backend == "onnx"


def config_text(bundle: Bundle) -> str:
    """config.json as it is, but for folders of its maker, and names that are nowhere else."""
    if bundle.config.tensors != PUBLISHED:
        named = replace(bundle.config, name=bundle.name)
        return json.dumps(plain(named), ensure_ascii=False, indent=2) + "\n"
    if bundle.weights.suffix in container.SUFFIXES:
        text = container.read(bundle.weights).config
    else:
        text = _beside(bundle.weights)
    content = parse_json(text)
    data = content.setdefault("data", {})
    changes: dict[str, Any] = {
        key: PureWindowsPath(data[key]).name  # it splits at slashes of both kinds
        for key in _PRIVATE
        if isinstance(data.get(key), str) and PureWindowsPath(data[key]).name != data[key]
    }
    # Plain VITS has its speakers elsewhere, and a file with styles would be one of another kind.
    styled = bundle.config.has_styles
    if styled and not data.get("spk2id"):
        changes["spk2id"] = dict(bundle.config.speakers)
    if styled and not data.get("style2id"):
        changes["style2id"] = dict(bundle.config.styles)
        changes["num_styles"] = len(bundle.config.styles)
    if not changes:
        return text
    data.update(changes)
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _beside(weights: Path) -> str:
    """config.json beside a weight file; of published ones that came without, what it would say."""
    path = weights.parent / CONFIG_FILE
    known = None if path.exists() else without_file(weights)
    if known is not None:
        return json.dumps(known, indent=2) + "\n"
    return path.read_text(encoding="utf-8-sig")


def styles_bytes(bundle: Bundle) -> bytes:
    """style_vectors.npy, byte for byte."""
    if bundle.weights.suffix in container.SUFFIXES:
        styles = container.read(bundle.weights).styles
        assert styles is not None  # the voice was opened with them
        return styles
    return (bundle.weights.parent / STYLES_FILE).read_bytes()


def write_companions(bundle: Bundle, folder: Path) -> None:
    """What a voice is spoken with: configuration, and styles, or symbols where it has its own."""
    (folder / CONFIG_FILE).write_text(config_text(bundle), encoding="utf-8")
    if bundle.config.has_styles:
        (folder / STYLES_FILE).write_bytes(styles_bytes(bundle))
        return
    for name in (*symbol_table.FILES, *SPEAKERS):
        if (bundle.weights.parent / name).is_file():
            shutil.copyfile(bundle.weights.parent / name, folder / name)


def write_weights(bundle: Bundle, target: Path, metadata: Mapping[str, str]) -> None:
    """The weights that speaking needs as a safetensors file with this metadata and no other."""
    if is_graph(bundle):
        raise UsageError(
            "export.graph",
            f'"{bundle.weights.name}" is an ONNX graph; the weights cannot be had back from it',
            at=str(bundle.path),
            hint="give the voice with its weights, or --to aivmx",
        )
    rows = loading.parts_of(bundle.config, where=str(bundle.path)).names
    silent = unheard(bundle)
    plain = bundle.config.tensors == PUBLISHED
    if plain and bundle.weights.suffix in (".safetensors", container.AIVM) and _bare(bundle):
        _filter(bundle.weights, target, metadata, rows, silent)
        return
    tensors = {
        name: tensor.contiguous().clone()
        for name, tensor in published_tensors(bundle).items()
        if _speaks(name, rows)
    }
    between = target.with_name(f"{target.name}.tensors")
    save_file(tensors, between)
    _filter(between, target, metadata, rows, silent)
    between.unlink()


def _bare(bundle: Bundle) -> bool:
    """Whether nothing stands before the names in a safetensors file."""
    names = container.header(bundle.weights).keys() - {"__metadata__"}
    return unwrapped(dict.fromkeys(names)).keys() == names


def unheard(bundle: Bundle) -> frozenset[str]:
    """Weights that meet BERT features, of a voice without BERT; by their published names.

    They never learned anything, and we never use them. Other programs give features to any voice:
    with zeros here it sounds there as it does with us.
    """
    if bundle.config.needs_bert:
        return frozenset()
    architecture = loading.architecture_of(bundle.config)
    slots = sorted(set(architecture.feature_slots.values()))
    ours = (f"text_encoder.bert.{slot}.weight" for slot in slots)
    names = (published_name(name, architecture.names) for name in ours)
    return frozenset(name for name in names if name is not None)


def write_vocoder(bundle: Bundle, folder: Path) -> None:
    """The vocoder that a voice brings in a folder of its own, its weights as safetensors."""
    source = bundle.parts.get("vocoder")
    if source is None:
        return
    made = folder / VOCODER
    made.mkdir()
    shutil.copyfile(source.parent / CONFIG_FILE, made / CONFIG_FILE)
    tensors = {name: tensor.contiguous().clone() for name, tensor in read_tensors(source).items()}
    save_file(tensors, made / f"{source.stem}.safetensors")


def check_same(bundle: Bundle, made: Path) -> None:
    """Open what was made, and refuse it where a single weight or style differs."""
    opened = open_bundle(made)
    wanted = loading.load(bundle).state_dict()
    given = loading.load(opened).state_dict()
    rows = loading.parts_of(bundle.config, where=str(bundle.path)).names
    silent = {our_name(name, rows) for name in unheard(bundle)}
    differing = [
        name
        for name, tensor in wanted.items()
        if name not in silent and not torch.equal(tensor, given[name])
    ]
    if (opened.style_vectors != bundle.style_vectors).any():
        differing.append(STYLES_FILE)
    if differing:
        raise VoiceError(
            "export.differs",
            f"the new file is not the same voice: {differing[0]} differs",
            at=str(bundle.path),
            hint="this is a bug in sbv2; report it",
        )


def _speaks(name: str, rows: Rows) -> bool:
    return name in NOT_PARAMETERS or our_name(name, rows) is not None


def _filter(
    source: Path, target: Path, metadata: Mapping[str, str], rows: Rows, silent: frozenset[str]
) -> None:
    """Copy the tensors that speak, in the order in which they lie; the file is written by hand.

    The `silent` ones become zeros.

    Because the library writes metadata in another order each time, and equal voices shall make
    equal files.
    """
    found, begin = container.json_header(source)
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    pieces: list[tuple[str, int, int]] = []
    place = 0
    tensors = [(name, tensor) for name, tensor in found.items() if name != "__metadata__"]
    for name, tensor in sorted(tensors, key=lambda item: item[1]["data_offsets"]):
        if not _speaks(name, rows):
            continue
        start, end = tensor["data_offsets"]
        header[name] = {**tensor, "data_offsets": [place, place + end - start]}
        pieces.append((name, begin + start, begin + end))
        place += end - start
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    # Weights are used where the file is mapped to, and the last bits of a sum depend on where in a
    # cache line (64 bytes) it begins: as far from one as in the source, and the voice is the same.
    text += b" " * ((begin - 8 - len(text)) % 64)
    with source.open("rb") as file, target.open("wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for name, start, end in pieces:
            if name in silent:
                out.write(bytes(end - start))
            else:
                _copy(file, out, start, end)


def _copy(file: BinaryIO, out: BinaryIO, start: int, end: int) -> None:
    file.seek(start)
    while start < end:
        block = file.read(min(1 << 20, end - start))
        assert block  # the file was read as a whole before
        out.write(block)
        start += len(block)
