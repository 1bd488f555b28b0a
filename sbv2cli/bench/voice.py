"""Voices of real sizes with seeded random weights: the real amount of work, no download.

Random weights say nothing, but every multiplication of a real voice is done. Durations are steered
to about five frames per phone (a phone and its blank), as in speech, so that timings are realistic.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from sbv2cli.engine.torch import loading
from sbv2cli.engine.torch.network import Network
from sbv2cli.models.weights import published_name
from sbv2cli.records import LineId, Utterance
from sbv2cli.voices.bundle import STYLE_SIZE, Bundle
from sbv2cli.voices.configs import voice_config as config

SEED = 20261121

# Characters per line, in the mix of lengths of a dialogue: 18 lines under 15 characters, 24 under
# 30, 12 under 45, 4 under 60, 2 longer. A character is about two phones.
LINE_CHARACTERS = (
    *(4, 5, 6, 7, 8, 8, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 14),
    *(15, 15, 16, 17, 17, 18, 19, 19, 20, 20, 21, 21),
    *(22, 22, 23, 24, 24, 25, 26, 26, 27, 28, 28, 29),
    *(30, 31, 33, 34, 35, 36, 38, 39, 40, 41, 43, 44),
    *(47, 50, 54, 58),
    *(66, 78),
)  # fmt: skip
PHONES_PER_CHARACTER = 2
FRAMES_PER_ID = 2.5

# The layer whose results are the logarithms of durations.
LOG_DURATIONS = "acoustic.durations.conv_out"


# Name -> the keys of config.json that differ from the published defaults.
SIZES: dict[str, dict[str, Any]] = {
    "full": {},
    # 13 million weights, 24 kHz, three stages, no BERT.
    "small": {
        "data": {"sampling_rate": 24000, "hop_length": 300},
        "model": {
            "inter_channels": 96,
            "hidden_channels": 96,
            "filter_channels": 256,
            "gin_channels": 96,
            "resblock": "2",
            "resblock_kernel_sizes": [3, 5, 7],
            "resblock_dilation_sizes": [[1, 3], [1, 3], [1, 3]],
            "upsample_rates": [10, 6, 5],
            "upsample_kernel_sizes": [20, 12, 11],
            "upsample_initial_channel": 256,
        },
        "sbv2cli": {"bert": "none"},
    },
    # Next to nothing: what is left is the cost of everything around the network.
    "tiny": {
        "data": {"sampling_rate": 8000, "hop_length": 8},
        "model": {
            "inter_channels": 8,
            "hidden_channels": 8,
            "filter_channels": 12,
            "n_layers": 1,
            "flow_layers": 1,
            "gin_channels": 6,
            "resblock_kernel_sizes": [3],
            "resblock_dilation_sizes": [[1, 3, 5]],
            "upsample_rates": [4, 2],
            "upsample_kernel_sizes": [8, 4],
            "upsample_initial_channel": 16,
        },
        "sbv2cli": {"bert": "none"},
    },
}


def random_bundle(size: str = "full") -> Bundle:
    """A JP-Extra voice of one of the SIZES; there is no file behind it."""
    name = f"random-{size}"
    return Bundle(
        name=name,
        path=Path(name),
        parts={"voice": Path(name)},
        backend="torch",
        config=config.parse(json.dumps(SIZES[size]), where=name),
        style_vectors=np.zeros((1, STYLE_SIZE), dtype=np.float32),
    )


def random_network(bundle: Bundle) -> Network:
    """Seeded weights that keep the size of what passes through them."""
    network = loading.build_empty(bundle.config, where=bundle.name).to_empty(device="cpu")
    generator = torch.Generator().manual_seed(SEED)
    for name, parameter in network.named_parameters():
        values = torch.randn(parameter.shape, generator=generator)
        if name.endswith("gamma"):
            values = 1 + 0.1 * values
        elif parameter.ndim < 2:
            values *= 0.1
        elif ".upsamplers." in name:
            # Each sample is reached by kernel / stride taps of every input channel.
            values /= (2 * parameter.shape[0]) ** 0.5
        else:
            values /= (parameter.numel() / parameter.shape[0]) ** 0.5
        parameter.data.copy_(values)
    parameters = dict(network.named_parameters())
    parameters[f"{LOG_DURATIONS}.weight"].data *= 0.2
    parameters[f"{LOG_DURATIONS}.bias"].data.fill_(float(np.log(FRAMES_PER_ID - 0.5)))
    return network.eval().requires_grad_(False)  # noqa: FBT003 - torch's own signature


def write(folder: Path, size: str, *, bert: bool = True) -> None:
    """A voice folder with such weights, for measurements through the command line.

    Without `bert` the voice says that it needs no BERT.
    """
    bundle = random_bundle(size)
    names = loading.parts_of(bundle.config, where=size).names
    folder.mkdir(parents=True)
    config = SIZES[size] if bert else {**SIZES[size], "sbv2cli": {"bert": "none"}}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    np.save(folder / "style_vectors.npy", bundle.style_vectors)
    tensors = {}
    for ours, tensor in random_network(bundle).state_dict().items():
        published = published_name(ours, names)
        assert published is not None
        tensors[published] = tensor
    save_file(tensors, folder / "random.safetensors")


def random_lines(count: int) -> list[Utterance]:
    """Lines of the mix, over and over, in a shuffled order."""
    rng = np.random.default_rng(SEED)
    characters = rng.permutation(np.resize(LINE_CHARACTERS, count))
    return [_line(number, int(length), rng) for number, length in enumerate(characters)]


def _line(number: int, characters: int, rng: np.random.Generator) -> Utterance:
    phones = PHONES_PER_CHARACTER * characters
    ids = np.zeros((3, 2 * phones + 1), dtype=np.int64)
    ids[0, 1::2] = rng.integers(1, 103, phones)
    ids[1, 1::2] = rng.integers(6, 8, phones)
    ids[2, 1::2] = 1
    counts = [2 * PHONES_PER_CHARACTER] * characters
    counts[0] += 1
    return Utterance(
        id=LineId(str(number)),
        phones=ids[0],
        tones=ids[1],
        languages=ids[2],
        speaker=0,
        style=np.zeros(STYLE_SIZE, dtype=np.float32),
        length_scale=1.0,
        sdp_ratio=0.0,  # the stochastic predictor runs all the same; its answer counts nothing
        noise_scale=0.6,
        noise_scale_w=0.8,
        seed=0,
        noise_name=str(number),
        take=1,
        model_text=str(number),
        # The marks at both ends have a row each and no phone here.
        phones_per_token=(0, *counts, 0),
    )
