"""How fast Grad-TTS, Diff-TTS and HiFi-GAN of published sizes are on one core, plain and packed.

`python -m tools.bench_mel_voices [--frames 400]`. Weights are random; each way is timed in turn,
some rounds, and the best round counts. A step is one of a diffusion; published voices take 10
(Grad-TTS) and 8 (Diff-TTS). Beside the time stands how far the result is off, in root mean squares.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import click
import torch
from torch import Tensor, nn

from sbv2cli.engine.torch.cpu import decoder
from sbv2cli.engine.torch.cpu.denoiser import PackedDenoiser
from sbv2cli.engine.torch.cpu.unet import PackedEstimator
from sbv2cli.models.diff_tts.denoiser import Denoiser
from sbv2cli.models.diff_tts.dims import read_dims
from sbv2cli.models.grad_tts.estimator import Estimator
from sbv2cli.models.grad_tts.windows import Windows, at_levels
from sbv2cli.models.vocoder.hifigan.vocoder import build
from sbv2cli.records import Inventory

RATE, HOP, BANDS = 22_050, 256, 80
ROUNDS = 3

TWO = {"upsample_rates": [8, 8, 2, 2], "upsample_kernel_sizes": [16, 16, 4, 4]}
BLOCKS: Mapping[str, Any] = {
    "resblock": "1",
    "resblock_kernel_sizes": [3, 7, 11],
    "resblock_dilation_sizes": 3 * [[1, 3, 5]],
    "standalone": True,
}
VOCODERS: Mapping[str, Mapping[str, Any]] = {
    "HiFi-GAN V1": {**BLOCKS, **TWO, "upsample_initial_channel": 512},
    "HiFi-GAN V2": {**BLOCKS, **TWO, "upsample_initial_channel": 128},
    "HiFi-GAN V3": {
        **BLOCKS,
        "resblock": "2",
        "upsample_rates": [8, 8, 4],
        "upsample_kernel_sizes": [16, 16, 8],
        "upsample_initial_channel": 256,
        "resblock_kernel_sizes": [3, 5, 7],
        "resblock_dilation_sizes": [[1, 2], [2, 6], [3, 12]],
    },
}

Run = Callable[[], Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One network, and the ways in which it can be run."""

    name: str
    ways: Mapping[str, Run]


@click.command()
@click.option("--frames", default=400, help="Of a line; 400 are 4.6 seconds.")
def main(frames: int) -> None:
    """Print a table."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print(f"{frames} frames, one thread, core seconds for a second of sound (root mean square off)")
    with torch.inference_mode():
        for case in (_estimator(frames), _denoiser(frames), *_vocoders(frames)):
            print(f"{case.name:22} {_row(case, frames * HOP / RATE)}", flush=True)


def _row(case: Case, seconds: float) -> str:
    expected = case.ways["plain"]()
    found = {name: run() for name, run in case.ways.items()}
    best = dict.fromkeys(case.ways, float("inf"))
    for _ in range(ROUNDS):
        for name, run in case.ways.items():
            began = perf_counter()
            run()
            best[name] = min(best[name], perf_counter() - began)
    cells = []
    for name, taken in best.items():
        off = float((found[name] - expected).square().mean() / expected.square().mean()) ** 0.5
        cells.append(f"{name} {taken / seconds:.4f} ({off:.0e})")
    return "  ".join(cells)


def _estimator(frames: int) -> Case:
    plain = _quiet(Estimator(64, BANDS, 0, 1000))
    for name, parameter in plain.named_parameters():
        if name.endswith("gain"):
            parameter.fill_(0.5)
    noisy, time_1 = torch.randn(1, BANDS, frames), torch.full((1,), 0.5)
    images = plain.images(torch.randn(1, BANDS, frames), torch.zeros(1, 0, 1))
    levels = at_levels(Windows(real=None, inside=None, counts_B111=None), 3)
    ways = {"plain": plain, **_packed(lambda dtype: PackedEstimator(deepcopy(plain), dtype))}

    def run(network: nn.Module) -> Run:
        return lambda: network(noisy, images, levels, time_1)

    return Case(
        name="Grad-TTS, a step", ways={name: run(network) for name, network in ways.items()}
    )


def _denoiser(frames: int) -> Case:
    dims = read_dims({}, Inventory(phones=1, tones=1, languages=1, speakers=1), "bench")
    plain = _quiet(Denoiser(dims))
    plain.conv_out.weight.normal_(std=0.1)
    noisy, step_1 = torch.randn(1, BANDS, frames), torch.full((1,), 58)
    hidden = torch.randn(1, dims.channels, frames)
    ways: dict[str, Any] = {
        "plain": plain,
        **_packed(lambda dtype: PackedDenoiser(deepcopy(plain), dtype)),
    }

    def run(network: Any) -> Run:
        conditions = network.conditions(hidden)
        return lambda: network(noisy, step_1, conditions, None)

    return Case(
        name="Diff-TTS, a step", ways={name: run(network) for name, network in ways.items()}
    )


def _vocoders(frames: int) -> list[Case]:
    mel, speaker = torch.randn(1, BANDS, frames), torch.zeros(1, 0, 1)
    cases = []
    for name, section in VOCODERS.items():
        plain = _quiet(build(section, BANDS, 0, "bench"))

        def run(network: Any) -> Run:
            return lambda: network(mel, None, speaker)

        def packed(dtype: torch.dtype, plain: Any = plain) -> Any:
            return decoder.pack(deepcopy(plain), dtype)

        ways = {"plain": plain, **_packed(packed)}
        cases.append(Case(name=name, ways={way: run(network) for way, network in ways.items()}))
    return cases


def _packed(pack: Callable[[torch.dtype], Any]) -> dict[str, Any]:
    return {"packed": pack(torch.float32), "bf16": pack(torch.bfloat16)}


def _quiet(network: Any) -> Any:
    return network.eval().requires_grad_(requires_grad=False)


if __name__ == "__main__":
    main()
