"""M4B as PyAV reads it."""

from __future__ import annotations

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


def tone(seconds: float) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * RATE)) / RATE)).astype(
        np.float32
    )


def test_the_tables_stand_before_the_sound(tmp_path: Path) -> None:
    path = tmp_path / "a.m4b"
    with FileSink(path, RATE, M4B) as file:
        file.write(tone(1.25))
        file.close()
    data = path.read_bytes()
    assert data[4:12] == b"ftypM4B "
    assert data.index(b"moov") < data.index(b"mdat")


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
