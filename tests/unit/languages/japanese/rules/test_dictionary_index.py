"""Which dictionary word begins at a place."""

import pytest

from sbv2cli.languages.japanese.rules import dictionary_index, expand
from sbv2cli.languages.language import DictionaryEntry
from sbv2cli.records import Ruby

WORDS = (
    DictionaryEntry(surface="C++", kana="シープラ", accent=1),
    DictionaryEntry(surface="VITS2", kana="ビッツツー"),
    DictionaryEntry(surface="VITS", kana="ビッツ"),
    DictionaryEntry(surface="Ａ社", kana="エーシャ"),
    DictionaryEntry(surface="𠮷野家", kana="ヨシノヤ"),
    DictionaryEntry(surface="hub", kana="ハブ"),
    DictionaryEntry(surface="12", kana="ジューニバン"),
    DictionaryEntry(surface="Go", kana="ゴー"),
    DictionaryEntry(surface="GO", kana="ジーオー"),
    DictionaryEntry(surface="東京タワー", kana="タワー"),
    DictionaryEntry(surface="東京", kana="トキョ"),
)


def matched(text):
    return [
        (text[span.start : span.end], span.kana)
        for span in expand(text, WORDS)
        if span.kind == "dictionary"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C++を", [("C++", "シープラ")]),
        ("Ｃ＋＋を", [("Ｃ＋＋", "シープラ")]),
        ("VITS2", [("VITS2", "ビッツツー")]),
        ("vits2", [("vits2", "ビッツツー")]),
        ("VITS3", [("VITS", "ビッツ")]),
        ("A社とＡ社", [("A社", "エーシャ"), ("Ａ社", "エーシャ")]),
        ("𠮷野家へ", [("𠮷野家", "ヨシノヤ")]),
        ("GitHub", []),
        ("123", []),
        ("12と112", [("12", "ジューニバン")]),
        ("GoとGOとgo", [("Go", "ゴー"), ("GO", "ジーオー"), ("go", "ジーオー")]),
        ("東京タワー", [("東京タワー", "タワー")]),
        ("東京タ", [("東京", "トキョ")]),
    ],
)
def test_matches(text, expected):
    assert matched(text) == expected


def test_ruby_wins():
    over = [Ruby(span=(0, 2), reading="とうきょう")]
    assert [(span.kind, span.kana) for span in expand("東京", WORDS, over)] == [
        ("ruby", "トーキョー")
    ]


def test_accent_goes_along():
    (span,) = expand("C++", WORDS)
    assert (span.accent, span.text) == (1, "シープラ")


def test_ten_thousand_words_are_compiled_once():
    many = tuple(DictionaryEntry(surface=f"語{number:05}", kana="ゴ") for number in range(10_000))
    expand("あ", many)
    compiled = dictionary_index._compiled.cache_info().misses
    for _ in range(3):
        expand("これは語01234です", many)
    assert dictionary_index._compiled.cache_info().misses == compiled
    assert any(span.kind == "dictionary" for span in expand("語09999", many))
