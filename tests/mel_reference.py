"""Glow-TTS, Grad-TTS, Diff-TTS and HiFi-GAN once more, plainly, by the names that files have.

One line, in double precision, formula after formula as `mel-models` states them; no module of ours.
Weights are `{published name: tensor}`; signals [C, T], images [C, M, F].
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional


class Weights:
    """The tensors below a name."""

    def __init__(self, tensors: Mapping[str, Tensor], prefix: str = "") -> None:
        self.tensors = {name: tensor.double() for name, tensor in tensors.items()}
        self.prefix = prefix

    def below(self, name: str) -> Weights:
        return Weights(self.tensors, f"{self.prefix}{name}.")

    def has(self, name: str) -> bool:
        return any(key.startswith(f"{self.prefix}{name}") for key in self.tensors)

    def __getitem__(self, name: str) -> Tensor:
        return self.tensors[self.prefix + name]

    def weight(self) -> Tensor:
        """Weight norm in either spelling, or none."""
        for size, direction in (
            ("weight_g", "weight_v"),
            ("parametrizations.weight.original0", "parametrizations.weight.original1"),
        ):
            if self.has(size):
                v = self[direction]
                norm = v.flatten(1).norm(dim=1).reshape(-1, *[1] * (v.ndim - 1))
                return self[size] * v / norm
        return self["weight"]

    def bias(self) -> Tensor | None:
        return self["bias"] if self.has("bias") else None


def conv(x: Tensor, w: Weights, dilation: int = 1) -> Tensor:
    """As long as its input; an even kernel sees one more on the right."""
    weight = w.weight()
    reach = (weight.shape[2] - 1) * dilation
    padded = functional.pad(x, (reach // 2, reach - reach // 2))
    return functional.conv1d(padded[None], weight, w.bias(), dilation=dilation)[0]


def norm(x: Tensor, w: Weights, epsilon: float) -> Tensor:
    mean, variance = x.mean(dim=0), x.var(dim=0, unbiased=False)
    gain, shift = w["gamma"].reshape(-1, 1), w["beta"].reshape(-1, 1)
    return (x - mean) / torch.sqrt(variance + epsilon) * gain + shift


def attention(x: Tensor, w: Weights, heads: int) -> Tensor:
    query, key, value = (
        conv(x, w.below(f"conv_{name}")).reshape(heads, -1, x.shape[1]) for name in "qkv"
    )
    query = query / math.sqrt(query.shape[1])
    scores = torch.einsum("hdi,hdj->hij", query, key)
    window = (w["emb_rel_k"].shape[1] - 1) // 2 if w.has("emb_rel_k") else -1
    near = [(i, j) for i in range(x.shape[1]) for j in range(x.shape[1]) if abs(i - j) <= window]
    for i, j in near:
        scores[:, i, j] += query[:, :, i] @ w["emb_rel_k"][0, j - i + window]
    share = scores.softmax(dim=-1)
    mixed = torch.einsum("hij,hdj->hdi", share, value)
    for i, j in near:
        mixed[:, :, i] += share[:, i, j, None] * w["emb_rel_v"][0, j - i + window]
    return conv(mixed.reshape(x.shape), w.below("conv_o"))


def text_encoder(ids: Tensor, w: Weights, heads: int, prenet: str, epsilon: float) -> Tensor:
    """[H, P] hidden states."""
    table = w["emb.weight"]
    x = table[ids].T * math.sqrt(table.shape[1])
    if w.has(f"{prenet}."):
        pre, branch = w.below(prenet), x
        for layer in range(3):
            branch = conv(branch, pre.below(f"conv_layers.{layer}"))
            branch = norm(branch, pre.below(f"norm_layers.{layer}"), epsilon).relu()
        x = x + conv(branch, pre.below("proj"))
    layer, encoder = 0, w.below("encoder")
    while encoder.has(f"attn_layers.{layer}."):
        y = attention(x, encoder.below(f"attn_layers.{layer}"), heads)
        x = norm(x + y, encoder.below(f"norm_layers_1.{layer}"), epsilon)
        y = conv(x, encoder.below(f"ffn_layers.{layer}.conv_1")).relu()
        y = conv(y, encoder.below(f"ffn_layers.{layer}.conv_2"))
        x = norm(x + y, encoder.below(f"norm_layers_2.{layer}"), epsilon)
        layer += 1
    return x


def log_durations(x: Tensor, w: Weights, epsilon: float) -> Tensor:
    for layer in (1, 2):
        x = norm(conv(x, w.below(f"conv_{layer}")).relu(), w.below(f"norm_{layer}"), epsilon)
    return conv(x, w.below("proj"))[0]


def spread(x: Tensor, frames: Tensor) -> Tensor:
    return x.repeat_interleave(frames.long(), dim=1)


# Glow-TTS


def glow_plan(
    ids: Tensor, speaker: int, w: Weights, model: Mapping[str, object], scale: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Frames, means and log scales of each symbol."""
    encoder, heads = w.below("encoder"), int(str(model["n_heads"]))
    coqui = encoder.has("duration_predictor.")
    prenet = "prenet" if coqui else "pre"
    x = text_encoder(ids, encoder, heads, prenet, 1e-4)
    means = conv(x, encoder.below("proj_m"))
    scales = torch.zeros_like(means)
    if encoder.has("proj_s."):
        scales = conv(x, encoder.below("proj_s"))
    g = glow_speaker(speaker, w)
    given = x if g is None else torch.cat([x, g[:, None].expand(-1, x.shape[1])])
    predictor = encoder.below("duration_predictor" if coqui else "proj_w")
    log = log_durations(given, predictor, 1e-4)
    if coqui:
        frames = torch.ceil((log.exp() - 1) * scale).clamp_min(1)
    else:
        frames = torch.ceil(log.exp() * scale)
    return frames, means, scales


def glow_speaker(speaker: int, w: Weights) -> Tensor | None:
    if not w.has("emb_g."):
        return None
    row = w["emb_g.weight"][speaker]
    return row / max(float(row.norm()), 1e-12)


def glow_reverse(
    z: Tensor, speaker: int, w: Weights, *, squeeze: int, rate: int, sigmoid_scale: bool
) -> Tensor:
    """[C, F] of latents -> spectrogram."""
    bands, frames = z.shape
    x = z.reshape(bands, frames // squeeze, squeeze).permute(2, 0, 1).reshape(
        squeeze * bands, frames // squeeze
    )  # fmt: skip
    blocks, flows = 0, w.below("decoder.flows")
    while flows.has(f"{3 * blocks}."):
        blocks += 1
    g = glow_speaker(speaker, w)
    half = len(x) // 2
    for block in reversed(range(blocks)):
        coupling = flows.below(str(3 * block + 2))
        kept, moved = x[:half], x[half:]
        hidden = conv(kept, coupling.below("start"))
        hidden = wavenet(hidden, g, coupling.below("wn"), rate)
        shift, log = conv(hidden, coupling.below("end")).chunk(2)
        if sigmoid_scale:
            log = torch.log(1e-6 + torch.sigmoid(log + 2))
        x = torch.cat([kept, (moved - shift) / log.exp()])
        matrix = torch.linalg.inv(flows[f"{3 * block + 1}.weight"])
        mixed, size = torch.empty_like(x), len(matrix)
        for group in range(len(x) // size):
            rows = [a * half + group * (size // 2) + r for a in (0, 1) for r in range(size // 2)]
            mixed[rows] = matrix @ x[rows]
        actnorm = flows.below(str(3 * block))
        x = (mixed - actnorm["bias"][0]) / actnorm["logs"][0].exp()
    return x.reshape(squeeze, bands, -1).permute(1, 2, 0).reshape(bands, frames)


def wavenet(x: Tensor, g: Tensor | None, w: Weights, rate: int) -> Tensor:
    channels, layer, total = len(x), 0, torch.zeros_like(x)
    count = sum(w.has(f"in_layers.{n}.") for n in range(64))
    for layer in range(count):
        both = conv(x, w.below(f"in_layers.{layer}"), rate**layer)
        if g is not None:
            own = conv(g[:, None], w.below("cond_layer"))
            both = both + own[2 * channels * layer : 2 * channels * (layer + 1)]
        acts = torch.tanh(both[:channels]) * torch.sigmoid(both[channels:])
        out = conv(acts, w.below(f"res_skip_layers.{layer}"))
        if layer < count - 1:
            x = x + out[:channels]
        total = total + out[-channels:]
    return total


# Grad-TTS


def mish(x: Tensor) -> Tensor:
    return x * torch.tanh(torch.log1p(torch.exp(x)))


def linear(x: Tensor, w: Weights) -> Tensor:
    return w["weight"] @ x + w["bias"]


def image_conv(x: Tensor, w: Weights, **options: int) -> Tensor:
    return functional.conv2d(x[None], w["weight"], w.bias(), **options)[0]


def block(x: Tensor, mask: Tensor, w: Weights) -> Tensor:
    y = image_conv(x * mask, w.below("block.0"), padding=1)
    gain, shift = w["block.1.weight"], w["block.1.bias"]
    y = functional.group_norm(y[None], 8, gain, shift, 1e-5)[0]
    return mish(y) * mask


def resnet(x: Tensor, mask: Tensor, time: Tensor, w: Weights) -> Tensor:
    h = block(x, mask, w.below("block1")) + linear(mish(time), w.below("mlp.1"))[:, None, None]
    h = block(h, mask, w.below("block2"))
    if w.has("res_conv"):
        return h + image_conv(x * mask, w.below("res_conv"))
    return h + x * mask


def linear_attention(x: Tensor, w: Weights) -> Tensor:
    query, key, value = image_conv(x, w.below("fn.fn.to_qkv")).reshape(3, 4, 32, -1)
    key = key.softmax(dim=-1)
    context = torch.einsum("hdn,hen->hde", key, value)
    out = torch.einsum("hde,hdn->hen", context, query).reshape(128, *x.shape[1:])
    return x + w["fn.g"] * image_conv(out, w.below("fn.fn.to_out"))


def level(x: Tensor, mask: Tensor, time: Tensor, w: Weights) -> Tensor:
    x = resnet(resnet(x, mask, time, w.below("0")), mask, time, w.below("1"))
    return linear_attention(x, w.below("2"))


def estimator(
    x: Tensor, mu: Tensor, frames: int, t: float, speaker: Tensor | None, w: Weights, scale: float
) -> Tensor:
    """[M, F]: the score; `frames` of F are real."""
    width = len(w["mlp.2.bias"])
    half = width // 2
    falling = torch.exp(torch.arange(half).double() * -(math.log(10000) / (half - 1)))
    angles = scale * t * falling
    time = mish(linear(torch.cat([angles.sin(), angles.cos()]), w.below("mlp.0")))
    time = linear(time, w.below("mlp.2"))
    images = [mu, x]
    if speaker is not None:
        own = linear(mish(linear(speaker, w.below("spk_mlp.0"))), w.below("spk_mlp.2"))
        images.append(own[:, None].expand_as(x))
    y = torch.stack(images)
    masks = [(torch.arange(x.shape[1]) < frames).double()]
    kept: list[Tensor] = []
    for stage in range(3):
        y = level(y, masks[-1], time, w.below(f"downs.{stage}"))
        kept.append(y)
        if stage < 2:
            y = image_conv(y * masks[-1], w.below(f"downs.{stage}.3.conv"), stride=2, padding=1)
            masks.append(masks[-1][::2])
    y = resnet(y, masks[-1], time, w.below("mid_block1"))
    y = linear_attention(y, w.below("mid_attn"))
    y = resnet(y, masks[-1], time, w.below("mid_block2"))
    for stage in range(2):
        mask = masks.pop()
        y = level(torch.cat([y, kept.pop()]), mask, time, w.below(f"ups.{stage}"))
        grow = w.below(f"ups.{stage}.3.conv")
        y = functional.conv_transpose2d(
            (y * mask)[None], grow["weight"], grow["bias"], stride=2, padding=1
        )[0]
    y = block(y, masks[0], w.below("final_block"))
    return image_conv(y * masks[0], w.below("final_conv"))[0] * masks[0]


# Diff-TTS


def diff_encoder(ids: Tensor, speaker: int, w: Weights, dilations: Sequence[int]) -> Tensor:
    """[H, P] hidden states of a speaker."""
    encoder, stage = w.below("encoder"), 0
    x = linear(encoder["emb.weight"][ids].T, Unsqueezed(encoder.below("prenet"))).relu()
    while encoder.has(f"blocks.{stage}."):
        y = x
        for part in (0, 1):
            own = encoder.below(f"blocks.{stage}")
            y = conv(y, own.below(f"convs.{part}"), dilations[stage % len(dilations)]).relu()
            y = norm(y, own.below(f"norms.{part}"), 1e-5)
        x, stage = x + y, stage + 1
    x = lstm(x, encoder.below("lstm"))
    return x + w["speaker_emb.weight"][speaker][:, None] if w.has("speaker_emb.") else x


class Unsqueezed(Weights):
    """Biases as columns."""

    def __init__(self, w: Weights) -> None:
        super().__init__(w.tensors, w.prefix)

    def __getitem__(self, name: str) -> Tensor:
        found = super().__getitem__(name)
        return found[:, None] if name == "bias" else found


def lstm(x: Tensor, w: Weights) -> Tensor:
    size = len(w["bias_ih_l0"]) // 4
    h = c = torch.zeros(size, dtype=torch.double)
    rows = []
    for column in x.T:
        gates = w["weight_ih_l0"] @ column + w["bias_ih_l0"]
        gates = gates + w["weight_hh_l0"] @ h + w["bias_hh_l0"]
        i, f, g, o = gates.chunk(4)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        rows.append(h)
    return torch.stack(rows, dim=1)


def denoiser(x: Tensor, hidden: Tensor, t: int, w: Weights) -> Tensor:
    a = t * torch.exp(-torch.arange(64).double() * math.log(10000) / 63)
    step = torch.cat([a.sin(), a.cos()])
    for part in (1, 2):
        step = linear(step, w.below(f"diffusion_embedding.projection{part}"))
        step = step * torch.sigmoid(step)
    y = conv(x, w.below("input_projection")).relu()
    total, layer = torch.zeros_like(y), 0
    while w.has(f"residual_layers.{layer}."):
        own = w.below(f"residual_layers.{layer}")
        z = conv(y + linear(step, own.below("diffusion_projection"))[:, None],
                 own.below("dilated_conv"))  # fmt: skip
        gate, signal = (z + conv(hidden, own.below("conditioner_projection"))).chunk(2)
        residual, skip = conv(
            torch.sigmoid(gate) * torch.tanh(signal), own.below("output_projection")
        ).chunk(2)
        y, total, layer = (y + residual) / math.sqrt(2), total + skip, layer + 1
    total = conv(total / math.sqrt(layer), w.below("skip_projection")).relu()
    return conv(total, w.below("output_projection"))


# HiFi-GAN


def hifigan(mel: Tensor, w: Weights, config: Mapping[str, object]) -> Tensor:
    """[S] samples."""
    rates: Sequence[int] = config["upsample_rates"]  # type: ignore[assignment]
    kernels: Sequence[int] = config["upsample_kernel_sizes"]  # type: ignore[assignment]
    dilations: Sequence[Sequence[int]] = config["resblock_dilation_sizes"]  # type: ignore[assignment]
    x = conv(mel, w.below("conv_pre"))
    for stage, (rate, kernel) in enumerate(zip(rates, kernels, strict=True)):
        up = w.below(f"ups.{stage}")
        x = functional.leaky_relu(x, 0.1)
        x = functional.conv_transpose1d(
            x[None], up.weight(), up.bias(), stride=rate, padding=(kernel - rate) // 2
        )[0]
        parts = [
            residual(x, w.below(f"resblocks.{stage * len(dilations) + n}"), own)
            for n, own in enumerate(dilations)
        ]
        x = sum(parts[1:], parts[0]) / len(parts)
    return torch.tanh(conv(functional.leaky_relu(x, 0.01), w.below("conv_post")))[0]


def residual(x: Tensor, w: Weights, dilations: Sequence[int]) -> Tensor:
    pairs = w.has("convs1.")
    for layer, dilation in enumerate(dilations[: 3 if pairs else 2]):
        y = functional.leaky_relu(x, 0.1)
        if pairs:
            y = conv(y, w.below(f"convs1.{layer}"), dilation)
            y = conv(functional.leaky_relu(y, 0.1), w.below(f"convs2.{layer}"))
        else:
            y = conv(y, w.below(f"convs.{layer}"), dilation)
        x = x + y
    return x
