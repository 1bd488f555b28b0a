"""Counting names, what the script asks for, and what engines look for."""

from __future__ import annotations

import pytest

from sbv2cli.errors import UsageError
from sbv2cli.pipeline.file_names import FileNames, NameRules, SpokenAs
from sbv2cli.records import LineId, ScriptLine, Source
from sbv2cli.settings.engines import ENGINES
from sbv2cli.writers import naming

SAID = SpokenAs(voice="hana", speaker=None, style=None, take=1, language="ja")


def line(name, number, **fields):
    at = Source(path="a.csv", row=number + 1)
    return ScriptLine(id=LineId(name), number=number, text="あ", source=at, **fields)


def names(lines, template=None, engine=None, ext="wav"):
    rules = NameRules(ext=ext, template=template, engine=engine)
    file_names = FileNames(rules, lines)
    return [file_names.of(each, SAID) for each in lines]


SCENE = [
    line("a", 1, character="太郎", chapter=1),
    line("b", 2, character="花子", chapter=1),
    line("c", 3, character="太郎", chapter=1, skip=True),
    line("d", 4, character="太郎", chapter=2),
    line("e", 5, chapter=2),
]


def test_nc_counts_the_lines_of_a_character():
    assert names(SCENE, "{character|語り}_{nc:03d}.{ext}") == [
        "太郎_001.wav",
        "花子_001.wav",
        "太郎_002.wav",  # skipped: it keeps its number for the day when it is spoken
        "太郎_003.wav",
        "語り_001.wav",
    ]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("n.character", [1, 1, 2, 3, 1]),
        ("n.chapter", [1, 2, 3, 1, 2]),
        ("n.chapter.character", [1, 1, 2, 1, 1]),
        ("n.scene", [1, 2, 3, 4, 5]),
        ("n.source", [1, 2, 3, 4, 5]),
    ],
)
def test_counts_within_other_things(field, expected):
    found = names(SCENE, f"{{id}}_{{{field}}}")
    assert [int(name[2:-4]) for name in found] == expected


def test_characters_that_look_the_same_in_names_are_counted_together():
    scene = [line("a", 1, character="TARO"), line("b", 2, character="taro")]
    found = names(scene, "{character}_{nc}.{ext}")
    assert not list(naming.collisions(zip("ab", found, strict=True)))


def test_the_character_of_lines_that_name_none_counts():
    scene = [line("a", 1, character="語り"), line("b", 2)]
    file_names = FileNames(NameRules(ext="wav", template="{nc}.{ext}"), scene, "語り")
    assert [file_names.of(each, SAID) for each in scene] == ["1.wav", "2.wav"]


@pytest.mark.parametrize("field", ["n.", "n.mood", "n.chapter.", "nc.chapter"])
def test_what_cannot_be_counted_is_refused(field):
    with pytest.raises(UsageError) as refused:
        naming.parse_template(f"{{{field}}}.{{ext}}")
    assert refused.value.code == "name.template"


def test_a_template_holds_over_the_wish_and_the_wish_over_an_engine():
    wishing = [line("a", 1, file="chara/akane_1")]
    tyrano = ENGINES["tyrano"]
    assert names(wishing) == ["chara/akane_1.wav"]
    assert names(wishing, engine=tyrano, ext="ogg") == ["data/sound/chara/akane_1.ogg"]
    assert names(wishing, engine=ENGINES["unreal"]) == ["RawAudio/Voice/ja/chara/akane_1.wav"]
    assert names(wishing, "{id}.{ext}", tyrano) == ["a.wav"]


@pytest.mark.parametrize(
    ("engine", "expected"),
    [
        ("renpy", "game/voice/line＿0E3dc4b.ogg"),
        ("tyrano", "data/sound/voice/line＿0E3dc4b.ogg"),
        ("yarn", "Assets/Voice/ja/line＿0e3dc4b.wav"),
        ("utage", "Resources/Sound/Voice/line＿0E3dc4b.wav"),
        ("unity", "Assets/Voice/ja/line＿0E3dc4b.wav"),
        ("unreal", "RawAudio/Voice/ja/line＿0E3dc4b.wav"),
        ("rpgmaker", "audio/voice/line＿0E3dc4b.ogg"),
        ("naninovel", "Assets/Resources/Naninovel/Voice/a/2670eb4.wav"),
    ],
)
def test_names_of_engines(engine, expected):
    wanted = ENGINES[engine]
    found = names(
        [line("line:line＿0E3dc4b", 1, meta={"text_id": "2670eb4"})],
        engine=wanted,
        ext=wanted.format,
    )
    assert found == [expected]


def test_a_take_among_several_tells_its_number():
    take = SpokenAs(voice="hana", speaker=None, style=None, take=2, language="ja")
    scene = [
        line("a-take1", 1, take_of="a", character="太郎"),
        line("a-take2", 1, take_of="a", character="太郎"),
        line("b", 2, character="太郎", file="wish"),
    ]

    def name(template, each):
        return FileNames(NameRules(ext="wav", template=template), scene).of(each, take)

    assert name(None, scene[1]) == "a-take2.wav"
    assert name("{id}_{take:02d}.{ext}", scene[1]) == "a_02.wav"
    assert name("{nc}.{ext}", scene[1]) == "1-take2.wav"
    assert name("{nc}.{ext}", scene[2]) == "2.wav"
