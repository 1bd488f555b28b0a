"""Lines written to be read, round by round: their form, and how they are counted."""

from __future__ import annotations

import pytest

from sbv2cli.languages.japanese import JAPANESE
from sbv2cli.languages.japanese.alike import comparable
from tools.readings.corpus import GOLDEN, SENTENCES, table
from tools.readings.written import SEEN, UNSETTLED, Written, written, written_out

LINES = list(written())

HELD_OUT_MISREAD = 15
UNSETTLED_MISREAD = 533
"""As `python -m tools.readings.written` counts them."""

# Lines that were seen and are still misread, and why.
STILL_MISREAD = {
    "「お帰り、はおかしいでしょう。私、東京の人間なんだから」": "は behind a comma is no particle",
    "「口論になったのは、何時ごろですか」": "ナンジ or イツ",
    "「右に三十センチ。そう、そこだ。止めろ」": "トメロ or ヤメロ: the sentences before tell",
    "ほう、するとあなたには入れたわけだ。": "ハイレタ or イレタ: the story tells",
    "三十一日の翌日が一日だと気づいたのは、後のことだ。": "ツイタチ or イチニチ",
    "人々の暮らしの中で、市も少しずつ広がっていった。": "イチ or シ: the story tells",
    "角は、麦わら帽子で何とか隠した。": "ツノ or カド: the story tells",
    "街で人気のない防具は半額で売られている。": "ニンキ or ヒトケ: the row of places decides",
    "激辛団子。辛いが体力が三十回復する。": "カライ or ツライ: the sentence before tells",
    "「うへえ、この沼、臭いったらありゃしねえ」": "クサイ or ニオイ",
    "「魔法の学校に剣を持っていく方なんていません」": "カタ or ホー",
    "初手は、二六歩。": "ニーロク フ: a move of shogi, as sixty steps are written",
    "「角切りだ。桂損の上に角まで捨てたぞ」": "カク: shogi is known from the lines before",
    "ぴしりと打たれた香が、絶妙の一手となる。": "キョー of shogi or コー",
    "「上下を切るときは、首だけで向くんじゃない」": "カミシモ: a word of rakugo",
    "その翌日、第四妃の杏妃が突然倒れた。": "キョー or アン: a name that the story makes",
    "一対〇、土壇場で均衡を破りました！": "〇 is マル where it stands alone",
    "早朝、四条小橋の枡屋という薪炭商が捕らえられたという噂が、"
    "たちまち町を駆け巡った。": "コバシ: a place of Kyoto",
    "「池田屋で同志が待っている。捕らわれた古高さんを救う相談だ」": "フルタカ or コタカ: a name",
    "『水無瀬村の名呼び習俗について』という論文で、筆者は宇佐見教授の大伯父に"
    "あたる。": "ナヨビ: a word that the story makes",
    "「名呼びについて、何かご存じのことはありませんか？」": "the same",
    "「お手柄でしたね、ところでその角は何ですか」": "ツノ or カド: the story tells",
    "「その文を書いた者に、心当たりはないのだな」": "フミ or ブン: the time of the story tells",
    "「すると、文を投げ込んだ奴は別にいるってことになる」": "the same",
}


def test_each_line_is_there_once_with_its_reading():
    assert len({line.text for line in LINES}) == len(LINES)
    for line in LINES:
        assert all(comparable(reading) for reading in line.readings), line


def test_there_is_a_round_that_nobody_has_looked_at():
    assert {line.round for line in LINES} > SEEN


def test_no_line_is_one_that_tables_were_made_with():
    known = {row["text"] for row in table(SENTENCES)}
    known |= {row["text"] for row in table(GOLDEN / "hard_lines.tsv")}
    assert [line.text for line in LINES if line.text in known] == []


def test_choices_are_written_out():
    assert written_out("キョーワ") == ("キョーワ",)
    found = written_out("{アシタ|アス}ワ{イク|ユク}")
    assert found == ("アシタワイク", "アシタワユク", "アスワイク", "アスワユク")


def test_any_of_its_readings_is_right():
    line = Written("1", "prose", "明日は行く。", ("アシタワイク", "アスワイク"))
    assert line.right("アスワイク。")
    assert not line.right("アサッテワイク")


def misread(lines: list[Written]) -> list[str]:
    """Those that the mode better reads otherwise."""
    return [
        line.text
        for line in lines
        if not line.right("".join(word.kana or "" for word in JAPANESE.read(line.text).words))
    ]


@pytest.mark.slow
def test_what_was_seen_is_read_right():
    seen = [line for line in LINES if line.round in SEEN - {UNSETTLED}]
    assert set(misread(seen)) == set(STILL_MISREAD)


@pytest.mark.slow
def test_no_more_of_the_unsettled_are_read_otherwise():
    assert len(misread([line for line in LINES if line.round == UNSETTLED])) <= UNSETTLED_MISREAD


@pytest.mark.slow
def test_few_of_the_others_are_misread():
    """Says how many, and not which: who makes tables must not know."""
    wrong = len(misread([line for line in LINES if line.round not in SEEN]))
    assert wrong <= HELD_OUT_MISREAD
