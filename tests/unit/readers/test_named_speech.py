"""Names in a text, on request."""

from __future__ import annotations

import io
import time

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


def test_names_that_are_spoken_are_told_once():
    text = "太郎「やあ。」\n彼は「はい」と言った。\n" * 4 + "夜。\n花子「うん。」\n花子「ええ。」\n"
    found = lines(text, "none")
    told = [(line.number, one.code) for line in found for one in line.findings]
    assert told == [(10, "script.names-spoken")]
    assert found[9].text == "花子「うん。」"
    assert not any(line.findings for line in lines(text, "names"))


def test_a_row_of_many_quotations_is_read_in_time_that_grows_with_it():
    begun = time.process_time()
    for text in ("太「あ」" * 4_000, "太「" * 6_000, "太「あ」（い）" * 2_000, "【太】" * 6_000):
        for how in ("none", "names", "colon"):
            lines(text * 10 if how == "none" else text, how)
    assert time.process_time() - begun < 30


def test_nothing_is_cut_unasked():
    assert said("太郎：やあ。\n", "none") == [(None, "太郎：やあ。")]


@given(
    how=st.sampled_from(["colon", "names"]),
    rows=st.lists(st.text("太郎は:：「」『』（）()【】 1。", max_size=12), max_size=4),
)
def test_any_rows(how, rows):
    speech = NamedSpeech(how)
    for row in rows:
        above = speech.alone(row)
        if above is not None:
            speech.stands_below(above, row, blank_between=False)
        reached = 0
        for part in speech.parts(row):
            assert reached <= part.start <= part.end <= len(row)
            reached = part.end
            assert part.character is None or part.character.strip() == part.character != ""


@given(st.lists(st.text("太郎花子「」（）【】： 。と", max_size=10), max_size=5))
def test_no_word_is_lost_but_names_and_remarks(rows):
    text = "\n".join(rows)
    found = lines(text, "names")
    spoken = "".join(line.text for line in found)
    spoken += "".join(f"{line.character}{line.meta.get('direction', '')}" for line in found)
    assert set(text.replace("\n", "")) - set(" 【】：（）") <= set(spoken)


def test_what_stands_behind_the_bracket_is_a_direction():
    (line, other) = lines("太郎「やあ」（笑う）\n太郎（小声）「ねえ。」(振り向く)。\n", "names")
    assert (line.character, line.text, line.meta) == ("太郎", "「やあ」", {"direction": "笑う"})
    assert (other.text, other.meta) == ("「ねえ。」", {"direction": "小声、振り向く"})


def test_several_speak_in_one_row():
    text = (
        "太郎「｜岬《みさき》だ。」花子『うん。』（頷く）　もも「はい」\n"
        "太郎「行こう」とはるか「うん」\n"
    )
    found = lines(text, "names")
    assert [(line.character, line.text) for line in found] == [
        ("太郎", "「岬だ。」"),
        ("花子", "『うん。』"),
        ("もも", "「はい」"),
        (None, "太郎「行こう」とはるか「うん」"),
    ]
    assert found[0].ruby == (Ruby(span=(1, 2), reading="みさき"),)
    assert found[1].source.column == text.index("『") + 1
    # Who begins the last row spoke before: that the name is spoken there is told.
    assert [one.code for one in found[3].findings] == ["script.name-spoken"]
    assert not any(line.findings for line in found[:3])


@pytest.mark.parametrize("how", ["colon", "names"])
def test_a_name_in_brackets_before_what_is_said(how):
    text = (
        "【太郎】やあ。\n【花子】（小声）うん。\n【？？？】「誰だ」\n"
        "【SE】ドアの音。\n【第一章】夜。\n"
    )
    found = lines(text, how)
    assert [(line.character, line.text) for line in found][:2] == [
        ("太郎", "やあ。"),
        ("花子", "うん。"),
    ]
    assert found[1].meta == {"direction": "小声"}
    assert [line.text for line in found][3:] == ["【SE】ドアの音。", "【第一章】夜。"]


def test_who_is_unknown_and_who_is_known():
    text = "？？？「誰だ」\n太郎「僕だ」、花子「私も」。\n花子\n「はい」\n夜\n「朝」\n"
    assert said(text, "names") == [
        ("？？？", "「誰だ」"),
        ("太郎", "「僕だ」、"),
        ("花子", "「私も」。"),
        ("花子", "「はい」"),
        (None, "夜"),
        (None, "「朝」"),
    ]
    (line,) = lines("太郎：「やあ。」（笑う）\n", "colon")
    assert (line.text, line.meta) == ("「やあ。」", {"direction": "笑う"})
    assert said("太郎：「やあ」と言う（笑う）\n", "colon") == [("太郎", "「やあ」と言う（笑う）")]


def test_a_quotation_that_goes_on_may_end_with_a_direction_and_another():
    text = "太郎「やあ。\n元気？」（手を振る）花子「うん」\n夜。\n"
    assert said(text, "names") == [
        ("太郎", "「やあ。"),
        ("太郎", "元気？」"),
        ("花子", "「うん」"),
        (None, "夜。"),
    ]


def test_a_name_above_what_is_said():
    text = (
        "【太郎】\n「やあ。」\n「元気？」（笑う）\n彼は笑った。\n「誰？」\n\n【花子】（小声）\nうん。\n元気。\n\n"
        "夜が来た。\n【太郎】\n\n「おやすみ。」\n花子：\n「おやすみ。\nまた明日。」\n"
    )
    found = lines(text, "names")
    assert [(line.character, line.text) for line in found] == [
        ("太郎", "「やあ。」"),
        ("太郎", "「元気？」"),
        (None, "彼は笑った。"),
        (None, "「誰？」"),
        ("花子", "うん。"),
        ("花子", "元気。"),
        (None, "夜が来た。"),
        ("太郎", "「おやすみ。」"),
        ("花子", "「おやすみ。"),
        ("花子", "また明日。」"),
    ]
    assert found[4].meta == {"direction": "小声"}
    assert [line.number for line in found] == list(range(1, 11))


def test_what_stands_alone_and_is_no_name_is_text():
    text = (
        "【第一章　旅立ち】\n夜が来た。\n\n【重要】\n\n朝が来た。\n"
        "次の通り：\n朝が来た。\n【太郎】\n"
    )
    assert said(text, "names") == [(None, row) for row in text.split("\n") if row]


def test_a_name_with_a_colon_above_what_is_said():
    text = "太郎：\nやあ。\n元気？\n花子：うん。\n夜。\n\n【太郎】\nおや。\n"
    assert said(text, "colon") == [
        ("太郎", "やあ。"),
        ("太郎", "元気？"),
        ("花子", "うん。"),
        ("太郎", "夜。"),
        ("太郎", "おや。"),
    ]


def test_a_name_above_in_a_page_of_paragraphs():
    said_below = "<p>【太郎】</p><p>「やあ。元気？」</p><p>朝が来た。</p>"
    page = f"<html><body><h1>一</h1>{said_below}</body></html>"
    assert [(one.character, one.text) for one in lines(page, "names", format_="html")] == [
        (None, "一"),
        ("太郎", "「やあ。元気？」"),
        (None, "朝が来た。"),
    ]


def test_a_row_of_a_table_with_several_speakers_says_so():
    (line,) = lines("id,text\na,太郎「やあ」花子「うん」（笑う）\n", "names", format_="csv")
    assert (line.character, line.text) == ("太郎", "「やあ」「うん」")
    assert line.meta == {"direction": "笑う"}
    assert [one.code for one in line.findings] == ["script.speakers-several"]


@pytest.mark.parametrize(
    "place",
    ["教室", "教室・朝", "学校の屋上（昼）", "木下駅前", "太郎の部屋", "三日後", "翌朝", "夕方"],
)
def test_a_place_or_a_time_above_a_quotation_is_nobody(place):
    assert said(f"【{place}】\n「やあ」\n「うん」\n", "names") == [
        (None, f"【{place}】"),
        (None, "「やあ」"),
        (None, "「うん」"),
    ]


@pytest.mark.parametrize(
    "name", ["室井", "氷室", "小室", "木村", "小町", "田中", "朝子", "夜神", "後藤"]
)
def test_a_name_that_is_like_a_place_is_somebody(name):
    assert said(f"【{name}】\n「やあ」\n", "names") == [(name, "「やあ」")]
