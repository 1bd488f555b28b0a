"""Grad-TTS and Diff-TTS learn in seconds, go on to the bit, and leave voices that speak."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_dataset
import tiny_mel_voice
import torch
from tiny_fit import assert_goes_on_to_the_bit, dataset, means, run
from tiny_mel_recipes import ROWS

from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.engine.torch.weights_file import read_tensors
from sbv2cli.errors import UsageError
from sbv2cli.languages.japanese import JAPANESE
from sbv2cli.records import Delivery, LineId, Waveform
from sbv2cli.training.prepare.make_clips import PrepareSettings
from sbv2cli.training.prepare.prepare import prepare
from sbv2cli.training.recipes import RECIPES
from sbv2cli.training.scalars import read_scalars
from sbv2cli.voices.bundle import open_bundle
from sbv2cli.voices.to_utterance import to_utterance

STEPS = {"grad_tts": 40, "diff_tts": 120}
TERMS = {"grad_tts": {"durations", "prior", "diffusion"}, "diff_tts": {"durations", "noise"}}


@pytest.fixture(autouse=True)
def recipes(monkeypatch):
    torch.set_num_threads(1)
    for row in ROWS.items():
        monkeypatch.setitem(RECIPES, *row)


@pytest.mark.parametrize("name", TERMS)
@pytest.mark.parametrize("durations", [True, False], ids=["given", "searched"])
def test_it_learns_and_its_voice_says_a_sentence(tmp_path, name, durations):
    data = dataset(tmp_path, f"tiny-{name}", durations=durations)
    out = tmp_path / "run"
    fitted = run(data, out, steps=STEPS[name], learning_rate=5e-3, ema=0.5, seed=1)
    terms = TERMS[name] | ({"prior"} if not durations else set())
    (first, *_), last = read_scalars(out / "scalars.csv"), read_scalars(out / "scalars.csv")[-1]
    assert terms <= first.keys()
    assert {f"validation_{term}" for term in terms} <= last.keys()
    # A search that has not settled yet keeps durations moving.
    learned = {"durations" if durations else "prior": 0.85}
    if name == "diff_tts":
        learned["noise"] = 0.97  # of any step, the first of which nobody can tell from noise
    for term, share in learned.items():
        found = means(out, term)
        assert np.mean(found[-10:]) < share * np.mean(found[:3]), term
    # With a vocoder beside it, it is a voice like any other.
    voice = out / "voice"
    tiny_mel_voice.write_vocoder(
        voice / "vocoder", n_fft=512, win_size=512, hop_size=128, fmax=8000,
        upsample_rates=[16, 8], upsample_kernel_sizes=[32, 16],
    )  # fmt: skip
    bundle = open_bundle(voice)
    assert bundle.config.architecture == name
    assert not any("aligner" in tensor for tensor in read_tensors(fitted.voice))
    utterance = to_utterance(LineId("a"), JAPANESE.read("あいうえお"), bundle, Delivery(steps=4))
    (sound,) = Engine(bundle, EngineSettings(device="cpu")).speak([utterance])
    assert isinstance(sound, Waveform), sound
    assert np.abs(sound.samples).max() > 0
    again = run(data, tmp_path / "tuned", steps=1, base=voice, learning_rate=1e-6)
    assert again.step == 1
    (begun, *_) = read_scalars(tmp_path / "tuned" / "scalars.csv")
    settled = next(iter(learned))
    assert begun[settled] < first[settled]


@pytest.mark.parametrize("name", TERMS)
def test_it_goes_on_to_the_bit(tmp_path, name):
    assert_goes_on_to_the_bit(dataset(tmp_path, f"tiny-{name}"), tmp_path)


def test_a_vocoder_cannot_be_learned_along(tmp_path):
    table = tiny_dataset.recordings(tmp_path)
    with pytest.raises(UsageError) as caught:
        prepare(
            PrepareSettings(
                audio=tmp_path / "audio", transcript=table, out=tmp_path / "data",
                recipe="tiny-grad_tts", vocoder="source_filter",
            )
        )  # fmt: skip
    assert caught.value.code == "train.vocoder"


def test_segments_are_cut_as_long_as_they_should_be(tmp_path):
    data = dataset(tmp_path, "tiny-grad_tts")
    run(data, tmp_path / "short", steps=2, segment_frames=20)
    run(data, tmp_path / "whole", steps=2, segment_frames=0)
    short, whole = (means(tmp_path / kind, "diffusion")[0] for kind in ("short", "whole"))
    assert short != whole
