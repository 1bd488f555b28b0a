"""Text encoder and durations of one line; see `narrow`.

Shapes: T phones, C channels, K numbers that shape a spline.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from sbv2cli.engine.torch.cpu import narrow, narrow_encoder
from sbv2cli.engine.torch.cpu.narrow import (
    Convolution,
    Linear,
    Norm,
    conditioned,
    convolve,
    convolve_each,
    normed,
    product,
)
from sbv2cli.engine.torch.cpu.narrow_encoder import Encoder, encode
from sbv2cli.models.layers import splines
from sbv2cli.models.layers.attention import AttentionEncoder
from sbv2cli.models.layers.durations import (
    DilatedConvs,
    DurationPredictor,
    SplineCoupling,
    StochasticDurations,
)


class Separable(NamedTuple):
    """A convolution of each channel, and one of all channels."""

    each: Convolution
    each_norm: Norm
    point: Linear
    point_norm: Norm


class Bend(NamedTuple):
    """A spline coupling."""

    conv_in: Tensor  # [C]
    conv_in_bias: Tensor
    layers: list[Separable]
    conv_out: Linear


class Spline(NamedTuple):
    """What is the same of all splines."""

    bins: int
    bound: float
    least: float
    edge: float


class Drawn(NamedTuple):
    """The stochastic predictor."""

    conv_in: Linear
    speaker: Linear
    layers: list[Separable]
    conv_out: Linear
    bends: list[Bend]
    spline: Spline
    mean: Tensor
    scale: Tensor


class Fixed(NamedTuple):
    """The deterministic predictor."""

    speaker: Linear
    first: Convolution
    first_norm: Norm
    second: Convolution
    second_norm: Norm
    conv_out: Linear


class Planner(NamedTuple):
    """Text encoder and predictors: one of each kind, or of one kind."""

    encoder: Encoder
    conv_out: Linear
    drawn: list[Drawn]
    fixed: list[Fixed]


def pack(
    encoder: AttentionEncoder,
    conv_out: nn.Conv1d,
    drawn: StochasticDurations | None,
    fixed: DurationPredictor | None,
) -> Planner:
    """The weights of what plans."""
    return Planner(
        encoder=narrow_encoder.pack(encoder),
        conv_out=narrow.pack_linear(conv_out),
        drawn=[] if drawn is None else [_pack_drawn(drawn)],
        fixed=[] if fixed is None else [_pack_fixed(fixed)],
    )


def _pack_drawn(durations: StochasticDurations) -> Drawn:
    affine = durations.flow.affine
    # The first coupling is left out, as in `SplineFlow.reverse`.
    couplings = [c for c in durations.flow.couplings[1:] if isinstance(c, SplineCoupling)]
    return Drawn(
        conv_in=narrow.pack_linear(durations.conv_in),
        speaker=narrow.pack_linear(durations.condition),
        layers=_pack_separable(durations.convs),
        conv_out=narrow.pack_linear(durations.conv_out),
        bends=[_pack_bend(coupling) for coupling in reversed(couplings)],
        spline=Spline(
            bins=splines.BINS, bound=splines.BOUND, least=splines.LEAST, edge=splines.EDGE
        ),
        mean=affine.mean[0],
        scale=torch.exp(-affine.log_scale[0]),
    )


def _pack_bend(coupling: SplineCoupling) -> Bend:
    # Widths and heights are scaled, slopes are not: see `SplineCoupling`.
    scale_K = torch.ones(splines.PARAMETERS)
    scale_K[: 2 * splines.BINS] /= math.sqrt(coupling.channels)
    conv_in, conv_out = coupling.conv_in, narrow.pack_linear(coupling.conv_out)
    assert conv_in.bias is not None
    return Bend(
        conv_in=conv_in.weight[:, 0, 0],
        conv_in_bias=conv_in.bias,
        layers=_pack_separable(coupling.convs),
        conv_out=Linear(weight=conv_out.weight * scale_K, bias=conv_out.bias * scale_K),
    )


def _pack_separable(convs: DilatedConvs) -> list[Separable]:
    return [
        Separable(
            each=narrow.pack_convolution(each),
            each_norm=narrow.pack_norm(each_norm),
            point=narrow.pack_linear(point),
            point_norm=narrow.pack_norm(point_norm),
        )
        for each, each_norm, point, point_norm in zip(
            convs.depthwise,
            convs.depthwise_norms,
            convs.pointwise,
            convs.pointwise_norms,
            strict=True,
        )
    ]


def _pack_fixed(durations: DurationPredictor) -> Fixed:
    return Fixed(
        speaker=narrow.pack_linear(durations.condition),
        first=narrow.pack_convolution(durations.first),
        first_norm=narrow.pack_norm(durations.first_norm),
        second=narrow.pack_convolution(durations.second),
        second_norm=narrow.pack_norm(durations.second_norm),
        conv_out=narrow.pack_linear(durations.conv_out),
    )


def plan(
    sum_TC: Tensor, planner: Planner, speaker_G: Tensor, noise_2T: Tensor, ratio: float
) -> tuple[Tensor, Tensor]:
    """Logarithms of the frames of each phone, [T]; means and log scales of the prior, [T, K].

    `sum_TC` is what is known of each phone; of two predictors the one that draws has this share.
    """
    hidden_TC = encode(sum_TC * sum_TC.shape[1] ** 0.5, planner.encoder, speaker_G)
    prior_TK = product(hidden_TC, planner.conv_out)
    if len(planner.fixed) == 0:
        return draw(hidden_TC, planner.drawn[0], speaker_G, noise_2T), prior_TK
    fixed_T = predict(hidden_TC, planner.fixed[0], speaker_G)
    if len(planner.drawn) == 0:
        return fixed_T, prior_TK
    drawn_T = draw(hidden_TC, planner.drawn[0], speaker_G, noise_2T)
    return ratio * drawn_T + (1 - ratio) * fixed_T, prior_TK


def predict(hidden_TC: Tensor, fixed: Fixed, speaker_G: Tensor) -> Tensor:
    """[T], as `DurationPredictor.forward`."""
    x_TC = conditioned(hidden_TC, fixed.speaker, speaker_G)
    first_TC = torch.empty(x_TC.shape[0], fixed.first.bias.shape[0])
    convolve(x_TC, fixed.first, first_TC)
    second_TC = torch.empty(x_TC.shape[0], fixed.second.bias.shape[0])
    convolve(normed(first_TC.relu_(), fixed.first_norm), fixed.second, second_TC)
    return product(normed(second_TC.relu_(), fixed.second_norm), fixed.conv_out)[:, 0]


def draw(hidden_TC: Tensor, drawn: Drawn, speaker_G: Tensor, noise_2T: Tensor) -> Tensor:
    """[T], as `StochasticDurations.reverse`."""
    x_TC = conditioned(product(hidden_TC, drawn.conv_in), drawn.speaker, speaker_G)
    context_TC = product(_separable(x_TC, drawn.layers), drawn.conv_out)
    left_T, right_T = noise_2T[0], noise_2T[1]
    for bend in drawn.bends:
        left_T, right_T = right_T, left_T
        x_TC = torch.addcmul(bend.conv_in_bias, left_T[:, None], bend.conv_in).add_(context_TC)
        shape_TK = product(_separable(x_TC, bend.layers), bend.conv_out)
        right_T = unbent(right_T, shape_TK, drawn.spline)
    return (right_T - drawn.mean) * drawn.scale


def _separable(x_TC: Tensor, layers: list[Separable]) -> Tensor:
    """As `DilatedConvs.forward`."""
    for layer in layers:
        y_TC = functional.gelu(normed(convolve_each(x_TC, layer.each), layer.each_norm))
        y_TC = functional.gelu(normed(product(y_TC, layer.point), layer.point_norm))
        x_TC = y_TC.add_(x_TC)
    return x_TC


def unbent(y_T: Tensor, shape_TK: Tensor, spline: Spline) -> Tensor:
    """As `splines.inverse`, without its slope. Widths and heights come first, then slopes."""
    rows, bins, bound = shape_TK.shape[0], spline.bins, spline.bound
    shares_T2B = torch.softmax(shape_TK[:, : 2 * bins].view(rows, 2, bins), dim=-1)
    shares_T2B = shares_T2B.mul_(1 - spline.least * bins).add_(spline.least)
    # Of each bin's left end and, a column later, its right end: where it lies across and above, and
    # how steep it is there.
    ends_T3N = torch.empty(rows, 3, bins + 1)
    ends_T3N[:, :2, 1:] = torch.cumsum(shares_T2B, dim=-1).mul_(2 * bound).sub_(bound)
    ends_T3N[:, :2, 0] = -bound
    ends_T3N[:, :2, bins] = bound
    ends_T3N[:, 2].fill_(spline.edge)
    ends_T3N[:, 2, 1:bins] = shape_TK[:, 2 * bins :]
    slopes_TN = ends_T3N[:, 2]
    slopes_TN.copy_(functional.softplus(slopes_TN).add_(spline.least))
    inside_T = y_T.clamp(-bound, bound)
    bin_T1 = (inside_T[:, None] >= ends_T3N[:, 1, 1:bins]).sum(dim=1, keepdim=True)
    bin_T31 = bin_T1[:, None].expand(rows, 3, 1)
    x0_T, y0_T, left_T = ends_T3N.gather(2, bin_T31)[:, :, 0].unbind(1)
    x1_T, y1_T, right_T = ends_T3N.gather(2, bin_T31 + 1)[:, :, 0].unbind(1)
    width_T, height_T = x1_T - x0_T, y1_T - y0_T
    steep_T = height_T / width_T
    rise_T = inside_T - y0_T
    bent_T = rise_T * (left_T + right_T - 2 * steep_T)
    a_T = bent_T + height_T * (steep_T - left_T)
    b_T = height_T * left_T - bent_T
    c_T = -steep_T * rise_T
    # Rounding may push a discriminant that is zero just below it.
    root_T = torch.sqrt((b_T**2 - 4 * a_T * c_T).clamp_min(0.0))
    theta_T = 2 * c_T / (-b_T - root_T)
    return torch.where(y_T.abs() <= bound, x0_T + theta_T * width_T, y_T)
