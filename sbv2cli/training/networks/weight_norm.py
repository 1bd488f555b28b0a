"""Weight normalisation: kept while learning, folded away for speaking.

A normed layer learns a direction and a size (Salimans and Kingma 2016) under the published names
weight_v and weight_g.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm, weight_norm

from sbv2cli.models.architecture import Normed
from sbv2cli.models.layers.wavenet import WaveNet

SIZE, DIRECTION = "parametrizations.weight.original0", "parametrizations.weight.original1"

Convolution = (nn.Conv1d, nn.Conv2d, nn.ConvTranspose1d)


def normalise(network: nn.Module) -> None:
    """Norm the convolutions that are normed in every published network."""
    for layer in normed_layers(network):
        weight_norm(layer)


def normalise_all(network: nn.Module, *, spectral: bool = False) -> None:
    """Norm every convolution, as in discriminators and the reference encoder."""
    for layer in list(network.modules()):
        if isinstance(layer, Convolution):
            if spectral:
                spectral_norm(layer)
            else:
                weight_norm(layer)


def normed_layers(network: nn.Module) -> Iterator[nn.Module]:
    """All convolutions of the WaveNets, and those that other modules name."""
    for module in list(network.modules()):
        if isinstance(module, WaveNet):
            yield from (m for m in module.modules() if isinstance(m, Convolution))
        elif isinstance(module, Normed):
            yield from module.normed()


def to_names(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Torch's names of a normed layer's tensors -> weight_g and weight_v."""
    return {
        name.replace(SIZE, "weight_g").replace(DIRECTION, "weight_v"): tensor
        for name, tensor in state.items()
    }


def from_names(wanted: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """`given`, under torch's names, with a pair made where a file has folded weights.

    `wanted` is the state of the network that is to be filled.
    """
    state: dict[str, Tensor] = {}
    for name, tensor in given.items():
        stem, _, last = name.rpartition(".")
        if last == "weight_g":
            state[f"{stem}.{SIZE}"] = tensor
        elif last == "weight_v":
            state[f"{stem}.{DIRECTION}"] = tensor
        elif last == "weight" and f"{stem}.{SIZE}" in wanted:
            state[f"{stem}.{DIRECTION}"] = tensor
            state[f"{stem}.{SIZE}"] = torch.norm_except_dim(tensor.float(), 2, 0)
        else:
            state[name] = tensor
    return state
