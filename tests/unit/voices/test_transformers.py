"""Voices of the package transformers, held to its own network and its own tokeniser."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import tiny_voice
import torch
import transformers_voice
from safetensors.torch import load_file, save_file
from transformers import VitsTokenizer

from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.errors import Sbv2Error
from sbv2cli.languages.letters import read_letters
from sbv2cli.languages.own_symbols import read_own
from sbv2cli.languages.reading_json import from_json, to_json
from sbv2cli.records import Delivery, LineId, Waveform
from sbv2cli.voices.bundle import open_bundle
from sbv2cli.voices.to_utterance import settle, to_utterance

TEXT = "Kick a Kuni, Bad Taste? Čim 9 kk"

QUIET = {"noise": 0.0, "noise_w": 0.0}


def spoken(bundle, reading, **delivery: Any):
    utterance = to_utterance(LineId("x"), reading, bundle, Delivery(**delivery))
    (sound,) = Engine(bundle, EngineSettings(device="cpu")).speak([utterance])
    return utterance, sound


@pytest.mark.parametrize(
    "sizes",
    [
        {},
        {"use_stochastic_duration_prediction": False},
        {"num_speakers": 3, "speaker_embedding_size": 6},
        {"num_speakers": 2, "speaker_embedding_size": 4, "use_stochastic_duration_prediction": 0},
        {"speaker_embedding_size": 5},
        {"hidden_size": 12, "num_attention_heads": 3, "flow_size": 10, "ffn_kernel_size": 2},
        {"upsample_rates": [3, 2, 2], "upsample_kernel_sizes": [7, 4, 4], "num_hidden_layers": 1},
        {"speaking_rate": 0.7},
    ],
    ids=lambda sizes: "-".join(sizes) or "plain",
)
def test_samples_are_those_of_transformers(tmp_path, sizes):
    sizes = {key: bool(v) if key.startswith("use") else v for key, v in sizes.items()}
    folder = transformers_voice.write(tmp_path / "v", seed=3, **sizes)
    bundle = open_bundle(folder)
    speaker = 1 if sizes.get("num_speakers") else None
    reading = read_letters("taste a čimu, kuni", bundle.config.text_rules)
    utterance, sound = spoken(bundle, reading, **QUIET, speaker=None if speaker is None else "1")
    assert isinstance(sound, Waveform), sound
    wanted = transformers_voice.spoken(folder, utterance.phones.tolist(), speaker=speaker)
    assert len(sound.samples) == len(wanted) > 100
    assert np.abs(wanted.numpy()).max() > 0.05
    np.testing.assert_allclose(sound.samples, wanted.numpy(), atol=1e-4)


@pytest.mark.parametrize("text", [TEXT, "k", "kkk", "  tamu  ", "abk", "", "?"])
@pytest.mark.parametrize("said", [{}, {"add_blank": False}, {"pad_token": "_"}])
def test_ids_are_those_of_the_tokeniser(tmp_path, text, said):
    folder = transformers_voice.write(tmp_path / "v", tokeniser=said)
    bundle = open_bundle(folder)
    reading = read_letters(text, bundle.config.text_rules)
    wanted = VitsTokenizer.from_pretrained(folder)(text)["input_ids"]
    found = bundle.config.phonology.spell(reading, add_blank=bundle.config.add_blank)
    if wanted:
        assert found.phones.tolist() == wanted
    assert sum(found.ids_per_phone) == len(found.phones)
    assert len(found.ids_per_phone) == len(reading.phones)


def of_its_authors(folder, *, training_files="train.ltr"):
    """The same symbols as MMS-TTS was published first: vocab.txt beside a checkpoint of 2021."""
    data = {"training_files": training_files}
    cleaner = "transliteration_cleaners"
    tiny_voice.write_vits(folder, symbols=None, cleaner=cleaner, data=data)
    text = "".join(f"{symbol}\n" for symbol in transformers_voice.SYMBOLS)
    (folder / "vocab.txt").write_text(text, encoding="utf-8")
    return open_bundle(folder)


@pytest.mark.parametrize("text", [TEXT, "kkk", "  tamu  ", "Čim 9 bad?"])
def test_ids_of_the_first_publication(tmp_path, text):
    """Small letters that have a symbol, and number 0 around each; there no symbol splits a text."""
    bundle = of_its_authors(tmp_path / "v")
    reading = read_letters(text, bundle.config.text_rules)
    found = bundle.config.phonology.spell(reading, add_blank=bundle.config.add_blank)
    symbols = transformers_voice.SYMBOLS
    wanted = [0]
    for letter in "".join(c for c in text.lower() if c in symbols).strip():
        wanted += [symbols.index(letter), 0]
    assert found.phones.tolist() == wanted
    if "k" not in text.lower():  # the padding of the other tokeniser
        same = VitsTokenizer.from_pretrained(transformers_voice.write(tmp_path / "t"))
        assert same(text)["input_ids"] == wanted


def test_its_training_files_say_whether_text_was_made_latin(tmp_path):
    assert not of_its_authors(tmp_path / "a").config.text_rules.romanised
    romanised = of_its_authors(tmp_path / "b", training_files="x/train.uroman")
    assert romanised.config.text_rules.romanised


def test_what_has_no_symbol_is_told(tmp_path):
    rules = open_bundle(transformers_voice.write(tmp_path / "v")).config.text_rules
    letters, marks = read_letters("Za 9, bad?", rules).findings
    assert (letters.severity, letters.span) == ("warning", (0, 1))
    assert '"z" "9"' in letters.message
    assert marks.severity == "note"
    assert '"," "?"' in marks.message
    assert read_letters("bad", rules).findings == ()


def test_words_are_known_by_their_places(tmp_path):
    rules = open_bundle(transformers_voice.write(tmp_path / "v")).config.text_rules
    text = " Tamu, 9 BAD"
    reading = read_letters(text, rules)
    assert [word.surface for word in reading.words] == ["Tamu", "", "BAD"]
    assert all(word.surface == text[slice(*word.span)] for word in reading.words)
    assert tuple(p for word in reading.words for p in word.phones) == reading.phones[1:-1]
    assert from_json(to_json(reading)) == reading


def test_languages_written_by_uroman_take_latin_letters_alone(tmp_path):
    said = {"is_uroman": True, "language": "kor"}
    rules = open_bundle(transformers_voice.write(tmp_path / "v", tokeniser=said)).config.text_rules
    assert read_letters("Tamu.", rules).normalised == "tamu"
    with pytest.raises(Sbv2Error) as caught:
        read_letters("ta 나", rules)
    assert caught.value.code == "reading.uroman"
    assert "uroman" in caught.value.hint


def test_settings_are_those_of_its_configuration(tmp_path):
    sizes = {"noise_scale": 0.3, "noise_scale_duration": 0.1, "speaking_rate": 1.25}
    bundle = open_bundle(transformers_voice.write(tmp_path / "v", **sizes))
    settled = settle(Delivery(noise_w=0.5), bundle)
    assert (settled.noise, settled.noise_w, settled.speed) == (0.3, 0.5, 1.25)


def test_old_weight_norm_is_read_too(tmp_path):
    folder = transformers_voice.write(tmp_path / "v")
    before = spoken(open_bundle(folder), read_own("x", "ids: 1 5 9", "en"))[1]
    path = folder / "model.safetensors"
    old = {
        name.replace("parametrizations.weight.original0", "weight_g").replace(
            "parametrizations.weight.original1", "weight_v"
        ): tensor
        for name, tensor in load_file(path).items()
    }
    assert any(name.endswith("weight_g") for name in old)
    # Whoever trains one further saves the discriminators with it.
    old["discriminator.discriminators.0.convs.0.weight"] = torch.zeros(3, 1, 5)
    save_file(old, path)
    after = spoken(open_bundle(folder), read_own("x", "ids: 1 5 9", "en"))[1]
    np.testing.assert_array_equal(before.samples, after.samples)


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"hidden_size": 4096}, "voice.sizes", "4096"),
        ({"vocab_size": 200}, "voice.sizes", "200"),
        ({"flow_size": 16}, "voice.sizes", "16"),
        ({"num_hidden_layers": 9}, "voice.sizes", "9"),
        ({"num_speakers": 4, "speaker_embedding_size": 6}, "voice.sizes", "speakers"),
        ({"window_size": 8}, "voice.config", "window_size"),
        ({"wavenet_dilation_rate": 2}, "voice.config", "wavenet_dilation_rate"),
        ({"upsample_rates": "x"}, "voice.config", "upsample_rates"),
        ({"speaking_rate": 0}, "voice.config", "speaking_rate"),
        ({"model_type": "bark"}, "voice.family", "bark"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused_before_anything_is_built(
    tmp_path, change, code, words
):
    folder = transformers_voice.write(tmp_path / "v")
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **change}), "utf-8")
    with pytest.raises(Sbv2Error) as caught:
        open_bundle(folder)
    assert caught.value.code == code
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("vocab.json", None, "missing"),
        ("vocab.json", "[]", "no object"),
        ("vocab.json", "{", "vocab.json"),
        ("vocab.json", '{"a": "x"}', '"a"'),
        ("vocab.json", '{"a": 99}', "99"),
        ("tokenizer_config.json", '{"normalize": 3}', "normalize"),
        ("tokenizer_config.json", "nonsense", "tokenizer_config.json"),
    ],
)
def test_damaged_files_of_the_tokeniser_are_refused(tmp_path, name, content, words):
    folder = transformers_voice.write(tmp_path / "v")
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_text(content, "utf-8")
    with pytest.raises(Sbv2Error) as caught:
        open_bundle(folder)
    assert caught.value.code == "voice.tokeniser"
    assert words in caught.value.message
