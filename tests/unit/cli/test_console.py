"""Talk, data, colour, findings and progress."""

from __future__ import annotations

import io
import json

import pytest

from sbv2cli.cli.console import Console, OutputMode, PlacedFinding, Word, one_line, placed
from sbv2cli.cli.guard import printable
from sbv2cli.cli.progress import Progress, clock
from sbv2cli.cli.renders import RenderWatch
from sbv2cli.errors import MachineError, UsageError
from sbv2cli.records import Finding, LineId, ManifestRow, ScriptLine, Source


class Terminal(io.StringIO):
    def isatty(self):
        return True


def console(*, terminal=False, environment=None, **manner):
    stream = Terminal if terminal else io.StringIO
    return Console(
        OutputMode(**manner), stdout=stream(), stderr=stream(), environment=environment or {}
    )


def finding(code="a.b", severity="warning", hint=None, row=3):
    return PlacedFinding(
        finding=Finding(code=code, severity=severity, message="odd", hint=hint),
        at=Source(path="l.csv", row=row, column=5),
    )


def talk(verbosity):
    quiet = console(verbosity=verbosity)
    quiet.error(UsageError("a.b", "wrong"))
    quiet.warning("odd")
    quiet.note("so")
    quiet.info("more")
    assert quiet.stdout.getvalue() == ""
    return quiet.stderr.getvalue().splitlines()


def test_verbosity():
    everything = ["error[a.b]: wrong", "warning: odd", "so", "more"]
    assert [len(talk(level)) for level in (-1, 0, 1)] == [1, 3, 4]
    assert talk(1) == everything


@pytest.mark.parametrize(
    ("terminal", "environment", "color", "expected"),
    [
        (False, {}, "auto", False),
        (True, {}, "auto", True),
        (True, {"NO_COLOR": "1"}, "auto", False),
        (True, {"NO_COLOR": ""}, "auto", True),
        (False, {"FORCE_COLOR": "1"}, "auto", True),
        (True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, "auto", False),
        (True, {"TERM": "dumb"}, "auto", False),
        (True, {"NO_COLOR": "1"}, "always", True),
        (True, {}, "never", False),
    ],
)
def test_colour(terminal, environment, color, expected):
    shown = console(terminal=terminal, environment=environment, color=color)
    shown.finding(finding(severity="error"))
    assert ("\x1b[" in shown.stderr.getvalue()) is expected


def test_a_finding_can_be_clicked():
    shown = console()
    shown.finding(finding(hint="do so"))
    assert shown.stderr.getvalue() == "l.csv:3:5: a.b warning odd\n  hint: do so\n"
    quiet = console(verbosity=-1)
    quiet.finding(finding())
    quiet.finding(finding(severity="error"))
    assert quiet.stderr.getvalue() == "l.csv:3:5: a.b error odd\n"


def test_a_finding_points_into_the_text():
    line = ScriptLine(
        id=LineId("a"), number=1, text="あいう", source=Source(path="l.csv", row=3, column=5)
    )
    inside = Finding(code="a.b", severity="note", message="m", span=(2, 3))
    assert str(placed(line, inside).at) == "l.csv:3:7"
    assert placed(line, inside).as_json()["col"] == 7
    elsewhere = Finding(code="a.b", severity="note", message="m", at=Source(path="l.csv", row=9))
    assert str(placed(line, elsewhere).at) == "l.csv:9"


def test_many_findings_are_grouped_errors_first():
    shown = console()
    shown.findings_by_code([finding(row=n) for n in range(1, 6)] + [finding("c.d", "error")])
    assert shown.stderr.getvalue() == (
        "l.csv:3:5: c.d error odd\n"
        "l.csv:1:5: a.b warning odd\n"
        "l.csv:2:5: a.b warning odd\n"
        "l.csv:3:5: a.b warning odd\n"
        "  … and 2 more of a.b\n"
    )


def test_the_envelope():
    silent = console(command="check")
    silent.result({"a": 1})
    assert silent.stdout.getvalue() == ""
    shown = console(command="check", json=True)
    shown.result({"text": "あ"}, status=3)
    assert json.loads(shown.stdout.getvalue()) == {
        "schema": "sbv2.result/1", "command": "check", "ok": False, "status": 3, "text": "あ",
    }  # fmt: skip


def test_a_table_is_drawn_on_a_terminal_and_tab_separated_in_a_pipe():
    pipe = console()
    pipe.table(("a", "b"), [("1\t", "2\n3")])
    assert pipe.stdout.getvalue() == "1\\t\t2\\n3\n"
    drawn = console(terminal=True, color="never")
    drawn.table(("a", "none", "b"), [("[red]x", "", "y")])
    assert [row.split() for row in drawn.stdout.getvalue().splitlines()] == [
        ["a", "b"], ["[red]x", "y"],
    ]  # fmt: skip


def test_words_of_ours_are_japanese_where_a_person_sees_them():
    rows = [(Word("disk here"), "data", Word("low"))]
    drawn = console(terminal=True, color="never", environment={"SBV2_MESSAGES": "ja"})
    drawn.table(("name", "", ""), rows)
    assert drawn.stdout.getvalue().splitlines() == ["名前", "ここのディスク  data  残り少"]
    pipe = console(environment={"SBV2_MESSAGES": "ja"})
    pipe.table(("name", "", ""), rows)
    assert pipe.stdout.getvalue() == "disk here\tdata\tlow\n"


def test_a_script_cannot_steer_the_terminal():
    shown = console(terminal=True)
    shown.note("a\x1b[2Jb\ud800\u0085")
    assert shown.stderr.getvalue() == "a\\x1b[2Jb\\ud800\\x85\n"
    assert printable("あ\n\t😀") == "あ\n\t😀"
    assert one_line("a\\b\tc\r\n") == "a\\\\b\\tc\\n"


def test_a_terminal_that_knows_no_japanese():
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Console(OutputMode(), stdout=ascii_only, stderr=ascii_only, environment={}).note("あ")
    ascii_only.seek(0)
    assert ascii_only.read() == "\\u3042\n"


def test_the_log_has_everything(tmp_path):
    log = tmp_path / "run.log"
    quiet = console(verbosity=-1, log_file=log)
    quiet.info("detail あ")
    quiet.finding(finding())
    quiet.log.close()
    rows = log.read_text(encoding="utf-8").splitlines()
    assert [row.split(" ", 1)[1] for row in rows] == ["detail あ", "l.csv:3:5: a.b warning odd"]
    with pytest.raises(MachineError, match="cannot write the log"):
        console(log_file=tmp_path / "none" / "run.log")


def test_plain_progress_says_a_line_every_ten_seconds(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("sbv2cli.cli.progress.time.monotonic", lambda: now[0])
    stream = io.StringIO()
    with Progress(style="plain", stream=stream, total=40) as progress:
        for _ in range(20):
            now[0] += 1.5
            progress.advance(audio_s=3.0)
    assert stream.getvalue() == (
        "7 of 40 lines, 0:21 audio, 2.0 x real time, 0:50 left\n"
        "14 of 40 lines, 0:42 audio, 2.0 x real time, 0:39 left\n"
    )


def test_json_progress():
    stream = io.StringIO()
    with Progress(style="json", stream=stream, total=2) as progress:
        progress.line(id="a", status="ok")
        progress.warning("odd", id="a")
        progress.advance(2, failed=1)
    events = [json.loads(row) for row in stream.getvalue().splitlines()]
    assert [event["type"] for event in events] == ["start", "line", "warning", "summary"]
    assert (events[-1]["lines"], events[-1]["failed"]) == (2, 1)


def test_what_cannot_be_counted_is_named():
    told = {}
    for style in ("bar", "plain", "json", "off"):
        stream = Terminal()
        with Progress(style=style, stream=stream, what="checks") as progress:
            progress.stage("hana: loading")
        told[style] = stream.getvalue()
    assert "hana: loading" in told["bar"]
    assert (told["plain"], told["off"]) == ("hana: loading\n", "")
    assert json.loads(told["json"].splitlines()[1]) == {"type": "stage", "what": "hana: loading"}


def test_a_bar_and_nothing():
    stream = Terminal()
    with Progress(style="bar", stream=stream, total=2) as progress:
        progress.advance(audio_s=2.0)
        progress.warning("odd")
    assert "1/2" in stream.getvalue() or "0/2" in stream.getvalue()
    assert "warning: odd" in stream.getvalue()
    silent = io.StringIO()
    with Progress(style="off", stream=silent) as progress:
        progress.advance()
        progress.warning("odd")
    assert silent.getvalue() == ""


def test_auto_is_a_bar_on_a_terminal_only():
    assert console(terminal=True).progress().style == "bar"
    assert console().progress().style == "plain"
    assert console(terminal=True, verbosity=-1).progress().style == "off"
    assert console(progress="json").progress().style == "json"


def test_clock():
    assert [clock(s) for s in (7, 754, 3723.4)] == ["0:07", "12:34", "1:02:03"]


def test_copies_are_no_audio_that_was_made():
    one = console(progress="json")
    watch = RenderWatch(one, lambda row: None)
    watch.planned((), 2)
    facts = {"id": LineId("a"), "number": 1, "text": "あ", "language": "ja", "seconds": 2.0}
    for status in ("ok", "aliased"):
        watch.finished(ManifestRow(status=status, source=Source(path="a.txt", row=1), **facts))
    watch.close()
    summary = json.loads(one.stderr.getvalue().splitlines()[-1])
    assert (summary["lines"], summary["audio_s"]) == (2, 2.0)
