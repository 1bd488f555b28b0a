"""Cells with names -> ScriptLine: what tables, JSON lines and manifests have in common.

A cell that cannot be meant does not stop the script: the line carries a finding with the place of
the cell, so that one run reports all of them.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sbv2cli.errors import UsageError
from sbv2cli.patterns import lazy_pattern
from sbv2cli.readers import not_for_voice
from sbv2cli.readers.cells import LONGEST_HEADER, Cell, LineCells, kind_of
from sbv2cli.readers.format import DEFAULTS, ReaderOptions
from sbv2cli.readers.interpolation import protected, restored, settle, values_in_table
from sbv2cli.readers.lines import auto_id, too_long
from sbv2cli.readers.looks_like_code import markup_finding
from sbv2cli.readers.named_speech import DIRECTION, NamedSpeech
from sbv2cli.readers.ruby import take_ruby
from sbv2cli.records import LineId, Ruby, ScriptLine, Source, Span
from sbv2cli.settings.keys import ALIASES as SETTING_ALIASES
from sbv2cli.settings.keys import DELIVERY_KEYS, KEYS
from sbv2cli.settings.parse import parse, parse_pause
from sbv2cli.settings.resolve import delivery_of
from sbv2cli.units import integer, switch

_AUDIO_SUFFIX = lazy_pattern(
    r"\.(?:wave?|flac|og[ga]|opus|mp3|m4a|aac|wma|aiff?|adx|hca|wem|at9)$", re.IGNORECASE
)

_FRAMED = lazy_pattern(r"【\s*([^【】\s][^【】]*?)\s*】|([^:：]*[^:：\s])\s*[:：]")

_REMARK = lazy_pattern(r"[「『“][^\n]*[」』”]\s*([（(][^（）()「」\n]{1,40}[）)])[。\s]*")

# Keys of the interchange record that speech cannot follow yet: said, not silently dropped.
UNSUPPORTED = ("phones", "spans")


_NOTHING = Cell(value=None, at=Source(path="", row=1))


def line_of(row: LineCells, source_name: str, options: ReaderOptions = DEFAULTS) -> ScriptLine:
    """The line that a row says."""
    for key in UNSUPPORTED:
        if key in row.cells and row.cells[key].value not in (None, "", [], {}):
            row.complain(
                "script.key-unsupported",
                f'"{key}" is not used; give a "reading" instead',
                key,
                severity="warning",
            )
    language = _language(row)
    spoken, ruby, spans = _shown(row, _spoken(row), language, options)
    _tell_remark(row, spoken)
    if row.values is None:
        not_for_voice.tell(row)
    if "carried" in row.cells and options.ruby not in ("base", "given"):
        ruby = _with_carried(ruby, _ruby(row, spoken, "carried"))
    _tell_file(row)
    settings, pauses = settings_of(row), pauses_of(row)
    heading, level = _heading(row)
    identity = row.text("id")
    character, speaker = _unframed(row.text("character")), _speaker(row)
    if character is None and speaker is None and row.values is None:
        character, spoken, ruby = _named(row, spoken, ruby, options)
    if speaker is not None:
        settings["speaker"] = speaker
        # Piper's habit: who speaks is said in `speaker`; a cast may know them as a character.
        character = character or row.text("speaker")
    line = ScriptLine(
        id=LineId(identity or auto_id(source_name, row.number)),
        id_given=identity is not None,
        number=row.number,
        text=spoken,
        source=row.source,
        ruby=ruby,
        language=language,
        character=character,
        delivery=delivery_of(settings),
        reading=reading_of(row),
        pause_before=pauses.get("pause_before"),
        pause_after=pauses.get("pause_after"),
        chapter=_whole(row, "chapter"),
        chapter_title=row.text("chapter_title") or _chapter_name(row),
        heading=heading,
        level=level,
        scene=row.text("scene"),
        file=_file(row, identity),
        paragraph=_whole(row, "paragraph"),
        skip=switch_of(row, "skip"),
        meta=dict(row.meta),
        imported=row.text("imported"),
        findings=tuple(row.findings),
    )
    return _with_values(line, row, spans, options)


def _shown(
    row: LineCells, written: str, language: str | None, options: ReaderOptions
) -> tuple[str, tuple[Ruby, ...], list[Span]]:
    """The text as a person sees it, what stands over it, and where values stand that are known."""
    marked, values, mark = protected(written, row.values or ())
    if row.cells.get("ruby", _NOTHING).value is None:
        shown, ruby = take_ruby(marked, language, options)
        return restored(shown, ruby, values, mark)
    # Who says where the ruby is has written the text as it is seen.
    ruby = _ruby(row, written) if options.ruby != "base" else ()
    return written, ruby, restored(marked, (), values, mark)[2]


def _tell_remark(row: LineCells, spoken: str) -> None:
    """Warn of a direction for the actor that stands behind the speech: 「やあ」（小声で）."""
    found = _REMARK.fullmatch(spoken.strip())
    if found is not None and row.values is None and row.text("character") is not None:
        row.complain(
            "script.remark-spoken",
            f"{found[1]} behind the quotation is spoken as it stands",
            "text",
            severity="warning",
            hint="is it a direction for the actor? put it into a column of its own",
        )


def _unframed(name: str | None) -> str | None:
    """A name without the brackets or the colon of a name window: 【太郎】, 太郎：."""
    found = None if name is None else _FRAMED.fullmatch(name)
    return name if found is None else found[1] or found[2]


def _tell_file(row: LineCells) -> None:
    """A column ボイス or 音声 that holds names of sound files says how the file is called."""
    voice = row.cells.get("voice", _NOTHING)
    is_file = isinstance(voice.value, str) and _AUDIO_SUFFIX.search(voice.value.strip())
    if is_file and row.cells.get("file", _NOTHING).value in (None, ""):
        row.cells = {**row.cells, "voice": replace(voice, value=None), "file": voice}


def _named(
    row: LineCells, text: str, ruby: tuple[Ruby, ...], options: ReaderOptions
) -> tuple[str | None, str, tuple[Ruby, ...]]:
    """Who speaks, and what, where the text itself may say it."""
    if options.speakers not in ("colon", "names"):
        return None, text, ruby
    parts = NamedSpeech(options.speakers).parts(text)
    remarks = [part.remark for part in parts if part.remark is not None]
    if remarks:
        row.meta = {**row.meta, DIRECTION: "、".join(remarks)}
    names = list(dict.fromkeys(part.character or "" for part in parts))
    if len(names) > 1:
        # A row is one line, with its id; the names at least are no text.
        row.complain(
            "script.speakers-several",
            f"one row holds the speech of {', '.join(names)}; {names[0]} speaks all of it",
            "text",
            hint="give each speaker a row",
            severity="warning",
        )
    spoken = ""
    over: list[Ruby] = []
    for part in parts:
        moved = len(spoken) - part.start
        spoken += text[part.start : part.end]
        over += [
            replace(one, span=(one.span[0] + moved, one.span[1] + moved))
            for one in ruby
            if part.start <= one.span[0] < part.end
        ]
    return parts[0].character, spoken, tuple(over)


def _with_values(
    line: ScriptLine, row: LineCells, spans: list[Span], options: ReaderOptions
) -> ScriptLine:
    """The line with what a game fills into it, if it is known; what a person decided stays."""
    if line.skip or line.reading:
        return line
    if row.values is not None:
        placed = Counter(line.text[start:end] for start, end in spans)
        elsewhere = (Counter(row.values) - placed).elements()
        return settle(line, spans, options, elsewhere=list(elsewhere))
    if row.cells.get("skip", _NOTHING).value not in (None, ""):
        return line
    values = values_in_table(line.text, line.language or options.language)
    settled = settle(line, values, options)
    if settled.findings != line.findings:
        return settled
    # A tool's own format takes its tags out; of other tables nobody knows what they mean.
    markup = markup_finding(settled.text, line.source)
    return settled if markup is None else replace(settled, findings=(*line.findings, markup))


def _spoken(row: LineCells) -> str:
    cell = row.cells.get("text")
    if cell is None or cell.value is None:
        row.complain("script.text-missing", "the line has no text", hint='give it a "text"')
        return ""
    if not isinstance(cell.value, str):
        row.complain("script.value", f"text is {kind_of(cell.value)}, not text", "text")
        return ""
    spoken = row.clean(cell.value, "text")
    long = too_long(spoken, cell.at)
    if long is not None:
        row.findings.append(long)
    return spoken


def _with_carried(ruby: tuple[Ruby, ...], carried: tuple[Ruby, ...]) -> tuple[Ruby, ...]:
    """Ruby and readings that were carried; what is given later, by hand, wins."""
    free = (
        replace(one, carried=True)
        for one in carried
        if all(one.span[1] <= given.span[0] or given.span[1] <= one.span[0] for given in ruby)
    )
    return tuple(sorted((*ruby, *free), key=lambda one: one.span))


def _ruby(row: LineCells, shown: str, key: str = "ruby") -> tuple[Ruby, ...]:
    """The key `ruby` or `carried`: a list of start, end (code points of the text) and reading."""
    said = row.cells[key].value
    if said is None:
        return ()
    if isinstance(said, str):  # a cell of a table holds it as JSON
        try:
            said = json.loads(said)
        except (ValueError, RecursionError):
            said = [said]
    found: list[Ruby] = []
    reached = 0
    for one in sorted(said, key=_start) if isinstance(said, list) else [said]:
        start, end, reading = _span(one)
        if not (reached <= start < end <= len(shown) and reading.strip()):
            row.complain(
                "script.ruby",
                f"{key} is {json.dumps(one, ensure_ascii=False)[:60]}, which is over no part of"
                f" the text of {len(shown)} characters, or over what has ruby already",
                key,
                hint=f'write "{key}": ' + '[{"start": 0, "end": 2, "reading": "よみ"}]',
            )
            continue
        found.append(Ruby(span=(start, end), reading=row.clean(reading, key)))
        reached = end
    return tuple(found)


def _start(one: Any) -> int:
    return _span(one)[0]


def _span(one: Any) -> tuple[int, int, str]:
    """(start, end, reading), or an empty span for what cannot be meant."""
    record = one if isinstance(one, Mapping) else {}
    start, end, reading = (record.get(key) for key in ("start", "end", "reading"))
    whole = type(start) is int and type(end) is int and isinstance(reading, str)
    return (start, end, reading) if whole else (0, 0, "")  # type: ignore[return-value]


def settings_of(row: LineCells) -> dict[str, Any]:
    """The delivery of a row, without its speaker."""
    settings: dict[str, Any] = {}
    spelled: dict[str, str] = {}
    for key in (*DELIVERY_KEYS, *SETTING_ALIASES):
        cell = row.cells.get(key)
        if key == "speaker" or cell is None or cell.value is None or cell.value == "":
            continue
        ours = SETTING_ALIASES[key][0] if key in SETTING_ALIASES else key
        if ours in spelled:
            row.complain(
                "setting.twice", f"{spelled[ours]} and {key} say the same twice", key,
                hint="keep one of them",
            )  # fmt: skip
            continue
        spelled[ours] = key
        value = cell.value
        if key == "style" and isinstance(value, Mapping):
            value = "+".join(f"{name}:{weight}" for name, weight in value.items())
        if not isinstance(value, str | int | float):
            row.complain("script.value", f"{key} is {kind_of(value)}, not a value", key)
            continue
        try:
            settings[ours] = parse(key, value if KEYS[ours].kind == "text" else _unescaped(value))
        except UsageError as error:
            row.complain(error.code, error.message, key, hint=error.hint)
    for key in ("voice", "style", "assist_text"):
        if key in settings:
            settings[key] = row.clean(settings[key], key)
    return settings


def pauses_of(row: LineCells) -> dict[str, float]:
    """The pauses around a row, in seconds."""
    pauses: dict[str, float] = {}
    for key in ("pause_before", "pause_after"):
        cell = row.cells.get(key)
        if cell is None or cell.value is None or cell.value == "":
            continue
        if not isinstance(cell.value, str | int | float):
            row.complain("script.value", f"{key} is {kind_of(cell.value)}, not a time", key)
            continue
        try:
            pauses[key] = parse_pause(key, _unescaped(cell.value))
        except UsageError as error:
            row.complain(error.code, error.message, key, hint=error.hint)
    return pauses


def _unescaped(value: str | float) -> str | float:
    # A spreadsheet keeps `+2st` and `-3dB` as text only behind an apostrophe.
    return value.strip().removeprefix("'") if isinstance(value, str) else value


def _speaker(row: LineCells) -> str | None:
    by_id = row.cells.get("speaker_id")
    named = row.text("speaker")
    if named is not None or by_id is None or by_id.value in (None, ""):
        return named
    return row.text("speaker_id")


def _language(row: LineCells) -> str | None:
    said = row.text("lang")
    return None if said is None else re.split(r"[-_]", said.casefold())[0]


def reading_of(row: LineCells) -> str | None:
    """The reading that a row gives: a notation, or a document of JSON."""
    cell = row.cells.get("reading")
    if cell is not None and isinstance(cell.value, Mapping):
        return row.clean(json.dumps(cell.value, ensure_ascii=False), "reading")
    return row.text("reading")


def _whole(row: LineCells, key: str) -> int | None:
    cell = row.cells.get(key)
    if cell is None or cell.value in (None, ""):
        return None
    if key == "chapter" and isinstance(cell.value, str):
        digits = re.search(r"\d{1,9}", unicodedata.normalize("NFKC", cell.value[:LONGEST_HEADER]))
        return int(digits[0]) if digits else None
    try:
        return integer(cell.value) if isinstance(cell.value, str | int | float) else None
    except ValueError as error:
        row.complain("script.value", f"{key} is {error}", key)
        return None


def _chapter_name(row: LineCells) -> str | None:
    cell = row.cells.get("chapter")
    named = cell is not None and isinstance(cell.value, str) and not cell.value.strip().isdecimal()
    return row.text("chapter") if named else None


def _file(row: LineCells, identity: str | None) -> str | None:
    """The wished-for file name without its extension; where it may lie is the writer's business."""
    said = row.text("file")
    if said is None and identity is not None and _AUDIO_SUFFIX.search(identity):
        said = identity  # a column ボイスID may hold names of files
    return None if said is None else _AUDIO_SUFFIX.sub("", said)


def _heading(row: LineCells) -> tuple[bool, int | None]:
    """Whether the line is a title, and its level; a game's own column `level` is left alone."""
    if switch_of(row, "heading"):
        return True, _whole(row, "level")
    level = row.text("level") if "level" in row.cells else None
    if level is not None:
        row.meta = {**row.meta, "level": level}
    return False, None


def switch_of(row: LineCells, key: str) -> bool:
    """Whether a cell says yes."""
    cell = row.cells.get(key)
    if cell is None or cell.value is None:
        return False
    try:
        if isinstance(cell.value, str | int | float):
            return switch(cell.value)
        row.complain("script.value", f"{key} is {kind_of(cell.value)}, not yes or no", key)
    except ValueError as error:
        row.complain("script.value", f"{key} is {error}", key, hint="write yes or no")
    return False
