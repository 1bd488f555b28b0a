"""Sinks take blocks of any length and leave whole files; others' readers open what they wrote."""

from __future__ import annotations

import errno
import io
import os
import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from sbv2cli.errors import MachineError
from sbv2cli.writers.audio import encode, sink, wav
from sbv2cli.writers.audio.formats import FORMATS, Encoding
from sbv2cli.writers.audio.tags import NONE

RATE = 16000
NOISE = np.random.default_rng(3).normal(0, 0.2, RATE).astype(np.float32)

ENCODINGS = [
    Encoding(format=name, subtype=subtype, rate=rate)
    for name, row in FORMATS.items()
    for subtype in row.subtypes or ("pcm16",)
    for rate in (None, 24000)
]


def cut(samples: np.ndarray, places: list[int]) -> list[np.ndarray]:
    return np.split(samples, sorted(places))


@pytest.mark.parametrize("encoding", ENCODINGS, ids=lambda e: f"{e.label}-{e.rate}")
def test_any_split_gives_the_bytes_of_the_whole(encoding: Encoding, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    with sink.FileSink(whole, RATE, encoding) as file:
        file.write(NOISE)
        facts = file.close()
    assert facts.bytes == whole.stat().st_size
    assert facts.samples == len(NOISE) * facts.rate // RATE
    assert encode.encode(NOISE, RATE, encoding) == whole.read_bytes()
    for places in ([], [1], [7, 7, 9000], list(range(0, RATE, 333))):
        path = tmp_path / "cut"
        with sink.FileSink(path, RATE, encoding) as file:
            for block in cut(NOISE, places):
                file.write(block)
            assert file.close() == facts
        assert path.read_bytes() == whole.read_bytes()


@given(places=st.lists(st.integers(0, 3000), max_size=5))
@settings(max_examples=40, deadline=None)
@pytest.mark.parametrize("name", ["wav", "flac", "s16le"])
def test_any_split_gives_the_same_bytes(name: str, places: list[int]) -> None:
    encoding = Encoding(format=name, rate=22050)
    file = io.BytesIO()
    sound = encode.EncodedSound(file, RATE, encoding)
    for block in cut(NOISE[:3000], places):
        sound.write(block)
    sound.close()
    assert file.getvalue() == encode.encode(NOISE[:3000], RATE, encoding)


@pytest.mark.parametrize("subtype", ["pcm16", "pcm24", "float"])
@pytest.mark.parametrize("count", [0, 1, 3, 1001])
def test_a_wav_that_is_too_long_for_riff_is_rf64(subtype: str, count: int) -> None:
    file = io.BytesIO()
    encoder = wav.WavEncoder(file, RATE, Encoding(subtype=subtype), largest=1000)
    encoder.write(NOISE[:count])
    encoder.close(NONE)
    data = file.getvalue()
    plain = wav.wav_bytes(NOISE[:count], RATE, wav.subtype_of(Encoding(subtype=subtype)))
    if count < 1000:
        assert data == plain
        return
    assert data[:8] == b"RF64\xff\xff\xff\xff"
    assert data[12:20] == b"ds64" + struct.pack("<I", 28)
    riff, size, samples = struct.unpack_from("<QQQ", data, 20)
    assert (riff, samples) == (len(data) - 8, count)
    assert size == count * wav.BYTES[subtype]
    with soundfile.SoundFile(io.BytesIO(data)) as read, soundfile.SoundFile(io.BytesIO(plain)) as p:
        assert (read.format, read.frames) == ("RF64", count)
        assert np.array_equal(read.read(dtype="int32"), p.read(dtype="int32"))


def test_leaving_without_close_leaves_what_was_there(tmp_path: Path) -> None:
    for name in FORMATS:
        path = tmp_path / f"a.{name}"
        path.write_bytes(b"old")
        with sink.FileSink(path, RATE, Encoding(format=name)) as file:
            file.write(NOISE)
        assert path.read_bytes() == b"old"
        path.unlink()
        assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is full is Linux's")
@pytest.mark.parametrize("name", ["wav", "flac", "ogg", "opus", "mp3"])
def test_a_full_disk_is_told_by_every_encoder(name: str) -> None:
    def write(full: BinaryIO) -> None:
        sound = encode.EncodedSound(full, RATE, Encoding(format=name))
        try:
            sound.write(NOISE)
            sound.close()
        finally:
            sound.discard()

    with (
        Path("/dev/full").open("r+b", buffering=0) as full,
        pytest.raises(OSError, match="No space left") as refused,
    ):
        write(full)
    assert refused.value.errno == errno.ENOSPC


def test_what_the_disk_refuses_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)
    with sink.FileSink(tmp_path / "a.flac", RATE, Encoding(format="flac")) as file:
        file.write(NOISE)
        with pytest.raises(MachineError) as refused:
            file.close()
    assert (refused.value.code, refused.value.at) == ("disk.full", str(tmp_path / "a.flac"))
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_gets_the_whole_file_at_once() -> None:
    pipe = io.BytesIO()
    with sink.PipeSink(pipe, RATE, Encoding(format="flac")) as file:
        file.write(NOISE[:100])
        file.write(NOISE[100:])
        assert pipe.getvalue() == b""
        facts = file.close()
    assert pipe.getvalue() == encode.encode(NOISE, RATE, Encoding(format="flac"))
    assert (facts.bytes, facts.samples, facts.sha256) == (len(pipe.getvalue()), len(NOISE), None)


@pytest.mark.parametrize("name", [name for name, row in FORMATS.items() if row.streams])
@pytest.mark.parametrize("rate", [None, 44100])
def test_a_stream_is_the_file_but_for_its_header(name: str, rate: int | None) -> None:
    encoding = Encoding(format=name, subtype=FORMATS[name].subtypes[0], rate=rate)
    pipe = io.BytesIO()
    with sink.StreamSink(pipe, RATE, encoding) as stream:
        for block in cut(NOISE, [5, 500, 501]):
            stream.write(block)
        facts = stream.close()
    whole = encode.encode(NOISE, RATE, encoding)
    head = 44 if name == "wav" else 0
    assert pipe.getvalue()[head:] == whole[head:]
    assert facts.bytes == len(whole)


def test_a_stream_into_a_file_grows_under_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.raw"
    with sink.StreamFileSink(path, RATE, Encoding(format="s16le")) as stream:
        stream.write(NOISE[:10])
        assert path.stat().st_size == 20
        stream.write(NOISE[10:])
        stream.close()
    assert path.read_bytes() == encode.encode(NOISE, RATE, Encoding(format="s16le"))


@pytest.mark.slow
def test_a_long_line_of_vorbis_does_not_end_the_process() -> None:
    # libvorbis keeps the first block on the stack; 2.2 million samples at once were too many.
    noise = np.random.default_rng(1).normal(0, 0.1, 2_200_000).astype(np.float32)
    data = encode.encode(noise, 44100, Encoding(format="ogg"))
    assert soundfile.info(io.BytesIO(data)).frames == len(noise)


@pytest.mark.parametrize("name", ["flac", "ogg", "opus", "mp3"])
def test_an_interruption_inside_a_library_is_not_lost(name: str) -> None:
    class Interrupted(io.BytesIO):
        def write(self, data: object) -> int:
            raise KeyboardInterrupt

    sound = encode.EncodedSound(Interrupted(), RATE, Encoding(format=name))
    with pytest.raises(KeyboardInterrupt):
        _written_whole(sound)
    sound.discard()


def _written_whole(sound: encode.EncodedSound) -> None:
    sound.write(NOISE)
    sound.close()
