"""Tags, pictures and chapters, as two readers that others wrote find them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sbv2cli.writers.audio.formats import FORMATS, Encoding
from sbv2cli.writers.audio.id3 import tag_bytes
from sbv2cli.writers.audio.sink import FileSink
from sbv2cli.writers.audio.tags import Chapter, Cover, Name, Tags

av = pytest.importorskip("av", reason='needs the extra "book"')

RATE = 44100
TITLES = ["第一章　走れ", 'a; b = c # d \\ "e"', "終" * 200]
TAGGED = [name for name, row in FORMATS.items() if row.chapters]
NAMES = Tags(
    title=Name(text="心　上", reading="ココロ ジョウ"),
    book=Name(text="心", reading="ココロ"),
    author=Name(text="夏目漱石", reading="ナツメソウセキ"),
    narrator=Name(text="花; = # \\"),
    language="ja",
    number=(1, 2),
)


def png(side: int) -> bytes:
    frame = av.VideoFrame.from_ndarray(np.full((side, side, 3), 77, np.uint8), format="rgb24")
    codec = av.CodecContext.create("png", "w")
    codec.width = codec.height = side
    codec.pix_fmt = "rgb24"
    codec.time_base = 1
    return b"".join(bytes(packet) for packet in [*codec.encode(frame), *codec.encode(None)])


# Larger than a page of Ogg.
COVER = Cover(data=png(8) + bytes(70_000), mime="image/png")


def tone(seconds: float) -> np.ndarray:
    t = np.arange(round(seconds * RATE)) / RATE
    return (0.3 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)


def write(path: Path, tags: Tags, titles: list[str], seconds: float = 0.7) -> None:
    encoding = Encoding(format=path.suffix[1:])
    each = tone(seconds)
    chapters = tuple(
        Chapter(start=number * len(each), title=title) for number, title in enumerate(titles)
    )
    with FileSink(path, RATE, encoding, tags=replace(tags, chapters=chapters)) as file:
        for _ in titles:
            file.write(each)
        file.close()


@pytest.mark.parametrize("name", TAGGED)
def test_ffmpeg_reads_names_picture_and_chapters(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{name}"
    write(path, replace(NAMES, cover=COVER), TITLES)
    with av.open(str(path)) as read:
        stream = read.streams.audio[0]
        found = {key.casefold(): value for key, value in (read.metadata | stream.metadata).items()}
        assert found["title"] == "心　上"
        assert found["album"] == "心"
        assert found["artist"] == "夏目漱石"
        assert "花; = # \\" in (found.get("composer"), found.get("performer"))
        sorts = {key: value for key, value in found.items() if "sort" in key or "-sort" in key}
        assert "ナツメソウセキ" in sorts.values()
        assert found["track"].split("/")[0] == "1"
        assert found["genre"] == "Audiobook"
        pictures = [s for s in read.streams.video if s.disposition & s.disposition.attached_pic]
        assert len(pictures) == 1
        chapters = read.chapters()
        shown = [chapter["metadata"].get("title", "") for chapter in chapters]
        assert shown == TITLES
        starts = [float(chapter["start"] * chapter["time_base"]) for chapter in chapters]
        assert starts == pytest.approx([0, 0.7, 1.4], abs=1e-3)


@pytest.mark.parametrize("name", [name for name in TAGGED if name != "m4b"])
def test_tags_do_not_touch_the_sound(name: str, tmp_path: Path) -> None:
    for file, tags in ((f"bare.{name}", Tags()), (f"full.{name}", NAMES)):
        with FileSink(tmp_path / file, RATE, Encoding(format=name), tags=tags) as sink:
            sink.write(tone(3))
            sink.close()
    bare, full = (soundfile.read(tmp_path / f"{which}.{name}")[0] for which in ("bare", "full"))
    assert np.array_equal(bare, full)
    assert (tmp_path / f"bare.{name}").read_bytes() != (tmp_path / f"full.{name}").read_bytes()


@pytest.mark.parametrize("name", TAGGED)
def test_equal_tags_give_equal_bytes(name: str, tmp_path: Path) -> None:
    for file in ("a", "b"):
        write(tmp_path / file / f"x.{name}", NAMES, TITLES)
    assert (tmp_path / f"a/x.{name}").read_bytes() == (tmp_path / f"b/x.{name}").read_bytes()


@pytest.mark.parametrize("name", TAGGED)
def test_four_hundred_chapters(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{name}"
    write(path, Tags(), [f"第{number}章" for number in range(400)], 0.05)
    with av.open(str(path)) as read:
        chapters = read.chapters()
    assert len(chapters) == 400
    assert all(one["end"] == two["start"] for one, two in pairwise(chapters))


def test_another_reader_of_m4b(tmp_path: Path) -> None:
    mp4 = pytest.importorskip("mutagen.mp4", reason="a second reader, which is GPL")
    path = tmp_path / "a.m4b"
    write(path, Tags(title=Name(text="心", reading="ココロ"), cover=COVER), TITLES)
    read = mp4.MP4(path)
    assert read.tags["©nam"] == ["心"]
    assert read.tags["sonm"] == ["ココロ"]
    assert bytes(read.tags["covr"][0]) == COVER.data
    assert read.info.length == pytest.approx(2.1, abs=0.03)
    assert [chapter.title for chapter in read.chapters][:2] == TITLES[:2]
    starts = [chapter.start for chapter in read.chapters]
    assert starts == pytest.approx([0, 0.7, 1.4], abs=1e-3)


def test_another_reader_of_mp3(tmp_path: Path) -> None:
    id3 = pytest.importorskip("mutagen.id3", reason="a second reader, which is GPL")
    path = tmp_path / "a.mp3"
    write(path, Tags(title=Name(text="心", reading="ココロ"), cover=COVER), TITLES)
    read = id3.ID3(path)
    assert read["TIT2"].text == ["心"]
    assert read["TSOT"].text == ["ココロ"]
    (contents,) = read.getall("CTOC")
    chapters = [read[f"CHAP:{name}"] for name in contents.child_element_ids]
    assert [chapter.sub_frames["TIT2"].text[0] for chapter in chapters] == TITLES
    assert [chapter.start_time for chapter in chapters] == [0, 700, 1400]


def test_more_chapters_of_an_mp3_than_a_list_counts_are_in_lists_that_lead_on():
    """Read by hand: 600 chapters, of which a list has 255 entries."""
    chapters = tuple(Chapter(start=number * RATE, title=str(number)) for number in range(600))
    tag = tag_bytes(Tags(chapters=chapters), RATE, 600 * RATE)
    lists, names, at = {}, [], 10
    while at < len(tag):
        kind, size = tag[at : at + 4], int.from_bytes(tag[at + 4 : at + 8], "big")
        name, _, rest = tag[at + 10 : at + 10 + size].partition(b"\0")
        if kind == b"CTOC":
            entries = rest[2:].split(b"\0")[:-1]
            assert len(entries) == rest[1] <= 255
            lists[name] = (rest[0], entries)
        elif kind == b"CHAP":
            names.append(name)
        at += 10 + size
    assert [flags for flags, _ in lists.values()] == [3, 1, 1]
    followed, entries = [], list(lists[b"toc"][1])
    while entries:
        entry = entries.pop(0)
        if entry in lists:
            entries = [*lists[entry][1], *entries]
        else:
            followed.append(entry)
    assert followed == names
    assert len(set(names)) == 600


def test_the_first_chapter_of_an_m4b_begins_with_the_sound(tmp_path: Path) -> None:
    path = tmp_path / "a.m4b"
    tags = Tags(chapters=(Chapter(start=RATE, title="一"),))
    with FileSink(path, RATE, Encoding(format="m4b"), tags=tags) as file:
        file.write(tone(2))
        file.close()
    with av.open(str(path)) as read:
        found = [(c["start"], c["metadata"].get("title", "")) for c in read.chapters()]
    assert found == [(0, ""), (RATE, "一")]
