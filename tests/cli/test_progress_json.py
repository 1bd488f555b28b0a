"""`--progress json`: every row of stderr is JSON, whatever happens; and how bars look."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from typing import Any

import pytest
from stage import Result, Sbv2, script

from sbv2cli.cli import json_talk
from sbv2cli.cli.progress import Progress
from sbv2cli.settings import config


def events(result: Result) -> list[dict[str, Any]]:
    rows = [json.loads(row) for row in result.talk.splitlines()]
    assert all("type" in row for row in rows)
    return rows


def kinds(result: Result) -> set[str]:
    return {row["type"] for row in events(result)}


def test_a_run_talks_json_alone(sbv2: Sbv2) -> None:
    script("a.csv", "id,text,style\na,はい。,\nb,いいえ。,\nc,...,\n")
    result = sbv2("render", "a.csv", "-m", "hana", "--progress", "json", "-vv")
    assert result.status == 0
    assert {"start", "stage", "line", "summary", "note"} <= kinds(result)
    assert {"what": "loading voice", "type": "stage"} in events(result)


@pytest.mark.parametrize("way", [("--progress", "json"), ("--progress=json",)])
def test_what_is_wrong_with_a_script_is_json(sbv2: Sbv2, way: tuple[str, ...]) -> None:
    script("a.csv", "id,text,style\na,はい。,Nope\nb,はい。,Hapy\n")
    result = sbv2("render", "a.csv", "-m", "hana", *way)
    (error,) = [row for row in events(result) if row["type"] == "error"]
    assert (result.status, error["status"]) == (2, 2)
    assert {one["code"] for one in error["errors"]} == {"voice.style-unknown"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("render", "none.csv"), "script.missing"),
        (("render", "none.csv", "--bogus"), "usage"),
        (("rendr",), "usage"),
        (("say", "-m", "nobody", "はい"), "voice.missing"),
        (("voices", "show", "nobody"), "voice.missing"),
    ],
)
def test_errors_are_json(sbv2: Sbv2, arguments: tuple[str, ...], code: str) -> None:
    result = sbv2("--progress", "json", *arguments)
    error = events(result)[-1]
    assert error["type"] == "error"
    assert error["code"] == code
    assert error["message"]
    assert result.status == error["status"]


def test_a_bug_is_json(sbv2: Sbv2, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        sys.stderr.write("somebody talks\n")
        raise RuntimeError("two\nrows")

    monkeypatch.setattr(config, "load", broken)
    monkeypatch.setattr("sbv2cli.cli.options.common.load", broken)
    rows = events(result := sbv2("doctor", "--progress", "json"))
    assert (result.status, rows[-1]["code"]) == (1, "bug")
    assert rows[-1]["message"] == "rows"


def test_findings_are_json(sbv2: Sbv2) -> None:
    script("a.jsonl", '{"text": "はい。", "speed": "fast"}\n')
    result = sbv2("check", "a.jsonl", "--progress", "json", "--fail-on", "error")
    assert result.status in (2, 3)
    assert kinds(result) <= {"finding", "error", "note", "warning", "start", "summary", "stage"}


def test_whatever_else_is_printed_becomes_a_message() -> None:
    stream = io.StringIO()
    rows = json_talk.JsonRows(stream)
    rows.write("half a ")
    rows.write('row\n{"type": "note", "message": "x"}\n\n\x1b[31mred')
    rows.close_row()
    said = [json.loads(row) for row in stream.getvalue().splitlines()]
    assert [row["type"] for row in said] == ["message", "note", "message"]
    assert said[0]["message"] == "half a row"
    assert "\x1b" not in stream.getvalue()


# Bars.


class Terminal(io.StringIO):
    """A terminal of some width."""

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return 99


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_a_bar_has_room_or_is_not_there(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    size = os.terminal_size((columns, 24))
    monkeypatch.setattr(os, "get_terminal_size", lambda _descriptor: size)
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = Terminal()
    with Progress(style="bar", stream=shown, total=10) as progress:
        progress.wait("loading voice")
        for _ in range(15):
            progress.advance(audio_s=2.0)
            progress._bar.refresh()
    text = shown.getvalue()
    assert "loading voice" in text
    assert max(int(percent) for percent in re.findall(r"(\d+)%", text)) == 100
    bars = re.findall(r"\|(.*?)\|", text)
    assert all(len(bar) >= 8 for bar in bars)
    assert bool(bars) == (columns >= 100)
