"""Files of known tools that are not read, and the way out of each.

To read one of them, write its format and take its row out of here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sbv2cli.errors import ScriptError
from sbv2cli.patterns import lazy_pattern
from sbv2cli.readers.format import Head

AS_TEXT = "--from text reads it as prose nevertheless"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """One kind of file: by suffix, by its first bytes, or by what stands in it."""

    what: str
    way_out: str
    suffixes: tuple[str, ...] = ()
    magic: tuple[bytes, ...] = ()
    content: re.Pattern[str] | None = None
    page: re.Pattern[str] | None = None  # the same in a page of HTML
    binary: bool = False


def _in(pattern: str) -> re.Pattern[str]:
    return lazy_pattern(pattern, re.MULTILINE)


_CSV = "save the sheet as CSV UTF-8"
_DOCX = "save it as .docx, which is read with its headings, ruby and notes"
_TEXT = "save its text as a plain text file"
_TABLE = "export its texts as a table: CSV with the columns id, character, text"

UNSUPPORTED: Sequence[Unsupported] = (
    # Tools for games.
    Unsupported(
        what="a script of KiriKiri other than its scenarios",
        suffixes=(".tjs", ".asd", ".ksd"),
        way_out="give the scenarios, .ks; or export its texts as a table: CSV with the columns id,"
        " character, text",
    ),
    Unsupported(
        what="a compiled scenario of a visual novel",
        binary=True,
        suffixes=(
            ".scn", ".ast", ".lsb", ".mjo", ".ws2", ".cst", ".ybn", ".mes", ".nnn", ".hst", ".msc",
        ),
        way_out="VNTextPatch extracts its texts to .xlsx, which is read",
    ),
    Unsupported(
        what="data of WOLF RPG Editor",
        binary=True,
        suffixes=(".mps", ".wolf", ".project"),
        way_out="give what its ゲームデータ, テキスト出力, writes, as CSV with a header",
    ),
    Unsupported(
        what="a list of commands of WOLF RPG Editor",
        content=_in(r"^[ \t]*■(?:文章|選択肢|コメント|変数操作|条件分岐|ピクチャ|サウンド)[：:]"),
        way_out=_TABLE,
    ),
    Unsupported(
        what="a patch of RPG Maker Trans",
        content=_in(r"^> (?:BEGIN STRING|RPGMAKER TRANS PATCH)\b"),
        way_out=_TABLE,
    ),
    Unsupported(
        what="a Ren'Py source",
        suffixes=(".rpym", ".rpyc", ".rpymc"),
        content=_in(
            r"^label [\w.]+(?:\(.*\))?:[ \t]*$|^(?:define|image) \w+ = "
        ),
        way_out="Ren'Py's launcher: Extract Dialogue, tab-delimited, writes dialogue.tab",
    ),
    Unsupported(
        what="a Yarn Spinner source",
        suffixes=(".yarn", ".yarnproject"),
        content=_in(
            r"^title:.*\n(?:\w+:.*\n)*---[ \t]*$|^[ \t]*<<(?:if|set|jump|wait|command)\b.*>>"
        ),
        way_out="export its string table as CSV: Yarn Project, Export Strings, or ysc extract",
    ),
    Unsupported(
        what="an Ink source",
        suffixes=(".ink",),
        content=_in(r"^[ \t]*->[ \t]*[A-Za-z_]\w*[ \t]*$|->[ \t]*(?:END|DONE)[ \t]*$|[ \t]#id:\w+"),
        way_out="export its strings as CSV or JSON with Ink-Localiser",
    ),
    Unsupported(
        what="an Ink story that was compiled", content=_in(r'^\s*\{\s*"inkVersion"'),
        way_out="export the strings of its .ink as CSV with Ink-Localiser",
    ),
    Unsupported(
        what="a data file of RPG Maker before MV, or one that it has encrypted",
        suffixes=(
            ".rvdata2", ".rvdata", ".rxdata", ".lmu", ".lmt", ".ldb", ".rgss3a", ".rgss2a",
            ".rgssad", ".rpgproject", ".rmmzproject", ".rpgsave", ".rmmzsave",
        ),
        binary=True,
        way_out="give the folder data of MV or MZ; or export the texts with a translation tool,"
        " such as RPGMakerTrans, as CSV with the columns id, character, text",
    ),
    Unsupported(
        what="a Twine story",
        suffixes=(".twee", ".twee2", ".tw", ".tw2", ".tws"),
        content=_in(
            r"<tw-(?:storydata|passagedata)\b|^:: ?\w.*$"
            r'|\A\s*\{[^\[\]{}]{0,400}"passages"\s*:\s*\['
        ),
        page=_in(r"<tw-storydata\b"),
        way_out="Twine: Build, View Proofing Copy gives its text",
    ),
    Unsupported(
        what="an Inform source", suffixes=(".ni", ".inf", ".i7x", ".i6t"), way_out=_TABLE
    ),
    Unsupported(
        what="a ChoiceScript scene",
        content=_in(
            r"^[ \t]*\*(?:choice|scene_list|page_break|(?:create|label|goto|set) \w.*)[ \t]*$"
        ),
        way_out=_TABLE,
    ),
    Unsupported(
        what="an NScripter script",
        suffixes=(".nscript",),
        content=_in(
            r"^\*define[ \t]*$|^;mode\d"
            r"|^[ \t]*(?:bg|ld|cl|dwave(?:loop)?|wave|mp3loop|lsph?|select|selgosub)[ \t]+"
            r"(?:.*\"[^\"\n]*\"[ \t]*,[ \t]*[*%$\d]|\d+[ \t]*,[ \t]*\")"
        ),
        way_out=_TABLE,
    ),
    Unsupported(
        what="a timeline of Dialogic",
        suffixes=(".dtl", ".dch"),
        way_out="Dialogic: Settings, Translations, Update CSV files, gives a CSV",
    ),
    Unsupported(
        what="a source of Dialogue Manager",
        suffixes=(".dialogue",),
        way_out="Dialogue Manager: Translations, Save translations to CSV, gives one",
    ),
    Unsupported(
        what="a Godot file",
        suffixes=(".gd", ".tres", ".tscn", ".res", ".translation", ".import"),
        content=_in(r"^\[gd_(?:resource|scene)\b"),
        way_out="give the translation table that it imports, CSV with the header keys,en,ja",
    ),
    Unsupported(
        what="a Unity asset",
        suffixes=(".unity", ".asset", ".prefab", ".meta", ".unity3d", ".bundle", ".assetbundle"),
        content=_in(r"^%TAG !u! "),
        way_out="export the table as CSV: Localization Tables, Export, CSV (With Comments)",
    ),
    Unsupported(
        what="an Unreal asset",
        binary=True,
        suffixes=(".uasset", ".umap", ".uproject", ".locres", ".locmeta"),
        way_out="Unreal: Localization Dashboard, Export text (all cultures), gives Game.po; or"
        " String Table, Export to CSV",
    ),
    Unsupported(
        what="an articy project",
        suffixes=(".articy",),
        content=_in(r'"Type"\s*:\s*"(?:DialogueFragment|FlowFragment)"'),
        way_out="articy:draft: Export, Localization gives an Excel file with the texts",
    ),
    Unsupported(
        what="a project of VOICEVOX",
        suffixes=(".vvproj",),
        way_out="VOICEVOX: ファイル, テキストを繋げて書き出し, gives its text",
    ),
    Unsupported(
        what="a project of YMM4",
        suffixes=(".ymmp", ".ymmpx"),
        content=_in(r'"\$type"\s*:\s*"YukkuriMovieMaker'),
        way_out=_TABLE,
    ),
    Unsupported(
        what="a project of another speech program",
        suffixes=(".vpp", ".ccs", ".ccst"),
        content=_in(r'"sentence-list"\s*:\s*\[|<Unit\b[^<>]*\bCategory="TextVocal"'),
        way_out="copy its lines into a plain text file",
    ),
    # Localisation.
    Unsupported(
        what="a localisation file",
        suffixes=(
            ".mo", ".xlf", ".xliff", ".tmx", ".resx", ".strings", ".stringsdict", ".properties",
            ".arb", ".ftl", ".lang",
        ),
        content=_in(r"<(?:xliff|tmx|resources)\b"),
        way_out=_TABLE,
    ),
    # Sheets, documents, books, pages.
    Unsupported(
        what="a spreadsheet",
        binary=True,
        suffixes=(".numbers",),
        way_out=_CSV,
    ),
    Unsupported(
        what="a spreadsheet of another kind",
        binary=True,
        suffixes=(".fods", ".ots", ".sxc", ".uos", ".et"),
        way_out="save it as .ods or .xlsx, which are read",
    ),
    Unsupported(
        what="a document of another kind",
        binary=True,
        suffixes=(".odm", ".sxw", ".uot", ".wps"),
        way_out="save it as .odt or .docx, which are read",
    ),
    Unsupported(
        what="a link to a document of Google",
        suffixes=(".gdoc", ".gsheet"),
        way_out="download the document: File, Download, as .docx, .xlsx or CSV",
    ),
    Unsupported(
        what="a document",
        binary=True,
        suffixes=(".doc", ".rtf", ".pages", ".wpd", ".jtd", ".jtdc"),
        content=_in(r"\A\{\\rtf1"),
        way_out=_DOCX,
    ),
    Unsupported(
        what="a manuscript of TeX",
        suffixes=(".tex", ".ltx"),
        content=_in(r"^\\(?:documentclass|begin\{document\})"),
        way_out=_TEXT,
    ),
    Unsupported(
        what="a manuscript of Re:VIEW",
        suffixes=(".re",),
        content=_in(r"^//(?:lead|list|emlist|footnote|image)(?:\[[^\]\n]*\])*\{?[ \t]*$|@<ruby>\{"),
        way_out="review-epubmaker makes an .epub of it, which is read",
    ),
    Unsupported(
        what="a manuscript of AsciiDoc",
        suffixes=(".adoc", ".asciidoc", ".asc"),
        content=_in(
            r"^\[(?:source|quote|verse|cols=)[^\]\n]*\][ \t]*$|^(?:image|include)::\S+\[.*\][ \t]*$"
            r"|^= \S.*\n(?:.+\n){0,3}:[\w-]+:"
        ),
        way_out="asciidoctor makes an .html, asciidoctor-epub3 an .epub of it, which are read",
    ),
    Unsupported(
        what="a manuscript of reStructuredText",
        suffixes=(".rst",),
        content=_in(r"^\.\. (?:[\w-]+::(?:[ \t]|$)|_[^:\n]{1,60}:|\[[^\]\n]{1,30}\] )"),
        way_out="pandoc, or make epub of Sphinx, makes an .epub of it, which is read",
    ),
    Unsupported(
        what="a manuscript of Org",
        suffixes=(".org",),
        content=_in(r"^#\+(?i:title|author|options|begin_\w+|startup|caption):?(?:[ \t]|$)"),
        way_out="pandoc, or the export of Org, makes an .epub or .html of it, which are read",
    ),
    Unsupported(
        what="a page in the markup of a wiki",
        suffixes=(".wiki", ".mediawiki", ".textile", ".creole"),
        way_out="pandoc makes an .epub of it, which is read",
    ),
    Unsupported(
        what="a manuscript of Typst",
        suffixes=(".typ",),
        content=_in(r"^#(?:set|show|let|import)\b.*[(:]"),
        way_out="pandoc makes an .epub of it, which is read",
    ),
    Unsupported(
        what="a document of TEI or DocBook",
        content=_in(r"<(?:TEI|teiCorpus|book|article)\b[^<>]*\b(?:tei-c\.org|docbook\.org)"),
        way_out="make an .epub of it, with pandoc or another program, which is read",
    ),
    Unsupported(
        what="a book",
        binary=True, suffixes=(".mobi", ".azw", ".azw3", ".fb2"),
        way_out="make an .epub of it, with Calibre or another program, which is read; of one with"
        " DRM, use an edition without",
    ),
    Unsupported(
        what="a project of Scrivener",
        suffixes=(".scrivx", ".scriv"),
        way_out="Scrivener: File, Compile, makes an .epub or .docx of it, which is read",
    ),
    Unsupported(what="a PDF",
        binary=True, suffixes=(".pdf",), magic=(b"%PDF-",), way_out=_TEXT),
    Unsupported(what="a web archive", suffixes=(".mhtml", ".mht"), way_out="save it as .html"),
    Unsupported(
        what="a screenplay", suffixes=(".fountain", ".fdx", ".celtx"), way_out=_TABLE
    ),
    Unsupported(
        what="a file of subtitles",
        suffixes=(".srt", ".vtt", ".ass", ".ssa", ".sbv", ".ttml", ".lrc"),
        content=_in(
            r"^(?:\d+:)?\d\d:\d\d[.,]\d{2,3}\s+-->|\A\s*WEBVTT|^\[Script Info\]"
            r"|^\[\d\d:\d\d\.\d\d\]"
        ),
        way_out="save its text without the times as a plain text file",
    ),
    Unsupported(
        what="a chat saved from LINE",
        content=_in(
            r"\A\[LINE\] |^(?:午[前後])?\d{1,2}:\d\d\t[^\t\n]{1,60}\t.*"
            r"\n(?:午[前後])?\d{1,2}:\d\d\t"
        ),
        way_out=_TABLE,
    ),
    Unsupported(
        what="a chat saved from Discord",
        content=_in(
            r"\A=+\nGuild: .*\nChannel: |\A\s*\{\s*\"guild\"\s*:\s*\{[^{}]*\},\s*\"channel\"\s*:"
        ),
        page=_in(r"<div class=\"?chatlog(?:__message-group)?\b"),
        way_out="export it as CSV, and say --column text=Content --column character=Author",
    ),
    Unsupported(
        what="a chat or a log with times",
        content=_in(
            r"^\[?\d{4}[-/.]\d{1,2}[-/.]\d{1,2}[ T,]{1,2}\d{1,2}:\d\d[^\n]*"
            r"\n\[?\d{4}[-/.]\d{1,2}[-/.]\d{1,2}[ T,]{1,2}\d{1,2}:\d\d"
        ),
        way_out=_TABLE,
    ),
    # Anything else that is no prose.
    Unsupported(
        what="a file of settings or data",
        suffixes=(".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".plist", ".sqlite", ".db"),
        content=_in(r"\A%YAML|\A---[ \t]*\n[\w-]+:[ \t]"),
        way_out="save its texts as JSON lines or CSV",
    ),
    Unsupported(
        what="the source of a program",
        suffixes=(
            ".py", ".js", ".mjs", ".ts", ".lua", ".rb", ".cs", ".c", ".cpp", ".h", ".java", ".go",
            ".rs", ".php", ".sh", ".bat", ".ps1", ".swift", ".kt", ".css", ".sql", ".ipynb", ".nut",
            ".as", ".hsp", ".vbs",
        ),
        content=_in(
            r"\A#!|^#include [<\"]|^from [\w.]+ import \w|^import [\w.{}*, ]+(?: from .+)?;[ \t]*$"
        ),
        way_out=_TABLE,
    ),
    Unsupported(
        what="a file that is no text",
        binary=True,
        suffixes=(".bin", ".dat", ".exe", ".dll", ".so", ".pak", ".wasm"),
        way_out="give what the tool that made it exports: CSV UTF-8, JSON or a plain text file",
    ),
    Unsupported(
        what="an archive or Office file",
        binary=True,
        suffixes=(
            ".zip", ".7z", ".rar", ".gz", ".tar", ".lzh", ".xp3", ".rpa", ".pptx", ".ppt",
        ),
        magic=(b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!"),
        way_out="give the text inside it; --from excel, epub or docx reads such a file",
    ),
    Unsupported(
        what="sound or a picture",
        binary=True,
        suffixes=(".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".png", ".jpg", ".gif"),
        magic=(b"RIFF", b"OggS", b"ID3", b"fLaC", b"\x89PNG", b"\xff\xd8\xff", b"GIF8"),
        way_out="give the text: plain text, CSV UTF-8 or JSON lines",
    ),
)  # fmt: skip

_BY_SUFFIX = {suffix: row for row in UNSUPPORTED for suffix in row.suffixes}


def refuse_suffix(suffix: str, source_name: str) -> None:
    """Refuse the file of a tool that is known by its suffix."""
    row = _BY_SUFFIX.get(suffix)
    if row is not None:
        raise _refusal(row, f"{suffix} is {row.what}", source_name)


def refuse_magic(data: bytes, source_name: str) -> None:
    """Refuse what is no text by its first bytes."""
    for row in UNSUPPORTED:
        if data.startswith(row.magic):
            raise _refusal(row, f"this is {row.what}", source_name)


def refuse_content(head: Head) -> None:
    """Refuse what stands in a file of another name."""
    for row in UNSUPPORTED:
        found = row.content.search(head.text) if row.content is not None else None
        if found:
            number = head.text.count("\n", 0, found.start()) + 1
            raise _refusal(row, f"this looks like {row.what}", f"{head.name}:{number}")


def refuse_page(text: str, source_name: str) -> None:
    """Refuse a page that a tool has made of something that is not read."""
    for row in UNSUPPORTED:
        found = row.page.search(text) if row.page is not None else None
        if found:
            number = text.count("\n", 0, found.start()) + 1
            raise ScriptError(
                "script.unsupported",
                f"this looks like {row.what}, which is not read",
                at=f"{source_name}:{number}",
                hint=row.way_out,
            )


def _refusal(row: Unsupported, message: str, at: str) -> ScriptError:
    return ScriptError(
        "script.unsupported",
        f"{message}, which is not read",
        at=at,
        hint=row.way_out if row.binary else f"{row.way_out}; {AS_TEXT}",
    )


def way_out(suffix: str) -> str | None:
    """What to give in the place of a file of a known tool; `None` for what nobody would read."""
    row = _BY_SUFFIX.get(suffix)
    return None if row is None or row.what in _NEVER_SCRIPTS else row.way_out


_NEVER_SCRIPTS = frozenset(
    {
        "sound or a picture",
        "a file that is no text",
        "a file of settings or data",
        "the source of a program",
    }
)
