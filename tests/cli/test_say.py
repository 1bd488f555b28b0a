"""`sbv2 say`: the sound and nothing else on stdout, or a file."""

from __future__ import annotations

import gc
import io
import json
import struct
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from stage import Sbv2, script

from sbv2cli.engine.engine import Engine
from sbv2cli.engine.measured import Measured
from sbv2cli.records import Utterance

Spawn = Callable[..., "subprocess.Popen[bytes]"]


def test_a_wav_in_a_pipe(sbv2: Sbv2) -> None:
    result = sbv2("say", "-m", "hana", "おはよう")
    assert result.status == 0
    assert result.talk == ""
    samples, rate = soundfile.read(io.BytesIO(result.data))
    assert rate == 16000
    assert len(samples)


def test_stdout_is_the_same_at_every_verbosity(sbv2: Sbv2) -> None:
    ways = [
        (),
        ("-q",),
        ("-v",),
        ("-vv",),
        ("-o", "-"),
        ("--progress", "json"),
        ("--color", "always"),
    ]
    sounds = {sbv2("say", "-m", "hana", "おはよう", *way).data for way in ways}
    assert len(sounds) == 1


def test_stdin_is_the_text(sbv2: Sbv2) -> None:
    said = sbv2("say", "-m", "hana", "おはよう").data
    assert sbv2("say", "-m", "hana", stdin="おはよう\n".encode()).data == said
    assert sbv2("say", "-m", "hana", stdin="\ufeffおはよう".encode()).data == said


def test_a_dash_is_stdin(sbv2: Sbv2) -> None:
    said = sbv2("say", "-m", "hana", "おはよう").data
    assert sbv2("say", "-m", "hana", "-", stdin="おはよう\n".encode()).data == said


def test_a_text_that_is_the_name_of_a_file_is_told(sbv2: Sbv2) -> None:
    Path("story.txt").write_text("やあ。", encoding="utf-8")
    result = sbv2("say", "-m", "hana", "story.txt")
    assert result.status == 0
    assert 'warning: "story.txt" is a file, and its name is spoken' in result.talk
    assert "sbv2 say -i story.txt" in result.talk
    assert result.data == sbv2("say", "-m", "hana", "-q", "story.txt").data
    assert sbv2("say", "-m", "hana", "story").talk == ""


def test_searches_for_garbage_leave_out_what_was_loaded(
    sbv2: Sbv2, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched = []
    collects = []

    def watched(engine: Engine, lines: Iterable[Utterance]) -> Iterator[Measured]:
        searched.append(any(thing is engine for thing in gc.get_objects()))
        collects.append(gc.isenabled())
        yield from measure(engine, lines)

    measure = Engine.measure
    monkeypatch.setattr(Engine, "measure", watched)
    texts = "おはよう\nこんにちは\n"
    assert sbv2("say", "-m", "hana", "--stream", stdin=texts.encode()).status == 0
    assert searched == [False, False]
    assert collects == [True, True]


def test_words_are_one_text(sbv2: Sbv2) -> None:
    one = sbv2("say", "-m", "poly", "--lang", "en", "good", "morning").data
    assert one == sbv2("say", "-m", "poly", "--lang", "en", "good morning").data


def test_say_and_render_make_the_same_sound(sbv2: Sbv2) -> None:
    script("a.txt", "おはよう\n")
    sbv2("render", "a.txt", "-m", "hana")
    assert sbv2("say", "-m", "hana", "おはよう").data == Path("out/0001.wav").read_bytes()


@pytest.mark.parametrize(
    ("name", "container"),
    [("a.wav", "WAV"), ("a.flac", "FLAC"), ("a.ogg", "OGG"), ("a.opus", "OGG"), ("a.mp3", "MP3")],
)
def test_a_file_by_its_ending(sbv2: Sbv2, name: str, container: str) -> None:
    result = sbv2("say", "-m", "hana", "-o", name, "おはよう")
    assert (result.status, result.data) == (0, b"")
    assert result.talk.startswith(f"{name}, ")
    with soundfile.SoundFile(name) as audio:
        assert audio.format == container


def test_an_m4b_by_its_ending(sbv2: Sbv2) -> None:
    pytest.importorskip("av", reason='needs the extra "book"')
    for name in ("a.m4b", "a.m4a"):
        assert sbv2("say", "-m", "hana", "-o", name, "おはよう").status == 0
        assert Path(name).read_bytes()[4:12] == b"ftypM4B "


def test_raw_samples(sbv2: Sbv2) -> None:
    wav = sbv2("say", "-m", "hana", "おはよう").data
    assert sbv2("say", "-m", "hana", "-f", "s16le", "おはよう").data == wav[44:]
    floats = np.frombuffer(sbv2("say", "-m", "hana", "-f", "f32le", "おはよう").data, "<f4")
    assert np.abs(np.rint(floats * 32767) - np.frombuffer(wav[44:], "<i2")).max() <= 1


def test_another_rate(sbv2: Sbv2) -> None:
    data = sbv2("say", "-m", "hana", "--rate", "24000", "おはよう").data
    assert soundfile.read(io.BytesIO(data))[1] == 24000


def test_a_stream_has_a_header_of_unknown_length_and_each_sentence(sbv2: Sbv2) -> None:
    data = sbv2("say", "-m", "hana", "--stream", "おはよう。こんにちは。").data
    assert struct.unpack_from("<I", data, 4)[0] == 0xFFFFFFFF
    assert struct.unpack_from("<I", data, 40)[0] == 0xFFFFFFFF
    parts = [
        sbv2("say", "-m", "hana", "-f", "s16le", text).data
        for text in ("おはよう。", "こんにちは。")
    ]
    assert data[44:] == bytes(round(0.4 * 16000) * 2).join(parts)


def test_a_stream_speaks_before_its_input_ends(spawn: Spawn) -> None:
    process = spawn("say", "-m", "hana", "--stream", "-f", "s16le", stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("おはよう。\n".encode())
    process.stdin.flush()
    assert len(process.stdout.read(100)) == 100
    out, talk = process.communicate("こんにちは。\n".encode(), timeout=60)
    assert process.returncode == 0
    assert out
    assert talk == b""


def test_lines_of_their_own_have_a_pause_between(sbv2: Sbv2) -> None:
    text = "おはよう\nこんにちは\n".encode()
    options = ("-f", "f32le", "--pause", "sentence=250ms")
    whole = np.frombuffer(sbv2("say", "-m", "hana", *options, stdin=text).data, "<f4")
    one, two = (
        np.frombuffer(sbv2("say", "-m", "hana", "-f", "f32le", word).data, "<f4")
        for word in ("おはよう", "こんにちは")
    )
    assert np.array_equal(whole, np.concatenate([one, np.zeros(4000, np.float32), two]))


PROSE = """# 第一章

おはよう。今日は晴れ。
行こう。

「……」
さて、と彼は言った。そして……。

## 夜

こんばんは。


# 第二章
終わり。
"""


@pytest.mark.parametrize(
    ("said", "rendered"),
    [
        ((), ()),
        (("--split", "sentence"), ("--split", "sentence")),
        (("--stream",), ("--split", "sentence")),
        (("--stream", "--split", "line"), ()),
        (("--pause", "paragraph=1s,scene=333ms"), ("--pause", "paragraph=1s,scene=333ms")),
    ],
)
def test_pauses_are_those_of_a_rendered_and_joined_script(
    said: tuple[str, ...], rendered: tuple[str, ...], sbv2: Sbv2
) -> None:
    script("a.txt", PROSE)
    assert sbv2("render", "a.txt", "-m", "hana", *rendered).status == 0
    assert sbv2("join", "out", "-o", "a.wav", "--tail-silence", "0").status == 0
    heard = sbv2("say", "-m", "hana", "-f", "s16le", *said, stdin=PROSE.encode()).data
    samples = soundfile.read("a.wav", dtype="int16")[0]
    assert len(heard) == 2 * len(samples)
    assert heard == samples.tobytes()


def test_timings_of_the_whole(sbv2: Sbv2) -> None:
    sbv2("say", "-m", "hana", "-o", "a.wav", "--timing", "t.json", "今日は。")
    times = json.loads(Path("t.json").read_text("utf-8"))
    assert times["chars"][0][:2] == [0, 2]
    seconds = soundfile.info("a.wav").duration
    assert times["phones"][-1][2] == pytest.approx(seconds, abs=0.001)


def test_delivery_is_heard(sbv2: Sbv2) -> None:
    plain = sbv2("say", "-m", "hana", "おはよう").data
    for way in (
        ("--speaker", "Taro"),
        ("--style", "Happy:2"),
        ("--speed", "1.5"),
        ("--volume", "-3dB"),
        ("--seed", "7"),
        ("--noise", "0"),
        ("-m", "hana/Taro"),
    ):
        assert sbv2("say", "-m", "hana", "おはよう", *way).data != plain, way


def test_json_with_a_file(sbv2: Sbv2) -> None:
    result = sbv2("say", "-m", "hana", "-o", "a.wav", "--json", "おはよう")
    assert result.json["file"] == "a.wav"
    assert result.json["duration"] > 0
    clash = sbv2("say", "-m", "hana", "--json", "おはよう")
    assert clash.status == 2


def test_a_file_that_cannot_be_written(sbv2: Sbv2) -> None:
    Path("dir").write_text("")
    assert sbv2("say", "-m", "hana", "-o", "dir/a.wav", "おはよう").status == 4


def test_a_text_that_cannot_be_read(sbv2: Sbv2) -> None:
    result = sbv2("say", "-m", "hana", stdin=b"\xff\xfe\xfa\xff")
    assert result.status == 2
    assert result.data == b""
