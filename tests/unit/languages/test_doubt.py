from __future__ import annotations

from dataclasses import replace

import pytest

from sbv2cli.languages.doubt import correction, merged, of_line
from sbv2cli.records import Doubt


def doubt(weight):
    return Doubt(span=(0, 1), surface="辛", kana="ツラ", reasons=("homograph",), weight=weight)


def test_a_line_is_as_doubtful_as_its_words_together():
    assert of_line([]) == 0
    assert of_line([doubt(0.25)]) == 0.25
    assert of_line([doubt(0.5), doubt(0.5)]) == pytest.approx(0.75)
    assert of_line([doubt(1.0), doubt(0.1)]) == 1


def test_two_doubts_about_one_word_are_one():
    other = replace(doubt(0.5), reasons=("ruby-not-kept",), others=("カラ",))
    (both,) = merged([other, doubt(0.25)])
    assert both.reasons == ("ruby-not-kept", "homograph")
    assert both.others == ("カラ",)
    assert both.weight == pytest.approx(0.625)


@pytest.mark.parametrize(
    ("reasons", "others", "told"),
    [
        (("homograph",), ("カラ",), "ruby: ｜辛《カラ》"),
        (("analyses-differ", "name"), ("カノト",), "dictionary: 辛,カノト"),
        (("unknown-word",), (), "dictionary: 辛,…"),
        (("ruby-wide",), (), "a bar before what is read so: ｜…《ツラ》"),
        (
            ("cuts-word",),
            (),
            "the longer word in the dictionary; or no `within` in this word's row",
        ),
    ],
)
def test_there_is_one_way_to_set_a_word_right(reasons, others, told):
    assert correction(replace(doubt(0.5), reasons=reasons, others=others)) == told


def test_other_languages_are_set_right_by_a_reading():
    assert "ARPAbet" in correction(doubt(0.5), "en")
    assert "pinyin" in correction(doubt(0.5), "zh")
