"""Subtitles and labels, read back by parsers that are not ours."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pysubs2
import pytest
import srt
import textgrid
import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st
from praatio import textgrid as praatio

from sbv2cli.records import LineId, ManifestRow, Source
from sbv2cli.writers import labels, subtitles, timeline, timings
from sbv2cli.writers.timeline import Placed, TimedLine

RATE = 44100
LONG = (
    "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。"
    "何でも薄暗いじめじめした所でニャーニャー泣いていた事だけは記憶している。"
)


def line(text: str, *, at: float = 0.0, character: str | None = None) -> TimedLine:
    """A line whose every character is a word of two phones, 100 ms each, with silence around."""
    spans, words = [("_", 0.0, 0.1)], []
    for index, _ in enumerate(text):
        begin = round(0.1 + 0.2 * index, 6)
        spans += [("k", begin, round(begin + 0.1, 6)), ("a", round(begin + 0.1, 6), begin + 0.2)]
        words.append((index, index + 1, begin, round(begin + 0.2, 6)))
    end = round(0.2 + 0.2 * len(text), 6)
    spans.append(("_", round(end - 0.1, 6), end))
    moras = tuple(("カ", start, stop) for _, _, start, stop in words)
    found = TimedLine(
        id="a",
        text=text,
        character=character,
        start=0,
        end=end,
        phones=tuple((p, round(s, 6), round(e, 6)) for p, s, e in spans),
        moras=moras,
        words=tuple(words),
    )
    return timeline.moved(found, at)


TWO = [line("おはよう", character="太郎 A"), line('「a" & <b> --> c」', at=2.5)]
TOTAL = 8.0


def test_srt_is_read_by_two_parsers() -> None:
    data = subtitles.srt([*TWO, line(LONG, at=7)], 60).decode()
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
    path.write_bytes(subtitles.vtt([*TWO, line(LONG, at=7)], 60))
    captions = webvtt.read(str(path))
    assert [captions[0].text, captions[0].voice] == ["おはよう", "太郎 A"]
    assert (captions[0].start, captions[0].end) == ("00:00:00.000", "00:00:01.000")
    assert captions[1].text == '「a" &amp; &lt;b&gt; --&gt; c」'
    assert "".join(caption.text.replace("\n", "") for caption in captions[2:]) == LONG


def test_a_long_line_is_cut_where_a_reader_pauses() -> None:
    cues = list(srt.parse(subtitles.srt([line(LONG)], 60).decode()))
    assert len(cues) > 1
    position = 0
    for cue in cues:
        rows = cue.content.split("\n")
        assert len(rows) <= subtitles.ROWS
        assert all(len(row) <= subtitles.WIDTH for row in rows)
        assert not any(row[0] in "、。ーっッ」" for row in rows)
        # A cue begins with its first character's word.
        begin = 0 if position == 0 else round(0.1 + 0.2 * position, 3)
        assert cue.start.total_seconds() == pytest.approx(begin, abs=1e-3)
        position += sum(map(len, rows))
    assert cues[0].content.startswith("吾輩は猫である。名前はまだ無い。\n")


def test_english_is_broken_between_words() -> None:
    text = "It was the best of times, it was the worst of times, it was the age of wisdom."
    cues = list(srt.parse(subtitles.srt([line(text)], 60).decode()))
    assert " ".join(row for cue in cues for row in cue.content.split("\n")) == text


@given(st.text(alphabet="あ漢ー。、「」ab 1\n\t<>&-", max_size=120))
@settings(max_examples=80, deadline=None)
def test_no_text_breaks_a_subtitle(text: str) -> None:
    data = subtitles.srt([line(text), line("次", at=60)], 90).decode()
    cues = list(srt.parse(data))
    assert cues[-1].content == "次"
    kept = "".join(cue.content for cue in cues[:-1])
    assert "".join(kept.split()) == "".join(text.split())
    assert len(list(webvtt.from_string(subtitles.vtt([line(text)], 90).decode()))) == len(cues) - 1


def test_htk_labels_tile_the_sound() -> None:
    data = labels.lab(TWO, TOTAL).decode()
    rows = [row.split(" ") for row in data.removesuffix("\n").split("\n")]
    assert all(len(row) == 3 for row in rows)
    assert rows[0] == ["0", "1000000", "pau"]
    assert all(one[1] == two[0] for one, two in pairwise(rows))
    assert rows[-1][1:] == ["80000000", "pau"]
    assert not any(one[2] == two[2] == "pau" for one, two in pairwise(rows))
    # The silence between two lines is one pause.
    assert ["9000000", "26000000", "pau"] in rows


def test_htk_labels_have_the_names_of_voicevox() -> None:
    phones = ["_", "k", "I", "q", "N", "a", ",", "_"]
    spans = tuple((phone, index / 10, (index + 1) / 10) for index, phone in enumerate(phones))
    made = labels.lab([TimedLine(id="a", text="", start=0, end=0.8, phones=spans)], 0.8).decode()
    assert [row.split()[2] for row in made.splitlines()] == "pau k i cl N a pau".split()


def test_a_textgrid_is_read_by_two_parsers(tmp_path: Path) -> None:
    path = tmp_path / "a.TextGrid"
    path.write_bytes(labels.textgrid(TWO, TOTAL))
    grid = praatio.openTextgrid(str(path), includeEmptyIntervals=True)
    assert grid.tierNames == ("phones", "moras", "words", "text")
    assert grid.maxTimestamp == TOTAL
    text = grid.getTier("text").entries
    assert [(e.start, e.end, e.label) for e in text] == [
        (0, 1, "おはよう"),
        (1, 2.5, ""),
        (2.5, TWO[1].end, '「a" & <b> --> c」'),
        (TWO[1].end, 8, ""),
    ]
    other = textgrid.TextGrid.fromFile(str(path))
    for tier in other:
        assert tier[0].minTime == 0
        assert tier[-1].maxTime == TOTAL
        assert all(one.maxTime == two.minTime for one, two in pairwise(tier))
    assert [i.mark for i in other.getFirst("moras") if i.mark][:4] == ["カ"] * 4


@given(
    texts=st.lists(st.text(alphabet="あ漢", min_size=1, max_size=5), min_size=1, max_size=6),
    pauses=st.lists(st.floats(0, 1), min_size=7, max_size=7),
    rate=st.sampled_from([16000, 22050, 44100]),
)
@settings(max_examples=60, deadline=None)
def test_joined_lines_tile_to_the_end(texts: list[str], pauses: list[float], rate: int) -> None:
    rng = np.random.default_rng(len(texts))
    placed = [
        Placed(samples=int(rng.integers(rate, 3 * rate)), rate=rate, before=before, after=0.0)
        for _, before in zip(texts, pauses, strict=False)
    ]
    starts, total = timeline.starts(placed, rate)
    lines = []
    for text, start, place in zip(texts, starts, placed, strict=True):
        seconds = round(place.samples / rate, 6)
        step = place.samples // (len(text) + 1)
        edges = [round(n * step / rate, 6) for n in range(len(text) + 1)] + [seconds]
        spans = tuple(("a", *edge) for edge in pairwise(edges))
        one = TimedLine(id="a", text=text, start=0, end=seconds, phones=spans)
        lines.append(timeline.moved(one, start / rate))
    length = round(total / rate, 6)
    rows = [row.split() for row in labels.lab(lines, length).decode().splitlines()]
    assert rows[0][0] == "0"
    assert int(rows[-1][1]) == round(length * 10_000_000)
    assert all(one[1] == two[0] and int(one[0]) < int(one[1]) for one, two in pairwise(rows))
    assert labels.textgrid(lines, length).decode().count(f"xmax = {labels._number(length)}\n") >= 5


def test_audacity_has_a_row_a_line() -> None:
    rows = labels.audacity([line("a\tb\nc"), TWO[1]], TOTAL).decode().splitlines()
    assert rows[0].split("\t") == ["0.000000", "1.200000", "a b c"]
    assert len(rows) == 2


def test_a_manifest_row_and_its_sidecar_become_a_line() -> None:
    times = timings.Timings(
        rate=RATE,
        frame_samples=512,
        phones=(("_", 0, 512), ("a", 512, 1536)),
        moras=(timings.Mora(kana="ア", start=512, end=1536, high=True),),
        chars=((0, 1, 512, 1536),),
    )
    row = ManifestRow(
        id=LineId("a"),
        number=1,
        status="ok",
        text="亜",
        source=Source(path="a.txt", row=1),
        file="a.wav",
        seconds=round(1536 / RATE, 6),
        character="花",
    )
    found = timeline.timed(row, json.loads(timings.sidecar("a", times)))
    assert found.phones[-1] == ("a", round(512 / RATE, 6), found.end)
    assert (found.character, found.moras[0][0], found.words[0][:2]) == ("花", "ア", (0, 1))


def test_lines_are_placed_to_the_sample() -> None:
    placed = [
        Placed(samples=100, rate=44100, before=0.5, after=0.25),
        Placed(samples=3, rate=22050, before=0, after=0),
    ]
    assert timeline.starts(placed, 44100) == ([22050, 22050 + 100 + 11025], 22050 + 100 + 11025 + 6)
