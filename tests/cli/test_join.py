"""`sbv2 join`, on lines of known sound; what it wrote is read by others."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import joined_folder
import numpy as np
import pytest
import soundfile
from joined_folder import Line, speech
from stage import Sbv2, rows, script

from sbv2cli.audio.resample import resample

av = pytest.importorskip("av", reason='needs the extra "book"')

Spawn = Callable[..., "subprocess.Popen[bytes]"]

RATE = 44100
BOOK = [
    Line(samples=speech(1.3, seed=1), chapter=1, title='一; = # \\ "', paragraph=1, after=0.8),
    Line(samples=speech(0.7, seed=2), chapter=1, title='一; = # \\ "', paragraph=2, after=2.0),
    Line(samples=speech(0.9, seed=3), chapter=2, title="二", paragraph=3, before=0.25),
    Line(
        samples=speech(1.1, seed=4), chapter=2, title="二", paragraph=4, character="太郎", after=2.0
    ),
]


def heard(path: str | Path) -> np.ndarray:
    samples, rate = soundfile.read(path, dtype="float32")
    assert rate == RATE
    return samples


def laid_out(lines: list[Line]) -> tuple[np.ndarray, list[int]]:
    """The lines with their silences, worked out anew, and where each begins."""
    parts, starts, position = [], [], 0
    for line in lines:
        silence = round((line.before or 0) * RATE)
        sound = resample(line.samples, line.rate, RATE)
        starts.append(position + silence)
        after = round(line.after * RATE)
        parts += [np.zeros(silence), sound, np.zeros(after)]
        position += silence + len(sound) + after
    return np.concatenate(parts).astype(np.float32), starts


def ebur128(path: Path) -> float:
    """Integrated loudness as FFmpeg measures it."""
    with av.open(str(path)) as file:
        stream = file.streams.audio[0]
        graph = av.filter.Graph()
        source = graph.add_abuffer(template=stream)
        meter = graph.add("ebur128", "metadata=1")
        sink = graph.add("abuffersink")
        source.link_to(meter)
        meter.link_to(sink)
        graph.configure()
        level = -70.0
        for frame in file.decode(stream):
            graph.push(frame)
            while True:
                try:
                    measured = graph.pull()
                except (av.error.BlockingIOError, av.error.EOFError):
                    break
                level = float(measured.metadata.get("lavfi.r128.I", level))
        return level


@pytest.fixture
def book(stage: Path) -> Path:
    return joined_folder.write(stage / "out", BOOK)


def test_every_line_stands_where_its_pauses_put_it(book: Path, sbv2: Sbv2) -> None:
    assert sbv2("join", book, "-o", "b.wav", "--subtype", "float").status == 0
    assert np.array_equal(heard("b.wav"), laid_out(BOOK)[0])


def test_rates_and_channels_are_brought_together(stage: Path, sbv2: Sbv2) -> None:
    stereo = np.stack([speech(0.5, seed=8), speech(0.5, seed=8)], axis=1)
    lines = [
        Line(samples=speech(0.333, rate=16000), rate=16000),
        Line(samples=speech(0.4001)),
        Line(samples=speech(0.2, rate=24000), rate=24000, before=0.1),
    ]
    joined_folder.write(stage / "out", [*lines, Line(samples=stereo)])
    assert sbv2("join", "out", "-o", "b.wav", "--subtype", "float").status == 0
    expected, starts = laid_out([*lines, Line(samples=stereo[:, 0])])
    assert np.array_equal(heard("b.wav"), expected)
    assert len(starts) == 4


@pytest.mark.parametrize("name", ["b.m4b", "b.flac", "b.mp3", "b.opus"])
def test_chapters_begin_with_their_first_line(name: str, book: Path, sbv2: Sbv2) -> None:
    assert sbv2("join", book, "-o", name, "--title", "心《こころ》").status == 0
    with av.open(name) as file:
        chapters = file.chapters()
        tags = {
            k.casefold(): v for k, v in (file.metadata | file.streams.audio[0].metadata).items()
        }
        seconds = float(file.duration / 1e6)
    expected, starts = laid_out(BOOK)
    assert [c["metadata"]["title"] for c in chapters] == ['一; = # \\ "', "二"]
    begins = [float(c["start"] * c["time_base"]) for c in chapters]
    assert begins == pytest.approx([0, starts[2] / RATE], abs=1024 / RATE)
    assert tags["title"] == "心"
    assert "こころ" in tags.values()
    assert seconds == pytest.approx(len(expected) / RATE, abs=0.06)


def test_files_for_chapters_characters_and_scenes(book: Path, sbv2: Sbv2) -> None:
    assert sbv2("join", book, "-o", "b.wav", "--by", "chapter").status == 0
    assert Path("b-01.wav").exists()
    assert Path("b-02.wav").exists()
    name = "{chapter:02d} {chapter_title}.wav"
    assert sbv2("join", book, "-o", f"c/{name}", "--by", "chapter").status == 0
    assert Path("c/book.report.json").exists()
    assert sorted(p.name for p in Path("c").glob("*.wav")) == ["01 一; = # ＼ ＂.wav", "02 二.wav"]
    assert sbv2("join", book, "-o", "d/{character|nobody}.wav", "--by", "character").status == 0
    assert sorted(p.name for p in Path("d").glob("*.wav")) == ["nobody.wav", "太郎.wav"]
    refused = sbv2("join", book, "-o", "{id}.wav", "--by", "chapter")
    assert (refused.status, "error[join.name]" in refused.talk) == (2, True)
    refused = sbv2("join", book, "-o", "{scene}.wav", "--by", "chapter")
    assert (refused.status, "error[join.name]" in refused.talk) == (2, True)


def test_lines_without_a_sound(stage: Path, sbv2: Sbv2) -> None:
    lost = Line(samples=speech(0.1), status="failed", text="あ" * 10, after=0.5)
    joined_folder.write(stage / "out", [BOOK[0], lost, BOOK[2]])
    refused = sbv2("join", "out", "-o", "b.wav")
    assert refused.status == 2
    assert "error[join.lines-missing]: 1 of 3 lines have no audio, the first is l2" in refused.talk
    assert not Path("b.wav").exists()
    skipped = sbv2("join", "out", "-o", "b.wav", "--missing", "skip", "--json")
    assert skipped.json["missing"] == ["l2"]
    without = len(heard("b.wav"))
    assert without == len(laid_out([BOOK[0], BOOK[2]])[0])
    assert sbv2("join", "out", "-o", "c.wav", "--missing", "silence").status == 0
    # Ten characters and half a second.
    assert len(heard("c.wav")) - without == round(1.4 * RATE) + round(0.5 * RATE)


def test_a_file_of_others_is_not_replaced(book: Path, sbv2: Sbv2) -> None:
    Path("b.wav").write_bytes(b"mine")
    command = ("join", book, "-o", "b.wav")
    refused = sbv2(*command)
    assert (refused.status, "error[join.exists]" in refused.talk) == (2, True)
    assert Path("b.wav").read_bytes() == b"mine"
    assert sbv2(*command, "--force").status == 0
    assert sbv2(*command, "--subtype", "pcm24").status == 0  # ours
    with Path("b.wav").open("ab") as file:
        file.write(b"more")
    assert sbv2(*command).status == 2
    Path("c.report.json").write_text("[]")
    assert sbv2("join", book, "-o", "c.wav").status == 2


def test_what_is_there_is_not_written_again(book: Path, sbv2: Sbv2) -> None:
    command = ("join", book, "-o", "b.flac", "--loudness", "r128", "--json")
    assert not sbv2(*command).json["fresh"]
    before = {path.name: path.read_bytes() for path in Path().glob("b.*")}
    assert set(before) == {"b.flac", "b.report.json", "b.report.md"}
    time = Path("b.flac").stat().st_mtime_ns
    assert sbv2(*command).json["fresh"]
    assert Path("b.flac").stat().st_mtime_ns == time
    for path in Path().glob("b.*"):
        path.unlink()
    assert not sbv2(*command).json["fresh"]
    assert {path.name: path.read_bytes() for path in Path().glob("b.*")} == before


def test_a_file_that_somebody_put_in_place_is_taken_and_told(book: Path, sbv2: Sbv2) -> None:
    soundfile.write(book / "0002.wav", speech(0.5), RATE, subtype="FLOAT")
    result = sbv2("join", book, "-o", "b.wav", "--subtype", "float", "--json")
    assert result.json["changed"] == ["l2"]
    changed = [BOOK[0], Line(samples=speech(0.5), after=2.0), *BOOK[2:]]
    assert np.array_equal(heard("b.wav"), laid_out(changed)[0])


def test_parts_end_with_chapters_else_with_paragraphs(stage: Path, sbv2: Sbv2) -> None:
    lines = [
        Line(samples=speech(1), chapter=chapter, paragraph=paragraph, after=0.5)
        for chapter, paragraph in [(1, 1), (1, 2), (2, 3), (3, 4), (3, 4), (3, 5), (3, 5), (3, 6)]
    ]
    joined_folder.write(stage / "out", lines)
    assert sbv2("join", "out", "-o", "b.wav", "--part-minutes", str(4.6 / 60)).status == 0
    lengths = [len(heard(path)) for path in sorted(Path().glob("b-*.wav"))]
    # Chapters 1 and 2; two paragraphs of chapter 3, which is too long itself: 2 + (2 + 1) lines.
    assert lengths == [round(1.5 * RATE) * count for count in (3, 2, 3)]
    with_chapters = json.loads(Path("b.report.json").read_text())
    assert [len(file["chapters"]) for file in with_chapters["files"]] == [2, 1, 1]


@pytest.mark.parametrize(
    ("name", "target"), [("b.m4b", -19), ("b.flac", -23), ("b.flac", -16), ("b.mp3", -19)]
)
def test_voices_are_brought_to_one_loudness(
    name: str, target: int, stage: Path, sbv2: Sbv2
) -> None:
    lines = [
        Line(
            samples=speech(2 + number % 3, level=0.02 if number % 2 else 0.2, seed=number),
            voice="soft" if number % 2 else "loud",
            chapter=number // 4,
            after=0.4,
        )
        for number in range(12)
    ]
    joined_folder.write(stage / "out", lines)
    how = "r128" if target == -23 else f"lufs:{target}"
    result = sbv2("join", "out", "-o", name, "--loudness", how, "--json")
    assert result.status == 0, result.talk
    assert ebur128(Path(name)) == pytest.approx(target, abs=0.3)
    gains = result.json["gains_db"]
    assert gains["soft/a"] - gains["loud/a"] == pytest.approx(20, abs=0.5)
    (file,) = json.loads(Path(name).with_suffix(".report.json").read_text())["files"]
    assert file["levels"]["lufs"] == pytest.approx(ebur128(Path(name)), abs=0.1)
    assert len(file["chapters"]) == 3
    assert all(abs(c["levels"]["lufs"] - target) < 0.5 for c in file["chapters"])


def test_acx_passes_or_says_the_number_and_what_to_change(stage: Path, sbv2: Sbv2) -> None:
    lines = [
        Line(samples=speech(4, seed=number), chapter=number // 3, after=0.3) for number in range(6)
    ]
    joined_folder.write(stage / "out", lines)
    command = ("join", "out", "-o", "b.mp3", "--by", "chapter", "--loudness", "acx")
    passed = sbv2(*command, "--room-tone", "-72dB")
    assert passed.status == 0, passed.talk
    for path in Path().glob("b-*.mp3"):
        samples = heard(path)
        assert -23 <= 10 * np.log10(np.mean(samples.astype(float) ** 2)) <= -18
        assert 20 * np.log10(np.abs(samples).max()) <= -3
        windows = samples[: len(samples) // 22050 * 22050].reshape(-1, 22050).astype(float)
        assert 10 * np.log10(np.mean(windows**2, axis=1).min()) == pytest.approx(-72, abs=2)
    failed = sbv2(*command, "--head-silence", "0.1s", "--json")
    assert failed.status == 3
    assert not failed.json["passed"]
    assert "silence before the first word 0.1" in failed.talk
    page = Path("b.report.md").read_text()
    assert "| **fail** |" in page
    assert "is below 0.5 s. To change it: --head-silence 0.75s" in page


def test_room_tone_is_under_everything(book: Path, sbv2: Sbv2) -> None:
    command = ("join", book, "--subtype", "float", "-o")
    assert sbv2(*command, "b.wav", "--room-tone", "-60dB").status == 0
    tone = heard("b.wav") - laid_out(BOOK)[0]
    assert 10 * np.log10(np.mean(tone.astype(float) ** 2)) == pytest.approx(-60, abs=1)
    assert not (heard("b.wav") == 0).any()
    soundfile.write("room.wav", speech(2, level=0.001), RATE)
    assert sbv2(*command, "c.wav", "--room-tone", "room.wav").status == 0
    assert np.abs(heard("c.wav") - laid_out(BOOK)[0]).max() > 0
    soundfile.write("short.wav", speech(0.2), RATE)
    for wrong in ("-5dB", "nothing.wav", "short.wav"):
        assert sbv2(*command, "d.wav", "--room-tone", wrong).status == 2


def test_credits_stand_before_and_after(book: Path, sbv2: Sbv2) -> None:
    soundfile.write("open.wav", speech(0.5, seed=6), RATE, subtype="FLOAT")
    soundfile.write("close.wav", speech(0.6, seed=7), RATE, subtype="FLOAT")
    frame = ("--opening", "open.wav", "--closing", "close.wav", "--subtype", "float")
    assert sbv2("join", book, "-o", "b.wav", *frame).status == 0
    lines = [
        Line(samples=speech(0.5, seed=6), after=2.0),
        *BOOK,
        Line(samples=speech(0.6, seed=7), after=0.0),
    ]
    assert np.array_equal(heard("b.wav"), laid_out(lines)[0])
    (file,) = json.loads(Path("b.report.json").read_text())["files"]
    assert [c["title"] for c in file["chapters"]][::3] == ["オープニング", "エンディング"]


def test_what_cannot_be_is_refused_by_name(book: Path, sbv2: Sbv2) -> None:
    Path("cover.gif").write_bytes(b"GIF89a")
    refusals = {
        ("b.wav", "--cover", "cover.gif"): "join.cover",
        ("b.wav", "--cover", "none.png"): "usage.file",
        ("b.aiff",): "format.unknown",
        ("b.wav", "--loudness", "loud"): "setting.loudness",
        ("b.wav", "--part-minutes", "0"): "setting.part-minutes",
        ("b.opus", "--rate", "44100"): "format.rate",
    }
    for arguments, code in refusals.items():
        refused = sbv2("join", book, "-o", *arguments)
        assert (refused.status, f"error[{code}]" in refused.talk) == (2, True), refused.talk
    refused = sbv2("join", "nowhere", "-o", "b.wav")
    assert (refused.status, "manifest" in refused.talk) == (2, True)


def test_settings_of_a_join_stand_in_a_file(book: Path, sbv2: Sbv2) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(100)
    (book / "cover.png").write_bytes(picture)
    (book / "sbv2.toml").write_text(
        '[join]\ntitle = "心"\nauthor = "夏目漱石"\nnarrator = "花"\ncover = "cover.png"\n'
        'head_silence = "1s"\ntail_silence = 2\nroom_tone = "-70dB"\npart_minutes = 60\n'
        'missing = "skip"\nloudness = "lufs:-20"\n',
        "utf-8",
    )
    result = sbv2("join", book, "-o", "b.m4b", "--json")
    assert result.status == 0, result.talk
    assert result.json["target"] == "lufs:-20"
    data = Path("b.m4b").read_bytes()
    for part in ("心".encode(), "夏目漱石".encode(), "花".encode(), picture):
        assert part in data
    with av.open("b.m4b") as file:
        seconds = float(file.duration / 1e6)
    lines = len(laid_out(BOOK)[0]) / RATE
    assert seconds == pytest.approx(lines + 1 - 2.0 + 2, abs=0.01)


def test_a_rendered_script_is_joined(sbv2: Sbv2) -> None:
    script("l.csv", "id,text,chapter\na,おはよう。,1\nb,こんにちは。,1\nc,さようなら。,2\n")
    assert sbv2("render", "l.csv", "-m", "hana", "--format", "flac").status == 0
    assert sbv2("join", "out", "-o", "b.flac").status == 0
    made = sorted(rows().values(), key=lambda row: row["n"])
    expected = sum(row["samples"] + round(row["pause_after"] * row["rate"]) for row in made)
    assert soundfile.info("b.flac").frames == expected


def test_an_interruption_leaves_nothing_half_done(stage: Path, spawn: Spawn) -> None:
    joined_folder.write(stage / "out", [Line(samples=speech(60))] * 5)
    process = spawn("join", "out", "-o", "b.mp3", "--progress", "json")
    assert process.stderr is not None
    for row in process.stderr:
        if b"seconds written" in row:
            process.send_signal(signal.SIGINT)
            break
    talk = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 130, talk
    assert "run the same command again" in talk
    assert [path.name for path in stage.iterdir() if "b." in path.name] == []
