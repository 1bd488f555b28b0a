"""The table of exit statuses, a test a row."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from stage import Sbv2, files, rows, script

from sbv2cli import folder_lock

Spawn = Callable[..., "subprocess.Popen[bytes]"]


def test_0_everything_is_there(sbv2: Sbv2) -> None:
    script("a.txt", "やあ。\n")
    assert sbv2("render", "a.txt", "-m", "hana").status == 0


def test_0_nothing_to_do(sbv2: Sbv2) -> None:
    script("a.txt", "")
    result = sbv2("render", "a.txt", "-m", "hana")
    assert result.status == 0
    assert "the script has no lines" in result.talk


def test_1_a_bug(sbv2: Sbv2, monkeypatch: pytest.MonkeyPatch) -> None:
    from sbv2cli.pipeline import prepare

    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(prepare, "prepare", broken)
    script("a.txt", "やあ。\n")
    result = sbv2("render", "a.txt", "-m", "hana")
    assert result.status == 1
    assert "error[bug]" in result.talk


@pytest.mark.parametrize(
    "wrong",
    [
        ("render", "a.txt", "-m", "hana", "--spead", "2"),
        ("render", "a.txt", "-m", "hana", "--speed", "fast"),
        ("render", "a.txt", "-m", "hana", "--name", "{idd}"),
        ("render", "a.txt", "-m", "hana", "--select", "idd=1"),
        ("render", "a.txt", "-m", "hana", "--format", "aiff"),
        ("render", "a.txt", "-m", "hana", "--format", "flac", "--subtype", "float"),
        ("render", "a.txt", "-m", "hana", "--style", "Hapy"),
        ("render", "a.txt", "-m", "hana", "--speaker", "Jiro"),
        ("render", "a.txt", "-m", "hana", "--lang", "en"),
        ("render", "a.txt", "-m", "hana", "--lang", "xx"),
        ("render", "a.txt", "-m", "hana", "--gain", "loud"),
        ("render", "a.txt", "-m", "hana", "--max-failures", "many"),
        ("render", "nothing.txt", "-m", "hana"),
        ("say", "-m", "hana"),
        ("say", "-m", "hana", "-o", "a.xyz", "やあ"),
        ("say", "-m", "hana", "--stream", "-f", "mp3", "やあ"),
        ("sya", "やあ"),
    ],
)
def test_2_usage(sbv2: Sbv2, wrong: tuple[str, ...]) -> None:
    script("a.txt", "やあ。\n")
    result = sbv2(*wrong)
    assert result.status == 2
    assert result.data == b""
    assert not Path("out").exists() or not files()


def test_2_everything_wrong_is_said_at_once(sbv2: Sbv2) -> None:
    script("l.csv", "id,text,voice,style,speed\na,や,,Hapy,\nb,や,hana,Happy,fast\nc,や,,Hapy,\n")
    result = sbv2("render", "l.csv", "-m", "hana")
    assert result.status == 2
    assert result.talk == (
        'error[voice.style-unknown]: voice "hana" has no style "Hapy"\n'
        "  at: l.csv:2:3\n"
        "  at: l.csv:4:3\n"
        '  hint: did you mean "Happy"?\n'
        'error[setting.speed]: speed is "fast", which is not a number\n'
        "  at: l.csv:3:16\n"
        "  hint: write a factor, such as 1.2, 120% or +20%\n"
        "3 problems; nothing was spoken\n"
    )


def test_3_a_line_failed(sbv2: Sbv2) -> None:
    script("l.csv", "id,text,reading\na,大人気,漢字\nb,やあ。,\n")
    assert sbv2("render", "l.csv", "-m", "hana").status == 3


def test_3_a_bug_met_by_one_line_harms_no_other(
    sbv2: Sbv2, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sbv2cli.pipeline import finish

    real = finish.finish

    def breaks_once(*arguments: object, **named: object) -> object:
        monkeypatch.setattr(finish, "finish", real)
        raise ZeroDivisionError("oops")

    script("l.csv", "id,text\na,はい。\nb,やあ。\nc,いいえ。\n")
    monkeypatch.setattr(finish, "finish", breaks_once)
    result = sbv2("render", "l.csv", "-m", "hana")
    assert result.status == 3
    assert "error[line.bug] in 1 line" in result.talk
    assert sorted(row["status"] for row in rows().values()) == ["failed", "ok", "ok"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (("render", "a.txt", "-m", "nobody"), "voice.missing"),
        (("render", "a.txt", "-m", "broken"), "voice."),
        (("render", "a.txt", "-m", "hana", "--device", "cuda:7"), "device.missing"),
        (("say", "-m", "nobody", "-o", "x.wav", "やあ"), "voice.missing"),
        (("voices", "verify", "broken"), "voice."),
    ],
)
def test_4_environment(sbv2: Sbv2, wrong: tuple[str, ...], code: str) -> None:
    script("a.txt", "やあ。\n")
    Path("voices/broken").mkdir()
    Path("voices/broken/config.json").write_text("{}")
    result = sbv2(*wrong)
    assert result.status == 4, result.talk
    assert f"error[{code}" in result.talk
    assert result.data == b""


def test_4_a_full_disk_leaves_a_run_that_can_go_on(
    sbv2: Sbv2, monkeypatch: pytest.MonkeyPatch
) -> None:
    script("l.csv", "id,text\n" + "".join(f"l{n},{n}番。\n" for n in range(30)))
    assert sbv2("render", "l.csv", "-m", "hana", "-o", "whole").status == 0
    real, written = os.replace, 0

    def until_full(self: Path, target: Path) -> Path:
        nonlocal written
        written += 1
        if written > 15:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(self, target)
        return target

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", until_full)
        full = sbv2("render", "l.csv", "-m", "hana")
    assert full.status == 4
    assert "error[disk.full]: there is no room left on the disk" in full.talk
    assert "it goes on where it stopped" in full.talk
    assert not [name for name in files() if name.endswith(".part")]
    left = rows()
    assert 0 < len(left) < 30
    assert sbv2("render", "l.csv", "-m", "hana").status == 0
    assert files() == files("whole")


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_4_a_read_only_folder(sbv2: Sbv2, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    script("a.txt", "やあ。\n")

    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    # Injected, as whoever runs tests as root may write anywhere.
    with monkeypatch.context() as patch:
        patch.setattr(folder_lock.os, "open", refuse)
        result = sbv2("render", "a.txt", "-m", "hana")
    assert result.status == 4
    assert "error[disk.read-only]" in result.talk


def test_4_a_folder_that_is_a_file(sbv2: Sbv2) -> None:
    script("a.txt", "やあ。\n")
    Path("out").write_text("")
    assert sbv2("render", "a.txt", "-m", "hana").status == 4


def test_141_a_closed_pipe_ends_quietly(spawn: Spawn) -> None:
    process = spawn("say", "-m", "hana", "--stream", "-f", "s16le", "やあ。" * 200)
    assert process.stdout is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr is not None
    talk = process.stderr.read()
    assert process.wait(60) == 141
    assert talk == b""
    process.stdout = None


def test_141_a_closed_pipe_ends_a_run_that_can_go_on(sbv2: Sbv2, spawn: Spawn) -> None:
    script("s.txt", "".join(f"{number}番目。\n" for number in range(300)))
    process = spawn("render", "s.txt", "-m", "hana", "--print", "path", "-q")
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b"out/")
    process.stdout.close()
    assert process.stderr is not None
    talk = process.stderr.read()
    assert process.wait(60) == 141
    assert talk == b""
    process.stdout = None
    left = rows()
    assert 0 < len(left) < 300
    assert sbv2("render", "s.txt", "-m", "hana", "--limit", "5").status == 0


def test_a_script_without_lines_is_named_and_no_manifest_is_said_to_be_there(sbv2: Sbv2) -> None:
    script("empty.txt", "\n")
    talk = sbv2("render", "empty.txt", "-m", "hana").talk
    assert "empty.txt: the script has no lines; see how it is read: sbv2 check" in talk
    assert "manifest.jsonl" not in talk
    assert not Path("out/manifest.jsonl").exists()


def test_a_manuscript_without_lines_makes_no_book(sbv2: Sbv2) -> None:
    script("empty.txt", "\n")
    result = sbv2("book", "empty.txt", "-m", "hana", "-o", "empty.wav")
    assert result.status == 2
    assert result.talk.splitlines()[:2] == [
        "error[script.empty]: the manuscript has no lines",
        "  at: empty.txt",
    ]
    script("empty.txt", "はい。\n")  # and when it has one, the same command goes on
    assert sbv2("book", "empty.txt", "-m", "hana", "-o", "empty.wav", "--no-fsync").status == 0


def test_a_name_that_is_too_long_for_the_disk_asks_for_a_shorter_one(sbv2: Sbv2) -> None:
    script("a.txt", "はい。\n")
    result = sbv2("render", "a.txt", "-m", "hana", "-o", "あ" * 100)
    assert result.status == 4
    assert "hint: choose a shorter name" in result.talk


def test_an_output_folder_is_no_template(sbv2: Sbv2, monkeypatch: pytest.MonkeyPatch) -> None:
    script("a.txt", "はい。\n")
    result = sbv2("render", "a.txt", "-m", "hana", "-o", "out/{chapter}")
    assert result.status == 2
    assert result.talk == (
        'error[usage.pattern]: "out/{chapter}" is the name of one folder: nothing is put in for'
        ' "{chapter}"\n'
        "  at: --output\n"
        "  hint: -o out --name '{id}.{ext}': the folder, and how its files are called\n"
    )
    monkeypatch.setenv("SBV2_MESSAGES", "ja")
    assert "は一つのフォルダーの名前です" in sbv2("render", "a.txt", "-o", "{n}").talk
    assert sbv2("render", "a.txt", "-m", "hana").status == 0
    monkeypatch.setenv("SBV2_MESSAGES", "en")
    exported = sbv2("export", "out", "--to", "lab", "-o", "{chapter}")
    assert exported.status == 2
    assert "error[usage.pattern]" in exported.talk


def test_a_level_of_pauses_is_no_part_of_the_code(sbv2: Sbv2) -> None:
    for written in ("comma=long", "comma=99s"):
        result = sbv2("render", script("a.txt", "はい。\n"), "--pause", written)
        assert result.talk.startswith("error[setting.pause]: pause comma is")


def test_a_choice_of_no_line_suggests_lines_in_their_order(sbv2: Sbv2) -> None:
    script("l.csv", "id,text\n" + "".join(f"l{n},はい。\n" for n in range(9)))
    script("choice.csv", "id,take\nzz,2\n")
    talk = sbv2("render", "l.csv", "-m", "hana", "--choose", "choice.csv").talk
    names = ", ".join(f'"l{n}"' for n in range(8))
    assert f"hint: known: {names} and 1 more" in talk


def test_a_selection_that_no_line_fits_is_told(sbv2: Sbv2) -> None:
    script("l.csv", "id,text\na,はい。\n")
    result = sbv2("render", "l.csv", "-m", "hana", "--select", "id=zz")
    assert "warning: no line is selected" in result.talk
    assert "no line is selected" not in sbv2("render", "l.csv", "-m", "hana").talk
