"""What people see: talk on stderr, data on stdout, findings, tables, and the end of a run.

Knows nothing of scripts or voices beyond their records.
"""

from __future__ import annotations

import io
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO

import click

from sbv2cli.cli import json_talk
from sbv2cli.cli.guard import json_pieces, printable, steering
from sbv2cli.cli.log_file import LogFile
from sbv2cli.errors import Sbv2Error
from sbv2cli.records import Finding, ScriptLine, Severity, Source
from sbv2cli.translations.catalogues import translator, word_translator
from sbv2cli.translations.language import chosen

if TYPE_CHECKING:
    from sbv2cli.cli.progress import Progress

ENVELOPE = "sbv2.result/1"
EXAMPLES_PER_CODE = 3

Color = Literal["auto", "always", "never"]
ProgressStyle = Literal["auto", "bar", "plain", "json", "off"]

_STYLES: Mapping[str, Mapping[str, Any]] = {
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow"},
    "note": {"fg": "cyan"},
    "hint": {"dim": True},
    "done": {"fg": "green"},
    "heading": {"bold": True},
}
SEVERITIES: tuple[Severity, ...] = ("note", "warning", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputMode:
    """How a command talks: the options that every verb shares."""

    command: str = ""
    verbosity: int = 0  # -1 quiet, 0 normal, 1 info
    progress: ProgressStyle = "auto"
    color: Color = "auto"
    json: bool = False
    log_file: Path | None = None


class Word(str):
    """A cell in the program's own words, not another's: translated where a person sees it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedFinding:
    """A finding and where it is; `line` is the id of the line, if it is of one."""

    finding: Finding
    at: Source | None = None
    line: str | None = None
    file: str | None = None  # of sound, below the folder that is checked

    def as_json(self) -> dict[str, Any]:
        """The finding as it stands in the JSON envelope."""
        finding = self.finding
        place = (
            {"path": self.at.path, "line": self.at.row, "col": self.at.column} if self.at else {}
        )
        return {
            **place,
            "id": self.line,
            "code": finding.code,
            "severity": finding.severity,
            "message": finding.message,
            "span": list(finding.span) if finding.span else None,
            "hint": finding.hint,
            **({} if self.file is None else {"file": self.file}),
        }


def placed(line: ScriptLine, finding: Finding) -> PlacedFinding:
    """Where a finding about a line is: its own place, else the characters it points to."""
    at = finding.at or line.source
    if finding.at is None and finding.span and at.column is not None and "\n" not in line.text:
        at = Source(path=at.path, row=at.row, column=at.column + finding.span[0])
    return PlacedFinding(finding=finding, at=at, line=line.id)


class Console:
    """The two streams of a command, and the mode in which it talks."""

    def __init__(
        self,
        mode: OutputMode | None = None,
        *,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        import os

        self.mode = mode or OutputMode()
        if stdout is None:
            _in_utf8(steering(sys.stdout))
        self.stdout = stdout or sys.stdout
        self.stderr = stderr or sys.stderr
        self.environment = os.environ if environment is None else environment
        self.translate = translator(chosen(self.environment))
        self.translate_word = word_translator(chosen(self.environment))
        self.log = LogFile(self.mode.log_file)

    # Talk: stderr.

    def error(self, error: Sbv2Error | str) -> None:
        """Say what went wrong; also when quiet."""
        if self._in_json and isinstance(error, Sbv2Error):
            self.log.write(str(error))
            self._write(self.stderr, json_talk.error_event(error))
            return
        self._say(str(error), level=-1, style="error")

    def warning(self, message: str) -> None:
        """Say what a person should look at."""
        self._say(message if self._in_json else f"warning: {message}", level=0, style="warning")

    def note(self, message: str) -> None:
        """Say something in the normal course of things."""
        self._say(message, level=0)

    def done(self, message: str) -> None:
        """Say the last line of a command that went well."""
        self._say(message, level=0, style="done")

    def info(self, message: str) -> None:
        """Say more, with -v; the log file always has it."""
        self._say(message, level=1)

    def finding(self, placed_finding: PlacedFinding, *, to_stdout: bool = False) -> None:
        """One finding as `path:line:col: code severity message`, which editors can click."""
        stream = self.stdout if to_stdout else self.stderr
        finding = placed_finding.finding
        place = printable(f"{placed_finding.at}: ") if placed_finding.at else ""
        self.log.write(f"{place}{finding.code} {finding.severity} {printable(finding.message)}")
        if not to_stdout and self.mode.verbosity < 0 and finding.severity != "error":
            return
        if not to_stdout and self._in_json:
            self._write(self.stderr, json_talk.event("finding", **placed_finding.as_json()))
            return
        severity = self.style(self.translate(finding.severity), finding.severity, stream)
        hint = self.translate(f"\n  hint: {finding.hint}") if finding.hint else ""
        message = printable(self.translate(finding.message))
        hint = self.style(hint, "hint", stream)
        self._write(stream, f"{place}{printable(finding.code)} {severity} {message}{hint}")

    def findings_by_code(
        self, findings: Sequence[PlacedFinding], *, examples: int = EXAMPLES_PER_CODE
    ) -> None:
        """Many findings, the first few of each code; the rest as a number."""
        counts = Counter(placed_finding.finding.code for placed_finding in findings)
        shown: Counter[str] = Counter()
        for placed_finding in sorted(
            findings, key=lambda item: -SEVERITIES.index(item.finding.severity)
        ):
            code = placed_finding.finding.code
            shown[code] += 1
            if shown[code] <= examples:
                self.finding(placed_finding)
            if shown[code] == counts[code] and counts[code] > examples:
                self._say(f"  … and {counts[code] - examples} more of {code}", level=-1)

    # Data: stdout.

    def data(self, text: str) -> None:
        """One row of what was asked for."""
        self._write(self.stdout, printable(text))

    def result(self, content: Mapping[str, Any], *, status: int = 0) -> None:
        """The final object of `--json`; without `--json` nothing is written."""
        if self.mode.json:
            envelope = {
                "schema": ENVELOPE,
                "command": self.mode.command,
                "ok": status == 0,
                "status": status,
                **content,
            }
            self._write(self.stdout, *json_pieces(envelope))

    def table(
        self, columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str | None = None
    ) -> None:
        """A table on stdout: drawn on a terminal, tab-separated in a pipe.

        Drawn, a column with nothing in it is left out, and a `Word` is translated.
        """
        if self.is_terminal(self.stdout):
            self._draw(self.stdout, columns, rows, title)
            return
        for row in rows:
            self._write(self.stdout, "\t".join(printable(one_line(cell)) for cell in row))

    def summary(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """A small table of talk at the end of a run, on stderr."""
        if self.mode.verbosity < 0:
            return
        words = [[Word(cell) for cell in row] for row in rows]
        if not self._in_json and self.is_terminal(self.stderr):
            self._draw(self.stderr, columns, words)
            return
        for row in words:
            self._say("  ".join(one_line(self.translate_word(cell)) for cell in row), level=0)

    def _draw(
        self,
        stream: TextIO,
        columns: Sequence[str],
        rows: Iterable[Sequence[str]],
        title: str | None = None,
    ) -> None:
        from sbv2cli.cli.drawn_tables import drawn
        from sbv2cli.cli.wrapping import width_of

        def shown(cell: str) -> str:
            return printable(self.translate_word(cell) if isinstance(cell, Word) else cell)

        lines = drawn(
            [self.translate_word(name) for name in columns],
            [[shown(cell) for cell in row] for row in rows],
            width_of(stream),
            title=printable(self.translate(title)) if title else None,
            emphasis=lambda text: self.style(text, "heading", stream),
        )
        for line in lines:
            self._write(stream, line)

    # Progress.

    @property
    def _in_json(self) -> bool:
        return self.mode.progress == "json"

    def progress(self, total: int | None = None, *, what: str = "lines") -> Progress:
        """The progress of a run, in the style that was asked for; a context manager."""
        from sbv2cli.cli.progress import Progress

        return Progress(
            style=self.progress_style(),
            stream=self.stderr,
            total=total,
            what=what,
            translate=self.translate,
        )

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Say what is waited for, to a person at a terminal or a program, until it is there."""
        style = self.progress_style()
        if style == "json":
            self.progress().stage(what)
        if style != "bar":
            yield
            return
        stream = steering(self.stderr)
        stream.write(f"{printable(self.translate(what))} …")
        stream.flush()
        try:
            yield
        finally:
            stream.write("\r\x1b[K")
            stream.flush()

    def progress_style(self) -> Literal["bar", "plain", "json", "off"]:
        """How progress is shown here."""
        if self.mode.progress != "auto":
            return self.mode.progress
        if self.mode.verbosity < 0:
            return "off"
        return "bar" if self.is_terminal(self.stderr) else "plain"

    # Questions.

    def can_ask(self) -> bool:
        """Whether somebody is there who sees a question and can answer it."""
        return self.is_terminal(sys.stdin) and self.is_terminal(self.stderr) and not self.mode.json

    def ask(self, question: str, *, default: bool = False) -> bool:
        """A yes or a no of the person at the terminal."""
        return click.confirm(printable(self.translate(question)), default=default, err=True)

    # The streams.

    def is_terminal(self, stream: TextIO) -> bool:
        """Whether a person watches this stream."""
        try:
            return stream.isatty()
        except ValueError:  # closed
            return False

    def in_color(self, stream: TextIO) -> bool:
        """The rules of no-color.org and force-color.org; `--color` is stronger than both."""
        if self.mode.color != "auto":
            return self.mode.color == "always"
        if self.environment.get("NO_COLOR"):
            return False
        if self.environment.get("FORCE_COLOR"):
            return True
        return self.is_terminal(stream) and self.environment.get("TERM") != "dumb"

    def style(self, text: str, style: str, stream: TextIO) -> str:
        """Text in the colour of its kind, where the stream takes colour."""
        text = printable(text)
        return click.style(text, **_STYLES[style]) if self.in_color(stream) else text

    def _say(self, message: str, *, level: int, style: str | None = None) -> None:
        self.log.write(message)
        if self.mode.verbosity < level:
            return
        if self._in_json:
            kind = style if style in ("error", "warning") else "note"
            self._write(self.stderr, json_talk.event(kind, message=message))
        else:
            message = self.translate(message)
            shown = self.style(message, style, self.stderr) if style else printable(message)
            self._write(self.stderr, shown)

    def _write(self, stream: TextIO, *pieces: str) -> None:
        stream = steering(stream)  # colours are ours; what is shown went through `printable`
        *before, last = pieces
        for piece in (*before, f"{last}\n"):  # what is short goes out as a whole
            try:
                stream.write(piece)
            except UnicodeEncodeError:
                # A terminal may know fewer characters than a script holds; talk must not end a run.
                encoding = stream.encoding or "utf-8"
                stream.write(piece.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()


def _in_utf8(stream: TextIO) -> None:
    # A pipe on Windows has the code page of the machine, in which few scripts can be written.
    if isinstance(stream, io.TextIOWrapper) and not stream.isatty():
        stream.reconfigure(encoding="utf-8")


def counted(number: int, word: str) -> str:
    """`1 file`, `1,234 files`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def one_line(text: str) -> str:
    """A cell for tab-separated output."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\r", "").replace("\n", "\\n")
