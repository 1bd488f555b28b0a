"""Mixes published voices: new weights, style vectors, configuration and recipe from two or three.

Tensors are mixed as they are stored, magnitude and direction of weight norm apart, and by the part
of the voice that they belong to (`null_models.PARTS`). Pure functions, but for `save`.
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sbv2cli.errors import UsageError, VoiceError, did_you_mean
from sbv2cli.mixing.null_models import Part, add_null_model, check_alike, part_of

__all__ = [
    "Blend",
    "Merged",
    "NamedStyles",
    "Parts",
    "add_null_model",
    "merge_config",
    "merge_named_styles",
    "merge_neutral",
    "merge_weights",
    "recipe",
    "save",
]

Method = Literal["usual", "slerp", "add_diff", "add_null", "weighted_sum"]

State = Mapping[str, Tensor]

Styles = NDArray[np.float32]
"""[number of styles, 256]"""

# Directions nearer than this are mixed linearly: the sine of their angle divides.
NEARLY_PARALLEL = 0.998


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """How much of the other voice each part takes, 0 to 1 (beyond is allowed, and exaggerates)."""

    voice: float
    pitch: float
    style: float
    tempo: float

    def of(self, part: Part) -> float:
        """The weight of one part."""
        weight: float = getattr(self, part)
        return weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """A method with its numbers: four weights, or one coefficient for each voice."""

    method: Method
    parts: Parts | None = None
    coefficients: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        summed = self.method == "weighted_sum"
        if summed == bool(self.parts) or summed != bool(self.coefficients):
            raise UsageError(
                "merge.weights",
                "a weighted sum takes one coefficient for each voice, every other method the"
                " weights of voice, pitch, style and tempo",
            )

    @property
    def sources(self) -> int:
        """How many voices it needs."""
        return SOURCES[self.method]


SOURCES: Mapping[Method, int] = {
    "usual": 2,
    "slerp": 2,
    "add_diff": 3,
    "add_null": 2,
    "weighted_sum": 3,
}
"""Method -> how many voices it takes."""


def lerp(t: float, a: Tensor, b: Tensor) -> Tensor:
    """The straight line from A to B."""
    return (1 - t) * a + t * b


def slerp(t: float, a: Tensor, b: Tensor) -> Tensor:
    """The arc from A to B, each tensor taken as one long vector."""
    # In float64: a long dot product and an arc cosine near 1 lose digits that the sines need.
    long_a, long_b = a.double().flatten(), b.double().flatten()
    norms = float(long_a.norm() * long_b.norm())
    # A tensor of zeros has no direction; on the arc it would turn everything into NaN.
    cosine = float(torch.dot(long_a, long_b)) / norms if norms else 1.0
    if abs(cosine) > NEARLY_PARALLEL:
        return lerp(t, a, b)
    angle = math.acos(cosine)
    return (math.sin((1 - t) * angle) * a + math.sin(t * angle) * b) / math.sin(angle)


def add_difference(t: float, a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """A, and what B has over C."""
    return a + t * (b - c)


def add(t: float, a: Tensor, b: Tensor) -> Tensor:
    """A, and some of a null model."""
    return a + t * b


Formulas = Mapping[Method, Callable[..., Tensor]]

FORMULAS: Formulas = {
    "usual": lerp,
    "slerp": slerp,
    "add_diff": add_difference,
    "add_null": add,
}

# Style vectors go the straight way even where the weights go along the arc.
STYLE_FORMULAS: Formulas = {**FORMULAS, "slerp": lerp}


def merge_weights(blend: Blend, *states: State) -> dict[str, Tensor]:
    """The weights of the new voice; their names are those of the first."""
    _check_count(blend, len(states))
    first, *others = states
    touched = (
        dict.fromkeys(first)
        if blend.parts is None
        else {key: part_of(key) for key in first if part_of(key) is not None}
    )
    for name, other in zip("BC", others, strict=False):
        check_alike(first, other, touched, what=f"voice {name}")
    return {
        key: _mixed(blend, part_of(key), [state[key] for state in states])
        if key in touched
        else tensor
        for key, tensor in first.items()
    }


def merge_neutral(blend: Blend, *styles: Styles) -> Styles:
    """The neutral style [1, 256] of the new voice: row 0 of each, by the weight of style."""
    _check_count(blend, len(styles))
    rows = [torch.from_numpy(np.asarray(vectors[0], dtype=np.float32)) for vectors in styles]
    return _mixed(blend, "style", rows, STYLE_FORMULAS).numpy()[None]


def _mixed(
    blend: Blend, part: Part | None, tensors: Sequence[Tensor], formulas: Formulas = FORMULAS
) -> Tensor:
    """One tensor of the new voice, computed in float32 and stored as the sources were."""
    stored = tensors[0].dtype
    for tensor in tensors[1:]:
        stored = torch.promote_types(stored, tensor.dtype)
    if not stored.is_floating_point:
        # A sum of step counters has no meaning as a count, and no longer pretends to be one.
        stored = torch.float32
    numbers = [tensor.to(torch.float32) for tensor in tensors]
    if blend.parts is None:
        scaled = [c * x for c, x in zip(blend.coefficients, numbers, strict=True)]
        result = _in_order(scaled)
    else:
        assert part is not None
        result = formulas[blend.method](blend.parts.of(part), *numbers)
    return result.to(stored)


def _in_order(tensors: Sequence[Tensor]) -> Tensor:
    total = tensors[0]
    for tensor in tensors[1:]:
        total = total + tensor
    return total


def _check_count(blend: Blend, given: int) -> None:
    if given != blend.sources or (blend.coefficients and len(blend.coefficients) != given):
        raise UsageError(
            "merge.voices",
            f'the method "{blend.method}" mixes {blend.sources} voices, {given} are given'
            + (f" with {len(blend.coefficients)} coefficients" if blend.coefficients else ""),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedStyles:
    """Style vectors and their names."""

    vectors: Styles
    names: Mapping[str, int]

    def row(self, name: str, voice: str) -> Tensor:
        """The vector of one style."""
        if name not in self.names:
            raise VoiceError(
                "merge.style-unknown",
                f'voice {voice} has no style "{name}"',
                hint=did_you_mean(name, self.names),
            )
        return torch.from_numpy(np.asarray(self.vectors[self.names[name]], dtype=np.float32))


def merge_named_styles(
    blend: Blend, recipes: Sequence[Sequence[str]], *sources: NamedStyles
) -> NamedStyles:
    """Styles rebuilt by name: each recipe names one style of every source, then the new one."""
    _check_count(blend, len(sources))
    names = [recipe[-1] for recipe in recipes]
    for name in names:
        if names.count(name) > 1:
            # The reference overwrites the number and keeps the row; such a voice cannot be opened.
            raise UsageError("merge.style-twice", f'the style "{name}" is made more than once')
    rows = []
    for recipe_ in recipes:
        if len(recipe_) != len(sources) + 1:
            raise UsageError(
                "merge.style-recipe",
                f"a style is made from {len(sources)} names and gets one, here are {len(recipe_)}:"
                f" {', '.join(recipe_)}",
            )
        wanted = zip(sources, recipe_, "ABC", strict=False)
        vectors = [source.row(name, voice) for source, name, voice in wanted]
        rows.append(_mixed(blend, "style", vectors, STYLE_FORMULAS))
    return NamedStyles(
        vectors=torch.stack(rows).numpy(), names={name: i for i, name in enumerate(names)}
    )


def merge_config(
    config: Mapping[str, Any], name: str, styles: Sequence[str] = ("Neutral",)
) -> dict[str, Any]:
    """config.json of the new voice: that of the first, under its own name and with its styles."""
    merged = copy.deepcopy(dict(config))
    merged["model_name"] = name
    data = merged.setdefault("data", {})
    data["num_styles"] = len(styles)
    data["style2id"] = {style: number for number, style in enumerate(styles)}
    if data.get("n_speakers", 1) == 1:
        data["spk2id"] = {name: 0}
    return merged


def recipe(blend: Blend, *names: str) -> dict[str, Any]:
    """recipe.json: how the voice was made, in the words that the field uses."""
    _check_count(blend, len(names))
    models = {f"model_{letter}": name for letter, name in zip("abc", names, strict=False)}
    if blend.parts is None:
        numbers: dict[str, Any] = {
            f"model_{letter}_coeff": number
            for letter, number in zip("abc", blend.coefficients, strict=False)
        }
    else:
        numbers = {
            "voice_weight": blend.parts.voice,
            "voice_pitch_weight": blend.parts.pitch,
            "speech_style_weight": blend.parts.style,
            "tempo_weight": blend.parts.tempo,
        }
    if blend.method in ("usual", "slerp"):
        numbers["use_slerp_instead_of_lerp"] = blend.method == "slerp"
    method = "usual" if blend.method == "slerp" else blend.method
    return {"method": method, **models, **numbers}


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Everything that makes the new voice's folder."""

    name: str
    weights: Mapping[str, Tensor]
    styles: Styles
    config: Mapping[str, Any]
    recipe: Mapping[str, Any]


def save(merged: Merged, folder: Path) -> None:
    """Write the voice into a folder of its own, which must not exist yet."""
    from safetensors.torch import save as as_bytes  # noqa: PLC0415 - the formulas do without

    try:
        folder.mkdir(parents=True)
    except FileExistsError as error:
        raise UsageError(
            "merge.exists",
            "the folder of the new voice is already there",
            at=str(folder),
            hint="give another name, or move the folder away",
        ) from error
    weights = {key: tensor.contiguous() for key, tensor in merged.weights.items()}
    # Not `save_file`: what it writes can be read by its owner alone.
    (folder / f"{merged.name}.safetensors").write_bytes(as_bytes(weights))
    np.save(folder / "style_vectors.npy", merged.styles)
    for name, content in (("config.json", merged.config), ("recipe.json", merged.recipe)):
        written = json.dumps(content, ensure_ascii=False, indent=2)
        (folder / name).write_text(written + "\n", encoding="utf-8")
