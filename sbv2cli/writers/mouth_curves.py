"""Mouths that move on curves: VRM's expressions and Live2D's parameters.

A vowel has its full weight while it is heard and fades into what follows; at any moment all weights
together are 1 at most, so a face is never opened twice.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from sbv2cli.writers.mouths import LIPS, SILENT, visemes
from sbv2cli.writers.timeline import ExportOptions, Span, Track

# How long a mouth takes from one shape to the next.
_RAMP = 0.06  # seconds
# A consonant is spoken with the mouth half way to its vowel, ン with lips a little open.
_CONSONANT = 0.5
_NASAL = {"u": 0.2}
_DIGITS = 6  # microseconds

_VOWELS: Mapping[str, str] = {"aa": "a", "ih": "i", "ou": "u", "E": "e", "oh": "o"}

VRM_0: Mapping[str, str] = {vowel: vowel for vowel in "aiueo"}
VRM_1: Mapping[str, str] = {"a": "aa", "i": "ih", "u": "ou", "e": "ee", "o": "oh"}
LIVE2D_VOWELS: Mapping[str, str] = {vowel: f"Param{vowel.upper()}" for vowel in "aiueo"}
_OPEN: Mapping[str, float] = {"a": 1.0, "i": 0.3, "u": 0.35, "e": 0.55, "o": 0.7}
_FORM: Mapping[str, float] = {"a": 0.2, "i": 1.0, "u": -1.0, "e": 0.6, "o": -0.7}
_LIVE2D_FPS = 30.0

Weights = Mapping[str, float]
Curve = list[tuple[float, float]]
"""Times in seconds with values; straight between them."""


def vrm0(track: Track, options: ExportOptions) -> bytes:
    """Weights of VRM 0.x's blend shapes."""
    del options
    return _expressions(track, "0.x", "blendShapes", VRM_0)


def vrm1(track: Track, options: ExportOptions) -> bytes:
    """Weights of VRM 1.0's expressions."""
    del options
    return _expressions(track, "1.0", "expressions", VRM_1)


def vrma(track: Track, options: ExportOptions) -> bytes:
    """A VRM animation: glTF whose nodes carry the weight of an expression in their x."""
    del options
    return _glb(_vowel_curves(track, VRM_1))


def live2d(track: Track, options: ExportOptions) -> bytes:
    """Live2D motion: how far the mouth is open, and how wide it is."""
    del options
    mouth = _mouth(track)
    heights = [_sum(weights, _OPEN) for weights, _ in mouth]
    # A closed mouth has no form of its own; it takes that of the next vowel.
    forms, following = [], 0.0
    for weights, _ in reversed(mouth):
        total = sum(weights.values())
        following = _sum(weights, _FORM) / total if total else following
        forms.append(following)
    edges = _edges(mouth)
    return _motion(
        track.seconds,
        {"ParamMouthOpenY": _curve(heights, edges), "ParamMouthForm": _curve(forms[::-1], edges)},
    )


def live2d_vowels(track: Track, options: ExportOptions) -> bytes:
    """Live2D motion for models with a parameter for each vowel."""
    del options
    return _motion(track.seconds, _vowel_curves(track, LIVE2D_VOWELS))


def _expressions(track: Track, version: str, key: str, names: Mapping[str, str]) -> bytes:
    curves = _vowel_curves(track, names)
    head = {"vrm": version, "sound": track.sound, "duration": track.seconds}
    rows = ",\n".join(f'"{name}": {json.dumps(curve)}' for name, curve in curves.items())
    text = json.dumps(head, ensure_ascii=False)
    return f'{text[:-1]}, "{key}": {{\n{rows}\n}}}}\n'.encode()


def _vowel_curves(track: Track, names: Mapping[str, str]) -> dict[str, Curve]:
    mouth = _mouth(track)
    edges = _edges(mouth)
    return {
        name: _curve([weights.get(vowel, 0.0) for weights, _ in mouth], edges)
        for vowel, name in names.items()
    }


def _mouth(track: Track) -> list[tuple[Weights, Span]]:
    """What the vowels weigh while each viseme is seen."""
    mouth: list[tuple[Weights, Span]] = []
    following: Weights = {}
    for span in reversed(visemes(track)):
        weights: Weights
        if span[0] in _VOWELS:
            weights = following = {_VOWELS[span[0]]: 1.0}
        elif span[0] in {SILENT, LIPS}:
            weights = {}
            following = {} if span[0] == SILENT else following
        else:
            weights = {vowel: weight * _CONSONANT for vowel, weight in following.items()}
            weights = weights or (_NASAL if span[0] == "nn" else {})
        mouth.append((weights, span))
    return mouth[::-1]


def _sum(weights: Weights, values: Mapping[str, float]) -> float:
    return sum(weight * values[vowel] for vowel, weight in weights.items())


def _edges(mouth: Sequence[tuple[Weights, Span]]) -> list[float]:
    return [span[1] for _, span in mouth] + ([mouth[-1][1][2]] if mouth else [0.0])


def _curve(values: Sequence[float], edges: Sequence[float]) -> Curve:
    """Through `values`, one between each two edges, with a ramp over each inner edge."""
    if not values:
        return [(0.0, 0.0)]
    keys = [(edges[0], values[0])]
    for index, (before, after) in enumerate(pairwise(values), start=1):
        first, edge, last = edges[index - 1 : index + 2]
        ramp = min(_RAMP, edge - first, last - edge) / 2
        keys += [(edge - ramp, before), (edge + ramp, after)]
    keys.append((edges[-1], values[-1]))
    return _without_idle_keys([(round(at, _DIGITS), round(value, 4)) for at, value in keys])


def _without_idle_keys(keys: Sequence[tuple[float, float]]) -> Curve:
    """The same curve, without keys that the straight line between their neighbours passes."""
    kept: Curve = []
    for index, (at, value) in enumerate(keys):
        if kept and at <= kept[-1][0]:
            continue
        inner = kept and index + 1 < len(keys)
        if inner and value == kept[-1][1] == keys[index + 1][1]:
            continue
        kept.append((at, value))
    return kept


def _motion(seconds: float, curves: Mapping[str, Curve]) -> bytes:
    """Live2D's motion3.json, of straight segments alone."""
    rows = [
        {
            "Target": "Parameter",
            "Id": name,
            "Segments": [*curve[0], *(number for key in curve[1:] for number in (0, *key))],
        }
        for name, curve in curves.items()
    ]
    meta = {
        "Duration": seconds,
        "Fps": _LIVE2D_FPS,
        "Loop": False,
        "AreBeziersRestricted": True,
        "CurveCount": len(curves),
        "TotalSegmentCount": sum(len(curve) - 1 for curve in curves.values()),
        "TotalPointCount": sum(len(curve) for curve in curves.values()),
        "UserDataCount": 0,
        "TotalUserDataSize": 0,
    }
    motion = {"Version": 3, "Meta": meta, "Curves": rows}
    return json.dumps(motion, indent=None, separators=(",", ":")).encode() + b"\n"


# glTF 2.0: numbers of its enumerations, and of the chunks of its binary form.
_FLOAT = 5126
_JSON_CHUNK, _BINARY_CHUNK = 0x4E4F534A, 0x004E4942


def _glb(curves: Mapping[str, Curve]) -> bytes:
    numbers = b""
    views: list[dict[str, Any]] = []
    accessors: list[dict[str, Any]] = []

    def accessor(data: bytes, **facts: Any) -> int:
        nonlocal numbers
        views.append({"buffer": 0, "byteOffset": len(numbers), "byteLength": len(data)})
        accessors.append({"bufferView": len(views) - 1, "componentType": _FLOAT, **facts})
        numbers += data
        return len(accessors) - 1

    samplers = []
    for curve in curves.values():
        at = struct.pack(f"<{len(curve)}f", *(key[0] for key in curve))
        first, last = struct.unpack("<2f", at[:4] + at[-4:])
        times = accessor(at, count=len(curve), type="SCALAR", min=[first], max=[last])
        weights = b"".join(struct.pack("<3f", value, 0.0, 0.0) for _, value in curve)
        values = accessor(weights, count=len(curve), type="VEC3")
        samplers.append({"input": times, "output": values, "interpolation": "LINEAR"})
    nodes = range(len(curves))
    animation = {
        "channels": [
            {"sampler": node, "target": {"node": node, "path": "translation"}} for node in nodes
        ],
        "samplers": samplers,
    }
    preset = {name: {"node": node} for node, name in enumerate(curves)}
    vrm = {"specVersion": "1.0", "humanoid": {"humanBones": {}}, "expressions": {"preset": preset}}
    scene = {
        "asset": {"version": "2.0", "generator": "sbv2"},
        "extensionsUsed": ["VRMC_vrm_animation"],
        "extensions": {"VRMC_vrm_animation": vrm},
        "scene": 0,
        "scenes": [{"nodes": list(nodes)}],
        "nodes": [{"name": name} for name in curves],
        "animations": [animation],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(numbers)}],
    }
    text = json.dumps(scene, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    length = 12 + 8 + len(text) + 8 + len(numbers)
    return b"".join(
        (
            struct.pack("<4sII", b"glTF", 2, length),
            *(struct.pack("<II", len(text), _JSON_CHUNK), text),
            *(struct.pack("<II", len(numbers), _BINARY_CHUNK), numbers),
        )
    )
