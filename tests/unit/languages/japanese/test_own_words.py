"""Our tables of words: every row does what it says, and no row cuts a longer word."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from sbv2cli.languages.japanese import JAPANESE, own_words
from sbv2cli.languages.japanese.alike import comparable
from sbv2cli.languages.language import ReadOptions
from sbv2cli.readers.ruby import read_ruby

HARD_LINES = Path(__file__).parents[3] / "golden/readings/hard_lines.tsv"
ROWS = list(own_words.rows())


def said(text: str) -> str:
    plain, ruby = read_ruby(text)
    return "".join(word.kana or "" for word in JAPANESE.read(plain, ReadOptions(ruby=ruby)).words)


@pytest.mark.parametrize("row", [row for row in ROWS if row.line], ids=lambda row: row.line)
def test_a_row_with_evidence_reads_its_line(row):
    reading = row.reading.split(">")[-1]
    kana = said(row.line)
    assert reading in kana or comparable(reading) in comparable(kana)


def test_words_are_read_as_the_table_says():
    wrong = [
        row.word
        for row in ROWS
        if not row.line
        and comparable(said(f"この{row.word}を")) != comparable(f"コノ{row.reading}ヲ")
    ]
    assert wrong == []


def test_a_longer_word_stays_whole():
    assert said("灯台と人気者と生活") == "トーダイトニンキモノトセーカツ"


def test_neighbours_decide():
    assert said("この店が開く") != said("この扉が開く")
    assert said("辛い味") == "カライアジ"
    assert said("辛い日々") == "ツライヒビ"


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("弟の武は帰らない", "タケシワ"),
        ("弟の武を誇る", "ブヲ"),
        ("父は忠といった", "タダシト"),
        ("父の空を飛ぶ", "ソラヲ"),
        ("砂漠蜘蛛がいる", "グモガ"),
        ("毎日蜘蛛を見る", "ニチクモヲ"),
        ("先月蜂に刺された", "ゲツハチニ"),
        ("夜蛙が鳴く", "ルカエルガ"),
    ],
)
def test_names_and_kinds_of_animals(text, heard):
    assert heard in said(text)


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("福島の小高に移り住む", "オダカニ"),
        ("土肥に着く", "トイニ"),
        # What is no place, and who is a person.
        ("小国の国境", "ショーコクノ"),
        ("霊山の寺", "レーザンノ"),
        ("二戸の農家", "ニコノ"),
        ("愛子に向かって言った", "アイコニ"),
        ("視線が角田に止まった", "ツノダニ"),
        ("砺波平野", "ヘーヤ"),
    ],
)
def test_names_of_places(text, heard):
    assert heard in said(text)


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("一丁上がってる", "アガッテ"),
        ("その上杉が来た", "ウエスギガ"),
        ("その上等な品", "ジョートーナ"),
        ("桑田淳平って誰", "ジュンペーッテ"),
        ("桑田颯太って誰", "ソータッテ"),
        ("柚希って誰", "ユズキッテ"),
        ("航太と話す", "コータト"),
        ("水引きする", "ビキスル"),
        ("部屋にはいらない", "ハイラナイ"),
        ("気に入らない", "イラナイ"),
    ],
)
def test_words_end_where_they_end(text, heard):
    assert heard in said(text)


def _hard_lines():
    with HARD_LINES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize("line", _hard_lines(), ids=lambda line: line["text"])
def test_hard_line(line):
    assert comparable(line["reading"]) in comparable(said(line["text"]))


def test_hard_lines_are_of_every_kind():
    kinds = [line["kind"] for line in _hard_lines()]
    assert len(kinds) >= 300
    assert set(kinds) == {
        "boundary", "comma", "compound", "form", "homograph", "kana", "katakana", "numeral",
        "own-rule", "particle", "ruby",
    }  # fmt: skip
