"""Replays of single blocks that speaking uses: kind `module`.

Sizes come from the index where it gives them, else from the arrays and the description.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import formula
import numpy as np
import torch
from replay_infer import Row, _worst, scaled
from replay_train import durations_likelihood
from torch import Tensor, nn

from sbv2cli.models import weights
from sbv2cli.models.layers import splines
from sbv2cli.models.layers.attention import AttentionEncoder, RelativeAttention
from sbv2cli.models.layers.durations import (
    DilatedConvs,
    DurationPredictor,
    SplineCoupling,
    StochasticDurations,
)
from sbv2cli.models.layers.flows import Coupling, Flow
from sbv2cli.models.layers.wavenet import WaveNet
from sbv2cli.models.vocoder.hifigan.dims import HifiganDims
from sbv2cli.models.vocoder.hifigan.model import HifiGan, PairedBlock, SingleBlock
from sbv2cli.models.vocoder.hifigan.vocoder import VOCODER

TOLERANCE = 1e-5
SPLINE_TOLERANCE = 1e-5

Arrays = dict[str, Tensor]
Entry = dict[str, Any]

ATTENTION: weights.Rows = tuple(
    (left.removeprefix("attn_layers.{i}."), right.removeprefix("layers.{i}.attention."))
    for left, right in weights.ENCODER
    if left.startswith("attn_layers")
)
SPLINE_COUPLING: weights.Rows = (
    ("pre.*", "conv_in.*"),
    *weights.under("convs", "convs", weights.DILATED_CONVS),
    ("proj.*", "conv_out.*"),
)
BLOCK: weights.Rows = (
    ("convs1.{j}.*", "first.{j}.*"),
    ("convs2.{j}.*", "second.{j}.*"),
    ("convs.{j}.*", "convs.{j}.*"),
)


def _below(prefix: str, ours: str) -> weights.Rows:
    return tuple(
        (left.removeprefix(f"{prefix}."), right.removeprefix(f"{ours}."))
        for left, right in (*weights.COMMON, *weights.TRAINING_ONLY)
        if left.startswith(f"{prefix}.") and right.startswith(f"{ours}.")
    )


def fill(module: nn.Module, tag: str, rows: weights.Rows, normed: str | None = None) -> nn.Module:
    """Weights by the formula; `normed` matches published stems that carry weight norm."""
    tensors = {}
    for ours, tensor in module.state_dict().items():
        name = weights.published_name(ours, rows)
        assert name is not None, ours
        stem, _, last = name.rpartition(".")
        if normed and last == "weight" and re.fullmatch(normed, stem):
            size, direction = formula.normed(tag, stem, tuple(tensor.shape))
            tensors[ours] = torch._weight_norm(direction, size, 0)
        else:
            tensors[ours] = formula.weight(tag, name, tuple(tensor.shape))
    module.load_state_dict(tensors)
    return module.eval()


def _tags(entry: Entry) -> list[str]:
    return re.sub(r"^formula tags? ", "", entry.get("weights", "")).split(" and ")


def _number(entry: Entry, word: str, default: int) -> int:
    """`kernel 5`, `k 5` and the like in the description."""
    match = re.search(rf"\b{word}\s+(\d+)", entry.get("desc", ""))
    return int(match.group(1)) if match else default


def _count(entry: Entry, word: str, default: int) -> int:
    """`3 layers`."""
    match = re.search(rf"(\d+)\s+{word}\b", entry.get("desc", ""))
    return int(match.group(1)) if match else default


def spline(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    parameters = torch.cat([a["uw"], a["uh"], a["ud"]], dim=-1)
    forward, forward_logdet = splines.forward(a["x"], parameters)
    inverse, inverse_logdet = splines.inverse(a["x"], parameters)
    return {
        "forward": forward,
        "forward_logdet": forward_logdet,
        "inverse": inverse,
        "inverse_logdet": inverse_logdet,
    }


def rel_attention(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    lengths = entry.get("lengths") or sorted(int(k[1:]) for k in a if k.startswith("x"))
    channels = a[f"x{lengths[0]}"].shape[1]
    module = RelativeAttention(channels, _number(entry, "heads", 2))
    fill(module, _tags(entry)[0], ATTENTION)
    return {f"y{n}": module(a[f"x{n}"], a[f"mask{n}"]) for n in lengths}


def encoder(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    module = AttentionEncoder(
        a["x"].shape[1],
        entry["filter"],
        entry["heads"],
        entry["layers"],
        entry["kernel"],
        a["g"].shape[1],
    )
    fill(module, _tags(entry)[0], weights.ENCODER)
    return {"y": module(a["x"], a["mask"], a["g"])}


def ddsconv(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    module = DilatedConvs(a["x"].shape[1], _number(entry, "k", 3), _number(entry, "layers", 3))
    fill(module, _tags(entry)[0], weights.DILATED_CONVS)
    return {"y": module(a["x"], a["mask"], a["g"]), "y_nog": module(a["x"], a["mask"])}


def convflow(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    module = SplineCoupling(a["g"].shape[1], _number(entry, "k", 3), _count(entry, "layers", 3))
    fill(module, _tags(entry)[0], SPLINE_COUPLING)
    factor = re.search(r"proj\.weight multiplied by (\d+)", entry.get("desc", ""))
    if factor:
        module.conv_out.weight.data *= int(factor.group(1))
    forward, logdet = module(a["x"], a["mask"], a["g"])
    return {
        "forward": forward,
        "logdet": logdet,
        "reverse": module.reverse(a["x"], a["mask"], a["g"]),
    }


def sdp_dp(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    channels, speaker = a["x"].shape[1], a["g"].shape[1]
    tags = _tags(entry)
    drawn = StochasticDurations(channels, speaker)
    fill(drawn, tags[0], _below("sdp", "stochastic_durations"))
    inner = _number(entry, "filter", 256)
    fixed = DurationPredictor(channels, inner, 3, speaker)
    fill(fixed, tags[1], _below("dp", "durations"))
    strength = re.search(r"noise_scale ([\d.]+)", entry.get("desc", ""))
    noise = a["eps_rev"] * (float(strength.group(1).rstrip(".")) if strength else 1.0)
    return {
        "logw_sdp": drawn.reverse(a["x"], a["mask"], a["g"], noise),
        "logw_dp": fixed(a["x"], a["mask"], a["g"]),
    }


def wn(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    module = WaveNet(
        a["x"].shape[1],
        _number(entry, "k", 5),
        _number(entry, "dilation_rate", 1),
        _count(entry, "layers", 3),
        a["g"].shape[1],
    )
    fill(module, _tags(entry)[0], weights.WAVENET, normed=r"cond_layer|(in|res_skip)_layers\.\d+")
    return {"y": module(a["x"], a["mask"], a["g"])}


def flow(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    channels, speaker = a["x"].shape[1], a["g"].shape[1]
    hidden, kernel = _number(entry, "hidden", 12), _number(entry, "k", 5)
    transformer = "transformer" in entry["name"]

    def network() -> nn.Module:
        if transformer:
            return AttentionEncoder(
                hidden,
                _number(entry, "filter", 16),
                _number(entry, "heads", 2),
                _count(entry, "layers", 3),
                kernel,
                speaker,
            )
        return WaveNet(hidden, kernel, 1, _number(entry, "WN", 4), speaker)

    couplings = [Coupling(channels, hidden, network()) for _ in range(_count(entry, "flows", 4))]
    module = Flow(couplings)
    names = weights.latent_flow(weights.ENCODER if transformer else weights.WAVENET)
    rows = tuple((x.removeprefix("flow."), y.removeprefix("flow.")) for x, y in names)
    fill(
        module,
        _tags(entry)[0],
        rows,
        normed=None if transformer else r".*\.(cond_layer|(in|res_skip)_layers\.\d+)",
    )
    return {
        "forward": module(a["x"], a["mask"], a["g"]),
        "reverse": module.reverse(a["x"], a["mask"], a["g"]),
    }


def resblock(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    channels = a["x"].shape[1]
    kernel = int(entry.get("kernel", 5))  # the index does not say it; only this one fits
    single = "resblock2" in entry["name"]
    dilations = entry.get("dilations") or ((1, 3) if single else (1, 3, 5))
    module = (SingleBlock if single else PairedBlock)(channels, kernel, dilations)
    fill(module, _tags(entry)[0], BLOCK, normed=r"convs.*")
    return {"y": module(a["x"], None), "y_masked": module(a["x"], a["mask"])}


def generator(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    # The index does not say the sizes of the residual blocks; only these fit.
    kind = str(entry.get("resblock", "1"))
    kernels = tuple(entry.get("resblock_kernel_sizes", (3, 5)))
    default = ((1, 3, 5), (1, 2, 3))
    dims = HifiganDims(
        channels=a["x"].shape[1],
        speaker_channels=a["g"].shape[1],
        residual_block=kind,
        residual_kernels=kernels,
        residual_dilations=tuple(map(tuple, entry.get("resblock_dilation_sizes", default))),
        upsample_initial=entry["upsample_initial_channel"],
        upsample_rates=tuple(entry["upsample_rates"]),
        upsample_kernels=tuple(entry["upsample_kernel_sizes"]),
    )  # fmt: skip
    module = HifiGan(dims)
    fill(module, _tags(entry)[0], VOCODER.names, normed=r"ups\.\d+|resblocks\..*")
    return {"y": module(a["x"], None, a["g"])}


def pcm16(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    from sbv2cli.audio import pcm

    return {
        f"out{i}": torch.from_numpy(
            np.asarray(pcm.reference_pcm16(np.asarray(a[f"in{i}"]))).astype(np.int64)
        )
        for i in range(len(a))
        if f"out{i}" in a
    }


def pitch_adjust(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    from sbv2cli.audio import pitch

    changed = pitch.adjust(
        a["wav"].numpy(),
        entry["fs"],
        factor=entry["pitch_scale"],
        intonation=entry["intonation_scale"],
    )
    return {"out": torch.from_numpy(changed)}


REPLAYS: tuple[tuple[str, Callable[[Entry, Arrays], dict[str, Tensor]], float], ...] = (
    # beginning of the name, replay, tolerance
    ("spline", spline, SPLINE_TOLERANCE),
    ("rel_attention", rel_attention, TOLERANCE),
    ("encoder", encoder, TOLERANCE),
    ("ddsconv", ddsconv, TOLERANCE),
    ("convflow", convflow, TOLERANCE),
    ("sdp_dp", sdp_dp, 5e-5),
    ("wn", wn, TOLERANCE),
    ("flow_", flow, TOLERANCE),
    ("resblock", resblock, TOLERANCE),
    ("generator", generator, TOLERANCE),
    ("pcm16", pcm16, 0.0),
    # WORLD, where the extra `pitch` is installed.
    *([("pitch_adjust", pitch_adjust, 1e-3)] if find_spec("pyworld") else []),
)


def understands(entry: Entry) -> bool:
    """Whether a module of this name is one that speaking uses."""
    return any(entry["name"].startswith(name) for name, _, _ in REPLAYS)


def replay(folder: Path, entries: list[Entry]) -> list[Row]:
    """Case, stage, worst difference and tolerance."""
    rows: list[Row] = []
    for entry in entries:
        with np.load(folder / entry["file"]) as data:
            arrays = {key: torch.from_numpy(value) for key, value in data.items()}
        run, tolerance = next((r, t) for n, r, t in REPLAYS if entry["name"].startswith(n))
        with torch.inference_mode():
            for stage, value in run(entry, arrays).items():
                expected = arrays[stage].numpy()
                worst = _worst(value, expected)
                rows.append((entry["name"], stage, worst, scaled(tolerance, expected)))
        if "nll" in arrays:
            # What training asks of the same predictor.
            numbers = {key: value.numpy() for key, value in arrays.items()}
            rows += [(entry["name"], *row) for row in durations_likelihood(entry, numbers)]
    return rows
