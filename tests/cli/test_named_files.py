"""A file that an option names: what cannot be read is status 2, what cannot be written is 4.

Every option of every command that names a file or a folder stands in one of the tables below.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from stage import Sbv2, script

from sbv2cli.cli.main import sbv2 as root
from sbv2cli.settings.keys import KEYS

RENDER = ("render", "l.csv", "-m", "hana", "--dry-run", "-q")
CHECK = ("check", "l.csv")
BOOK = ("book", "l.csv", "-m", "hana", "-o", "b.flac", "--no-fsync")
JOIN = ("join", "out", "-o", "j.flac")
CONVERT = ("voices", "convert", "hana", "--to", "aivm", "-o", "new.aivm")

# option -> a command that has it, without the name of the file
READ = {
    "--config": (*RENDER, "--config"),
    "--cast": (*RENDER, "--cast"),
    "--dict": (*RENDER, "--dict"),
    "--corrections": (*RENDER, "--corrections"),
    "--fill": (*RENDER, "--fill"),
    "--choose": (*RENDER, "--choose"),
    "--opening": (*JOIN, "--opening"),
    "--closing": (*JOIN, "--closing"),
    "--cover": (*JOIN, "--cover"),
    "--joined": ("export", "out", "--to", "lab", "--joined"),
    "--back": ("export", "out", "--back"),
    "--icon": (*CONVERT, "--icon"),
    "--license": (*CONVERT, "--license"),
    "--durations": ("train", "prepare", "audio", "t.csv", "-o", "d", "--durations"),
}
# The same option in other commands.
READ_TOO = [
    ("check", "l.csv", "--cast"),
    ("check", "l.csv", "--dict"),
    ("check", "l.csv", "--fill"),
    ("check", "l.csv", "--corrections"),
    ("say", "-m", "hana", "はい。", "-o", "x.wav", "--dict"),
    ("import", "l.csv", "-o", "i.csv", "--fill"),
    (*BOOK, "--cast"),
    (*BOOK, "--opening"),
    (*BOOK, "--closing"),
    (*BOOK, "--cover"),
    ("doctor", "-c"),
    ("train", "prepare", "audio", "t.csv", "-o", "d", "--dict"),
]
WRITTEN = {
    "--log-file": (*CHECK, "--log-file"),
    "--manifest": ("render", "l.csv", "-m", "hana", "--manifest"),
    "--write-carried": (*CHECK, "--write-carried"),
    "--fix": (*CHECK, "--against", "out", "--fix"),
    "--timing": ("say", "-m", "hana", "はい。", "-o", "x.wav", "--timing"),
}


@pytest.fixture(autouse=True)
def there(stage: Path) -> None:
    """A script, a run of it, a folder and a link that leads back to itself."""
    del stage
    script("l.csv", "id,text\na,はい。\nb,いいえ。\n")
    script("t.csv", "audio,text\na.wav,はい。\n")
    Path("folder").mkdir()
    Path("audio").mkdir()
    Path("loop").symlink_to("loop")


REASONS = {
    "none": "no such file or directory",
    "folder": "is a directory",
    "loop": "too many levels of symbolic links",
}


@pytest.mark.parametrize("what", REASONS)
@pytest.mark.parametrize("command", [*READ.values(), *READ_TOO], ids=" ".join)
def test_what_cannot_be_read_is_status_2(sbv2: Sbv2, command: tuple[str, ...], what: str) -> None:
    if "out" in command:
        assert sbv2("render", "l.csv", "-m", "hana", "--no-fsync").status == 0
    result = sbv2(*command, what)
    option = {"-c": "--config"}.get(command[-1], command[-1])
    assert result.status == 2
    assert result.talk.splitlines()[-3].endswith(f"cannot read the file: {REASONS[what]}")
    assert result.talk.splitlines()[-2:] == [
        f"  at: {what}",
        f"  hint: check the path given with {option}",
    ]
    assert list(Path().glob("*.work/manifest.jsonl")) == []  # nothing was spoken before it


@pytest.mark.parametrize("what", ["folder", "l.csv/x"])
@pytest.mark.parametrize("command", WRITTEN.values(), ids=" ".join)
def test_what_cannot_be_written_is_status_4(
    sbv2: Sbv2, command: tuple[str, ...], what: str
) -> None:
    if "out" in command:
        assert sbv2("render", "l.csv", "-m", "hana", "--no-fsync").status == 0
    if what != "folder" and command[-1] == "--manifest":
        return  # it is read first
    result = sbv2(*command, what)
    assert result.status == 4, result.talk
    assert "is a directory" in result.talk or "not a directory" in result.talk
    assert f"  at: {what}\n" in result.talk
    assert "  hint: " in result.talk


@pytest.mark.parametrize(
    "command",
    [
        ("say", "-m", "hana", "はい。", "-o"),
        ("import", "l.csv", "--to", "csv", "-o"),
        (*JOIN[:2], "-o"),
        ("proof", "out", "-o"),
        (*CHECK, "--write-carried"),
    ],
    ids=" ".join,
)
def test_a_folder_where_a_file_is_written(sbv2: Sbv2, command: tuple[str, ...]) -> None:
    Path("folder.flac").mkdir()
    result = sbv2(*command, "folder.flac")
    assert result.status == 4
    assert result.talk == (
        "error[disk.write]: cannot write there: is a directory\n"
        "  at: folder.flac\n"
        "  hint: give the name of a file: there is a folder of this name\n"
    )


@pytest.mark.parametrize(
    "command",
    [
        ("render", "l.csv", "-m", "hana", "-o"),
        (*BOOK, "--work"),
        ("export", "out", "--to", "lab", "-o"),
        ("voices", "install", "voices/hana", "--yes", "--to"),
    ],
    ids=" ".join,
)
def test_a_file_where_a_folder_is_written(sbv2: Sbv2, command: tuple[str, ...]) -> None:
    result = sbv2(*command, "l.csv")
    assert result.status == 4
    assert "a file stands where a folder is to be" in result.talk


def test_the_place_that_names_a_file_is_told(sbv2: Sbv2, monkeypatch: pytest.MonkeyPatch) -> None:
    script("sbv2.toml", '[defaults]\nspeed = 1\ndict = "none.csv"\n')
    result = sbv2(*CHECK)
    assert result.status == 2
    assert result.talk.endswith("none.csv\n  hint: check the path given with sbv2.toml:3\n") or (
        result.talk.endswith("/sbv2.toml:3\n")
    )
    monkeypatch.setenv("SBV2_DICT", "other.csv")
    assert "at: other.csv\n  hint: check the path given with SBV2_DICT\n" in sbv2(*CHECK).talk
    monkeypatch.setenv("SBV2_MESSAGES", "ja")
    assert "対処: SBV2_DICT で指定したパスを確かめてください\n" in sbv2(*CHECK).talk
    monkeypatch.setenv("SBV2_CONFIG", "none.toml")
    assert "対処: SBV2_CONFIG で指定したパスを確かめてください\n" in sbv2(*CHECK).talk


def test_a_list_of_a_selection_is_a_file_like_others(sbv2: Sbv2) -> None:
    result = sbv2(*RENDER, "--select", "id=@none.txt")
    assert result.status == 2
    assert result.talk == (
        "error[usage.select]: cannot read the file: no such file or directory\n"
        "  at: none.txt\n"
        "  hint: check the path given with --select\n"
    )


def test_a_manifest_that_is_only_read_is_not_said_to_be_written(sbv2: Sbv2) -> None:
    result = sbv2(*CHECK, "--against", "folder", "--manifest", "loop")
    assert result.status == 2
    assert "error[usage.file]: cannot read the file: too many levels" in result.talk
    file = sbv2(*CHECK, "--against", "l.csv")
    assert file.status == 2
    assert "error[audit.folder]: that is a file and no folder\n  at: l.csv" in file.talk


# Options whose files have errors of their own kind: voices and their parts (status 4), what
# training learns from (2), and folders that a run makes.
OTHERS = {
    *("--like", "--base", "--vocoder", "--decoder-from", "--wavlm", "--style-vectors"),
    *(
        "--style-model",
        "--extract-media",
        "--out",
        "--output",
        "--to",
        "--work",
        "--input",
        "--against",
        "--bert",
    ),
}


def test_every_option_that_names_a_file_is_looked_at_here() -> None:
    named = {
        max(option.opts, key=len)
        for command in _commands(root)
        for option in command.params
        if isinstance(option, click.Option) and isinstance(option.type, click.Path)
    }
    settings = {f"--{name.replace('_', '-')}" for name, key in KEYS.items() if key.path}
    known = {*READ, *WRITTEN, *OTHERS, "--room-tone"}
    assert named | settings | {"--dict"} <= known


def _commands(group: click.Command) -> Iterator[click.Command]:
    yield group
    if isinstance(group, click.Group):
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            yield from _commands(command)
