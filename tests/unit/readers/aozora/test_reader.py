"""Whole Aozora texts: frames, chapters, scenes, findings, recognition."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from growth import assert_linear
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.errors import ScriptError
from sbv2cli.readers.aozora.reader import read
from sbv2cli.readers.detect import detect
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.script import read_script

DATA = Path(__file__).parents[3] / "data" / "aozora"
RULE = "-" * 55
LEGEND = (
    f"{RULE}\n【テキスト中に現れる記号について】\n\n"
    f"《》：ルビ\n（例）紳士《しんし》\n\n［＃］：入力者注\n{RULE}\n"
)
COLOPHON = "底本：「全集」書店\n　　　1986（昭和61）年発行\n入力：誰か\n青空文庫作成ファイル：\n"


def lines(text, encoding="cp932", **options):
    return list(read(io.BytesIO(text.encode(encoding)), "book.txt", ReaderOptions(**options)))


def texts(text, **options):
    return [line.text for line in lines(text, **options)]


def codes(found):
    return [one.code for line in found for one in line.findings]


def test_what_an_author_of_the_web_says_before_and_behind_is_left_out():
    text = (
        "題\n作者\n\n［＃改ページ］\n［＃ここから前書き］\n前書きです。\n［＃ここで前書き終わり］\n"
        "本文です。\n［＃ここから後書き］\n\n後書きです。\n［＃ここで後書き終わり］\n"
        "［＃ここから前書き］\n続きです。\n"
    )
    found = lines(text)
    assert [line.text for line in found][-2:] == ["本文です。", "続きです。"]
    assert "script.left-out" in codes(found)
    spoken = texts(text, front_matter="speak")
    assert [one for one in spoken if "書き" in one] == ["前書きです。", "後書きです。"]


def test_notes_in_brackets_of_half_width_are_notes():
    body = (
        "[#5字下げ]三[#「三」は中見出し]\n"
        "　[＃傍点]朝[＃傍点終わり]だ。※[#「口＋喬」、第3水準1-15-26]む。\n"
        "　［#地付き］「[#好き]と[1]」\n"
    )
    found = lines("題\n作者\n\n" + body)
    assert [line.text for line in found] == ["三", "朝だ。", "嚙む。", "「[#好き]と[1]」"]
    assert [line.heading for line in found] == [True, False, False, False]
    assert found[2].source.column == 18
    assert detect(io.BytesIO(body.encode()), "a.txt")[0] == "aozora"


@pytest.mark.parametrize(
    "frame",
    [
        "題\n著者\n\n" + LEGEND + "\n{}\n\n" + COLOPHON,
        "題\n―副題―\n著者\n誰か訳\n\n" + LEGEND + "\n{}\n\n" + COLOPHON,
        "「題」\n著者\n\n\n" + LEGEND + "{}\n　" + COLOPHON,
        "題［※１］の網《あみ》\n著者\n\n［表記について］\n●ルビは「《ルビ》」の形式。\n" + RULE
        + "\n{}\n" + RULE + "\n●入力者注\n※１　注\n" + RULE + "\n" + COLOPHON,
        "題\n著者\n\n{}\n\n" + COLOPHON,
        "題\n著者\n\n{}\n［＃本文終わり］\n後書き\n" + COLOPHON,
        "題\n［表記について］\n●［＃］は、入力者注。\n==========\n{}\n" + COLOPHON,
        "題\n著者\n\n{}\n［＃本文終わり］\n翻訳の底本：Doyle\n※利用条件\n翻訳者：誰か\n",
        "題\n著者\n\n{}\n\n入力：誰か\n校正：誰か\n",
        "題\n著者\n\n{}",
        "題\n著者\n\n{}\n\n翻訳の底本：Somebody\n",
        "題\n" + "副題\n" * 20 + "著者\n" + LEGEND + "{}\n\n" + COLOPHON,
        "\n題\n著者\n\n\n" + LEGEND + "{}\n\n" + COLOPHON,
        "「いき」の構造\n九鬼周造\n\n{}\n\n" + COLOPHON,
        "{}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_a_frame_is_not_spoken(frame, ends):
    body = "　岬の灯台に、老人がいた。\n　夜だった。"
    text = frame.format(body).replace("\n", ends)
    assert texts(text) == ["岬の灯台に、老人がいた。", "夜だった。"]


def test_much_behind_a_colophon_is_a_warning():
    whole = "題\n著者\n\n" + LEGEND + "本文。\n\n" + COLOPHON
    found = lines(whole + "\n" + whole)
    assert codes(found) == ["script.read-as", "script.left-out"]
    assert str(found[0].findings[1].at) == "book.txt:14"
    assert codes(lines(whole)) == ["script.read-as"]


def test_front_matter_is_spoken_by_choice():
    found = texts("題\n著者\n\n本文。\n\n" + COLOPHON, front_matter="speak")
    assert found[:3] == ["題", "著者", "本文。"]
    assert found[-1] == "青空文庫作成ファイル："


@pytest.mark.parametrize(
    "first", ["　雨だった。\n止んだ。\n", "「おはよう」\n", "行く！\n彼は、\n"]
)
def test_no_row_is_taken_for_a_title_that_is_none(first):
    found = "".join(texts(first + "\n本文。\n" + COLOPHON))
    assert found == "".join(first.split()) + "本文。"


def test_a_book_that_begins_without_a_title_loses_no_row():
    text = "　雨が降っていた。\n　止んだ。\n\n　夜になった。\n底の本\n"
    assert "".join(texts(text)) == "雨が降っていた。止んだ。夜になった。底の本"


def test_levels_are_those_of_the_book():
    found = lines(
        "題\n著者\n\n序。\n［＃３字下げ］上［＃「上」は中見出し］\n本文。\n"
        "一［＃「一」は小見出し］　続く本文。\n［＃ここから中見出し］\n下《げ》\nの巻\n"
        "［＃ここで中見出し終わり］\n終わり。\n"
    )
    assert [(line.chapter, line.level, line.heading, line.text) for line in found] == [
        (None, None, False, "序。"),
        (1, 1, True, "上"),
        (1, None, False, "本文。"),
        (2, 2, True, "一"),
        (2, None, False, "続く本文。"),
        (3, 1, True, "下　の巻"),
        (3, None, False, "終わり。"),
    ]
    assert found[5].ruby[0].span == (0, 1)
    assert found[-1].chapter_title == "下　の巻"
    assert [str(line.source) for line in found][3:5] == ["book.txt:7:1", "book.txt:7:14"]


def test_headings_of_several_rows_begin_and_end_anywhere():
    found = lines(
        "題\n著者\n\n［＃ここから大見出し］上［＃ここで大見出し終わり］\n本文。\n［＃ここから中見出し］\n一\n"
        "［＃ここで中見出し終わり］［＃ここから小見出し］\n甲\n［＃ここで小見出し終わり］\n続き。\n"
        "［＃ここから大見出し］\n" + "閉じない。\n" * 10
    )
    assert [(line.text, line.level) for line in found][:5] == [
        ("上", 1), ("本文。", None), ("一", 2), ("甲", 3), ("続き。", None),
    ]  # fmt: skip
    assert [(line.text, line.heading) for line in found][5:] == [
        ("閉じない。", True),
        *[("閉じない。", False)] * 9,
    ]


def test_bare_numbers_are_chapters_where_no_note_names_one():
    found = lines(
        "題\n著者\n\n　　　一\n\n本文。\n\n　　　二\n\n本文。\n\n　　　第三章　帰る\n本文。"
    )
    assert [line.text for line in found if line.heading] == ["一", "二", "第三章　帰る"]
    assert [line.chapter for line in found] == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize(
    "rows", ["三\n本文。\n四\n", "一\n本文。\n", "一\n九\n五\n本文。\n", "千\n万\n"]
)
def test_other_numbers_are_text(rows):
    assert not any(line.heading for line in lines("題\n著者\n\n" + rows))


def test_marks_and_pages_part_scenes():
    found = lines(
        "題\n著者\n\n［＃改ページ］\n一。\n　　　＊　　＊　　＊\n\n" + "-" * 56 + "\n二。\n"
        "［＃改ページ、ページの左右中央に］\n◇\n三。\n［＃改丁］\n"
        "［＃「章」は中見出し］\n章［＃「章」は中見出し］\n四。\n［＃改ページ］\n"
    )
    assert [(line.text, line.scene) for line in found] == [
        ("一。", None), ("二。", "2"), ("三。", "3"), ("章", None), ("四。", None),
    ]  # fmt: skip


def test_ruby_is_left_out_on_request():
    assert lines("題\n著者\n\n岬《みさき》", ruby="base")[0].ruby == ()


def test_a_note_may_run_over_rows():
    assert texts("題\n著者\n\n前［＃注が\n続く］後\n次") == ["前後", "次"]
    found = lines("題\n著者\n\n前［＃注が\n\n続く］後\n次")
    assert "script.note-open" in codes(found)
    assert "".join(line.text for line in found) == "前［＃注が続く］後次"


def test_characters_without_a_number_are_one_warning():
    found = lines(
        "題\n著者\n\nあ。\n※［＃「不明」、3-12］と※［＃「不明」、3-13］《よみ》。\n※［＃「不明」、4-1］。\n"
    )
    told = [one for line in found for one in line.findings if one.severity == "warning"]
    assert [one.code for one in told] == ["script.unknown-character"]
    assert told[0].message.startswith("2 characters")
    assert str(told[0].at) == "book.txt:5"


def test_a_broken_byte_costs_a_character_and_is_told():
    data = ("題\n著者\n\n" + "あいうえお。\n" * 300 + COLOPHON).encode("cp932")
    at = data.index("うえお。".encode("cp932"), 2000)
    data = data[:at] + b"\xff" + data[at + 2 :]
    found = list(read(io.BytesIO(data), "book.txt", ReaderOptions()))
    assert len(found) == 300
    assert codes(found) == ["script.read-as", "script.broken-byte"]
    place = found[0].findings[1].at
    assert found[place.row - 4].text == "あい\ufffdえお。"
    assert place.column == 3
    assert detect(io.BytesIO(data), "book.txt") == ("aozora", "cp932")


def test_utf_8_and_marks_of_old_systems_are_read():
    text = "\ufeff題\n著者\n\n岬《みさき》。\x0c\n" + COLOPHON + "\x1a"
    found = lines(text, encoding="utf-8")
    assert [line.text for line in found] == ["岬。"]
    assert found[0].findings[0].message == "read as an Aozora text, UTF-8"


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(ScriptError) as caught:
        list(read(io.BytesIO(bytes(range(128, 256)) * 100), "book.txt", ReaderOptions()))
    assert caught.value.code == "script.encoding"


@pytest.mark.parametrize("path", sorted(DATA.glob("*.txt")), ids=lambda path: path.stem)
def test_a_real_text_is_recognised_and_no_note_is_spoken(path):
    found = list(read_script(path))
    assert found[0].findings[0].code == "script.read-as"
    spoken = "".join(line.text for line in found)
    if "chukiichiran" in path.name:  # it explains the marks, and so shows them
        spoken = spoken.replace("《》［］〔〕｜", "")
    for mark in (
        "［＃",
        "《",
        "》",
        "［※",
        "底本：",
        "入力：",
        "青空文庫作成",
        "テキスト中に現れる",
        "ルビは「",
    ):
        assert mark not in spoken


@pytest.mark.parametrize(
    "text",
    [
        "彼は《花》を見た。\n岬《みさき》へ。\n",
        "今日の予定［＃あとで書く］です。\n",
        "底本：これを読む。\nつづき。\n",
        "《》と書く。\n",
    ],
)
def test_other_prose_stays_plain_text(text):
    assert detect(io.BytesIO(text.encode()), "story.txt")[0] == "text"


@pytest.mark.parametrize(
    "text",
    [
        LEGEND + "本文",
        "題\n\n本文\n" * 9000 + "初出：雑誌\n" * 900 + "青空文庫収録ファイル：\n",
        "題\n\n本文\n" * 9000 + COLOPHON,
        "※［＃「口＋喬」、第3水準1-15-26］と※［＃「口＋喬」、第3水準1-15-26］",
        "［＃３字下げ］題［＃「題」は中見出し］\n本文",
    ],
)
def test_an_aozora_text_is_recognised(text):
    assert detect(io.BytesIO(text.encode()), "story.txt")[0] == "aozora"


def test_markup_says_that_a_text_is_of_this_kind(tmp_path):
    path = tmp_path / "story.txt"
    path.write_text("題\n著者\n\nお伽話《フェアリーテイル》。［＃注］\n", encoding="utf-8")
    (line,) = read_script(path, ReaderOptions(markup="aozora"))
    assert (line.text, line.findings[0].code) == ("お伽話。", "script.read-as")
    assert len(list(read_script(path))) == 3
    plain = next(read_script(DATA / "45623_ruby_20632.txt", ReaderOptions(markup="plain")))
    assert (plain.text, plain.findings) == ("東京に生れて", ())


WORDS = st.text(alphabet="漢字々ヶかなカナー、。「」（）AB1Ⅰ…", min_size=1, max_size=8)
KANA = st.text(alphabet="かなカナー、", min_size=1, max_size=6)
PIECES = st.one_of(
    WORDS.map(lambda word: (word, word)),
    st.tuples(WORDS, KANA).map(lambda two: (f"｜{two[0]}《{two[1]}》", two[0])),
    KANA.map(lambda over: (f"漢《{over}》", "漢")),
    st.sampled_from(
        [
            ("［＃３字下げ］", ""), ("［＃「字」に傍点］", ""), ("［＃レ］", ""),
            ("［＃改ページ］", ""),
            ("※［＃「口＋喬」、第3水準1-15-26］", "嚙"), ("〔e'te'〕", "été"), ("〔字〕", "〔字〕"),
            ("［＃傍点］", ""), ("［＃「字」は底本では「［字］」］", ""), ("≪", "≪"),
            ("［字］", "［字］"),
        ]
    ),
)  # fmt: skip


@given(st.lists(st.lists(PIECES, max_size=6), max_size=6))
def test_no_character_of_a_generated_text_is_lost(rows):
    written = "\n".join("文" + "".join(piece for piece, _ in row) + "。" for row in rows)
    expected = "".join("文" + "".join(text for _, text in row) + "。" for row in rows)
    found = lines("題\n著者\n\n" + LEGEND + "\n" + written + "\n" + COLOPHON, encoding="utf-8")
    assert "".join(line.text for line in found) == expected


@given(
    st.lists(
        st.sampled_from(
            list("｜《》※［］＃〔〕「」、あ漢a'\n-１ 　は中見出し終わりここから底本：")
        ),
        max_size=80,
    )
)
def test_any_text_gives_lines(pieces):
    text = "".join(pieces)
    for line in lines(text, encoding="utf-8"):
        assert line.text.strip()
        for one in line.ruby:
            assert 0 <= one.span[0] < one.span[1] <= len(line.text)


def test_a_book_is_read_in_time_in_proportion_to_its_length():
    row = (
        "　東京《とうきょう》の※［＃二の字点、1-2-22］［＃「東京」に傍点］、岬へ行った。帰った。\n"
    )
    assert_linear(lambda size: lines("題\n著者\n\n" + LEGEND + row * size), 300, 10)
