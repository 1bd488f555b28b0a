"""Which file each line gets: the template, what the script asks for, what an engine looks for.

Everything is counted over all lines of the job, spoken in this run or not, so that a name depends
on the script and never on a selection.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from sbv2cli.errors import ScriptError
from sbv2cli.pipeline import keys
from sbv2cli.records import LineId, ScriptLine
from sbv2cli.settings.engines import Engine
from sbv2cli.writers import naming

TAKE = "-take"


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRules:
    """What was asked of names: a template, else the name in the script, else the engine."""

    ext: str
    template: str | None = None
    engine: Engine | None = None
    restrict: bool = False  # ASCII only
    suffix_collisions: bool = False
    kept: Mapping[LineId, str] = field(default_factory=dict)  # line -> its path in the last run


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenAs:
    """How a line is spoken, as far as names tell it."""

    voice: str
    speaker: str | None
    style: str | None
    take: int
    language: str


class FileNames:
    """The names of the files of one job."""

    def __init__(
        self, rules: NameRules, lines: Sequence[ScriptLine], default_character: str | None = None
    ) -> None:
        self.rules = rules
        self._template = naming.parse_template(rules.template or _default(rules, lines))
        self._date = dt.datetime.now(tz=dt.UTC).astimezone().date().isoformat()
        self._character = default_character
        self._counts = {
            field: self._count(field, lines)
            for field in self._template.fields
            if field == naming.NC or field.startswith(naming.COUNT)
        }

    def of(self, line: ScriptLine, said: SpokenAs) -> str:
        """The path of a line's file below the output folder, with `/` between folders."""
        rules = self.rules
        if line.file is not None and rules.template is None:
            folder = "" if rules.engine is None else f"{rules.engine.folder_of(said.language)}/"
            asked = f"{folder}{line.file}"
            at = str(line.source)
            path = naming.asked_name(asked, rules.ext, restrict=rules.restrict, at=at)
            return _with_take(path, line, said)
        name = line.take_of or line.id
        if rules.template is None and rules.engine is None and name in rules.kept:
            return _with_take(f"{rules.kept[name]}.{rules.ext}", line, said)
        path = naming.file_name(self._template, self._values(line, said), restrict=rules.restrict)
        return path if "take" in self._template.fields else _with_take(path, line, said)

    def _values(self, line: ScriptLine, said: SpokenAs) -> naming.Values:
        name = line.take_of or line.id
        return {
            "id": name,
            "n": line.number,
            "index0": line.number - 1,
            "chapter": line.chapter,
            "chapter_title": line.chapter_title,
            "scene": line.scene,
            "character": line.character,
            "voice": PurePath(said.voice).name,
            "speaker": said.speaker,
            "style": said.style,
            "take": said.take,
            "text": line.text,
            "reading": line.reading or line.text,
            "lang": said.language,
            "source": PurePath(line.source.path).name,
            "stem": PurePath(line.source.path).stem,
            "hash": keys.text_hash(line.text),
            "date": self._date,
            "ext": self.rules.ext,
            **{field: counts[name] for field, counts in self._counts.items()},
            **{f"{naming.META}{key}": value for key, value in line.meta.items()},
        }

    def _count(self, field: str, lines: Sequence[ScriptLine]) -> Mapping[LineId, int]:
        """The number of each line among those that are like it in what the field names."""
        within = naming.count_keys(field)
        seen: Counter[tuple[str, ...]] = Counter()
        counts: dict[LineId, int] = {}
        for line in lines:
            name = line.take_of or line.id
            if name not in counts:  # else another take of the line before
                group = tuple(self._group(line, key) for key in within)
                seen[group] += 1
                counts[name] = seen[group]
        return counts

    def _group(self, line: ScriptLine, key: str) -> str:
        # As it stands in names: what looks the same there is counted on, so no two names meet.
        if key == "character":
            value: str | int | None = line.character or self._character
        elif key == "source":
            value = line.source.path
        else:
            value = line.chapter if key == "chapter" else line.scene
        return naming.fold(naming.safe_value("" if value is None else str(value)))


def refusals(
    names: Iterable[tuple[LineId, str]], places: Mapping[LineId, str]
) -> list[ScriptError]:
    """What is wrong with names: lines (id, path) that would share a file."""
    return [
        ScriptError(
            "name.collision",
            f'lines "{found.first}" and "{found.second}" would both be written to "{found.path}"',
            at=places.get(LineId(found.second)),
            hint="put {id} or {n} into --name, or use --on-collision suffix",
        )
        for found in naming.collisions(names)
    ]


def _default(rules: NameRules, lines: Sequence[ScriptLine]) -> str:
    if rules.engine is not None:
        return rules.engine.template
    return naming.default_template(
        ids_given=all(line.id_given for line in lines),
        chapters=any(line.chapter is not None for line in lines),
    )


def _with_take(path: str, line: ScriptLine, said: SpokenAs) -> str:
    """The path with its take, where the line has several."""
    if line.take_of is None:
        return path
    stem, _, ext = path.rpartition(".")
    return f"{stem}{TAKE}{said.take}.{ext}"
