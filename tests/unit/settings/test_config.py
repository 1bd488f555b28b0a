"""Flags over variables over sbv2.toml over the user's file over built-ins."""

from __future__ import annotations

from pathlib import Path

import pytest

from sbv2cli.errors import UsageError
from sbv2cli.records import Delivery, LineId, ScriptLine, Source
from sbv2cli.settings.cast import Cast
from sbv2cli.settings.config import load
from sbv2cli.settings.parse import parse_pauses


def line(character=None, **delivery):
    return ScriptLine(
        id=LineId("a"), number=1, text="あ", source=Source(path="a", row=1),
        character=character, delivery=Delivery(**delivery),
    )  # fmt: skip


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A project folder with a script, and a home without settings."""
    home = tmp_path / "home"
    project = tmp_path / "project" / "scripts"
    home.mkdir()
    project.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    environment = {"HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    return tmp_path, environment


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_every_value_knows_who_said_it(place):
    root, environment = place
    write(root / "home/sbv2/config.toml", "[defaults]\nspeed = 0.8\npitch = 1\nnoise = 0.1\n")
    toml = write(root / "project/sbv2.toml", '[defaults]\nspeed = "90%"\n\npitch = 2\n')
    found = load(
        flags={"speed": 1.5, "style": None},
        scripts=[root / "project/scripts/a.csv"],
        environment={**environment, "SBV2_PITCH": "+3st", "SBV2_DICT": "a.csv:b.csv"},
    )
    assert (found["speed"], found.origin("speed")) == (1.5, "--speed")
    assert (found["pitch"], found.origin("pitch")) == (3.0, "SBV2_PITCH")
    assert (found["noise"], found.origin("noise")) == (0.1, f"{root}/home/sbv2/config.toml:4")
    assert (found["style"], found.origin("style")) == (None, "built in")
    assert found["dict"] == ("a.csv", "b.csv")
    assert found.files == (toml, root / "home/sbv2/config.toml")
    found = load(scripts=[root / "project/scripts/a.csv"], environment=environment)
    assert (found["speed"], found.origin("speed")) == (0.9, f"{toml}:2")
    assert found.origin("pitch") == f"{toml}:4"
    assert (found.delivery.speed, found["sdp_ratio"], found.delivery.sdp_ratio) == (0.9, 0.2, None)
    assert ("pitch", 2.0, f"{toml}:4") in list(found.rows())


def test_an_engine_holds_over_weaker_places_and_under_what_stands_beside_it(place):
    root, environment = place
    toml = write(root / "sbv2.toml", '[render]\nfor = "renpy"\nformat = "opus"\n')
    found = load(environment=environment)
    assert (found["for"], found["format"], found["name"]) == ("renpy", "opus", None)
    assert found.origin("subtype") == f"for renpy ({toml}:2)"
    toml.write_text('[render]\nformat = "opus"\nname = "{n}.{ext}"\nrate = 8000\n')
    found = load(flags={"for": "tyrano"}, environment=environment)
    assert (found["format"], found["name"], found["rate"]) == ("ogg", None, 8000)
    found = load(flags={"for": "tyrano", "name": "{id}.{ext}"}, environment=environment)
    assert (found["format"], found["name"]) == ("ogg", "{id}.{ext}")
    found = load(flags={"format": "mp3"}, environment={**environment, "SBV2_FOR": "unity"})
    assert (found["format"], found["name"]) == ("mp3", None)


def test_the_nearest_file_upward_from_the_script_else_from_here(place):
    root, environment = place
    write(root / "sbv2.toml", "[defaults]\nseed = 1\n")
    write(root / "project/sbv2.toml", "[defaults]\nseed = 2\n")
    script = Path("project/scripts/a.csv")
    assert load(scripts=[script], environment=environment)["seed"] == 2
    assert load(scripts=[Path("-")], environment=environment)["seed"] == 1
    assert load(environment=environment, use_files=False)["seed"] == 0
    named = write(root / "other.toml", "[defaults]\nseed = 3\n")
    assert load(scripts=[script], config_file=named, environment=environment)["seed"] == 3
    variable = {**environment, "SBV2_CONFIG": str(named)}
    assert load(scripts=[script], environment=variable)["seed"] == 3


def test_paths_are_relative_to_the_file_that_names_them(place):
    root, environment = place
    write(
        root / "project/sbv2.toml",
        'voices_path = ["voices"]\n[defaults]\ndict = ["names.csv"]\n[render]\noutput = "out"\n',
    )
    found = load(scripts=[root / "project/a.csv"], environment=environment)
    assert found["dict"] == (str(root / "project/names.csv"),)
    assert found["output"] == str(root / "project/out")
    assert found.voices_path == (root / "project/voices",)


def test_pauses(place):
    root, environment = place
    write(root / "sbv2.toml", '[defaults]\npause = {sentence="350ms", chapter=2.5}\n')
    found = load(environment=environment, flags={"pause": {"comma": 0.1}})
    assert {level: entry.value for level, entry in found.pause.items()} == {
        "comma": 0.1, "sentence": 0.35, "paragraph": 0.8, "scene": 1.2, "chapter": 2.5,
    }  # fmt: skip
    assert parse_pauses("comma=200ms, sentence=1") == {"comma": 0.2, "sentence": 1.0}
    for wrong in ("200ms", "coma=1s", "comma=long"):
        with pytest.raises(UsageError):
            parse_pauses(wrong)


def test_the_cast(place):
    root, environment = place
    write(
        root / "sbv2.toml",
        '[cast."太郎"]\nvoice = "amitaro"\nstyle = "Happy:0.8"\nspeed = 1.05\n'
        'aliases = ["e", "TARO"]\n[cast]\n"花子" = "hana"\n["cast"."*"]\nvoice = "narrator"\n',
    )
    cast = load(environment=environment).cast
    assert cast.delivery(line("太郎")) == Delivery(voice="amitaro", style="Happy:0.8", speed=1.05)
    assert cast.role("ｔａｒｏ ").name == "太郎"
    assert cast.delivery(line("花子")).voice == "hana"
    assert cast.delivery(line("誰か")).voice == "narrator"
    assert cast.delivery(line()) == Delivery()
    assert cast.role("太郎").origin == f"{root}/sbv2.toml:1"


def test_a_cast_file_goes_over_the_settings(place):
    root, environment = place
    write(root / "sbv2.toml", '[cast]\n"太郎" = "one"\n"花子" = "two"\n')
    sheet = write(root / "cast.toml", '["太郎"]\nvoice = "three"\n')
    cast = load(environment=environment, cast_file=sheet).cast
    assert [cast.delivery(line(name)).voice for name in ("太郎", "花子")] == ["three", "two"]
    assert not cast.knows("次郎")
    assert cast.suggestion("次郎") == 'known: "太郎", "花子"'
    assert Cast().knows("次郎")


def test_a_speaker_that_names_a_role_is_the_role():
    role = load(environment={}, use_files=False).cast
    assert role.own_delivery(line("amy", speaker="amy")).speaker == "amy"


def test_a_speaker_that_names_a_role_gives_way(place):
    root, environment = place
    cast = load(
        environment=environment, cast_file=write(root / "c.toml", '[cast]\namy = "v"\n')
    ).cast
    assert cast.own_delivery(line("amy", speaker="amy")).speaker is None
    assert cast.own_delivery(line("amy", speaker="two")).speaker == "two"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[defaults]\n\nsped = 1\n",
            ('error[config.key-unknown]: there is no setting "sped" in [defaults]\n'
            '  at: sbv2.toml:3\n  hint: did you mean "speed"?'),
        ),
        (
            "[default]\nspeed = 1\n",
            ('error[config.key-unknown]: there is no setting "default"\n'
            '  at: sbv2.toml:1\n  hint: did you mean "defaults"?'),
        ),
        (
            '[cast."太郎"]\nvoice = "a"\nstlye = "b"\n',
            ('error[config.key-unknown]: there is no setting "stlye" in [cast.太郎]\n'
            '  at: sbv2.toml:3\n  hint: did you mean "style"?'),
        ),
        (
            '[defaults]\nspeed = "fast"\n',
            ('error[setting.speed]: speed is "fast", which is not a number\n'
            "  at: sbv2.toml:2\n  hint: write a factor, such as 1.2, 120% or +20%"),
        ),
        (
            "[defaults]\nspeed = 1\nlength_scale = 1\n",
            "error[setting.twice]: speed and length_scale say the same twice\n  at: sbv2.toml:3",
        ),
        (
            "[defaults]\nspeed = [1]\n",
            "error[config.value]: speed is a list or a table\n  at: sbv2.toml:2",
        ),
        ("cast = 3\n", "error[config.value]: cast is not a table\n  at: sbv2.toml:1"),
        (
            "[cast]\n太郎 = 1\n",
            ("error[config.syntax]: no TOML: invalid statement\n  at: sbv2.toml:2:1\n"
            '  hint: a name beyond ASCII stands in quotes: [cast."太郎"]'),
        ),
        (
            '[cast."太郎"]\naliases = ["T"]\n[cast."t"]\n',
            ('error[cast.name-twice]: "t" names both "太郎" and "t"\n'
            "  at: sbv2.toml:3\n  hint: give the name or alias to one of them"),
        ),
    ],
)  # fmt: skip
def test_wrong_files_are_errors_with_their_row(place, text, expected):
    root, environment = place
    write(root / "sbv2.toml", text)
    with pytest.raises(UsageError) as caught:
        load(environment=environment)
    assert str(caught.value).replace(f"{root}/", "") == expected


def test_a_file_that_was_named_must_be_there(place):
    root, environment = place
    with pytest.raises(UsageError) as caught:
        load(environment=environment, config_file=root / "none.toml")
    assert caught.value.code == "config.missing"
    (root / "latin.toml").write_bytes(b"# caf\xe9\n")
    with pytest.raises(UsageError, match="not UTF-8"):
        load(environment=environment, config_file=root / "latin.toml")


def test_a_wrong_variable_is_named(place):
    _, environment = place
    with pytest.raises(UsageError) as caught:
        load(environment={**environment, "SBV2_SPEED": "fast"})
    assert caught.value.at == "SBV2_SPEED"
