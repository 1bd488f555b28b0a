"""VITS written a second time from the paper, slowly: one line, loops, published names, float64.

Nothing of the package is used here, so that a mistake in its layers cannot hide.
Sections are those of Kim, Kong and Son 2021 (arXiv 2106.06103).
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional


class Weights:
    """Tensors of a checkpoint by their published names, weight norm undone row by row."""

    def __init__(self, published: dict[str, Tensor]) -> None:
        self.published = {name: tensor.double() for name, tensor in published.items()}

    def __contains__(self, name: str) -> bool:
        return name in self.published

    def __call__(self, name: str) -> Tensor:
        if f"{name}_v" not in self.published:
            return self.published[name]
        size, direction = self.published[f"{name}_g"], self.published[f"{name}_v"]
        rows = [size[i].item() * row / math.sqrt((row * row).sum().item())
                for i, row in enumerate(direction)]  # fmt: skip
        return torch.stack(rows)

    def conv(self, name: str, x: Tensor, **options: Any) -> Tensor:
        """x [C, T] through a convolution that keeps its length."""
        weight = self(f"{name}.weight")
        reach = (weight.shape[2] - 1) * options.get("dilation", 1)
        left = reach // 2
        bias = self(f"{name}.bias") if f"{name}.bias" in self else None
        padded = functional.pad(x, (left, reach - left))
        return functional.conv1d(padded[None], weight, bias, **options)[0]

    def norm(self, name: str, x: Tensor) -> Tensor:
        """Over the channels of each place."""
        columns = []
        for t in range(x.shape[1]):
            column = x[:, t]
            spread = ((column - column.mean()) ** 2).mean()
            columns.append((column - column.mean()) / torch.sqrt(spread + 1e-5))
        gamma, beta = self(f"{name}.gamma"), self(f"{name}.beta")
        return torch.stack(columns, dim=1) * gamma[:, None] + beta[:, None]


def attention(w: Weights, name: str, x: Tensor, heads: int) -> Tensor:
    """2.2 text encoder: attention that knows distances up to four (Shaw et al. 2018)."""
    query, key, value = (w.conv(f"{name}.conv_{letter}", x) for letter in "qkv")
    channels, length = x.shape
    size = channels // heads
    mixed = torch.zeros_like(x)
    for head in range(heads):
        part = slice(head * size, (head + 1) * size)
        q, k, v = query[part], key[part], value[part]
        near_k, near_v = w(f"{name}.emb_rel_k")[0], w(f"{name}.emb_rel_v")[0]
        for i in range(length):
            scores = []
            for j in range(length):
                score = q[:, i] @ k[:, j]
                if abs(j - i) <= 4:
                    score = score + q[:, i] @ near_k[j - i + 4]
                scores.append(score / math.sqrt(size))
            shares = torch.softmax(torch.stack(scores), dim=0)
            for j in range(length):
                heard = v[:, j] + (near_v[j - i + 4] if abs(j - i) <= 4 else 0)
                mixed[part, i] += shares[j] * heard
    return w.conv(f"{name}.conv_o", mixed)


def text_encoder(w: Weights, ids: list[int], config: dict[str, Any]) -> tuple[Tensor, ...]:
    x = w("enc_p.emb.weight")[ids].T * math.sqrt(config["hidden_channels"])
    for i in range(config["n_layers"]):
        at = "enc_p.encoder"
        heard = attention(w, f"{at}.attn_layers.{i}", x, config["n_heads"])
        x = w.norm(f"{at}.norm_layers_1.{i}", x + heard)
        inner = torch.relu(w.conv(f"{at}.ffn_layers.{i}.conv_1", x))
        x = w.norm(f"{at}.norm_layers_2.{i}", x + w.conv(f"{at}.ffn_layers.{i}.conv_2", inner))
    means, log_scales = w.conv("enc_p.proj", x).chunk(2)
    return x, means, log_scales


def separable(w: Weights, name: str, x: Tensor, context: Tensor | float = 0.0) -> Tensor:
    """Dilated depth-separable convolutions (appendix B)."""
    x = x + context
    for i in range(3):
        step = w.conv(f"{name}.convs_sep.{i}", x, groups=len(x), dilation=3**i)
        step = functional.gelu(w.norm(f"{name}.norms_1.{i}", step))
        step = w.conv(f"{name}.convs_1x1.{i}", step)
        x = x + functional.gelu(w.norm(f"{name}.norms_2.{i}", step))
    return x


def spline_inverse(y: float, widths: Tensor, heights: Tensor, slopes: Tensor) -> float:
    """Rational-quadratic spline with ten bins on [-5, 5] (Durkan et al. 2019, equations 6 to 8)."""
    if not -5 <= y <= 5:
        return y

    def knots(logits: Tensor) -> list[float]:
        shares = [0.001 + 0.99 * share for share in torch.softmax(logits, dim=0).tolist()]
        places = [-5.0]
        for share in shares:
            places.append(places[-1] + 10 * share)
        return [*places[:-1], 5.0]

    xs, ys = knots(widths), knots(heights)
    ends = [1.0, *(0.001 + math.log1p(math.exp(s)) for s in slopes.tolist()), 1.0]
    k = max(i for i in range(10) if ys[i] <= y)
    width, height = xs[k + 1] - xs[k], ys[k + 1] - ys[k]
    s, rise, bend = height / width, y - ys[k], ends[k] + ends[k + 1] - 2 * height / width
    a = rise * bend + height * (s - ends[k])
    b = height * ends[k] - rise * bend
    c = -s * rise
    theta = 2 * c / (-b - math.sqrt(b * b - 4 * a * c))
    return xs[k] + theta * width


def stochastic(w: Weights, hidden: Tensor, speaker: Tensor | None, noise: Tensor) -> Tensor:
    """2.2.2 reversed: noise [2, P] -> log durations; without the first coupling, as published."""
    context = w.conv("dp.pre", hidden)
    if speaker is not None:
        context = context + w.conv("dp.cond", speaker)
    context = w.conv("dp.proj", separable(w, "dp.convs", context))
    z = noise
    for k in (7, 5, 3):
        z = z.flip(0)
        at = f"dp.flows.{k}"
        shape = w.conv(
            f"{at}.proj", separable(w, f"{at}.convs", w.conv(f"{at}.pre", z[:1]), context)
        )
        root = math.sqrt(len(context))
        bent = [
            spline_inverse(
                z[1, t].item(), shape[:10, t] / root, shape[10:20, t] / root, shape[20:, t]
            )
            for t in range(z.shape[1])
        ]
        z = torch.stack([z[0], torch.tensor(bent, dtype=z.dtype)])
    z = z.flip(0)
    return ((z - w("dp.flows.0.m")) * torch.exp(-w("dp.flows.0.logs")))[0]


def deterministic(w: Weights, hidden: Tensor, speaker: Tensor | None) -> Tensor:
    """The predictor of Glow-TTS, where `use_sdp` is false."""
    x = hidden if speaker is None else hidden + w.conv("dp.cond", speaker)
    for i in (1, 2):
        x = w.norm(f"dp.norm_{i}", torch.relu(w.conv(f"dp.conv_{i}", x)))
    return w.conv("dp.proj", x)[0]


def wavenet(w: Weights, name: str, x: Tensor, speaker: Tensor | None) -> Tensor:
    channels, total = len(x), torch.zeros_like(x)
    own = None if speaker is None else w.conv(f"{name}.cond_layer", speaker)
    for i in range(4):
        gate = w.conv(f"{name}.in_layers.{i}", x)
        if own is not None:
            gate = gate + own[2 * channels * i : 2 * channels * (i + 1)]
        step = w.conv(
            f"{name}.res_skip_layers.{i}",
            torch.tanh(gate[:channels]) * torch.sigmoid(gate[channels:]),
        )
        if i < 3:
            x = x + step[:channels]
        total = total + step[-channels:]
    return total


def flow_reverse(w: Weights, z: Tensor, speaker: Tensor | None) -> Tensor:
    """2.1.2 normalizing flow: four residual couplings, channels reversed between them."""
    half = len(z) // 2
    for k in (6, 4, 2, 0):
        z = z.flip(0)
        at = f"flow.flows.{k}"
        moved = w.conv(
            f"{at}.post", wavenet(w, f"{at}.enc", w.conv(f"{at}.pre", z[:half]), speaker)
        )
        z = torch.cat([z[:half], z[half:] - moved])
    return z


def decoder(w: Weights, z: Tensor, speaker: Tensor | None, config: dict[str, Any]) -> Tensor:
    """2.3 HiFi-GAN."""
    x = w.conv("dec.conv_pre", z)
    if speaker is not None:
        x = x + w.conv("dec.cond", speaker)
    kernels = config["resblock_kernel_sizes"]
    for i, (rate, kernel) in enumerate(
        zip(config["upsample_rates"], config["upsample_kernel_sizes"], strict=True)
    ):
        x = functional.conv_transpose1d(
            functional.leaky_relu(x, 0.1)[None],
            w(f"dec.ups.{i}.weight"),
            w(f"dec.ups.{i}.bias"),
            stride=rate,
            padding=(kernel - rate) // 2,
        )[0]
        blocks = []
        for j, dilations in enumerate(config["resblock_dilation_sizes"]):
            at, y = f"dec.resblocks.{i * len(kernels) + j}", x
            for k, dilation in enumerate(dilations):
                inner = functional.leaky_relu(y, 0.1)
                if str(config["resblock"]) == "1":
                    inner = w.conv(f"{at}.convs1.{k}", inner, dilation=dilation)
                    inner = w.conv(f"{at}.convs2.{k}", functional.leaky_relu(inner, 0.1))
                else:
                    inner = w.conv(f"{at}.convs.{k}", inner, dilation=dilation)
                y = y + inner
            blocks.append(y)
        x = sum(blocks[1:], blocks[0]) / len(blocks)
    return torch.tanh(w.conv("dec.conv_post", functional.leaky_relu(x, 0.01)))[0]


def plan(
    w: Weights,
    config: dict[str, Any],
    ids: list[int],
    speaker: int | None,
    noise: Tensor,
    *,
    noise_scale_w: float,
    length_scale: float,
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """Frames per symbol, means, log scales, and the speaker's vector [G, 1]."""
    own = None if speaker is None else w("emb_g.weight")[speaker][:, None]
    hidden, means, log_scales = text_encoder(w, ids, config)
    if config["use_sdp"]:
        logs = stochastic(w, hidden, own, noise.double() * noise_scale_w)
    else:
        logs = deterministic(w, hidden, own)
    return torch.ceil(torch.exp(logs) * length_scale), means, log_scales, own


def render(
    w: Weights,
    config: dict[str, Any],
    planned: tuple[Tensor, Tensor, Tensor, Tensor | None],
    noise: Tensor,
    *,
    noise_scale: float,
) -> Tensor:
    """Samples, for noise [C, frames]."""
    frames, means, log_scales, own = planned
    columns = [i for i, count in enumerate(frames.tolist()) for _ in range(int(count))]
    prior = means[:, columns] + noise.double() * torch.exp(log_scales[:, columns]) * noise_scale
    return decoder(w, flow_reverse(w, prior, own), own, config)
