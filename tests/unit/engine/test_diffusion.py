"""The U-Net of Grad-TTS and the denoiser of Diff-TTS, packed as the modules compute them."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import tiny_mel_voice
import tiny_voice
import torch

from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.engine.torch import loading
from sbv2cli.engine.torch.cpu import convolution, denoiser, unet
from sbv2cli.models.architecture import Spread

needs_packing = pytest.mark.skipif(
    not convolution.can_pack(torch.float32), reason="this torch has no packed convolutions"
)
needs_bfloat16 = pytest.mark.skipif(
    not convolution.can_pack(torch.bfloat16), reason="this processor does not multiply bfloat16"
)

GRAD = {
    "one speaker": {},
    "speakers, sde": {"speakers": 3, "model": {"stoc": True}},
    "wider": {"model": {"dec_dim": 24}},
}
DIFF = {
    "one speaker": {},
    "speakers, ddpm": {"speakers": 2, "model": {"eta": 1.0, "residual_channels": 20}},
}


def spread_of(acoustic, frames, steps):
    whole = -(-frames // acoustic.frame_multiple) * acoustic.frame_multiple
    draw = torch.Generator().manual_seed(frames)
    noise = [torch.randn(1, acoustic.channels, whole, generator=draw) for _ in range(steps + 1)]
    width = acoustic.channels if acoustic.frame_multiple > 1 else acoustic.dims.channels
    values = torch.randn(1, width, whole, generator=draw)
    speaker = torch.zeros(1, 0, 1)
    if hasattr(acoustic, "speaker"):
        speaker = acoustic.speaker(torch.tensor([1 if acoustic.speakers else 0]))
    return Spread(
        values_BKF=values,
        noise_BNF=noise[0],
        noise_scale_B=torch.ones(1),
        frames=frames,
        lengths_B=None if whole == frames else torch.tensor([frames]),
        speaker_BG1=speaker,
        steps=steps,
        temperature_B=torch.tensor([1.5]),
        step_noise=lambda step: noise[1 + step],
    )


def compare(network, packed, frames, tolerance):
    with torch.inference_mode():
        spread = spread_of(network, frames, 4)
        expected = network.decode(spread)[:, :, :frames]
        found = packed.decode(spread)[:, :, :frames]
    size = max(1.0, float(expected.abs().max()))
    torch.testing.assert_close(found, expected, rtol=0, atol=tolerance * size)
    return float((found - expected).abs().max())


@needs_packing
@pytest.mark.parametrize("name", GRAD)
@pytest.mark.parametrize("frames", [1, 2, 13, 16, 102])
def test_packed_is_the_module(tmp_path, name, frames):
    network = loading.load(tiny_mel_voice.opened_grad_tts(tmp_path / "v", **GRAD[name])).acoustic
    packed = unet.pack(deepcopy(network), torch.float32)
    compare(network, packed, frames, 1e-5)


@needs_bfloat16
@pytest.mark.parametrize("name", DIFF)
@pytest.mark.parametrize("frames", [1, 13, 102])
def test_denoiser_in_half_precision(tmp_path, name, frames):
    network = loading.load(tiny_mel_voice.opened_diff_tts(tmp_path / "v", **DIFF[name])).acoustic
    assert denoiser.pack(deepcopy(network), torch.float32) is None
    packed = denoiser.pack(deepcopy(network), torch.bfloat16)
    assert compare(network, packed, frames, 0.1) > 0


@needs_packing
def test_what_is_behind_a_line_is_not_read(tmp_path):
    network = loading.load(tiny_mel_voice.opened_grad_tts(tmp_path / "v")).acoustic
    packed = unet.pack(deepcopy(network), torch.float32)
    spread = spread_of(network, 13, 2)
    wild = spread.values_BKF.clone()
    wild[:, :, 13:] = 1e6
    with torch.inference_mode():
        expected = packed.decode(spread)
        found = packed.decode(replace_values(spread, wild))
    assert torch.equal(found[:, :, :13], expected[:, :, :13])


def replace_values(spread, values_BKF):
    return Spread(**{
        name: getattr(spread, name) for name in Spread.__dataclass_fields__
    } | {"values_BKF": values_BKF})  # fmt: skip


@needs_bfloat16
@pytest.mark.parametrize("opened", [tiny_mel_voice.opened_grad_tts, tiny_mel_voice.opened_diff_tts])
def test_half_precision_keeps_lengths_and_is_heard(tmp_path, opened):
    bundle = opened(tmp_path / "v")
    lines = [replace(tiny_voice.utterance(bundle, n, phones=1 + 4 * n), steps=4) for n in range(4)]
    exact, half = (
        {s.id: s for s in Engine(bundle, EngineSettings(device="cpu", precision=p)).speak(lines)}
        for p in ("fp32", "bf16")
    )
    for name, sound in exact.items():
        assert np.array_equal(sound.phone_frames, half[name].phone_frames)
        apart = np.abs(sound.samples - half[name].samples).max()
        assert 0 < apart < 0.1


@pytest.mark.parametrize("precision", ["fp32", pytest.param("bf16", marks=needs_bfloat16)])
@pytest.mark.parametrize(
    ("opened", "model"),
    [
        (tiny_mel_voice.opened_grad_tts, {"stoc": True, "dec_dim": 16}),
        (tiny_mel_voice.opened_diff_tts, {"eta": 1.0}),
    ],
)
def test_a_line_has_the_same_bytes_on_any_number_of_threads(tmp_path, opened, model, precision):
    bundle = opened(tmp_path / "v", speakers=2, model=model)
    diffusion = bundle.config.diffusion
    lines = [
        replace(tiny_voice.utterance(bundle, n, phones=1 + 5 * n), steps=diffusion.nearest(2 + n))
        for n in range(6)
    ]
    made: dict[str, set[bytes]] = {}
    for threads, order in ((1, lines), (3, lines[::-1]), (2, lines[3:4])):
        settings = EngineSettings(device="cpu", precision=precision, threads=threads)
        for sound in Engine(bundle, settings).speak(order):
            made.setdefault(sound.id, set()).add(sound.samples.tobytes())
    assert len(made) == len(lines)
    assert all(len(found) == 1 for found in made.values())
