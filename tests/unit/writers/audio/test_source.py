"""What was written is read again, to the bit where the format allows it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from sbv2cli.errors import UsageError
from sbv2cli.writers.audio import source
from sbv2cli.writers.audio.encode import encode
from sbv2cli.writers.audio.formats import Encoding

RATE = 16000


@pytest.mark.parametrize("size", [1000, 1 << 16])
@pytest.mark.parametrize(
    ("name", "subtype"),
    [("wav", "pcm16"), ("wav", "pcm24"), ("wav", "float"), ("flac", "pcm16"), ("flac", "pcm24")],
)
def test_what_is_read_and_written_again_is_the_same(
    name: str, subtype: str, size: int, tmp_path: Path
) -> None:
    # Every step of 16 bits, and 24 bits near full scale, where float32 is coarsest.
    steps = np.arange(-32768, 32768) / 32767
    fine = 1 - np.arange(2000) / 8388607
    samples = np.concatenate([steps, fine, -fine]).astype(np.float32)
    encoding = Encoding(format=name, subtype=subtype)
    path = tmp_path / "a"
    path.write_bytes(encode(samples, RATE, encoding))
    blocks = list(source.read_blocks(path, size=size))
    assert max(map(len, blocks)) <= size
    assert all(block.dtype == np.float32 for block in blocks)
    assert encode(np.concatenate(blocks), RATE, encoding) == path.read_bytes()
    assert source.facts(path) == source.SourceFacts(rate=RATE, channels=1, samples=len(samples))


@pytest.mark.parametrize("name", ["ogg", "opus", "mp3"])
def test_lossy_formats_are_read(name: str, tmp_path: Path) -> None:
    tone = (0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype(np.float32)
    path = tmp_path / "a"
    path.write_bytes(encode(tone, RATE, Encoding(format=name)))
    heard = np.concatenate(list(source.read_blocks(path)))
    assert np.sqrt(np.mean(heard**2)) == pytest.approx(np.sqrt(0.125), rel=0.1)
    assert source.facts(path).seconds == pytest.approx(1, abs=0.1)


def test_two_channels_are_mixed(tmp_path: Path) -> None:
    both = np.array([[1000, 3000], [-500, 500]], np.int16)
    soundfile.write(tmp_path / "a.wav", both, RATE)
    (block,) = source.read_blocks(tmp_path / "a.wav")
    assert np.rint(block * 32767).tolist() == [2000, 0]
    assert source.facts(tmp_path / "a.wav").channels == 2


@pytest.mark.parametrize("name", ["a.wav", "a.m4b"])
def test_what_is_no_sound_is_refused_by_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with pytest.raises(UsageError) as refused:
        list(source.read_blocks(path))
    assert (refused.value.code, refused.value.at) == ("audio.missing", str(path))
    path.write_text("not a sound")
    for read in (source.facts, lambda path: list(source.read_blocks(path))):
        with pytest.raises(UsageError) as refused:
            read(path)
        assert (refused.value.code, refused.value.at) == ("audio.unreadable", str(path))
