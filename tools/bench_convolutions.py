"""`python -m tools.bench_convolutions`: the two kinds of convolution of a CPU beside each other.

One thread; both sides in turn, the best of each counts. Rates are those of a direct convolution's
operations; errors are against double precision, as a share of the signal.
"""

from __future__ import annotations

from time import perf_counter

import click
import torch
from torch import Tensor
from torch.nn import functional

from sbv2cli.engine.torch.cpu import convolution, padded_signal, winograd
from sbv2cli.engine.torch.cpu.padded_signal import RowConvolution
from sbv2cli.engine.torch.cpu.scratch import Scratch

CHANNELS = (256, 192, 128, 96, 64, 32)
KERNELS = (3, 7, 11)
TIMES = 15


@click.command()
@click.option("--precision", type=click.Choice(["fp32", "bf16"]), default="fp32")
def main(precision: str) -> None:
    """Print a row for each number of channels and taps."""
    torch.set_num_threads(1)
    dtype = torch.float32 if precision == "fp32" else torch.bfloat16
    click.echo("channels  taps  direct GFLOP/s  fewer GFLOP/s  ratio  errors           used")
    with torch.inference_mode():
        for channels in CHANNELS:
            for kernel in KERNELS:
                click.echo(_row(channels, kernel, dtype))


def _row(channels: int, kernel: int, dtype: torch.dtype) -> str:
    torch.manual_seed(0)
    weight = torch.randn(channels, channels, kernel) / (channels * kernel) ** 0.5
    ways = [kind.pack(weight, None, dilation=1, dtype=dtype) for kind in (convolution, winograd)]
    count = padded_signal.CHUNK // channels // winograd.STEP * winograd.STEP
    signal = torch.randn(count + max(way.more for way in ways), channels)
    exact = functional.conv1d(signal[: 480 + kernel - 1].T.double(), weight.double()).T
    # In Winograd convolutions sums are in float32, and in half precision they are not.
    sums = [torch.zeros(count, channels, dtype=dtype), torch.zeros(count, channels)]
    heard = [signal.to(dtype), signal]
    errors = []
    for way, x, total in zip(ways, heard, sums, strict=True):
        way.accumulate(x[: count + way.more], total, Scratch())
        errors.append(float((total[:480].double() - exact).square().mean().sqrt()))
    seconds = [float("inf")] * 2
    scratch = Scratch()
    for _ in range(TIMES):
        for index, way in enumerate(ways):
            seconds[index] = min(seconds[index], _seconds(way, heard[index], sums[index], scratch))
    direct, fewer = (2e-9 * count * channels**2 * kernel / s for s in seconds)
    scale = float(exact.square().mean().sqrt())
    used = "fewer" if padded_signal.pays(channels, kernel, dtype) else "direct"
    return (
        f"{channels:8}  {kernel:4}  {direct:14.0f}  {fewer:13.0f}  {fewer / direct:5.2f}"
        f"  {errors[0] / scale:.1e} {errors[1] / scale:.1e}  {used}"
    )


def _seconds(way: RowConvolution, signal: Tensor, total: Tensor, scratch: Scratch) -> float:
    start = perf_counter()
    way.accumulate(signal[: len(total) + way.more], total, scratch)
    return perf_counter() - start


if __name__ == "__main__":
    main()
