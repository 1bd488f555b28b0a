"""Pieces, selections, limits, the store and voices by name."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny_voice
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.errors import UsageError, VoiceError
from sbv2cli.pipeline import reading
from sbv2cli.pipeline.limits import most_failures
from sbv2cli.pipeline.select import field_names, selector, value_of
from sbv2cli.pipeline.store import AudioStore
from sbv2cli.records import Delivery, LineId, ManifestRow, Ruby, ScriptLine, Source
from sbv2cli.voices import search_path
from sbv2cli.writers.row_index import index_of

LINE = ScriptLine(
    id=LineId("a1"),
    number=12,
    text="やあ",
    source=Source(path="x/s.csv", row=2),
    character="太郎",
    chapter=2,
    delivery=Delivery(style="Happy"),
    meta={"mood": "good"},
)
SPOKEN = ScriptLine(
    id=LineId("a2"),
    number=13,
    text="岬だ",
    source=Source(path="x/b.xlsx", row=3, column=1, sheet="一"),
    ruby=(Ruby(span=(0, 1), reading="みさき"),),
    language="ja",
    character="花子",
    delivery=Delivery(
        voice="hana",
        speaker="x",
        style="Sad",
        assist_text="え",
        speed=1.2,
        style_weight=1,
        pitch=1,
        intonation=1,
        volume=1,
        sdp_ratio=1,
        noise=1,
        noise_w=1,
        steps=1,
        temperature=1,
        seed=1,
        take=1,
        assist_weight=1,
        bert_scale=1,
    ),
    reading="ミサキダ",
    pause_before=0.5,
    pause_after=1.0,
    chapter=1,
    chapter_title="一",
    heading=True,
    level=1,
    scene="海",
    file="b1",
    paragraph=1,
    skip=True,
    corrected=("reading",),
    note="again",
)


@given(st.text(alphabet="あいう。！「」\n a", max_size=1500))
def test_pieces_lose_no_character_but_white_space(text: str) -> None:
    found = reading.segments(text)
    assert all(len(segment.text) <= reading.LONGEST_SEGMENT for segment in found)
    if text.strip():
        assert "".join("".join(segment.text.split()) for segment in found) == "".join(text.split())
        for segment in found:
            assert text[segment.start : segment.start + len(segment.text)] == segment.text


def test_a_short_text_is_one_piece_however_many_sentences() -> None:
    assert [segment.text for segment in reading.segments("一。二。三。")] == ["一。二。三。"]


def test_a_long_text_is_cut_between_sentences() -> None:
    sentence = "あ" * 99 + "。"
    found = [segment.text for segment in reading.segments(sentence * 7)]
    assert found == [sentence * 3, sentence * 3, sentence]


@pytest.mark.parametrize(
    ("expression", "fits"),
    [
        ("id=a*", True),
        ("id=b*", False),
        ("id!=b*", True),
        ("n=10..20", True),
        ("n=..11", False),
        ("n=12", True),
        ("n=1*", True),
        ("chapter=2", True),
        ("character=太?", True),
        ("style=Happy", True),
        ("meta.mood=g*", True),
        ("scene=", True),
        ("scene=*x", False),
        ("source=s.csv", True),
        ("text=や*", True),
        ("mood=g*", True),
        ("skip=no", True),
        ("row=1..", True),
        ("pause_after=", True),
        ("take!=2", True),
    ],
)
def test_selections(expression: str, fits: bool) -> None:  # noqa: FBT001
    assert selector([expression], [LINE])(LINE) is fits


def test_an_unknown_field_names_all_there_are() -> None:
    with pytest.raises(UsageError) as refused:
        selector(["moood=glad"], [LINE])
    assert refused.value.hint is not None
    assert 'did you mean "mood"?' in refused.value.hint
    assert "character, lang" in refused.value.hint
    assert "columns of the script: mood" in refused.value.hint


def test_every_field_of_a_line_can_be_selected() -> None:
    values = {name: value_of(SPOKEN, name) for name in field_names()}
    assert all(values.values()), values
    for name, value in values.items():
        assert selector([f"{name}={value}"])(SPOKEN), name
        assert not selector([f"{name}!={value}"])(SPOKEN), name
    assert selector(["speed=1.1..1.3"])(SPOKEN)
    assert not selector(["speed=1.3.."])(SPOKEN)


def test_all_selections_must_fit() -> None:
    assert selector([])(LINE)
    assert not selector(["id=a1", "n=13"])(LINE)


@pytest.mark.parametrize("expression", ["a1", "idd=1", "n=x", "id=@missing.txt", "=3"])
def test_bad_selections_are_refused(expression: str) -> None:
    with pytest.raises(UsageError) as refused:
        selector([expression])(LINE)
    assert refused.value.code == "usage.select"


@pytest.mark.parametrize(
    ("written", "lines", "most"), [("3", 10, 3), ("5%", 100, 5), ("5%", 10, 0)]
)
def test_limits(written: str, lines: int, most: int) -> None:
    assert most_failures(written, lines) == most


KEY = "0123456789abcdef" * 2  # of a sound


def row(name: str, file: str, data: bytes, key: str) -> ManifestRow:
    import hashlib

    digest = hashlib.sha256(data).hexdigest()
    return ManifestRow(
        id=LineId(name),
        number=1,
        status="ok",
        text="",
        source=Source(path="s", row=1),
        file=file,
        post_key=key,
        sha256=digest,
    )


def test_the_store_holds_what_is_overwritten_until_the_end(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"old")
    store = AudioStore(tmp_path, index_of([row("a", "a.wav", b"old", KEY)]), index_of(()))
    ended = store.release("a.wav")
    assert ended is not None
    assert ended.id == "a"
    (tmp_path / "a.wav").unlink()
    (tmp_path / "a.wav").write_bytes(b"new")
    held = store.find(KEY)
    assert held is not None
    assert store.bytes_of(held) == (b"old", None)
    store.clear()
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_the_store_gives_no_bytes_that_have_changed(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"else")
    store = AudioStore(tmp_path, index_of([row("a", "a.wav", b"old", KEY)]), index_of(()))
    held = store.find(KEY)
    assert held is not None
    assert store.bytes_of(held) is None


def test_voices_by_name_path_and_speaker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_voice.write(tmp_path / "voices" / "hana")
    monkeypatch.chdir(tmp_path)
    folders = [tmp_path / "voices"]
    hana = tmp_path / "voices" / "hana"
    assert search_path.find("hana", folders).path == hana
    assert search_path.find("hana/Taro", folders) == search_path.Place(path=hana, speaker="Taro")
    assert search_path.find("voices/hana", []).path == Path("voices/hana")
    weights = next(hana.glob("*.safetensors"))
    assert search_path.find(str(weights), []).path == weights
    assert [name for name, _ in search_path.voices_in(folders)] == ["hana", "sbv2-f01"]
    assert search_path.find(None, folders).path == search_path.BUILT_IN / "sbv2-f01"
    with pytest.raises(VoiceError) as missing:
        search_path.find("hanna", folders)
    assert missing.value.code == "voice.missing"
    assert missing.value.hint == 'did you mean "hana"?'


def test_titles_and_paragraphs_can_be_selected():
    at = Source(path="a", row=1)
    rows = [
        ScriptLine(id=LineId(str(n)), number=n, text="", source=at, paragraph=n, heading=n == 1)
        for n in range(1, 5)
    ]
    title = selector(["heading=yes"])
    some = selector(["paragraph=2..3"])
    assert [line.number for line in rows if title(line)] == [1]
    assert [line.number for line in rows if some(line)] == [2, 3]
