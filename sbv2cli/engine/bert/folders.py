"""Where the BERT models are. Looks at folders only: nothing is opened, nothing is fetched."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sbv2cli.engine.bert.tokenisers import kind_of
from sbv2cli.errors import MachineError, UsageError, did_you_mean
from sbv2cli.settings.folders import data_directory

PUBLISHED: Mapping[str, str] = {
    "ja": "ku-nlp/deberta-v2-large-japanese-char-wwm",
    "en": "microsoft/deberta-v3-large",
    "zh": "hfl/chinese-roberta-wwm-ext-large",
}
"""Language -> the model that published voices of that language were trained with."""

NEEDED_FILES: Mapping[str, str] = {"ja": "vocab.txt", "en": "spm.model", "zh": "vocab.txt"}

GRAPH_FILES = ("model.onnx", "model_fp16.onnx")
"""What of a folder onnxruntime runs, the exact one first."""

WEIGHT_FILES = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)
"""What of a folder torch runs: the first that is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A path that is looked at, and who named it; empty where it is always looked at."""

    path: Path
    named_by: str


def find_bert(
    language: str,
    *,
    given: Path | str | None = None,
    voice: Path | None = None,
    environment: Mapping[str, str] | None = None,
    backend: str = "torch",
    width: int | None = None,
) -> Path:
    """The model folder for a language, with weights that the backend runs.

    `given` is a model folder, a folder of model folders with the published names, or a hub name
    whose files are already in the cache of Hugging Face. `voice` is the voice's folder, `width`
    how many numbers of each token it hears: a model of another width is refused.
    """
    environment = os.environ if environment is None else environment
    if language not in PUBLISHED:
        raise UsageError(
            "bert.language",
            f'no BERT is known for "{language}"',
            hint=did_you_mean(language, PUBLISHED),
        )
    looked: list[Place] = []
    without_graph: Path | None = None
    for place in _places(language, given, voice, environment):
        if any(place.path == other.path for other in looked):
            continue  # a voice of this person's data folder has its models where all are kept
        for folder in (place.path, place.path / short_name(language)):
            if _suits(folder, language):
                if backend != "onnx" or _graphs(folder):
                    if width is not None:
                        _must_fit(folder, language, width, backend)
                    return folder
                without_graph = without_graph or folder
        looked.append(place)
    if without_graph is not None:
        raise _not_converted(without_graph)
    raise _missing(language, looked)


def width_of(folder: Path) -> int:
    """How many numbers a model makes of each token, as its configuration says."""
    width = read_config(folder).get("hidden_size")
    if not isinstance(width, int) or isinstance(width, bool) or width < 1:
        raise MachineError(
            "bert.config",
            f"hidden_size is {json.dumps(width)[:40]}, wanted a positive whole number",
            at=str(folder / "config.json"),
            hint="fetch the model folder again",
        )
    return width


def _must_fit(folder: Path, language: str, width: int, backend: str) -> None:
    """Refuse a model that a voice of this width cannot hear, and one without weights."""
    found = width_of(folder)
    if found != width:
        raise wrong_width(folder, language, found=found, wanted=width)
    if backend != "onnx" and not any((folder / name).is_file() for name in WEIGHT_FILES):
        raise without_weights(folder)


def wrong_width(folder: Path, language: str, *, found: int, wanted: int) -> MachineError:
    """The error of a model that is not the one that voices were trained with."""
    return MachineError(
        "bert.width",
        f"the voice hears {wanted} numbers of each token, this BERT gives {found}",
        at=str(folder),
        hint=f"take this folder away; sbv2 voices install --bert {language} brings"
        f" {PUBLISHED[language]}, which voices were trained with",
    )


def without_weights(folder: Path) -> MachineError:
    """The error of a folder that has everything but weights."""
    return MachineError(
        "bert.weights",
        "no weights in the folder",
        at=str(folder),
        hint=f"one of {', '.join(WEIGHT_FILES)} is needed",
    )


def graph_file(folder: Path) -> Path:
    """The file of a model folder that onnxruntime runs."""
    found = _graphs(folder)
    if not found:
        raise _not_converted(folder)
    return found[0]


def _graphs(folder: Path) -> list[Path]:
    return [folder / name for name in GRAPH_FILES if (folder / name).is_file()]


def _not_converted(folder: Path) -> MachineError:
    return MachineError(
        "bert.onnx-missing",
        f"BERT is not there as an ONNX file ({' or '.join(GRAPH_FILES)})",
        at=str(folder),
        hint=f"sbv2 voices convert --bert '{folder}' --to onnx -o FOLDER, where torch is installed",
    )


def read_config(folder: Path) -> dict[str, Any]:
    """config.json of a model folder."""
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise MachineError(
            "bert.config",
            "no config.json in the folder",
            at=str(folder),
            hint="give the folder that holds config.json, the weights and the vocabulary",
        ) from error
    except (OSError, ValueError) as error:
        raise MachineError(
            "bert.config", f"cannot be read: {error}", at=str(path), hint="fetch the model again"
        ) from error
    if not isinstance(config, dict):
        raise MachineError("bert.config", "is not a JSON object", at=str(path))
    return config


def short_name(language: str) -> str:
    """The folder that the published model of a language is kept in."""
    return PUBLISHED[language].partition("/")[2]


def _places(
    language: str, given: Path | str | None, voice: Path | None, environment: Mapping[str, str]
) -> Iterator[Place]:
    # Whoever names a place for one language wants that place and no other.
    if given is not None:
        path = Path(given)
        if not path.exists() and str(given).count("/") == 1:
            yield from (Place(path=p, named_by="given") for p in _cached(str(given), environment))
        yield Place(path=path, named_by="given")
        return
    own = f"SBV2_BERT_{language.upper()}"
    if environment.get(own):
        yield Place(path=Path(environment[own]), named_by=own)
        return
    if environment.get("SBV2_BERT"):
        yield Place(path=Path(environment["SBV2_BERT"]), named_by="SBV2_BERT")
    if voice is not None:
        # Beside the weights, beside the voice, and one higher: voices are often kept together in
        # one folder that has the BERT models as its neighbour.
        folder = voice.absolute()
        for parent in (folder, folder.parent, folder.parent.parent):
            yield Place(path=parent / "bert", named_by="")
    yield Place(path=data_directory(environment) / "bert", named_by="")
    for path in _cached(PUBLISHED[language], environment):
        yield Place(path=path, named_by="")


def _cached(hub_name: str, environment: Mapping[str, str]) -> list[Path]:
    """Complete downloads of a hub name, the newest first."""
    home = Path(environment.get("HOME") or environment.get("USERPROFILE") or Path.home())
    cache = Path(environment.get("XDG_CACHE_HOME") or home / ".cache") / "huggingface"
    hub = Path(environment.get("HF_HUB_CACHE") or Path(environment.get("HF_HOME") or cache) / "hub")
    snapshots = hub / f"models--{hub_name.replace('/', '--')}" / "snapshots"
    found = [path for path in snapshots.glob("*") if path.is_dir()]
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def _suits(folder: Path, language: str) -> bool:
    """Whether a folder holds a model whose tokeniser is made for this language."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and kind_of(folder, config.get("model_type", "")) == language


def _missing(language: str, looked: list[Place]) -> MachineError:
    places = "; ".join(
        f"{place.path} ({place.named_by})" if place.named_by else str(place.path)
        for place in looked
    )
    # A place that somebody names for one language ends the search: what is installed is not seen.
    named = next((p.named_by for p in looked if p.named_by not in ("", "SBV2_BERT")), None)
    return MachineError(
        "bert.missing",
        f'the voice needs BERT "{short_name(language)}" (config.json, weights,'
        f" {NEEDED_FILES[language]}); looked at: {places}",
        hint=_next_step(f"sbv2 voices install --bert {language}", named),
    )


def _next_step(command: str, named_by: str | None) -> str:
    if named_by is None:
        return f"{command}, or set SBV2_BERT to the folder it is in"
    if named_by == "given":
        return f"{command}, and name no other place"
    return f"{command}, and unset {named_by}"
