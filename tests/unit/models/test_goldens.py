"""Every recorded model vector, within the stated tolerances."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import replay_infer
import replay_modules
import torch

FOLDER = Path(__file__).parents[2] / "golden" / "model"
INDEX = json.loads((FOLDER / "dev" / "index.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def entries(kind, name=None):
    return [e for e in INDEX if e["kind"] == kind and (name is None or e["bundle"] == name)]


def assert_within(rows, least):
    assert len(rows) >= least
    bad = [f"{case} {stage}: {d:.2e} > {t:.0e}" for case, stage, d, t in rows if not d <= t]
    assert not bad


@pytest.mark.parametrize("bundle", sorted({e["bundle"] for e in INDEX if e["kind"] == "infer"}))
def test_inference_of(bundle):
    chosen = entries("infer", bundle)
    rows = replay_infer.replay(FOLDER, chosen)
    assert_within(rows, 11 * len(chosen))


def test_padded_batches_sound_like_lines_alone():
    rows = replay_infer.replay(FOLDER, entries("batch"))
    assert_within(rows, 4 * 10)


@pytest.mark.parametrize(
    "name", [e["name"] for e in INDEX if e["kind"] == "module" and replay_modules.understands(e)]
)
def test_module(name):
    chosen = [e for e in INDEX if e.get("name") == name]
    assert_within(replay_modules.replay(FOLDER, chosen), 1)


def test_a_wrong_network_is_noticed(monkeypatch):
    # The replay itself must be able to fail: with another slope it does.
    monkeypatch.setattr("sbv2cli.models.vocoder.hifigan.model.SLOPE", 0.11)
    rows = replay_infer.replay(FOLDER, entries("infer", "tiny-multilingual-3spk")[:1])
    assert any(stage == "wav" and d > t for _, stage, d, t in rows)
