"""Names are safe, unique, readable, and the same on every run."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.errors import ScriptError, UsageError
from sbv2cli.writers import naming


def name(template: str, *, restrict: bool = False, **values: str | int | None) -> str:
    return naming.file_name(
        naming.parse_template(template), {"ext": "wav", **values}, restrict=restrict
    )


@pytest.mark.parametrize(
    ("template", "values", "expected"),
    [
        ("{id}.{ext}", {"id": "a1"}, "a1.wav"),
        ("{chapter:02d}/{n:04d}.{ext}", {"chapter": 3, "n": 7}, "03/0007.wav"),
        ("{chapter:02d}/{n:04d}.{ext}", {"chapter": None, "n": 7}, "00/0007.wav"),
        ("{character|narrator}_{n}.{ext}", {"character": None, "n": 1}, "narrator_1.wav"),
        ("{{{id}}}.{ext}", {"id": "a"}, "{a}.wav"),
        ("{text:.3}.{ext}", {"text": "こんにちは"}, "こんに.wav"),
        ("{text:.2}.{ext}", {"text": "か\u3099き\u3099く"}, "がぎ.wav"),
        ("{id:lower}.{ext}", {"id": "ABC"}, "abc.wav"),
        ("{scene:slug}.{ext}", {"scene": "Act I: The Café"}, "act_i_the_cafe.wav"),
        ("{id}", {"id": "no-ending"}, "no-ending.wav"),
        ("{meta.take_no}.{ext}", {"meta.take_no": "5"}, "5.wav"),
        ("{id}.{ext}", {"id": "line:0e3dc4b"}, "0e3dc4b.wav"),
        ("{id}.{ext}", {"id": "a/b\\c"}, "a／b＼c.wav"),
        ("{id}.{ext}", {"id": '<a>:"|?*'}, "＜a＞：＂｜？＊.wav"),
        ("{id}.{ext}", {"id": "../../etc/passwd"}, "_.／..／etc／passwd.wav"),
        ("{id}.{ext}", {"id": "/etc/passwd"}, "／etc／passwd.wav"),
        ("{id}.{ext}", {"id": "nul\0l"}, "nul_l.wav"),
        ("{id}.{ext}", {"id": "NUL"}, "NUL_.wav"),
        ("{id}.{ext}", {"id": "com1.txt"}, "com1_.txt.wav"),
        ("{scene}/{id}.{ext}", {"scene": "CON", "id": "x"}, "CON_/x.wav"),
        ("{scene}/{id}.{ext}", {"scene": "..", "id": ".."}, "_/_.wav"),
        ("{scene}/{id}.{ext}", {"scene": "end. ", "id": "x"}, "end/x.wav"),
        ("{id}.{ext}", {"id": ""}, "_.wav"),
        ("{id}.{ext}", {"id": ".hidden"}, "_hidden.wav"),
        ("{id}.{ext}", {"id": "gpj\u202e.exe"}, "gpj_.exe.wav"),
        ("{id}/x.{ext}", {"id": "timings"}, "_timings/x.wav"),
    ],
)
def test_names(template: str, values: dict[str, str | int | None], expected: str) -> None:
    assert name(template, **values) == expected


def test_restricted_names_are_ascii_and_keep_strangers_apart() -> None:
    one = name("{character}_{n:03d}.{ext}", character="太郎", n=1, restrict=True)
    two = name("{character}_{n:03d}.{ext}", character="花子", n=1, restrict=True)
    assert one.isascii()
    assert one != two


def test_a_long_kana_name_is_cut_between_characters_and_marked() -> None:
    long = "あ" * 100
    path = name("{text}.{ext}", text=long)
    assert len(path.encode()) <= naming.COMPONENT_BYTES
    assert path.endswith(".wav")
    assert path != name("{text}.{ext}", text=long + "い")
    assert path == name("{text}.{ext}", text=long)


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{idd}.{ext}", 'no field "idd"'),
        ("{id!r}", "conversion"),
        ("{id.__class__}", "no field"),
        ("{id[0]}", "no field"),
        ("{n:x}", '"x" does not fit'),
        ("{id:04d}", '"04d" does not fit'),
        ("{n:{id}}", "conversion"),
        ("../{id}", '".."'),
        ("/tmp/{id}", "absolute"),
        ("C:/{id}", "absolute"),
        ("{id", "expected '}'"),
        ("same.wav", "the same name"),
        ("{meta.}", "no field"),
    ],
)
def test_bad_templates_are_refused(template: str, says: str) -> None:
    with pytest.raises(UsageError) as refused:
        naming.parse_template(template)
    assert refused.value.code == "name.template"
    assert says in refused.value.message


@pytest.mark.parametrize(
    "path", ["../x", "a/../../x", "/etc/x", "C:\\x", "c:x", "~/x", "a\\..\\b", "\\\\host\\x"]
)
def test_a_script_cannot_name_a_file_outside(path: str) -> None:
    with pytest.raises(ScriptError) as refused:
        naming.asked_name(path, "wav", at="s.csv:3")
    assert (refused.value.code, refused.value.at) == ("name.outside", "s.csv:3")


def test_a_script_can_name_folders() -> None:
    assert naming.asked_name("voice/ch1/hello", "ogg") == "voice/ch1/hello.ogg"
    assert naming.asked_name("voice\\hello.ogg", "ogg") == "voice/hello.ogg"
    assert naming.asked_name("NUL/a:b", "ogg") == "NUL_/a：b.ogg"


def test_collisions_ignore_case_and_composition() -> None:
    paths = [("1", "A.wav"), ("2", "a.wav"), ("3", "が.wav"), ("4", "が.wav"), ("5", "b.wav")]
    found = [(c.first, c.second) for c in naming.collisions(paths)]
    assert found == [("1", "2"), ("3", "4")]


def test_a_file_may_not_stand_where_another_needs_a_folder() -> None:
    both = [("1", "a.wav"), ("2", "A.WAV/b.wav")]
    assert [(c.first, c.second) for c in naming.collisions(both)] == [("1", "2")]
    assert [(c.first, c.second) for c in naming.collisions(both[::-1])] == [("2", "1")]


def test_suffixes_are_given_in_order() -> None:
    paths = [("1", "a.wav"), ("2", "A.wav"), ("3", "a-2.wav"), ("4", "a.wav")]
    assert naming.with_suffixes(paths) == ["a.wav", "A-2.wav", "a-2-2.wav", "a-3.wav"]


def test_default_templates() -> None:
    assert naming.default_template(ids_given=True, chapters=True) == "{id}.{ext}"
    assert naming.default_template(ids_given=False, chapters=True) == "{chapter:02d}/{n:04d}.{ext}"
    assert naming.default_template(ids_given=False, chapters=False) == "{n:04d}.{ext}"


text = st.text(max_size=300)


@given(value=text, folder=text, restrict=st.booleans())
def test_no_value_makes_an_unsafe_path(value: str, folder: str, restrict: bool) -> None:  # noqa: FBT001
    try:
        path = name("{scene}/{id}.{ext}", id=value, scene=folder, restrict=restrict)
    except UnicodeEncodeError:  # pragma: no cover
        pytest.fail("a lone surrogate went through")
    parts = path.split("/")
    assert 1 <= len(parts) <= 2
    for part in parts:
        assert part not in {"", ".", ".."}
        assert len(part.encode()) <= naming.COMPONENT_BYTES
        assert not set(part) & set('<>:"\\|?*\0\n\r\t')
        assert not part.startswith(".")
        assert not part.endswith((".", " "))
        assert part.partition(".")[0].casefold() not in naming.DEVICES
        assert unicodedata.is_normalized("NFC", part)
    if restrict:
        assert path.isascii()
    assert path.endswith(".wav")
    assert path == name("{scene}/{id}.{ext}", id=value, scene=folder, restrict=restrict)


@given(paths=st.lists(st.sampled_from(["a.wav", "A.wav", "b.wav", "a-2.wav"]), max_size=8))
def test_suffixed_names_never_meet(paths: list[str]) -> None:
    given_names = [(str(number), path) for number, path in enumerate(paths)]
    suffixed = naming.with_suffixes(given_names)
    assert len({naming.fold(path) for path in suffixed}) == len(paths)
