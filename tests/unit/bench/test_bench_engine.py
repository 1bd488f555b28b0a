"""The whole measurement, on a voice of next to nothing."""

from __future__ import annotations

import pytest
import torch

from sbv2cli.bench import ceilings, engine, soak
from sbv2cli.bench.engine import Plan, Way
from sbv2cli.engine.torch.cpu import convolution

LINES = 5


@pytest.fixture(scope="module")
def figures():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ceilings, "SECONDS", 0.01)
        return engine.measure(Plan(size="tiny", lines=LINES, repeats=2, device="cpu"), print)


def test_engine_and_the_baseline_say_the_same(figures):
    exact = figures["exact"]
    assert exact["lines_of_equal_length"] == LINES
    assert exact["signal_to_noise_db"] > 90


def test_every_way_has_its_rates(figures):
    ways = ["baseline", "exact"]
    if convolution.can_pack(torch.bfloat16):
        ways.append("bf16")
    for name in ways:
        way = figures[name]
        assert way["lines_per_second"] * way["seconds"] == pytest.approx(LINES, rel=0.05)
        assert len(way["all_seconds"]) == 2
    for name in ways[1:]:
        way = figures[name]
        assert way["ratio"] > 0
        assert 0 < way["idle_share"] < 1
        assert way["padded_share"] == 0  # a CPU never pads


def test_stages_are_shares_of_the_ceilings_of_this_run(figures):
    rates = figures["ceilings_gflop_per_second"]["fp32"]
    assert set(rates) == {"convolution_256", "convolution_64", "product"}
    assert min(rates.values()) > 0.1
    # Rounded for reading; a tiny decoder multiplies little.
    decoder = figures["stages"]["exact"]["decoder"]
    best = max(rates["convolution_256"], rates["convolution_64"])
    expected = decoder["gflop_per_second"] / best
    assert decoder["of_the_ceiling"] == pytest.approx(expected, abs=0.1 / best + 0.001)


def test_idle_is_what_threads_do_not_work():
    way = Way(seconds=[2.0, 2.0], threads=2, available=8.0, busy=6.0)
    assert way.idle_share == pytest.approx(0.25)


def test_a_soak_watches_the_memory():
    found = soak.measure(20, "tiny", "cpu", print)
    assert [mark["lines"] for mark in found["resident_mib"]] == list(range(1, 21))
    assert found["growth_mib"] is None  # the first windows fill pools
