"""Winograd convolutions: fewer products than taps times samples, on rows [T, C] of a CPU.

Four samples of a convolution with r taps are r + 3 products if samples and taps are first combined
(Toom and Cook; Winograd 1980): a polynomial of degree r + 2 is known from r + 3 of its values. A
value is a sum over channels, so each product is a matrix multiplication, and the combining costs
little beside it. Kernels of more taps are cut into blocks of four, which share the combined samples
and are summed before anything is combined back: eleven taps cost 5.25 products a sample, seven 3.5,
three 1.5. A dilation of d is d such convolutions side by side.

In float32 the result differs from the truth about twice as much as the direct sum does, 2e-6 of the
signal at most (`python -m tools.bench_convolutions`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from sbv2cli.engine.torch.cpu import convolution
from sbv2cli.engine.torch.cpu.scratch import Scratch

# Where the polynomials are evaluated; infinity comes last and stands in neither.
POINTS_OF_THREE = (0.0, 1.0, -1.0, 2.0, -2.0)
POINTS_OF_FOUR = (*POINTS_OF_THREE, 0.5)

# Samples that are found together, which is also the step from one block of taps to the next.
STEP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class WinogradConv:
    """A convolution of rows; see `engine.torch.cpu.padded_signal.RowConvolution`."""

    weights: tuple[Tensor, ...]  # one for each point and infinity, in the processor's layout
    bias: Tensor | None
    inner: int
    outer: int
    kernel: int
    dilation: int

    @property
    def reach(self) -> int:
        """Rows that are heard before the first."""
        return (self.kernel - 1) // 2 * self.dilation

    @property
    def more(self) -> int:
        """Rows that are read beyond as many as are made."""
        return self._blocks * self.grain + self.dilation

    @property
    def grain(self) -> int:
        """The number of rows that are made is a multiple of this."""
        return STEP * self.dilation

    @property
    def _taps(self) -> int:
        return len(self.weights) - STEP + 1

    @property
    def _blocks(self) -> int:
        return -(-self.kernel // self._taps)

    def activated(self, x_TC: Tensor, slope: float, scratch: Scratch) -> Tensor:
        """`leaky_relu(conv(x))`, in `scratch`."""
        steps = (len(x_TC) - self.more) // self.grain
        results = self._results(x_TC, steps, scratch)
        out_TC = scratch.rows(steps * self.grain, self.outer)
        for result, out in zip(results, self._apart(out_TC), strict=True):
            convolution.activate(result, slope, out)
        return out_TC

    def accumulate(self, x_TC: Tensor, sum_TC: Tensor, scratch: Scratch) -> None:
        """`sum += conv(x)`."""
        results = self._results(x_TC, len(sum_TC) // self.grain, scratch)
        for result, sums in zip(results, self._apart(sum_TC), strict=True):
            sums.add_(result)

    def _apart(self, rows_TC: Tensor) -> tuple[Tensor, ...]:
        """Each of the four samples of all steps, neighbours in dilation side by side."""
        return rows_TC.view(-1, STEP, self.dilation * self.outer).unbind(1)

    def _phases(self, x_TC: Tensor) -> Tensor:
        """[four samples, steps, channels of the dilated neighbours]."""
        return x_TC.view(-1, STEP, self.dilation * self.inner).transpose(0, 1)

    def _results(self, x_TC: Tensor, steps: int, scratch: Scratch) -> tuple[Tensor, ...]:
        """The four samples of each step, as `_apart` has them."""
        more, width = steps + self._blocks - 1, self.dilation * self.inner
        scratch.begin()
        x = _strided(x_TC, more, width)
        z = x
        if self._taps == STEP:
            # The factor of the fifth finite point, (x - 1/2), goes first: the other four are then
            # even and odd, so that their sums and differences serve twice.
            z_PW = scratch.rows(STEP, (more + 1) * width)
            whole = (more + 1) * self.grain
            torch.add(
                self._phases(x_TC[self.dilation : self.dilation + whole]),
                self._phases(x_TC[:whole]),
                alpha=-0.5,
                out=z_PW.view(STEP, more + 1, width),
            )
            z = _side_by_side(z_PW, more, width)
        even, odd = scratch.rows(more, width), scratch.rows(more, width)
        v = scratch.rows(more, width, self.weights[0].dtype)
        y0, y1, y2, y3, y4 = (scratch.rows(steps, self.dilation * self.outer) for _ in range(5))

        torch.add(z[4], z[2], alpha=-4, out=even)
        torch.add(z[3], z[1], alpha=-4, out=odd)
        # Point p counts 1, p, p^2, p^3 in the four samples: a bias belongs to p = 1.
        plus = self._product(torch.add(even, odd, out=v), 1, self.bias)
        minus = self._product(torch.sub(even, odd, out=v), 2)
        torch.add(plus, minus, out=y1)
        torch.sub(plus, minus, out=y2)
        torch.sub(z[4], z[2], out=even)
        torch.sub(z[3], z[1], out=odd)
        plus = self._product(torch.add(even, odd, alpha=2, out=v), 3)
        minus = self._product(torch.sub(even, odd, alpha=2, out=v), 4)
        torch.add(plus, minus, out=y3)
        torch.sub(plus, minus, out=y4)
        torch.add(y1, y3, out=y0)
        y1.add_(y3, alpha=4)
        torch.add(y2, y4, alpha=2, out=y3)
        y2.add_(y4, alpha=8)
        sample_0, sample_1, sample_2, sample_3 = y0, y3, y1, y2

        torch.add(z[4], z[2], alpha=-5, out=even)
        sample_0.add_(self._product(torch.add(even, z[0], alpha=4, out=v), 0))
        torch.add(z[5], z[3], alpha=-5, out=even)
        sample_3.add_(self._product(torch.add(even, z[1], alpha=4, out=v), -1))
        if self._taps == STEP:
            torch.add(x[5], x[3], alpha=-5, out=even)
            half = self._product(torch.add(even, x[1], alpha=4, out=v), 5)
            sample_0.add_(half)
            sample_1.add_(half, alpha=0.5)
            sample_2.add_(half, alpha=0.25)
            sample_3.add_(half, alpha=0.125)
        return sample_0, sample_1, sample_2, sample_3

    def _product(self, v: Tensor, point: int, bias: Tensor | None = None) -> Tensor:
        """Sum over channels, and over blocks of taps, which lie `dilation` rows apart."""
        rows_TC = v.view(-1, self.inner)
        y_TC = convolution.valid(rows_TC, self.weights[point], bias, self.dilation)
        return y_TC.view(-1, self.dilation * self.outer)


def _strided(x_TC: Tensor, steps: int, width: int) -> list[Tensor]:
    """Sample 0 to 5 of each step, where they lie; a step's fifth is the next one's first."""
    pitch = STEP * width
    first = x_TC.storage_offset()
    return [
        x_TC.as_strided((steps, width), (pitch, 1), first + index * width) for index in range(6)
    ]


def _side_by_side(z_PW: Tensor, steps: int, width: int) -> list[Tensor]:
    """The same of samples that lie apart by their place in a step."""
    return [
        z_PW[index % STEP].narrow(0, index // STEP * width, steps * width).view(steps, width)
        for index in range(6)
    ]


def pack(weight: Tensor, bias: Tensor | None, *, dilation: int, dtype: torch.dtype) -> WinogradConv:
    """Combine the taps of a weight [out, in, kernel], in double precision."""
    outer, inner, kernel = weight.shape
    points = POINTS_OF_THREE if kernel == len(POINTS_OF_THREE) - 2 else POINTS_OF_FOUR
    taps = len(points) - STEP + 2
    blocks = -(-kernel // taps)
    whole = weight.new_zeros(outer, inner, blocks * taps, dtype=torch.double)
    whole[..., :kernel] = weight
    combined = torch.einsum(
        "pj,oibj->poib", values(points, taps), whole.view(outer, inner, blocks, taps)
    )
    return WinogradConv(
        weights=tuple(
            convolution.reordered(at_point.float(), dilation, dtype) for at_point in combined
        ),
        bias=None if bias is None else bias.to(dtype).contiguous(),
        inner=inner,
        outer=outer,
        kernel=kernel,
        dilation=dilation,
    )


def values(points: tuple[float, ...], taps: int) -> Tensor:
    """Powers of each point, over its share in the interpolation; infinity sees the last tap."""
    rows = [
        [
            point**power / prod(point - other for other in points if other != point)
            for power in range(taps)
        ]
        for point in points
    ]
    return torch.tensor([*rows, [0.0] * (taps - 1) + [1.0]], dtype=torch.double)


def combinations(points: tuple[float, ...]) -> Tensor:
    """What each point, and infinity, hears of as many samples as there are of both."""
    size = len(points) + 1
    rows = [[*_product_of_roots([o for o in points if o != p]), 0.0] for p in points]
    return torch.tensor([*rows, _product_of_roots(points)], dtype=torch.double).view(size, size)


def powers(points: tuple[float, ...], step: int) -> Tensor:
    """What each sample of a step has of the value at each point, and at infinity."""
    at_infinity = [float(power == step - 1) for power in range(step)]
    columns = [*([point**power for power in range(step)] for point in points), at_infinity]
    return torch.tensor(columns, dtype=torch.double).T.contiguous()


def _product_of_roots(roots: Sequence[float]) -> list[float]:
    """Coefficients of the polynomial that is zero there, from the lowest power on."""
    found = [1.0]
    for root in roots:
        found = [a - root * b for a, b in zip([0.0, *found], [*found, 0.0], strict=True)]
    return found
