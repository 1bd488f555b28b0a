"""Recordings -> style vectors, by the speaker model whose vectors published voices were trained on.

That is WeSpeaker's ResNet34-LM (Wang et al. 2023; VoxCeleb): a residual network over 80 mel bands,
mean and deviation over time, 256 numbers. It is read from a local file: weights under the names of
WeSpeaker or pyannote, or the published ONNX graph, which needs onnxruntime.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from sbv2cli.audio.resample import resample
from sbv2cli.errors import UsageError, VoiceError
from sbv2cli.tables import missing_extra
from sbv2cli.training.prepare import filter_banks
from sbv2cli.training.prepare.style_vectors import SIZE
from sbv2cli.voices.aivm import onnx_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

# In this order where a folder has several: what needs no other package first.
SUFFIXES = (".safetensors", ".pt", ".pth", ".bin", ".onnx")
BLOCKS = (3, 4, 6, 3)
CHANNELS = 32  # of the first stage; twice as many in each further one
# Keeps the square root of a deviation differentiable; published.
LEAST_VARIANCE = 1e-8
# What wraps the network in checkpoints of several tools.
PREFIXES = ("resnet.", "front.", "model.", "module.")
# A table of the speakers that it learned to tell apart, or a counter: not needed to listen.
NOT_NEEDED = ("projection", "num_batches_tracked")

_HINT = "give WeSpeaker's avg_model.pt or voxceleb_resnet34_LM.onnx, or safetensors of its weights"


class Block(nn.Module):
    """Two convolutions and a way around them (He et al. 2016). Names are the published ones."""

    def __init__(self, before: int, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.shortcut = nn.Sequential()
        if stride != 1 or before != channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(before, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, x: Tensor) -> Tensor:
        inner = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        return functional.relu(inner + self.shortcut(x))


class SpeakerNet(nn.Module):
    """Features [B, frames, 80] -> vectors [B, 256]. Names are the published ones."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, CHANNELS, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(CHANNELS)
        self.layer1 = _stage(CHANNELS, CHANNELS, BLOCKS[0], 1)
        self.layer2 = _stage(CHANNELS, 2 * CHANNELS, BLOCKS[1], 2)
        self.layer3 = _stage(2 * CHANNELS, 4 * CHANNELS, BLOCKS[2], 2)
        self.layer4 = _stage(4 * CHANNELS, 8 * CHANNELS, BLOCKS[3], 2)
        # Three stages halve the bands; mean and deviation are two numbers a channel and band.
        self.seg_1 = nn.Linear(2 * 8 * CHANNELS * filter_banks.BANDS // 8, SIZE)

    def forward(self, features: Tensor) -> Tensor:
        x = functional.relu(self.bn1(self.conv1(features.transpose(1, 2)[:, None])))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        deviation = torch.sqrt(torch.var(x, dim=-1) + LEAST_VARIANCE)
        pooled = torch.cat([x.mean(dim=-1).flatten(1), deviation.flatten(1)], dim=1)
        vectors: Tensor = self.seg_1(pooled)
        return vectors


def _stage(before: int, channels: int, blocks: int, stride: int) -> nn.Sequential:
    first = Block(before, channels, stride)
    return nn.Sequential(first, *(Block(channels, channels, 1) for _ in range(blocks - 1)))


class StyleModel:
    """Listens to recordings; several threads may use one."""

    def __init__(self, path: Path) -> None:
        self.file = find(path)
        self._embed = _open_graph(self.file) if self.file.suffix == ".onnx" else _open(self.file)

    def fingerprint(self) -> str:
        """SHA-256 of the file."""
        digest = hashlib.sha256()
        with self.file.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()

    def vector(self, samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
        """The style vector of a whole recording; not finite where it is too short to tell."""
        heard = resample(samples, rate, filter_banks.RATE)
        features = filter_banks.filter_banks(heard)
        if len(features) == 0:
            return np.full(SIZE, np.nan, dtype=np.float32)
        return self._embed(filter_banks.without_mean(features))


def find(path: Path) -> Path:
    """The file of the model: the path itself, or the one in this folder."""
    if path.is_file() and path.suffix in SUFFIXES:
        return path
    if path.is_dir():
        files = sorted(path.iterdir(), key=lambda file: file.name)
        for suffix in SUFFIXES:
            for file in files:
                if file.suffix == suffix and file.is_file():
                    return file
    raise UsageError(
        "train.style-model",
        f'there is no style model at "{path}"',
        hint=f"a file or a folder with one of {', '.join(SUFFIXES)}: {_HINT}",
    )


def _open(path: Path) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    network = SpeakerNet()
    _fill(network, _tensors(path), path)
    network.eval().requires_grad_(False)  # noqa: FBT003 - torch's own signature

    @torch.inference_mode()
    def embed(features: NDArray[np.float32]) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = network(torch.from_numpy(features)[None])[0].numpy()
        return vector

    return embed


def _tensors(path: Path) -> dict[str, Tensor]:
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        # Numbers only: a file that could run code is refused.
        content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise UsageError(
            "train.style-model",
            f'"{path.name}" holds more than weights, and could run code when opened',
            at=str(path),
            hint=_HINT,
        ) from None
    except (SafetensorError, OSError, RuntimeError, ValueError, EOFError) as error:
        raise _broken(path, str(error)) from None
    if isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
    if not isinstance(content, dict):
        raise _broken(path, "there is no table of tensors in it")
    return {name: tensor for name, tensor in content.items() if isinstance(tensor, Tensor)}


def _fill(network: SpeakerNet, tensors: dict[str, Tensor], path: Path) -> None:
    given = {_plain(name): tensor.float() for name, tensor in tensors.items()}
    wanted = {
        name: tensor
        for name, tensor in network.state_dict().items()
        if not name.endswith(NOT_NEEDED[1])
    }
    missing = [name for name in wanted if name not in given]
    other = [
        f"{name} {_shape(given[name])} instead of {_shape(tensor)}"
        for name, tensor in wanted.items()
        if name in given and given[name].shape != tensor.shape
    ]
    extra = [
        name
        for name in given
        if name not in wanted and not name.startswith(NOT_NEEDED[0])
        and not name.endswith(NOT_NEEDED[1])
    ]  # fmt: skip
    wrong = [_several(missing, "missing"), _several(other, "of another shape"),
             _several(extra, "of no use")]  # fmt: skip
    if any(wrong):
        raise UsageError(
            "train.style-model",
            f"the weights are not those of ResNet34: {'; '.join(one for one in wrong if one)}",
            at=str(path),
            hint=_HINT,
        )
    network.load_state_dict({name: given[name] for name in wanted}, strict=False)


def _plain(name: str) -> str:
    for prefix in PREFIXES:
        name = name.removeprefix(prefix)
    return name


def _several(names: Sequence[str], what: str) -> str:
    if not names:
        return ""
    more = ", …" if len(names) > 3 else ""
    return f"{len(names)} tensors are {what}: {', '.join(names[:3])}{more}"


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape))


def _open_graph(path: Path) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    try:
        import onnxruntime  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise missing_extra(error, what="a style model in ONNX") from None
    try:
        onnx_file.must_stay_inside(path)
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name
        trial = session.run(None, {name: np.zeros((1, 100, filter_banks.BANDS), np.float32)})[0]
    except VoiceError as error:
        raise _broken(path, error.message) from None
    # Errors of onnxruntime have no common base that is public.
    except Exception as error:  # noqa: BLE001
        raise _broken(path, str(error)) from None
    if np.shape(trial) != (1, SIZE):
        raise UsageError(
            "train.style-model",
            f"the graph answers {'x'.join(map(str, np.shape(trial)))} numbers, wanted 1x{SIZE}",
            at=str(path),
            hint=_HINT,
        )

    def embed(features: NDArray[np.float32]) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = session.run(None, {name: features[None]})[0][0]
        return vector

    return embed


def _broken(path: Path, why: str) -> UsageError:
    first = why.strip().partition("\n")[0][:200]
    return UsageError(
        "train.style-model",
        f'the style model "{path.name}" cannot be read: {first}',
        at=str(path),
        hint=_HINT,
    )
