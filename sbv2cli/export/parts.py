"""Who writes the parts of a network as graphs: named by the records of `models/architecture.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sbv2cli import tables
from sbv2cli.errors import UsageError

if TYPE_CHECKING:
    from sbv2cli.engine.torch.loading import Parts
    from sbv2cli.export.graph import Value
    from sbv2cli.export.plan_inputs import PlanInputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """`models.architecture.Plan` as values of a graph."""

    frames_BP: Value
    per_phone_BKP: Value
    speaker_BG1: Value | None  # `None`: there is no speaker table


Inputs = Callable[[str], "Value"]
"""An input of a graph by its name, made when it is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingExporter:
    """The parts of a diffusion, as `models.architecture.DiffusionModel` has them."""

    begin: Callable[[Any, Inputs], tuple[Value, Value]]
    """`begin(model, inputs)`: the first [B, C, F], and [B, K, F] that is the same in all steps"""
    step: Callable[[Any, Inputs], Value]
    """`step(model, inputs)`"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcousticExporter:
    """Both halves of an acoustic model; an `Architecture` names one."""

    plan: Callable[[Any, PlanInputs], Planned]
    decode: Callable[[Any, Value, Value, Value, Value, Value | None], Value] | None = None
    """`decode(model, values, noise, noise scale [B, 1, 1], lengths, speaker)`"""
    sampling: SamplingExporter | None = None
    """In place of `decode`, of a model whose frames are made of noise."""
    large: tuple[str, ...]
    """Beginnings of the names of weights that may be stored in eight bits: none that decide over
    durations."""
    published: str | None = None
    """The signature of `plan_inputs` that other programs have for such networks, if any."""


VocoderExporter = Callable[[Any, "Value", "Value", "Value | None", "Value | None"], "Value"]
"""`vocode(vocoder, frames, lengths, speaker, its own noise)`"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporters:
    """Those of a voice."""

    acoustic: AcousticExporter
    vocode: VocoderExporter


def exporters_of(parts: Parts, *, at: str) -> Exporters:
    """Those of a voice; an error that names the part that has none."""
    for record in (parts.architecture, parts.vocoder):
        if record.export is None:
            raise UsageError(
                "export.architecture",
                f"{record.name} cannot be written as an ONNX graph",
                at=at,
                hint="the voice runs as it is with --backend torch",
            )
    assert parts.architecture.export is not None
    assert parts.vocoder.export is not None
    return Exporters(
        acoustic=tables.load(parts.architecture.export), vocode=tables.load(parts.vocoder.export)
    )
