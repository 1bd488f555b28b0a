"""Names in a text, on request."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.readers.detect import load
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.named_speech import NamedSpeech
from sbv2cli.records import Ruby


def lines(text, how, *, format_="text", **options):
    stream = io.BytesIO(text.encode())
    return list(load(format_).read(stream, "script", ReaderOptions(speakers=how, **options)))


def said(text, how, **options):
    return [(line.character, line.text) for line in lines(text, how, **options)]


def test_a_colon_behind_a_name():
    text = "琴葉 茜＞はい。\n太郎：やあ。\n花子: こんにちは。\n【少年A】：はい！\n夜が来た。\n10:30に着く。\nhttp://a.jp\n"
    assert said(text, "colon") == [
        ("琴葉 茜", "はい。"),
        ("太郎", "やあ。"),
        ("花子", "こんにちは。"),
        ("少年A", "はい！"),
        (None, "夜が来た。"),
        (None, "10:30に着く。"),
        (None, "http://a.jp"),
    ]


def test_a_quotation_behind_a_name():
    text = (
        "太郎「やあ。」\n【花子】『元気？』\n太郎（眠いな）\n彼は「行こう」と言った。\n「誰？」\n"
        "彼は「はい」\n花子：「うん」\n太郎(笑)：『え』\n○学校・屋上（夕）\n時刻：「午後」と言った。\n"
    )
    assert said(text, "names") == [
        ("太郎", "「やあ。」"),
        ("花子", "『元気？』"),
        ("太郎", "（眠いな）"),
        (None, "彼は「行こう」と言った。"),
        (None, "「誰？」"),
        (None, "彼は「はい」"),
        ("花子", "「うん」"),
        ("太郎", "『え』"),
        (None, "○学校・屋上（夕）"),
        (None, "時刻：「午後」と言った。"),
    ]


def test_a_quotation_may_go_on_over_rows():
    text = "太郎「やあ。\n　元気だったかい。「うん」と言え。」\n夜が来た。\n"
    assert [who for who, _ in said(text, "names")] == ["太郎", "太郎", None]


@pytest.mark.parametrize(
    ("how", "text"), [("colon", "太郎（小声）：やあ"), ("names", "太郎（小声）「やあ」")]
)
def test_a_remark_is_a_direction(how, text):
    (line,) = lines(text, how)
    assert (line.character, line.meta) == ("太郎", {"direction": "小声"})
    assert line.text.strip("「」") == "やあ"


def test_a_quotation_that_is_never_closed_ends():
    text = "太郎「やあ。\n" + "夜が来た。\n" * 30
    assert [who for who, _ in said(text, "names")].count("太郎") == 21
    text = "太郎「やあ。\n花子「はい」\n夜が来た。\n"
    assert [who for who, _ in said(text, "names")] == ["太郎", "花子", None]


def test_ruby_and_places_move_along():
    (line,) = lines("　太郎《たろう》： ｜岬《みさき》だ。\n", "colon")
    assert (line.character, line.text) == ("太郎", "岬だ。")
    assert line.ruby == (Ruby(span=(0, 1), reading="みさき"),)
    assert (line.source.row, line.source.column) == (1, 12)


def test_sentences_have_the_speaker_of_their_row():
    found = said("太郎：やあ。元気？\nそう。\n", "colon", unit="sentence")
    assert found == [("太郎", "やあ。"), ("太郎", "元気？"), (None, "そう。")]


@pytest.mark.parametrize("format_", ["csv", "jsonl"])
def test_tables_without_a_character_too(format_):
    text = {
        "csv": "text,character\n太郎：｜岬《みさき》だ。,\n注：はい。,花子\n",
        "jsonl": '{"text": "太郎：｜岬《みさき》だ。"}\n'
        '{"text": "注：はい。", "character": "花子"}\n',
    }[format_]
    one, other = lines(text, "colon", format_=format_)
    assert (one.character, one.text) == ("太郎", "岬だ。")
    assert one.ruby == (Ruby(span=(0, 1), reading="みさき"),)
    assert (other.character, other.text) == ("花子", "注：はい。")


def test_nothing_is_cut_unasked():
    assert said("太郎：やあ。\n", "none") == [(None, "太郎：やあ。")]


@given(
    how=st.sampled_from(["colon", "names"]),
    rows=st.lists(st.text("太郎は:：「」『』（）()【】 1。", max_size=12), max_size=4),
)
def test_any_rows(how, rows):
    speech = NamedSpeech(how)
    for row in rows:
        found = speech.said(row)
        assert 0 <= found.start <= len(row)
        assert found.character is None or found.character.strip() == found.character != ""
