"""A voice of mel spectrograms with a vocoder of its own speaks, by rows in tables alone."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import tiny_voice
import torch
from safetensors.torch import save_file

from sbv2cli.engine import collate, noise
from sbv2cli.engine.batching import Budget
from sbv2cli.engine.collate import Planned
from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.errors import ScriptError, VoiceError
from sbv2cli.models import ARCHITECTURES, VOCODERS
from sbv2cli.records import SYMBOL_NUMBER, Delivery, LineId, Waveform
from sbv2cli.voices.bundle import open_bundle
from sbv2cli.voices.configs import CONFIGS
from sbv2cli.voices.to_utterance import settle, to_utterance, trial

BANDS, HIDDEN, HOP = 5, 6, 12
DATA = {"sampling_rate": 8000, "hop_length": HOP, "n_mel_channels": BANDS}


@pytest.fixture(autouse=True)
def rows(monkeypatch):
    monkeypatch.setitem(ARCHITECTURES, "made_up", "made_up.acoustic:ARCHITECTURE")
    monkeypatch.setitem(VOCODERS, "steps", "made_up.vocoder:VOCODER")
    families = {"made_up": "made_up.config", **CONFIGS}
    monkeypatch.setattr("sbv2cli.voices.configs.voice_config.CONFIGS", families)


@pytest.fixture
def folder(tmp_path):
    draw = torch.Generator().manual_seed(3)

    def values(*shape):
        return torch.randn(shape, generator=draw)

    voice = tmp_path / "voice"
    (voice / "vocoder").mkdir(parents=True)
    config = {"made_up": {"bands": BANDS, "hidden": HIDDEN}, "data": DATA}
    (voice / "config.json").write_text(json.dumps(config), "utf-8")
    save_file(
        {
            "embedding.weight": values(8, HIDDEN),
            "dur.weight": values(1, HIDDEN),
            "dur.bias": values(1),
            "mel.weight": values(BANDS, HIDDEN, 3),
            "mel.bias": values(BANDS),
        },
        voice / "acoustic.safetensors",
    )
    write_vocoder(voice, {"out.weight": values(HOP, BANDS + 2, 3), "out.bias": values(HOP)})
    return voice


def write_vocoder(voice, tensors=None, kind="steps", **data):
    config = {"vocoder": {"kind": kind, "hop": HOP}, "data": {**DATA, **data}}
    (voice / "vocoder" / "config.json").write_text(json.dumps(config), "utf-8")
    if tensors is not None:
        save_file(tensors, voice / "vocoder" / "steps.safetensors")


def lines(bundle, count=12):
    return [
        replace(tiny_voice.utterance(bundle, n, phones=2 + n % 7), noise_scale=0.5)
        for n in range(count)
    ]


def sounds(bundle, utterances, **settings):
    engine = Engine(bundle, EngineSettings(device="cpu", **settings))
    return {sound.id: sound for sound in engine.speak(utterances)}


def test_it_speaks(folder):
    bundle = open_bundle(folder)
    assert set(bundle.parts) == {"voice", "vocoder"}
    reading = replace(trial(bundle.config), phones=("_", f"{SYMBOL_NUMBER}3", "_"))
    utterance = to_utterance(LineId("a"), reading, bundle, Delivery())
    sound = sounds(bundle, [utterance])["a"]
    assert isinstance(sound, Waveform)
    assert sound.rate == 8000
    assert len(sound.samples) == sound.phone_frames.sum() * HOP
    assert np.abs(sound.samples).max() > 0.1


def test_lines_side_by_side_are_the_lines_alone(folder):
    bundle = open_bundle(folder)
    utterances = lines(bundle)
    alone = sounds(bundle, utterances)
    together = sounds(bundle, utterances, together=True, budget=Budget(length=10_000))
    assert len(alone) == len(utterances)
    for name, sound in alone.items():
        np.testing.assert_allclose(together[name].samples, sound.samples, rtol=0, atol=1e-5)


@pytest.mark.parametrize("change", [{"seed": 9}, {"take": 2}, {"noise_scale": 0.0}])
def test_noise_is_heard(folder, change):
    bundle = open_bundle(folder)
    first, second = lines(bundle, 1)[0], replace(lines(bundle, 1)[0], **change)
    one, other = (sounds(bundle, [line])["line-0"].samples for line in (first, second))
    assert one.shape == other.shape
    assert np.abs(one - other).max() > 0.01


@pytest.fixture
def stepped(folder):
    config = {"made_up": {"bands": BANDS, "hidden": HIDDEN, "steps": 4}, "data": DATA}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    return folder


def in_steps(bundle, count=12):
    return [
        replace(line, steps=(1, 4, 8)[number % 3], temperature=1 + number / 4)
        for number, line in enumerate(lines(bundle, count))
    ]


def test_a_diffusion_in_a_batch_is_what_it_is_alone_in_any_order(stepped):
    bundle = open_bundle(stepped)
    utterances = in_steps(bundle)
    alone = sounds(bundle, utterances)
    together = sounds(bundle, utterances[::-1], together=True, budget=Budget(length=10_000))
    for name, sound in alone.items():
        np.testing.assert_allclose(together[name].samples, sound.samples, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "change", [{"seed": 9}, {"take": 2}, {"steps": 2}, {"temperature": 4.0}, {"noise_name": "x"}]
)
def test_what_a_diffusion_depends_on_is_heard(stepped, change):
    bundle = open_bundle(stepped)
    first = in_steps(bundle, 2)[1]
    one, other = (
        sounds(bundle, [line])["line-1"].samples for line in (first, replace(first, **change))
    )
    assert one.shape == other.shape
    assert np.abs(one - other).max() > 0.01


def test_noise_of_the_prior_does_not_change_a_diffusion(stepped):
    # It still is the breath of the vocoder, which this test leaves out.
    bundle = open_bundle(stepped)
    line = in_steps(bundle, 1)[0]
    planned = [
        Planned(utterance=u, frames_P=np.array([3, 2]))
        for u in (line, replace(line, noise_scale=0.0))
    ]
    loud, none = collate.frames(planned, BANDS).noise_BNF
    np.testing.assert_array_equal(loud, none)


def test_a_step_is_drawn_from_a_stream_of_its_own(stepped):
    line = in_steps(open_bundle(stepped), 1)[0]
    drawn = [noise.latent_noise(line, 6, BANDS)]
    drawn += [noise.step_noise(line, step, 6, BANDS) for step in range(3)]
    assert len({row.tobytes() for row in drawn}) == 4
    np.testing.assert_array_equal(noise.step_noise(line, 1, 9, BANDS)[:, :6], drawn[2])


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (Delivery(), (4, 1.5)),
        (Delivery(steps=2), (2, 1.5)),
        (Delivery(steps=6), (8, 1.5)),
        (Delivery(steps=1000, temperature=1.0), (8, 1.0)),
    ],
)
def test_the_voice_decides_what_nobody_asks_for(stepped, said, found):
    settled = settle(said, open_bundle(stepped))
    assert (settled.steps, settled.temperature) == found


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (Delivery(steps=4), "voice.no-steps"),
        (Delivery(temperature=1.0), "voice.no-temperature"),
    ],
)
def test_a_voice_without_a_diffusion_refuses_its_settings(folder, said, code):
    bundle = open_bundle(folder)
    assert settle(Delivery(), bundle).steps is None
    with pytest.raises(ScriptError) as caught:
        settle(said, bundle)
    assert caught.value.code == code
    assert bundle.name in caught.value.message


def test_the_vocoder_is_part_of_what_the_sound_depends_on(folder):
    before = open_bundle(folder).fingerprint()
    tensors = {"out.weight": torch.ones(HOP, BANDS + 2, 3), "out.bias": torch.ones(HOP)}
    write_vocoder(folder, tensors)
    assert open_bundle(folder).fingerprint() != before


def test_a_vocoder_that_hears_other_spectrograms_is_refused(folder):
    write_vocoder(folder, n_mel_channels=80, sampling_rate=22050)
    with pytest.raises(VoiceError) as caught:
        open_bundle(folder)
    assert caught.value.code == "voice.vocoder-mel"
    assert "sampling_rate is 22050 and 8000; n_mel_channels is 80 and 5" in caught.value.message


def test_without_its_vocoder_it_says_what_is_missing(folder):
    (folder / "vocoder" / "config.json").unlink()
    with pytest.raises(VoiceError) as caught:
        sounds(open_bundle(folder), [])
    assert caught.value.code == "voice.vocoder-missing"


def test_an_unknown_vocoder_is_refused(folder):
    write_vocoder(folder, kind="vinyl")
    with pytest.raises(VoiceError, match='the vocoder "vinyl"') as caught:
        sounds(open_bundle(folder), [])
    assert caught.value.code == "voice.vocoder"


def test_tensors_that_do_not_fit_are_named(folder):
    write_vocoder(folder, {"out.weight": torch.ones(HOP, BANDS, 3), "other": torch.ones(1)})
    with pytest.raises(VoiceError) as caught:
        sounds(open_bundle(folder), [])
    assert caught.value.code == "voice.weights"
    for said in ('"out.bias"', '"other"', '"out.weight 12x5x3 instead of 12x7x3"'):
        assert said in caught.value.message


def test_a_voice_with_a_vocoder_inside_takes_no_second_one(folder, tmp_path):
    whole = tiny_voice.write(tmp_path / "tiny")
    (folder / "vocoder").rename(whole / "vocoder")
    with pytest.raises(VoiceError) as caught:
        sounds(open_bundle(whole), [])
    assert caught.value.code == "voice.vocoder-twice"
