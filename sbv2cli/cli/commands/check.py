"""`sbv2 check`: how a script will be read, and what to fix, without a voice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sbv2cli.cli.carried import as_json, carried_findings, refuse_existing, write_words
from sbv2cli.cli.collection import collected_seldom
from sbv2cli.cli.console import SEVERITIES, Console, PlacedFinding, Word, counted, placed
from sbv2cli.cli.doubtful import DoubtfulLines, refuse_compat
from sbv2cli.cli.guard import JsonTexts, json_text, printable_json
from sbv2cli.cli.options.common import CommonOptions, common_options
from sbv2cli.cli.options.groups import Command, option, options, setting
from sbv2cli.cli.options.output import audit_options
from sbv2cli.cli.options.places import WRITTEN
from sbv2cli.cli.options.script import corrections_options, script_options, text_options
from sbv2cli.cli.scripts import (
    ScriptFlags,
    corrected_lines,
    new_carry,
    read_options,
    script_lines,
    stdin_or_help,
)
from sbv2cli.errors import EXIT_LINES_FAILED, EXIT_OK
from sbv2cli.records import LONGEST_LINE, Finding, ScriptLine, Severity, Source
from sbv2cli.settings.keys import DELIVERY_KEYS
from sbv2cli.settings.resolve import resolve_delivery

if TYPE_CHECKING:
    from sbv2cli.languages.japanese.carry import Carry
    from sbv2cli.languages.language import ReadOptions
    from sbv2cli.languages.pool import Answer, Request
    from sbv2cli.languages.shown import Shown
    from sbv2cli.pipeline.voice_findings import VoiceFindings
    from sbv2cli.records import Delivery
    from sbv2cli.settings.config import Configuration

_ROWS_PER_TABLE = 500  # a table is drawn when it is whole; a long script is shown in several
_COLUMNS = {
    "readings": ("line", "id", "character", "text", "reading"),
    "plan": ("line", "id", "character", "voice", "style", "speed", "pitch", "take", "about"),
}


@dataclass(slots=True)
class _Tally:
    """What was seen."""

    lines: int = 0
    skipped: int = 0
    seconds: float = 0.0
    characters: set[str] = field(default_factory=set)
    severities: Counter[Severity] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)

    def reaches(self, severity: Severity) -> bool:
        """Whether a finding is as bad as this, or worse."""
        worst = SEVERITIES[SEVERITIES.index(severity) :]
        return any(self.severities[name] for name in worst)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """One line and what is known of it."""

    line: ScriptLine
    shown: Shown | None  # of its reading
    found: list[PlacedFinding]
    delivery: Delivery
    language: str  # that it is asked for in
    seconds: float  # about how long it sounds
    skipped: bool  # a run would not speak it


EVERYDAY = ("voice", "cast_file", "dict", "show", "fail_on", "mode", "against")


@click.command(
    cls=Command, everyday=EVERYDAY, short_help="Show the readings of a script, and what to fix."
)
@click.argument("scripts", nargs=-1, type=click.Path(path_type=Path, allow_dash=True))
@options(
    "Report options",
    option(
        "--show",
        type=click.Choice(["readings", "findings", "plan", "doubtful"]),
        help="Readings with findings, findings alone, the plan, or the words that may be read"
        " wrong, the most doubtful lines first.  [default: readings]",
    ),
    option(
        "--fail-on",
        type=click.Choice(["error", "warning", "note"]),
        default="error",
        help="Exit with status 3 from this severity on.  [default: error]",
    ),
    option(
        "--write-carried",
        type=WRITTEN,
        metavar="FILE",
        help="Write words whose ruby held for later occurrences as a user dictionary.",
    ),
)
@options("Report options", setting("voice", help="Also check every line against its voice."))
@audit_options
@script_options
@corrections_options
@text_options
@options("Device options", setting("threads", help="Reading processes."))
@common_options
def check(
    common: CommonOptions,
    *,
    scripts: tuple[Path, ...],
    from_format: str,
    columns: tuple[str, ...],
    sheet: str | None,
    encoding: str,
    cast_file: Path | None,
    show: str | None,
    fail_on: Severity,
    write_carried: Path | None,
    against: Path | None,
    fix: Path | None,
    manifest: Path | None,
    **flags: Any,
) -> int:
    """Show the readings of a script, and what to fix. Needs no voice.

    \b
    Examples:
      sbv2 check story.txt
      sbv2 check lines.csv --cast cast.toml --show findings
      sbv2 check lines.csv --show doubtful --dict names.csv
      sbv2 check lines.csv --cast cast.toml -m amitaro --show findings
      sbv2 check lines.csv --column text="Japanese(ja)" --dict names.csv
      sbv2 check kokoro.txt --write-carried words.csv --show findings
      echo "今日は晴れだ" | sbv2 check --json
      sbv2 check lines.csv --corrections corrections.jsonl --show readings
      sbv2 check lines.csv --against voice --fix renames.csv

    SCRIPT is a file, a folder of files, or - for stdin.
    Each finding is one row: path:line:column: code severity message. With --against, findings are
    about the files of a folder: missing, left over, too long, silent, cut off.

    With -m, the voice of lines that name none, also what keeps lines from being spoken: styles,
    speakers and languages that a voice lacks, a missing or wrong BERT, missing extras.
    """
    scripts = scripts or stdin_or_help()
    configuration = common.configuration(flags=flags, scripts=scripts, cast_file=cast_file)
    refuse_compat(show, configuration["mode"])
    read_as = ScriptFlags(from_format, columns, sheet, encoding)
    refuse_existing(write_carried)
    carry = new_carry(configuration)
    lines = script_lines(scripts, configuration, read_as, carry)
    lines = corrected_lines(lines, configuration, manifest, folder=against)
    if against is not None or fix is not None:
        from sbv2cli.cli import audit

        wanted = audit.Request(against, fix, manifest, fail_on=fail_on, show=show)
        return audit.against(common.console, configuration, list(lines), wanted)
    tally = _Tally()
    view = _View(common.console, show or "readings")
    _show_lines(view, tally, lines, configuration, _voices(flags, configuration))
    _end_carry(view, tally, carry, write_carried)
    if not tally.lines:
        view.add_finding(_empty(scripts, tally))
    view.end()
    return _ended(common.console, view, tally, carry, fail_on)


def _end_carry(view: _View, tally: _Tally, carry: Carry, words: Path | None) -> None:
    for finding in carried_findings(carry):
        _count_finding(tally, finding)
        view.add_finding(PlacedFinding(finding=finding, at=finding.at))
    if words is not None:
        write_words(carry, words)


def _ended(console: Console, view: _View, tally: _Tally, carry: Carry, fail_on: Severity) -> int:
    status = EXIT_LINES_FAILED if tally.reaches(fail_on) else EXIT_OK
    console.result({**_result(view, tally), "carried": as_json(carry)}, status=status)
    _summary(console, tally)
    return status


def _voices(flags: Mapping[str, Any], configuration: Configuration) -> VoiceFindings | None:
    """What looks at voices, where one is given."""
    if flags["voice"] is None:
        return None
    from sbv2cli.cli import jobs
    from sbv2cli.pipeline.voice_findings import VoiceFindings

    return VoiceFindings(jobs.job(configuration))


def _show_lines(
    view: _View,
    tally: _Tally,
    lines: Iterable[ScriptLine],
    configuration: Configuration,
    voices: VoiceFindings | None,
) -> None:
    options = replace(read_options(configuration), doubts=view.show == "doubtful")
    for finding in _dictionary_findings(options):
        _count_finding(tally, finding)
        view.add_finding(PlacedFinding(finding=finding, at=finding.at))
    view.flush()
    with collected_seldom():
        for line, shown in _read(view, lines, configuration, options, voices):
            findings = list(_findings(line, shown, configuration))
            if voices is not None:
                known = {(finding.code, finding.message) for finding in findings}
                findings += [one for one in voices.of(line) if (one.code, one.message) not in known]
            checked = _checked(line, shown, findings, configuration)
            _count(tally, checked)
            view.add(checked)


def _dictionary_findings(options: ReadOptions) -> list[Finding]:
    if not options.dictionary:
        return []
    from sbv2cli.languages.japanese.user_dictionary import examine

    return examine(options.dictionary)


def _read(
    view: _View,
    lines: Iterable[ScriptLine],
    configuration: Configuration,
    options: ReadOptions,
    voices: VoiceFindings | None,
) -> Iterator[tuple[ScriptLine, Shown | None]]:
    from sbv2cli.languages.pool import Request, make_all, read_all
    from sbv2cli.languages.shown import bare
    from sbv2cli.pipeline.skipped import why_skipped

    def request_of(line: ScriptLine) -> Request | None:
        if why_skipped(line) is not None or len(line.text) > LONGEST_LINE:
            return None
        if voices is not None and voices.cannot_read(line):
            return None
        return Request(
            text=line.text,
            language=line.language or configuration["lang"],
            given=line.reading,
            ruby=line.ruby,
            rules=None if voices is None else voices.text_rules(line),
            reader=None if voices is None else voices.symbol_reader(line),
        )

    processes = configuration["threads"]
    if not options.doubts:
        yield from make_all(lines, request_of, options, view.shows(), processes=processes)
        return
    from sbv2cli.languages.japanese.doubts.in_script import through_script

    for line, answer in through_script(read_all(lines, request_of, options, processes=processes)):
        view.look_for_doubts(line, answer)
        yield line, None if answer is None else bare(answer)


def _findings(
    line: ScriptLine, shown: Shown | None, configuration: Configuration
) -> Iterator[Finding]:
    yield from line.findings
    character = line.character or configuration["default_character"]
    if not line.skip and not configuration.cast.knows(character):
        yield Finding(
            code="cast.unknown",
            severity="error",
            message=f'the cast has no character "{character}"',
            hint=configuration.cast.suggestion(character),
            at=line.source,
        )
    said = line.text.strip() or (line.reading or "").strip()
    nothing = not said and not any(f.severity == "error" for f in line.findings)
    if nothing and not line.skip:
        yield Finding(
            code="script.text-empty",
            severity="note",
            message="there is nothing to say; the line is skipped",
            at=line.source,
        )
    if shown is None:
        return
    if shown.error is not None:
        error = shown.error
        yield Finding(
            code=error.code,
            severity="error",
            message=error.message,
            hint=error.hint,
            at=line.source,
        )
    yield from shown.findings


def _checked(
    line: ScriptLine,
    shown: Shown | None,
    findings: Iterable[Finding],
    configuration: Configuration,
) -> _Checked:
    said = _delivery(line, configuration)
    return _Checked(
        line=line,
        shown=shown,
        found=[placed(line, finding) for finding in findings],
        delivery=said,
        language=line.language or configuration["lang"],
        seconds=_about_seconds(shown, said),
        skipped=_is_skipped(line, shown),
    )


def _count(tally: _Tally, checked: _Checked) -> None:
    tally.lines += 1
    tally.skipped += checked.skipped
    if checked.line.character:
        tally.characters.add(checked.line.character)
    for item in checked.found:
        _count_finding(tally, item.finding)
    tally.seconds += checked.seconds


def _is_skipped(line: ScriptLine, shown: Shown | None) -> bool:
    """Whether a run would not speak the line."""
    from sbv2cli.pipeline.skipped import why_skipped

    return (shown is not None and shown.silent) or why_skipped(line) is not None


def _count_finding(tally: _Tally, finding: Finding) -> None:
    tally.severities[finding.severity] += 1
    tally.codes[finding.code] += 1


def _about_seconds(shown: Shown | None, said: Delivery) -> float:
    from sbv2cli.pipeline import estimate

    return estimate.of_phones(0 if shown is None else shown.phones, said.speed or 1.0)


def _delivery(line: ScriptLine, configuration: Configuration) -> Delivery:
    """How a line is spoken, with the style that its voice is asked for."""
    cast = configuration.cast
    said = resolve_delivery(cast.own_delivery(line), cast.delivery(line), configuration.delivery)
    style = configuration.styles.resolve(said.style)
    return said if style == said.style else replace(said, style=style)


class _View:
    """What is shown of each line, as it is read."""

    def __init__(self, console: Console, show: str) -> None:
        self.console = console
        self.show = show
        self.json_texts: list[str] = []
        self.json_doubts: list[dict[str, Any]] = []
        self.json_findings: list[dict[str, Any]] = []
        self._rows: list[tuple[str, ...]] = []
        self._found: list[PlacedFinding] = []
        self._drawn = show != "findings" and console.is_terminal(console.stdout)
        self._doubtful = DoubtfulLines()

    def shows(self) -> Callable[[Answer], Shown]:
        """What is shown of a reading."""
        from sbv2cli.languages.shown import bare, documented, noted

        if self.console.mode.json:
            return bare if self.show == "findings" else documented
        return noted if self.show == "readings" else bare

    def look_for_doubts(self, line: ScriptLine, answer: Answer | None) -> None:
        """Keep the doubtful words of a line for the end."""
        self._doubtful.add(line, None if answer is None else answer.reading)

    def add(self, checked: _Checked) -> None:
        """Show one line and what was found in it."""
        line = checked.line
        if self.console.mode.json:
            self.json_findings += [item.as_json() for item in checked.found]
            if self.show not in ("findings", "doubtful"):
                self.json_texts.append(_line_text(checked))
            return
        if self.show == "readings":
            said = Word("(skipped)") if checked.skipped else _notation(checked) or ""
            row = (str(line.source), line.id, line.character or "", line.text, said)
            self._rows.append(row)
        elif self.show == "plan":
            self._rows.append(_plan_row(checked))
        self._found += checked.found
        if not self._drawn or len(self._rows) >= _ROWS_PER_TABLE:
            self._draw()

    def add_finding(self, found: PlacedFinding) -> None:
        """Show a finding without a line."""
        if self.console.mode.json:
            self.json_findings.append(found.as_json())
        self._found.append(found)

    def flush(self) -> None:
        """Show what is still waiting."""
        if not self.console.mode.json:
            self._draw()

    def end(self) -> None:
        """Show what had to wait for the last line."""
        self.flush()
        if self.show == "doubtful":
            self.json_doubts = self._doubtful.show(self.console)

    def _draw(self) -> None:
        if self._rows:
            self.console.table(_COLUMNS[self.show], self._rows)
        for found in self._found:
            self.console.finding(found, to_stdout=True)
        self._rows, self._found = [], []


def _notation(checked: _Checked) -> str | None:
    return None if checked.shown is None else checked.shown.notation


def _plan_row(checked: _Checked) -> tuple[str, ...]:
    line, said = checked.line, checked.delivery
    voice = said.voice or ""
    if said.speaker:
        voice = f"{voice}/{said.speaker}"
    return (
        str(line.source),
        line.id,
        line.character or "",
        voice,
        said.style or "",
        f"{said.speed:g}",
        f"{said.pitch:+g}st",
        str(said.take),
        Word("skipped") if checked.skipped else f"{checked.seconds:.1f}s",
    )


def _line_text(checked: _Checked) -> str:
    """A line as JSON text."""
    from sbv2cli.readers.ruby import ruby_as_json

    line, shown, source = checked.line, checked.shown, checked.line.source
    carried = ruby_as_json(line.ruby, carried=True)
    language = (shown.language if shown else None) or checked.language
    document = (shown.document if shown else None) or "null"
    place = {"path": source.path, "line": source.row, "col": source.column}
    return (
        f'{{"id": {json_text(line.id)}, "n": {line.number}, "text": {json_text(line.text)},'
        + (f' "ruby": {json_text(ruby_as_json(line.ruby))},' if line.ruby else "")
        + (f' "carried": {json_text(carried)},' if carried else "")
        + f' "lang": {json_text(language)}, "character": {json_text(line.character)},'
        f' "kana": {json_text(_notation(checked))}, "reading": {printable_json(document)},'
        f' "delivery": {_delivery_text(checked.delivery)},'
        f' "about_s": {round(checked.seconds, 2)}, "skip": {json_text(checked.skipped)},'
        f' "source": {json_text(place)}}}'
    )


# Lines of one character have one delivery, and a script has thousands of them.
@lru_cache(maxsize=1024)
def _delivery_text(delivery: Delivery) -> str:
    return json_text(_said_of(delivery))


def _said_of(delivery: Delivery) -> dict[str, Any]:
    """What a delivery says, without what it leaves open."""
    return {name: value for name in DELIVERY_KEYS if (value := getattr(delivery, name)) is not None}


def _empty(scripts: tuple[Path, ...], tally: _Tally) -> PlacedFinding:
    from sbv2cli.readers.script import STDIN, STDIN_NAME

    name = STDIN_NAME if str(scripts[0]) == STDIN else str(scripts[0])
    finding = Finding(code="script.empty", severity="warning", message="the script has no lines")
    _count_finding(tally, finding)
    return PlacedFinding(finding=finding, at=Source(path=name, row=1))


def _result(view: _View, tally: _Tally) -> dict[str, Any]:
    lines = view.json_doubts if view.show == "doubtful" else JsonTexts(view.json_texts)
    return {
        **({} if view.show == "findings" else {"lines": lines}),
        "findings": view.json_findings,
        "summary": {
            "lines": tally.lines,
            "skipped": tally.skipped,
            "characters": sorted(tally.characters),
            "about_s": round(tally.seconds, 1),
            **{f"{severity}s": tally.severities[severity] for severity in SEVERITIES},
        },
    }


def _summary(console: Console, tally: _Tally) -> None:
    if len(tally.codes) > 1:
        rows = [(code, str(times)) for code, times in tally.codes.most_common()]
        console.summary(("code", "times"), rows)
    parts = [counted(tally.lines, "line")]
    if tally.skipped:
        parts.append(f"{tally.skipped} skipped")
    if tally.characters:
        parts.append(counted(len(tally.characters), "character"))
    parts += [
        counted(tally.severities[severity], severity)
        for severity in reversed(SEVERITIES)
        if tally.severities[severity]
    ]
    if not tally.severities:
        parts.append("nothing to fix")
    console.done(", ".join(parts))
