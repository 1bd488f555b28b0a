"""Tells text that people read aloud from tags, code and tables that only programs read.

A row is marked when it holds what prose does not. One marked row among many is an author's whim (a
band called [Alexandros], a face with a brace); a script is refused from a share of them on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sbv2cli.errors import ScriptError
from sbv2cli.patterns import lazy_pattern
from sbv2cli.readers.cells import HEADER_ROWS, KEY_OF, fold_header
from sbv2cli.readers.format import Head
from sbv2cli.readers.unsupported import AS_TEXT
from sbv2cli.records import Finding, ScriptLine, Source

_SHARE = 0.15  # of the rows, from which on they are no prose
_FEW = 2  # rows that must be marked, unless the script has but one
# By what stands between cells: rows with one number of cells that make a table, and how many times
# it stands in them. Prose has no tabs.
_TABLES = {"\t": (2, 3), ",": (3, 6), ";": (3, 6)}
_BETWEEN_HEADERS = tuple(map(lazy_pattern, ("[,，]", "\t", "[;；]", "[|｜]", r"\s{2,}|　+")))
_LONGEST_HEADERS = 200
_BETWEEN_CELLS = lazy_pattern("　")  # as readers of documents join the cells of a row
_AS_TABLE = "save the table as .csv, .tsv or .xlsx"
_HEADERS = 2  # known ones, of which no row of prose has so many and nothing else

# What we read ourselves where ruby is written so is no mark: <ruby>, {漢字|かんじ}, {rb}漢字{/rb},
# [[rb:漢字 > かんじ]].
_RUBY = lazy_pattern(
    r"</?(?:ruby|rb|rt|rp|rtc)\b[^<>]{0,100}>|\{/?r[bt]\}|\{[^{}|]{1,40}[|｜][^{}|]{1,60}\}"
    r"|\[\[rb:[^\[\]]{1,300}\]\]"
)
# With it, lines are dealt with one by one, so it is no reason to refuse a script.
_VALUE = "a value that is filled in"
# ASCII: 彼() and <<重要>> are how people chat. Faces are no code either: ^^; ;_; \(^o^)/ <3 ///
_MARKS: Sequence[tuple[str, re.Pattern[str]]] = tuple(
    (name, lazy_pattern(pattern, re.ASCII))
    for name, pattern in (
        ("a tag", r"</?[A-Za-z][\w:.-]*(?:\s*=\s*[^<>]{1,60}|\s[^<>]{0,200}=[^<>]{1,200})?\s*/?>"),
        ("a tag", r"<!--|-->|<!\[CDATA\[|<\?\w"),
        # Of pixiv's novels, and a picture in a text of Narou.
        ("a tag", r"\[(?:chapter|jump|pixivimage|uploadedimage|\[jumpuri):[^\[\]]{1,200}\]"),
        ("a tag", r"\[newpage\]|<i\d{1,9}\|\d{1,9}>"),
        ("an entity", r"&(?:[a-z]{2,8}|#\d{2,5}|#x[0-9a-f]{2,5});"),
        ("a closing tag", r"\[/[A-Za-z]*\]|\{/[A-Za-z]*\}"),
        ("a command", r"\[[a-z_]\w*(?:\s[^\[\]]{0,200}=[^\[\]]{1,200}|=[^\[\]]{1,60})\]"),
        ("a command", r"^\s*@[a-z_]+(?:\s+[\w.]+\s*[=:]|\s*$)|<<[a-z_][^<>]{0,200}>>"),
        ("a command", r"\[(?:p|l|r|lr|cm|er|s|b|i|u|w|wait|pause|br|n)\]"),
        ("a command", r"\{(?:w|p|nw|fast|b|i|u|br|n)\}"),
        ("an escape of RPG Maker", r"\\[A-Za-z]{1,3}\[\w+\]|\\[.|!><^](?:\s*$|\\)"),
        ("an escape", r"\\[nrt](?![A-Za-z])"),
        (_VALUE, r"\{\{?[A-Za-z_$][\w.$]*\}\}?|\$\{|\{\d\}|<%"),
        (_VALUE, r"%[A-Za-z_]\w*%|%[sd](?!\w)"),
        ("a bracket of a program", r"^\s*[{}\[\]();,]+\s*$|\{\s*$|^\s*\}"),
        ("the end of a statement", r"[A-Za-z0-9\]}\"'];\s*$|\w\([^()]*\);\s*$"),
        ("a comment of a program", r"^\s*(?://(?!/)|/\*|\*/|;(?![_;)(^.-]))"),
        ("an assignment", r"^\s*\$?[A-Za-z_][\w.\[\]]*\s*[+-]?=(?!=)|^\s*\"[^\"]{1,80}\"\s*:\s"),
        ("code", r"\w\s*(?:===?|!==?|=>)\s*\w|&&|\|\||[A-Za-z_]\w*\(\)|\bfunction\b.*\("),
        ("code", r"^\s*(?:if|elif|else|for|while|def|return)\b.*:\s*$"),
        ("a choice or a jump", r"^\s*[*+]\s*\[|^\s*->\s|->\s*\w+\s*$|^\*[a-z_]\w*(?:\||$)"),
        ("a label", r"^\s*(?:label|menu|jump|scene|show|hide|with)(?:\s[a-z_]\w*){0,2}:?\s*$"),
        ("a table of Markdown", r"^\s*\|.*\|\s*$|^```"),
    )
)


# Marks that a single row may have by chance: x = 3 のとき.
_WEAK = frozenset({"the end of a statement", "an assignment", "code", "a label"})


_COULD_BE = lazy_pattern(r"[<\[\]{}\\@%&|]")


def markup_in(row: str) -> str | None:
    """The piece of a row of prose that is markup beyond doubt, for a finding."""
    found = _mark(row) if _COULD_BE.search(row) else None
    return None if found is None or found[0] in _WEAK else found[1]


def markup_finding(text: str, at: Source) -> Finding | None:
    """A warning where a line holds markup, which would be spoken as it stands."""
    markup = markup_in(text)
    if markup is None:
        return None
    return Finding(
        code="script.markup-spoken",
        severity="warning",
        message=f'"{markup[:40]}" looks like markup and is spoken as it stands',
        at=at,
        hint="take it out of the text",
    )


def refuse_code(head: Head) -> None:
    """Refuse a script without a known format that is no prose."""
    rows = [(number, row) for number, row in _numbered(head) if row.strip()]
    marked = [
        (number, found)
        for number, row in rows
        if (found := _mark(row)) is not None and found[0] != _VALUE
    ]
    alone = len(rows) == 1 and marked and marked[0][1][0] not in _WEAK
    if alone or (len(marked) >= _FEW and len(marked) >= _SHARE * len(rows)):
        number, (what, shown) = marked[0]
        raise ScriptError(
            "script.looks-like-markup",
            f"{len(marked)} of the first {len(rows)} rows hold what nobody says:"
            f' {what}, "{shown[:40]}"',
            at=f"{head.name}:{number}",
            hint=f"export the texts as CSV with the tool that made it, or take the markup out;"
            f" {AS_TEXT}",
        )
    _refuse_headers(rows, head)
    columns = _columns([row for _, row in rows])
    if columns:
        raise ScriptError(
            "script.looks-like-markup",
            f"each row has {columns} cells, as in a table, and no header that is known",
            at=f"{head.name}:{rows[0][0]}",
            hint=f"write a row of headers above it, as character,text; {AS_TEXT}",
        )


def _refuse_headers(rows: Sequence[tuple[int, str]], head: Head) -> None:
    """Refuse a table that nobody could tell from its first row: below a title, or laid out."""
    for number, row in rows[:HEADER_ROWS]:
        names = next(filter(None, (_headers(row, one) for one in _BETWEEN_HEADERS)), None)
        if names:
            raise ScriptError(
                "script.looks-like-markup",
                f"this row holds the headers of a table: {', '.join(names)[:60]}",
                at=f"{head.name}:{number}",
                hint=f"{_AS_TABLE}; {AS_TEXT}",
            )


def _headers(row: str, between: re.Pattern[str]) -> list[str]:
    """The headers of a table in a row that is little else; nothing of another row."""
    names = [name.strip() for name in between.split(row.strip("|｜ \t"))]
    known = {KEY_OF[name] for name in map(fold_header, names) if name in KEY_OF}
    few_others = len(names) <= 2 * len(known)
    return names if "text" in known and len(known) >= _HEADERS and few_others else []


def table_finding(line: ScriptLine) -> ScriptLine:
    """The line, with a warning where it is the header of a table in a document."""
    names = _headers(line.text, _BETWEEN_CELLS) if len(line.text) <= _LONGEST_HEADERS else []
    if not names:
        return line
    finding = Finding(
        code="script.table-spoken",
        severity="warning",
        message=f"a table with the headers {', '.join(names)[:60]} is read row by row as prose",
        at=line.source,
        hint="copy it into a spreadsheet, and save it as .xlsx or CSV",
    )
    return replace(line, findings=(*line.findings, finding))


def _numbered(head: Head) -> list[tuple[int, str]]:
    rows = head.text.split("\n")
    # The last row may be cut in the middle.
    return list(enumerate(rows if head.whole or len(rows) == 1 else rows[:-1], start=1))


def _mark(row: str) -> tuple[str, str] | None:
    """What is no prose in a row, and the piece."""
    plain = _RUBY.sub("", row[:2000])
    for what, pattern in _MARKS:
        found = pattern.search(plain)
        if found:
            return what, found[0].strip() or row.strip()
    return None


def _columns(rows: Sequence[str]) -> int:
    """How many cells each row of a table has; 0 for what is none."""
    for delimiter, (fewest, most) in _TABLES.items():
        cells = {len(row.strip().split(delimiter)) for row in rows}
        delimiters = (min(cells, default=1) - 1) * len(rows)
        blanks = delimiter != "\t" and any(f"{delimiter} " in row for row in rows)
        if len(cells) == 1 and len(rows) >= fewest and delimiters >= most and not blanks:
            return cells.pop()
    return 0
