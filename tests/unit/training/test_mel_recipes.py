"""Small recipes of mel families, and the settings that make them learn on a CPU."""

from __future__ import annotations

import json

import pytest
import torch
from tiny_fit import dataset, means, run, state
from tiny_mel_recipes import ROWS

from sbv2cli import tables
from sbv2cli.engine.torch import loading
from sbv2cli.training.fit_settings import fit_settings
from sbv2cli.training.objectives.grad_tts import log_target
from sbv2cli.training.recipes import RECIPES
from sbv2cli.voices.configs import voice_config

FAMILIES = ("glow_tts", "grad_tts", "diff_tts")
MOST_PARAMETERS = 5e6


@pytest.fixture(autouse=True)
def recipes(monkeypatch):
    torch.set_num_threads(1)
    for row in ROWS.items():
        monkeypatch.setitem(RECIPES, *row)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_small_recipe_is_one_of_its_family(name):
    recipe = tables.load(RECIPES[f"{name}-small"])()
    voice = voice_config.parse(json.dumps(recipe), where="config.json")
    architecture = loading.architecture_of(voice)
    assert architecture.name == name
    rows = loading.inventory(voice, architecture)
    network = architecture.build(voice.network, rows, "config.json")
    assert sum(parameter.numel() for parameter in network.parameters()) < MOST_PARAMETERS
    kind = tables.load(architecture.objective)
    settings = fit_settings(recipe["train"], {}, "config.json", kind.settings)
    assert settings.bf16_run
    # All that the recipe says is read by something.
    assert all(hasattr(settings, key) for key in recipe["train"])


@pytest.mark.parametrize("name", FAMILIES)
def test_half_precision_finds_nearly_the_same_losses(tmp_path, name):
    data = dataset(tmp_path, f"tiny-{name}", durations=True)
    totals = {}
    for half in (False, True):
        out = tmp_path / f"run-{half}"
        run(data, out, steps=2, bf16_run=half, seed=3)
        totals[half] = means(out, "total")
    assert totals[True] != totals[False]
    assert totals[True] == pytest.approx(totals[False], rel=0.05)
    weights = state(tmp_path / "run-True")[0]["voice"].values()
    assert {tensor.dtype for tensor in weights} == {torch.float32}


def test_the_prior_learns_from_the_segment_or_from_the_line(tmp_path):
    data = dataset(tmp_path, "tiny-grad_tts", durations=True)
    found = {}
    for whole in (False, True):
        for frames in (0, 20):
            out = tmp_path / f"{whole}-{frames}"
            run(data, out, steps=1, segment_frames=frames, whole_prior=whole)
            found[whole, frames] = means(out, "prior")[0]
    assert found[False, 0] == pytest.approx(found[True, 0], rel=1e-5)
    assert found[True, 20] != found[False, 20]


def test_an_offset_is_taken_from_durations():
    durations = torch.tensor([[0, 1, 3]])
    assert torch.allclose(log_target(durations, 0.5).exp(), torch.tensor([[0.5, 0.5, 2.5]]))
    published = log_target(durations, 0.0)
    assert published[0, 0] < -18
    assert torch.allclose(published[0, 1:].exp(), torch.tensor([1.0, 3.0]))


def test_a_velocity_is_learned_in_place_of_the_noise(tmp_path):
    data = dataset(tmp_path, "tiny-diff_tts", durations=True)
    path = data / "config.json"
    config = json.loads(path.read_text("utf-8"))
    config["model"]["predicts"] = "velocity"
    path.write_text(json.dumps(config), "utf-8")
    run(data, tmp_path / "run", steps=80, learning_rate=5e-3)
    found = means(tmp_path / "run", "velocity")
    assert sum(found[-10:]) < 0.9 * sum(found[:10])
    assert means(tmp_path / "run", "noise") == []
