"""Glow-TTS learns in seconds, goes on to the bit, and leaves a voice that speaks."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_dataset
import tiny_glow
import torch
from tiny_fit import assert_goes_on_to_the_bit, dataset, means, run, state
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


@pytest.fixture(autouse=True)
def recipes(monkeypatch):
    torch.set_num_threads(1)
    for row in ROWS.items():
        monkeypatch.setitem(RECIPES, *row)


@pytest.mark.parametrize("durations", [True, False], ids=["given", "searched"])
def test_it_learns_and_its_voice_says_a_sentence(tmp_path, durations):
    data = dataset(tmp_path, "tiny-glow_tts", durations=durations)
    out = tmp_path / "run"
    fitted = run(data, out, steps=60, learning_rate=1e-2, warmup_steps=10, ema=0.5)
    likelihood = means(out, "likelihood")
    assert np.mean(likelihood[-5:]) < np.mean(likelihood[:3]) - 0.3
    if durations:
        lengths = means(out, "durations")
        assert np.mean(lengths[-10:]) < 0.85 * np.mean(lengths[:3])
    last = read_scalars(out / "scalars.csv")[-1]
    assert {"validation_likelihood", "validation_durations", "validation_mel"} <= last.keys()
    names = read_tensors(fitted.voice).keys()
    assert {"encoder.emb.weight", "decoder.flows.0.logs", "decoder.flows.2.start.weight_g"} <= names
    voice = out / "voice"
    (voice / "vocoder").mkdir()
    tiny_glow.write_vocoder(
        voice / "vocoder", n_fft=512, win_size=512, hop_size=128, fmax=8000,
        upsample_rates=[16, 8], upsample_kernel_sizes=[32, 16],
    )  # fmt: skip
    bundle = open_bundle(voice)
    assert bundle.config.architecture == "glow_tts"
    utterance = to_utterance(LineId("a"), JAPANESE.read("あいうえお"), bundle, Delivery())
    (sound,) = Engine(bundle, EngineSettings(device="cpu")).speak([utterance])
    assert isinstance(sound, Waveform), sound
    assert np.abs(sound.samples).max() > 0
    # And on from that voice, whose normalisations stay as they are.
    run(data, tmp_path / "tuned", steps=1, base=voice, learning_rate=1e-6)
    (begun, *_) = read_scalars(tmp_path / "tuned" / "scalars.csv")
    assert begun["likelihood"] < np.mean(likelihood[:3])


def test_it_begins_with_normalisations_that_fit(tmp_path):
    data = dataset(tmp_path, "tiny-glow_tts")
    run(data, tmp_path / "run", steps=1, learning_rate=1e-9)
    learned, _ = state(tmp_path / "run")
    scales = [v for k, v in learned["voice"].items() if k.endswith("steps.0.log_scale")]
    assert len(scales) == 1
    assert scales[0].abs().min() > 1e-3
    # Without them the first likelihood is that of values that are far from normal.
    assert means(tmp_path / "run", "likelihood")[0] < 2


def test_it_goes_on_to_the_bit(tmp_path):
    assert_goes_on_to_the_bit(dataset(tmp_path, "tiny-glow_tts"), tmp_path)


def test_gradients_are_bounded_number_by_number(tmp_path):
    data = dataset(tmp_path, "tiny-glow_tts")
    run(data, tmp_path / "run", steps=2, clip_gradient=1e-12)
    learned, _ = state(tmp_path / "run")
    moments = learned["optimisers"]["voice"]["state"]
    assert max(float(one["exp_avg"].abs().max()) for one in moments.values()) <= 1e-12
    assert means(tmp_path / "run", "gradient_norm")[0] > 1e-3


def test_a_voice_of_coqui_is_not_trained_on(tmp_path):
    base = tiny_glow.write_coqui(tmp_path / "base")
    table = tiny_dataset.recordings(tmp_path)
    settings = PrepareSettings(
        audio=tmp_path / "audio", transcript=table, out=tmp_path / "data", base=base
    )
    with pytest.raises(UsageError) as caught:
        prepare(settings)
    assert caught.value.code == "train.objective"
