"""A widened Grad-TTS is the narrow one with twice the channels."""

import sys

import pytest
import shell
import tiny_mel_voice
import torch
from click.testing import CliRunner
from safetensors.torch import load_file, save_file

sys.path.insert(0, str(shell.ROOT))

from sbv2cli.engine.torch import loading
from sbv2cli.models.grad_tts.windows import Windows, at_levels
from sbv2cli.voices.bundle import open_bundle
from tools import widen_grad_tts

WIDTH = 16


@pytest.fixture
def estimators(tmp_path):
    """The narrow U-Net, and the one that is made of it."""
    before = tiny_mel_voice.opened_grad_tts(tmp_path / "narrow", model={"dec_dim": WIDTH})
    tiny_mel_voice.write_grad_tts(tmp_path / "wide", model={"dec_dim": 2 * WIDTH})
    (file,) = (tmp_path / "narrow").glob("*.pt")
    torch.save(widen_grad_tts.widen(torch.load(file)), tmp_path / "wide" / file.name)
    after = open_bundle(tmp_path / "wide")
    return loading.load(before).acoustic.estimator, loading.load(after).acoustic.estimator


def test_the_command_writes_a_voice_to_go_on_from(tmp_path):
    tiny_mel_voice.write_grad_tts(tmp_path / "narrow", model={"dec_dim": WIDTH})
    (file,) = (tmp_path / "narrow").glob("*.pt")
    save_file(torch.load(file), tmp_path / "narrow" / "grad.safetensors", metadata={"step": "7"})
    config = tmp_path / "wide.json"
    config.write_text('{"model": {"dec_dim": 32}}', "utf-8")
    done = _widened(tmp_path / "narrow", config, tmp_path / "wide")
    assert done.exit_code == 0, done.output
    wide = load_file(tmp_path / "wide" / "grad.safetensors")
    assert wide["decoder.estimator.mlp.0.weight"].shape == (8 * WIDTH, 2 * WIDTH)
    assert (tmp_path / "wide" / "config.json").read_bytes() == config.read_bytes()
    config.write_text('{"model": {"dec_dim": 64}}', "utf-8")
    done = _widened(tmp_path / "narrow", config, tmp_path / "other")
    assert done.exit_code == 2
    assert "must be 32" in done.output
    (tmp_path / "empty").mkdir()
    done = _widened(tmp_path / "empty", config, tmp_path / "other")
    assert done.exit_code == 2
    assert "no .safetensors" in done.output
    assert not (tmp_path / "other").exists()


def _widened(voice, config, out):
    return CliRunner().invoke(
        widen_grad_tts.main, [str(voice), str(config), "--out", str(out)], catch_exceptions=False
    )


def test_it_says_the_same_where_the_time_is_the_same(estimators):
    narrow, wide = estimators
    narrow.time = torch.nn.Identity()
    wide.time = torch.nn.Identity()
    at = at_levels(Windows(real=None, inside=None, counts_B111=None), 3)
    torch.manual_seed(0)
    x_BMF = torch.randn(2, 80, 16)[:, : tiny_mel_voice.GRAD_TTS["n_feats"]]
    images = torch.randn(2, 1, *x_BMF.shape[1:])
    with torch.inference_mode():
        expected = _spoken(narrow, x_BMF, images, at, WIDTH, 1)
        found = _spoken(wide, x_BMF, images, at, WIDTH, 2)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
    assert float(expected.std()) > 1e-3


def _spoken(estimator, x_BMF, images, at, width, times):
    """The score with a time that is one vector for both, each number of it `times` over."""
    vector = torch.linspace(-1, 1, width).repeat_interleave(times).expand(2, -1)
    estimator.time.forward = lambda _: vector
    return estimator(x_BMF, images, at, torch.full((2,), 0.3))


def test_the_time_is_nearly_the_same():
    torch.manual_seed(0)
    weight, bias = torch.randn(4 * WIDTH, WIDTH) / 4, torch.randn(4 * WIDTH)
    layer = widen_grad_tts._time_layer(weight, bias, WIDTH)
    times = torch.rand(50) * widen_grad_tts.TIME_SCALE
    wanted = widen_grad_tts.time_embedding(times, WIDTH) @ weight.T + bias
    found = (
        widen_grad_tts.time_embedding(times, 2 * WIDTH) @ layer[f"{widen_grad_tts.TIME}.weight"].T
    )
    error = found + layer[f"{widen_grad_tts.TIME}.bias"] - wanted.repeat_interleave(2, dim=1)
    assert float(error.std() / wanted.std()) < 0.7


def test_what_is_no_part_of_the_unet_stays():
    kept = {"encoder.emb.weight": torch.ones(3, 4)}
    narrow = {
        **kept,
        f"{widen_grad_tts.TIME}.weight": torch.zeros(8, 2 * 2),
        f"{widen_grad_tts.TIME}.bias": torch.zeros(8),
    }
    assert torch.equal(
        widen_grad_tts.widen(narrow)["encoder.emb.weight"], kept["encoder.emb.weight"]
    )
