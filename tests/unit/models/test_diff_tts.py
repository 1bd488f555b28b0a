"""Diff-TTS: its sizes, its schedule, and what steps a voice can take."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import tiny_mel_voice
import torch

from sbv2cli.errors import VoiceError
from sbv2cli.models import weights
from sbv2cli.models.architecture import Spread
from sbv2cli.models.diff_tts import schedule
from sbv2cli.models.diff_tts.architecture import ARCHITECTURE
from sbv2cli.models.diff_tts.model import DiffTts
from sbv2cli.records import Inventory
from sbv2cli.voices.configs import voice_config
from sbv2cli.voices.configs.diff_tts import possible_steps

SHAPES = Path(__file__).parents[2] / "golden" / "mel" / "state_dict_diff_tts.tsv"


def rows(speakers=1):
    return Inventory(phones=149, tones=1, languages=1, speakers=speakers)


def test_the_full_size_has_the_recorded_tensors():
    with SHAPES.open(encoding="utf-8") as file:
        wanted = {row["key"]: row["shape"] for row in csv.DictReader(file, delimiter="\t")}
    assert wanted.pop("speaker_emb.weight") == "Sx256"
    with torch.device("meta"):
        network = ARCHITECTURE.build({}, rows(), "x")
        several = ARCHITECTURE.build({}, rows(3), "x")
    found = {
        weights.published_name(name, ARCHITECTURE.names): "x".join(map(str, tensor.shape))
        for name, tensor in network.state_dict().items()
    }
    assert found == wanted
    assert several.state_dict()["speakers.weight"].shape == (3, 256)


@pytest.mark.parametrize(
    ("asked", "taken"),
    [(1, 2), (2, 2), (4, 4), (5, 4), (8, 8), (10, 8), (14, 20), (50, 58), (58, 58), (400, 400),
     (999, 400)],
)  # fmt: skip
def test_steps_that_cannot_be_taken_are_the_nearest_that_can(asked, taken):
    config = voice_config.parse('{"architecture": "diff_tts"}', where="config.json")
    assert config.diffusion is not None
    assert config.diffusion.possible == (2, 4, 8, 20, 22, 58, 134, 400)
    assert config.diffusion.steps == 8
    assert config.diffusion.nearest(asked) == taken


def test_steps_of_the_configuration_that_cannot_be_taken_are_refused():
    raw = {"architecture": "diff_tts", "model": {"n_timesteps": 10}}
    with pytest.raises(VoiceError) as caught:
        voice_config.parse(json.dumps(raw), where="config.json")
    assert caught.value.code == "voice.config"
    assert '"n_timesteps" is 10, wanted one of 2, 4, 8, 20' in caught.value.message
    assert '"n_timesteps": 8' in caught.value.hint
    # Nothing said is no mistake: the nearest to the usual eight.
    raw["model"] = {"steps": 13}
    config = voice_config.parse(json.dumps(raw), where="config.json")
    assert config.diffusion.steps == 7


@pytest.mark.parametrize(
    ("family", "key", "value", "most"),
    [
        ("diff_tts", "steps", 10**15, 100_000),
        ("diff_tts", "n_timesteps", 1001, 1000),
        ("grad_tts", "n_timesteps", 10**9, 1000),
    ],
)
def test_steps_beyond_all_measure_are_refused_at_once(family, key, value, most):
    with pytest.raises(VoiceError, match=f"at most {most}") as caught:
        voice_config.parse(json.dumps({"architecture": family, "model": {key: value}}), where="c")
    assert caught.value.code == "voice.config"


@pytest.mark.parametrize("trained", [1, 2, 10, 14, 400])
def test_all_possible_samplings_begin_at_the_last_step_and_end_at_the_first(trained):
    for steps in possible_steps(trained):
        taus = schedule.taus_of(trained, steps)
        assert len(taus) == steps
        assert (taus[0], taus[-1]) == (trained, 1)
        assert len(set(np.diff(taus))) <= 1


def test_the_last_step_ends_at_the_spectrogram():
    bars = schedule.alpha_bars(400, 1e-4, 0.05)
    assert bars[0] == 1
    assert bars[400] == pytest.approx(3.75e-5, rel=0.01)
    steps = [schedule.step_of([400, 134, 1], index, bars) for index in range(3)]
    assert [step.tau for step in steps] == [400, 134, 1]
    assert [step.next_alpha_bar for step in steps] == [bars[134], bars[1], 1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"encoder_kernel": 4}, '"encoder_kernel" is 4, wanted an odd number'),
        ({"beta_max": 1.5}, '"beta_max" is 1.5'),
        ({"eta": 2}, '"eta" is 2, wanted a number from 0 to 1'),
        ({"predicts": "sound"}, '"predicts" is "sound", wanted noise or velocity'),
        ({"mel_std": 0}, '"mel_std" is 0'),
        ({"mel_mean": "low"}, '"mel_mean" is "low", wanted a number'),
    ],
)
def test_sizes_that_make_no_network_are_named(change, said):
    with pytest.raises(VoiceError) as caught:
        ARCHITECTURE.build(change, rows(), "config.json")
    assert said in caught.value.message


def test_a_velocity_is_the_spectrogram_where_all_is_noise():
    """One step from noise: clean = sqrt(a) x - sqrt(1 - a) v, here of a network that answers v."""
    sizes = {**tiny_mel_voice.DIFF_TTS, "predicts": "velocity"}
    network = ARCHITECTURE.build(sizes, rows(), "config.json")
    with torch.no_grad():
        network.denoiser.conv_out.bias.fill_(0.7)
    dims = network.dims
    assert isinstance(network, DiffTts)
    noise = torch.randn(1, dims.bands, 5, generator=torch.Generator().manual_seed(1))
    spread = Spread(
        values_BKF=torch.zeros(1, dims.channels, 5),
        noise_BNF=noise,
        noise_scale_B=torch.ones(1),
        frames=5,
        lengths_B=None,
        speaker_BG1=torch.empty(1, 0, 1),
        steps=1,
    )
    left = float(network.alpha_bars[dims.steps])
    clean = left**0.5 * noise - (1 - left) ** 0.5 * 0.7
    made = network.sample(spread, [dims.steps])
    assert torch.allclose(made, clean * dims.deviation + dims.mean, atol=1e-6)
