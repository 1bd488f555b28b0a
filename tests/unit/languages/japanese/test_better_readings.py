"""Hard inputs by category, and what an announcer would say.

The table gives the kana of the whole line; marks are the pauses that go to the voice.
"""

from pathlib import Path

import pytest

from sbv2cli.languages.japanese import JAPANESE
from sbv2cli.languages.language import ReadOptions
from sbv2cli.readers.ruby import read_ruby

TABLE = Path(__file__).parents[3] / "golden" / "readings" / "better_ja.tsv"
# The same sounds in two spellings, and long vowels that sound alike however they are written.
SAME = str.maketrans("ヲヂヅ", "オジズ")
ROWS = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines()[1:] if line]


@pytest.mark.parametrize(
    ("category", "text", "expected"), ROWS, ids=[f"{row[0]}-{row[1]}" for row in ROWS]
)
def test_reading(category, text, expected):
    shown, ruby = read_ruby(text.replace("\\n", "\n"))
    reading = JAPANESE.read(shown, ReadOptions(ruby=ruby))
    said = "".join(word.kana or word.spoken for word in reading.words)
    assert said.translate(SAME) == expected.translate(SAME)


def test_the_table_is_large_and_broad():
    assert len(ROWS) >= 200
    assert len({row[0] for row in ROWS}) >= 15
    assert len({row[1] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("二\u3000人の影", "ニ.ヒトノカゲ"),
        ("三\u3000日の光", "サン.ヒノヒカリ"),
        ("１\u3000本の道", "イチ.ホンノミチ"),
        ("ロ\u3000次の項", "ロ.ツギノコー"),
        ("3 人いる", "サンニンイル"),
    ],
)
def test_the_number_of_a_title_counts_nothing(text, expected):
    reading = JAPANESE.read(text, ReadOptions())
    assert "".join(word.kana or word.spoken for word in reading.words) == expected
