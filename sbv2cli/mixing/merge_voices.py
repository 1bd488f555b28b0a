"""Two or three opened voices into the folder of a new one, opened once before it gets its name."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbv2cli.engine.torch import loading
from sbv2cli.engine.torch.weights_file import read_tensors
from sbv2cli.errors import MachineError, UsageError
from sbv2cli.mixing.merge import (
    Blend,
    Merged,
    NamedStyles,
    merge_config,
    merge_named_styles,
    merge_weights,
    recipe,
    save,
)
from sbv2cli.models.weights import spelled_alike
from sbv2cli.voices.aivm import container
from sbv2cli.voices.bundle import open_bundle
from sbv2cli.voices.configs.section import parse_json

if TYPE_CHECKING:
    from sbv2cli.voices.bundle import Bundle

MEAN = "Neutral"
"""The style in row 0, from which the others are measured."""

Styles = Sequence[Sequence[str]]
"""For each new style its name in every voice, and then its own."""


def merge_voices(
    voices: Sequence[Bundle], out: Path, *, blend: Blend, styles: Styles | None = None
) -> Path:
    """Write the new voice into the folder `out`, and answer its weight file.

    Without `styles` the new voice has those that all voices have under one name.
    """
    _check(voices, out)
    name = out.name
    sources = [
        NamedStyles(vectors=voice.style_vectors, names=voice.config.styles) for voice in voices
    ]
    wanted = shared_styles(voices) if styles is None else styles
    mixed = merge_named_styles(blend, _mean_first(sources, wanted), *sources)
    merged = Merged(
        name=name,
        weights=merge_weights(
            blend, *(spelled_alike(read_tensors(voice.weights)) for voice in voices)
        ),
        styles=mixed.vectors,
        config=_with_licence(merge_config(_config(voices[0]), name, list(mixed.names)), voices),
        recipe=recipe(blend, *(voice.name for voice in voices))
        | {"styles": [list(style) for style in wanted]},
    )
    _write(merged, out)
    return out / f"{name}.safetensors"


def shared_styles(voices: Sequence[Bundle]) -> list[tuple[str, ...]]:
    """The styles that all voices have under one name, but for the one in row 0."""
    first, *others = [voice.config.styles for voice in voices]
    return [
        (name,) * (len(voices) + 1)
        for name, row in sorted(first.items(), key=lambda item: item[1])
        if row > 0 and name != MEAN and all(other.get(name, 0) > 0 for other in others)
    ]


def _mean_first(sources: Sequence[NamedStyles], wanted: Styles) -> list[Sequence[str]]:
    """Row 0 is made of the rows 0, whatever they are called, unless it is asked for by its name."""
    mean = [style for style in wanted if style and style[-1] == MEAN]
    rest = [style for style in wanted if style not in mean]
    if not mean:
        names = [
            next((name for name, row in source.names.items() if row == 0), None)
            for source in sources
        ]
        mean = [[name or MEAN for name in names] + [MEAN]]
    return [*mean, *rest]


def _check(voices: Sequence[Bundle], out: Path) -> None:
    if out.exists():
        raise UsageError(
            "merge.exists",
            "the folder of the new voice is already there",
            at=str(out),
            hint="give another name, or move the folder away",
        )
    for voice in voices:
        if voice.backend != "torch" or not voice.config.has_styles:
            what = "an ONNX graph" if voice.backend != "torch" else "a voice without styles"
            raise UsageError(
                "merge.kind",
                f'"{voice.name}" is {what}; weights and styles of SBV2 voices are mixed',
                at=str(voice.path),
                hint="give the folder with its weights and style_vectors.npy",
            )
    if len({(voice.config.rate, voice.config.needs_bert) for voice in voices}) > 1:
        raise UsageError(
            "merge.unlike",
            "the voices differ in sampling rate, or in whether they need a BERT",
            hint="mix voices that were trained alike",
        )


def _config(voice: Bundle) -> dict[str, Any]:
    if voice.weights.suffix in container.SUFFIXES:
        text = container.read(voice.weights).config
    else:
        text = (voice.weights.parent / "config.json").read_text(encoding="utf-8-sig")
    config: dict[str, Any] = parse_json(text)
    return config


def _with_licence(config: dict[str, Any], voices: Sequence[Bundle]) -> dict[str, Any]:
    """The first voice's licence says nothing of the others: all are named."""
    licences = list(dict.fromkeys(voice.config.licence or "unknown" for voice in voices))
    if licences != ["unknown"]:
        config["sbv2cli"] = {**config.get("sbv2cli", {}), "licence": " + ".join(licences)}
    return config


def _write(merged: Merged, out: Path) -> None:
    try:
        out.absolute().parent.mkdir(parents=True, exist_ok=True)
        # On the same file system, so that the last step is a rename.
        place = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.absolute().parent))
    except OSError as error:
        raise _unwritable(out, error) from None
    try:
        save(merged, place / "voice")
        loading.load(open_bundle(place / "voice"))
        (place / "voice").rename(out)
    except OSError as error:
        raise _unwritable(out, error) from None
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _unwritable(out: Path, error: OSError) -> MachineError:
    return MachineError(
        "disk.write",
        f"the new voice cannot be written: {error.strerror}",
        at=str(out),
        hint="another place, or make room",
    )
