"""What the corpus of readings counts, and the tables beside it."""

from __future__ import annotations

import pytest

from sbv2cli.languages.japanese import JAPANESE, engine
from sbv2cli.languages.japanese.alike import comparable
from tools.readings.corpus import GOLDEN, Line, lines, table

CORPUS = list(lines())


def said(text: str) -> str:
    return "".join(word.kana or "" for word in JAPANESE.read(text).words)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("トウキョウ", "トーキョー"),
        ("セイト", "セート"),
        ("ヲツヅク", "オツズク"),
        ("ア、ア。", "アア"),
    ],
)
def test_ways_of_writing_one_sound_are_equal(one, other):
    assert comparable(one) == comparable(other)


def test_other_sounds_are_not_equal():
    assert comparable("ビル") != comparable("ビール")
    assert comparable("キテ") != comparable("キッテ")


def test_a_word_with_two_readings_may_be_read_both_ways():
    line = Line("x", "明日は行く。", "アスワイク", other_half=False)
    assert line.right("アシタワユク")
    assert not line.exact("アシタワユク")
    assert not line.right("アサッテワイク")


def test_an_accepted_stretch_counts_for_its_line_only():
    line = Line("x", "彼は叱る。", "カレワシカル", other_half=False, accepted=(("カレ", "カノ"),))
    assert line.right("カノワシカル")
    assert line.right(line.reading)
    assert not Line("y", line.text, line.reading, other_half=False).right("カノワシカル")


def test_every_accepted_line_is_of_the_corpus():
    known = {line.name: line for line in CORPUS}
    for row in table(GOLDEN / "accepted_lines.tsv"):
        assert comparable(row["corpus"]) in comparable(known[row["id"]].reading), row
        assert row["why"]


def test_every_second_line_is_of_the_other_half():
    assert [line.other_half for line in CORPUS].count(True) == len(CORPUS) // 2 == 2512


@pytest.mark.slow
def test_better_is_not_worse_than_its_engine():
    """Lines that the bare engine reads as the corpus has them and we do not; each has a reason."""
    known = {row["id"] for row in table(GOLDEN / "worse_than_bare.tsv")}
    spoilt = {
        line.name
        for line in CORPUS
        if line.exact("".join(word.pron for word in engine.analyse(line.text)))
        and not line.exact(said(line.text))
    }
    assert spoilt == known


@pytest.mark.slow
def test_real_mistakes_are_few():
    for other_half, most in ((False, MISTAKES_TABLES), (True, MISTAKES_OTHER)):
        wrong = [
            line.name
            for line in CORPUS
            if line.other_half == other_half and not line.right(said(line.text))
        ]
        assert len(wrong) <= most, wrong


# As `python -m tools.readings` counts them, of 2,512 each.
MISTAKES_TABLES = 9
MISTAKES_OTHER = 36
