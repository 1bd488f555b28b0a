"""`sbv2 say --lines`: a sound for each line, and rows of JSON answered one by one."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shell
import soundfile
from stage import Result, Sbv2, script

Spawn = Callable[..., "subprocess.Popen[bytes]"]
PAGE = shell.ROOT / "docs" / "how-to" / "coprocess.md"


def rows_of(result: Result) -> list[dict[str, Any]]:
    return [json.loads(row) for row in result.data.splitlines()]


def asked(sbv2: Sbv2, *rows: object, options: tuple[str, ...] = ()) -> Result:
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    return sbv2("say", "-m", "hana", "--lines", "--json", *options, stdin=text.encode())


def test_a_file_for_each_line(sbv2: Sbv2) -> None:
    result = sbv2(
        "say", "-m", "hana", "--lines", "-o", "out_{n}.wav", stdin="はい。\n\nいいえ。\n".encode()
    )
    assert (result.status, result.data) == (0, b"")
    assert [row.split(",")[0] for row in result.talk.splitlines()] == ["out_1.wav", "out_2.wav"]
    assert Path("out_2.wav").read_bytes() == sbv2("say", "-m", "hana", "いいえ。").data


def test_a_bad_line_harms_no_other(sbv2: Sbv2) -> None:
    script("a.jsonl", '{"text": "はい。", "style": "Nope"}\n{"id": "b", "text": "はい。"}\n')
    result = sbv2("say", "-m", "hana", "--lines", "-i", "a.jsonl", "-o", "{id}.wav")
    assert result.status == 3
    assert "voice.style-unknown" in result.talk
    assert Path("b.wav").is_file()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("-o", "one.wav"), "name.template"),
        (("-o", "{nc}.wav"), "say.template"),
        (("-o", "{n}.xyz"), "format.unknown"),
        ((), "say.lines"),
        (("--stream", "-o", "{n}.wav"), "say.lines"),
        (("--timing", "t.json", "-o", "{n}.wav"), "say.lines"),
    ],
)
def test_what_cannot_be_meant_is_refused(sbv2: Sbv2, options: tuple[str, ...], code: str) -> None:
    result = sbv2("say", "-m", "hana", "--lines", *options, stdin=b"a\n")
    assert result.status == 2
    assert f"error[{code}]" in result.talk
    assert list(Path().glob("*.wav")) == []


@pytest.mark.parametrize("name", ["h_{n}.wav", "{id}.wav", "{chapter:02d}/a.wav", "h_{num}.wav"])
def test_a_name_with_a_field_is_no_name_of_one_sound(sbv2: Sbv2, name: str) -> None:
    result = sbv2("say", "-m", "hana", "-o", name, "はい。")
    field = name[name.index("{") : name.index("}") + 1]
    assert result.status == 2
    assert result.talk == (
        f'error[usage.pattern]: "{name}" is the name of one file: nothing is put in for "{field}"\n'
        "  hint: add --lines for a file of each line\n"
    )
    assert not list(Path().glob("*.wav"))


def test_braces_that_are_no_field_stay(sbv2: Sbv2) -> None:
    assert sbv2("say", "-m", "hana", "-o", "{草稿}.wav", "はい。").status == 0
    assert Path("{草稿}.wav").is_file()


def test_two_lines_never_share_a_file(sbv2: Sbv2) -> None:
    rows = [
        {"id": "a", "text": "はい。", "character": "x"},
        {"id": "b", "text": "い", "character": "x"},
    ]
    one, two = rows_of(asked(sbv2, *rows, options=("-o", "{character}.wav")))
    assert one["ok"]
    assert two["error"]["code"] == "name.collision"
    again = rows_of(asked(sbv2, rows[0], {**rows[0], "take": 2}, options=("-o", "{id}.wav")))
    assert [row["ok"] for row in again] == [True, True]


def test_each_row_is_answered(sbv2: Sbv2) -> None:
    result = asked(
        sbv2,
        {"id": "a1", "text": "おはよう。", "style": "Happy", "speed": 1.2, "take": 2},
        '"はい。"',
        "",
        "{bad",
        {"text": "はい。", "style": "Nope"},
        {"id": "q", "text": " "},
        {"id": "a1", "text": "箸", "reading": "ハ'シ"},
        '{"text": "はい。", "voice": "nobody"}',
        "[1]",
        options=("-o", "out/{n}.flac"),
    )
    assert result.status == 3
    rows = rows_of(result)
    assert [row["n"] for row in rows] == list(range(1, 9))
    assert [row["ok"] for row in rows] == [True, True, False, False, True, True, False, False]
    assert rows[0]["id"] == "a1"
    assert rows[0]["kana"].startswith("オハヨー")
    assert Path(rows[0]["file"]).read_bytes()[:4] == b"fLaC"
    assert soundfile.info(rows[0]["file"]).frames == rows[0]["samples"]
    assert "skipped" in rows[4]
    assert rows[5]["kana"] == "ハ'シ"
    codes = [row["error"]["code"] for row in rows if not row["ok"]]
    assert codes == ["script.json", "voice.style-unknown", "voice.missing", "script.json"]
    assert rows[2]["error"]["at"].startswith("<stdin>:4")
    assert set(rows[2]["error"]) == {"code", "message", "at", "hint"}


def test_a_line_sounds_as_if_it_were_alone(sbv2: Sbv2) -> None:
    alone = sbv2("say", "-m", "hana", "--take", "2", "はい。").data
    text = {"text": "はい。", "take": 2}
    data = asked(sbv2, {"text": "おはようございます。"}, text, "{", text).data
    sounds = []
    stream = io.BytesIO(data)
    while row := stream.readline():
        sounds.append(stream.read(json.loads(row).get("bytes", 0)))
    assert sounds[1] == sounds[3] == alone
    assert sounds[2] == b""


def test_a_voice_that_is_not_there_is_told_at_once(sbv2: Sbv2) -> None:
    result = sbv2("say", "-m", "nobody", "--lines", "--json", stdin=b'"a"\n')
    assert result.status == 4
    assert result.json["error"]["code"] == "voice.missing"


def test_a_row_without_an_end_is_answered(sbv2: Sbv2) -> None:
    long = '{"text": "' + "あ" * 600_000
    rows = rows_of(asked(sbv2, long, {"id": "b", "text": "はい。"}, options=("-o", "{n}.wav")))
    assert [row["ok"] for row in rows] == [False, True]


def test_an_answer_comes_before_the_next_row(spawn: Spawn) -> None:
    process = spawn("say", "-m", "hana", "--lines", "--json", stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    for text in ("おはよう。", "はい。"):
        process.stdin.write(f'{{"text": "{text}"}}\n'.encode())
        process.stdin.flush()
        row = json.loads(process.stdout.readline())
        assert process.stdout.read(row["bytes"])[:4] == b"RIFF"
    assert process.communicate(timeout=60) == (b"", b"")
    assert process.returncode == 0


def test_a_reader_that_goes_away_ends_it(spawn: Spawn) -> None:
    process = spawn("say", "-m", "hana", "--lines", "--json", stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b'"a"\n')
    process.stdin.flush()
    process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    assert process.communicate(b'"a"\n' * 50, timeout=60) == (None, b"")
    assert process.returncode == 141


def test_a_signal_ends_it_while_it_waits(spawn: Spawn) -> None:
    process = spawn("say", "-m", "hana", "--lines", "--json", stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b'"a"\n')
    process.stdin.flush()
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 143


# The page.


def example(language: str) -> str:
    found = re.search(
        rf"^```{language}\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert found is not None
    return found[1]


@pytest.fixture
def program(stage: Path) -> dict[str, str]:
    """The environment in which the examples run."""
    (stage / "bin").mkdir()
    sbv2 = stage / "bin" / "sbv2"
    sbv2.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sbv2cli "$@"\n', encoding="utf-8")
    sbv2.chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{sbv2.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }


def run(command: list[str], environment: dict[str, str]) -> list[str]:
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_the_example_for_bash(program: dict[str, str]) -> None:
    if shutil.which("bash") is None:
        pytest.skip("no bash here")
    rows = [json.loads(row) for row in run(["bash", "-c", example("bash")], program)]
    assert [row["file"] for row in rows] == ["lines/a1.wav", "lines/a2.wav"]
    assert rows[1]["kana"].startswith("ハシ'")
    assert all(Path(row["file"]).is_file() for row in rows)


def test_the_example_for_python(program: dict[str, str]) -> None:
    shown = run([sys.executable, "-c", example("python")], program)
    assert shown[:2] == ["b'RIFF'", "b'RIFF'"]
    assert "Hapy" in shown[2]
    assert shown[3] == "3"


def test_the_example_for_node(program: dict[str, str]) -> None:
    if shutil.which("node") is None:
        pytest.skip("no node here")
    shown = run(["node", "-e", example("js")], program)
    assert shown == ["lines/b1.wav true", "false voice.style-unknown"]
