"""Published tensors -> our parameters: one table of names per architecture, strict in both ways.

A row is a pair of patterns; `{i}` and `{j}` stand for a number, a trailing `*` for the rest of the
name. Training checkpoints and inference files use the same names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TypeVar

import torch
from torch import Tensor

Rows = tuple[tuple[str, str], ...]
T = TypeVar("T")

# Placeholders, and what may stand in their place.
PLACES = {"{i}": r"(\d+)", "{j}": r"(\d+)", "*": "(.+)"}
PLACE = re.compile(r"\{[ij]\}|\*")

# Tensors that are no parameters: the epoch counter of published inference files.
NOT_PARAMETERS = frozenset({"iteration"})


# What training programs write before every name of a network: run on several devices, compiled, or
# a part of a larger one.
WRAPPERS = ("module.", "_orig_mod.", "net_g.", "model_g.", "generator.", "model.")
# What some keep in the same file: discriminators and optimisers.
BESIDE = ("net_d.", "net_dur_disc.", "net_wd.", "model_d.", "disc.", "dur_disc.", "discriminator.",
          "discriminators.", "mpd.", "msd.", "optim_g.", "optim_d.", "optimizer.")  # fmt: skip


def unwrapped(tensors: Mapping[str, T]) -> dict[str, T]:
    """The tensors by the names that the network itself has, without other networks beside them."""
    found = dict(tensors)
    while True:
        own = [name for name in found if not name.startswith(BESIDE)]
        if set(own) - NOT_PARAMETERS:
            found = {name: found[name] for name in own}
        names = found.keys() - NOT_PARAMETERS
        wrapper = next((w for w in WRAPPERS if names and all(n.startswith(w) for n in names)), None)
        if wrapper is None:
            return found
        found = {name.removeprefix(wrapper): tensor for name, tensor in found.items()}


# Layers that are conditioned on the speaker.
SPEAKER_LAYERS = (".cond.", ".cond_layer.")


def without_speakers(published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Without the layers for speakers, which have no input where there is no speaker table."""
    return {
        name: tensor
        for name, tensor in published.items()
        if not any(part in name for part in SPEAKER_LAYERS)
    }


def within(ours: str, rows: Rows) -> Rows:
    """The same rows, our names below a prefix."""
    return tuple((left, f"{ours}.{right}") for left, right in rows)


def under(published: str, ours: str, rows: Rows) -> Rows:
    """The same rows below two prefixes."""
    return tuple((f"{published}.{left}", f"{ours}.{right}") for left, right in rows)


ENCODER: Rows = (
    ("spk_emb_linear.*", "speaker.*"),
    ("attn_layers.{i}.conv_q.*", "layers.{i}.attention.query.*"),
    ("attn_layers.{i}.conv_k.*", "layers.{i}.attention.key.*"),
    ("attn_layers.{i}.conv_v.*", "layers.{i}.attention.value.*"),
    ("attn_layers.{i}.conv_o.*", "layers.{i}.attention.output.*"),
    ("attn_layers.{i}.emb_rel_k", "layers.{i}.attention.relative_keys"),
    ("attn_layers.{i}.emb_rel_v", "layers.{i}.attention.relative_values"),
    ("norm_layers_1.{i}.*", "layers.{i}.attention_norm.*"),
    ("ffn_layers.{i}.conv_1.*", "layers.{i}.feed_forward.first.*"),
    ("ffn_layers.{i}.conv_2.*", "layers.{i}.feed_forward.second.*"),
    ("norm_layers_2.{i}.*", "layers.{i}.feed_forward_norm.*"),
)

WAVENET: Rows = (
    ("cond_layer.*", "condition.*"),
    ("in_layers.{i}.*", "gates.{i}.*"),
    ("res_skip_layers.{i}.*", "residuals.{i}.*"),
)

DILATED_CONVS: Rows = (
    ("convs_sep.{i}.*", "depthwise.{i}.*"),
    ("convs_1x1.{i}.*", "pointwise.{i}.*"),
    ("norms_1.{i}.*", "depthwise_norms.{i}.*"),
    ("norms_2.{i}.*", "pointwise_norms.{i}.*"),
)


def spline_flow(published: str, ours: str) -> Rows:
    """Published flows count channel swaps as modules: couplings are 1, 3, 5 and 7."""
    rows: Rows = (
        (f"{published}.0.m", f"{ours}.affine.mean"),
        (f"{published}.0.logs", f"{ours}.affine.log_scale"),
    )
    for index in range(4):
        left, right = f"{published}.{2 * index + 1}", f"{ours}.couplings.{index}"
        rows += (
            (f"{left}.pre.*", f"{right}.conv_in.*"),
            *under(f"{left}.convs", f"{right}.convs", DILATED_CONVS),
            (f"{left}.proj.*", f"{right}.conv_out.*"),
        )
    return rows


def latent_flow(network: Rows) -> Rows:
    """Published flows count channel reversals as modules: couplings are 0, 2, 4 and 6."""
    rows: Rows = ()
    for index in range(4):
        left, right = f"flow.flows.{2 * index}", f"flow.couplings.{index}"
        rows += (
            (f"{left}.pre.*", f"{right}.conv_in.*"),
            *under(f"{left}.enc", f"{right}.network", network),
            (f"{left}.post.*", f"{right}.conv_out.*"),
        )
    return rows


DETERMINISTIC_DURATIONS: Rows = (
    ("cond.*", "condition.*"),
    ("conv_1.*", "first.*"),
    ("norm_1.*", "first_norm.*"),
    ("conv_2.*", "second.*"),
    ("norm_2.*", "second_norm.*"),
    ("proj.*", "conv_out.*"),
)

STOCHASTIC_DURATIONS: Rows = (
    ("pre.*", "conv_in.*"),
    ("cond.*", "condition.*"),
    *under("convs", "convs", DILATED_CONVS),
    ("proj.*", "conv_out.*"),
    *spline_flow("flows", "flow"),
)

COMMON: Rows = (
    ("emb_g.weight", "speakers.weight"),
    ("enc_p.emb.weight", "text_encoder.symbols.weight"),
    ("enc_p.tone_emb.weight", "text_encoder.tones.weight"),
    ("enc_p.language_emb.weight", "text_encoder.languages.weight"),
    ("enc_p.style_proj.*", "text_encoder.style.*"),
    *under("enc_p.encoder", "text_encoder.encoder", ENCODER),
    ("enc_p.proj.*", "text_encoder.conv_out.*"),
    *under("dp", "durations", DETERMINISTIC_DURATIONS),
    *under("sdp", "stochastic_durations", STOCHASTIC_DURATIONS),
    *latent_flow(ENCODER),
    *latent_flow(WAVENET),
)


def training_only(stochastic: str) -> Rows:
    """Needed to learn, not to speak; `stochastic` is what files call the stochastic durations."""
    return (
        ("enc_q.pre.*", "posterior.conv_in.*"),
        *under("enc_q.enc", "posterior.network", WAVENET),
        ("enc_q.proj.*", "posterior.conv_out.*"),
        (f"{stochastic}.post_pre.*", "duration_posterior.conv_in.*"),
        *under(f"{stochastic}.post_convs", "duration_posterior.convs", DILATED_CONVS),
        (f"{stochastic}.post_proj.*", "duration_posterior.conv_out.*"),
        *spline_flow(f"{stochastic}.post_flows", "duration_posterior.flow"),
    )


TRAINING_ONLY = training_only("sdp")


@cache
def _compiled(rows: Rows, source: int) -> tuple[re.Pattern[str], dict[int, tuple[list[str], str]]]:
    """All rows as one pattern; for the group of each row, its placeholders and the other name."""
    alternatives: list[str] = []
    others: dict[int, tuple[list[str], str]] = {}
    group = 1
    for row in rows:
        places = PLACE.findall(row[source])
        alone = re.escape(row[source])
        for place in places:
            alone = alone.replace(re.escape(place), PLACES[place], 1)
        alternatives.append(f"({alone})")
        others[group] = places, row[1 - source]
        group += 1 + len(places)
    return re.compile("|".join(alternatives)), others


def _renamed(name: str, rows: Rows, source: int) -> str | None:
    pattern, others = _compiled(rows, source)
    match = pattern.fullmatch(name)
    if match is None:
        return None
    assert match.lastindex is not None  # the group of a row closes after those in it
    places, other = others[match.lastindex]
    for place, found in zip(places, match.groups()[match.lastindex :], strict=False):
        other = other.replace(place, found, 1)
    return other


def our_name(published: str, rows: Rows) -> str | None:
    """Our name of a published tensor, or nothing where the table has none."""
    return _renamed(published, rows, 0)


def published_name(ours: str, rows: Rows) -> str | None:
    """The published name of one of our parameters."""
    return _renamed(ours, rows, 1)


# How files call the direction and the size of a weight: as published, and as torch does since 2023.
NORMED = (
    ("weight_v", "weight_g"),
    ("parametrizations.weight.original1", "parametrizations.weight.original0"),
)


def spelled_alike(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Directions and sizes by their published names, whatever version of torch wrote them."""
    published, later = NORMED
    found = dict(tensors)
    for name in tensors:
        for ours, theirs in zip(published, later, strict=True):
            if name.endswith(f".{theirs}"):
                found[name.removesuffix(theirs) + ours] = found.pop(name)
    return found


def fold_weight_norm(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Replace each direction and size by the weight that they stand for: g * v / |v|.

    The norm runs over all axes but the first, which for a transposed convolution is the input.
    """
    folded = dict(tensors)
    for name in tensors:
        for direction, size in NORMED:
            stem = name.removesuffix(direction)
            if stem != name and f"{stem}{size}" in folded:
                v, g = folded.pop(name).float(), folded.pop(f"{stem}{size}").float()
                folded[f"{stem}weight"] = torch._weight_norm(v, g, 0)  # noqa: SLF001
    return folded


def without_extra_axes(
    given: Mapping[str, Tensor], wanted: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Tensors that differ from those wanted by axes of length one alone, in the wanted shape."""

    def long_axes(tensor: Tensor) -> list[int]:
        return [size for size in tensor.shape if size > 1]

    return {
        name: tensor.reshape(wanted[name].shape)
        if name in wanted and long_axes(tensor) == long_axes(wanted[name])
        else tensor
        for name, tensor in given.items()
    }


def sort_tensors(
    published: Mapping[str, Tensor], rows: Rows, learning_rows: Rows
) -> tuple[dict[str, Tensor], dict[str, Tensor], list[str]]:
    """Split a file into parameters for speaking, those for learning only, and unknown names."""
    speaking: dict[str, Tensor] = {}
    learning: dict[str, Tensor] = {}
    unknown: list[str] = []
    for name, tensor in published.items():
        if (ours := our_name(name, rows)) is not None:
            speaking[ours] = tensor
        elif (ours := our_name(name, learning_rows)) is not None:
            learning[ours] = tensor
        elif name not in NOT_PARAMETERS:
            unknown.append(name)
    return speaking, learning, unknown


def mismatches(
    wanted: Mapping[str, Tensor], given: Mapping[str, Tensor], rows: Rows
) -> tuple[list[str], list[str], list[str]]:
    """Published names of tensors that are missing, left over, or of another shape."""

    def name(ours: str) -> str:
        return published_name(ours, rows) or ours

    missing = [name(key) for key in wanted if key not in given]
    extra = [name(key) for key in given if key not in wanted]
    other = [
        f"{name(key)} {_shape(given[key].shape)} instead of {_shape(tensor.shape)}"
        for key, tensor in wanted.items()
        if key in given and given[key].shape != tensor.shape
    ]
    return missing, extra, other


# A first layer by these names is that of a vocoder without an acoustic model.
GENERATOR_EDGE = frozenset({"conv_pre.weight", "conv_pre.weight_v",
                            "conv_pre.parametrizations.weight.original1"})  # fmt: skip

# Architecture -> a tensor that no other one has.
MARKS = {
    "glow_tts": "decoder.flows.0.logs",
    "grad_tts": "decoder.estimator.mlp.0.weight",
    "diff_tts": "decoder.diffusion_embedding.projection1.weight",
}


def guess_architecture(names: Iterable[str]) -> str | None:
    """Which published architecture has tensors of these names."""
    known = set(names)
    for name, mark in MARKS.items():
        if mark in known:
            return name
    if not any(name.startswith("enc_p.") for name in known):
        return None
    if "enc_p.ja_bert_proj.weight" in known:
        return "sbv2_multilingual"
    return "sbv2_jp_extra" if "enc_p.bert_proj.weight" in known else "vits"


def _shape(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))
