"""`sbv2 check -m`, names of styles, and columns that are ignored."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
import tiny_bert
import tiny_voice
from stage import Sbv2, script

CAST = """
[styles]
"喜び" = "Happy:0.8"
"怒り" = "Angry"

[cast."太郎"]
voice = "ken/Taro"
style = "喜び"

[cast."花子"]
voice = "hana"
"""


def found(result) -> list[tuple[str, int, str]]:
    return [(row["code"], row["line"], row["severity"]) for row in result.json["findings"]]


def test_everything_is_in_one_list_with_places(sbv2: Sbv2) -> None:
    script("cast.toml", CAST)
    script(
        "l.csv",
        "id,text,voice,speaker,style,lang,character\n"
        "a,おはよう,,,,,花子\n"
        "b,おはよう,,Nobody,Nowhere,,花子\n"
        "c,おはよう,,,怒り,,花子\n"
        "d,hello,,,,en,花子\n"
        "e,おはよう,nowhere,,,,花子\n"
        "f,おはよう,,,,,次郎\n"
        "g,おはよう,,,,,太郎\n",
    )
    command = ("check", "l.csv", "--cast", "cast.toml", "--show", "findings")
    result = sbv2(*command, "-m", "hana", "--json")
    assert result.status == 3
    errors = [row for row in found(result) if row[2] == "error"]
    assert errors == [
        ("voice.speaker-unknown", 3, "error"),
        ("voice.style-unknown", 3, "error"),
        ("voice.style-unknown", 4, "error"),
        ("voice.language", 5, "error"),
        ("voice.missing", 6, "error"),
        ("cast.unknown", 7, "error"),
    ]
    angry = next(row for row in result.json["findings"] if row["line"] == 4)
    assert '"怒り" is "Angry" by cast.toml:4' in angry["message"]
    # Columns that the script calls so may hold something else.
    hints = {row["code"]: row["hint"] for row in result.json["findings"]}
    assert "--column character=HEADER" in hints["voice.speaker-unknown"]
    assert "--column file=HEADER" in hints["voice.missing"]
    shown = sbv2(*command, "-m", "hana").out
    for code, row, _ in errors:
        assert any(f"l.csv:{row}:" in line and code in line for line in shown.splitlines())
    # The render refuses the same, all at once.
    refused = sbv2("render", "l.csv", "--cast", "cast.toml", "-m", "hana")
    assert refused.status == 2
    assert all(code in refused.talk for code, _, _ in errors)
    # Without -m nothing is asked of voices.
    assert [code for code, _, level in found(sbv2(*command, "--json")) if level == "error"] == [
        "cast.unknown"
    ]


@pytest.mark.parametrize(("width", "code"), [(None, "bert.missing"), (768, "bert.width")])
def test_a_missing_or_wrong_bert_is_told_once(
    sbv2: Sbv2, stage: Path, width: int | None, code: str
) -> None:
    tiny_voice.write(stage / "voices/needs", seed=4, bert=True)
    if width is not None:
        tiny_bert.write(stage / "bert/deberta-v2-large-japanese-char-wwm", width=width)
    script("l.csv", "id,text\na,おはよう\nb,こんにちは\n")
    result = sbv2("check", "l.csv", "-m", "needs", "--json")
    assert result.status == 3
    assert found(result) == [(code, 2, "error")]
    assert result.json["summary"]["errors"] == 1


def test_missing_extras_are_told(sbv2: Sbv2, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        "sbv2cli.pipeline.workers.find_spec",
        lambda name: None if name in ("pyworld", "torch") else real(name),
    )
    script("l.csv", "id,text,pitch\na,おはよう,0\nb,おはよう,+2st\n")
    result = sbv2("check", "l.csv", "-m", "hana", "--json")
    assert found(result) == [("extra.missing", 2, "error"), ("extra.missing", 3, "error")]
    assert "torch" in result.json["findings"][0]["message"]
    assert "pyworld" in result.json["findings"][1]["message"]


def test_a_whole_script_has_nothing_to_fix(sbv2: Sbv2) -> None:
    script("l.csv", "id,text,style\na,おはよう,Happy\n")
    result = sbv2("check", "l.csv", "-m", "hana", "--show", "findings")
    assert result.status == 0
    assert "nothing to fix" in result.talk


def styles() -> dict[str, dict[str, float]]:
    rows = [json.loads(row) for row in Path("out/manifest.jsonl").read_text().splitlines()]
    return {row["id"]: row["style"] for row in rows if row.get("type") == "line"}


def test_names_of_styles_act_wherever_a_style_is_named(sbv2: Sbv2) -> None:
    script("cast.toml", CAST)
    script(
        "l.csv",
        "id,text,style,character\n"
        "column,おはよう,喜び,花子\n"
        "blend,おはよう,喜び:0.5+Sad:0.1,花子\n"
        "role,おはよう,,太郎\n"
        "flag,おはよう,,花子\n",
    )
    done = sbv2(
        "render", "l.csv", "--cast", "cast.toml", "--style", "喜び", "--name", "{id}-{style}.{ext}"
    )
    assert done.status == 0, done.talk
    happy = {"Happy": 0.8}
    assert styles() == {
        "column": happy,
        "blend": {"Happy": 0.4, "Sad": 0.1},
        "role": happy,
        "flag": happy,
    }
    assert Path("out/column-喜び.wav").is_file()
    # A manifest is a script without these names.
    again = sbv2("render", "out/manifest.jsonl", "-m", "hana", "-o", "again")
    assert again.status == 0, again.talk
    plan = sbv2("check", "l.csv", "--cast", "cast.toml", "--show", "plan").out
    assert "Happy:0.8" in plan


def test_settings_files_have_them_too(sbv2: Sbv2) -> None:
    script("sbv2.toml", '[styles]\n"喜び" = "Happy:0.8"\n')
    script("s.xml", "<speak><p><s>いち</s></p></speak>")
    assert sbv2("say", "-m", "hana", "--style", "喜び", "-o", "a.wav", "おはよう").status == 0
    assert sbv2("say", "-m", "hana", "--style", "Happy:0.8", "-o", "b.wav", "おはよう").status == 0
    assert Path("a.wav").read_bytes() == Path("b.wav").read_bytes()
    ssml = '<speak><voice name="hana"><p><s>いち</s></p></voice></speak>'
    script("s.xml", ssml)
    assert sbv2("render", "s.xml", "-m", "hana", "--style", "喜び").status == 0
    assert {"Happy": 0.8} in styles().values()


def test_a_column_is_ignored(sbv2: Sbv2) -> None:
    script("l.csv", "id,text,感情,style\na,おはよう,怒り,笑顔\n")
    refused = sbv2("render", "l.csv", "-m", "hana")
    assert refused.status == 2
    assert "voice.style-unknown" in refused.talk
    done = sbv2("render", "l.csv", "-m", "hana", "--column", "style=")
    assert done.status == 0, done.talk
    assert styles() == {"a": {"Neutral": 1.0}}
    script("l.jsonl", '{"id":"a","text":"おはよう","style":"怒り"}\n')
    assert sbv2("render", "l.jsonl", "-m", "hana", "--column", "style=", "-o", "j").status == 0
    assert "usage.column" in sbv2("render", "l.csv", "-m", "hana", "--column", "text=").talk
    assert "usage.column" in sbv2("render", "l.csv", "-m", "hana", "--column", "stile=").talk
