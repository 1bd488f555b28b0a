"""Prose whose lines have no ids: after an edit, what was there keeps its id and its file.

The readers number the lines of a text, so a sentence that is put in would rename all that follow.
Where the output folder has a manifest of the same scripts, each line is looked up in it by its
neighbours and its text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from sbv2cli.pipeline.file_names import FileNames, NameRules, SpokenAs
from sbv2cli.pipeline.match_lines import match_lines
from sbv2cli.pipeline.stable_ids import kept_ids
from sbv2cli.records import LineId, ManifestRow, ScriptLine
from sbv2cli.writers.manifest import Manifest

_BY_POSITION = re.compile(r"-\d{4,}[a-z]*$")
_DEFAULT_NAME = re.compile(r"(?:\d+/)?\d+[a-z]*")  # as the templates by chapter and number make it
_ANYONE = SpokenAs(voice="", speaker=None, style=None, take=1, language="")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptNames:
    """The lines with the ids that they keep, and the files of those whose names are made here."""

    lines: list[ScriptLine]
    files: Mapping[LineId, str] = field(default_factory=dict)  # path without extension


def keep_names(lines: list[ScriptLine], previous: Manifest, rules: NameRules) -> KeptNames:
    """Give lines with ids made from positions those that they had in the last run."""
    open_ = [at for at, line in enumerate(lines) if not line.id_given]
    rows = _rows_by_position(lines, previous) if open_ else []
    if not rows:
        return KeptNames(lines=lines)
    prose = [lines[at] for at in open_]
    matches = _matches(prose, rows)
    ids = _ids(prose, rows, matches)
    named = list(lines)
    for at, line, identity in zip(open_, prose, ids, strict=True):
        if identity != line.id:
            named[at] = replace(line, id=LineId(identity))
    files = _files([named[at] for at in open_], rows, matches, rules)
    return KeptNames(lines=named, files=files)


def _rows_by_position(lines: Sequence[ScriptLine], previous: Manifest) -> list[ManifestRow]:
    """The rows of these scripts whose ids were made from positions, in the order of the script."""
    stems = {_stem_of(line.id) for line in lines if not line.id_given}
    given = {line.id for line in lines if line.id_given}
    found: dict[str, ManifestRow] = {}
    for row in sorted(previous.rows.values(), key=lambda row: (row.number, row.id)):
        name = row.take_of or row.id
        if _BY_POSITION.search(name) and _stem_of(name) in stems and name not in given:
            found.setdefault(name, row)
    return list(found.values())


def _matches(prose: Sequence[ScriptLine], rows: Sequence[ManifestRow]) -> list[int | None]:
    at = {row.take_of or row.id: place for place, row in enumerate(rows)}
    if all(line.id in at and rows[at[line.id]].text == line.text for line in prose):
        return [at[line.id] for line in prose]  # nothing has changed, as a rule
    found = match_lines([row.text for row in rows], [line.text for line in prose])
    return [None if match is None else match.old for match in found]


def _ids(
    prose: Sequence[ScriptLine], rows: Sequence[ManifestRow], matches: Sequence[int | None]
) -> list[str]:
    old = [row.take_of or row.id for row in rows]
    kept = {old[match] for match in matches if match is not None}
    # Its own id is free where no line keeps it: it has no row yet, or that of a line that is gone.
    own = [
        (line.id, _stem_of(line.id), match is None and line.id not in kept)
        for line, match in zip(prose, matches, strict=True)
    ]
    return kept_ids(own, old, matches)


def _files(
    prose: Sequence[ScriptLine],
    rows: Sequence[ManifestRow],
    matches: Sequence[int | None],
    rules: NameRules,
) -> dict[LineId, str]:
    """Where names are made from chapter and number, those of the last run, and new ones beside."""
    if rules.template is not None or rules.engine is not None:
        return {}
    old = [_stem(row.file) for row in rows]
    if not any(old):
        return {}
    names = FileNames(rules, prose)
    made = [str(PurePath(names.of(line, _ANYONE)).with_suffix("")) for line in prose]
    kept = [match if match is not None and old[match] is not None else None for match in matches]
    taken = {old[match] for match in kept if match is not None}
    own = [
        (name, name.rpartition("/")[0], match is None and name not in taken)
        for name, match in zip(made, kept, strict=True)
    ]
    paths = kept_ids(own, [name or "" for name in old], kept)
    return {line.id: path for line, path in zip(prose, paths, strict=True) if line.file is None}


def _stem_of(identity: str) -> str:
    """`story` of `story-0012a`: a book has one, however many pages its lines are from."""
    return _BY_POSITION.sub("", identity)


def _stem(file: str | None) -> str | None:
    if file is None:
        return None
    stem = file.rpartition(".")[0]
    stem = re.sub(r"-take\d+$", "", stem)
    return stem if _DEFAULT_NAME.fullmatch(stem) else None
