"""What this machine can do at most: the engine's kinds of multiplication, on every thread at once.

Each thread repeats one multiplication of its own for a while, as the engine's threads work. Shapes
are those of the published size where most of the operations are.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from time import perf_counter

import torch
from torch.nn import functional

from sbv2cli.bench import flops
from sbv2cli.engine.torch.cpu import convolution
from sbv2cli.engine.torch.cpu.linear import linear

# The decoder's stages are 256, 128, 64, 32 and 16 channels wide; 7 is the middle of its kernels.
CONVOLUTIONS = {"convolution_256": 256, "convolution_64": 64}
TAPS = 7
# Rows of a convolution at a time: the numbers stay in the second-level cache of a core, as the
# tiles of the decoder do. On a GPU a batch is as long as it can be.
NUMBERS = 1 << 17
NUMBERS_ON_GPU = 1 << 25
# The first product in the MLP of a BERT, for a batch of twelve lines.
PRODUCT = (1024, 4096)
ROWS = 384
ROWS_ON_GPU = 1 << 14

# Of each, so many times; the best counts: what else a machine does only takes away.
SECONDS = 0.15
TIMES = 3


Multiplication = tuple[Callable[[], object], int]
"""What to run, and the operations of one run."""

Maker = Callable[[torch.device, torch.dtype], Multiplication]


def measure(device: torch.device, dtype: torch.dtype, threads: int) -> dict[str, float]:
    """GFLOP/s of all threads together, by kind of multiplication."""
    makers: dict[str, Maker] = {
        **{name: partial(_convolution, channels) for name, channels in CONVOLUTIONS.items()},
        "product": _product,
    }
    rates = {
        name: _rate(partial(make, device, dtype), device, threads) for name, make in makers.items()
    }
    return {name: round(rate / 1e9, 1) for name, rate in rates.items()}


def _convolution(channels: int, device: torch.device, dtype: torch.dtype) -> Multiplication:
    rows = (NUMBERS if device.type == "cpu" else NUMBERS_ON_GPU) // channels
    operations = flops.convolution(channels, channels, TAPS, rows)
    weight = torch.randn(channels, channels, TAPS)
    x_TC = torch.randn(rows + TAPS - 1, channels).to(device, dtype)
    if device.type == "cpu" and convolution.can_pack(dtype):
        packed = convolution.pack(weight, None, dilation=1, dtype=dtype)
        return lambda: convolution.valid(x_TC, packed.weight, None, 1), operations
    plain, x_1CT = weight.to(device, dtype), x_TC.T[None].contiguous()
    return lambda: functional.conv1d(x_1CT, plain), operations


def _product(device: torch.device, dtype: torch.dtype) -> Multiplication:
    inner, outer = PRODUCT
    rows = ROWS if device.type == "cpu" else ROWS_ON_GPU
    layer = linear(torch.randn(outer, inner), None, device, dtype)
    x_NC = torch.randn(rows, inner).to(device, dtype)
    return lambda: layer(x_NC), flops.convolution(inner, outer, 1, rows)


def _rate(make: Callable[[], Multiplication], device: torch.device, threads: int) -> float:
    """Operations a second while all threads multiply; on a GPU one thread asks for all."""
    together = Barrier(threads)

    @torch.inference_mode()
    def repeat() -> list[float]:
        torch.set_num_threads(1)
        run, operations = make()
        run()
        _finish(device)
        rates = []
        for _ in range(TIMES):
            together.wait()
            start, count = perf_counter(), 0
            while (seconds := perf_counter() - start) < SECONDS:
                run()
                _finish(device)
                count += 1
            rates.append(operations * count / seconds)
        return rates

    before = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(threads) as pool:
            rates = [future.result() for future in [pool.submit(repeat) for _ in range(threads)]]
    finally:
        torch.set_num_threads(before)
    return max(sum(at_once) for at_once in zip(*rates, strict=True))


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()
