"""Cells with names -> ScriptLine: what tables, JSON lines and manifests have in common.

A cell that cannot be meant does not stop the script: the line carries a finding with the place of
the cell, so that one run reports all of them.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from sbv2cli.errors import UsageError
from sbv2cli.readers.decode import DEFAULTS, MAX_TEXT, ReaderOptions
from sbv2cli.readers.ruby import take_ruby
from sbv2cli.records import Finding, LineId, Ruby, ScriptLine, Severity, Source
from sbv2cli.settings.keys import ALIASES as SETTING_ALIASES
from sbv2cli.settings.keys import DELIVERY_KEYS
from sbv2cli.settings.parse import parse, parse_pause
from sbv2cli.settings.resolve import delivery_of
from sbv2cli.units import integer, switch, text

LINE_ALIASES: Mapping[str, tuple[str, ...]] = {
    "id": ("key", "identifier", "line_id", "番号", "識別子", "ＩＤ", "No", "No."),
    "text": (
        "dialogue", "dialog", "line", "sentence", "source", "source_string", "spoken_dialogue",
        "セリフ", "せりふ", "台詞", "本文", "テキスト", "文", "文章",
    ),
    "reading": ("yomi", "kana", "読み", "よみ", "ヨミ", "読み仮名", "ふりがな", "フリガナ"),
    "lang": ("language", "言語"),
    "character": ("who", "name", "キャラ", "キャラクター", "話者", "話し手", "役", "名前"),
    "voice": ("model", "音声", "ボイス", "声"),
    "speaker": ("speaker_name", "スピーカー"),
    "speaker_id": (),
    "style": ("emotion", "スタイル", "感情"),
    "style_weight": ("style_strength", "styleWeight", "スタイルの強さ", "感情の強さ"),
    "speed": ("speech_rate", "speaking_rate", "速度", "話速", "速さ"),
    "length_scale": ("length",),
    "pitch": ("ピッチ", "音高", "高さ"),
    "intonation": ("抑揚",),
    "volume": ("gain", "音量"),
    "sdp_ratio": ("sdp", "sdpRatio", "テンポの緩急"),
    "noise": ("noise_scale",),
    "noise_w": ("noisew", "noise_scale_w"),
    "seed": ("シード",),
    "take": ("テイク",),
    "assist_text": ("assistText",),
    "assist_weight": ("assist_text_weight", "assistTextWeight"),
    "bert_scale": (),
    "pause_before": ("前の間", "前ポーズ"),
    "pause_after": ("pause", "silence_after", "間", "後の間", "後ポーズ"),
    "chapter": ("章",),
    "chapter_title": ("章題", "章タイトル"),
    "scene": ("シーン", "場面"),
    "paragraph": ("段落",),
    "file": ("filename", "file_name", "output_file", "AudioFileName", "ファイル", "ファイル名"),
    "skip": ("スキップ", "除外"),
}  # fmt: skip
"""Our key -> what else people call it; case, width, blanks, hyphens, underscores do not count."""

# Normalising takes time with the square of a run of combining marks.
_LONGEST_HEADER = 200
_AUDIO_SUFFIX = re.compile(r"\.(?:wav|flac|ogg|opus|mp3)$", re.IGNORECASE)

# Keys of the interchange record that speech cannot follow yet: said, not silently dropped.
UNSUPPORTED = ("phones", "spans")


def fold_header(header: str) -> str:
    """A header without differences of case, width, blanks, hyphens and underscores."""
    folded = unicodedata.normalize("NFKC", header[:_LONGEST_HEADER]).casefold()
    return re.sub(r"[\s_\-]+", "", folded)


KEY_OF = {
    fold_header(name): key for key, names in LINE_ALIASES.items() for name in (key, *names)
} | {
    # `rate` is a speed in a script, as in SSML; the sampling rate is a matter of the run.
    "rate": "speed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A value of a row and where it stands."""

    value: Any
    at: Source


_NOTHING = Cell(value=None, at=Source(path="", row=1))


@dataclass(slots=True)
class Row:
    """A row on its way to becoming a line."""

    number: int
    source: Source
    cells: Mapping[str, Cell]  # our key -> cell
    meta: Mapping[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def complain(
        self, code: str, message: str, key: str | None = None, *, hint: str | None = None,
        severity: Severity = "error",
    ) -> None:  # fmt: skip
        """Note what is wrong with the row, or with one of its cells."""
        at = self.cells[key].at if key and key in self.cells else self.source
        self.findings.append(
            Finding(code=code, severity=severity, message=message, hint=hint, at=at)
        )

    def text(self, key: str) -> str | None:
        """A cell as text; `None` where there is nothing in it."""
        cell = self.cells.get(key)
        if cell is None or cell.value is None:
            return None
        if not isinstance(cell.value, str | int | float) or isinstance(cell.value, bool):
            self.complain("script.value", f"{key} is {_kind(cell.value)}, not text", key)
            return None
        try:
            written = text(cell.value)
        except ValueError as error:
            self.complain("script.value", f"{key} is {error}", key)
            return None
        return self.clean(written, key) or None

    def clean(self, written: str, key: str) -> str:
        """Text without the characters that no file can hold."""
        if "\0" in written:
            self.complain("script.nul", f"{key} holds a NUL character", key)
            written = written.replace("\0", "\ufffd")
        try:
            written.encode()
        except UnicodeEncodeError as error:
            self.complain(
                "script.surrogate",
                f"{key} holds half of a character (\\u{ord(written[error.start]):04x})",
                key,
            )
            written = written.encode(errors="replace").decode()
        return written


def line_of(row: Row, source_name: str, options: ReaderOptions = DEFAULTS) -> ScriptLine:
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
    written = _spoken(row)
    if row.cells.get("ruby", _NOTHING).value is None:
        spoken, ruby = take_ruby(written, language, options)
    else:
        # Who says where the ruby is has written the text as it is seen.
        spoken, ruby = written, _ruby(row, written) if options.ruby == "auto" else ()
    settings, pauses = _settings(row), _pauses(row)
    identity = row.text("id")
    character, speaker = row.text("character"), _speaker(row)
    if speaker is not None:
        settings["speaker"] = speaker
        # Piper's habit: who speaks is said in `speaker`; a cast may know them as a character.
        character = character or row.text("speaker")
    return ScriptLine(
        id=LineId(identity or auto_id(source_name, row.number)),
        id_given=identity is not None,
        number=row.number,
        text=spoken,
        source=row.source,
        ruby=ruby,
        language=language,
        character=character,
        delivery=delivery_of(settings),
        reading=_reading(row),
        pause_before=pauses.get("pause_before"),
        pause_after=pauses.get("pause_after"),
        chapter=_whole(row, "chapter"),
        chapter_title=row.text("chapter_title") or _chapter_name(row),
        scene=row.text("scene"),
        file=_file(row),
        paragraph=_whole(row, "paragraph"),
        skip=_skip(row),
        meta=dict(row.meta),
        findings=tuple(row.findings),
    )


def auto_id(source_name: str, number: int) -> str:
    """The id of a line whose author gave none: it stands until a line is put in before it."""
    stem = "line" if source_name in {"-", "<stdin>"} else PurePath(source_name).stem
    return f"{stem}-{number:04d}"


def too_long(written: str, at: Source) -> Finding | None:
    """The finding about a text that is longer than a line can be."""
    if len(written) <= MAX_TEXT:
        return None
    return Finding(
        code="script.line-long",
        severity="error",
        message=f"the line has {len(written):,} characters, more than {MAX_TEXT:,}",
        at=at,
        hint="break it into lines, or split it: --split sentence",
    )


def _spoken(row: Row) -> str:
    cell = row.cells.get("text")
    if cell is None or cell.value is None:
        row.complain("script.text-missing", "the line has no text", hint='give it a "text"')
        return ""
    if not isinstance(cell.value, str):
        row.complain("script.value", f"text is {_kind(cell.value)}, not text", "text")
        return ""
    spoken = row.clean(cell.value, "text")
    long = too_long(spoken, cell.at)
    if long is not None:
        row.findings.append(long)
    return spoken


def _ruby(row: Row, shown: str) -> tuple[Ruby, ...]:
    """The key `ruby`: a list of start, end (code points of the text) and reading."""
    said = row.cells["ruby"].value
    found: list[Ruby] = []
    reached = 0
    for one in sorted(said, key=_start) if isinstance(said, list) else [said]:
        start, end, reading = _span(one)
        if not (reached <= start < end <= len(shown) and reading.strip()):
            row.complain(
                "script.ruby",
                f"ruby is {json.dumps(one, ensure_ascii=False)[:60]}, which is over no part of"
                f" the text of {len(shown)} characters, or over what has ruby already",
                "ruby",
                hint='write "ruby": [{"start": 0, "end": 2, "reading": "よみ"}]',
            )
            continue
        found.append(Ruby(span=(start, end), reading=row.clean(reading, "ruby")))
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


def _settings(row: Row) -> dict[str, Any]:
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
            row.complain("script.value", f"{key} is {_kind(value)}, not a value", key)
            continue
        try:
            settings[ours] = parse(key, _unescaped(value))
        except UsageError as error:
            row.complain(error.code, error.message, key, hint=error.hint)
    for key in ("voice", "style", "assist_text"):
        if key in settings:
            settings[key] = row.clean(settings[key], key)
    return settings


def _pauses(row: Row) -> dict[str, float]:
    pauses: dict[str, float] = {}
    for key in ("pause_before", "pause_after"):
        cell = row.cells.get(key)
        if cell is None or cell.value is None or cell.value == "":
            continue
        if not isinstance(cell.value, str | int | float):
            row.complain("script.value", f"{key} is {_kind(cell.value)}, not a time", key)
            continue
        try:
            pauses[key] = parse_pause(key, _unescaped(cell.value))
        except UsageError as error:
            row.complain(error.code, error.message, key, hint=error.hint)
    return pauses


def _unescaped(value: str | float) -> str | float:
    # A spreadsheet keeps `+2st` and `-3dB` as text only behind an apostrophe.
    return value.strip().removeprefix("'") if isinstance(value, str) else value


def _speaker(row: Row) -> str | None:
    by_id = row.cells.get("speaker_id")
    named = row.text("speaker")
    if named is not None or by_id is None or by_id.value in (None, ""):
        return named
    return row.text("speaker_id")


def _language(row: Row) -> str | None:
    said = row.text("lang")
    return None if said is None else re.split(r"[-_]", said.casefold())[0]


def _reading(row: Row) -> str | None:
    cell = row.cells.get("reading")
    if cell is not None and isinstance(cell.value, Mapping):
        return row.clean(json.dumps(cell.value, ensure_ascii=False), "reading")
    return row.text("reading")


def _whole(row: Row, key: str) -> int | None:
    cell = row.cells.get(key)
    if cell is None or cell.value in (None, ""):
        return None
    if key == "chapter" and isinstance(cell.value, str):
        digits = re.search(r"\d{1,9}", unicodedata.normalize("NFKC", cell.value[:_LONGEST_HEADER]))
        return int(digits[0]) if digits else None
    try:
        return integer(cell.value) if isinstance(cell.value, str | int | float) else None
    except ValueError as error:
        row.complain("script.value", f"{key} is {error}", key)
        return None


def _chapter_name(row: Row) -> str | None:
    cell = row.cells.get("chapter")
    named = cell is not None and isinstance(cell.value, str) and not cell.value.strip().isdecimal()
    return row.text("chapter") if named else None


def _file(row: Row) -> str | None:
    """The wished-for file name without its extension; where it may lie is the writer's business."""
    said = row.text("file")
    return None if said is None else _AUDIO_SUFFIX.sub("", said)


def _skip(row: Row) -> bool:
    cell = row.cells.get("skip")
    if cell is None or cell.value is None:
        return False
    try:
        if isinstance(cell.value, str | int | float):
            return switch(cell.value)
        row.complain("script.value", f"skip is {_kind(cell.value)}, not yes or no", "skip")
    except ValueError as error:
        row.complain("script.value", f"skip is {error}", "skip", hint="write yes or no")
    return False


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "a list"
    return "a number" if isinstance(value, int | float) else "text"
