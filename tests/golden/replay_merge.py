"""Replays the recorded merges: kinds `merge` and `style_merge`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from sbv2cli.mixing.merge import (
    Blend,
    NamedStyles,
    Parts,
    merge_config,
    merge_named_styles,
    merge_neutral,
    merge_weights,
    recipe,
)

KINDS = ("merge", "style_merge")
TOLERANCE = 1e-5

# Recorded styles: both voices have these two.
STYLES = {"Neutral": 0, "X": 1}

Difference = tuple[str, str, float, float]
"""Case, stage, worst difference, tolerance."""


def replay(folder: Path, entries: list[dict[str, Any]]) -> list[Difference]:
    """Compare every entry of these kinds."""
    found: list[Difference] = []
    for entry in entries:
        if entry["kind"] not in KINDS:
            continue
        run = _merge if entry["kind"] == "merge" else _styles
        # Two recordings below one folder may both hold a style merge of this name, and an entry
        # does not say which is its own: it is the one that agrees.
        results = [run(entry, arrays) for arrays in _recorded(folder, entry)]
        stages = min(results, key=lambda stages: max(worst for _, worst in stages))
        found += [(entry["name"], stage, worst, TOLERANCE) for stage, worst in stages]
    return found


def _recorded(folder: Path, entry: dict[str, Any]) -> list[dict[str, np.ndarray]]:
    """The arrays of an entry; style merges share one file, which the index does not name."""
    paths = [folder / entry["file"]] if "file" in entry else folder.rglob("merge/styles.npz")
    found = []
    for path in paths:
        with np.load(path) as data:
            if "file" in entry or entry["name"] in data:
                found.append(dict(data))
    return found


def blend_of(params: dict[str, Any], voices: int) -> Blend:
    """The method that parameters of a recording mean."""
    if "model_a_coeff" in params:
        coefficients = tuple(params[f"model_{letter}_coeff"] for letter in "abc")
        return Blend(method="weighted_sum", coefficients=coefficients)
    parts = Parts(
        voice=params["voice_weight"],
        pitch=params["voice_pitch_weight"],
        style=params["speech_style_weight"],
        tempo=params["tempo_weight"],
    )
    if "use_slerp_instead_of_lerp" in params:
        slerp = params["use_slerp_instead_of_lerp"]
        return Blend(method="slerp" if slerp else "usual", parts=parts)
    return Blend(method="add_diff" if voices == 3 else "add_null", parts=parts)


def _merge(entry: dict[str, Any], arrays: dict[str, np.ndarray]) -> list[tuple[str, float]]:
    voices = [v for v in "ABC" if f"{v}_style_vectors" in arrays]
    blend = blend_of(entry["params"], len(voices))
    states = [
        {
            key.removeprefix(f"{voice}/"): torch.from_numpy(array)
            for key, array in arrays.items()
            if key.startswith(f"{voice}/")
        }
        for voice in voices
    ]
    merged = merge_weights(blend, *states)
    recorded = {k.removeprefix("out/"): v for k, v in arrays.items() if k.startswith("out/")}
    neutral = merge_neutral(blend, *(arrays[f"{v}_style_vectors"] for v in voices))
    wrong_types = {str(t.dtype) for t in merged.values()} ^ set(entry["out_dtypes"].values()) or [
        key for key, kind in entry["out_dtypes"].items() if str(merged[key].dtype) != kind
    ]
    made_recipe = recipe(blend, *(f"voice {v}" for v in voices))
    wanted = entry["out_config"]
    config = merge_config({"data": {"n_speakers": wanted["data"]["n_speakers"]}}, "OUT")
    return [
        ("names", float(set(merged) != set(recorded))),
        ("types", float(bool(wrong_types))),
        ("weights", max(_worst(merged[key], recorded[key]) for key in recorded if key in merged)),
        ("styles", _worst(torch.from_numpy(neutral), arrays["out_style_vectors"])),
        ("config", float(config != wanted)),
        ("recipe", float(set(made_recipe) != set(entry["recipe_keys"]))),
    ]


def _styles(entry: dict[str, Any], arrays: dict[str, np.ndarray]) -> list[tuple[str, float]]:
    voices = [argument for argument in entry["args"] if argument in ("A", "B", "C")]
    numbers = [argument for argument in entry["args"] if isinstance(argument, float)]
    if len(numbers) == 3:
        blend = Blend(method="weighted_sum", coefficients=tuple(numbers))
    else:
        parts = Parts(voice=0, pitch=0, style=numbers[0], tempo=0)
        method = "add_diff" if len(voices) == 3 else "usual"
        method = "add_null" if "add_null" in entry["name"] else method
        blend = Blend(method=method, parts=parts)
    sources = [NamedStyles(vectors=arrays[voice], names=STYLES) for voice in voices]
    made = merge_named_styles(blend, entry["args"][-1], *sources)
    wanted = entry["out_config"]
    config = merge_config(
        {"data": {"n_speakers": wanted["data"]["n_speakers"]}}, "OUT", tuple(made.names)
    )
    return [
        ("styles", _worst(torch.from_numpy(made.vectors), arrays[entry["name"]])),
        ("config", float(config != wanted)),
    ]


def _worst(ours: torch.Tensor, recorded: np.ndarray) -> float:
    if tuple(ours.shape) != recorded.shape:
        return float("inf")
    difference = np.abs(ours.double().numpy() - recorded.astype(np.float64))
    return float(difference.max(initial=0.0))
