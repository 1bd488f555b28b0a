"""Lines -> the files that hold them: groups, parts that are short enough, names and chapters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from sbv2cli.errors import UsageError
from sbv2cli.pipeline.join.lines import CLOSING, OPENING, JoinLine
from sbv2cli.writers import naming, timeline
from sbv2cli.writers.audio.tags import Chapter, Name

if TYPE_CHECKING:
    from sbv2cli.pipeline.join.settings import By, JoinSettings

_Key = Callable[[JoinLine], object]

# What lines of one file have in common.
_GROUPS: dict[str, _Key] = {
    "book": lambda _: None,
    "chapter": lambda line: line.chapter,
    "scene": lambda line: (line.chapter, line.scene),
    "character": lambda line: line.character or "",
}
# Where a file that is too long may end: the first that is fine enough.
_SEAMS: tuple[_Key, ...] = (
    lambda line: line.chapter,
    lambda line: (line.chapter, line.scene, line.paragraph),
    lambda line: line.id,
)
_TITLES = {
    "ja": {OPENING: "オープニング", CLOSING: "エンディング", "chapter": "第{n}章"},
    "en": {OPENING: "Opening credits", CLOSING: "Closing credits", "chapter": "Chapter {n}"},
    "zh": {OPENING: "片头", CLOSING: "片尾", "chapter": "第{n}章"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file to be written."""

    path: Path
    title: Name | None
    number: tuple[int, int] | None  # which file, of how many
    lines: tuple[JoinLine, ...]
    rate: int
    starts: tuple[int, ...]  # first sample of each line
    samples: int
    chapters: tuple[Chapter, ...]


def parts(lines: Sequence[JoinLine], settings: JoinSettings) -> list[Part]:
    """The files of a join, in order; no two have one name."""
    rate = settings.encoding.rate or max(line.rate for line in lines)
    limit = None if settings.part_minutes is None else round(settings.part_minutes * 60 * rate)
    groups = _grouped(lines, settings.by)
    pieces: list[tuple[int, int, Sequence[JoinLine]]] = []
    for number, group in enumerate(groups, start=1):
        cut = list(_cut(group, limit, _Framed(settings, rate), _SEAMS))
        pieces += [
            (number, part if len(cut) > 1 else 0, piece) for part, piece in enumerate(cut, start=1)
        ]
    names = [_name(settings, number, len(groups), part, piece) for number, part, piece in pieces]
    _refuse_collisions(names)
    total = len(pieces)
    return [
        _part(piece, path, (index, total) if total > 1 else None, settings, rate)
        for index, (path, (_, _, piece)) in enumerate(zip(names, pieces, strict=True), start=1)
    ]


def _grouped(lines: Sequence[JoinLine], by: By) -> list[list[JoinLine]]:
    key = _GROUPS[by]
    if by != "character":
        return [list(group) for _, group in groupby(lines, key)]
    groups: dict[object, list[JoinLine]] = {}
    for line in lines:
        groups.setdefault(key(line), []).append(line)
    return list(groups.values())


@dataclass(frozen=True, slots=True)
class _Framed:
    """Lines as they stand in a file: with the silence that was asked for at its ends."""

    settings: JoinSettings
    rate: int

    def __call__(self, lines: Sequence[JoinLine]) -> list[JoinLine]:
        framed = list(lines)
        target = self.settings.target
        head, tail = self.settings.head, self.settings.tail
        if target is not None:
            head = target.head_seconds if head is None else head
            tail = target.tail_seconds if tail is None else tail
        if head is not None:
            framed[0] = replace(framed[0], before=max(0.0, head - framed[0].lead))
        if tail is not None:
            framed[-1] = replace(framed[-1], after=max(0.0, tail - framed[-1].tail))
        return framed

    def length(self, lines: Sequence[JoinLine]) -> int:
        """Samples of a file of these lines."""
        return timeline.starts([line.placed for line in self(lines)], self.rate)[1]


def _cut(
    lines: Sequence[JoinLine], limit: int | None, framed: _Framed, seams: Sequence[_Key]
) -> Iterator[Sequence[JoinLine]]:
    """Stretches that are no longer than the limit, cut where the coarsest seam allows it."""
    if limit is None or not seams or framed.length(lines) <= limit:
        yield lines
        return
    held: list[JoinLine] = []
    for _, group in groupby(lines, seams[0]):
        block = list(group)
        if held and framed.length([*held, *block]) <= limit:
            held += block
            continue
        if held:
            yield held
        *whole, last = _cut(block, limit, framed, seams[1:])
        yield from whole
        held = list(last)
    yield held


def _part(
    lines: Sequence[JoinLine],
    path: Path,
    number: tuple[int, int] | None,
    settings: JoinSettings,
    rate: int,
) -> Part:
    framed = _Framed(settings, rate)(lines)
    starts, total = timeline.starts([line.placed for line in framed], rate)
    chapters = tuple(_chapters(framed, starts, settings))
    title = settings.tags.title
    if number is not None:
        shown = chapters[0].title if settings.by == "chapter" else str(number[0])
        title = Name(text=shown) if title is None else _longer(title, shown)
    return Part(
        path=path,
        title=title,
        number=number,
        lines=tuple(framed),
        rate=rate,
        starts=tuple(starts),
        samples=total,
        chapters=chapters,
    )


def _longer(title: Name, more: str) -> Name:
    reading = None if title.reading is None else f"{title.reading} {more}"
    return Name(text=f"{title.text} {more}", reading=reading)


def _chapters(
    lines: Sequence[JoinLine], starts: Sequence[int], settings: JoinSettings
) -> Iterator[Chapter]:
    before: object = _chapters  # nothing that a chapter is called
    for line, start in zip(lines, starts, strict=True):
        if line.chapter != before:
            # What stands before the first word belongs to the first chapter.
            first = before is _chapters
            yield Chapter(start=0 if first else start, title=chapter_title(line, settings))
        before = line.chapter


def chapter_title(line: JoinLine, settings: JoinSettings) -> str:
    """What the chapter of a line is called."""
    words = _TITLES.get(line.language or "", _TITLES["en"])
    if line.chapter_title:
        return " ".join(line.chapter_title.split())
    if isinstance(line.chapter, str):
        return words[line.chapter]
    if line.chapter is not None:
        return words["chapter"].format(n=line.chapter)
    return settings.tags.title.text if settings.tags.title else settings.to.stem


def _name(
    settings: JoinSettings, number: int, of: int, part: int, lines: Sequence[JoinLine]
) -> Path:
    to, ext, first = settings.to, settings.encoding.ext, lines[0]
    stem = to.stem
    if "{" in to.name:
        values: dict[str, str | int | None] = {
            "n": number,
            "index0": number - 1,
            "chapter": first.chapter if isinstance(first.chapter, int) else 0,
            "chapter_title": chapter_title(first, settings),
            "scene": first.scene,
            "character": first.character,
            "ext": ext,
        }
        stem = Path(naming.file_name(_template(to.name), values)).stem
    elif settings.by != "book":
        stem = f"{stem}-{number:0{max(2, len(str(of)))}d}"
    return to.parent / f"{stem}{f'-{part}' if part else ''}{to.suffix}"


def _template(text: str) -> naming.Template:
    template = naming.parse_template(text)
    known = {"n", "index0", "chapter", "chapter_title", "scene", "character", "ext"}
    for field in sorted(template.fields - known):
        raise UsageError(
            "join.name",
            f'a file of several lines has no "{field}"',
            hint=f"use {', '.join(sorted(known))}",
        )
    return template


def _refuse_collisions(names: Sequence[Path]) -> None:
    seen: dict[str, Path] = {}
    for path in names:
        folded = str(path).casefold()
        if folded in seen:
            raise UsageError(
                "join.name",
                f'two files would have the name "{path}"',
                hint="put {n} into the name: 'book-{n:02d}.mp3'",
            )
        seen[folded] = path
