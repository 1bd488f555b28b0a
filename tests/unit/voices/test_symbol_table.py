"""Symbols of a voice's own: which table, how readings are written in it, what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tiny_voice

from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.errors import ReadingError, ScriptError, VoiceError
from sbv2cli.languages.japanese import JAPANESE
from sbv2cli.languages.own_symbols import read_own, written
from sbv2cli.records import Delivery, LineId
from sbv2cli.voices.bundle import open_bundle
from sbv2cli.voices.configs import voice_config
from sbv2cli.voices.phonologies import symbol_table
from sbv2cli.voices.phonologies.symbol_table import PUBLISHED, SymbolTable, accent_marks, spell
from sbv2cli.voices.to_utterance import to_utterance, trial

V2 = SymbolTable(
    symbols=PUBLISHED["japanese_cleaners2"], where="test", cleaner="japanese_cleaners2"
)
V1 = SymbolTable(symbols=PUBLISHED["japanese_cleaners"], where="test", cleaner="japanese_cleaners")


def text_of(phones, tones, table=V2):
    groups = spell(phones, tones, "ja", table)
    return "".join(table.symbols[i] for group in groups for i in group)


def config(**raw):
    raw.setdefault("data", {"text_cleaners": ["japanese_cleaners2"]})
    return voice_config.parse(json.dumps(raw), where="config.json")


# Which voice is plain VITS, and what it has.


@pytest.mark.parametrize(
    ("raw", "architecture"),
    [
        ({"data": {"text_cleaners": ["english_cleaners2"]}}, "vits"),
        ({"symbols": ["_", "a"], "data": {}}, "vits"),
        ({"data": {}}, "sbv2_jp_extra"),
        ({"version": "2.0", "data": {"text_cleaners": ["x"]}}, "sbv2_multilingual"),
        ({"data": {"text_cleaners": ["x"], "style2id": {"Neutral": 0}}}, "sbv2_jp_extra"),
    ],
)
def test_what_a_configuration_says_it_is(raw, architecture):
    assert config(**raw).architecture == architecture


def test_defaults_are_those_of_2021():
    parsed = config()
    assert (parsed.rate, parsed.frame_samples, parsed.speaker_count) == (22050, 256, 1)
    assert parsed.network["gin_channels"] == 0
    assert parsed.network["use_sdp"] is True
    assert not parsed.needs_bert
    assert parsed.styles == {"Neutral": 0}


def test_published_tables_have_their_published_lengths():
    lengths = {name: len(table) for name, table in PUBLISHED.items()}
    assert lengths == {
        "english_cleaners": 178,
        "english_cleaners2": 178,
        "japanese_cleaners": 40,
        "japanese_cleaners2": 43,
    }
    assert PUBLISHED["english_cleaners2"][16] == " "  # published: SPACE_ID
    for cleaner in ("japanese_cleaners", "japanese_cleaners2"):
        assert len(set(PUBLISHED[cleaner])) == len(PUBLISHED[cleaner])


def test_speakers_of_later_tools():
    data = {"text_cleaners": ["japanese_cleaners2"], "n_speakers": 2}
    model = {"gin_channels": 4}
    listed = config(data=data, model=model, speakers=["花子", "太郎"])
    named = config(data=data, model=model, speakers={"花子": 0, "太郎": 1})
    assert dict(listed.speakers) == dict(named.speakers) == {"花子": 0, "太郎": 1}
    with pytest.raises(VoiceError, match="at least 1 for 2 speakers"):
        config(data=data)


def test_a_network_without_speakers_has_no_layers_for_them():
    assert config(model={"gin_channels": 256}).network["gin_channels"] == 0


@pytest.mark.parametrize("symbols", [{"a": "b", "c": 1}, 5, ["a", ""], ["a", 3]])
def test_a_table_that_is_none(symbols):
    with pytest.raises(VoiceError) as caught:
        config(symbols=symbols)
    assert caught.value.code == "voice.symbols"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("symbols.txt", "_\n,\na\n \nʃ\n"),
        ("symbols.txt", "_\r\n,\r\na\r\n \r\nʃ"),
        ("symbols.json", '["_", ",", "a", " ", "ʃ"]'),
        ("symbols.json", '{"_": 0, ",": 1, "ʃ": 4, "a": 2, " ": 3}'),
    ],
)
def test_tables_beside_the_configuration(tmp_path, name, content):
    folder = tiny_voice.write_vits(tmp_path / "v", symbols=None, cleaner="my_cleaners")
    (folder / name).write_bytes(content.encode())
    table = open_bundle(folder).config.symbols
    assert table.symbols == ("_", ",", "a", " ", "ʃ")
    assert table.where.endswith(name)


def test_the_list_in_the_configuration_wins_and_a_broken_file_is_said(tmp_path):
    folder = tiny_voice.write_vits(tmp_path / "v")
    (folder / "symbols.txt").write_text("a\nb\n")
    assert open_bundle(folder).config.symbols.symbols == V2.symbols
    other = tiny_voice.write_vits(tmp_path / "w", symbols=None, cleaner="my_cleaners")
    (other / "symbols.json").write_text("[")
    with pytest.raises(VoiceError, match=r"symbols\.json"):
        open_bundle(other)


def test_the_table_is_part_of_the_fingerprint(tmp_path):
    folder = tiny_voice.write_vits(tmp_path / "v")
    before = open_bundle(folder).fingerprint()
    path = folder / "config.json"
    raw = json.loads(path.read_text("utf-8"))
    raw["symbols"][3:5] = reversed(raw["symbols"][3:5])
    path.write_text(json.dumps(raw), "utf-8")
    assert open_bundle(folder).fingerprint() != before


# How phones are written.


@pytest.mark.parametrize(
    ("phones", "second", "first"),
    [
        ("ky a", "kya", "kya"),
        ("sh i", "ʃi", "ʃi"),
        ("ch a", "ʧa", "ʧa"),
        ("ts u", "ʦu", "tsu"),
        ("k i q t e", "kiQte", "kiQte"),
        ("h o N .", "hoN.", "hoN."),
        ("a …", "a…", "a..."),
        ("' a '", ",a,", ",a,"),
        ("a - o", "a-o", "a-o"),
    ],
)
def test_phones_in_the_letters_of_each_cleaner(phones, second, first):
    phones = phones.split()
    flat = [0] * len(phones)
    assert text_of(phones, flat) == second
    assert text_of(phones, flat, V1) == first


@pytest.mark.parametrize(
    ("moras", "written_as"),
    [
        ("0", "a"),
        ("01", "a↑a"),
        ("10", "a↓a"),
        ("0110", "a↑aa↓a"),
        ("01101", "a↑aa a↑a"),  # flat, then a phrase that begins low
        ("011001", "a↑aa↓a a↑a"),
        ("0000", "aaaa"),
        ("1111", "aaaa"),
    ],
)
def test_accents_are_marked_where_the_pitch_moves(moras, written_as):
    tones = [int(tone) for tone in moras]
    assert text_of(["a"] * len(moras), tones) == written_as


def test_accents_start_anew_after_a_pause_and_count_moras():
    marks = accent_marks("k o N , n i ch i w a".split(), [0, 0, 1, 1, 0, 0, 1, 1, 1, 1])
    assert marks == ["", "↑", "", "", "", "↑", "", "", "", ""]


def test_accents_need_their_symbols():
    letters = tuple(symbol for symbol in V2.symbols if symbol not in "↑↓")
    table = SymbolTable(symbols=letters, where="test", cleaner="japanese_cleaners2")
    assert text_of(["a", "a"], [0, 1], table) == "aa"


def test_a_sentence_from_text_to_letters():
    reading = JAPANESE.read("今日はいい天気ですね。")
    assert text_of(reading.phones[1:-1], reading.tones[1:-1]) == "kyo↓owa i↑ite↓Nkidesune."


# What cannot be written.


def test_an_unknown_phone_names_itself_and_the_table():
    table = SymbolTable(
        symbols=("_", "a", "b"), where="my/symbols.txt", cleaner="japanese_cleaners"
    )
    with pytest.raises(ReadingError) as caught:
        spell(["a", "k"], [0, 0], "ja", table)
    assert caught.value.code == "reading.symbol"
    assert '"k"' in caught.value.message
    assert "3 symbols in my/symbols.txt" in caught.value.at


@pytest.mark.parametrize("table", [None, SymbolTable(symbols=("_", "a"), where="x", cleaner="y")])
def test_text_without_a_way_to_the_symbols(table):
    with pytest.raises(ReadingError) as caught:
        spell(["a"], [0], "ja", table)
    assert caught.value.code == "reading.spelling"
    assert "cleaned:" in caught.value.hint


# Lines in own symbols.


@pytest.mark.parametrize(
    ("given", "phones"),
    [
        ("symbols: h ə l ␣ oʊ", ("=h", "=ə", "=l", "= ", "=oʊ")),
        ("cleaned: həl oʊ", ("=h", "=ə", "=l", "= ", "=o", "=ʊ")),
        ("cleaned:ab", ("=a", "=b")),
        ("ids: 12 0 050", ("#12", "#0", "#50")),
    ],
)
def test_own_symbols_are_read_in_any_language(given, phones):
    reading = read_own("hello", given, "en")
    assert reading.phones == ("_", *phones, "_")
    assert len(reading.tones) == len(reading.phones) == sum(reading.phones_per_token)
    assert read_own("", written(reading), "ja").phones == reading.phones


@pytest.mark.parametrize("given", ["ids: 1 x", "ids:", "symbols:  ", "cleaned:"])
def test_own_symbols_that_are_none(given):
    with pytest.raises(ReadingError) as caught:
        read_own("hello", given, "en")
    assert caught.value.code == "reading.notation"


@pytest.mark.parametrize("given", [None, "トーキョ'ー", "HH AH0", '{"format": 1}'])
def test_other_readings_are_left_to_the_language(given):
    assert read_own("text", given, "ja") is None


def spoken(bundle, reading, **delivery):
    utterance = to_utterance(LineId("1"), reading, bundle, Delivery(**delivery))
    (sound,) = Engine(bundle, EngineSettings(device="cpu", threads=1)).speak([utterance])
    return utterance, sound


@pytest.mark.parametrize("blank", [True, False])
def test_a_line_from_text_to_frames_per_phone(tmp_path, blank):
    bundle = tiny_voice.opened_vits(tmp_path / "v", data={"add_blank": blank})
    reading = JAPANESE.read("百、橋です。")
    utterance, sound = spoken(bundle, reading)
    symbols = len(utterance.phones)
    assert sum(utterance.ids_per_phone) == symbols
    assert len(utterance.ids_per_phone) == len(sound.phone_frames) == len(reading.phones)
    assert sound.phone_frames.sum() * sound.frame_samples == len(sound.samples)
    if blank:
        assert utterance.phones[::2].tolist() == [0] * (symbols // 2 + 1)
        assert sound.phone_frames[0] > 0  # the blank before all
    assert not utterance.tones.any()
    assert not utterance.style.any()


def test_ids_need_no_table_and_unknown_ones_fail_alone(tmp_path):
    bundle = tiny_voice.opened_vits(tmp_path / "v", symbols=None, cleaner="my_cleaners")
    assert bundle.config.languages == ("ja", "en", "zh")
    _, sound = spoken(bundle, read_own("x", "ids: 3 4 5", "en"))
    assert len(sound.samples)
    _, failure = spoken(bundle, read_own("x", "ids: 3 99", "en"))
    assert failure.code == "engine.ids"
    with pytest.raises(ReadingError, match="no table of symbols"):
        spoken(bundle, read_own("x", "symbols: a", "en"))
    with pytest.raises(ReadingError, match="nothing says how"):
        spoken(bundle, JAPANESE.read("橋"))


def test_english_voices_take_what_their_cleaner_wrote(tmp_path):
    bundle = tiny_voice.opened_vits(
        tmp_path / "v", symbols=None, cleaner="english_cleaners2", speakers=2
    )
    assert len(bundle.config.symbols.symbols) == 178
    utterance, sound = spoken(bundle, read_own("hello", "cleaned: həlˈoʊ.", "en"), speaker="話者1")
    table = bundle.config.symbols.ids()
    assert utterance.phones[1::2].tolist() == [table[letter] for letter in "həlˈoʊ."]
    assert utterance.speaker == 1
    assert np.abs(sound.samples).max() > 0


def test_voices_without_symbols_of_their_own_refuse_such_lines(tmp_path):
    bundle = tiny_voice.opened(tmp_path / "v")
    with pytest.raises(ReadingError, match="=h"):
        spoken(bundle, read_own("x", "symbols: h", "ja"))


def test_styles_are_refused_by_name(tmp_path):
    bundle = tiny_voice.opened_vits(tmp_path / "v")
    spoken(bundle, trial(bundle.config), style="Neutral")
    with pytest.raises(ScriptError) as caught:
        spoken(bundle, trial(bundle.config), style="Happy")
    assert caught.value.code == "voice.no-styles"


def test_symbols_that_repeat_mean_the_last_one():
    assert symbol_table.SymbolTable(symbols=("a", "b", "a"), where="x").ids() == {"a": 2, "b": 1}
