"""Law 2: a line's samples depend on the line, voice, settings and seed, and on nothing else."""

from __future__ import annotations

import dataclasses

import numpy as np
import onnx_graphs
import pytest
import tiny_glow
import tiny_voice
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from side_by_side import assert_as_alone, spoken, worst_in_one_batch

from sbv2cli.engine import collate
from sbv2cli.engine.batching import Budget
from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.voices.bundle import open_bundle

LINES = 14
BOUND = 1e-5  # float32 on a CPU

VOICES = {
    "jp-extra": {},
    "multilingual": {"version": "2.2"},
    "wavenet flow, single blocks": {
        "network": {
            "use_transformer_flow": False,
            "resblock": "2",
            "resblock_dilation_sizes": [[1, 3], [1, 2]],
        }
    },
    "source filter": {"network": {"vocoder": tiny_voice.SOURCE_FILTER}},
    "repeated edges": {"network": {"standalone": True, "edge_frames": 2}},
    "odd kernels": {"network": {"upsample_kernel_sizes": [7, 4]}},
    "vits": {"vits": {}},
    "glow_tts": {"glow": {"speakers": 2}},
    "vits, speakers, deterministic": {"vits": {"speakers": 2, "network": {"use_sdp": False}}},
}
# The same through onnxruntime.
VOICES |= {
    f"{name}, as graphs": {**VOICES[name], "graphs": True}
    for name in (
        "jp-extra",
        "multilingual",
        "source filter",
        "repeated edges",
        "vits, speakers, deterministic",
        "glow_tts",
    )
}

# Other sizes and versions of networks that the quick ones run already.
SLOW = {
    "multilingual",
    "multilingual, as graphs",
    "odd kernels",
    "repeated edges",
    "vits, speakers, deterministic",
    "wavenet flow, single blocks",
}
PARAMS = [
    pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else [], id=name) for name in VOICES
]


@pytest.fixture(scope="module", params=PARAMS)
def voice(request, tmp_path_factory):
    folder, options = tmp_path_factory.mktemp("voice") / "tiny", dict(VOICES[request.param])
    as_graphs = options.pop("graphs", False)
    if "vits" in options:
        bundle = tiny_voice.opened_vits(folder, **options["vits"])
    elif "glow" in options:
        bundle = tiny_glow.opened(folder, **options["glow"])
    else:
        bundle = tiny_voice.opened(folder, **options)
    if as_graphs:
        bundle = open_bundle(onnx_graphs.convert(bundle, folder.parent / "graphs"))
    rng = np.random.default_rng(5)
    lines = [
        tiny_voice.utterance(bundle, n, phones=int(rng.integers(1, 40)), seed=n % 3)
        for n in range(LINES)
    ]
    # Mixtures within one batch: no noise at all, no stochastic durations, only those.
    lines[0] = dataclasses.replace(lines[0], noise_scale=0.0, noise_scale_w=0.0)
    lines[1] = dataclasses.replace(lines[1], sdp_ratio=0.0)
    lines[2] = dataclasses.replace(lines[2], sdp_ratio=1.0)
    return spoken(bundle, lines)


@pytest.fixture(scope="module")
def several(voice):
    """A worker on each of two devices, and what one worker makes of all lines."""
    settings = EngineSettings(device="cpu,cpu", threads=2)
    expected = {s.id: s for s in voice.threads.speak(voice.lines)}
    return Engine(voice.threads.bundle, settings), expected


@given(
    order=st.permutations(range(LINES)),
    count=st.integers(1, LINES),
    length=st.integers(10, 3000),
    most=st.integers(1, LINES),
)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_samples_are_batch_invariant(voice, order, count, length, most):
    assert_as_alone(voice, order[:count], Budget(length=length, lines=most), BOUND)


@given(order=st.permutations(range(LINES)), count=st.integers(2, LINES))
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
def test_samples_do_not_depend_on_the_worker(voice, several, order, count):
    lines, (engine, expected) = voice.lines, several
    sounds = list(engine.speak([lines[position] for position in order[:count]]))
    assert len(sounds) == count
    for sound in sounds:
        assert np.array_equal(sound.phone_frames, expected[sound.id].phone_frames)
        assert np.array_equal(sound.samples, expected[sound.id].samples)


def unpadded(spoken):
    return dataclasses.replace(
        spoken, lengths_B=np.full_like(spoken.lengths_B, spoken.lengths_B.max())
    )


def test_without_masks_samples_depend_on_the_batch(voice, monkeypatch):
    # The property must be able to fail: unmasked, padding sounds into the line.
    monkeypatch.setattr("sbv2cli.models.vocoder.hifigan.model.masked", lambda x, _: x)
    monkeypatch.setattr("sbv2cli.models.vocoder.source_filter.model._silenced", lambda x, _: x)
    # A graph's masks are inside it: it is told that nothing is padding.
    frames = collate.frames
    monkeypatch.setattr(collate, "frames", lambda *given: unpadded(frames(*given)))
    assert worst_in_one_batch(voice, monkeypatch) > 1e-3
