"""Tables with a column for each language: which one holds the texts that are asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sbv2cli.errors import ScriptError
from sbv2cli.readers.cells import LineCells, fold_header
from sbv2cli.readers.format import ReaderOptions

# What a language is called in headers, besides its code.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "ja": ("Japanese", "日本語", "jp", "jpn"),
    "en": ("English", "英語", "eng"),
    "zh": (
        "Chinese", "ChineseSimplified", "ChineseTraditional", "Chinese (Simplified)",
        "Chinese (Traditional)", "中国語", "中国語簡体字", "中国語繁体字", "简体中文", "繁體中文",
        "繁体中文", "中文", "cn", "chs", "cht",
    ),
    "ko": ("Korean", "韓国語", "한국어", "kr"),
    "fr": ("French", "フランス語", "Français"),
    "de": ("German", "ドイツ語", "Deutsch"),
    "es": ("Spanish", "スペイン語", "Español"),
    "pt": ("Portuguese", "ポルトガル語", "Português"),
    "it": ("Italian", "イタリア語", "Italiano"),
    "ru": ("Russian", "ロシア語", "Русский"),
}  # fmt: skip
_LANGUAGE_OF = {
    fold_header(name): code for code, names in _NAMES.items() for name in (code, *names)
}
_CODES = frozenset(
    "ar bg ca cs da el et fa fi he hi hr hu id lt lv ms nb nl no pl ro sk sl sr sv ta th tr uk vi"
    " zh".split()
) | set(_NAMES)
# A code may have a region or a script behind it, zh_Hans_CN, and `lang-` before it; or stand in
# parentheses behind a name, as in English (en-US).
_CODE = re.compile(r"(?:lang[-_])?([A-Za-z]{2,3})(?:[-_]([A-Za-z0-9]{2,8}))*")
_IN_PARENTHESES = re.compile(r".+[（(\[]\s*([A-Za-z]{2,3})(?:[-_][A-Za-z0-9-_]+)?\s*[）)\]]")
# Line_EN, Text JP, セリフ（英語）, 日本語セリフ, JA_Text
_TEXTS = r"(?:text|lines?|dialog(?:ue)?|セリフ|せりふ|台詞|テキスト|本文|訳文?)"
_OF_TEXT = re.compile(
    rf"{_TEXTS}[\s_\-]*[（(\[]?\s*(?P<behind>[^\s_\-（()）\[\]]{{2,12}})\s*[）)\]]?"
    rf"|(?P<before>[^\s_\-]{{2,12}}?)[\s_\-]*の?{_TEXTS}",
    re.IGNORECASE,
)


def language_of(header: str) -> str | None:
    """The code of the language that a header names."""
    named = _LANGUAGE_OF.get(fold_header(header))
    if named is not None:
        return named
    found = _CODE.fullmatch(header.strip()) or _IN_PARENTHESES.fullmatch(header.strip())
    code = found[1].casefold() if found else ""
    code = _LANGUAGE_OF.get(code, code)
    if code in _CODES:
        return code
    of_text = _OF_TEXT.fullmatch(header.strip())
    return (
        _LANGUAGE_OF.get(fold_header(of_text["behind"] or of_text["before"])) if of_text else None
    )


def text_column(headers: Sequence[str], options: ReaderOptions, source_name: str) -> str:
    """The header of the texts in the language that is asked for.

    Raises:
        ScriptError: no column has the language, or several have.
    """
    # The first is a key, also where it is called as a language is: ID.
    named_id = bool(headers) and fold_header(headers[0]) == "id"
    others = headers[1:] if named_id else headers
    languages = {header: code for header in others if (code := language_of(header))}
    wanted = [header for header, code in languages.items() if code == options.language]
    if len(wanted) == 1:
        return wanted[0]
    some = next(iter(wanted or languages), "HEADER")
    there = ", ".join(languages) or "none"
    message = f"no column has the language {options.language}; there is {there}"
    if wanted:
        message = f"several columns have the language {options.language}: {', '.join(wanted)}"
    raise ScriptError(
        "script.text-column",
        message,
        at=source_name,
        hint=f'name it: --column text="{some}", or the language: --lang en',
    )


def skip_untranslated(row: LineCells) -> None:
    """Skip a text that nobody has translated yet."""
    text = row.cells["text"]
    if not text.value:
        row.cells = {**row.cells, "skip": replace(text, value=True)}
        row.complain("script.not-voiceable", "the text is empty in this language", severity="note")
