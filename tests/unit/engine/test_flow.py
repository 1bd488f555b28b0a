"""The packed way of a CPU computes what the modules of `models/` compute."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
import tiny_voice
import torch

from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.engine.torch import loading
from sbv2cli.engine.torch.cpu import convolution, decoder, flow, narrow
from sbv2cli.engine.torch.network import Network
from sbv2cli.errors import MachineError, UsageError

pytestmark = pytest.mark.skipif(
    not convolution.can_pack(torch.float32), reason="this torch has no packed convolutions"
)
needs_bf16 = pytest.mark.skipif(
    not convolution.can_pack(torch.bfloat16), reason="this processor does not multiply bfloat16"
)

NETWORKS = {
    "pairs": {},
    "singles": {"resblock": "2", "resblock_dilation_sizes": [[1, 3], [2, 5]]},
    "published geometry": {
        "upsample_rates": [8, 8, 2, 2, 2],
        "upsample_kernel_sizes": [16, 16, 8, 2, 2],
        "upsample_initial_channel": 64,
        "resblock_kernel_sizes": [3, 7, 11],
        "resblock_dilation_sizes": [[1, 3, 5]] * 3,
    },
    "one block, wide heads": {
        "resblock_kernel_sizes": [7],
        "resblock_dilation_sizes": [[1, 3, 5]],
        "hidden_channels": 12,
        "n_heads": 1,
    },
    "vocoder of its own": {"standalone": True, "edge_frames": 3},
    "residual flow": {"use_transformer_flow": False, "hidden_channels": 10},
}
VITS = {"vits": {}, "vits with speakers": {"speakers": 3}}


@pytest.fixture(scope="module", params=[*NETWORKS, *VITS])
def network(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("v") / "tiny"
    if request.param in VITS:
        return loading.load(tiny_voice.opened_vits(folder, **VITS[request.param]))
    return loading.load(tiny_voice.opened(folder, network=NETWORKS[request.param]))


@pytest.mark.parametrize("widest", [0, narrow.WIDEST])
@pytest.mark.parametrize("frames", [1, 2, 3, 9, 64, 301])
def test_flow_and_decoder(network, frames, widest, monkeypatch):
    monkeypatch.setattr(narrow, "WIDEST", widest)
    line = tiny_voice.spread(network.acoustic, frames, seed=frames)
    packed = Network(
        flow.pack(deepcopy(network.acoustic), torch.float32),
        decoder.pack(deepcopy(network.vocoder), torch.float32),
    )
    with torch.inference_mode():
        expected = network.render(line, None, 10**6)
        for piece in (10**6, 20):
            found = packed.render(line, None, piece)
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_long_lines_attend_in_rows(network, monkeypatch):
    acoustic = network.acoustic
    prior, speaker = torch.randn(1, 8, 77), torch.randn(1, acoustic.speaker_channels, 1)
    with torch.inference_mode():
        packed = flow.PackedFlow(acoustic.flow, torch.float32)
        whole = packed(prior[0].T.contiguous(), speaker[0, :, 0])
        monkeypatch.setattr(flow, "SCORES_AT_ONCE", 77 * 2 * 5)
        rows = packed(prior[0].T.contiguous(), speaker[0, :, 0])
        torch.testing.assert_close(rows, whole, rtol=0, atol=1e-5)


@needs_bf16
def test_half_precision_changes_no_length_and_little_sound(tmp_path):
    bundle = tiny_voice.opened(tmp_path / "v")
    lines = [tiny_voice.utterance(bundle, n, phones=10 + n) for n in range(5)]
    exact, half = (
        {s.id: s for s in Engine(bundle, EngineSettings(device="cpu", precision=p)).speak(lines)}
        for p in ("fp32", "bf16")
    )
    for name, sound in exact.items():
        assert np.array_equal(sound.phone_frames, half[name].phone_frames)
        difference = np.square(sound.samples - half[name].samples).mean()
        # 27 dB below the sound at the least; the full-size figure is in the performance page.
        assert 0 < difference < 2e-3 * np.square(sound.samples).mean()


def test_networks_that_do_not_pack_go_the_plain_way(tmp_path):
    bundle = tiny_voice.opened(tmp_path / "v", network={"upsample_kernel_sizes": [7, 4]})
    network = loading.load(bundle)
    assert decoder.pack(network.vocoder, torch.float32) is None
    (sound,) = Engine(bundle, EngineSettings(device="cpu")).speak(
        [tiny_voice.utterance(bundle, 1, phones=5)]
    )
    assert len(sound.samples)
    with pytest.raises(MachineError) as caught:
        Engine(bundle, EngineSettings(device="cpu", precision="bf16"))
    assert caught.value.code == "precision.missing"


def test_a_voice_that_gains_nothing_by_half_precision_says_so(tmp_path):
    bundle = tiny_voice.opened(tmp_path / "v", network={"vocoder": tiny_voice.SOURCE_FILTER})
    with pytest.raises(MachineError) as caught:
        Engine(bundle, EngineSettings(device="cpu", precision="bf16"))
    assert caught.value.code == "precision.missing"
    at_fault = f'voice "{bundle.name}"' if convolution.can_pack(torch.bfloat16) else 'device "cpu"'
    assert caught.value.message == f"{at_fault} has no fast way to compute in bf16"
    assert "fp32" in str(caught.value.hint)
    with pytest.raises(MachineError) as caught:
        Engine(bundle, EngineSettings(device="cpu", precision="bf16", together=True))
    assert "voice" not in caught.value.message


def test_unknown_precisions(tmp_path):
    bundle = tiny_voice.opened(tmp_path / "v")
    with pytest.raises(UsageError, match="bf61"):
        Engine(bundle, EngineSettings(device="cpu", precision="bf61"))
    with pytest.raises(MachineError):
        Engine(bundle, EngineSettings(device="cpu", precision="fp16"))
