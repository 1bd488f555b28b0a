"""Labels, and lines on a time line; read back by parsers that are not ours."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import textgrid
from hypothesis import given, settings
from hypothesis import strategies as st
from praatio import textgrid as praatio
from timed_lines import OPTIONS, TOTAL, TWO, line, spoken, track

from sbv2cli.records import LineId, ManifestRow, Ruby, Source
from sbv2cli.writers import labels, timeline, timings
from sbv2cli.writers.timeline import Placed, TimedLine

RATE = 44100


def test_htk_labels_tile_the_sound() -> None:
    data = labels.lab(track(TWO, TOTAL), OPTIONS).decode()
    rows = [row.split(" ") for row in data.removesuffix("\n").split("\n")]
    assert all(len(row) == 3 for row in rows)
    assert rows[0] == ["0", "1000000", "pau"]
    assert all(one[1] == two[0] for one, two in pairwise(rows))
    assert rows[-1][1:] == ["80000000", "pau"]
    assert not any(one[2] == two[2] == "pau" for one, two in pairwise(rows))
    # The silence between two lines is one pause.
    assert ["9000000", "26000000", "pau"] in rows


def test_htk_labels_have_the_names_of_voicevox() -> None:
    made = labels.lab(spoken("_ k I q N a , _"), OPTIONS).decode()
    assert [row.split()[2] for row in made.splitlines()] == "pau k i cl N a pau".split()


def test_moras_have_labels_of_their_own() -> None:
    rows = [
        row.split(" ") for row in labels.lab_moras(track(TWO, TOTAL), OPTIONS).decode().splitlines()
    ]
    assert rows[:2] == [["0", "1000000", "pau"], ["1000000", "3000000", "カ"]]
    assert all(one[1] == two[0] for one, two in pairwise(rows))
    assert rows[-1][1:] == ["80000000", "pau"]


def test_a_textgrid_is_read_by_two_parsers(tmp_path: Path) -> None:
    path = tmp_path / "a.TextGrid"
    path.write_bytes(labels.textgrid(track(TWO, TOTAL), OPTIONS))
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
    rows = [row.split() for row in labels.lab(track(lines, length), OPTIONS).decode().splitlines()]
    assert rows[0][0] == "0"
    assert int(rows[-1][1]) == round(length * 10_000_000)
    assert all(one[1] == two[0] and int(one[0]) < int(one[1]) for one, two in pairwise(rows))
    assert (
        labels.textgrid(track(lines, length), OPTIONS)
        .decode()
        .count(f"xmax = {labels._number(length)}\n")
        >= 5
    )


def test_audacity_has_a_row_a_line() -> None:
    rows = labels.audacity(track([line("a\tb\nc"), TWO[1]], TOTAL), OPTIONS).decode().splitlines()
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
        ruby=[{"start": 0, "end": 1, "reading": "あ"}, {"start": 0, "end": 9, "reading": "x"}, 7],
        meta={"marks": '[{"name": "m", "at": 1}]'},
    )
    found = timeline.timed(row, json.loads(timings.sidecar("a", times)))
    assert found.phones[-1] == ("a", round(512 / RATE, 6), found.end)
    assert found.ruby == (Ruby(span=(0, 1), reading="あ"),)
    assert found.marks == (("m", 1),)
    assert timeline.timed(row, {"phones": [["a", "x", 1]]}).phones == ()
    assert timeline.timed(row, {"chars": [[0, 9, 0, 1], [0, 1, 0, 1]]}).words == ((0, 1, 0, 1),)
    assert (found.character, found.moras[0][0], found.words[0][:2]) == ("花", "ア", (0, 1))


def test_lines_are_placed_to_the_sample() -> None:
    placed = [
        Placed(samples=100, rate=44100, before=0.5, after=0.25),
        Placed(samples=3, rate=22050, before=0, after=0),
    ]
    assert timeline.starts(placed, 44100) == ([22050, 22050 + 100 + 11025], 22050 + 100 + 11025 + 6)
