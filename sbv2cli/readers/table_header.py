"""From the header of a table and the cells of a row to the cells of a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from sbv2cli.cell_text import unguarded
from sbv2cli.errors import ScriptError, did_you_mean
from sbv2cli.patterns import lazy_pattern
from sbv2cli.readers.cell_faults import Blanks, tell_formula, tell_sum
from sbv2cli.readers.cells import KEY_OF, META, RANK_OF, Cell, LineCells, fold_header
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.table_layout import Layout
from sbv2cli.readers.unreal_text import ROW_NAMES, is_elsewhere, written_out
from sbv2cli.records import Finding, Source

_EXCEL_TEXT = lazy_pattern(r'="((?:[^"]|"")*)"')  # ="0012" keeps the zeros of a number
_UNUSED = lazy_pattern(
    r"(?P<file>ファイル|^(?:音声|ボイス)(?:名|パス|クリップ)?$"
    r"|(?:file|wav|ogg|mp3|audio|voice|sound)(?:name|path|clip)?$)"
    r"|キャラ|話者|話し手|語り手|発言者|発話者|人物|^役|speaker|character|actor$|who$"
)


_SEVERAL = 2  # known headers, of which no row says the names by chance
_DITTO = frozenset({"〃", "″", "同上"})
# Columns in which they mean the cell above; anywhere else they are a text or a name.
_DITTO_KEYS = frozenset(
    {"character", "speaker", "voice", "style", "lang", "scene", "chapter", "chapter_title"}
)


# What is looked up by its name; chats and web pages leave characters there that nobody sees.
_NAMES = frozenset({"id", "character", "speaker", "voice", "style", "file"})
_INVISIBLE = str.maketrans("", "", "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")


@dataclass(frozen=True, slots=True)
class RawCell:
    """A cell as it stands in the file; row and column count from 1."""

    text: str
    row: int
    column: int
    stray: int | None = None  # column of what follows a closing quote, where something does


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the cells stand in: a file, or a sheet of one."""

    path: str
    name: str | None = None

    def at(self, row: int, column: int | None = None) -> Source:
        """The place of a cell."""
        return Source(path=self.path, row=row, column=column, sheet=self.name)


@dataclass(frozen=True, slots=True)
class Header:
    """The headers of a table, and our key for each."""

    cells: Sequence[RawCell]
    keys: Sequence[str | None]
    sheet: Sheet
    layout: Layout | None = None  # whose table it is, where that is known
    ignored: frozenset[str] = frozenset()  # keys that shall have no column
    above: dict[str, str] = field(default_factory=dict)  # what stood in the row before, by key
    blanks: Blanks = field(default_factory=Blanks)

    @classmethod
    def of(
        cls,
        cells: Sequence[RawCell],
        options: ReaderOptions,
        sheet: Sheet,
        layout: Layout | None = None,
    ) -> Self:
        """The header in these cells."""
        headers, at = [cell.text for cell in cells], str(sheet.at(cells[0].row))
        known = {} if layout is None else layout.columns(headers, options, at)
        keys = header_keys(headers, {**known, **options.columns}, at)
        ignored = frozenset(key for key, wanted in options.columns.items() if not wanted)
        return cls(cells, keys, sheet, layout, ignored)

    def line_cells(self, number: int, raw: Sequence[RawCell], *, first: bool) -> LineCells | None:
        """A row of the table, if it is a line.

        With the first one is said which columns are not used.
        """
        if self._is_again(raw):
            return None
        row = self._row(number, raw)
        if self.layout is not None:
            if not self.layout.is_line(row):
                return None
            self.layout.edit(row)
        if self.sheet.name is None:
            tell_formula(row)
            tell_sum(row)
        if self.layout is None:
            self.blanks.look_at(row)
        if first:
            self._say_unused(row)
        return row

    def _is_again(self, raw: Sequence[RawCell]) -> bool:
        """Whether a row repeats the header, as sheets that were joined have it."""
        if self.keys.count(None) > len(self.keys) - _SEVERAL or len(raw) < len(self.cells):
            return False
        return all(
            cell.text.strip() == header.text.strip()
            for header, cell, key in zip(self.cells, raw, self.keys, strict=False)
            if key is not None
        )

    def _row(self, number: int, raw: Sequence[RawCell]) -> LineCells:
        cells: dict[str, Cell] = {}
        meta: dict[str, str] = {}
        for index, cell in enumerate(raw[: len(self.cells)]):
            value = plain(cell.text)
            key = self.keys[index]
            if key in ("ruby", "carried") and not value.startswith("["):
                key = None  # a column of the author's, which holds no list
            if key is None:
                name = unguarded(self.cells[index].text.strip()).removeprefix(META)
                if name and value:
                    meta[name] = value
            else:
                value = self._meant(key, value)
                at = self.sheet.at(cell.row, start(cell))
                cells[key] = Cell(value=value or None if key != "text" else value, at=at)
        # The line stands where its text does: that is where a person looks when it is misread.
        source = cells["text"].at if "text" in cells else self.sheet.at(raw[0].row)
        row = LineCells(number=number, source=source, cells=cells, meta=meta)
        if "text" not in cells:
            row.complain(
                "script.row-short",
                f"the row has {len(raw)} of {len(self.cells)} columns, and not the text",
                hint="is a quote or a delimiter missing?",
            )
            cells["text"] = Cell(value="", at=source)
        if is_elsewhere(str(cells["text"].value)):
            row.complain(
                "script.text-missing",
                "the text stands in another table, of which this is the place",
                "text",
                hint="export that string table as CSV, and give it",
            )
        if any(cell.text.strip() for cell in raw[len(self.cells) :]):
            row.complain(
                "script.row-wide",
                f"the row has {len(raw)} columns, the header {len(self.cells)}",
                hint="quote a cell that holds the delimiter",
            )
        for cell in raw:
            if cell.stray is not None:
                place = self.sheet.at(cell.row, cell.stray)
                row.cells = {**row.cells, "\0stray": Cell(value=None, at=place)}
                row.complain(
                    "script.quote-stray",
                    "something follows the closing quote",
                    "\0stray",
                    hint='double a quote that is meant as a character: ""',
                )
        return row

    def _meant(self, key: str, value: str) -> str:
        """What a cell means: the one above it, or a name without what nobody sees."""
        if key in _NAMES:
            value = value.translate(_INVISIBLE).strip()
        if key in _DITTO_KEYS:
            value = self.above.get(key, value) if value in _DITTO else value
            self.above[key] = value
        return value

    def _say_unused(self, first: LineCells) -> None:
        """Say which headers look like a speaker or a file and are not used."""
        for cell, key in zip(self.cells, self.keys, strict=True):
            found = _UNUSED.search(fold_header(cell.text)) if key is None else None
            if found is None or cell.text.strip().startswith(META):
                continue
            wanted = "file" if found["file"] else "character"
            if wanted in self.ignored:
                continue
            taken, name = wanted in self.keys, cell.text.strip()
            at = self.sheet.at(cell.row, cell.column)
            first.findings.append(
                Finding(
                    code="script.header-unused",
                    severity="note" if taken else "warning",
                    message=f'the column "{name}" looks like a {wanted} and is not used',
                    at=at,
                    hint=f'say what it is: --column {wanted}="{name}"',
                )
            )


def looks_unused(header: str) -> bool:
    """Whether a header would be reported as one that is not used."""
    return _UNUSED.search(fold_header(header)) is not None


def header_keys(headers: Sequence[str], columns: Mapping[str, str], at: str) -> list[str | None]:
    """Our key for each column, or `None` for one that is carried along.

    `--column` decides first, then our own name of a key, then the surest alias of it. A key whose
    header is empty is in no column.
    """
    folded = [fold_header(header) for header in headers]
    keys: list[str | None] = [None] * len(headers)
    ignored = {key for key, wanted in columns.items() if not wanted}
    for key, wanted in columns.items():
        if key in ignored:
            continue
        if fold_header(wanted) not in folded:
            raise ScriptError(
                "script.column-missing",
                f'there is no column "{wanted}"',
                at=at,
                hint=did_you_mean(wanted, headers),
            )
        keys[folded.index(fold_header(wanted))] = key
    for index in sorted(range(len(folded)), key=lambda index: RANK_OF.get(folded[index], 0)):
        known = KEY_OF.get(folded[index])
        if keys[index] is None and known not in keys and known not in ignored:
            keys[index] = known
    if "id" not in keys and "id" not in ignored and _names_rows(headers, keys):
        keys[0] = "id"
    if "text" not in keys:
        raise _without_text(headers, known=any(keys), at=at)
    return keys


def _names_rows(headers: Sequence[str], keys: Sequence[str | None]) -> bool:
    """Whether the first column holds the names of the rows, as in data tables of Unreal.

    Its header is `Name` where other programs have written them; who speaks has a column then.
    """
    first = headers[0].strip()
    named = first in ("Name", "RowName", "Row Name") and {"character", "speaker"} & set(keys[1:])
    return first == ROW_NAMES or bool(named)


def _without_text(headers: Sequence[str], *, known: bool, at: str) -> ScriptError:
    """What a table is refused with; the first row of one without headers would be lost."""
    names = did_you_mean("text", headers)
    hint = f'name it: --column text="HEADER"; {names}'
    if len(headers) > 1 and not known:
        hint = (
            "write a row of headers above it, as character,text;"
            f' or, if the first row has them, --column text="HEADER"; {names}'
        )
    return ScriptError("script.text-column", "no column holds the text", at=at, hint=hint)


def plain(written: str) -> str:
    """What a cell says: without what spreadsheets put around a text."""
    text = written.strip()
    excel = _EXCEL_TEXT.fullmatch(text)
    if excel:
        return excel[1].replace('""', '"')
    return written_out(unguarded(text))


def start(cell: RawCell) -> int:
    """The column of the first character in the cell, behind an opening quote and blanks."""
    return cell.column + len(cell.text) - len(cell.text.lstrip())
