"""Files are whole or not there, hold what was given, and come out the same each time."""

from __future__ import annotations

import io
import struct
import time

import numpy as np
import pytest
import soundfile

from sbv2cli.errors import UsageError
from sbv2cli.writers.audio import ogg, wav
from sbv2cli.writers.audio.encode import encode
from sbv2cli.writers.audio.formats import Encoding, check

RATE = 44100
TONE = (0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE // 2) / RATE)).astype(np.float32)

ENCODINGS = [
    (Encoding(format="wav", subtype="pcm16"), "WAV", "PCM_16", 1e-4),
    (Encoding(format="wav", subtype="pcm24"), "WAV", "PCM_24", 1e-6),
    (Encoding(format="wav", subtype="float"), "WAV", "FLOAT", 0),
    (Encoding(format="flac", subtype="pcm16"), "FLAC", "PCM_16", 1e-4),
    (Encoding(format="flac", subtype="pcm24"), "FLAC", "PCM_24", 1e-6),
    (Encoding(format="ogg"), "OGG", "VORBIS", 0.05),
    (Encoding(format="opus"), "OGG", "OPUS", None),
    (Encoding(format="mp3"), "MP3", "MPEG_LAYER_III", None),
    (Encoding(format="wav", rate=24000), "WAV", "PCM_16", None),
]


@pytest.mark.parametrize(("encoding", "container", "codec", "tolerance"), ENCODINGS)
def test_every_format_holds_the_sound(
    encoding: Encoding, container: str, codec: str, tolerance: float | None
) -> None:
    check(encoding)
    data = encode(TONE, RATE, encoding)
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        assert (file.format, file.subtype, file.channels) == (container, codec, 1)
        assert file.samplerate == encoding.rate_for(RATE)
        heard = file.read(dtype="float32")
    assert len(heard) / file.samplerate == pytest.approx(0.5, abs=0.06)
    assert np.sqrt(np.mean(heard**2)) == pytest.approx(np.sqrt(np.mean(TONE**2)), rel=0.1)
    if tolerance is not None:
        assert np.abs(heard[: len(TONE)] - TONE[: len(heard)]).max() <= tolerance


@pytest.mark.parametrize("format_name", ["wav", "flac", "ogg", "opus", "mp3"])
def test_the_same_sound_is_the_same_file(format_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    encoding = Encoding(format=format_name)
    first = encode(TONE, RATE, encoding)
    if format_name in {"ogg", "opus"}:  # libsndfile takes its stream number from the clock
        time.sleep(1.1)
    assert encode(TONE, RATE, encoding) == first


def test_flac_and_wav_hold_equal_samples() -> None:
    read = []
    for name in ("wav", "flac"):
        data = encode(TONE, RATE, Encoding(format=name))
        read.append(soundfile.read(io.BytesIO(data), dtype="int16")[0])
    assert np.array_equal(*read)


def test_what_exceeds_full_scale_is_clipped_not_wrapped() -> None:
    loud = np.array([2.0, -2.0] * 100, np.float32)
    data = encode(loud, RATE, Encoding())
    heard, _ = soundfile.read(io.BytesIO(data), dtype="int16")
    assert heard[:2].tolist() == [32767, -32768]


def test_raw_samples_have_no_header() -> None:
    sound = np.array([0, 0.5], np.float32)
    assert encode(sound, RATE, Encoding(format="s16le")) == struct.pack("<hh", 0, 16384)
    data = encode(sound, RATE, Encoding(format="f32le", subtype="float"))
    assert data == struct.pack("<ff", 0, 0.5)


def test_an_odd_number_of_bytes_is_padded() -> None:
    data = wav.wav_bytes(np.zeros(3, np.float32), RATE, "pcm24")
    assert len(data) == 44 + 10
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8
    assert struct.unpack_from("<I", data, 40)[0] == 9


def test_a_stream_says_that_its_length_is_unknown() -> None:
    header = wav.wav_header(RATE, "pcm16", None)
    assert header[4:8] == header[-4:] == b"\xff\xff\xff\xff"
    assert len(header) == 44


@pytest.mark.parametrize(
    ("encoding", "code"),
    [
        (Encoding(format="aiff"), "format.unknown"),
        (Encoding(format="flac", subtype="float"), "format.subtype"),
        (Encoding(format="opus", rate=44100), "format.rate"),
        (Encoding(rate=1), "format.rate"),
    ],
)
def test_what_no_file_can_be_is_refused(encoding: Encoding, code: str) -> None:
    with pytest.raises(UsageError) as refused:
        check(encoding)
    assert refused.value.code == code


def test_opus_takes_the_next_rate_it_knows() -> None:
    assert Encoding(format="opus").rate_for(44100) == 48000
    assert Encoding(format="opus").rate_for(22050) == 24000
    assert Encoding(format="mp3").rate_for(44100) == 44100


def test_ogg_checksum_equals_the_one_libsndfile_wrote() -> None:
    data = io.BytesIO()
    soundfile.write(data, TONE, RATE, format="OGG", subtype="VORBIS")
    raw = data.getvalue()
    segments = raw[26]
    end = 27 + segments + sum(raw[27 : 27 + segments])
    written = int.from_bytes(raw[22:26], "little")
    assert ogg.crc(raw[:22] + bytes(4) + raw[26:end]) == written
