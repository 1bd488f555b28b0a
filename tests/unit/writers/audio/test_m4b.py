"""M4B as PyAV reads it."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from sbv2cli.writers.audio import source
from sbv2cli.writers.audio.encode import encode
from sbv2cli.writers.audio.formats import Encoding
from sbv2cli.writers.audio.sink import FileSink

av = pytest.importorskip("av", reason='needs the extra "book"')

RATE = 44100
M4B = Encoding(format="m4b")
TITLES = ["第一章　走れ", 'a; b = c # d \\ "e"', "", "終"]


def tone(seconds: float) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * RATE)) / RATE)).astype(
        np.float32
    )


def test_chapters_lie_where_they_were_said(tmp_path: Path) -> None:
    path = tmp_path / "a.m4b"
    with FileSink(path, RATE, M4B) as file:
        for title in TITLES:
            file.chapter(title)
            file.write(tone(1.25))
        file.close()
    data = path.read_bytes()
    assert data[4:12] == b"ftypM4B "
    assert data.index(b"moov") < data.index(b"mdat")
    assert b"chpl" in data
    with av.open(str(path)) as read:
        chapters = read.chapters()
        assert [chapter["metadata"].get("title", "") for chapter in chapters] == TITLES
        starts = [float(chapter["start"] * chapter["time_base"]) for chapter in chapters]
        assert starts == pytest.approx([0, 1.25, 2.5, 3.75], abs=1024 / RATE)
        end = chapters[-1]["end"] * Fraction(chapters[-1]["time_base"])
        assert float(end) == pytest.approx(5, abs=1024 / RATE)


def test_the_sound_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "a.m4b"
    with FileSink(path, RATE, M4B) as file:
        file.write(tone(2))
        file.close()
    heard = np.concatenate(list(source.read_blocks(path)))
    assert len(heard) == 2 * RATE
    inner = slice(RATE // 4, 7 * RATE // 4)
    assert np.abs(heard[: 2 * RATE][inner] - tone(2)[inner]).max() < 0.02
    facts = source.facts(path)
    assert (facts.rate, facts.channels) == (RATE, 1)
    assert facts.seconds == pytest.approx(2, abs=0.03)


def test_four_hundred_chapters_without_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "a.m4b"
    with FileSink(path, RATE, M4B) as file:
        for number in range(400):
            file.chapter(f"第{number}章")
            file.write(tone(0.05))
        file.close()
    with av.open(str(path)) as read:
        chapters = read.chapters()
    assert len(chapters) == 400
    assert all(one["end"] == two["start"] for one, two in pairwise(chapters))


def test_into_a_pipe() -> None:
    data = encode(tone(1), RATE, M4B)
    assert data == encode(tone(1), RATE, M4B)
    assert data[4:12] == b"ftypM4B "


def test_silence_and_nothing(tmp_path: Path) -> None:
    for samples in (np.zeros(10, np.float32), np.zeros(RATE, np.float32)):
        with FileSink(tmp_path / "a.m4b", RATE, M4B) as file:
            file.write(samples)
            file.close()
        assert source.facts(tmp_path / "a.m4b").rate == RATE
