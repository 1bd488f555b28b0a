"""Finds and opens the files that make a voice: configuration, style vectors, weights.

Plain VITS has no styles, and so no style vectors; it may have a table of symbols instead. A voice is a folder, a weight file in such a folder, or an `.aivm` file that carries all three. No
weight is read here: `models/` does that, strictly.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sbv2cli.errors import VoiceError, did_you_mean
from sbv2cli.voices import config as voice_config
from sbv2cli.voices import symbol_tables
from sbv2cli.voices.symbol_tables import SymbolTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbv2cli.voices.config import VoiceConfig

WEIGHT_SUFFIXES = (".safetensors", ".aivm", ".pth", ".pt")
GRAPH_SUFFIXES = (".onnx", ".aivmx")
STYLE_SIZE = 256

# A header of this many bytes would hold half a million tensors; more is a broken file.
HEADER_LIMIT = 100_000_000

# What training leaves beside a voice: the judges that it was trained against.
JUDGE = re.compile(r"(D|DUR|WD)_\d+\.\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A voice on disk: everything about it but the weights themselves."""

    name: str
    path: Path  # as the user named it
    weights: Path
    config: VoiceConfig
    style_vectors: NDArray[np.float32]  # [styles, 256]; row 0 is the mean

    @property
    def backend(self) -> str:
        """What can run the weights: a row of `engine.BACKENDS`."""
        return "onnx" if self.weights.suffix in GRAPH_SUFFIXES else "torch"

    def fingerprint(self) -> str:
        """SHA-256 over weights, style vectors and sizes: what the sound depends on."""
        config = self.config
        # The number of heads, for one, cannot be seen from the weights.
        sizes = [config.architecture, config.rate, config.frame_samples, config.add_blank]
        if config.symbols is not None:
            sizes += [config.symbols.symbols, config.symbols.cleaner]
        digest = hashlib.sha256(self.style_vectors.tobytes())
        digest.update(json.dumps([sizes, dict(config.network)], sort_keys=True).encode())
        with self.weights.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()


def open_bundle(path: Path | str, weights: str | None = None) -> Bundle:
    """Open a voice; `weights` names one of several weight files in the folder."""
    path = Path(path)
    if path.is_file():
        if weights is not None:
            raise VoiceError(
                "voice.weights-twice",
                f'"{path}" is a weight file already, and "{weights}" is named as well',
                hint="give the folder, or leave out the second name",
            )
        folder, chosen = path.parent, path
        if path.suffix not in WEIGHT_SUFFIXES:
            raise VoiceError(
                "voice.weights-format",
                f'"{path.name}" is no weight file of a kind we read',
                at=str(path),
                hint=f"known: {', '.join(WEIGHT_SUFFIXES)}",
            )
    elif path.is_dir():
        folder, chosen = path, _choose_weights(path, weights)
    else:
        raise VoiceError(
            "voice.missing",
            f'there is no voice at "{path}"',
            hint="give a folder with config.json, style_vectors.npy and a weight file",
        )
    if chosen.suffix == ".aivm":
        config, vectors = _open_aivm(chosen)
    else:
        config = _with_symbols(_open_config(folder), folder)
        vectors = (
            _open_styles(folder / "style_vectors.npy")
            if config.has_styles
            else np.zeros((1, STYLE_SIZE), dtype=np.float32)
        )
    config = _with_style_names(config, vectors, where=str(path))
    name = folder.name if chosen.suffix != ".aivm" else chosen.stem
    return Bundle(
        name=config.name or name, path=path, weights=chosen, config=config, style_vectors=vectors
    )


def weight_files(folder: Path) -> list[Path]:
    """Weight files of a folder, the newest first."""
    found = [
        file
        for file in folder.iterdir()
        if file.suffix in WEIGHT_SUFFIXES and not file.name.startswith(".") and file.is_file()
    ]
    found = [file for file in found if not JUDGE.fullmatch(file.name)] or found
    return sorted(found, key=lambda file: (-file.stat().st_mtime, file.name))


def read_header(path: Path) -> dict[str, Any]:
    """The JSON header of a safetensors file: names, shapes and metadata, without the weights."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(8)
            (length,) = struct.unpack("<Q", start) if len(start) == 8 else (0,)
            if not 2 <= length <= min(HEADER_LIMIT, size - 8):
                raise _broken_weights(path, "its header is cut off or not safetensors")
            header = json.loads(file.read(length))
    except OSError as error:
        raise _broken_weights(path, error.strerror or str(error)) from None
    except ValueError:
        raise _broken_weights(path, "its header is not JSON") from None
    if not isinstance(header, dict):
        raise _broken_weights(path, "its header is not a JSON object")
    return header


def _choose_weights(folder: Path, wanted: str | None) -> Path:
    files = weight_files(folder)
    if wanted is not None:
        for file in files:
            if wanted in (file.name, file.stem):
                return file
        raise VoiceError(
            "voice.weights-unknown",
            f'there is no weight file "{wanted}"',
            at=str(folder),
            hint=did_you_mean(wanted, [file.name for file in files]),
        )
    if not files:
        raise VoiceError(
            "voice.weights-missing",
            "there is no weight file in the voice folder",
            at=str(folder),
            hint=f"put a file with one of these endings there: {', '.join(WEIGHT_SUFFIXES)}",
        )
    return files[0]


def _open_config(folder: Path) -> VoiceConfig:
    path = folder / "config.json"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise VoiceError(
            "voice.config-missing",
            "the voice folder has no config.json",
            at=str(folder),
            hint="a voice is a folder with config.json, style_vectors.npy and a weight file",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise VoiceError(
            "voice.config-unreadable",
            f"config.json cannot be read: {error}",
            at=str(path),
            hint="copy the file again from where the voice came from",
        ) from None
    return voice_config.parse(text, where=str(path))


def _with_symbols(config: VoiceConfig, folder: Path) -> VoiceConfig:
    """The configuration with the table of symbols that lies beside it, if it names none itself."""
    named = config.symbols is not None and config.symbols.where == str(folder / "config.json")
    found = None if config.has_styles or named else symbol_tables.beside(folder)
    if found is None:
        return config
    symbols, where = found
    cleaners = config.data.get("text_cleaners")
    cleaner = cleaners[0] if isinstance(cleaners, list) and len(cleaners) == 1 else None
    return replace(config, symbols=SymbolTable(symbols=symbols, where=where, cleaner=cleaner))


def _open_styles(path: Path) -> NDArray[np.float32]:
    if not path.is_file():
        raise VoiceError(
            "voice.styles-missing",
            "the voice folder has no style_vectors.npy",
            at=str(path.parent),
            hint="a voice is a folder with config.json, style_vectors.npy and a weight file",
        )
    return _parse_styles(path.read_bytes(), where=str(path))


def _parse_styles(data: bytes, *, where: str) -> NDArray[np.float32]:
    hint = "copy the file again from where the voice came from"
    try:
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, OSError, EOFError):
        raise VoiceError(
            "voice.styles-file",
            "the style vectors are not a plain numpy array",
            at=where,
            hint=hint,
        ) from None
    if array.ndim != 2 or array.shape[1] != STYLE_SIZE or len(array) == 0:
        shape = " x ".join(map(str, array.shape))
        raise VoiceError(
            "voice.styles-shape",
            f"the style vectors are {shape or 'one number'}, wanted N x {STYLE_SIZE}",
            at=where,
            hint=hint,
        )
    if array.dtype.kind not in "fiu" or not np.isfinite(array).all():
        raise VoiceError(
            "voice.styles-values",
            "the style vectors hold something else than finite numbers",
            at=where,
            hint=hint,
        )
    return np.ascontiguousarray(array, dtype=np.float32)


def _open_aivm(path: Path) -> tuple[VoiceConfig, NDArray[np.float32]]:
    metadata = read_header(path).get("__metadata__", {})
    missing = [
        key for key in ("aivm_hyper_parameters", "aivm_style_vectors") if key not in metadata
    ]
    if missing:
        raise VoiceError(
            "voice.aivm-metadata",
            f"the .aivm file carries no {' and no '.join(missing)}",
            at=str(path),
            hint="export the voice again with a current AIVM tool",
        )
    config = voice_config.parse(metadata["aivm_hyper_parameters"], where=f"{path} (metadata)")
    try:
        data = base64.b64decode(metadata["aivm_style_vectors"], validate=True)
    except ValueError:
        raise VoiceError(
            "voice.styles-file",
            "the style vectors in the .aivm file are not base64",
            at=str(path),
            hint="export the voice again with a current AIVM tool",
        ) from None
    return config, _parse_styles(data, where=f"{path} (metadata)")


def _with_style_names(
    config: VoiceConfig, vectors: NDArray[np.float32], *, where: str
) -> VoiceConfig:
    """Check names against rows; a voice without names gets "0", "1", ..."""
    rows = len(vectors)
    styles = config.styles or {str(row): row for row in range(rows)}
    beyond = [name for name, row in styles.items() if row >= rows]
    if beyond or len(styles) > rows:
        raise VoiceError(
            "voice.styles-count",
            f"config.json names {len(styles)} styles, style_vectors.npy has {rows} rows"
            + (f'; "{beyond[0]}" has none' if beyond else ""),
            at=where,
            hint="take config.json and style_vectors.npy from the same training run",
        )
    speakers = config.speakers or {str(row): row for row in range(config.speaker_count)}
    wild = [name for name, row in speakers.items() if row >= config.speaker_count]
    if wild:
        raise VoiceError(
            "voice.speakers-count",
            f'config.json gives speaker "{wild[0]}" the number {speakers[wild[0]]},'
            f" but there are {config.speaker_count}",
            at=where,
            hint="copy config.json again from where the voice came from",
        )
    return replace(config, styles=styles, speakers=speakers)


def _broken_weights(path: Path, why: str) -> VoiceError:
    return VoiceError(
        "voice.weights-broken",
        f'the weight file "{path.name}" cannot be read: {why}',
        at=str(path),
        hint="copy the file again from where the voice came from",
    )
