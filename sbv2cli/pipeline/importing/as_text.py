"""Lines as a plain text: headings, paragraphs, ruby; and what a text cannot hold, counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sbv2cli.pipeline.importing.records import Record, with_notation
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.ruby import take_ruby

_SCENE_LEVEL = 2  # in a text `#` is a chapter and `##` a scene
_LIKE_HEADING = re.compile(r"#{1,2}[ \t\u3000]")
_LINE_BREAKS = re.compile(r"\s*[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
_SHOWN = frozenset(
    {"text", "ruby", "chapter", "chapter_title", "heading", "level", "scene", "paragraph", "skip"}
)


@dataclass(slots=True)
class Text:
    """Makes rows of records; `lost` counts the lines that lose something, by what it is."""

    options: ReaderOptions
    lost: Counter[str] = field(default_factory=Counter)
    chapter_title: str | None = None  # of the last heading in the text
    scene: str | None = None

    def rows(self, records: Iterable[Record]) -> Iterator[str]:
        """The rows of the text, blank ones between paragraphs."""
        before: object = None
        for record in records:
            if record.get("skip"):
                self.lost["skipped lines"] += 1
                continue
            here = record.get("chapter"), record.get("scene"), record.get("paragraph")
            if before is not None and here != before:
                yield ""
            before = here
            yield self._row(record)

    def _row(self, record: Record) -> str:
        written = self._written(record)
        if record.get("heading"):
            level = min(record.get("level", 1), _SCENE_LEVEL)
            self._heading(record["text"].strip(), level)
            row = f"{'#' * level} {written}"
        elif _LIKE_HEADING.match(written):
            self.lost["# at the beginning"] += 1
            row = written.replace("#", "＃")
        else:
            row = written
        self._count(record)
        return row

    def _heading(self, title: str, level: int) -> None:
        if level < _SCENE_LEVEL:
            self.chapter_title = title
        self.scene = title if level == _SCENE_LEVEL else None

    def _written(self, record: Record) -> str:
        shown = record["text"].strip()
        written = with_notation(record["text"], record.get("ruby", ())).strip()
        if _LINE_BREAKS.search(written):
            self.lost["line breaks"] += 1
            shown, written = (_LINE_BREAKS.sub("　", one) for one in (shown, written))
        if take_ruby(written, record.get("lang"), self.options)[0] != shown:
            self.lost["signs that are ruby in a text"] += 1
        return written

    def _count(self, record: Record) -> None:
        for key in record.keys() - _SHOWN:
            self.lost["columns" if key == "meta" else key] += 1
        for key, said in (("chapter_title", self.chapter_title), ("scene", self.scene)):
            if record.get(key) not in (None, said):
                self.lost[key] += 1
