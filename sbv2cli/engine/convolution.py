"""Convolutions whose weight never changes, in the processor's own memory layout.

Time runs along the width of a one-row picture in channels-last order: [1, C, 1, T] with the
channels of a sample side by side. There oneDNN convolves without rearranging its input, the weight
is rearranged once, and the activation or addition that follows happens while the result is still
in a register. Measured on two Zen 4 cores: docs/reference/performance.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, slots=True, kw_only=True)
class Convolution:
    """A convolution that keeps the length of its input."""

    weight: Tensor
    bias: Tensor | None
    padding: int
    dilation: int

    def __call__(self, x: Tensor, activation: str = "none", slope: float = 0.0) -> Tensor:
        """`activation(conv(x))`; the activation is "none", "relu" or "leaky_relu"."""
        scalars = [slope] if activation == "leaky_relu" else []
        y: Tensor = torch.ops.mkldnn._convolution_pointwise(  # noqa: SLF001 - see `can_pack`
            x,
            self.weight,
            self.bias,
            [0, self.padding],
            [1, 1],
            [1, self.dilation],
            1,
            activation,
            scalars,
            "",
        )
        return y

    def plus(self, x: Tensor, other: Tensor) -> Tensor:
        """`conv(x) + other`."""
        y: Tensor = torch.ops.mkldnn._convolution_pointwise.binary(  # noqa: SLF001
            x,
            other,
            self.weight,
            self.bias,
            [0, self.padding],
            [1, 1],
            [1, self.dilation],
            1,
            "add",
            1.0,
            None,
            [],
            None,
        )
        return y


def pack(
    weight: Tensor, bias: Tensor | None, *, dilation: int = 1, dtype: torch.dtype = torch.float32
) -> Convolution:
    """Prepare weight [out, in, odd kernel] for the processor."""
    kernel = weight.shape[2]
    assert kernel % 2 == 1
    padding = (kernel - 1) // 2 * dilation
    picture = weight[:, :, None].to(dtype).contiguous(memory_format=torch.channels_last)
    return Convolution(
        weight=torch.ops.mkldnn._reorder_convolution_weight(  # noqa: SLF001
            picture, [0, padding], [1, 1], [1, dilation], 1, None
        ),
        bias=None if bias is None else bias.to(dtype).contiguous(),
        padding=padding,
        dilation=dilation,
    )


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
    x = torch.randn(1, 32, 40, generator=generator)
    picture = x[:, :, None].to(dtype).contiguous(memory_format=torch.channels_last)
    expected = functional.leaky_relu(functional.conv1d(x, weight, bias, padding=2, dilation=2), 0.1)
    try:
        packed = pack(weight, bias, dilation=2, dtype=dtype)
        single = packed(picture, "leaky_relu", 0.1)[:, :, 0].float()
        double = packed.plus(picture, picture)[:, :, 0].float()
    except (AttributeError, NotImplementedError, RuntimeError, TypeError):
        return False
    tolerance = 1e-4 if dtype == torch.float32 else 0.2
    plain = functional.conv1d(x, weight, bias, padding=2, dilation=2) + x
    return bool(
        torch.allclose(single, expected, rtol=0, atol=tolerance)
        and torch.allclose(double, plain, rtol=0, atol=tolerance)
    )


def _multiplies_bfloat16() -> bool:
    if "AVX512" not in torch.backends.cpu.get_cpu_capability():
        return False
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        # Elsewhere than on Linux nothing tells; exact is always there.
        return False
