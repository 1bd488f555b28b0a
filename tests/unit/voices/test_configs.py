"""Every configuration is read by the parser of its family, or refused by the family's name."""

from __future__ import annotations

import json
from importlib import import_module

import pytest

from sbv2cli.errors import VoiceError
from sbv2cli.models import ARCHITECTURES
from sbv2cli.voices.configs import CONFIGS, voice_config

# Sections of published files, as far as they tell one family from another.
UNSUPPORTED = {
    "Coqui TTS": {"model": "tacotron2", "audio": {"num_mels": 80}, "characters": {"pad": "_"}},
    "Piper": {"audio": {"sample_rate": 22050}, "phoneme_id_map": {"_": [0]}},
    "HiFi-GAN (a vocoder)": {
        "resblock": "1",
        "upsample_rates": [8, 8, 2, 2],
        "resblock_kernel_sizes": [3, 7, 11],
        "num_mels": 80,
    },
    "iSTFT-VITS": {
        "data": {"text_cleaners": ["english_cleaners2"]},
        "model": {"gen_istft_n_fft": 16, "upsample_rates": [8, 8]},
    },
    "so-vits-svc": {"data": {"sampling_rate": 44100}, "model": {"ssl_dim": 768}},
    "RVC": {"data": {"sampling_rate": 40000}, "model": {"spk_embed_dim": 109}},
}


@pytest.mark.parametrize("family", UNSUPPORTED)
def test_known_families_that_are_not_spoken_are_refused_by_name(family):
    with pytest.raises(VoiceError) as caught:
        voice_config.parse(json.dumps(UNSUPPORTED[family]), where="x/config.json")
    assert caught.value.code == "voice.family"
    assert f"that of {family}," in caught.value.message


def test_comments_in_old_files_of_coqui():
    text = """{
      // the model
      "model": "glow_tts", /* of
      two lines */ "url": "https://example.org/a//b", "quoted": "\\"//\\"" // the end
    }"""
    assert voice_config.object_of(text, "test") == {
        "model": "glow_tts",
        "url": "https://example.org/a//b",
        "quoted": '"//"',
    }
    with pytest.raises(VoiceError) as caught:
        voice_config.object_of("{\n// one\n/* two\n*/ wrong}", "config.json")
    assert caught.value.at == "config.json:4:4"


@pytest.mark.parametrize("raw", [{}, {"data": {}}, {"version": "2.0"}, {"data": {"style2id": {}}}])
def test_what_says_nothing_of_itself_is_the_oldest_of_the_last_row(raw):
    families = [import_module(name) for name in CONFIGS.values()]
    first = next(family for family in families if family.recognise(raw))
    assert first is families[-1]


@pytest.mark.parametrize(
    "raw",
    [{}, {"version": "2.0"}, {"symbols": ["_", "a"]}, {"data": {"text_cleaners": ["basic"]}}],
)
def test_every_configuration_names_an_architecture_and_a_phonology(raw):
    config = voice_config.parse(json.dumps(raw), where="config.json")
    assert config.architecture in ARCHITECTURES
    assert set(config.languages) <= {"ja", "en", "zh"}
    found = config.phonology.inventory(3)
    assert found is None or found.speakers == 3
