"""One voice on one device: every line answers, whatever its neighbours do."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import tiny_voice
import torch

from sbv2cli.engine.batching import Budget
from sbv2cli.engine.engine import Engine
from sbv2cli.engine.measured import Counters
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.engine.torch import backend
from sbv2cli.engine.torch.backend import choose_device
from sbv2cli.errors import MachineError
from sbv2cli.records import LineFailure, Waveform


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return tiny_voice.opened(tmp_path_factory.mktemp("voices") / "tiny")


def engine(bundle, **settings):
    return Engine(bundle, EngineSettings(device="cpu", **settings))


@pytest.mark.parametrize(("weights", "threads"), [(0, 2), (10**9, 1)])
def test_a_line_alone_has_the_threads_that_it_gains_by(bundle, monkeypatch, weights, threads):
    monkeypatch.setattr(backend, "WEIGHTS_OF_A_SMALL_VOICE", weights)
    seen, plan = [], backend.TorchWorker.plan

    def noted(worker, utterances):
        seen.append(torch.get_num_threads())
        return plan(worker, utterances)

    monkeypatch.setattr(backend.TorchWorker, "plan", noted)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        list(engine(bundle).speak([tiny_voice.utterance(bundle, 1, phones=4)]))
        assert (seen, torch.get_num_threads()) == ([threads], 2)
    finally:
        torch.set_num_threads(before)


LAYOUTS = [{"threads": 1}, {"threads": 3}, {"together": True}]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_line_answers_once(bundle, layout):
    lines = [tiny_voice.utterance(bundle, n, phones=1 + n % 7) for n in range(50)]
    sounds = list(engine(bundle, **layout).speak(iter(lines)))
    assert sorted(s.id for s in sounds) == sorted(u.id for u in lines)
    for sound in sounds:
        assert isinstance(sound, Waveform)
        assert sound.samples.dtype == np.float32
        assert len(sound.samples) == sound.phone_frames.sum() * sound.frame_samples
        assert np.abs(sound.samples).max() > 1e-3


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_bad_line_fails_alone(bundle, layout):
    lines = [tiny_voice.utterance(bundle, n, phones=4) for n in range(8)]
    nan = np.full(256, np.nan, dtype=np.float32)
    lines[2] = dataclasses.replace(lines[2], speaker=7)
    lines[3] = dataclasses.replace(lines[3], style=nan)
    lines[4] = dataclasses.replace(lines[4], phones=lines[4].phones + 400)
    lines[5] = dataclasses.replace(lines[5], tones=lines[5].tones[:-1])
    lines[6] = dataclasses.replace(lines[6], length_scale=1e6)
    answers = {s.id: s for s in engine(bundle, **layout).speak(lines)}
    codes = {i: a.code for i, a in answers.items() if isinstance(a, LineFailure)}
    assert codes == {
        "line-2": "engine.ids",
        "line-3": "engine.durations",
        "line-4": "engine.ids",
        "line-5": "engine.ids",
        "line-6": "engine.durations",
    }
    alone = {s.id: s for s in engine(bundle, threads=1).speak([lines[0], lines[7]])}
    for name in ("line-0", "line-7"):
        np.testing.assert_allclose(answers[name].samples, alone[name].samples, rtol=0, atol=1e-5)


def test_no_lines(bundle):
    for layout in LAYOUTS:
        assert list(engine(bundle, **layout).speak([])) == []


@pytest.mark.parametrize("stage", ["plan", "decoder"])
def test_out_of_memory_halves_the_batch(bundle, monkeypatch, stage):
    """A device that holds three lines at most, and a line that never fits."""
    machine = engine(bundle, together=True)
    lines = [tiny_voice.utterance(bundle, n, phones=6, length_scale=1.0) for n in range(9)]
    lines.append(tiny_voice.utterance(bundle, 9, phones=60, length_scale=1.0))
    network = machine.worker.network
    if stage == "plan":
        plan = network.plan

        def small_plan(batch, noise):
            if len(batch.phones_BP) > 3 or batch.phones_BP.shape[1] > 60:
                raise torch.OutOfMemoryError("out of memory")
            return plan(batch, noise)

        monkeypatch.setattr(network, "plan", small_plan)
    else:
        forward = network.vocoder.forward

        def small_decode(z, lengths, speaker, noise):
            if len(z) > 3 or z.shape[2] > 160:
                raise torch.OutOfMemoryError("out of memory")
            return forward(z, lengths, speaker, noise)

        monkeypatch.setattr(network.vocoder, "forward", small_decode)
        machine.worker.piece_frames = 100_000
    answers = {s.id: s for s in machine.speak(lines)}
    failure = answers.pop("line-9")
    assert isinstance(failure, LineFailure)
    assert failure.code == "device.memory"
    assert failure.hint
    assert all(isinstance(a, Waveform) for a in answers.values())
    assert len(answers) == 9


def test_a_long_line_in_pieces_is_the_unbroken_line(bundle):
    line = tiny_voice.utterance(bundle, 1, phones=30, length_scale=3.0)
    whole, pieces = engine(bundle, threads=1), engine(bundle, threads=1)
    whole.worker.piece_frames = 1_000_000
    pieces.worker.piece_frames = 37
    (a,), (b,) = whole.speak([line]), pieces.speak([line])
    assert a.phone_frames.sum() > 200
    np.testing.assert_allclose(a.samples, b.samples, rtol=0, atol=1e-5)


def test_chunks_with_too_small_a_receptive_field_differ(bundle):
    # The test above must be able to fail.
    line = tiny_voice.utterance(bundle, 1, phones=30, length_scale=3.0)
    whole, pieces = engine(bundle, threads=1), engine(bundle, threads=1)
    whole.worker.piece_frames = 1_000_000
    pieces.worker.piece_frames = 37
    pieces.worker.network.vocoder.halo = 1
    (a,), (b,) = whole.speak([line]), pieces.speak([line])
    assert np.abs(a.samples - b.samples).max() > 1e-4


def test_the_same_line_twice_is_the_same_to_the_bit(bundle):
    line = tiny_voice.utterance(bundle, 3, phones=9)
    (a,), (b,) = engine(bundle, threads=1).speak([line]), engine(bundle, threads=1).speak([line])
    assert np.array_equal(a.samples, b.samples)
    other = dataclasses.replace(line, take=2)
    (c,) = engine(bundle, threads=1).speak([other])
    assert len(c.samples) != len(a.samples) or not np.array_equal(c.samples, a.samples)


def test_stopping_early_leaves_nothing_running(bundle):
    import threading

    lines = (tiny_voice.utterance(bundle, n, phones=5) for n in range(10_000))
    sounds = engine(bundle, threads=2).speak(lines)
    next(sounds)
    sounds.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("sbv2-engine")]
    assert next(lines).id != "line-9999"


def test_counters_tell_what_was_padding(bundle):
    machine = engine(bundle, together=True, budget=Budget(length=2000, lines=16))
    lines = (tiny_voice.utterance(bundle, n, phones=3 + n % 20) for n in range(100))
    measured = list(machine.measure(lines))
    assert len(measured) == 100
    counters = sum((each.counters for each in measured), Counters())
    assert 0 < counters.padded_share < 0.12
    assert counters.frames == sum(each.result.phone_frames.sum() for each in measured)
    assert all(each.counters.plan_seconds > 0 for each in measured)
    assert all(each.counters.render_seconds > 0 for each in measured)


@pytest.mark.parametrize("name", ["tpu", "cuda:99", "cpu:x", ""])
def test_devices_that_are_not_there(name):
    with pytest.raises(MachineError) as caught:
        choose_device(name)
    assert caught.value.code in ("device.unknown", "device.missing")
    assert caught.value.hint


def test_the_cpu_is_always_there():
    assert choose_device("cpu").type == "cpu"
    assert choose_device("auto").type in ("cpu", "cuda")


def test_opening_a_voice_imports_neither_a_compiler_nor_transformers(tmp_path):
    """A second and a half that `sbv2 say` would otherwise pay."""
    import subprocess
    import sys

    folder = tiny_voice.write(tmp_path / "tiny")
    code = (
        "import sys, sbv2cli;"
        f"sbv2cli.load_voice({str(folder)!r}, device='cpu');"
        "assert not {'torch._dynamo', 'sympy', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
