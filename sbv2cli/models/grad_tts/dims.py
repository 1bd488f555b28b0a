"""The sizes of a Grad-TTS, from the `model` section of a voice and from the shapes of its weights.

Published checkpoints have no configuration beside them: all but a few numbers can be seen from
their tensors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sbv2cli.models.layers.prenet_encoder import PrenetEncoderDims
from sbv2cli.models.section import Section

if TYPE_CHECKING:
    from torch import Tensor

    from sbv2cli.records import Inventory

# Group norm counts its groups, and the U-Net halves its images twice.
GROUPS = 8
LEVELS = 3
FRAME_MULTIPLE = 1 << (LEVELS - 1)

DEFAULTS: Mapping[str, Any] = {
    "n_feats": 80,
    "n_enc_channels": 192,
    "filter_channels": 768,
    "filter_channels_dp": 256,
    "n_enc_layers": 6,
    "enc_kernel": 3,
    "enc_dropout": 0.1,
    "n_heads": 2,
    "window_size": 4,
    "dec_dim": 64,
    "spk_emb_dim": 64,
    "beta_min": 0.05,
    "beta_max": 20.0,
    "pe_scale": 1000,
    "stoc": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GradTtsDims:
    """Sizes of a network."""

    encoder: PrenetEncoderDims
    bands: int
    width: int  # channels of the U-Net where it is narrowest
    inventory: Inventory
    speaker_channels: int  # 0: there is one speaker, without a vector
    beta_min: float
    beta_max: float
    time_scale: float  # of the time in its embedding
    stochastic: bool  # whether steps add noise (SDE) or not (ODE)


def read_dims(network: Mapping[str, Any], inventory: Inventory, where: str) -> GradTtsDims:
    """Check and type the `model` section."""
    values = {**DEFAULTS, **network}
    read = Section(values, where)
    bands, width, channels = (read.whole(key) for key in ("n_feats", "dec_dim", "n_enc_channels"))
    heads = read.whole("n_heads")
    read.must(bands % FRAME_MULTIPLE == 0, "n_feats", f"a multiple of {FRAME_MULTIPLE}")
    read.must(width % GROUPS == 0, "dec_dim", f"a multiple of {GROUPS}")
    read.must(channels % heads == 0, "n_enc_channels", "a multiple of n_heads")
    for key in ("beta_min", "beta_max", "enc_dropout"):
        read.must(read.number(key) >= 0, key, "a number that is not below zero")
    encoder = PrenetEncoderDims(
        symbols=inventory.phones,
        channels=channels,
        filter=read.whole("filter_channels"),
        duration_filter=read.whole("filter_channels_dp"),
        kernel=read.whole("enc_kernel"),
        heads=heads,
        layers=read.whole("n_enc_layers"),
        window=read.whole("window_size"),
        dropout=read.number("enc_dropout"),
        bands=bands,
    )
    several = inventory.speakers > 1
    return GradTtsDims(
        encoder=encoder,
        bands=bands,
        width=width,
        inventory=inventory,
        speaker_channels=read.whole("spk_emb_dim") if several else 0,
        beta_min=read.number("beta_min"),
        beta_max=read.number("beta_max"),
        time_scale=read.number("pe_scale"),
        stochastic=read.flag("stoc"),
    )


def sizes_of(published: Mapping[str, Tensor]) -> dict[str, Any]:
    """Keys of the `model` section that the tensors of a file tell."""
    found: dict[str, Any] = {}
    for name, axes in SEEN.items():
        tensor = published.get(name)
        if tensor is not None and tensor.ndim == 1 + max(axes.values()):
            found |= {key: tensor.shape[axis] for key, axis in axes.items()}
    near = published.get("encoder.encoder.attn_layers.0.emb_rel_k")
    if near is not None and near.ndim == RELATIVE_AXES and near.shape[2]:
        found["window_size"] = (near.shape[1] - 1) // 2
        found["n_heads"] = found.get("n_enc_channels", 0) // near.shape[2]
    if found:
        speakers = published.get("spk_emb.weight")
        found["n_spks"] = 1 if speakers is None else len(speakers)
    layers = 0
    while f"encoder.encoder.attn_layers.{layers}.conv_q.weight" in published:
        layers += 1
    return {key: size for key, size in {**found, "n_enc_layers": layers}.items() if size}


# Tensor -> which of its axes is which size; each has as many axes as the last one named and one.
SEEN: Mapping[str, Mapping[str, int]] = {
    "encoder.emb.weight": {"n_enc_channels": 1},
    "encoder.proj_m.bias": {"n_feats": 0},
    "encoder.encoder.ffn_layers.0.conv_1.weight": {"filter_channels": 0, "enc_kernel": 2},
    "encoder.proj_w.conv_1.bias": {"filter_channels_dp": 0},
    "decoder.estimator.mlp.2.bias": {"dec_dim": 0},
    "spk_emb.weight": {"spk_emb_dim": 1},
}
RELATIVE_AXES = 3
