"""The command line in Japanese: what a person reads, and nothing that a program reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from stage import Sbv2, rows, script

from sbv2cli.cli.main import sbv2 as root
from sbv2cli.cli.wrapping import columns
from sbv2cli.version import VERSION


@pytest.fixture(autouse=True)
def japanese(stage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Japanese locale, and nothing that says otherwise."""
    del stage
    monkeypatch.delenv("SBV2_MESSAGES")
    monkeypatch.setenv("LANG", "ja_JP.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)


def test_an_error_names_what_to_do(sbv2: Sbv2) -> None:
    script("lines.csv", "id,text\na1,はい。\na1,いいえ。\n")
    result = sbv2("render", "lines.csv", "-m", "hana")
    assert result.status == 2
    assert result.talk.splitlines() == [
        "エラー[script.id-twice]: id「a1」はすでに lines.csv:2:4 のものです",
        "  場所: lines.csv:3:4",
        "  対処: 各行に別々の id をつけてください",
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--sdp-ratio", "lots"), "エラー[setting.sdp-ratio]: sdp_ratio: "),
        (("--noise-w", "99"), "noise_w の 99 は 0 から 10 の外です"),
        (("--speed", "99"), "話速の 99 は"),
        (("--max-failures", "many"), "max_failures が「many」です"),
    ],
)
def test_a_setting_is_called_as_one_types_it(
    sbv2: Sbv2, arguments: tuple[str, ...], told: str
) -> None:
    script("a.txt", "はい。\n")
    assert told in sbv2("render", "a.txt", "-m", "hana", *arguments).talk


def test_click_speaks_japanese_too(sbv2: Sbv2) -> None:
    result = sbv2("render", "--forse")
    assert "'--forse' というオプションはありません。" in result.talk
    assert "使い方は 'sbv2 render --help' で見られます。" in result.talk
    assert "「rendr」というコマンドはありません。「render」ではありませんか？" in sbv2("rendr").talk


def test_the_end_of_a_run(sbv2: Sbv2) -> None:
    script("a.txt", "はい。\nいいえ。\n")
    talk = sbv2("render", "a.txt", "-m", "hana").talk
    assert "作成  2（新規 2）" in talk
    assert "変更なし  2" in sbv2("render", "a.txt", "-m", "hana").talk
    assert sbv2("check", "a.txt").talk.splitlines()[-1] == "2 行、直す所はありません"


def test_reports_for_people_are_japanese_and_their_tables_english(sbv2: Sbv2) -> None:
    script("lines.csv", "id,text,skip\na1,はい。,\nnew,text,\nx,いいえ。,1\n")
    sbv2("render", "lines.csv", "-m", "hana", "--no-fsync")
    page = Path("out/changes.md").read_text("utf-8")
    assert "# 変更\n" in page
    assert page.splitlines()[3].endswith(": 新規 2、1 行を飛ばしました")
    assert "## 作ったもの (2)\n\n| n | id | 理由 | 本文 | 秒 | ファイル |\n" in page
    assert "| 2 | new | 新規 | text |" in page  # an id and a text are of others
    assert Path("out/changes.csv").read_text("utf-8-sig").startswith("what,why,n,id,")
    sbv2("join", "out", "-o", "all.flac", "--loudness", "lufs:-20", "--no-fsync")
    levels = Path("all.report.md").read_text("utf-8")
    assert "## 直すこと" in levels
    assert "| ファイル | 章 | 長さ | RMS dB |" in levels
    assert "What" not in levels


def on_a_terminal(*arguments: str, width: int) -> list[str]:
    """What a command shows a person."""
    ours, its = os.openpty()
    environment = {**os.environ, "COLUMNS": str(width), "NO_COLOR": "1"}
    command = [sys.executable, "-m", "sbv2cli", *arguments]
    with subprocess.Popen(command, stdout=its, env=environment):
        os.close(its)
        shown = b""
        with suppress(OSError):  # the other end is closed
            while piece := os.read(ours, 65536):
                shown += piece
    os.close(ours)
    return shown.decode().splitlines()


@pytest.mark.skipif(sys.platform == "win32", reason="no terminals of this kind")
def test_tables_are_japanese_on_a_terminal_and_fit_a_narrow_one() -> None:
    shown = on_a_terminal("voices", "show", "hana", width=80)
    assert shown[0] == "hana"
    assert "言語          ja" in shown
    assert "ライセンス    不明" in shown
    assert "スタイル  番号  隔たり" in shown
    doctor = on_a_terminal("doctor", width=40)
    assert max(map(columns, doctor)) <= 40
    assert doctor[:3] == ["sbv2", f"  {VERSION}", "  良"]
    assert "設定ファイル" in doctor


def test_the_same_tables_are_data_in_a_pipe(sbv2: Sbv2) -> None:
    assert "licence\tunknown\n" in sbv2("voices", "show", "hana").out
    assert f"sbv2\t{VERSION}\tok\n" in sbv2("doctor").out


def test_what_programs_read_stays_english(sbv2: Sbv2) -> None:
    script("lines.csv", "id,text,style\na1,はい。,Nope\n")
    found = sbv2("check", "lines.csv", "-m", "hana", "--json").json["findings"]
    assert found[0]["message"].startswith('voice "hana" has no style "Nope"')
    script("b.txt", "…\n")
    sbv2("render", "b.txt", "-m", "hana")
    written = json.dumps(rows(), ensure_ascii=False)
    assert "ありません" not in written
    events = sbv2("render", "lines.csv", "-m", "hana", "--progress", "json").talk.splitlines()
    assert json.loads(events[-1])["message"].startswith('voice "hana" has no style "Nope"')


@pytest.mark.parametrize("name", list(root.list_commands(None)))  # type: ignore[arg-type]
def test_help_fits_and_is_japanese(sbv2: Sbv2, name: str) -> None:
    text = sbv2(name, "--help").data.decode()
    assert text.startswith("使い方: ")
    japanese = [line for line in text.splitlines() if columns(line) > len(line)]
    described = [line for line in japanese if "sbv2 " not in line]  # examples stay whole
    assert len(described) > 1
    assert max(map(columns, described)) <= 80
