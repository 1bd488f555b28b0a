"""A script line as a JSON record, and as the cells of a table; both are read back equal."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from sbv2cli.readers.cells import KEY_OF, META, fold_header
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.interpolation import may_hold_values
from sbv2cli.readers.ruby import may_hold_ruby, ruby_as_json, take_ruby
from sbv2cli.readers.table_header import looks_unused
from sbv2cli.records import Ruby, ScriptLine
from sbv2cli.settings.keys import DELIVERY_KEYS

Record = dict[str, Any]

KEYS = (
    *("id", "character", "text", "ruby", "carried", "reading", "lang"),
    *DELIVERY_KEYS,
    "speaker_id",
    *("pause_before", "pause_after", "chapter", "chapter_title", "heading", "level", "scene"),
    *("paragraph", "file", "skip"),
)
"""The keys of a record, in the order of the columns; those of `meta` and the last follow."""

IMPORTED = "imported"

_AUDIO_SUFFIX = re.compile(r"\.(?:wav|flac|ogg|opus|mp3)$", re.IGNORECASE)


def record_of(line: ScriptLine) -> Record:
    """The keys that the line gives."""
    # Who speaks may be a speaker alone: read as `speaker`, it would be the character too.
    speaker = "speaker" if line.character is not None else "speaker_id"
    said: Record = {
        "id": line.id,
        "character": line.character,
        "text": line.text,
        # Where it is present, also empty, a text is taken as it stands.
        "ruby": ruby_as_json(line.ruby) or ([] if may_hold_ruby(line.text) else None),
        "carried": ruby_as_json(line.ruby, carried=True) or None,
        "reading": line.reading,
        "lang": line.language,
        **{
            speaker if key == "speaker" else key: getattr(line.delivery, key)
            for key in DELIVERY_KEYS
        },
        "pause_before": line.pause_before,
        "pause_after": line.pause_after,
        "chapter": line.chapter,
        "chapter_title": line.chapter_title,
        "heading": line.heading or None,
        "level": line.level,
        "scene": line.scene,
        "paragraph": line.paragraph,
        "file": _file(line.file),
        # What is said decides: a text that looks as if it held values is spoken nevertheless.
        "skip": line.skip or (False if may_hold_values(line.text) else None),
        "meta": dict(line.meta) or None,
        IMPORTED: line.imported,
    }
    return {key: value for key, value in said.items() if value is not None}


def _file(asked: str | None) -> str | None:
    # A reader takes one suffix of sound off.
    return f"{asked}.wav" if asked is not None and _AUDIO_SUFFIX.search(asked) else asked


def cells_of(record: Record, options: ReaderOptions) -> Record:
    """A record as a flat row: ruby in the text where that is the same, meta in columns."""
    cells = dict(record)
    ruby = cells.pop("ruby", None)
    if ruby is not None:
        written = with_notation(record["text"], ruby)
        if _is_read_as(written, record, options):
            cells["text"] = written
        else:
            cells["ruby"] = json.dumps(ruby, ensure_ascii=False)
    if "carried" in cells:
        cells["carried"] = json.dumps(cells["carried"], ensure_ascii=False)
    for key in ("heading", "skip"):
        if key in cells:
            cells[key] = "yes" if cells[key] else "no"
    meta = cells.pop("meta", {})
    return cells | {meta_header(name): value for name, value in meta.items()}


def with_notation(text: str, ruby: Sequence[Record]) -> str:
    """A text with its ruby as people type it: ｜漢字《かんじ》."""
    parts, reached = [], 0
    for one in ruby:
        base = text[one["start"] : one["end"]]
        parts += [text[reached : one["start"]], f"｜{base}《{one['reading']}》"]
        reached = one["end"]
    return "".join([*parts, text[reached:]])


def _is_read_as(written: str, record: Record, options: ReaderOptions) -> bool:
    """Whether a text with notation is read as the record has it, by these options and by none."""
    wanted = (
        record["text"],
        tuple(
            Ruby(span=(one["start"], one["end"]), reading=one["reading"]) for one in record["ruby"]
        ),
    )
    language = record.get("lang")
    return all(take_ruby(written, language, one) == wanted for one in (options, ReaderOptions()))


def meta_header(name: str) -> str:
    """The header of a column that is carried along.

    With the mark where it would mean something: to us, or, in ASCII, to the tool that it is from,
    whose table this is no longer.
    """
    plain = not name.isascii() and fold_header(name) not in KEY_OF and not looks_unused(name)
    return name if plain and name == name.strip() else f"{META}{name}"
