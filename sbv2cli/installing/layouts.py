"""Which files are a voice: a table, looked through for each folder of a listing.

A new layout is a row. In `needs` `{name}` stands for the name of the file that marks the voice.
Of a folder the first row that fits counts.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from sbv2cli.installing.origins.origin import RemoteFile
from sbv2cli.voices.files import BESIDE, DATA_SUFFIXES, ENDINGS, SPEAKERS
from sbv2cli.voices.phonologies import symbol_table

SAFETENSORS = ("*.safetensors",)
PARTS = tuple(f"*{ending}" for ending in ENDINGS.values())
GRAPH = ("*.onnx",)
PICKLES = ("*.pth", "*.pt", "*.ckpt", "pytorch_model*.bin")
"""Never fetched: a pickle can run code in the programs that open it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a family of voices lies in a folder."""

    mark: str  # what makes a voice of the folder, or of the file where `alone`
    alone: bool = False  # whether each file that fits `mark` is a voice of its own
    runs_on: str = ""  # the backend of one that is alone
    needs: tuple[str, ...] = ()  # files without which it is none
    weights: Mapping[str, tuple[tuple[str, ...], ...]] | None = None  # backend -> first to last
    beside: tuple[str, ...] = ()  # files, below the folder, that are taken where they are
    header: bool = False  # whether the one file tells speakers and styles; else small files do


TORCH_FIRST = {
    "torch": (SAFETENSORS, PARTS, GRAPH),
    "onnx": (PARTS, GRAPH, SAFETENSORS),
}

LAYOUTS = (
    Layout(mark="*.aivm", alone=True, runs_on="torch", header=True),
    Layout(mark="*.aivmx", alone=True, runs_on="onnx", header=True),
    # Piper.
    Layout(mark="*.onnx", alone=True, runs_on="torch", needs=("{name}.json",)),
    # Style-Bert-VITS2.
    Layout(
        mark="config.json",
        needs=("style_vectors.npy",),
        weights=TORCH_FIRST,
        beside=("vocoder/config.json", "vocoder/*.safetensors", "aivm_manifest.json"),
    ),
    # The package transformers (MMS-TTS): the tokeniser says how text is written.
    Layout(
        mark="config.json",
        needs=("vocab.json",),
        weights=TORCH_FIRST,
        beside=("tokenizer_config.json", "special_tokens_map.json"),
    ),
    # Voices without style vectors.
    Layout(
        mark="config.json",
        weights=TORCH_FIRST,
        beside=(
            *symbol_table.FILES,
            *SPEAKERS,
            "vocoder/config.json",
            "vocoder/*.safetensors",
        ),
    ),
)

# What people must be able to read before they use a voice; never large.
_PAPERS = re.compile(
    r"^(license|licence|copying|notice|terms|model_card)|readme|規約|ライセンス|お読みください",
    re.IGNORECASE,
)
_PAPER_ENDINGS = frozenset({"", ".html", ".md", ".pdf", ".rst", ".txt"})
_LARGEST_PAPER = 4 << 20
_VOCODER = "vocoder"
# Training writes the epoch and the step into the name.
_STEP = re.compile(r"e(\d+)|s(\d+)|_(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A voice in a listing."""

    layout: Layout
    name: str  # of the folder or file; empty for a folder at the top
    folder: str  # where it is in the listing
    files: tuple[RemoteFile, ...]  # without licences and cards
    weights: tuple[RemoteFile, ...]  # those of `files` that are weights
    others: tuple[RemoteFile, ...]  # other weights of the same kind that could be chosen
    pickles: tuple[RemoteFile, ...] = ()  # where there are no other weights


def voices_in(
    files: Sequence[RemoteFile], *, backend: str, wanted: str | None = None
) -> list[Found]:
    """Every voice of a listing; `wanted` names one of several weight files."""
    by_folder: dict[str, list[RemoteFile]] = {}
    for file in files:
        by_folder.setdefault(file.folder, []).append(file)
    found: list[Found] = []
    for folder in sorted(by_folder):
        head, _, last = folder.rpartition("/")
        if last == _VOCODER and any(file.name == "config.json" for file in by_folder.get(head, ())):
            continue
        found += _of_folder(by_folder[folder], files, backend, wanted)
    return found


def papers(found: Found, files: Iterable[RemoteFile]) -> dict[str, RemoteFile]:
    """Licences and cards by the name they get: those of the voice's folder, and of the top."""
    chosen: dict[str, RemoteFile] = {}
    for folder in ("", found.folder):
        for file in files:
            if file.folder == folder and is_paper(file):
                chosen[file.name] = file
    return chosen


def is_paper(file: RemoteFile) -> bool:
    """Whether a file is a licence, a card, or terms."""
    ending = PurePosixPath(file.name).suffix.casefold()
    small = file.size <= _LARGEST_PAPER and ending in _PAPER_ENDINGS
    return small and _PAPERS.search(file.name) is not None


def _of_folder(
    here: list[RemoteFile], files: Sequence[RemoteFile], backend: str, wanted: str | None
) -> Iterator[Found]:
    taken: set[str] = set()
    for layout in sorted(LAYOUTS, key=lambda row: (not row.alone, row.runs_on != backend)):
        for mark in matching(here, (layout.mark,)):
            if not layout.alone and taken:
                return  # the folder's other files belong to the voice that was found
            stem = mark.name.rpartition(".")[0]
            if layout.alone and stem in taken:
                continue  # the same voice in the format of another backend
            if not all(_needed(layout, mark, here)):
                continue
            found = _voice(layout, mark, here, files, backend, wanted)
            if found is not None:
                taken.add(stem)
                yield found


def _voice(
    layout: Layout,
    mark: RemoteFile,
    here: list[RemoteFile],
    files: Sequence[RemoteFile],
    backend: str,
    wanted: str | None,
) -> Found | None:
    weights: tuple[RemoteFile, ...] = (mark,)
    others: tuple[RemoteFile, ...] = ()
    if layout.weights is not None:
        weights, others = _weights(layout.weights[backend], here, wanted)
    pickles = () if weights else tuple(matching(here, PICKLES))
    if not weights and not pickles:
        return None
    needs = [file for files in _needed(layout, mark, here) for file in files]
    folder = mark.folder
    prefix = glob.escape(f"{folder}/") if folder else ""
    beside = [
        file
        for file in files
        for pattern in layout.beside
        if fnmatchcase(file.path, prefix + pattern)
    ]
    data = [
        file
        for file in here
        if any(file.name == weight.name + end for weight in weights for end in DATA_SUFFIXES)
    ]
    return Found(
        layout=layout,
        name=mark.name.rpartition(".")[0] if layout.alone else folder.rpartition("/")[2],
        folder=folder,
        files=tuple(dict.fromkeys((mark, *needs, *weights, *data, *beside))),
        weights=weights,
        others=others,
        pickles=pickles,
    )


def _needed(layout: Layout, mark: RemoteFile, here: list[RemoteFile]) -> list[list[RemoteFile]]:
    """The files that fit each of the patterns without which there is no voice."""
    name = glob.escape(mark.name)
    return [matching(here, (need.format(name=name),)) for need in layout.needs]


def _weights(
    order: tuple[tuple[str, ...], ...], here: list[RemoteFile], wanted: str | None
) -> tuple[tuple[RemoteFile, ...], tuple[RemoteFile, ...]]:
    """The weights of a folder, and what stands beside them that could be chosen instead."""
    able = [file for file in here if not BESIDE.fullmatch(file.name)]
    every = list(dict.fromkeys(file for patterns in order for file in matching(able, patterns)))
    for patterns in order:
        found = matching(able, patterns)
        if wanted is not None:
            found = [file for file in found if wanted in (file.name, file.name.rpartition(".")[0])]
        if not found:
            continue
        if patterns is PARTS:
            best = max(found, key=_age).name
            name = next(best.removesuffix(end) for end in ENDINGS.values() if best.endswith(end))
            names = {name + ending for ending in ENDINGS.values()}
            chosen = tuple(file for file in every if file.name in names)
        else:
            endings = tuple(ENDINGS.values())
            whole = [file for file in found if not file.name.endswith(endings)] or found
            chosen = (max(whole, key=_age),)
        return chosen, tuple(file for file in every if file not in chosen)
    return (), ()


def _age(file: RemoteFile) -> tuple[tuple[int, ...], str]:
    """Epoch and step in the name; the largest is the latest."""
    numbers = tuple(int(next(filter(None, match))) for match in _STEP.findall(file.name))
    return numbers, file.name


def matching(files: Iterable[RemoteFile], patterns: tuple[str, ...]) -> list[RemoteFile]:
    """Files whose names fit one of some patterns."""
    return [file for file in files if any(fnmatchcase(file.name, one) for one in patterns)]
