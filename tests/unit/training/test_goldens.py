"""Every recorded vector of learning, within the stated tolerances."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import replay_train
import torch

FOLDER = Path(__file__).parents[2] / "golden" / "model"
INDEX = json.loads((FOLDER / "dev" / "index.json").read_text(encoding="utf-8"))
CASES = [entry for entry in INDEX if replay_train.understands(entry)]


def name_of(entry):
    return f"{entry['kind']} {entry.get('bundle') or entry['name']}"


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def test_all_kinds_are_here():
    assert {entry["kind"] for entry in CASES} == {"train", "sampler", "module"}
    assert len(CASES) >= 13


@pytest.mark.parametrize("entry", CASES, ids=name_of)
def test_recorded(entry):
    rows = replay_train.replay(FOLDER, [entry])
    least = 40 if entry["kind"] == "train" else 1
    assert len(rows) >= least
    bad = [f"{case} {stage}: {d:.2e} > {t:.0e}" for case, stage, d, t in rows if not d <= t]
    assert not bad


def test_a_wrong_loss_is_noticed(monkeypatch):
    monkeypatch.setattr("sbv2cli.training.networks.discriminators.SLOPE", 0.2)
    entry = next(e for e in CASES if e["kind"] == "train" and "resflow" in e["bundle"])
    rows = replay_train.replay(FOLDER, [entry])
    wrong = {stage for _, stage, d, t in rows if d > t}
    assert {"loss_disc", "loss_fm", "loss_gen"} <= wrong
    assert "loss_kl" not in wrong
