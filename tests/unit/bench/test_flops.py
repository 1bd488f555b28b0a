"""Operations by formula are those that torch counts."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from sbv2cli.bench import bert, flops, voice
from sbv2cli.engine.bert.encoder_weights import layers_needed
from sbv2cli.engine.torch import backend as torch_backend
from sbv2cli.engine.torch import loading
from sbv2cli.voices.configs import voice_config as config

PHONES, FRAMES = 23, 37

NETWORKS = {
    "pairs": {},
    "singles": {"resblock": "2", "resblock_dilation_sizes": [[1, 3]]},
    "residual flow": {"use_transformer_flow": False},
    "few layers": {"n_layers": 2},
    "two kernels, an odd sample": {
        "resblock_kernel_sizes": [3, 7],
        "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5]],
        "upsample_kernel_sizes": [9, 4],
    },
}


@pytest.fixture(params=NETWORKS)
def network(request):
    sizes = voice.SIZES["tiny"]
    model = {**sizes["model"], **NETWORKS[request.param]}
    parsed = config.parse(json.dumps({**sizes, "model": model}), where="test")
    return voice.random_network(replace(voice.random_bundle("tiny"), config=parsed))


def counted(run) -> int:
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops()


def test_flow(network):
    dims = network.acoustic.dims
    prior, speaker = torch.zeros(1, dims.latent, FRAMES), torch.zeros(1, dims.speaker_channels, 1)
    found = counted(lambda: network.acoustic.flow.reverse(prior, None, speaker))
    assert flops.flow(dims, FRAMES) == found


def test_decoder(network):
    dims = network.vocoder.dims
    latent = torch.zeros(1, dims.channels, FRAMES)
    speaker = torch.zeros(1, dims.speaker_channels, 1)
    assert flops.decoder(dims, FRAMES) == counted(lambda: network.vocoder(latent, None, speaker))


@pytest.mark.parametrize("bert", [True, False])
def test_plan(network, bert):
    line = voice.random_lines(1)[0]
    phones = len(line.phones)
    feature = torch.zeros(1024, phones) if bert else None
    slots = loading.architecture_of(voice.random_bundle("tiny").config).feature_slots
    batch, noise = torch_backend.tensors([line], [feature], slots, torch.device("cpu"))
    found = counted(lambda: network.plan(batch, noise))
    assert flops.plan(network.acoustic.dims, phones, bert=bert) == found


def test_language_model():
    tokens, channels, buckets = 11, 16, 8
    sizes = {
        **bert.FULL_SIZE,
        "vocab_size": 40,
        "hidden_size": channels,
        "num_hidden_layers": 5,
        "num_attention_heads": 2,
        "attention_head_size": channels // 2,
        "intermediate_size": 24,
        "position_buckets": buckets,
    }
    layers = layers_needed(sizes)
    # The plain model with as many layers as are heard, and without its head.
    plain = bert.random_baseline_model({**sizes, "num_hidden_layers": layers}).deberta
    plain.requires_grad_(requires_grad=False)
    found = counted(lambda: plain(torch.ones((1, tokens), dtype=torch.long)))
    # It multiplies with all distances that have a bucket and projects them anew in each layer;
    # needed are those between two tokens of the line.
    distances = 2 * buckets
    of_plain = 2 * 2 * channels * distances * (tokens + channels)
    needed = 2 * 2 * channels * tokens * tokens
    assert flops.bert(sizes, tokens) == found - layers * (of_plain - needed)


def test_the_published_size_costs_what_was_measured():
    # FLOPs a second of sound: 56.1 G by torch's counter on the published architecture.
    bundle = voice.random_bundle("full")
    dims = loading.build_empty(bundle.config, where="test").vocoder.dims
    frames = 100
    seconds = frames * dims.frame_samples / bundle.config.rate
    assert flops.decoder(dims, frames) / seconds == pytest.approx(56.1e9, rel=0.01)
