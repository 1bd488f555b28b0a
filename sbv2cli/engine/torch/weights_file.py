"""Weight files -> tensors by their published names. Never runs code from a file."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from sbv2cli import tables
from sbv2cli.engine.torch import pickled
from sbv2cli.errors import VoiceError
from sbv2cli.models import unsupported, weights
from sbv2cli.voices import not_weights, piper_graph
from sbv2cli.voices.configs import TENSORS

if TYPE_CHECKING:
    from sbv2cli.voices.bundle import Bundle

ALIGNMENT = 64  # bytes; of what torch itself allocates

# Where training programs keep the parameters in a checkpoint, beside optimiser state and counters.
TABLES = ("model", "generator", "state_dict", "model_state_dict", "net_g", "weight")


def published_tensors(bundle: Bundle) -> dict[str, Tensor]:
    """The tensors of a voice by their published names, whatever its file calls them."""
    tensors = read_tensors(bundle.weights)
    if bundle.config.tensors not in TENSORS:
        return tensors
    renamed: dict[str, Tensor] = tables.load(TENSORS[bundle.config.tensors])(tensors)
    return renamed


def read_tensors(path: Path) -> dict[str, Tensor]:
    """All tensors of a weight file on the CPU; of an ONNX graph those that are a Piper voice's."""
    not_weights.refuse(path)
    if path.suffix == piper_graph.SUFFIX:
        named = piper_graph.tensors(path)
        return {name: torch.from_numpy(array) for name, array in named.items()}
    if path.suffix in (".safetensors", ".aivm"):
        try:
            loaded = weights.unwrapped(load_file(path))
            return {name: _aligned(tensor) for name, tensor in loaded.items()}
        except (SafetensorError, OSError, ValueError) as error:
            raise _broken(path, str(error)) from None
    try:
        content = pickled.read(path)
    except pickle.UnpicklingError:
        raise VoiceError(
            "voice.weights-code",
            f'"{path.name}" holds more than weights: it could run code when opened',
            at=str(path),
            hint="ask for a .safetensors file; this one is not opened",
        ) from None
    except Exception as error:  # noqa: BLE001 - bytes that are no pickle break its reader anyhow
        raise _broken(path, str(error)) from None
    return _tensors_of(content, path)


def _aligned(tensor: Tensor) -> Tensor:
    """The tensor where a vector of the processor may begin, copied where it does not yet.

    A file is used where it is mapped, and its header decides where that is. Sums of unaligned rows
    are taken in another order: two files of the same voice would differ in the last bit.
    """
    return tensor.clone() if tensor.data_ptr() % ALIGNMENT else tensor


def _tensors_of(content: Any, path: Path) -> dict[str, Tensor]:
    outer = content
    for inner in TABLES:
        if isinstance(content, dict) and isinstance(content.get(inner), dict):
            content = content[inner]
    if not isinstance(content, dict) or not all(isinstance(k, str) for k in content):
        raise _broken(path, "there is no table of tensors in it")
    tensors = {key: value for key, value in content.items() if isinstance(value, Tensor)}
    if not tensors:
        unsupported.refuse(outer, str(path))
        raise _broken(path, "there are no tensors in it")
    for key, tensor in tensors.items():
        # One number can be shown as any count of them; whoever copies it would fill the memory.
        if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
            raise _broken(path, f'"{key[:100]}" is larger than what the file holds of it')
    return weights.unwrapped(tensors)


def _broken(path: Path, why: str) -> VoiceError:
    first = why.strip().partition("\n")[0][:200]
    return VoiceError(
        "voice.weights-broken",
        f'the weight file "{path.name}" cannot be read: {first}',
        at=str(path),
        hint="copy the file again from where the voice came from",
    )
