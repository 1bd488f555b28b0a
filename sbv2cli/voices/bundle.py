"""Finds and opens the files that make a voice: configuration, style vectors, weights.

Plain VITS has no styles, and so no style vectors; it may have a table of symbols instead. A voice
is a folder, a weight file in such a folder, or an `.aivm` or `.aivmx` file that carries all three.
No weight is read here: what runs them does that, strictly.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli.errors import VoiceError
from sbv2cli.voices import files, not_weights, npy_file, piper_graph, receipt
from sbv2cli.voices.aivm import container
from sbv2cli.voices.configs import piper, vocoder_config, voice_config
from sbv2cli.voices.configs.section import speaker_names, strange_values
from sbv2cli.voices.phonologies import symbol_table, tokeniser
from sbv2cli.voices.phonologies.own_symbols import OwnSymbols
from sbv2cli.voices.phonologies.symbol_table import SymbolTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbv2cli.voices.configs.voice_config import VoiceConfig
    from sbv2cli.voices.files import Parts

# Of these a part is read when a voice is opened; whatever runs it looks at other weights.
_READ_HERE = (*files.GRAPH_SUFFIXES, ".aivm")
STYLE_SIZE = 256
MOST_SPEAKERS = 100_000  # each gets a name before the weights are read; published voices have 1,000
NO_STYLES = np.zeros((1, STYLE_SIZE), dtype=np.float32)

# Endings of configurations, and files with such an ending that are none.
CONFIGS = (".json", ".yaml", ".yml", ".toml", ".ini", ".hparams")
NO_CONFIGS = frozenset({"recipe.json", "vocab.json", "tokenizer_config.json", "symbols.json",
                        "special_tokens_map.json", "added_tokens.json", "speakers.json",
                        "speaker_ids.json", "aivm_manifest.json", "sbv2-receipt.json"})  # fmt: skip

# The vocoder of a voice that brings one lies in this folder, with a configuration of its own.
VOCODER, CONFIG = "vocoder", "config.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A voice on disk: everything about it but the weights themselves."""

    name: str
    path: Path  # as the user named it
    parts: Parts  # its weight files
    backend: str  # what runs them: a row of `engine.BACKENDS`
    config: VoiceConfig
    style_vectors: NDArray[np.float32]  # [styles, 256]; row 0 is the mean

    @property
    def weights(self) -> Path:
        """The file that the voice is called by."""
        return files.first(self.parts)

    @property
    def noise_inside(self) -> bool:
        """Whether the weights are a graph that draws its own noise, as published ones do."""
        return self.backend == "onnx" and "voice" in self.parts

    def fingerprint(self) -> str:
        """SHA-256 over weights, style vectors and sizes: what the sound depends on."""
        config = self.config
        # The number of heads, for one, cannot be seen from the weights.
        sizes = [config.architecture, config.rate, config.frame_samples, config.add_blank]
        if config.symbols is not None:
            sizes += [config.symbols.symbols, config.symbols.cleaner]
        if isinstance(config.phonology, OwnSymbols):
            sizes += config.phonology.manner()
        if config.vocoder is not None:
            sizes += [config.vocoder.kind, dict(config.vocoder.section)]
        digest = hashlib.sha256(self.style_vectors.tobytes())
        digest.update(json.dumps([sizes, dict(config.network)], sort_keys=True).encode())
        for path in files.all_of(self.parts):
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        return digest.hexdigest()


def open_bundle(
    path: Path | str, weights: str | None = None, *, backend: str = files.AUTO
) -> Bundle:
    """Open a voice; `weights` names one of several weight files in the folder.

    `backend` is a row of `engine.BACKENDS`, or "auto" for the first that the voice has weights for.
    """
    path = Path(path)
    if path.is_file():
        if weights is not None:
            raise VoiceError(
                "voice.weights-twice",
                f'"{path}" is a weight file already, and "{weights}" is named as well',
                hint="give the folder, or leave out the second name",
            )
        folder, chosen = path.parent, files.given(path, backend)
    elif path.is_dir():
        folder, chosen = path, files.choose(path, weights, backend)
    else:
        raise VoiceError(
            "voice.missing",
            f'there is no voice at "{path}"',
            hint="give a folder with config.json, style_vectors.npy and a weight file",
        )
    file = files.first(chosen)
    if file.suffix in _READ_HERE:
        not_weights.refuse(file)
    whole = file.suffix in container.SUFFIXES
    if whole:
        config, vectors = _open_aivm(file)
    elif piper_graph.is_voice(file):
        apart = files.backend_of(file, backend) != "onnx"
        config, vectors = piper.read(file, taken_apart=apart), NO_STYLES
    else:
        known = None if (folder / CONFIG).exists() else voice_config.without_file(file)
        config = (
            read_config(folder)
            if known is None
            else voice_config.parse_object(known, where=str(file))
        )
        voice_config.check_sizes(config, file)
        beside = folder / VOCODER
        if (beside / CONFIG).is_file() or (config.mel is not None and beside.is_dir()):
            config, chosen = _with_vocoder(config, chosen, beside)
        vectors = _open_styles(folder / "style_vectors.npy") if config.has_styles else NO_STYLES
    config = _with_style_names(config, vectors, where=str(path))
    if config.licence is None:
        config = replace(config, licence=_licence_when_installed(folder))
    return Bundle(
        name=config.name or (file.stem if whole else folder.name),
        path=path,
        parts=chosen,
        backend=files.backend_of(file, backend),
        config=config,
        style_vectors=vectors,
    )


def _licence_when_installed(folder: Path) -> str | None:
    """What the card of the voice said when it was installed."""
    try:
        made = receipt.read(folder)
    except VoiceError:  # `sbv2 voices verify` says so; the voice speaks all the same
        return None
    return None if made is None else made.licence


def _with_vocoder(config: VoiceConfig, parts: Parts, folder: Path) -> tuple[VoiceConfig, Parts]:
    """With the vocoder that lies in a folder of its own below that of the voice."""
    where = folder / CONFIG
    if not where.is_file():
        raise VoiceError(
            "voice.vocoder-missing",
            "the folder vocoder/ has no config.json",
            at=str(folder),
            hint=_instead_of_config(folder),
        )
    vocoder = vocoder_config.parse(_config_text(folder), where=str(where))
    apart = [] if config.mel is None else config.mel.differences(vocoder.mel)
    if apart:
        raise VoiceError(
            "voice.vocoder-mel",
            f"the vocoder hears other spectrograms than the voice makes: {'; '.join(apart)}",
            at=str(where),
            hint="take a vocoder that was trained for this voice",
        )
    found = files.first(files.choose(folder, None, backend="torch"))
    return replace(config, vocoder=vocoder), {**parts, "vocoder": found}


def read_config(folder: Path) -> VoiceConfig:
    """The configuration of a folder, with the symbols beside it; weights may be missing."""
    told = (
        [] if (folder / CONFIG).is_file() else sorted(folder.glob(f"*{piper_graph.CONFIG_SUFFIX}"))
    )
    if told:
        return piper.read(piper_graph.graph_of(told[0]), taken_apart=False)
    config = voice_config.parse(_config_text(folder), where=str(folder / CONFIG))
    return _with_symbols(_with_speakers(config, folder), folder)


def _with_speakers(config: VoiceConfig, folder: Path) -> VoiceConfig:
    """With the names of speakers that lie beside it, if it names none of several itself."""
    files_of_names = [folder / name for name in files.SPEAKERS if (folder / name).is_file()]
    if config.speakers or config.speaker_count == 1 or not files_of_names:
        return config
    where = str(files_of_names[0])
    text = files_of_names[0].read_text(encoding="utf-8-sig", errors="replace")
    with strange_values(where):
        names = speaker_names({"speakers": voice_config.object_of(text, where)}, where)
    return replace(config, speakers=names)


def _config_text(folder: Path) -> str:
    path = folder / CONFIG
    try:
        not_weights.refuse_beside(path, "voice.config-json")
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise VoiceError(
            "voice.config-missing",
            "the voice folder has no config.json",
            at=str(folder),
            hint=_instead_of_config(folder),
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise VoiceError(
            "voice.config-unreadable",
            f"config.json cannot be read: {error}",
            at=str(path),
            hint="copy the file again from where the voice came from",
        ) from None


def _instead_of_config(folder: Path) -> str:
    """What to do where it is missing: perhaps it is there under another name."""
    others = sorted(
        file.name
        for file in folder.iterdir()
        if file.suffix in CONFIGS and file.name not in NO_CONFIGS
    )
    for file in sorted(folder.glob("*.safetensors")):
        if container.is_aivm(file):
            return f"{file.name} carries all parts of a voice: give it the ending .aivm"
    if len(others) == 1 and others[0].endswith(".json"):
        return f"if {others[0]} is the configuration of the voice, call it config.json"
    if others:
        return f"write config.json as JSON; there are {', '.join(others[:4])}"
    return "a voice is a folder with config.json, style_vectors.npy and a weight file"


def _with_symbols(config: VoiceConfig, folder: Path) -> VoiceConfig:
    """The configuration with the symbols that lie beside it, if it names none itself."""
    if config.tokeniser:
        return tokeniser.complete(config, folder)
    named = config.symbols is not None and config.symbols.where == str(folder / "config.json")
    found = (
        None
        if named or not isinstance(config.phonology, OwnSymbols)
        else symbol_table.beside(folder)
    )
    if found is None:
        return config
    symbols, where = found
    cleaner = symbol_table.cleaner_of(config.data)
    table = SymbolTable(symbols=symbols, where=where, cleaner=cleaner)
    letters = Path(where).name == symbol_table.LETTERS
    rules = tokeniser.of_letters(symbols, config.data) if letters else None
    return replace(config, phonology=OwnSymbols(table=table, text_rules=rules))


def _open_styles(path: Path) -> NDArray[np.float32]:
    if not path.is_file():
        raise VoiceError(
            "voice.styles-missing",
            "the voice folder has no style_vectors.npy",
            at=str(path.parent),
            hint="copy it too from where the voice came from; voices of Bert-VITS2 have none, and"
            " are not opened",
        )
    not_weights.refuse_beside(path, "voice.styles-file")
    return _parse_styles(path.read_bytes(), where=str(path))


def _parse_styles(data: bytes, *, where: str) -> NDArray[np.float32]:
    hint = "copy the file again from where the voice came from"
    try:
        array = npy_file.parse(data)
    except (ValueError, EOFError) as error:
        raise VoiceError(
            "voice.styles-file",
            f"the style vectors are not a plain numpy array: {error}",
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
    read = container.read(path)
    if read.styles is None:
        raise VoiceError(
            "voice.aivm-metadata",
            f"the {path.suffix} file carries no {container.STYLES}",
            at=str(path),
            hint="export the voice again with a current AIVM tool",
        )
    where = f"{path} (metadata)"
    return voice_config.parse(read.config, where=where), _parse_styles(read.styles, where=where)


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
    if config.speaker_count > MOST_SPEAKERS:
        raise VoiceError(
            "voice.speakers-count",
            f"config.json tells of {config.speaker_count:,} speakers, more than {MOST_SPEAKERS:,}",
            at=where,
            hint="copy config.json again from where the voice came from",
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
