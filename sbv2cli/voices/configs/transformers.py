"""Configurations of `VitsModel` of the package transformers: MMS-TTS and its fine-tuned children.

The network is that of 2021. Sizes that its code makes free and ours does not must be the published
ones. How text is written stands in the files of the tokeniser, beside the configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

from sbv2cli.errors import VoiceError
from sbv2cli.records import Delivery
from sbv2cli.voices.aivm import container
from sbv2cli.voices.configs import sbv2
from sbv2cli.voices.configs.section import text, whole, wrong
from sbv2cli.voices.configs.voice_config import VoiceConfig
from sbv2cli.voices.phonologies.own_symbols import OwnSymbols

MODEL_TYPE = "vits"

SPEAKERS, SYMBOLS = "embed_speaker.weight", "text_encoder.embed_tokens.weight"
LAYER = "text_encoder.encoder.layers."

# Defaults of transformers' own configuration.
DEFAULTS: Mapping[str, Any] = {
    "vocab_size": 38,
    "hidden_size": 192,
    "num_hidden_layers": 6,
    "num_attention_heads": 2,
    "ffn_dim": 768,
    "ffn_kernel_size": 3,
    "flow_size": 192,
    "hidden_dropout": 0.1,
    "use_stochastic_duration_prediction": True,
    "num_speakers": 1,
    "speaker_embedding_size": 0,
    "upsample_initial_channel": 512,
    "upsample_rates": [8, 8, 2, 2],
    "upsample_kernel_sizes": [16, 16, 4, 4],
    "resblock_kernel_sizes": [3, 7, 11],
    "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5], [1, 3, 5]],
    "sampling_rate": 16000,
    "speaking_rate": 1.0,
    "noise_scale": 0.667,
    "noise_scale_duration": 0.8,
}

# What no published voice has otherwise, and our network has built in.
BUILT_IN: Mapping[str, Any] = {
    "window_size": 4,
    "use_bias": True,
    "hidden_act": "relu",
    "layer_norm_eps": 1e-5,
    "leaky_relu_slope": 0.1,
    "depth_separable_channels": 2,
    "depth_separable_num_layers": 3,
    "duration_predictor_flow_bins": 10,
    "duration_predictor_tail_bound": 5.0,
    "duration_predictor_kernel_size": 3,
    "duration_predictor_num_flows": 4,
    "duration_predictor_filter_channels": 256,
    "prior_encoder_num_flows": 4,
    "prior_encoder_num_wavenet_layers": 4,
    "wavenet_kernel_size": 5,
    "wavenet_dilation_rate": 1,
}


def recognise(raw: Mapping[str, Any]) -> bool:
    """Whether the file is one of these."""
    return raw.get("model_type") == MODEL_TYPE


def parse(raw: Mapping[str, Any], where: str) -> VoiceConfig:
    """Read the file; `where` is named in errors."""
    given = {key: value for key, value in raw.items() if value is not None}
    for key, value in BUILT_IN.items():
        if given.get(key, value) != value:
            raise wrong(key, given[key], f"{value}, which is built into the network", where)
    found = {**DEFAULTS, **given}
    speakers = whole(found, "num_speakers", where)
    if speakers > 1 and whole(found, "speaker_embedding_size", where, least=0) == 0:
        raise wrong("speaker_embedding_size", 0, f"at least 1 for {speakers} speakers", where)
    network = _network(found, speakers)
    rates = network["upsample_rates"]
    if not isinstance(rates, list) or not all(isinstance(rate, int) and rate > 0 for rate in rates):
        raise wrong("upsample_rates", rates, "a list of positive whole numbers", where)
    return VoiceConfig(
        name="",
        version="",
        architecture=MODEL_TYPE,
        rate=whole(found, "sampling_rate", where),
        frame_samples=prod(rates),
        add_blank=True,
        speakers={},
        speaker_count=speakers,
        styles={"Neutral": 0},
        network=network,
        needs_bert=False,
        licence=text(raw, "license"),
        data={"n_symbols": whole(found, "vocab_size", where)},
        phonology=OwnSymbols(table=None),
        has_styles=False,
        defaults=Delivery(
            speed=_positive(found, "speaking_rate", where),
            noise=_number(found, "noise_scale", where),
            noise_w=_number(found, "noise_scale_duration", where),
        ),
        tensors="transformers",
        tokeniser=True,
    )


def check_sizes(config: VoiceConfig, weights: Path) -> None:
    """Compare the configuration with the header of its weight file, before anything is built."""
    if weights.suffix != ".safetensors":
        return
    header = container.header(weights)
    shapes = {
        name: tensor["shape"]
        for name, tensor in header.items()
        if isinstance(tensor, dict) and isinstance(tensor.get("shape"), list)
    }
    if not any(name.startswith("text_encoder.") for name in shapes):
        return  # no names of such a voice: whoever fills the network says what they are
    network, speakers = config.network, config.speaker_count
    layers = {name.split(".")[3] for name in shapes if name.startswith(LAYER)}
    wanted: list[tuple[str, object, object]] = [
        ("num_hidden_layers", len(layers), network["n_layers"]),
        ("num_speakers", shapes.get(SPEAKERS, [1])[0], speakers),
    ]
    wanted += [
        (key, shapes[name][axis] if name in shapes else "no tensor", value)
        for key, name, axis, value in (
            ("vocab_size", SYMBOLS, 0, config.data["n_symbols"]),
            ("hidden_size", SYMBOLS, 1, network["hidden_channels"]),
            ("ffn_dim", f"{LAYER}0.feed_forward.conv_1.weight", 0, network["filter_channels"]),
            ("flow_size", "decoder.conv_pre.weight", 1, network["inter_channels"]),
            ("upsample_initial_channel", "decoder.conv_pre.weight", 0,
             network["upsample_initial_channel"]),
        )
    ]  # fmt: skip
    if speakers > 1 and SPEAKERS in shapes:
        wanted.append(("speaker_embedding_size", shapes[SPEAKERS][1], network["gin_channels"]))
    for key, found, said in wanted:
        if found != said:
            raise VoiceError(
                "voice.sizes",
                f'"{key}" is {said} in config.json, and the weights have {found}',
                at=str(weights),
                hint="take config.json and weights from the same folder",
            )


def _network(found: Mapping[str, Any], speakers: int) -> dict[str, Any]:
    """The same sizes by their published names."""
    return {
        **sbv2.NETWORK_DEFAULTS,
        "inter_channels": found["flow_size"],
        "hidden_channels": found["hidden_size"],
        "filter_channels": found["ffn_dim"],
        "n_heads": found["num_attention_heads"],
        "n_layers": found["num_hidden_layers"],
        "kernel_size": found["ffn_kernel_size"],
        "p_dropout": found["hidden_dropout"],
        "resblock": "1",
        "resblock_kernel_sizes": found["resblock_kernel_sizes"],
        "resblock_dilation_sizes": found["resblock_dilation_sizes"],
        "upsample_rates": found["upsample_rates"],
        "upsample_initial_channel": found["upsample_initial_channel"],
        "upsample_kernel_sizes": found["upsample_kernel_sizes"],
        # The layers for speakers of a voice with one speaker have no input.
        "gin_channels": found["speaker_embedding_size"] if speakers > 1 else 0,
        "use_transformer_flow": False,
        "use_sdp": found["use_stochastic_duration_prediction"],
    }


def _number(found: Mapping[str, Any], key: str, where: str) -> float:
    value = found[key]
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 10:
        raise wrong(key, value, "a number from 0 to 10", where)
    return float(value)


def _positive(found: Mapping[str, Any], key: str, where: str) -> float:
    value = _number(found, key, where)
    if value < 0.1:
        raise wrong(key, value, "a number from 0.1 to 10", where)
    return value
