"""What holds for every Japanese reading, whatever the text."""

from __future__ import annotations

import unicodedata
from itertools import pairwise
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sbv2cli.errors import ReadingError
from sbv2cli.languages.japanese import JAPANESE
from sbv2cli.languages.japanese.corrections import (
    apply_notation,
    notation_of,
    units_of_notation,
)
from sbv2cli.languages.language import DictionaryEntry, ReadOptions
from sbv2cli.languages.reading_json import dumps, loads
from sbv2cli.languages.sentences import split_sentences

JAPANESE_LETTERS = (
    "あいうえおかきアイウっッーゃャュ何今日東京都二〇十百千万点分年月日時人はが、。！？「」…"
    "!?ABCabc123,.%/:@ "
    "゛゜々ゝ🎉\n髙𠮷한국ー〜~'-_^()（）ヶヵヷ《》|｜{}\ud842\x00\u3099\u200d"
)
ANY_TEXT = st.one_of(
    st.text(JAPANESE_LETTERS, max_size=40),
    st.text(max_size=60),
    # Halves of surrogate pairs too, but not side by side: JSON has no way to keep those apart.
    st.text(st.characters(categories=["L", "M", "N", "P", "S", "Z", "C"]), max_size=30).filter(
        lambda text: not _has_pair(text)
    ),
)
NOTATION = st.text("アカサッンーシャヴァチャ'/、。？_ ", max_size=24)
QUICK = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))


def _has_pair(text):
    return any("\ud800" <= a <= "\udbff" and "\udc00" <= b <= "\udfff" for a, b in pairwise(text))


def check(reading, text):
    assert reading.text == text
    assert "".join(word.surface for word in reading.words) == text
    place = 0
    for word in reading.words:
        assert word.span == (place, place + len(word.surface))
        place = word.span[1]
    assert "".join(word.spoken for word in reading.words) == reading.model_text
    assert unicodedata.normalize("NFKC", reading.model_text) == reading.model_text
    assert len(reading.phones_per_token) == len(reading.model_text) + 2
    assert sum(reading.phones_per_token) == len(reading.phones) == len(reading.tones)
    assert set(reading.tones) <= {0, 1}
    assert (reading.phones[0], reading.phones[-1]) == ("_", "_")
    for finding in reading.findings:
        assert finding.span is None or 0 <= finding.span[0] <= finding.span[1] <= len(text)


def sounds(units):
    return [(phone, unit.tone) for unit in units for phone in unit.phones]


@QUICK
@given(ANY_TEXT, st.sampled_from(["better", "compat"]))
def test_any_text_has_a_reading_that_can_be_written_and_read_again(text, mode):
    reading = JAPANESE.read(text, ReadOptions(mode=mode))
    check(reading, text)
    assert JAPANESE.read(text, ReadOptions(mode=mode)) == reading
    assert loads(dumps(reading)) == reading
    notation = notation_of(reading)
    assert notation is not None
    expected = list(zip(reading.phones[1:-1], reading.tones[1:-1], strict=True))
    assert sounds(units_of_notation(notation)) == expected
    again = apply_notation(reading, notation)
    assert (again.phones, again.tones) == (reading.phones, reading.tones)


ENTRIES = st.lists(
    st.builds(
        DictionaryEntry,
        surface=st.text("今日東京都何あC+2は", min_size=1, max_size=3),
        kana=st.text("アカッンーシャ", min_size=1, max_size=5),
        accent=st.one_of(st.none(), st.integers(0, 6)),
    ),
    max_size=3,
)


@QUICK
@given(st.text(JAPANESE_LETTERS, max_size=40), ENTRIES)
def test_dictionaries_keep_what_holds(text, entries):
    reading = JAPANESE.read(text, ReadOptions(dictionary=entries))
    check(reading, text)
    assert notation_of(reading) is not None


@QUICK
@given(st.text(JAPANESE_LETTERS, max_size=20), NOTATION)
def test_a_given_reading_is_said_as_given(text, notation):
    try:
        units = units_of_notation(notation)
    except ReadingError:
        return
    reading = apply_notation(JAPANESE.read(text), notation)
    check(reading, text)
    assert sounds(units) == list(zip(reading.phones[1:-1], reading.tones[1:-1], strict=True))
    assert sounds(units_of_notation(notation_of(reading))) == sounds(units)


@QUICK
@given(st.text("あ。！？…「」『』（）\n 、.A", max_size=80), st.integers(1, 30), st.booleans())
def test_sentences_join_to_the_text(text, limit, inside):
    pieces = split_sentences(text, limit=limit, inside_quotes=inside)
    assert "".join(pieces) == text
    assert all(0 < len(piece) <= limit for piece in pieces)


LONGEST = 20_000


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece", ["a", "漢", "1", "ー", "「", "漢《か》", "A b", "今日は、晴れ。", "🎉", "か゛"]
)
def test_the_longest_texts_are_read(piece):
    text = (piece * LONGEST)[:LONGEST]
    check(JAPANESE.read(text), text)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_long_noise_is_read(seed):
    random = Random(seed)
    text = "".join(chr(random.randrange(0x110000)) for _ in range(LONGEST))
    check(JAPANESE.read(text), text)
