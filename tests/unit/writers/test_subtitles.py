"""Subtitles, read back by parsers that are not ours."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pylrc
import pysubs2
import pytest
import srt
import webvtt
from growth import assert_linear
from hypothesis import given, settings
from hypothesis import strategies as st
from timed_lines import LONG, OPTIONS, TWO, line, track

from sbv2cli.records import Ruby
from sbv2cli.writers import subtitles
from sbv2cli.writers.cues import units


def test_srt_is_read_by_two_parsers() -> None:
    data = subtitles.srt(track([*TWO, line(LONG, at=7)], 60), OPTIONS).decode()
    cues = list(srt.parse(data))
    assert [cue.index for cue in cues] == list(range(1, len(cues) + 1))
    assert cues[0].content == "おはよう"
    assert (cues[0].start.total_seconds(), cues[0].end.total_seconds()) == (0, 1.0)
    assert cues[1].content == '「a" & <b> --> c」'
    assert "".join(cue.content.replace("\n", "") for cue in cues[2:]) == LONG
    events = pysubs2.SSAFile.from_string(data, "srt")
    assert [(e.start, e.end) for e in events] == [
        (round(c.start.total_seconds() * 1000), round(c.end.total_seconds() * 1000)) for c in cues
    ]
    assert all(one.end <= two.start for one, two in pairwise(events))
    assert data.count("\r\n") == data.count("\n")


def test_vtt_tells_who_speaks(tmp_path: Path) -> None:
    path = tmp_path / "a.vtt"
    path.write_bytes(subtitles.vtt(track([*TWO, line(LONG, at=7)], 60), OPTIONS))
    captions = webvtt.read(str(path))
    assert [captions[0].text, captions[0].voice] == ["おはよう", "太郎 A"]
    assert (captions[0].start, captions[0].end) == ("00:00:00.000", "00:00:01.000")
    assert captions[1].text == '「a" &amp; &lt;b&gt; --&gt; c」'
    assert "".join(caption.text.replace("\n", "") for caption in captions[2:]) == LONG


def test_a_long_line_is_cut_where_a_reader_pauses() -> None:
    cues = list(srt.parse(subtitles.srt(track([line(LONG)], 60), OPTIONS).decode()))
    assert len(cues) > 1
    position = 0
    for cue in cues:
        rows = cue.content.split("\n")
        assert len(rows) <= OPTIONS.rows
        assert all(len(row) <= OPTIONS.width for row in rows)
        assert not any(row[0] in "、。ーっッ」" for row in rows)
        # A cue begins with its first character's word.
        begin = 0 if position == 0 else round(0.1 + 0.2 * position, 3)
        assert cue.start.total_seconds() == pytest.approx(begin, abs=1e-3)
        position += sum(map(len, rows))
    assert cues[0].content.startswith("吾輩は猫である。名前はまだ無い。\n")


def test_english_is_broken_between_words() -> None:
    text = "It was the best of times, it was the worst of times, it was the age of wisdom."
    cues = list(srt.parse(subtitles.srt(track([line(text)], 60), OPTIONS).decode()))
    assert " ".join(row for cue in cues for row in cue.content.split("\n")) == text


@given(st.text(alphabet="あ漢ー。、「」ab 1\n\t<>&-", max_size=120))
@settings(max_examples=80, deadline=None)
def test_no_text_breaks_a_subtitle(text: str) -> None:
    data = subtitles.srt(track([line(text), line("次", at=60)], 90), OPTIONS).decode()
    cues = list(srt.parse(data))
    assert cues[-1].content == "次"
    kept = "".join(cue.content for cue in cues[:-1])
    assert "".join(kept.split()) == "".join(text.split())
    assert (
        len(list(webvtt.from_string(subtitles.vtt(track([line(text)], 90), OPTIONS).decode())))
        == len(cues) - 1
    )


@pytest.mark.parametrize(
    ("text", "cue", "expected"),
    [
        (
            "「今夜は風が強い。絶やすなよ。」と言った。",
            "sentence",
            ["「今夜は風が強い。", "絶やすなよ。」と言った。"],
        ),
        (
            "来た！？　ふたりは、駆け上がった……。",
            "sentence",
            ["来た！？　", "ふたりは、駆け上がった……。"],
        ),
        (
            "来た！？　ふたりは、駆け上がった。",
            "phrase",
            ["来た！？　", "ふたりは、", "駆け上がった。"],
        ),
        ("It costs 3.5 dollars. Really.", "sentence", ["It costs 3.5 dollars. ", "Really."]),
        ("――そう、か。", "phrase", ["――そう、", "か。"]),
        ("だが……三十分、か。", "sentence", ["だが……三十分、か。"]),
        ("だが……三十分。", "phrase", ["だが……", "三十分。"]),
        ("……。", "sentence", ["……。"]),
        ("一。二。", "line", ["一。二。"]),
    ],
)
def test_a_text_is_cut_into_sentences_and_phrases(text, cue, expected) -> None:
    assert [text[first:last] for first, last in units(text, replace(OPTIONS, cue=cue))] == expected


@given(
    st.text(alphabet="あ漢ー。、「」…？ab.5 \n―", max_size=60),
    st.sampled_from(["sentence", "phrase"]),
)
@settings(max_examples=80, deadline=None)
def test_units_are_the_text(text, cue) -> None:
    assert (
        "".join(text[first:last] for first, last in units(text, replace(OPTIONS, cue=cue))) == text
    )


@pytest.mark.parametrize("cue", ["sentence", "phrase"])
def test_cues_of_sentences_and_phrases_tile_their_line(cue) -> None:
    made = subtitles.srt(track([line(LONG)], 60), replace(OPTIONS, cue=cue, longest=60)).decode()
    found = list(srt.parse(made))
    assert "".join(one.content.replace("\n", "") for one in found) == LONG
    assert all(one.end == two.start for one, two in pairwise(found))
    assert (found[0].start.total_seconds(), found[-1].end.total_seconds()) == (0, line(LONG).end)
    assert [one.content[-1] for one in found] == ["。"] * 4


def test_a_cue_that_stays_too_long_is_parted() -> None:
    long = line("あ" * 38)  # 7.6 s and its silence
    assert len(list(srt.parse(subtitles.srt(track([long], 9), OPTIONS).decode()))) == 2
    patient = replace(OPTIONS, longest=10)
    assert len(list(srt.parse(subtitles.srt(track([long], 9), patient).decode()))) == 1


@pytest.mark.parametrize(
    "rows",
    [
        ["孫の美咲は、", "二〇二六年の古い暦を閉じて、うなずいた。"],
        ["あと一回だけ、通しで弾いて。", "それから、すぐ帰るつもりだよ。"],
        ["え、そんなことはどこのだれにも", "分からないと思うのです。"],
        ["だけで、後世の貉の如く", "変化自在を極めた訳ではない。"],
    ],
)
def test_two_rows_are_parted_where_they_are_even(rows) -> None:
    made = subtitles.srt(track([line("".join(rows))], 9), OPTIONS).decode()
    assert next(iter(srt.parse(made))).content.split("\n") == rows


def test_rows_do_not_end_with_an_opening_bracket_nor_part_a_word_from_its_ruby() -> None:
    text = "あ" * 18 + "「" + "い" * 3
    made = subtitles.srt(track([line(text)], 9), replace(OPTIONS, width=19)).decode()
    assert next(iter(srt.parse(made))).content == "あ" * 18 + "\n「いいい"
    ruby = (Ruby(span=(8, 12), reading="とうきょう"),)
    text = "あ" * 8 + "東京大学" + "い" * 4
    made = subtitles.srt(track([line(text, ruby=ruby)], 9), replace(OPTIONS, width=10)).decode()
    assert next(iter(srt.parse(made))).content == "あ" * 8 + "\n東京大学" + "い" * 4


def test_vtt_has_ruby(tmp_path: Path) -> None:
    ruby = (Ruby(span=(0, 2), reading="とうきょう'"), Ruby(span=(3, 4), reading="<い>"))
    made = subtitles.vtt(track([line("東京へ行く", ruby=ruby)], 2), OPTIONS).decode()
    assert "<ruby>東京<rt>とうきょう</rt></ruby>へ<ruby>行<rt>&lt;い&gt;</rt></ruby>く\n" in made
    path = tmp_path / "a.vtt"
    path.write_text(made, "utf-8")
    assert webvtt.read(str(path))[0].text == "東京とうきょうへ行&lt;い&gt;く"
    plain = subtitles.vtt(track([line("東京へ行く", ruby=ruby)], 2), replace(OPTIONS, ruby=False))
    assert "ruby" not in plain.decode()


def test_ass_is_read_back() -> None:
    lines = [*TWO, line("{a}\\N b, c\nd", at=5, character="太郎,次郎")]
    data = subtitles.ass(track(lines, 60), OPTIONS)
    assert data.startswith(b"\xef\xbb\xbf")
    events = pysubs2.SSAFile.from_string(data.decode("utf-8-sig"), "ass")
    assert [event.plaintext for event in events] == [
        "おはよう",
        '「a" & <b> --> c」',
        "｛a｝＼N b, c d",
    ]
    assert [event.name for event in events] == ["太郎 A", "", "太郎，次郎"]
    assert [(e.start, e.end) for e in events[:2]] == [(0, 1000), (2500, round(TWO[1].end * 1000))]


def test_karaoke_takes_as_long_as_its_cue() -> None:
    data = subtitles.ass_karaoke(track([*TWO, line(LONG, at=7)], 60), OPTIONS).decode("utf-8-sig")
    events = pysubs2.SSAFile.from_string(data, "ass")
    assert "".join(event.plaintext.replace("\n", "") for event in events[2:]) == LONG
    for event in events:
        filled = sum(map(int, re.findall(r"\\k(\d+)", event.text)))
        assert filled * 10 == event.end - event.start
    assert events[0].text.startswith(r"{\k30}お{\k20}は")


def test_lrc_is_read_back() -> None:
    rows = pylrc.parse(subtitles.lrc(track([*TWO, line("次", at=65.5)], 70), OPTIONS).decode())
    assert [(row.time, row.text) for row in rows] == [
        (0.0, "おはよう"),
        (1.0, ""),
        (2.5, '「a" & <b> --> c」'),
        (round(TWO[1].end, 2), ""),
        (65.5, "次"),
        (round(65.5 + 0.4, 2), ""),
    ]


def test_long_lines_take_time_by_their_length() -> None:
    def made(size: int) -> None:
        subtitles.srt(track([line("あい漢字、うえ。" * (size // 8))], size), OPTIONS)

    assert_linear(made, 1500, 10)
