"""A network that does not exist is trained by rows in tables alone."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_dataset
import torch

from sbv2cli.engine.torch.weights_file import read_tensors
from sbv2cli.errors import UsageError
from sbv2cli.models import ARCHITECTURES
from sbv2cli.training import checkpoints
from sbv2cli.training.prepare.make_clips import PrepareSettings
from sbv2cli.training.prepare.prepare import prepare
from sbv2cli.training.recipes import RECIPES
from sbv2cli.training.request import FitRequest
from sbv2cli.training.run import Watcher, fit
from sbv2cli.training.scalars import read_scalars
from sbv2cli.voices.bundle import open_bundle
from sbv2cli.voices.configs import CONFIGS


@pytest.fixture(autouse=True)
def rows(monkeypatch):
    torch.set_num_threads(1)
    monkeypatch.setitem(ARCHITECTURES, "made_up", "made_up.acoustic:ARCHITECTURE")
    monkeypatch.setitem(RECIPES, "made-up", "made_up.objective:recipe")
    families = {"made_up": "made_up.config", **CONFIGS}
    monkeypatch.setattr("sbv2cli.voices.configs.voice_config.CONFIGS", families)


@pytest.fixture
def data(tmp_path):
    table = tiny_dataset.recordings(tmp_path, durations=True)
    out = tmp_path / "data"
    prepare(
        PrepareSettings(
            audio=tmp_path / "audio", transcript=table, out=out, recipe="made-up", validation=1
        )
    )
    return out


def run(data, out, watcher=None, base=None, **changes):
    changes = {"log_interval": 1, "eval_interval": 1000, "save_minutes": 1000, **changes}
    return fit(FitRequest(dataset=data, out=out, device="cpu", base=base, changes=changes), watcher)


def state(out):
    saved = checkpoints.load(checkpoints.checkpoints(out / "checkpoints")[-1])
    return saved["trainer"], saved["step"]


def test_it_learns_and_leaves_a_voice(data, tmp_path):
    ended = run(data, tmp_path / "run", steps=30, ema=0.5, blur=0.05, training_weights=True)
    rows = read_scalars(tmp_path / "run" / "scalars.csv")
    far = [row["frame_distance"] for row in rows if "frame_distance" in row]
    assert np.mean(far[-3:]) < 0.5 * far[0]
    assert rows[0].keys() >= {"frame_discriminator", "fooled", "durations", "gradient_norm"}
    assert rows[-1].keys() == {"step", "validation_frame_distance", "validation_durations"}
    bundle = open_bundle(tmp_path / "run" / "voice")
    assert bundle.config.architecture == "made_up"
    names = {"embedding.weight", "dur.weight", "dur.bias", "mel.weight", "mel.bias", "iteration"}
    assert read_tensors(ended.voice).keys() == names
    assert (tmp_path / "run" / "training" / "FRAMES_30.safetensors").is_file()
    # And on from that voice, under its own names.
    again = run(data, tmp_path / "tuned", steps=1, base=tmp_path / "run" / "voice", blur=0.0)
    assert again.step == 1
    (first, *_) = read_scalars(tmp_path / "tuned" / "scalars.csv")
    assert first["frame_distance"] < 0.6 * far[0]


def test_it_goes_on_to_the_bit(data, tmp_path):
    run(data, tmp_path / "whole", steps=5, ema=0.9)
    seen = []

    def stop():
        seen.append(1)
        return len(seen) >= 3

    assert run(data, tmp_path / "parts", Watcher(stop=stop), steps=5, ema=0.9).step == 3
    run(data, tmp_path / "parts", steps=5, ema=0.9)
    (whole, steps), (parts, _) = state(tmp_path / "whole"), state(tmp_path / "parts")
    assert steps == 5
    flat = [torch.utils._pytree.tree_flatten(x) for x in (whole, parts)]
    assert flat[0][1] == flat[1][1]
    for one, other in zip(flat[0][0], flat[1][0], strict=True):
        assert torch.equal(one, other) if isinstance(one, torch.Tensor) else one == other


def test_its_settings_are_its_own(data, tmp_path):
    with pytest.raises(UsageError) as caught:
        run(data, tmp_path / "run", steps=1, blurr=0.1)
    assert caught.value.code == "train.setting"
    assert "blur" in (caught.value.hint or "")
    other, _ = tiny_dataset.dataset(tmp_path / "other")
    with pytest.raises(UsageError, match='no training setting "blur"'):
        run(other, tmp_path / "no", steps=1, blur=0.1)


def test_what_nothing_teaches_is_refused(data, tmp_path, monkeypatch):
    from dataclasses import replace

    from made_up import acoustic

    monkeypatch.setattr(acoustic, "ARCHITECTURE", replace(acoustic.ARCHITECTURE, objective=None))
    with pytest.raises(UsageError) as caught:
        run(data, tmp_path / "run", steps=1)
    assert caught.value.code == "train.objective"
