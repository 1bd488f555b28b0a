"""ONNX graphs that speak, by what their inputs are called. Knows names and shapes, no runtime.

Ours are two: `plan` finds the durations and `render` makes the samples; of a diffusion also `begin`
and `step`, which come between the two. Noise comes in, so a line sounds the same wherever it is
spoken. Published ones do all at once and draw their own noise; there
are three manners of naming their inputs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sbv2cli.errors import VoiceError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

METADATA = "sbv2cli"

SIGNATURE = 2
"""Of our own graphs of a voice; another number is another set of inputs and outputs."""

PLAN, BEGIN, STEP, RENDER, VOICE, BERT = "plan", "begin", "step", "render", "voice", "bert"

PLAN_INPUTS = frozenset(
    "phones tones languages lengths speakers style bert bert_slot length_scale sdp_ratio"
    " noise_scale_w noise".split()
)
# The last is missing where all lines have one speaker.
PLAN_OUTPUTS = ("frames", "per_phone", "speaker")
BEGIN_INPUTS = frozenset("values noise temperature lengths speaker".split())
BEGIN_OUTPUTS = ("x", "conditions")
STEP_INPUTS = frozenset("x conditions noise lengths step steps".split())
STEP_OUTPUTS = ("next",)
RENDER_INPUTS = frozenset("values noise noise_scale lengths speaker vocoder_noise mel".split())
RENDER_OUTPUTS = ("samples",)

# Part of a voice -> what it may be given, and what it must answer.
PARTS: Mapping[str, tuple[frozenset[str], Sequence[str]]] = {
    PLAN: (PLAN_INPUTS, PLAN_OUTPUTS[:-1]),
    BEGIN: (BEGIN_INPUTS, BEGIN_OUTPUTS),
    STEP: (STEP_INPUTS, STEP_OUTPUTS),
    RENDER: (RENDER_INPUTS, RENDER_OUTPUTS),
}

# Role -> the input's name. Of the features the first is that of networks with one slot.
STYLE_BERT_VITS2: Mapping[str, str] = {
    "phones": "x_tst",
    "lengths": "x_tst_lengths",
    "speakers": "sid",
    "tones": "tones",
    "languages": "language",
    "bert": "bert",
    "bert:ja": "ja_bert",
    "bert:en": "en_bert",
    "style": "style_vec",
    "length_scale": "length_scale",
    "sdp_ratio": "sdp_ratio",
    "noise_scale": "noise_scale",
    "noise_scale_w": "noise_scale_w",
}
SHORT: Mapping[str, str] = {
    **{role: name for role, name in STYLE_BERT_VITS2.items() if not role.startswith("bert:")},
    "phones": "x",
    "lengths": "x_lengths",
    "tones": "tone",
}
# What Piper gives to plain VITS; all numbers are in one row, in the order of `SCALES`.
PIPER: Mapping[str, str] = {
    "phones": "input",
    "lengths": "input_lengths",
    "scales": "scales",
    "speakers": "sid",
}
# The output that tells how many frames each symbol has; a graph that has it alone is half a voice.
DURATIONS = "durations"
SCALES = ("noise_scale", "length_scale", "noise_scale_w")
SCHEMES = (STYLE_BERT_VITS2, SHORT, PIPER)
INPUTS = frozenset(name for scheme in SCHEMES for name in scheme.values())

# Which language's features go where in networks that keep them apart; the model family has them in
# this order, and the input without a prefix is Chinese: these networks began there.
SLOTS: Mapping[str, int] = {"zh": 0, "ja": 1, "en": 2}

Run = Callable[[Sequence[str], Mapping[str, "NDArray[Any]"]], list["NDArray[Any]"]]
"""Names of outputs, arrays by the name of the input -> the outputs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """An ONNX file that is open: what goes in, what comes out, and how to run it."""

    path: Path
    inputs: Mapping[str, Sequence[int | str | None]]  # name -> shape, as far as it is told
    outputs: Mapping[str, Sequence[int | str | None]]
    facts: Mapping[str, Any]  # our own metadata; empty in files of others
    run: Run
    run_seeded: Callable[[int], Run]
    """As `run`, with the random nodes of the graph begun anew from a seed."""

    @property
    def kind(self) -> str | None:
        """What our metadata says it is."""
        kind = self.facts.get("kind")
        return kind if isinstance(kind, str) else None

    def channels(self, name: str) -> int:
        """How many channels an input [B, C, ...] has; none where it is not there."""
        size = self.inputs[name][1] if name in self.inputs else 0
        return size if isinstance(size, int) else 0


def facts_of(metadata: Mapping[str, str], *, where: Path) -> dict[str, Any]:
    """What our own metadata says of a graph; nothing where it has none."""
    if METADATA not in metadata:
        return {}
    try:
        facts = json.loads(metadata[METADATA])
    except (ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict):
        raise VoiceError(
            "voice.onnx-metadata",
            f'the metadata "{METADATA}" is not a JSON object: {metadata[METADATA][:40]!r}',
            at=str(where),
            hint="convert the voice again: sbv2 voices convert VOICE --to onnx -o FOLDER",
        )
    # A BERT has the published inputs and output, and no signature of ours.
    if facts.get("kind") != BERT and facts.get("signature") != SIGNATURE:
        raise VoiceError(
            "voice.onnx-signature",
            f"the graph has signature {facts.get('signature')!r}, this version of sbv2 runs"
            f" {SIGNATURE}",
            at=str(where),
            hint="convert the voice again with this version: sbv2 voices convert",
        )
    return facts


def check_part(graph: Graph, kind: str) -> None:
    """Refuse a graph that is not this part of a voice of ours."""
    known, needed = PARTS[kind]
    if graph.kind != kind:
        said = "no metadata of ours" if graph.kind is None else f'the metadata of a "{graph.kind}"'
        raise VoiceError(
            "voice.onnx-half",
            f'"{graph.path.name}" should be the part "{kind}" of a voice and has {said}',
            at=str(graph.path),
            hint="convert the voice again: sbv2 voices convert VOICE --to onnx -o FOLDER",
        )
    unknown = [name for name in graph.inputs if name not in known]
    missing = [name for name in needed if name not in graph.outputs]
    if unknown or missing:
        raise _unknown(graph, unknown, missing, expected=sorted(known))


def check_alike(parts: Mapping[str, Graph], *, rate: int, frame_samples: int) -> None:
    """Refuse parts of different voices, a part too few, and a config.json of another voice."""
    plan = parts[PLAN]
    for part in parts.values():
        for said in ("bundle", "architecture", "channels"):
            if plan.facts.get(said) != part.facts.get(said):
                raise VoiceError(
                    "voice.onnx-half",
                    f'"{plan.path.name}" and "{part.path.name}" are parts of different voices:'
                    f" {said} is {plan.facts.get(said)!r} and {part.facts.get(said)!r}",
                    at=str(plan.path.parent),
                    hint="convert the voice again: sbv2 voices convert VOICE --to onnx -o FOLDER",
                )
    missing = [kind for kind in plan.facts.get("parts", ()) if kind not in parts]
    if missing:
        raise VoiceError(
            "voice.onnx-half",
            f'the voice of "{plan.path.name}" has a part "{missing[0]}", which is missing',
            at=str(plan.path.parent),
            hint="copy all files of the folder from where the voice came from",
        )
    for said, wanted in (("rate", rate), ("frame_samples", frame_samples)):
        if plan.facts.get(said) != wanted:
            raise VoiceError(
                "voice.onnx-config",
                f"the graph says that {said} is {plan.facts.get(said)!r}, config.json {wanted}",
                at=str(plan.path),
                hint="take config.json from the folder that the graph came in",
            )


def scheme_of(graph: Graph) -> Mapping[str, str]:
    """How a published graph names its inputs: role -> name, for those that it has."""
    if next(iter(graph.outputs), None) == DURATIONS:
        raise VoiceError(
            "voice.onnx-inputs",
            f'"{graph.path.name}" tells durations alone and makes no sound',
            at=str(graph.path),
            hint="name the graph of the voice, which lies beside it",
        )
    for scheme in SCHEMES:
        names = set(scheme.values())
        if scheme["phones"] in graph.inputs and all(name in names for name in graph.inputs):
            return {role: name for role, name in scheme.items() if name in graph.inputs}
    best = max(SCHEMES, key=lambda scheme: len(set(scheme.values()) & set(graph.inputs)))
    unknown = [name for name in graph.inputs if name not in set(best.values())]
    absent = [] if best["phones"] in graph.inputs else [best["phones"]]
    raise _unknown(graph, unknown, absent, expected=list(best.values()))


def _unknown(
    graph: Graph, unknown: Sequence[str], missing: Sequence[str], expected: Sequence[str]
) -> VoiceError:
    said = [
        f"{what} {', '.join(names)}"
        for what, names in (("knows no", missing), ("wants", unknown))
        if names
    ]
    return VoiceError(
        "voice.onnx-inputs",
        f'"{graph.path.name}" {" and ".join(said)}; graphs of voices are given'
        f" {', '.join(expected)}",
        at=str(graph.path),
        hint="is it a voice? Convert one: sbv2 voices convert VOICE --to onnx -o FOLDER",
    )


def scalar_shape(shape: Sequence[int | str | None]) -> tuple[int, ...]:
    """The shape in which a graph takes a number: none or one axis, as it declares."""
    return (1,) if len(shape) else ()
