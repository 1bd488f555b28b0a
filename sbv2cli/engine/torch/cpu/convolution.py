"""Convolutions whose weight never changes, in the processor's own memory layout.

Rows [T, C] are a picture of one row, [1, C, 1, T], in channels-last order. There oneDNN convolves
without rearranging its input, the weight is rearranged once, and an activation happens while the
result is still in a register. Measured on two Zen 4 cores: docs/reference/performance.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from sbv2cli.engine.torch.cpu.scratch import Scratch

# Rows of a call that weights are laid out for.
TYPICAL_ROWS = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Direct:
    """A convolution of rows; see `engine.torch.cpu.padded_signal.RowConvolution`."""

    weight: Tensor
    bias: Tensor | None
    kernel: int
    dilation: int

    @property
    def reach(self) -> int:
        """Rows that are heard before the first, for an odd kernel."""
        return (self.kernel - 1) // 2 * self.dilation

    @property
    def more(self) -> int:
        """Rows that are read beyond as many as are made."""
        return (self.kernel - 1) * self.dilation

    @property
    def grain(self) -> int:
        """Any number of rows can be made."""
        return 1

    def activated(self, x_TC: Tensor, slope: float, _: Scratch) -> Tensor:
        """`leaky_relu(conv(x))`."""
        return valid(x_TC, self.weight, self.bias, self.dilation, slope)

    def accumulate(self, x_TC: Tensor, sum_TC: Tensor, _: Scratch) -> None:
        """`sum += conv(x)`."""
        if sum_TC.dtype != self.weight.dtype:
            sum_TC.add_(valid(x_TC, self.weight, self.bias, self.dilation))
            return
        torch.ops.mkldnn._convolution_pointwise_.binary(
            _picture(sum_TC),
            _picture(x_TC),
            self.weight,
            self.bias,
            [0, 0],
            [1, 1],
            [1, self.dilation],
            1,
            "add",
            1.0,
            None,
            [],
            None,
        )


def pack(weight: Tensor, bias: Tensor | None, *, dilation: int, dtype: torch.dtype) -> Direct:
    """Prepare weight [out, in, kernel] for the processor."""
    return Direct(
        weight=reordered(weight, dilation, dtype),
        bias=None if bias is None else bias.to(dtype).contiguous(),
        kernel=weight.shape[2],
        dilation=dilation,
    )


def reordered(weight: Tensor, dilation: int, dtype: torch.dtype) -> Tensor:
    """Weight [out, in, kernel] in the layout that `valid` wants.

    The layout depends on the number of rows; with the wrong one oneDNN rearranges the weight in
    every call, and 192 channels take ten times as long. From 256 rows on it is always the same.
    """
    picture = weight[:, :, None].to(dtype).contiguous(memory_format=torch.channels_last)
    result: Tensor = torch.ops.mkldnn._reorder_convolution_weight(  # noqa: SLF001 - see `can_pack`
        picture, [0, 0], [1, 1], [1, dilation], 1, [1, weight.shape[1], 1, TYPICAL_ROWS]
    )
    return result


def valid(
    x_TC: Tensor, weight: Tensor, bias: Tensor | None, dilation: int, slope: float | None = None
) -> Tensor:
    """Those rows for which all taps lie within x, [T - (kernel - 1) * dilation, C'].

    With a slope, a leaky activation follows.
    """
    if x_TC.dtype != weight.dtype:
        x_TC = x_TC.to(weight.dtype)
    y: Tensor = torch.ops.mkldnn._convolution_pointwise(  # noqa: SLF001 - see `can_pack`
        _picture(x_TC),
        weight,
        bias,
        [0, 0],
        [1, 1],
        [1, dilation],
        1,
        "none" if slope is None else "leaky_relu",
        [] if slope is None else [slope],
        "",
    )
    channels, count = y.shape[1], y.shape[3]
    return y.as_strided((count, channels), (channels, 1))


def _picture(x_TC: Tensor) -> Tensor:
    """Rows [T, C] seen as [1, C, 1, T]; nothing moves."""
    count, channels = x_TC.shape
    # One operator and not three: threads take turns in calling them.
    return x_TC.as_strided((1, channels, 1, count), (count * channels, 1, channels, channels))


def activate(x_TC: Tensor, slope: float, out_TC: Tensor) -> None:
    """`out = leaky_relu(x)`, in the precision of `out`."""
    if x_TC.dtype == out_TC.dtype:
        torch.ops.aten.leaky_relu.out(x_TC, slope, out=out_TC)
    else:
        out_TC.copy_(functional.leaky_relu(x_TC, slope))


@cache
def can_pack(dtype: torch.dtype) -> bool:
    """Whether this torch, on this processor, has the operators, and they say what they should.

    They are those that torch's own compiler emits for frozen weights; undocumented, so they are
    tried out before they are relied on. Half precision also wants a processor that multiplies it:
    elsewhere it would be emulated, and slower than float32.
    """
    if dtype == torch.bfloat16 and not _multiplies_bfloat16():
        return False
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(32, 32, 3, generator=generator)
    bias = torch.randn(32, generator=generator)
    x_TC = torch.randn(40, 32, generator=generator)
    plain = functional.conv1d(x_TC.T, weight, bias, dilation=2).T
    expected = functional.leaky_relu(plain, 0.1)
    try:
        packed = pack(weight, bias, dilation=2, dtype=dtype)
        found = valid(x_TC.to(dtype), packed.weight, packed.bias, 2, 0.1).float()
        total = torch.ones_like(found, dtype=dtype)
        packed.accumulate(x_TC.to(dtype), total, Scratch())
    except (AttributeError, NotImplementedError, RuntimeError, TypeError):
        return False
    tolerance = 1e-4 if dtype == torch.float32 else 0.2
    return torch.allclose(found, expected, rtol=0, atol=tolerance) and torch.allclose(
        total.float(), plain + 1, rtol=0, atol=tolerance
    )


def _multiplies_bfloat16() -> bool:
    if "AVX512" not in torch.backends.cpu.get_cpu_capability():
        return False
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        # Elsewhere than on Linux nothing tells; exact is always there.
        return False
