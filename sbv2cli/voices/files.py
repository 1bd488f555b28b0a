"""Which files of a folder are a voice's weights, and what can run them.

Weights are one file for torch, or ONNX graphs: ours are parts, `NAME.plan.onnx` and
`NAME.render.onnx`, of a diffusion also `NAME.begin.onnx` and `NAME.step.onnx`; published ones do
everything in one `.onnx` or `.aivmx` file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from sbv2cli.errors import UsageError, VoiceError, did_you_mean
from sbv2cli.voices import piper_graph
from sbv2cli.voices.aivm import onnx_file

TENSOR_SUFFIXES = (".safetensors", ".aivm", ".pth", ".pt")
GRAPH_SUFFIXES = (".onnx", ".aivmx")
SUFFIXES = (*TENSOR_SUFFIXES, *GRAPH_SUFFIXES)

# Checkpoints whose makers gave them no ending, or another: of HiFi-GAN, of Coqui, of transformers.
PICKLES = re.compile(r"generator_v\d+|g_\d+|.+\.pth\.tar|pytorch_model\.bin")

# What runs which kind of file; the names are rows of `engine.BACKENDS`. Where nobody says which,
# the first that the folder has something for.
RUN_BY = {"torch": TENSOR_SUFFIXES, "onnx": GRAPH_SUFFIXES}
AUTO = "auto"

# Part -> the ending of its file. Those of a diffusion are there together, or neither is.
ENDINGS = {kind: f".{kind}.onnx" for kind in ("plan", "begin", "step", "render")}
ALWAYS, OF_DIFFUSION = ("plan", "render"), ("begin", "step")

# What lies beside a voice and is none: the discriminators that it was trained with, what else the
# training kept, and a graph of hayakoe that tells durations alone.
BESIDE = re.compile(
    r"(D|DUR|WD)_(\d+|latest|last|best|final)\.\w+|do_\d+\.\w+"
    r"|(optim|optimizer|scheduler|scaler|training_args)\.\w+"
    r"|duration_predictor(_q8)?\.onnx"
)

# How Coqui TTS calls the file of its speakers.
SPEAKERS = ("speakers.json", "speaker_ids.json")

LARGE = 100_000  # bytes; no configuration, and smaller than any published weights

# How exporters call the file that a graph keeps its weights in.
DATA_SUFFIXES = (".data", "_data")


def _convert(path: Path) -> str:
    return f"convert it, where torch is installed: sbv2 voices convert '{path}' --to onnx -o FOLDER"


Parts = Mapping[str, Path]
"""The weight files of a voice: "voice", or the parts of `ENDINGS`; perhaps "vocoder"."""


def first(parts: Parts) -> Path:
    """The file that the voice is called by."""
    return parts["voice"] if "voice" in parts else parts["plan"]


def backend_of(file: Path, wanted: str = AUTO) -> str:
    """What runs a weight file: a row of `engine.BACKENDS`; of several what is wanted."""
    able = backends_of(file)
    return wanted if wanted in able else able[0]


def backends_of(file: Path) -> tuple[str, ...]:
    """What can run a weight file, the first choice first.

    The graph of a Piper voice is run as it is, or its weights are taken out of it.
    """
    if piper_graph.is_voice(file):
        return tuple(RUN_BY)
    return tuple(name for name, suffixes in RUN_BY.items() if ending(file) in suffixes)


def ending(file: Path) -> str:
    """What the file's name tells of its kind: one of `SUFFIXES`, if it is a weight file."""
    return ".pth" if PICKLES.fullmatch(file.name) else file.suffix


def all_of(parts: Parts) -> Iterator[Path]:
    """Every file that the sound depends on, once."""
    found: dict[Path, None] = {}
    for file in parts.values():
        data = onnx_file.data_beside(file) if file.suffix in GRAPH_SUFFIXES else []
        found |= dict.fromkeys([file, *data])
    yield from found


def given(file: Path, backend: str = AUTO) -> Parts:
    """The weights that a file is, or is half of."""
    if ending(file) not in SUFFIXES:
        raise VoiceError(
            "voice.weights-format",
            f'"{file.name}" is no weight file of a kind we read',
            at=str(file),
            hint=_instead(file),
        )
    found = _whole(file)
    if backend not in (AUTO, *backends_of(file)):
        other = _convert(file)
        raise UsageError(
            "voice.backend",
            f'the backend {backend} cannot run "{file.name}"',
            at=str(file),
            hint=other if backend == "onnx" else "leave out --backend, or give the folder",
        )
    return found


def choose(folder: Path, wanted: str | None, backend: str = AUTO) -> Parts:
    """The weights of a folder; `wanted` names one of several files."""
    files = listed(folder, backend)
    if wanted is not None:
        for file in files:
            if wanted in (file.name, file.stem):
                return given(file, backend)
        raise VoiceError(
            "voice.weights-unknown",
            f'there is no weight file "{wanted}"',
            at=str(folder),
            hint=did_you_mean(wanted, [file.name for file in files]),
        )
    others = [file.name for file in files if piper_graph.is_voice(file)]
    if len(others) > 1 and not (folder / "config.json").is_file():
        raise VoiceError(
            "voice.several",
            f"there are {len(others)} voices in the folder: {', '.join(sorted(others))}",
            at=str(folder),
            hint=f"name one: {folder / min(others)}",
        )
    if files:
        return given(files[0], backend)
    if backend == "onnx":
        raise VoiceError(
            "voice.onnx-missing",
            "there is no ONNX file in the voice folder",
            at=str(folder),
            hint=_convert(folder),
        )
    raise VoiceError(
        "voice.weights-missing",
        "there is no weight file in the voice folder",
        at=str(folder),
        hint=_put_there(folder),
    )


def _instead(file: Path) -> str:
    if file.suffix == ".zip":
        return f"install it: sbv2 voices install '{file}'"
    if file.name in ("config.json", "style_vectors.npy"):
        return f"name the folder of the voice: {file.parent}"
    return f"known: {', '.join(SUFFIXES)}"


def _put_there(folder: Path) -> str:
    """What to do where no weights are found; large files that are there have other names."""
    endings = ", ".join(TENSOR_SUFFIXES)
    if any(listed(folder, "onnx")):
        return f"put a file with one of these endings there: {endings}, or use --backend onnx"
    unread = sorted(
        file.name
        for file in folder.iterdir()
        if file.is_file() and not file.name.startswith(".") and file.stat().st_size > LARGE
    )
    if unread:
        shown = ", ".join(unread[:4])
        return f"put a file with one of these endings there: {endings}; {shown} has none of them"
    return f"put a file with one of these endings there: {endings}"


def listed(folder: Path, backend: str = AUTO) -> list[Path]:
    """Weight files of a folder, those for torch first, of one kind the newest first.

    Our own parts come before a published graph, which can do less.
    """
    names = RUN_BY if backend == AUTO else [backend]
    return list(dict.fromkeys(file for name in names for file in _run_by(name, folder)))


def _run_by(backend: str, folder: Path) -> list[Path]:
    found = [
        file
        for file in folder.iterdir()
        if backend in backends_of(file) and not file.name.startswith(".") and file.is_file()
    ]
    found = [file for file in found if not BESIDE.fullmatch(file.name)] or found

    def order(file: Path) -> tuple[bool, float, str]:
        part = file.name.endswith(tuple(ENDINGS.values()))
        return not part, -file.stat().st_mtime, file.name

    return sorted(found, key=order)


def _whole(file: Path) -> Parts:
    ending = next((end for end in ENDINGS.values() if file.name.endswith(end)), None)
    if ending is None:
        return {"voice": file}
    name = file.name.removesuffix(ending)
    parts = {kind: file.with_name(name + end) for kind, end in ENDINGS.items()}
    diffusion = any(parts[kind].is_file() for kind in OF_DIFFUSION)
    for kind in (*ALWAYS, *(OF_DIFFUSION if diffusion else ())):
        if not parts[kind].is_file():
            raise VoiceError(
                "voice.onnx-half",
                f'"{file.name}" is one part of a voice, and "{parts[kind].name}" is missing',
                at=str(parts[kind]),
                hint="copy all files of the folder from where the voice came from",
            )
    return {kind: path for kind, path in parts.items() if diffusion or kind in ALWAYS}
