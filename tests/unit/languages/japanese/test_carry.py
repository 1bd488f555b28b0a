"""Ruby that holds for the later occurrences of its word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.languages.japanese.carry import Carry
from sbv2cli.readers.ruby import read_ruby
from sbv2cli.records import LineId, ScriptLine, Source


def line(written, number=1, **fields):
    text, ruby = read_ruby(written)
    return ScriptLine(
        id=LineId(f"a-{number}"),
        number=number,
        text=text,
        ruby=ruby,
        source=Source(path="a.txt", row=number),
        **fields,
    )


def carried(*written, **fields):
    """What each line has besides its own ruby: word/reading."""
    carry = Carry()
    found = []
    for number, one in enumerate(written, start=1):
        given_line = line(one, number, **fields)
        result = carry.line(given_line)
        assert list(result.ruby) == sorted(result.ruby, key=lambda ruby: ruby.span)
        found.append(
            " ".join(
                f"{result.text[slice(*ruby.span)]}/{ruby.reading}"
                for ruby in result.ruby
                if ruby not in given_line.ruby
            )
        )
    return found


@pytest.mark.parametrize(
    ("first", "later", "expected"),
    [
        # A word of its own, whatever particle follows.
        ("竜胆《りんどう》が咲く。", "竜胆は青い。竜胆だ。", "竜胆/りんどう 竜胆/りんどう"),
        ("下人《げにん》がいた。", "「下人め」と言った。", "下人/げにん"),
        ("岬《みさき》の灯台。", "岬まで歩く。", "岬/みさき"),
        # Never inside a longer word.
        ("灯《ともり》は笑った。", "灯台に灯りがともる。街灯だ。灯がともる。", "灯/ともり"),
        ("大人《たいじん》が来た。", "大人しい犬だ。", ""),
        ("今日《こんにち》は。", "今日子が来た。", ""),
        ("人《ひと》が。", "人々と三人の人間。", ""),
        # A word that is set beside another one.
        ("山路《やまみち》を来た。", "山路先生と七瀬山路。", "山路/やまみち 山路/やまみち"),
        ("七瀬灯《ともり》です。", "灯と七瀬灯。灯様。", "灯/ともり 灯/ともり 灯/ともり"),
        ("七瀬《ななせ》灯《ともり》です。", "七瀬は灯を見た。", "七瀬/ななせ 灯/ともり"),
        # One reading a kanji makes one word.
        ("虞《ぐ》美《び》人《じん》草《そう》が", "虞美人草と虞と草。", "虞美人草/ぐびじんそう"),
        # Verbs go on as the same verb.
        ("頷《うなず》いて笑う。", "頷いた。彼は頷く。頷かない。", "頷/うなず 頷/うなず 頷/うなず"),
        ("躊躇《ためら》う。", "躊躇った。躊躇する。", "躊躇/ためら"),
        ("嗤《わら》う。", "彼は嗤った。", "嗤/わら"),
        ("生《い》きる。", "生まれる。生きた。生の魚。", "生/い"),
        ("開《ひら》く。", "開ける。", ""),
        ("露《あらわ》さない。", "露に濡れる。露さず。", "露/あらわ"),
        ("言《い》ふ。", "言にして。", ""),
        ("居《い》る。", "居りました。", ""),
        ("美《うつく》しい。", "美しかった。美しさ。美術。", "美/うつく 美/うつく"),
        # What is read otherwise from place to place.
        ("あの方《かた》だ。", "この方がいい。", ""),
        ("私《わたくし》は", "私が", ""),
        ("光《ひかる》が来た。", "光は笑った。光る。", "光/ひかる"),
        ("女《ひと》だ。", "その女が。", ""),
        ("人気《ひとけ》がない。", "人気の店だ。", ""),
        ("本気《マジ》か。", "本気だ。", ""),
        ("運命《さだめ》だ。", "運命に従う。", "運命/さだめ"),
        # No readings.
        ("東京《Tokyo》だ。", "東京へ。", ""),
        ("絶対《・・》に。", "絶対だ。", ""),
        ("運命《宿命》だ。", "運命だ。", ""),
        ("｜ステラ《ほし》よ。", "ステラは。", ""),
        ("橋《ハシ'》を渡る。", "橋が見えた。", "橋/ハシ'"),
    ],
)  # fmt: skip
def test_where_a_reading_is_carried(first, later, expected):
    assert carried(first, later) == ["", expected]


def test_a_new_ruby_replaces_the_old_one_and_ruby_that_is_given_stays():
    assert carried(
        "竜胆《りんどう》。", "竜胆《りゅうたん》と竜胆。", "竜胆。", "竜胆《りんどう》と竜胆。"
    ) == ["", "竜胆/りゅうたん", "竜胆/りゅうたん", "竜胆/りんどう"]


def test_a_reading_counts_from_its_ruby_on():
    assert carried("竜胆。竜胆《りんどう》。竜胆。") == ["竜胆/りんどう"]
    carry = Carry()
    assert [one.span for one in carry.line(line("竜胆。竜胆《りんどう》。竜胆。")).ruby] == [
        (3, 5), (6, 8),
    ]  # fmt: skip


def test_lines_with_a_reading_and_other_languages_are_left_alone():
    assert carried("竜胆《りんどう》。", "竜胆。", reading="リンドー") == ["", ""]
    assert carried("竜胆《りんどう》。", "竜胆。", language="zh") == ["", ""]


def test_what_was_carried_is_counted():
    carry = Carry()
    for number, written in enumerate(
        ["竜胆《りんどう》。", "竜胆と竜胆。", "頷《うなず》いた。", "頷く。", "蕗《ふき》。"],
        start=1,
    ):
        carry.line(line(written, number))
    words = [(one.word, one.reading, one.count, one.at.row, one.entry) for one in carry.words()]
    assert words == [
        ("竜胆", "りんどう", 2, 1, ("竜胆", "リンドー")),
        ("頷", "うなず", 1, 3, ("頷く", "ウナズク")),
    ]


WRITTEN = st.text(
    st.sampled_from("竜胆灯頷生い。、「」《》｜りんどうともaA１々 \U00020000"), max_size=30
)


@given(st.lists(WRITTEN, max_size=6))
def test_spans_stay_in_order_and_given_ruby_is_kept(written):
    carry = Carry()
    for number, one in enumerate(written, start=1):
        before = line(one, number)
        after = carry.line(before)
        assert after.text == before.text
        assert set(before.ruby) <= set(after.ruby)
        reached = 0
        for ruby in after.ruby:
            assert reached <= ruby.span[0] < ruby.span[1] <= len(after.text)
            reached = ruby.span[1]


@given(st.lists(WRITTEN, min_size=1, max_size=5), st.lists(WRITTEN, max_size=3))
def test_what_comes_later_changes_nothing(written, more):
    def run(lines):
        carry = Carry()
        return [carry.line(line(one, number)) for number, one in enumerate(lines, start=1)]

    assert run([*written, *more])[: len(written)] == run(written)
