"""Configurations of Glow-TTS, of the official code and of Coqui's."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tiny_glow
import torch

from sbv2cli.errors import VoiceError
from sbv2cli.models import weights
from sbv2cli.models.glow_tts.architecture import ARCHITECTURE
from sbv2cli.records import Inventory
from sbv2cli.voices.configs import voice_config
from sbv2cli.voices.phonologies.own_symbols import OwnSymbols
from sbv2cli.voices.phonologies.text_symbols import ARPABET, TextSymbols

GOLDEN = Path(__file__).parents[2] / "golden" / "mel"
BASE = {
    "data": {
        "text_cleaners": ["english_cleaners"],
        "max_wav_value": 32768.0,
        "sampling_rate": 22050,
        "filter_length": 1024,
        "hop_length": 256,
        "win_length": 1024,
        "n_mel_channels": 80,
        "mel_fmin": 0.0,
        "mel_fmax": 8000.0,
        "add_noise": True,
        "cmudict_path": "data/cmu_dictionary",
    },
    "model": {
        "hidden_channels": 192,
        "filter_channels": 768,
        "filter_channels_dp": 256,
        "kernel_size": 3,
        "p_dropout": 0.1,
        "n_blocks_dec": 12,
        "n_layers_enc": 6,
        "n_heads": 2,
        "p_dropout_dec": 0.05,
        "dilation_rate": 1,
        "kernel_size_dec": 5,
        "n_block_layers": 4,
        "n_sqz": 2,
        "prenet": True,
        "mean_only": True,
        "hidden_channels_enc": 192,
        "hidden_channels_dec": 192,
        "window_size": 4,
    },
}
COQUI = {
    "model": "glow_tts",
    "audio": {"signal_norm": False},
    "characters": {
        "pad": "_",
        "eos": "~",
        "bos": "^",
        "blank": "<BLNK>",
        "characters": "ba",
        "punctuations": "! ",
    },
    "text_cleaner": "basic_cleaners",
    "add_blank": True,
}


def parse(raw):
    return voice_config.parse(json.dumps(raw), where="config.json")


def test_the_symbols_are_the_published_ones():
    recorded = json.loads((GOLDEN / "symbols.json").read_text("utf-8"))
    assert list(ARPABET) == recorded["symbols"]
    assert len(ARPABET) == recorded["blank"]


def listed(name):
    rows = (GOLDEN / name).read_text("utf-8").splitlines()[1:]
    return {row.split("\t")[0]: row.split("\t")[1] for row in rows}


@pytest.mark.parametrize(
    ("raw", "tensors", "symbols"),
    [
        ({**BASE, "data": {**BASE["data"], "add_blank": True}}, "state_dict_glow_tts.tsv", 149),
        (
            {"model": "glow_tts", "audio": {"signal_norm": False}},
            "state_dict_coqui_glow_tts.tsv",
            0,
        ),
    ],
    ids=["official", "coqui"],
)
def test_full_sizes_have_the_published_tensors(raw, tensors, symbols):
    wanted = listed(tensors)
    if not symbols:
        symbols = int(wanted["encoder.emb.weight"].partition("x")[0])
        letters = "".join(chr(0x4E00 + n) for n in range(symbols))
        raw = {**raw, "characters": {"characters": letters}}
    config = parse(raw)
    rows = config.phonology.inventory(config.speaker_count)
    assert rows is not None
    assert rows.phones == symbols
    with torch.device("meta"):
        network = ARCHITECTURE.build(config.network, rows, "test")
    shapes = {name: torch.empty([int(n) for n in shape.split("x") if n], device="meta")
              for name, shape in wanted.items()}  # fmt: skip
    speaking, _, unknown = weights.sort_tensors(
        shapes, ARCHITECTURE.names, ARCHITECTURE.learning_names
    )
    assert unknown == []
    folded = {}
    for name, tensor in speaking.items():
        if not name.endswith(("weight_g", "original0")):
            stem = name.replace("parametrizations.weight.original1", "weight")
            folded[stem.replace("weight_v", "weight")] = tensor
    state = network.state_dict()
    folded = weights.without_extra_axes(folded, state)
    assert weights.mismatches(state, folded, ARCHITECTURE.names) == ([], [], [])


def test_what_a_file_leaves_out_is_as_in_the_published_code():
    model = {k: v for k, v in BASE["model"].items() if k not in ("n_sqz", "window_size", "prenet")}
    config = parse({**BASE, "model": model})
    assert config.network["n_sqz"] == 1
    assert config.network["window_size"] is None
    assert config.network["prenet"] is False
    assert config.add_blank is False


def test_without_blanks_a_space_stands_on_either_side():
    config = parse(BASE)
    assert isinstance(config.phonology, TextSymbols)
    assert config.phonology.inventory(1) == Inventory(phones=148, tones=1, languages=1, speakers=1)
    reading = type("Reading", (), {
        "phones": ("_", "=a", "=@HH", "_"), "tones": (0,) * 4, "language": "en",
    })  # fmt: skip
    spelled = config.phonology.spell(reading, add_blank=False)
    assert spelled.phones.tolist() == [11, 38, 106, 11]
    assert spelled.ids_per_phone == (1, 1, 1, 1)


def test_a_voice_may_have_symbols_of_its_own():
    raw = {**BASE, "symbols": list(tiny_glow.JAPANESE)}
    raw["data"] = {**BASE["data"], "text_cleaners": ["japanese_cleaners2"]}
    config = parse(raw)
    assert isinstance(config.phonology, OwnSymbols)
    assert config.languages == ("ja",)


def test_vocabulary_of_coqui():
    config = parse(COQUI)
    assert config.phonology.table.symbols == ("_", "~", "^", "<BLNK>", "a", "b", "!", " ")
    assert config.text_rules is not None
    reading = type("Reading", (), {
        "phones": ("_", "=b", "=!", "_"), "tones": (0,) * 4, "language": "en",
    })  # fmt: skip
    spelled = config.phonology.spell(reading, add_blank=True)
    assert np.array_equal(spelled.phones, [3, 5, 3, 6, 3])
    assert spelled.ids_per_phone == (1, 2, 2, 0)
    assert parse({**COQUI, "use_phonemes": True}).text_rules is None
    assert parse({**COQUI, "text_cleaner": "english_cleaners"}).text_rules is None


PHONEMES = {
    **COQUI,
    "use_phonemes": True,
    "phoneme_language": "en-us",
    "text_cleaner": "phoneme_cleaners",
    "enable_eos_bos_chars": True,
    "characters": {**COQUI["characters"], "phonemes": "əhlˈoʊ"},
}


def test_phonemes_of_coqui():
    config = parse(PHONEMES)
    table = config.phonology.table
    assert table.symbols[4:] == (*sorted("əhlˈoʊ"), "!", " ")
    assert config.languages == ("en-us",)
    rules = config.text_rules
    assert (rules.espeak, rules.marks, rules.known) == ("en-us", "kept", frozenset("əhlˈoʊ! "))
    reading = type("Reading", (), {
        "phones": ("_", "=h", "=ə", "_"), "tones": (0,) * 4, "language": "en-us",
    })  # fmt: skip
    spelled = config.phonology.spell(reading, add_blank=True)
    h, schwa = (table.ids()[symbol] for symbol in "hə")
    assert spelled.phones.tolist() == [2, 3, h, 3, schwa, 3, 1]
    assert spelled.ids_per_phone == (2, 2, 2, 1)
    assert len(spelled.tones) == len(spelled.languages) == 7


@pytest.mark.parametrize(
    ("changes", "voice"),
    [
        ({"phonemizer": "espeak"}, "en-us"),
        ({"phonemizer": "gruut"}, None),
        ({"phoneme_language": "ja-jp"}, None),
        ({"phoneme_language": None}, None),
    ],
)
def test_phonemes_of_other_programs_are_not_guessed(changes, voice):
    rules = parse({**PHONEMES, **changes}).text_rules
    assert (rules and rules.espeak) == voice


def test_blanks_without_a_symbol_are_one_more():
    characters = {**COQUI["characters"], "blank": None}
    phonology = parse({**COQUI, "characters": characters}).phonology
    assert phonology.blank == len(phonology.table.symbols) == 7
    assert phonology.inventory(1).phones == 8


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"encoder_type": "gated_conv"}, "gated_conv"),
        ({"use_d_vector_file": True}, "a file of vectors"),
    ],
)
def test_other_networks_of_coqui_are_refused_by_name(changes, said):
    with pytest.raises(VoiceError, match=said) as caught:
        parse({**COQUI, **changes})
    assert caught.value.code == "voice.family"


@pytest.mark.parametrize(
    "raw",
    [
        {**BASE, "model": {**BASE["model"], "n_speakers": 3}},
        {**BASE, "data": {**BASE["data"], "mel_fmin": "low"}},
        {**COQUI, "out_channels": 40},
        {**COQUI, "characters": {}},
        {**PHONEMES, "characters": {**PHONEMES["characters"], "bos": None}},
        {**COQUI, "audio": {"log_func": "np.sqrt"}},
    ],
)
def test_what_is_wrong_is_named(raw):
    with pytest.raises(VoiceError) as caught:
        parse(raw)
    assert caught.value.code == "voice.config"


@pytest.mark.parametrize("blank", [["_"], {"a": 1}, 3])
def test_symbols_of_coqui_that_are_no_texts_are_refused(tmp_path, blank):
    folder = tiny_glow.write_coqui(tmp_path)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["characters"]["blank"] = blank
    with pytest.raises(VoiceError, match='"characters" is'):
        voice_config.parse(json.dumps(config), where="config.json")


def test_a_cleaner_of_coqui_that_is_no_text_is_none(tmp_path):
    folder = tiny_glow.write_coqui(tmp_path)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["text_cleaner"] = {"a": 1}
    assert voice_config.parse(json.dumps(config), where="config.json").text_rules is None
