"""Every recorded vector of the mel models and their vocoder, within the stated tolerances."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import replay_model
import torch

FOLDER = Path(__file__).parents[2] / "golden" / "mel"
INDEX = [
    entry
    for index in sorted(FOLDER.rglob("index.json"))
    for entry in json.loads(index.read_text(encoding="utf-8"))
]


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


# Discriminators of full size.
SLOW = {"v1-tiny_train"}


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(
            entry,
            id=f"{entry['family']}-{entry['name']}",
            marks=[pytest.mark.slow] if entry["name"] in SLOW else [],
        )
        for entry in INDEX
    ],
)
def test_recorded(entry):
    replay = replay_model.replayer(entry)
    assert replay is not None
    rows = replay(FOLDER, [entry])
    assert rows
    assert not [
        f"{case} {stage}: {difference:.2e} > {tolerance:.0e}"
        for case, stage, difference, tolerance in rows
        if not difference <= tolerance
    ]


def test_a_wrong_network_is_noticed(monkeypatch):
    monkeypatch.setattr("sbv2cli.models.layers.prenet_encoder.EPSILON", 1e-5)
    entry = next(entry for entry in INDEX if entry["name"] == "prenet0")
    replay = replay_model.replayer(entry)
    assert replay is not None
    assert any(difference > tolerance for *_, difference, tolerance in replay(FOLDER, [entry]))
