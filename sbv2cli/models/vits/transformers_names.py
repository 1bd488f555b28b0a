"""The tensors of transformers' `VitsModel` by their published names of 2021."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbv2cli.models.weights import SPEAKER_LAYERS, our_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from sbv2cli.models.weights import Rows

# Weight norm as torch has written it since 2.0.
NORM = {".parametrizations.weight.original0": ".weight_g",
        ".parametrizations.weight.original1": ".weight_v"}  # fmt: skip

# Norms of transformers are torch's own, those of 2021 were not.
SCALES = {"gamma": "weight", "beta": "bias"}


def _norm(theirs: str, published: str) -> Rows:
    return tuple((f"{theirs}.{new}", f"{published}.{old}") for old, new in SCALES.items())


def _dilated(theirs: str, published: str) -> Rows:
    return (
        (f"{theirs}.convs_dilated.{{i}}.*", f"{published}.convs_sep.{{i}}.*"),
        (f"{theirs}.convs_pointwise.{{i}}.*", f"{published}.convs_1x1.{{i}}.*"),
        *_norm(f"{theirs}.norms_1.{{i}}", f"{published}.norms_1.{{i}}"),
        *_norm(f"{theirs}.norms_2.{{i}}", f"{published}.norms_2.{{i}}"),
    )


def _flows() -> Rows:
    """Couplings are counted without the channel swaps between them."""
    rows: Rows = ()
    for index in range(4):
        left, right = f"duration_predictor.flows.{index + 1}", f"dp.flows.{2 * index + 1}"
        rows += (
            (f"{left}.conv_pre.*", f"{right}.pre.*"),
            (f"{left}.conv_proj.*", f"{right}.proj.*"),
            *_dilated(f"{left}.conv_dds", f"{right}.convs"),
        )
        left, right = f"flow.flows.{index}", f"flow.flows.{2 * index}"
        rows += (
            (f"{left}.conv_pre.*", f"{right}.pre.*"),
            (f"{left}.conv_post.*", f"{right}.post.*"),
            (f"{left}.wavenet.*", f"{right}.enc.*"),
        )
    return rows


_LAYER, _OLD = "text_encoder.encoder.layers.{i}", "enc_p.encoder"
_PREDICTOR, _OLD_PREDICTOR = "duration_predictor", "dp"

NAMES: Rows = (
    ("embed_speaker.weight", "emb_g.weight"),
    ("text_encoder.embed_tokens.weight", "enc_p.emb.weight"),
    (f"{_LAYER}.attention.emb_rel_k", f"{_OLD}.attn_layers.{{i}}.emb_rel_k"),
    (f"{_LAYER}.attention.emb_rel_v", f"{_OLD}.attn_layers.{{i}}.emb_rel_v"),
    (f"{_LAYER}.attention.q_proj.*", f"{_OLD}.attn_layers.{{i}}.conv_q.*"),
    (f"{_LAYER}.attention.k_proj.*", f"{_OLD}.attn_layers.{{i}}.conv_k.*"),
    (f"{_LAYER}.attention.v_proj.*", f"{_OLD}.attn_layers.{{i}}.conv_v.*"),
    (f"{_LAYER}.attention.out_proj.*", f"{_OLD}.attn_layers.{{i}}.conv_o.*"),
    *_norm(f"{_LAYER}.layer_norm", f"{_OLD}.norm_layers_1.{{i}}"),
    (f"{_LAYER}.feed_forward.conv_1.*", f"{_OLD}.ffn_layers.{{i}}.conv_1.*"),
    (f"{_LAYER}.feed_forward.conv_2.*", f"{_OLD}.ffn_layers.{{i}}.conv_2.*"),
    *_norm(f"{_LAYER}.final_layer_norm", f"{_OLD}.norm_layers_2.{{i}}"),
    ("text_encoder.project.*", "enc_p.proj.*"),
    ("duration_predictor.cond.*", "dp.cond.*"),
    # The stochastic one.
    ("duration_predictor.conv_pre.*", "dp.pre.*"),
    ("duration_predictor.conv_proj.*", "dp.proj.*"),
    *_dilated(f"{_PREDICTOR}.conv_dds", f"{_OLD_PREDICTOR}.convs"),
    ("duration_predictor.flows.0.translate", "dp.flows.0.m"),
    ("duration_predictor.flows.0.log_scale", "dp.flows.0.logs"),
    *_flows(),
    # The other one.
    ("duration_predictor.conv_1.*", "dp.conv_1.*"),
    ("duration_predictor.conv_2.*", "dp.conv_2.*"),
    *_norm("duration_predictor.norm_1", "dp.norm_1"),
    *_norm("duration_predictor.norm_2", "dp.norm_2"),
    ("duration_predictor.proj.*", "dp.proj.*"),
    ("decoder.conv_pre.*", "dec.conv_pre.*"),
    ("decoder.upsampler.{i}.*", "dec.ups.{i}.*"),
    ("decoder.resblocks.{i}.*", "dec.resblocks.{i}.*"),
    ("decoder.conv_post.*", "dec.conv_post.*"),
    ("decoder.cond.*", "dec.cond.*"),
)

LEARNING = ("posterior_encoder.", "duration_predictor.post_", "discriminator.")
"""Beginnings of what only training needs."""


def published(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors that speak; names that nobody knows stay as they are, for the error."""
    found: dict[str, Tensor] = {}
    alone = "embed_speaker.weight" not in tensors
    for name, tensor in tensors.items():
        if name.startswith(LEARNING) or (alone and any(part in name for part in SPEAKER_LAYERS)):
            continue
        plain = name
        for new, old in NORM.items():
            plain = plain.replace(new, old)
        ours = our_name(plain, NAMES) or name
        # Attention is linear there and a convolution of width one here.
        linear = "attention." in name and name.endswith("_proj.weight") and tensor.ndim == 2
        found[ours] = tensor[:, :, None] if linear else tensor
    return found
