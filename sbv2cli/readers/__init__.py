"""Bytes -> ScriptLine: one file and one row for each format.

A row leads to a `format.Format`: how a script is read, and how it is recognised. Any bytes give
lines or `ScriptError`, nothing else. `script` opens files and chains them, `detect` tells formats
apart; of two formats that are equally sure of a script, the one that stands first here has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A format as lists show it; nothing is imported for that."""

    place: str  # "module:FORMAT"
    suffixes: tuple[str, ...]
    help: str
    binary: bool = False  # no text: chosen by its suffix or by name, and never decoded
    book: bool = False  # ruby is given once and holds for the later occurrences of its word
    recognised: bool = True  # False: chosen by its suffix or by name alone


READERS: Mapping[str, Row] = {
    "text": Row(
        "sbv2cli.readers.text:FORMAT",
        (".txt", ".text"),
        "a line in each row, or prose",
        recognised=False,
    ),
    "manifest": Row("sbv2cli.readers.manifest:FORMAT", (), "the manifest of an earlier run"),
    "renpy": Row("sbv2cli.readers.renpy:FORMAT", (), "Ren'Py's dialogue.tab"),
    "renpy-translation": Row(
        "sbv2cli.readers.renpy_translation:FORMAT", (".rpy",), "Ren'Py's tl/LANGUAGE/*.rpy"
    ),
    "yarn": Row("sbv2cli.readers.yarn:FORMAT", (), "a string table of Yarn Spinner"),
    "unity": Row("sbv2cli.readers.unity:FORMAT", (), "a string table of Unity Localization"),
    "godot": Row(
        "sbv2cli.readers.godot:FORMAT", (), "a table with a column for each language, as Godot's"
    ),
    "unreal": Row(
        "sbv2cli.readers.unreal:FORMAT", (), "a string table or dialogue script of Unreal"
    ),
    "po": Row(
        "sbv2cli.readers.portable_object:FORMAT",
        (".po", ".pot"),
        "a catalogue of gettext, as Unreal exports it",
    ),
    "ink": Row("sbv2cli.readers.ink:FORMAT", (), "a JSON object of texts, as of Ink-Localiser"),
    "utage": Row("sbv2cli.readers.utage:FORMAT", (), "a scenario sheet of Utage (宴)"),
    "tyrano": Row("sbv2cli.readers.tyrano:FORMAT", (".ks",), "a scenario of TyranoScript or KAG"),
    "naninovel-translation": Row(
        "sbv2cli.readers.naninovel_translation:FORMAT", (), "a localisation document of Naninovel"
    ),
    "naninovel": Row("sbv2cli.readers.naninovel:FORMAT", (".nani",), "a script of Naninovel"),
    "rpg-maker": Row(
        "sbv2cli.readers.rpg_maker:FORMAT", (), "a file of the data folder of RPG Maker MV or MZ"
    ),
    "voicevox": Row("sbv2cli.readers.voicevox:FORMAT", (), "VOICEVOX's text"),
    "aozora": Row("sbv2cli.readers.aozora.reader:FORMAT", (), "a text of Aozora Bunko", book=True),
    "ssml": Row("sbv2cli.readers.ssml:FORMAT", (".ssml", ".xml"), "a subset of SSML 1.1"),
    "jsonl": Row(
        "sbv2cli.readers.json_lines:FORMAT", (".jsonl", ".ndjson"), "an object in each row"
    ),
    "json": Row(
        "sbv2cli.readers.json_lines:JSON",
        (".json",),
        "an array, or an object with `lines`",
        recognised=False,
    ),
    "piper": Row(
        "sbv2cli.readers.json_lines:JSON", (), "JSON lines as Piper takes them", recognised=False
    ),
    "excel": Row(
        "sbv2cli.readers.excel:FORMAT",
        (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"),
        "a spreadsheet with a header",
        binary=True,
        recognised=False,
    ),
    "kakuyomi": Row(
        "sbv2cli.readers.web_novel:KAKUYOMI", (), "a manuscript for Kakuyomi", book=True
    ),
    "narou": Row("sbv2cli.readers.web_novel:NAROU", (), "a text from or for Narou", book=True),
    "pixiv": Row("sbv2cli.readers.web_novel:PIXIV", (), "a novel for pixiv", book=True),
    "epub": Row(
        "sbv2cli.readers.epub.reader:FORMAT",
        (".epub",),
        "a book, EPUB 2 or 3",
        binary=True,
        book=True,
        recognised=False,
    ),
    "docx": Row(
        "sbv2cli.readers.docx:FORMAT",
        (".docx",),
        "a document of Word",
        binary=True,
        book=True,
        recognised=False,
    ),
    "odt": Row(
        "sbv2cli.readers.open_document:FORMAT",
        (".odt", ".fodt", ".ott"),
        "a text document of LibreOffice",
        binary=True,
        book=True,
        recognised=False,
    ),
    "html": Row(
        "sbv2cli.readers.html:FORMAT",
        (".html", ".htm", ".xhtml"),
        "a page",
        binary=True,
        book=True,
    ),
    "markdown": Row(
        "sbv2cli.readers.markdown:FORMAT",
        (".md", ".markdown"),
        "a text in Markdown",
        book=True,
        recognised=False,
    ),
    "csv": Row("sbv2cli.readers.table:CSV", (".csv",), "a table with a header"),
    "tsv": Row("sbv2cli.readers.table:TSV", (".tsv", ".tab"), "a table with tabs"),
}
"""`--from` -> format, in the order in which they are asked."""

SUFFIXES: Mapping[str, str] = {
    suffix: name for name, row in READERS.items() for suffix in row.suffixes
}
"""What a suffix lets expect; what the script holds is looked at too."""

MANUSCRIPTS = frozenset({"aozora", "kakuyomi", "narou"})
"""Formats of books that are named like the notation of their ruby: `--markup` names both."""
