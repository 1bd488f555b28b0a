"""Glow-TTS in the engine: packed as the modules compute it, whole frames, nothing beyond a line."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
import tiny_glow
import tiny_voice
import torch
from safetensors.torch import save_file

from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.engine.torch import loading
from sbv2cli.engine.torch.cpu import convolution, glow
from sbv2cli.engine.torch.weights_file import read_tensors
from sbv2cli.errors import VoiceError
from sbv2cli.models.architecture import Spread
from sbv2cli.models.glow_tts.model import whole_frames
from sbv2cli.voices.bundle import open_bundle

NETWORKS = {
    "as published": {},
    "speakers": {"speakers": 3},
    "no window, no prenet": {"model": {"window_size": None, "prenet": False}},
    "scales, three frames": {
        "model": {"mean_only": False, "sigmoid_scale": True, "n_sqz": 3, "n_split": 6}
    },
    "dilated": {"model": {"dilation_rate": 2}},
}
needs_packing = pytest.mark.skipif(
    not convolution.can_pack(torch.float32), reason="this torch has no packed convolutions"
)


@needs_packing
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("frames", [6, 48, 402])
def test_packed_is_the_module(tmp_path, name, frames):
    network = loading.load(tiny_glow.opened(tmp_path / "voice", **NETWORKS[name])).acoustic
    packed = glow.pack(deepcopy(network), torch.float32)
    if name == "dilated":
        assert packed is None
        return
    assert packed is not None
    draw = torch.Generator().manual_seed(frames)
    channels = tiny_glow.BANDS * (1 if network.dims.encoder.mean_only else 2)
    spread = Spread(
        values_BKF=torch.randn(1, channels, frames, generator=draw),
        noise_BNF=torch.randn(1, tiny_glow.BANDS, frames, generator=draw),
        noise_scale_B=torch.tensor([0.667]),
        frames=frames,
        lengths_B=None,
        speaker_BG1=network.speaker(torch.tensor([1 if network.speakers else 0])),
    )
    with torch.inference_mode():
        expected = network.decode(spread)
        tolerance = 1e-5 * max(1.0, float(expected.abs().max()))
        torch.testing.assert_close(packed.decode(spread), expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([3.0, 2.0, 2.0], [3, 2, 1]),
        ([3.0, 2.0, 1.0], [3, 2, 1]),
        ([4.0, 2.0, 1.0], [4, 2, 0]),
        ([0.0, 0.0, 1.0], [0, 0, 2]),
        ([1.0, 0.0, 0.0], [1, 0, 1]),
    ],
)
def test_an_odd_last_frame_is_lost(frames, expected):
    assert whole_frames(torch.tensor([frames]), None, 2).tolist() == [expected]
    padded = torch.tensor([[*frames, 0.0, 0.0]])
    made = whole_frames(padded, torch.tensor([3]), 2).tolist()
    assert made == [[*expected, 0, 0]]


def test_frames_are_planned_exactly(tmp_path):
    bundle = tiny_glow.opened(tmp_path / "voice", speakers=2)
    engine = Engine(bundle, EngineSettings(device="cpu"))
    lines = [tiny_voice.utterance(bundle, n, phones=1 + n % 9) for n in range(12)]
    planned = {line.utterance.id: line.frames for line in engine.worker.plan(lines)}
    for sound in engine.speak(lines):
        assert sound.phone_frames.sum() == planned[sound.id]
        assert planned[sound.id] % 2 == 0
        assert len(sound.samples) == planned[sound.id] * tiny_glow.HOP


def test_coqui_lasts_a_frame_less_but_one_at_least(tmp_path):
    network = loading.load(open_bundle(tiny_glow.write_coqui(tmp_path / "voice"))).acoustic
    log = torch.log(torch.tensor([[[0.5, 1.0, 2.5, 4.0]]]))
    counts = network.frame_counts(log, None, torch.ones(1))
    assert counts.tolist() == [[1, 1, 2, 3]]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sampling_rate": 22050}, "sampling_rate is 22050 and 16000"),
        ({"num_mels": 80}, "n_mel_channels is 80 and 8"),
        ({"hop_size": 32}, "hop_length is 32 and 16"),
        ({"fmax": None}, None),
        ({"fmax": 7600}, "mel_fmax is 7600 and 8000.0"),
        ({"win_size": 32}, "win_length is 32 and 64"),
    ],
)
def test_other_spectrograms_are_refused_with_both_values(tmp_path, changes, said):
    folder = tiny_glow.write(tmp_path / "voice", vocoder=changes)
    if said is None:  # half the rate is what the voice has, too
        open_bundle(folder)
        return
    with pytest.raises(VoiceError) as caught:
        open_bundle(folder)
    assert caught.value.code == "voice.vocoder-mel"
    assert said in caught.value.message


def test_a_floor_that_the_voice_was_taught_must_be_heard(tmp_path):
    folder = tiny_glow.write(tmp_path / "voice", data={"mel_floor": 1e-6})
    with pytest.raises(VoiceError, match="mel_floor is 1e-09 and 1e-06"):
        open_bundle(folder)


def test_its_tensors_are_held_against_its_configuration(tmp_path):
    folder = tiny_glow.write(tmp_path / "voice")
    tensors = read_tensors(folder / "pretrained.pth")
    del tensors["decoder.flows.0.logs"]
    tensors["decoder.flows.9.logs"] = torch.zeros(1, 16, 1)
    (folder / "pretrained.pth").unlink()
    save_file(tensors, folder / "pretrained.safetensors")
    with pytest.raises(VoiceError) as caught:
        loading.load(open_bundle(folder))
    assert caught.value.code == "voice.weights"
    assert '"decoder.flows.0.logs"' in caught.value.message
    assert '"decoder.flows.9.logs"' in caught.value.message


def test_noise_is_of_the_line(tmp_path):
    bundle = tiny_glow.opened(tmp_path / "voice")
    first = tiny_voice.utterance(bundle, 1, phones=5, noise_scale=0.6)
    other = tiny_voice.utterance(bundle, 1, phones=5, noise_scale=0.6, take=2)
    silent = tiny_voice.utterance(bundle, 1, phones=5, noise_scale=0.0)
    sounds = [
        next(iter(Engine(bundle, EngineSettings(device="cpu")).speak([line]))).samples
        for line in (first, first, other, silent)
    ]
    assert np.array_equal(sounds[0], sounds[1])
    assert np.abs(sounds[0] - sounds[2]).max() > 1e-3
    assert np.abs(sounds[0] - sounds[3]).max() > 1e-3
