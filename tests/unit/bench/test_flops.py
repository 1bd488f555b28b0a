"""Operations by formula are those that torch counts."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from sbv2cli.bench import bert, flops, voice, workload
from sbv2cli.engine.bert.encoder_weights import layers_needed
from sbv2cli.engine.torch import loading


def test_lines_of_one_length_cost_the_same():
    chosen = workload.of_size("tiny", 2)
    network = flops.NetworkFlops(chosen.network, {})
    short, long = sorted(chosen.utterances, key=lambda line: len(line.phones))[:2]
    again = replace(short, id="again", seed=5)
    assert network.plan(short, bert=False) == network.plan(again, bert=False)
    assert network.plan(long, bert=False) >= network.plan(short, bert=False)


def test_bert_features_cost_a_projection():
    line = workload.of_size("tiny", 1).utterances[0]
    counts = [
        flops.NetworkFlops(workload.of_size("tiny", 1).network, {"ja": 0}).plan(line, bert=bert)
        for bert in (False, True)
    ]
    hidden = voice.SIZES["tiny"]["model"]["hidden_channels"]
    assert counts[1] - counts[0] == flops.convolution(1024, hidden, 1, len(line.phones))


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
    found = flops.counted(lambda: plain(torch.ones((1, tokens), dtype=torch.long)))
    # It multiplies with all distances that have a bucket and projects them anew in each layer;
    # needed are those between two tokens of the line.
    distances = 2 * buckets
    of_plain = 2 * 2 * channels * distances * (tokens + channels)
    needed = 2 * 2 * channels * tokens * tokens
    assert flops.bert(sizes, tokens) == found - layers * (of_plain - needed)


def test_the_published_size_costs_what_was_measured():
    # FLOPs a second of sound: 56.1 G by torch's counter on the published architecture.
    bundle = voice.random_bundle("full")
    with torch.device("meta"):
        vocoder = loading.build(bundle.config, where="test").vocoder
        frames = torch.zeros(1, 192, 100)
        found = flops.counted(lambda: vocoder(frames, None, torch.zeros(1, 512, 1)))
    seconds = 100 * vocoder.frame_samples / bundle.config.rate
    assert found / seconds == pytest.approx(56.1e9, rel=0.01)
