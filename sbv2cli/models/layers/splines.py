"""Monotone rational-quadratic spline with linear tails (Durkan et al. 2019, section 3.1).

Between -5 and 5 ten bins; outside, the identity. Works elementwise on values of any shape, with
the unnormalised parameters in a last axis of their own.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

BINS = 10
BOUND = 5.0
LEAST = 1e-3  # least width, height and slope of a bin
PARAMETERS = 3 * BINS - 1

# Softplus of this, plus LEAST, is a slope of one: the spline meets its tails smoothly.
EDGE = math.log(math.exp(1 - LEAST) - 1)

# The last knot itself belongs to the last bin.
LAST_KNOT_SLACK = 1e-6


def _knots(logits: Tensor) -> Tensor:
    """BINS logits -> BINS + 1 knots from -BOUND to BOUND."""
    shares = LEAST + (1 - LEAST * BINS) * functional.softmax(logits, dim=-1)
    knots = functional.pad(torch.cumsum(shares, dim=-1), (1, 0))
    knots = 2 * BOUND * knots - BOUND
    # The ends are exact; a sum of ten rounded shares would not be.
    edge = torch.full_like(knots[..., :1], BOUND)
    return torch.cat([-edge, knots[..., 1:-1], edge], dim=-1)


def _prepare(
    values: Tensor, parameters: Tensor, lookup: int
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Of each value's bin: start x, width, start y, height, slopes at both ends."""
    widths, heights, slopes = parameters.split([BINS, BINS, BINS - 1], dim=-1)
    slopes = LEAST + functional.softplus(functional.pad(slopes, (1, 1), value=EDGE))
    knots = (_knots(widths), _knots(heights))
    slack = torch.zeros_like(knots[lookup])
    slack[..., -1] = LAST_KNOT_SLACK
    bin_index = (values[..., None] >= knots[lookup] + slack).sum(dim=-1, keepdim=True) - 1
    bin_index = bin_index.clamp(0, BINS - 1)

    def pick(table: Tensor) -> Tensor:
        return table.gather(-1, bin_index)[..., 0]

    return (
        pick(knots[0][..., :-1]),
        pick(knots[0].diff(dim=-1)),
        pick(knots[1][..., :-1]),
        pick(knots[1].diff(dim=-1)),
        pick(slopes[..., :-1]),
        pick(slopes[..., 1:]),
    )


def _log_slope(theta: Tensor, steep: Tensor, left: Tensor, right: Tensor) -> Tensor:
    mixed = theta * (1 - theta)
    numerator = steep**2 * (right * theta**2 + 2 * steep * mixed + left * (1 - theta) ** 2)
    return torch.log(numerator) - 2 * torch.log(steep + (left + right - 2 * steep) * mixed)


def forward(values: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
    """y and log |dy/dx|."""
    inside = values.abs() <= BOUND
    x = values.clamp(-BOUND, BOUND)
    x0, width, y0, height, left, right = _prepare(x, parameters, lookup=0)
    steep = height / width
    theta = (x - x0) / width
    mixed = theta * (1 - theta)
    y = y0 + height * (steep * theta**2 + left * mixed) / (
        steep + (left + right - 2 * steep) * mixed
    )
    log_slope = _log_slope(theta, steep, left, right)
    return torch.where(inside, y, values), torch.where(inside, log_slope, 0.0)


def inverse(values: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
    """x and log |dx/dy|."""
    inside = values.abs() <= BOUND
    y = values.clamp(-BOUND, BOUND)
    x0, width, y0, height, left, right = _prepare(y, parameters, lookup=1)
    steep = height / width
    rise = y - y0
    bend = left + right - 2 * steep
    a = rise * bend + height * (steep - left)
    b = height * left - rise * bend
    c = -steep * rise
    # Rounding may push a discriminant that is zero just below it.
    theta = 2 * c / (-b - torch.sqrt((b**2 - 4 * a * c).clamp_min(0)))
    log_slope = -_log_slope(theta, steep, left, right)
    return torch.where(inside, x0 + theta * width, values), torch.where(inside, log_slope, 0.0)
