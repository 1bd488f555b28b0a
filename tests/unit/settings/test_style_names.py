"""`[styles]`: names of scripts become styles of voices."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.errors import UsageError
from sbv2cli.settings.config import load
from sbv2cli.settings.style_names import StyleName, StyleNames, style_names


def names(**said: str) -> StyleNames:
    rows = {key: StyleName(name=key, target=said[key], origin="t.toml:1") for key in said}
    return style_names(rows)


JOY = names(喜び="Happy:0.8", 悲しみ="Sad", 複雑="喜び:0.5+悲しみ:2+Angry", 嬉="喜び")


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        (None, None),
        ("Happy", "Happy"),
        ("Happy:0.6+Sad:0.2", "Happy:0.6+Sad:0.2"),
        ("喜び", "Happy:0.8"),
        (" 喜び ", "Happy:0.8"),
        ("嬉", "Happy:0.8"),
        ("喜び:0.5", "Happy:0.4"),
        ("悲しみ:0.5", "Sad:0.5"),
        ("喜び+悲しみ:0.2", "Happy:0.8+Sad:0.2"),
        ("複雑", "Happy:0.4+Sad:2+Angry"),
        ("複雑:2", "Happy:0.8+Sad:4+Angry:2"),
        ("喜び:much", "喜び:much"),
    ],
)
def test_what_a_voice_is_asked_for(written, asked):
    assert JOY.resolve(written) == asked


def test_names_match_in_any_case_and_width():
    found = style_names({"joy1": StyleName(name="Joy1", target="Happy", origin="")})
    assert found.resolve("ＪＯＹ１") == "Happy"


@given(st.text(max_size=20))
def test_without_names_nothing_changes(style):
    assert StyleNames().resolve(style) == style


@given(st.text(alphabet="喜悲嬉複雑しみびHapy:+0.5 ", max_size=12))
def test_what_is_resolved_stays(style):
    once = JOY.resolve(style)
    assert JOY.resolve(once) == once


@pytest.mark.parametrize(
    "said",
    [
        {"a": "a"},
        {"Happy": "Happy:0.8"},
        {"a": "b", "b": "a:0.5"},
        {"a": "Sad+b", "b": "c", "c": "a"},
    ],
)
def test_a_name_that_leads_back_to_itself_is_refused(said):
    with pytest.raises(UsageError) as caught:
        style_names(
            {
                key.casefold(): StyleName(name=key, target=to, origin=f"{key}:1")
                for key, to in said.items()
            }
        )
    assert caught.value.code == "style.cycle"
    assert caught.value.at == f"{next(iter(said))}:1"


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_files_lie_over_each_other_name_by_name(tmp_path):
    config = written(
        tmp_path / "sbv2.toml",
        '[styles]\n"喜び" = "Happy"\n"怒り" = "Angry"\n[cast.a]\nvoice="x"\n',
    )
    cast = written(
        tmp_path / "cast.toml", '[styles]\n"喜び" = "Happy:0.5"\n["太郎"]\nvoice = "y"\n'
    )
    found = load(config_file=config, cast_file=cast, environment={"HOME": str(tmp_path)})
    assert found.styles.resolve("喜び") == "Happy:0.5"
    assert found.styles.resolve("怒り") == "Angry"
    assert set(found.cast.roles) == {"a", "太郎"}
    rows = {name: (value, origin) for name, value, origin in found.rows()}
    assert rows["styles.喜び"] == ("Happy:0.5", f"{cast}:2")


@pytest.mark.parametrize(
    ("text", "code", "row"),
    [
        ('[styles]\n"喜び" = 3\n', "config.value", 2),
        ('[styles]\n\n"喜び" = ""\n', "config.value", 3),
        ('[styles]\nJoy = "A"\n"ＪＯＹ" = "B"\n', "setting.twice", 3),
        ('[styles]\n"甲" = "乙"\n"乙" = "甲"\n', "style.cycle", 2),
        ('styles = 3\n[cast.a]\nvoice="x"\n', "config.value", 1),
    ],
)
def test_what_is_wrong_is_placed(tmp_path, text, code, row):
    cast = written(tmp_path / "cast.toml", text)
    with pytest.raises(UsageError) as caught:
        load(cast_file=cast, environment={"HOME": str(tmp_path)})
    assert caught.value.code == code
    assert caught.value.at == f"{cast}:{row}"
