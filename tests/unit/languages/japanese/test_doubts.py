from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbv2cli.languages.doubt import REASONS, of_line
from sbv2cli.languages.japanese import JAPANESE
from sbv2cli.languages.japanese.doubts import weights
from sbv2cli.languages.japanese.doubts.in_script import RubyKept
from sbv2cli.languages.language import DictionaryEntry, ReadOptions
from sbv2cli.records import LineId, Ruby, ScriptLine, Source

ASKED = ReadOptions(doubts=True)


def doubts(text, **options):
    return {doubt.surface: doubt for doubt in JAPANESE.read(text, replace(ASKED, **options)).doubts}


@pytest.mark.parametrize(
    ("text", "word", "reason", "other"),
    [
        ("今日の市場はどうだ。", "市場", "homograph", "イチバ"),
        ("押谷は来なかった。", "押谷", "analyses-differ", "オシタニ"),
        ("巨猫を脚色した。", "巨猫", "unknown-word", None),
        ("Foobarを使う。", "Foobar", "letters", None),
        ("三人で二十本だ。", "二十本", "number", None),
        ("津原と会う。", "津原", "name", "ツハラ"),
        ("ひじき塩の勝負だ。", "塩", "unknown-word", "エン"),
        ("漢字の叱は難しい。", "叱", "analyses-differ", None),
    ],
)
def test_what_is_in_doubt_and_how_else_it_is_read(text, word, reason, other):
    doubt = doubts(text)[word]
    assert reason in doubt.reasons
    assert other is None or other in doubt.others
    assert doubt.kana not in doubt.others


def test_a_homograph_with_evidence_beside_it_is_not_in_doubt():
    assert "人気" in doubts("彼の人気は衰えた。")
    assert "人気" not in doubts("人気のない路地。")


def test_a_row_of_our_tables_that_two_analyses_speak_against():
    """The engine has キル, the second analysis コウムル, and our row カブル."""
    doubt = doubts("損害を、この町の人々と僕らが被るなんて。")["被る"]
    assert doubt.kana == "カブル"
    assert doubt.reasons == ("analyses-differ",)
    assert doubt.others[0] == "コームル"


def test_a_word_with_one_reading_is_less_in_doubt_than_one_with_others():
    assert weights.weight_of(["one-reading"]) < weights.weight_of([]) < weights.LEAST


def test_what_a_person_has_decided_is_not_in_doubt():
    assert "市場" in doubts("市場だ。")
    assert doubts("市場だ。", given="イ'チバダ。") == {}
    entry = DictionaryEntry(surface="市場", kana="イチバ")
    assert "市場" not in doubts("市場だ。", dictionary=(entry,))
    assert "市場" not in doubts("市場だ。", ruby=(Ruby(span=(0, 2), reading="いちば"),))


def test_ruby_that_covers_more_than_it_reads():
    ruby = Ruby(span=(0, 3), reading="ともり")
    found = doubts("七瀬灯は来た。", ruby=(ruby,))
    assert found["七瀬灯"].reasons == ("ruby-wide",)
    assert "ruby-wide" not in {
        reason
        for doubt in doubts("頷いた。", ruby=(Ruby(span=(0, 1), reading="うなず"),)).values()
        for reason in doubt.reasons
    }
    kept = Ruby(span=(0, 4), reading="ぐびじんそう")
    assert "虞美人草" not in doubts("虞美人草を読む。", ruby=(kept,))


def test_a_dictionary_entry_that_cuts_a_longer_word():
    entry = DictionaryEntry(surface="灯", kana="トモリ", within_words=True)
    assert doubts("灯台だ。", dictionary=(entry,))["灯"].reasons == ("cuts-word",)
    assert "灯" not in doubts("灯が来た。", dictionary=(entry,))


def test_a_line_of_common_words_is_less_in_doubt_than_one_of_rare_ones():
    easy = JAPANESE.read("ありがとう、また来るよ。", ASKED).doubts
    hard = JAPANESE.read("羞花閉月で精疲力尽だ。", ASKED).doubts
    assert of_line(easy) < of_line(hard) / 5


@settings(max_examples=60, deadline=None)
@given(
    st.text(alphabet="東京市場一二三巨猫灯台はのがA9、。「」（）𠮷ー〜 \n辛い行った", max_size=40)
)
def test_doubts_change_no_reading_and_stand_in_the_text(text):
    asked = JAPANESE.read(text, ASKED)
    assert replace(asked, doubts=()) == JAPANESE.read(text)
    for doubt in asked.doubts:
        start, end = doubt.span
        assert 0 <= start < end <= len(text)
        assert doubt.surface == text[start:end]
        assert 0 < doubt.weight <= 1
        assert doubt.reasons
        assert set(doubt.reasons) <= REASONS.keys()


def test_a_word_does_not_go_on_behind_a_blank():
    assert "第二章朝" in doubts("第二章朝")
    found = doubts("第二章　朝")
    assert found.keys() == {"第二章", "朝"}
    assert found["朝"].reasons == ("homograph",)
    assert of_line(found.values()) < 0.12
    assert doubts("東　京だ。") == doubts("東京だ。") == {}


def test_a_long_text_is_looked_at_whole():
    text = "ありがとう、また来るよ。" * 60 + "羞花閉月だ。"
    found = JAPANESE.read(text, ASKED).doubts
    assert found[-1].surface.startswith("羞花")
    assert found[-1].span[1] <= len(text)


def test_every_kind_of_evidence_has_a_reason_that_is_explained():
    for name, kind in weights.kinds().items():
        if name == "one-reading":
            assert kind.log_odds < 0, "it speaks for a reading"
            assert weights.reasons_of([name]) == ()
        elif name != "any":
            assert kind.reason in REASONS
            assert kind.log_odds > 0


def test_without_doubts_nothing_of_them_is_loaded():
    program = (
        "import sys\n"
        "from sbv2cli.languages.japanese import JAPANESE\n"
        "assert JAPANESE.read('市場に人気がない。').doubts == ()\n"
        "print([name for name in sys.modules if 'doubts' in name or 'sudachipy' in name])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"


def read_script(*texts_and_ruby):
    kept = RubyKept()
    for number, (text, *ruby) in enumerate(texts_and_ruby, start=1):
        line = ScriptLine(
            id=LineId(str(number)),
            number=number,
            text=text,
            source=Source(path="a.txt", row=number),
            ruby=tuple(ruby),
        )
        yield {
            doubt.surface: doubt
            for doubt in kept.line(line, JAPANESE.read(text, replace(ASKED, ruby=ruby))).doubts
            if "ruby-not-kept" in doubt.reasons
        }


def test_ruby_that_is_not_followed_later():
    name = Ruby(span=(0, 2), reading="みなも")
    lamp = Ruby(span=(0, 1), reading="ともり")
    first, later, _, other = read_script(
        ("水面が揺れる。", name), ("また水面を見た。",), ("灯が来た。", lamp), ("灯台だ。",)
    )
    assert first == {}
    assert later["水面"].others[0] == "ミナモ"
    assert other == {}


def test_ruby_that_is_followed_leaves_no_doubt():
    name = Ruby(span=(0, 2), reading="みなも")
    *_, later = read_script(
        ("水面が揺れる。", name), ("水面だ。", replace(name, carried=True)), ("水面。", name)
    )
    assert later == {}


def test_the_end_of_a_name_under_wide_ruby_is_remembered_alone():
    _, later = read_script(
        ("七瀬灯は来た。", Ruby(span=(0, 3), reading="ともり")), ("灯は笑った。",)
    )
    assert later["灯"].others[0] == "トモリ"
