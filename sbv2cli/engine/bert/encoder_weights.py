"""Opens a published model folder (config.json and weights) as an `Encoder`.

The key names are those of the transformers library; what a missing configuration key means is what
it means there. Only the tensors of the layers that run are ever read.
"""

from __future__ import annotations

import json
import pickle
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from sbv2cli.engine.bert.encoder import (
    ConvolutionBranch,
    Embedding,
    Encoder,
    Layer,
    Norm,
    RelativePositions,
    padded,
)
from sbv2cli.engine.bert.folders import WEIGHT_FILES, read_config, without_weights
from sbv2cli.engine.torch.cpu.linear import Activation, Linear, linear
from sbv2cli.errors import MachineError

ACTIVATIONS: Mapping[str, Activation] = {
    "gelu": functional.gelu,
    "gelu_new": partial(functional.gelu, approximate="tanh"),
    "gelu_pytorch_tanh": partial(functional.gelu, approximate="tanh"),
    "relu": functional.relu,
    "silu": functional.silu,
    "swish": functional.silu,
    "tanh": torch.tanh,
}

# What the same tensor was called by converters of older times.
OLD_NAMES = {".gamma": ".weight", ".beta": ".bias"}


class Scratch:
    """One piece of memory for every large weight on its way from the file to its last layout.

    A fresh piece for each would leave holes in the heap: half a gigabyte for a large model.
    """

    def __init__(self) -> None:
        self._memory = torch.empty(0)

    def take(self, rows: int, columns: int) -> Tensor:
        """A float32 matrix of this size, of any content; what was taken before is overwritten."""
        if self._memory.numel() < rows * columns:
            self._memory = torch.empty(rows * columns)
        return self._memory[: rows * columns].view(rows, columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The tensors of a model folder by name, each read when it is asked for."""

    path: Path
    readers: Mapping[str, Callable[[], Tensor]]
    device: torch.device
    dtype: torch.dtype  # of the linears
    arrange: Callable[[Tensor, Tensor | None, torch.device, torch.dtype], Linear] = linear
    scratch: Scratch = field(default_factory=Scratch)

    def raw(self, name: str, *shape: int) -> Tensor:
        """A tensor as it is stored; its shape is checked."""
        if name not in self.readers:
            known = ", ".join(f'"{name}"' for name in list(self.readers)[:3])
            raise MachineError(
                "bert.weights",
                f'tensor "{name}" is missing; the file has {len(self.readers)}, first {known}',
                at=str(self.path),
                hint="fetch the model folder again, or check that config.json belongs to it",
            )
        tensor = self.readers[name]()
        if tuple(tensor.shape) != shape:
            raise MachineError(
                "bert.weights",
                f'tensor "{name}" is {list(tensor.shape)}, config.json says {list(shape)}',
                at=str(self.path),
                hint="fetch the model folder again, or check that config.json belongs to it",
            )
        return tensor

    def full(self, name: str, *shape: int) -> Tensor:
        """A tensor in float32, which is named here so that a float16 file is never computed in."""
        return self.raw(name, *shape).to(self.device, torch.float32)

    def norm(self, name: str, size: int, epsilon: float) -> Norm:
        """The two vectors of a layer normalisation."""
        return Norm(
            weight=self.full(f"{name}.weight", size),
            bias=self.full(f"{name}.bias", size),
            epsilon=epsilon,
        )

    def linear(self, name: str, size_out: int, size_in: int) -> Linear:
        """A weight and its bias."""
        return self.stacked([(name, 1.0)], size_out, size_in)

    def stacked(self, parts: Sequence[tuple[str, float]], size_out: int, size_in: int) -> Linear:
        """Several linears of the same input as one; each part comes with a factor."""
        weight = self.scratch.take(len(parts) * size_out, size_in)
        for rows, (name, factor) in zip(weight.split(size_out), parts, strict=True):
            rows.copy_(self.raw(f"{name}.weight", size_out, size_in)).mul_(factor)
        bias = [self.full(f"{name}.bias", size_out) * factor for name, factor in parts]
        return self.arrange(weight, torch.cat(bias), self.device, self.dtype)


def load_encoder(
    folder: Path,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> Encoder:
    """Open a model folder; its last two layers and everything after them are left out.

    `dtype` is the precision of the matrix products; the residual stream, the normalisations and
    the attention weights are float32 always.
    """
    config = read_config(folder)
    weights = Weights(
        path=folder, readers=find_tensors(folder), device=torch.device(device), dtype=dtype
    )
    return build_encoder(config, weights)


def build_encoder(config: Mapping[str, Any], weights: Weights) -> Encoder:
    """An encoder from a configuration and its tensors, wherever they come from."""
    at = str(weights.path / "config.json")
    kind = str(config.get("model_type"))
    if kind not in KINDS:
        raise MachineError(
            "bert.config",
            f'the model is of the kind "{kind}"; the kinds understood are {", ".join(KINDS)}',
            at=at,
            hint="give the folder of a model that the voice was trained with",
        )
    try:
        encoder = KINDS[kind](config, weights)
    except (KeyError, TypeError, ValueError) as error:
        raise MachineError(
            "bert.config",
            f"the configuration lacks something or has it in another form: {error}",
            at=at,
            hint="fetch the model folder again",
        ) from error
    if weights.device.type != "cpu":
        encoder.grouping = padded
    return encoder


def _deberta(config: Mapping[str, Any], weights: Weights) -> Encoder:
    size, heads = int(config["hidden_size"]), int(config["num_attention_heads"])
    all_heads = heads * int(config.get("attention_head_size") or size // heads)
    epsilon = float(config.get("layer_norm_eps", 1e-7))
    terms = config.get("pos_att_type") or []
    terms = [term.strip() for term in terms.lower().split("|")] if isinstance(terms, str) else terms
    terms = [term for term in ("c2p", "p2c") if term in terms]
    scale = (all_heads // heads * (1 + len(terms))) ** -0.5
    relative = _relative_positions(config, weights, terms) if terms else None
    own_projections = relative is not None and not config.get("share_att_key", False)

    def layer(number: int) -> Layer:
        name = f"encoder.layer.{number}.attention.self."
        position = None
        if own_projections:
            # A term that the model lacks has no projection in the file; zeros stand in for it.
            position = _position_projections(weights, name, terms, scale, (all_heads, size))
        names = [(f"{name}query_proj", scale), (f"{name}key_proj", 1.0), (f"{name}value_proj", 1.0)]
        return _layer(config, weights, number, weights.stacked(names, all_heads, size), position)

    width = int(config.get("embedding_size") or size)
    places = int(config.get("max_position_embeddings", 512))
    embedding = Embedding(
        words=_words(weights, config, width),
        positions=weights.full("embeddings.position_embeddings.weight", places, width)
        if config.get("position_biased_input", True)
        else None,
        constant=_first_type(weights, int(config.get("type_vocab_size", 0)), width),
        projection=weights.arrange(
            weights.full("embeddings.embed_proj.weight", size, width),
            None,
            weights.device,
            weights.dtype,
        )
        if width != size
        else None,
        norm=weights.norm("embeddings.LayerNorm", size, epsilon),
    )
    return Encoder(
        heads=heads,
        embedding=embedding,
        layers=[layer(number) for number in range(layers_needed(config))],
        relative=relative,
        branch=_convolution_branch(config, weights, epsilon),
    )


def _relative_positions(
    config: Mapping[str, Any], weights: Weights, terms: Sequence[str]
) -> RelativePositions | None:
    if not config.get("relative_attention", False):
        return None
    size = int(config["hidden_size"])
    longest = int(config.get("max_relative_positions", -1))
    if longest < 1:
        longest = int(config.get("max_position_embeddings", 512))
    buckets = int(config.get("position_buckets", -1))
    span = buckets if buckets > 0 else longest
    vectors = weights.full("encoder.rel_embeddings.weight", 2 * span, size)
    if "layer_norm" in [p.strip() for p in str(config.get("norm_rel_ebd", "none")).split("|")]:
        norm = weights.norm("encoder.LayerNorm", size, float(config.get("layer_norm_eps", 1e-7)))
        vectors = norm(vectors)
    return RelativePositions(
        vectors=vectors,
        span=span,
        buckets=buckets,
        longest=longest,
        content_to_position="c2p" in terms,
        position_to_content="p2c" in terms,
    )


def _position_projections(
    weights: Weights, name: str, terms: Sequence[str], scale: float, shape: tuple[int, int]
) -> Linear:
    parts = []
    for term, part, factor in (("c2p", "pos_key_proj", 1.0), ("p2c", "pos_query_proj", scale)):
        if term in terms:
            parts += [
                weights.full(f"{name}{part}.weight", *shape) * factor,
                weights.full(f"{name}{part}.bias", shape[0]) * factor,
            ]
        else:
            parts += [torch.zeros(shape), torch.zeros(shape[0])]
    return weights.arrange(
        torch.cat(parts[::2]), torch.cat(parts[1::2]), weights.device, weights.dtype
    )


def _convolution_branch(
    config: Mapping[str, Any], weights: Weights, epsilon: float
) -> ConvolutionBranch | None:
    kernel = int(config.get("conv_kernel_size", 0) or 0)
    if kernel < 1 or layers_needed(config) == 0:
        return None
    if kernel % 2 == 0:
        raise ValueError(f"conv_kernel_size is {kernel}, and only an odd one keeps the length")
    size, groups = int(config["hidden_size"]), int(config.get("conv_groups", 1))
    kernels = weights.full("encoder.conv.conv.weight", size, size // groups, kernel)
    # A grouped convolution as a full one whose other channels have zero weight.
    weight = torch.block_diag(*(part.flatten(1) for part in kernels.chunk(groups)))
    bias = weights.full("encoder.conv.conv.bias", size)
    convolution = weights.arrange(weight, bias, weights.device, weights.dtype)
    return ConvolutionBranch(
        weights=replace(convolution, activation=_activation(config, "conv_act", "tanh")),
        kernel=kernel,
        norm=weights.norm("encoder.conv.LayerNorm", size, epsilon),
    )


def _bert(config: Mapping[str, Any], weights: Weights) -> Encoder:
    if config.get("position_embedding_type", "absolute") != "absolute":
        raise ValueError(f'position_embedding_type "{config["position_embedding_type"]}"')
    size, heads = int(config["hidden_size"]), int(config["num_attention_heads"])
    scale = (size // heads) ** -0.5

    def layer(number: int) -> Layer:
        name = f"encoder.layer.{number}.attention.self."
        names = [(f"{name}query", scale), (f"{name}key", 1.0), (f"{name}value", 1.0)]
        return _layer(config, weights, number, weights.stacked(names, size, size), None)

    places = int(config.get("max_position_embeddings", 512))
    return Encoder(
        heads=heads,
        embedding=Embedding(
            words=_words(weights, config, size),
            positions=weights.full("embeddings.position_embeddings.weight", places, size),
            constant=_first_type(weights, int(config.get("type_vocab_size", 2)), size),
            projection=None,
            norm=weights.norm(
                "embeddings.LayerNorm", size, float(config.get("layer_norm_eps", 1e-12))
            ),
        ),
        layers=[layer(number) for number in range(layers_needed(config))],
    )


def _layer(
    config: Mapping[str, Any],
    weights: Weights,
    number: int,
    query_key_value: Linear,
    position_key_query: Linear | None,
) -> Layer:
    size, wide = int(config["hidden_size"]), int(config["intermediate_size"])
    heads = int(config["num_attention_heads"])
    all_heads = heads * int(config.get("attention_head_size") or size // heads)
    epsilon = float(config.get("layer_norm_eps", EPSILONS[config["model_type"]]))
    name = f"encoder.layer.{number}."
    up = weights.linear(f"{name}intermediate.dense", wide, size)
    return Layer(
        query_key_value=query_key_value,
        attention_out=weights.linear(f"{name}attention.output.dense", size, all_heads),
        attention_norm=weights.norm(f"{name}attention.output.LayerNorm", size, epsilon),
        up=replace(up, activation=_activation(config, "hidden_act", "gelu")),
        down=weights.linear(f"{name}output.dense", size, wide),
        norm=weights.norm(f"{name}output.LayerNorm", size, epsilon),
        position_key_query=position_key_query,
    )


EPSILONS = {"deberta-v2": 1e-7, "bert": 1e-12}

KINDS: Mapping[str, Callable[[Mapping[str, Any], Weights], Encoder]] = {
    "deberta-v2": _deberta,
    "bert": _bert,
}


def layers_needed(config: Mapping[str, Any]) -> int:
    """The feature is the third from last of (embeddings, layer 1, .., layer n): that of n - 2."""
    layers = int(config["num_hidden_layers"])
    if layers < 2:
        raise ValueError(f"num_hidden_layers is {layers}, and the feature is the third from last")
    return layers - 2


def _activation(config: Mapping[str, Any], key: str, default: str) -> Activation:
    name = config.get(key, default)
    if name not in ACTIVATIONS:
        raise ValueError(f'{key} is "{name}", known are {", ".join(ACTIVATIONS)}')
    return ACTIVATIONS[name]


def _words(weights: Weights, config: Mapping[str, Any], width: int) -> Tensor:
    # Only the rows of a text are used, so the table stays in the precision of the file: for the
    # English model that saves a quarter of a gigabyte. Copied, so that the file can be closed.
    name = "embeddings.word_embeddings.weight"
    return weights.raw(name, int(config["vocab_size"]), width).to(weights.device, copy=True)


def _first_type(weights: Weights, types: int, width: int) -> Tensor | None:
    if types < 1:
        return None
    return weights.full("embeddings.token_type_embeddings.weight", types, width)[0].clone()


def find_tensors(folder: Path) -> dict[str, Callable[[], Tensor]]:
    """Every tensor of a model folder by its name without the head's prefix; none is read yet."""
    for name in WEIGHT_FILES:
        path = folder / name
        if not path.is_file():
            continue
        try:
            files = [path]
            if path.suffix == ".json":
                index = json.loads(path.read_text(encoding="utf-8"))["weight_map"]
                files = [folder / file for file in sorted(set(index.values()))]
            found: dict[str, Callable[[], Tensor]] = {}
            for file in files:
                found |= _safetensors(file) if file.suffix == ".safetensors" else _pickled(file)
        except pickle.UnpicklingError as error:
            raise MachineError(
                "bert.weights",
                "the file holds more than numbers, and code in it is never run",
                at=str(path),
                hint="fetch the model again, as model.safetensors where there is one",
            ) from error
        except Exception as error:
            # Broken files make both libraries raise whatever their parsers meet first.
            raise MachineError(
                "bert.weights", f"cannot be read: {error}", at=str(path), hint="fetch it again"
            ) from error
        return {_plain_name(key, found): read for key, read in found.items()}
    raise without_weights(folder)


def _plain_name(key: str, all_keys: Mapping[str, object]) -> str:
    for prefix in ("deberta.", "bert."):
        if any(other.startswith(prefix) for other in all_keys):
            key = key.removeprefix(prefix)
    for old, new in OLD_NAMES.items():
        key = key.removesuffix(old) + new if key.endswith(old) else key
    return key


def _safetensors(path: Path) -> dict[str, Callable[[], Tensor]]:
    from safetensors import safe_open  # noqa: PLC0415 - a pickled model does without

    file = safe_open(path, framework="pt")
    return {key: partial(file.get_tensor, key) for key in file.keys()}  # noqa: SIM118


def _pickled(path: Path) -> dict[str, Callable[[], Tensor]]:
    # Mapped, so that the layers left out are never read; the oldest files cannot be.
    with path.open("rb") as file:
        mapped = file.read(4) == struct.pack("<I", 0x04034B50)  # a zip archive
    tensors = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    return {key: partial(_identity, tensor) for key, tensor in tensors.items()}


def _identity(tensor: Tensor) -> Tensor:
    return tensor
