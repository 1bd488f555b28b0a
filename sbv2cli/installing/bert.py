"""The published BERT of a language: the files that are needed of it, to where it is looked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from sbv2cli.engine.bert import folders
from sbv2cli.engine.bert.tokenisers import kind_of
from sbv2cli.errors import MachineError
from sbv2cli.installing import layouts
from sbv2cli.installing.install import Installation
from sbv2cli.installing.origins import open_origin
from sbv2cli.installing.origins.origin import RemoteFile
from sbv2cli.installing.source import HubSource
from sbv2cli.settings.folders import data_directory

# What onnxruntime runs is published by others than the makers, and for Japanese alone.
GRAPHS: Mapping[str, str] = {"ja": "tsukumijima/deberta-v2-large-japanese-char-wwm-onnx"}

# Weights, the best first: a row is taken whole. Pickles come last, and sbv2 reads their numbers
# alone; two of the published models have nothing else.
_WEIGHTS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "torch": (
        ("model.safetensors",),
        ("model.safetensors.index.json", "model-*-of-*.safetensors"),
        ("pytorch_model.bin",),
        ("pytorch_model.bin.index.json", "pytorch_model-*-of-*.bin"),
    ),
    "onnx": tuple((name,) for name in folders.GRAPH_FILES),
}


def repository(language: str, backend: str) -> str:
    """Where the BERT of a language is published for what runs it."""
    if backend == "torch":
        return folders.PUBLISHED[language]
    if language not in GRAPHS:
        raise MachineError(
            "bert.onnx-missing",
            f'nobody publishes the BERT of "{language}" as an ONNX file',
            hint=f"where torch is installed: sbv2 voices install --bert {language}, then"
            " sbv2 voices convert --bert FOLDER --to onnx -o NEW",
        )
    return GRAPHS[language]


def target(language: str) -> Path:
    """Where an installed BERT is, and is looked for."""
    return data_directory() / "bert" / folders.short_name(language)


def installation(language: str, backend: str) -> Installation:
    """What brings the BERT of a language to where it is looked for."""
    origin = open_origin(HubSource(repo=repository(language, backend)))
    listing = origin.listing
    top = {file.name: file for file in listing.files if not file.folder}
    weights = _weights(top, backend)
    names = ("config.json", folders.NEEDED_FILES[language])
    absent = [name for name in names if name not in top]
    if not weights or absent:
        raise MachineError(
            "install.incomplete",
            f"the repository lacks {', '.join(absent) or 'weights that sbv2 reads'}",
            at=listing.page,
            hint="put the files into a folder by other means, and set SBV2_BERT to it",
        )
    papers = [file for file in top.values() if layouts.is_paper(file)]
    files = (*(top[name] for name in names), *weights, *papers)
    return Installation(
        origin=origin,
        target=target(language),
        inside="",
        files=tuple((file.name, file) for file in files),
        licence=listing.licence,
        check=partial(_check, language),
    )


def _weights(top: Mapping[str, RemoteFile], backend: str) -> list[RemoteFile]:
    for patterns in _WEIGHTS[backend]:
        found = [layouts.matching(top.values(), (pattern,)) for pattern in patterns]
        if all(found):
            return [file for files in found for file in files]
    return []


def _check(language: str, folder: Path) -> None:
    kind = kind_of(folder, str(folders.read_config(folder).get("model_type", "")))
    if kind != language:
        raise MachineError(
            "bert.vocabulary",
            f'what came is no BERT for "{language}"',
            at=str(folder),
            hint="look at the repository: its files are of another kind than they were",
        )
