"""Stages of the engine, timed alone."""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch

from sbv2cli.bench import bert, flops, stages, workload
from sbv2cli.bench.random_features import RandomFeatures
from sbv2cli.bench.stages import Stage
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.engine.torch import backend as torch_backend
from sbv2cli.records import Waveform

LINES = 3


@pytest.fixture
def chosen():
    return workload.of_size("tiny", LINES)


@pytest.fixture
def worker(chosen):
    return torch_backend.open_worker(
        chosen.bundle, EngineSettings(device="cpu"), None, deepcopy(chosen.network)
    )


def test_a_stage_is_held_against_the_machine():
    figures = Stage(operations=6_000_000_000, seconds=0.5).figures(ceiling=48.0)
    assert figures == {
        "direct_gflop": 6.0,
        "seconds": 0.5,
        "gflop_per_second": 12.0,
        "of_the_ceiling": 0.25,
    }


def test_operations_are_those_of_the_lines_that_were_spoken(chosen, worker):
    found = stages.measure(worker, chosen.network, chosen.utterances, None, 2)
    sounds = worker.render(worker.plan(chosen.utterances))
    assert all(isinstance(sound, Waveform) for sound in sounds)
    frames = [int(sound.phone_frames.sum()) for sound in sounds]
    counted = flops.NetworkFlops(chosen.network, worker.slots)
    rendered = [counted.render(line) for line in worker.plan(chosen.utterances)]
    assert len(rendered) == len(frames)
    assert {name: stage.operations for name, stage in found.items()} == {
        stages.PLAN: sum(counted.plan(u, bert=False) for u in chosen.utterances),
        stages.FLOW: sum(first for first, _ in rendered),
        stages.DECODER: sum(second for _, second in rendered),
    }
    assert all(stage.seconds > 0 for stage in found.values())


def test_more_lines_are_planned_than_rendered(chosen, worker, monkeypatch):
    all_of_them = stages.measure(worker, chosen.network, chosen.utterances, None, 1)
    monkeypatch.setattr(stages, "RENDERED", 1)
    found = stages.measure(worker, chosen.network, chosen.utterances, None, 1)
    first = stages.measure(worker, chosen.network, chosen.utterances[:1], None, 1)
    assert found[stages.PLAN].operations == all_of_them[stages.PLAN].operations
    assert found[stages.DECODER].operations == first[stages.DECODER].operations


def test_a_worker_is_left_as_it_was(chosen, worker):
    sizes = {**bert.FULL_SIZE, "num_hidden_layers": 3, "intermediate_size": 64}
    encoder = bert.encoder_of(bert.random_baseline_model(sizes), sizes)
    features = RandomFeatures(encoder, sizes, chosen.utterances)
    worker.features = features
    before = torch.get_num_threads()
    found = stages.measure(worker, chosen.network, chosen.utterances, features, 2)
    assert worker.features is features
    assert torch.get_num_threads() == before
    tokens = [len(u.phones_per_token) for u in chosen.utterances]
    assert found[stages.BERT].operations == sum(flops.bert(sizes, count) for count in tokens)
    counted = flops.NetworkFlops(chosen.network, worker.slots)
    # The text encoder multiplies what BERT found.
    assert found[stages.PLAN].operations == sum(
        counted.plan(u, bert=True) for u in chosen.utterances
    )


def test_what_decides_over_durations_is_held_against_float32():
    stage = Stage(operations=10**9, seconds=1)
    names = (stages.BERT, stages.PLAN, stages.FLOW, stages.DECODER)
    fp32 = {"convolution_256": 5.0, "convolution_64": 4.0, "product": 10.0}
    bf16 = {"convolution_256": 40.0, "convolution_64": 50.0, "product": 20.0}
    found = stages.figures(dict.fromkeys(names, stage), fp32, bf16)
    assert [found[name]["of_the_ceiling"] for name in names] == [0.1, 0.1, 0.05, 0.02]
