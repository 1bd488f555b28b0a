"""Every recorded vector of the mel models and their vocoder, within the stated tolerances."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
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


# What a replay says that it does not hold against anything -> why.
NOT_HELD = {
    "reference_batch_mel: not compared": "the published program hears the padding of a batch",
    "reference_batch_wav: not compared": "the same",
    "speaker: not recorded": "there is one, without a vector",
    "logp: not compared": "the path that it leads to is",
    "t_clamped: not compared": "the noisy spectrogram that it makes is",
    "y_cut_lengths: not compared": "the losses over them are",
    "tau_gamma100: not compared": "it is no number of steps that a voice takes",
}

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
    remarks = {stage for _, stage, *_ in rows if ": not " in stage}
    assert remarks <= NOT_HELD.keys()
    assert remarks < {stage for _, stage, *_ in rows}
    assert not [
        f"{case} {stage}: {difference:.2e} > {tolerance:.0e}"
        for case, stage, difference, tolerance in rows
        if not difference <= tolerance
    ]


def test_what_a_recording_lacks_is_said(tmp_path):
    entry = next(entry for entry in INDEX if entry["name"] == "prenet0")
    with np.load(FOLDER / entry["file"]) as data:
        arrays = dict(data)
    arrays["other"] = arrays.pop("y")
    (tmp_path / entry["file"]).parent.mkdir(parents=True)
    np.savez(tmp_path / entry["file"], **arrays)
    rows = replay_model.replayer(entry)(tmp_path, [entry])
    assert {stage for _, stage, *_ in rows} == {"y: not recorded", "other: not compared"}
    assert replay_model.uncompared([("a module", row) for row in rows]) == ["a module prenet0"]


def test_a_line_of_a_batch_counts_to_its_case():
    entry = next(entry for entry in INDEX if entry["name"] == "v1-tiny_batch")
    rows = replay_model.replayer(entry)(FOLDER, [entry])
    assert any(stage.endswith(": not compared") for _, stage, *_ in rows)
    assert replay_model.uncompared([("batch", row) for row in rows]) == []


def test_a_wrong_network_is_noticed(monkeypatch):
    monkeypatch.setattr("sbv2cli.models.layers.prenet_encoder.EPSILON", 1e-5)
    entry = next(entry for entry in INDEX if entry["name"] == "prenet0")
    replay = replay_model.replayer(entry)
    assert replay is not None
    assert any(difference > tolerance for *_, difference, tolerance in replay(FOLDER, [entry]))
