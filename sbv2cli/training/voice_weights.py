"""Between a training model and files of weights: published names on the outside, ours within."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor, nn

from sbv2cli.errors import VoiceError
from sbv2cli.models import weights
from sbv2cli.training.networks import weight_norm

if TYPE_CHECKING:
    from sbv2cli.models.architecture import Architecture
    from sbv2cli.training.objectives.objective import TrainingModel

# Beginnings of what speaking needs no more.
LEARNING_ONLY = ("posterior.", "aligner.")

# A network's acoustic model, and what a training model calls it. Vocoders have one name.
ACOUSTIC, SYNTHESIZER = "acoustic.", "synthesizer."


class Named(Protocol):
    """How the tensors of a voice's own file are called."""

    @property
    def architecture(self) -> Architecture:
        """It knows the names of what only learning needs."""

    @property
    def names(self) -> weights.Rows:
        """Published tensors -> parameters of a `Network`."""


def fill_model(
    model: TrainingModel, published: Mapping[str, Tensor], parts: Named, *, where: str
) -> list[str]:
    """Put published tensors into a model; answers the names that were not given.

    A tensor of another shape is an error, and so are layers of the voice that the model lacks:
    going on from half a voice helps nobody.
    """
    speaking, learning, _ = weights.sort_tensors(
        published, parts.names, parts.architecture.learning_names
    )
    ours = {_in_model(name): tensor for name, tensor in speaking.items()} | learning
    wanted = model.state_dict()
    left = [name for name in weight_norm.from_names(wanted, ours) if _is_layer_beyond(name, wanted)]
    if left:
        raise VoiceError(
            "train.shape",
            f"{len(left)} tensors are of layers that the configuration does not have:"
            f" {', '.join(left[:3])}",
            at=where,
            hint="train with the config.json that belongs to these weights",
        )
    return fill_module(model, ours, where=where)


def _is_layer_beyond(name: str, wanted: Mapping[str, Tensor]) -> bool:
    """Whether the network has such a layer, but not so many."""
    parts = name.split(".")
    return name not in wanted and any(
        ".".join([*parts[:at], "0", *parts[at + 1 :]]) in wanted
        for at, part in enumerate(parts)
        if part.isdigit()
    )


def fill_module(module: nn.Module, ours: Mapping[str, Tensor], *, where: str) -> list[str]:
    """Put tensors into a module by our names; answers the names that were not given."""
    wanted = module.state_dict()
    given = weight_norm.from_names(wanted, {k: t.float() for k, t in ours.items()})
    other = [
        f"{name} {tuple(given[name].shape)} instead of {tuple(tensor.shape)}"
        for name, tensor in wanted.items()
        if name in given and given[name].shape != tensor.shape
    ]
    if other:
        raise VoiceError(
            "train.shape",
            f"{len(other)} tensors have another shape than the configuration gives:"
            f" {', '.join(other[:3])}",
            at=where,
            hint="train with the config.json that belongs to these weights",
        )
    fitting = {name: tensor for name, tensor in given.items() if name in wanted}
    module.load_state_dict(fitting, strict=False)
    return [name for name in wanted if name not in fitting]


def published_tensors(
    model: TrainingModel, parts: Named, iteration: int, *, for_speaking: bool = True
) -> dict[str, Tensor]:
    """All tensors of a voice under published names, without what learning alone needs."""
    state = weight_norm.to_names(model.state_dict())
    tensors: dict[str, Tensor] = {}
    for ours, tensor in state.items():
        if for_speaking and ours.startswith(LEARNING_ONLY):
            continue
        name = weights.published_name(
            _in_network(ours), (*parts.names, *parts.architecture.learning_names)
        )
        assert name is not None, ours
        tensors[name] = tensor.detach().cpu().clone().contiguous()
    tensors["iteration"] = torch.tensor([iteration], dtype=torch.int64)
    return tensors


def _in_model(name: str) -> str:
    return SYNTHESIZER + name.removeprefix(ACOUSTIC) if name.startswith(ACOUSTIC) else name


def _in_network(name: str) -> str:
    return ACOUSTIC + name.removeprefix(SYNTHESIZER) if name.startswith(SYNTHESIZER) else name


def fill_discriminator(
    discriminator: nn.Module, published: Mapping[str, Tensor], rows: weights.Rows, *, where: str
) -> list[str]:
    """Put the tensors of a published discriminator into ours."""
    ours = {
        name: tensor
        for key, tensor in published.items()
        if (name := weights.our_name(key, rows)) is not None
    }
    return fill_module(discriminator, ours, where=where)
