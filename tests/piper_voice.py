"""Tiny random voices as Piper publishes them: VITS written once more, and exported as one graph.

The network has the names of 2021 and is written from the paper in whole tensors, so that torch's
older exporter can trace it; nothing of the package is used. It is published as Piper does it: the
weight norm of the decoder is taken away before, that of the flow is folded by the exporter, which
leaves those weights without names.
"""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import weight_norm

SIZES: dict[str, Any] = {
    "symbols": 24,
    "hidden": 8,
    "inter": 8,
    "filter": 12,
    "heads": 2,
    "layers": 2,
    "resblock": "2",
    "kernels": [3, 5],
    "dilations": [[1, 2], [2, 6]],
    "rates": [4, 2],
    "up_kernels": [8, 4],
    "initial": 16,
    "speakers": 1,
    "gin": 0,
}

PHONEMES = {"_": [0], "^": [1], "$": [2], " ": [3], ".": [4], ",": [5], "?": [6]} | {
    letter: [7 + index] for index, letter in enumerate("abdehiklmnostuə\u0301")
}


class Norm(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels))
        self.beta = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        x = functional.layer_norm(x.transpose(1, -1), (len(self.gamma),), self.gamma, self.beta)
        return x.transpose(1, -1)


class Attention(nn.Module):
    """Distances up to four have vectors of their own (Shaw et al. 2018)."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads, self.size = heads, channels // heads
        for name in ("conv_q", "conv_k", "conv_v", "conv_o"):
            setattr(self, name, nn.Conv1d(channels, channels, 1))
        self.emb_rel_k = nn.Parameter(torch.zeros(1, 9, self.size))
        self.emb_rel_v = nn.Parameter(torch.zeros(1, 9, self.size))

    def forward(self, x: Tensor) -> Tensor:
        lines, channels, length = x.shape
        q, k, v = (
            conv(x).view(lines, self.heads, self.size, length).transpose(2, 3)
            for conv in (self.conv_q, self.conv_k, self.conv_v)
        )
        q = q / math.sqrt(self.size)
        apart = torch.arange(length)[None, :] - torch.arange(length)[:, None]
        near = (apart.abs() <= 4).float()[:, :, None]
        apart = apart.clamp(-4, 4) + 4
        keys, values = (
            table.index_select(1, apart.flatten()).view(length, length, self.size) * near
            for table in (self.emb_rel_k, self.emb_rel_v)
        )
        scores = q @ k.transpose(2, 3) + torch.einsum("bhik,ijk->bhij", q, keys)
        shares = torch.softmax(scores, dim=-1)
        heard = shares @ v + torch.einsum("bhij,ijk->bhik", shares, values)
        return self.conv_o(heard.transpose(2, 3).reshape(lines, channels, length))


class FeedForward(nn.Module):
    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.conv_1 = nn.Conv1d(channels, inner, 3)
        self.conv_2 = nn.Conv1d(inner, channels, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.conv_1(functional.pad(x, (1, 1))))
        return self.conv_2(functional.pad(x, (1, 1)))


class Encoder(nn.Module):
    def __init__(self, channels: int, inner: int, heads: int, layers: int) -> None:
        super().__init__()
        self.attn_layers = nn.ModuleList(Attention(channels, heads) for _ in range(layers))
        self.norm_layers_1 = nn.ModuleList(Norm(channels) for _ in range(layers))
        self.ffn_layers = nn.ModuleList(FeedForward(channels, inner) for _ in range(layers))
        self.norm_layers_2 = nn.ModuleList(Norm(channels) for _ in range(layers))

    def forward(self, x: Tensor) -> Tensor:
        for index, attention in enumerate(self.attn_layers):
            x = self.norm_layers_1[index](x + attention(x))
            x = self.norm_layers_2[index](x + self.ffn_layers[index](x))
        return x


class TextEncoder(nn.Module):
    def __init__(self, s: dict[str, Any]) -> None:
        super().__init__()
        self.emb = nn.Embedding(s["symbols"], s["hidden"])
        self.encoder = Encoder(s["hidden"], s["filter"], s["heads"], s["layers"])
        self.proj = nn.Conv1d(s["hidden"], 2 * s["inter"], 1)
        self.root = math.sqrt(s["hidden"])

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = self.encoder((self.emb(ids) * self.root).transpose(1, 2))
        means, log_scales = self.proj(x).chunk(2, dim=1)
        return x, means, log_scales


class Separable(nn.Module):
    """Dilated depth-separable convolutions (appendix B)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.convs_sep = nn.ModuleList(
            nn.Conv1d(channels, channels, 3, groups=channels, dilation=3**i, padding=3**i)
            for i in range(3)
        )
        self.convs_1x1 = nn.ModuleList(nn.Conv1d(channels, channels, 1) for _ in range(3))
        self.norms_1 = nn.ModuleList(Norm(channels) for _ in range(3))
        self.norms_2 = nn.ModuleList(Norm(channels) for _ in range(3))

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        x = x if context is None else x + context
        for i in range(3):
            step = functional.gelu(self.norms_1[i](self.convs_sep[i](x)))
            x = x + functional.gelu(self.norms_2[i](self.convs_1x1[i](step)))
        return x


class Affine(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.m = nn.Parameter(torch.zeros(2, 1))
        self.logs = nn.Parameter(torch.zeros(2, 1))

    def forward(self, z: Tensor, _: Tensor) -> Tensor:
        return (z - self.m) * torch.exp(-self.logs)


class Bend(nn.Module):
    """A rational-quadratic spline undone, ten bins on [-5, 5] (Durkan et al. 2019)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.pre = nn.Conv1d(1, channels, 1)
        self.convs = Separable(channels)
        self.proj = nn.Conv1d(channels, 29, 1)
        self.root = math.sqrt(channels)

    def forward(self, z: Tensor, context: Tensor) -> Tensor:
        shape = self.proj(self.convs(self.pre(z[:, :1]), context)).transpose(1, 2)
        widths = self._knots(shape[..., :10] / self.root)
        heights = self._knots(shape[..., 10:20] / self.root)
        ends = functional.pad(0.001 + functional.softplus(shape[..., 20:]), (1, 1), value=1.0)
        y = z[:, 1].clamp(-5, 5)
        # All bins at once, and the one that y lies in picked out.
        left, width = widths[..., :-1], widths[..., 1:] - widths[..., :-1]
        low, height = heights[..., :-1], heights[..., 1:] - heights[..., :-1]
        slope = height / width
        rise = y[..., None] - low
        bend = ends[..., :-1] + ends[..., 1:] - 2 * slope
        a = rise * bend + height * (slope - ends[..., :-1])
        b = height * ends[..., :-1] - rise * bend
        c = -slope * rise
        theta = 2 * c / (-b - torch.sqrt((b * b - 4 * a * c).clamp(min=0)))
        inside = (y[..., None] >= low).float()
        picked = inside - functional.pad(inside[..., 1:], (0, 1))
        bent = ((left + theta * width) * picked).sum(dim=-1)
        outside = (z[:, 1].abs() > 5).float()
        return torch.stack([z[:, 0], z[:, 1] * outside + bent * (1 - outside)], dim=1)

    def _knots(self, logits: Tensor) -> Tensor:
        places = torch.cumsum(0.001 + 0.99 * torch.softmax(logits, dim=-1), dim=-1)
        inner = 10 * places[..., :-1] - 5
        return functional.pad(functional.pad(inner, (1, 0), value=-5.0), (0, 1), value=5.0)


class Durations(nn.Module):
    """2.2.2, reversed; the coupling next to the affine step is in no published graph."""

    def __init__(self, s: dict[str, Any]) -> None:
        super().__init__()
        channels = s["hidden"]
        self.pre = nn.Conv1d(channels, channels, 1)
        self.convs = Separable(channels)
        self.proj = nn.Conv1d(channels, channels, 1)
        if s["gin"]:
            self.cond = nn.Conv1d(s["gin"], channels, 1)
        self.flows = nn.ModuleDict({"0": Affine()} | {k: Bend(channels) for k in "1357"})

    def forward(self, x: Tensor, speaker: Tensor | None, noise: Tensor) -> Tensor:
        context = self.pre(x)
        if speaker is not None:
            context = context + self.cond(speaker)
        context = self.proj(self.convs(context))
        z = noise
        for k in "7530":
            z = self.flows[k](z.flip(1), context)
        return z[:, :1]


class WaveNet(nn.Module):
    def __init__(self, channels: int, gin: int) -> None:
        super().__init__()
        self.channels = channels
        self.in_layers = nn.ModuleList(
            weight_norm(nn.Conv1d(channels, 2 * channels, 5, padding=2)) for _ in range(4)
        )
        self.res_skip_layers = nn.ModuleList(
            weight_norm(nn.Conv1d(channels, channels * (2 if i < 3 else 1), 1)) for i in range(4)
        )
        if gin:
            self.cond_layer = weight_norm(nn.Conv1d(gin, 8 * channels, 1))

    def forward(self, x: Tensor, speaker: Tensor | None) -> Tensor:
        total = torch.zeros_like(x)
        own = None if speaker is None else self.cond_layer(speaker)
        for i in range(4):
            gate = self.in_layers[i](x)
            if own is not None:
                gate = gate + own[:, 2 * self.channels * i : 2 * self.channels * (i + 1)]
            signal, valve = gate.chunk(2, dim=1)
            step = self.res_skip_layers[i](torch.tanh(signal) * torch.sigmoid(valve))
            if i < 3:
                onward, step = step.chunk(2, dim=1)
                x = x + onward
            total = total + step
        return total


class Coupling(nn.Module):
    def __init__(self, s: dict[str, Any]) -> None:
        super().__init__()
        self.pre = nn.Conv1d(s["inter"] // 2, s["hidden"], 1)
        self.enc = WaveNet(s["hidden"], s["gin"])
        self.post = nn.Conv1d(s["hidden"], s["inter"] // 2, 1)

    def forward(self, z: Tensor, speaker: Tensor | None) -> Tensor:
        kept, moved = z.chunk(2, dim=1)
        return torch.cat([kept, moved - self.post(self.enc(self.pre(kept), speaker))], dim=1)


class Flow(nn.Module):
    def __init__(self, s: dict[str, Any]) -> None:
        super().__init__()
        self.flows = nn.ModuleDict({k: Coupling(s) for k in "0246"})

    def forward(self, z: Tensor, speaker: Tensor | None) -> Tensor:
        for k in "6420":
            z = self.flows[k](z.flip(1), speaker)
        return z


class Block(nn.Module):
    def __init__(self, channels: int, kernel: int, dilations: list[int], kind: str) -> None:
        super().__init__()

        def convs(rates: list[int]) -> nn.ModuleList:
            return nn.ModuleList(
                nn.Conv1d(channels, channels, kernel, dilation=d, padding=(kernel - 1) * d // 2)
                for d in rates
            )

        self.pairs = kind == "1"
        if self.pairs:
            self.convs1, self.convs2 = convs(dilations), convs([1] * len(dilations))
        else:
            self.convs = convs(dilations)

    def forward(self, x: Tensor) -> Tensor:
        for i, conv in enumerate(self.convs1 if self.pairs else self.convs):
            step = conv(functional.leaky_relu(x, 0.1))
            if self.pairs:
                step = self.convs2[i](functional.leaky_relu(step, 0.1))
            x = x + step
        return x


class Decoder(nn.Module):
    """2.3, HiFi-GAN."""

    def __init__(self, s: dict[str, Any]) -> None:
        super().__init__()
        width, self.blocks = s["initial"], len(s["kernels"])
        self.conv_pre = nn.Conv1d(s["inter"], width, 7, padding=3)
        if s["gin"]:
            self.cond = nn.Conv1d(s["gin"], width, 1)
        self.ups, self.resblocks = nn.ModuleList(), nn.ModuleList()
        for rate, kernel in zip(s["rates"], s["up_kernels"], strict=True):
            padding = (kernel - rate) // 2
            self.ups.append(nn.ConvTranspose1d(width, width // 2, kernel, rate, padding))
            width //= 2
            self.resblocks.extend(
                Block(width, k, d, s["resblock"])
                for k, d in zip(s["kernels"], s["dilations"], strict=True)
            )
        self.conv_post = nn.Conv1d(width, 1, 7, padding=3, bias=False)

    def forward(self, x: Tensor, speaker: Tensor | None) -> Tensor:
        x = self.conv_pre(x)
        if speaker is not None:
            x = x + self.cond(speaker)
        for i, up in enumerate(self.ups):
            x = up(functional.leaky_relu(x, 0.1))
            blocks = self.resblocks[i * self.blocks : (i + 1) * self.blocks]
            sounds = [block(x) for block in blocks]
            x = sum(sounds[1:], sounds[0]) / len(sounds)
        return torch.tanh(self.conv_post(functional.leaky_relu(x)))


class Network(nn.Module):
    """What is exported: ids, their number, the three scales, perhaps a speaker -> samples."""

    def __init__(self, sizes: dict[str, Any]) -> None:
        super().__init__()
        self.enc_p = TextEncoder(sizes)
        self.dp = Durations(sizes)
        self.flow = Flow(sizes)
        self.dec = Decoder(sizes)
        if sizes["gin"]:
            self.emb_g = nn.Embedding(sizes["speakers"], sizes["gin"])

    def forward(
        self, ids: Tensor, lengths: Tensor, scales: Tensor, sid: Tensor | None = None
    ) -> Tensor:
        noise_scale, length_scale, noise_scale_w = scales[0], scales[1], scales[2]
        speaker = None if sid is None else self.emb_g(sid)[:, :, None]
        x, means, log_scales = self.enc_p(ids)
        noise = torch.randn(x.size(0), 2, x.size(2)) * noise_scale_w
        mask = (torch.arange(ids.size(1))[None, :] < lengths[:, None]).float()
        frames = torch.ceil(torch.exp(self.dp(x, speaker, noise))[:, 0] * mask * length_scale)
        ends = torch.cumsum(frames, dim=1)
        place = torch.arange(ends[0, -1].long())[None, :, None]
        path = (place < ends[:, None, :]).float() - (place < (ends - frames)[:, None, :]).float()
        means, log_scales = (spread @ path.transpose(1, 2) for spread in (means, log_scales))
        z = means + torch.randn_like(means) * torch.exp(log_scales) * noise_scale
        return self.dec(self.flow(z, speaker), speaker)[:, None]


def network(*, seed: int = 0, **sizes: Any) -> Network:
    """Random weights of the variance that keeps sound going."""
    with torch.random.fork_rng(), warnings.catch_warnings():
        # The older weight norm, which Piper was published with.
        warnings.simplefilter("ignore")
        torch.manual_seed(seed)
        made = Network({**SIZES, **sizes}).eval()
        with torch.no_grad():
            for name, value in made.named_parameters():
                if name.endswith(("weight_g", "gamma")):
                    value.uniform_(0.5, 1.5)
                elif value.ndim > 1:
                    value.normal_(0, (value.numel() / len(value)) ** -0.5)
                else:
                    value.normal_(0, 0.2)
            made.dp.flows["0"].m.copy_(torch.tensor([[-2.0], [0.1]]))
            made.dp.flows["0"].logs.copy_(torch.tensor([[0.7], [0.2]]))
    return made


def config(*, quality: str = "low", **changes: Any) -> dict[str, Any]:
    """The JSON file beside the graph."""
    return {
        "dataset": "tiny",
        "audio": {"sample_rate": 16000, "quality": quality},
        "espeak": {"voice": "de"},
        "language": {"code": "de_DE", "family": "de", "region": "DE"},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "phoneme_type": "text",
        "phoneme_map": {},
        "phoneme_id_map": PHONEMES,
        "num_symbols": SIZES["symbols"],
        "num_speakers": 1,
        "speaker_id_map": {},
        "piper_version": "1.0.0",
        **changes,
    }


def write(
    folder: Path, name: str = "de_DE-tiny-low", *, seed: int = 0, said: Any = None, **sizes: Any
) -> Path:
    """NAME.onnx and NAME.onnx.json; answers the graph."""
    folder.mkdir(parents=True, exist_ok=True)
    made, path = network(seed=seed, **sizes), folder / f"{name}.onnx"
    speaking = sizes.get("gin", 0) > 0
    inputs: list[Any] = [torch.tensor([[1, 0, 8, 0, 9, 0, 2]]), torch.tensor([7])]
    inputs += [torch.tensor([0.5, 1.0, 0.5])] + [torch.tensor([0])] * speaking
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            made,
            tuple(inputs),
            str(path),
            dynamo=False,
            opset_version=15,
            input_names=["input", "input_lengths", "scales", "sid"][: len(inputs)],
            output_names=["output"],
            dynamic_axes={
                "input": {0: "batch_size", 1: "phonemes"},
                "input_lengths": {0: "batch_size"},
                "output": {0: "batch_size", 1: "time"},
            },
        )
    speakers = sizes.get("speakers", 1)
    content = config(num_speakers=speakers, **(said or {}))
    path.with_name(f"{name}.onnx.json").write_text(json.dumps(content), encoding="utf-8")
    return path
