"""Abbreviations, addresses, signs and marks in English text: patterns and what is said for them."""

from __future__ import annotations

import re
import unicodedata

from sbv2cli.languages.english import amounts, numbers
from sbv2cli.languages.english.amounts import Rule
from sbv2cli.languages.english.compat import MARKS
from sbv2cli.languages.traced import Traced

_BEFORE_A_NAME = {
    "Dr": "Doctor",
    "Mr": "Mister",
    "Mrs": "Missus",
    "Ms": "Miz",
    "Prof": "Professor",
    "St": "Saint",
    "Lt": "Lieutenant",
    "Col": "Colonel",
    "Gen": "General",
    "Capt": "Captain",
    "Sgt": "Sergeant",
    "Rev": "Reverend",
    "Gov": "Governor",
    "Sen": "Senator",
    "Mt": "Mount",
}
_WITH_A_POINT = {
    "e.g": "for example",
    "i.e": "that is",
    "etc": "et cetera",
    "vs": "versus",
    "approx": "approximately",
    "dept": "department",
    "est": "established",
    "Jr": "Junior",
    "Sr": "Senior",
    "Inc": "Incorporated",
    "Ltd": "Limited",
    "Corp": "Corporation",
    "Co": "Company",
    "St": "Street",
    "Ave": "Avenue",
    "Blvd": "Boulevard",
    "Rd": "Road",
    "Dr": "Drive",
}
_BEFORE_A_NUMBER = {
    "No": "number",
    "no": "number",
    "Nr": "number",
    "Vol": "volume",
    "vol": "volume",
    "p": "page",
    "pp": "pages",
    "Fig": "figure",
    "fig": "figure",
    "Ch": "chapter",
    "ch": "chapter",
}
_DOMAINS = "com|org|net|edu|gov|io|jp|uk|de|fr|eu|cn|kr|info|dev|app|ai|tv|me|co"
_IN_ADDRESSES = {
    ".": "dot",
    "@": "at",
    "/": "slash",
    "-": "dash",
    "_": "underscore",
    ":": "colon",
    "?": "question mark",
    "=": "equals",
    "&": "and",
    "#": "hash",
    "%": "percent",
    "+": "plus",
    "~": "tilde",
}
_SIGNS = {
    "&": " and ",
    "@": " at ",
    "+": " plus ",
    "=": " equals ",
    "%": " percent ",
    "°": " degrees ",
    "§": " section ",
    "²": " squared ",
    "³": " cubed ",
    "×": " times ",
    "÷": " divided by ",
    "±": " plus or minus ",
    "≈": " about ",
    "≤": " at most ",
    "≥": " at least ",
    "→": " to ",
    "∞": " infinity ",
    "€": " euros ",
    "£": " pounds ",
    "¥": " yen ",
    "$": " dollars ",
}
_KEPT = frozenset("²³…½⅓⅔¼¾") | MARKS.keys()
_HALVES = {"½": "1⁄2", "⅓": "1⁄3", "⅔": "2⁄3", "¼": "1⁄4", "¾": "3⁄4"}
_MARKS = {written: mark for written, mark in MARKS.items() if written not in "$\n—−～~・·"}


def _named(words: dict[str, str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _shortened(match: re.Match[str]) -> str:
    # The point of an abbreviation also ends a sentence that ends with it.
    ends = match["after"] is not None
    return _WITH_A_POINT[match["word"]] + ("." if ends else "")


def _address(match: re.Match[str]) -> str:
    written = re.sub(r"^[A-Za-z]+://", "", match[0]).rstrip("/")
    words = [
        _IN_ADDRESSES.get(part)
        or (numbers.digit_by_digit(part) if part[0] in numbers.DIGITS else part)
        for part in re.findall(r"[A-Za-z]+|[0-9]+|[^A-Za-z0-9]", written)
    ]
    # "www" is three letters, which the dictionaries know only with points.
    return " ".join("w.w.w." if word.lower() == "www" else word for word in words)


_LINE_END = re.compile("[\r\n\u2028\u2029]")
_BEFORE: dict[str, Rule] = {
    "accent": (
        re.compile(r"[^\W\d_][\u0300-\u036f]+"),
        lambda m: unicodedata.normalize("NFC", m[0])[0],
    ),
    "blank": (re.compile(r"\s+"), lambda m: "\n" if _LINE_END.search(m[0]) else " "),
    "line": (
        re.compile(r"(?P<mark>[.!?…,;:—-]?)\n(?P<more>.?)"),
        lambda m: m["mark"] + (" " if m["mark"] else ". ") + m["more"],
    ),
    "mail": (re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8}\b"), _address),
    "web": (
        re.compile(
            r"\b(?:(?:https?|ftp)://[^\s<>\"'()]{1,500}[\w/]"
            r"|(?:www\.|(?<![\w.@-])(?=[\w-]{1,63}\.))[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}"
            rf"\.(?:{_DOMAINS})\b(?:/[\w./?=&#%~+-]{{0,300}}[\w/])?)"
        ),
        _address,
    ),
    "last point": (re.compile(r"(?<![\w.])(?:[A-Za-z]\.){2,}$"), lambda m: m[0] + "."),
    "title": (
        re.compile(rf"\b(?P<word>{_named(_BEFORE_A_NAME)})\.? (?=[A-Z])"),
        lambda m: (
            _BEFORE_A_NAME[m["word"]] + " "
            if m[0][-2] == "." or m["word"] in ("Dr", "Mr", "Mrs", "Ms")
            else None
        ),
    ),
    "before a number": (
        re.compile(rf"\b(?P<word>{_named(_BEFORE_A_NUMBER)})\. ?(?=[0-9])"),
        lambda m: _BEFORE_A_NUMBER[m["word"]] + " ",
    ),
    "with a point": (
        re.compile(
            rf"(?<![\w.])(?P<word>{_named(_WITH_A_POINT)})\.(?:(?P<after>(?= [A-Z]| ?$))|(?!\w))"
        ),
        _shortened,
    ),
    "number sign": (re.compile(r"#(?=[0-9])"), "number "),
    "sharp": (re.compile(r"(?<=\b[A-G])#(?!\w)"), " sharp"),
    "hashtag": (re.compile(r"#(?=[^\W\d_])"), "hashtag "),
}
_AFTER: dict[str, Rule] = {
    "name sign": (re.compile(r"[©®™]"), ""),
    "arrow": (re.compile(r"[-=]+>"), " to "),
    "slash": (re.compile(r"(?<=\w) ?/ ?(?=\w)"), " "),
    "underscore": (re.compile(r"_+"), " "),
    "dash": (re.compile(r" ?(?:[–—―−]+|-{2,}|(?<= )-(?= )) ?"), " - "),
    "hyphen": (re.compile(r"[‐‑]"), "-"),
    "points": (re.compile(r"\.{3,}|[…‥]"), "..."),
    "bullet": (re.compile(r" ?[•・·‣▪] ?"), ", "),
    "sign": (re.compile("[" + re.escape("".join(_SIGNS)) + "]"), lambda m: _SIGNS[m[0]]),
    "close mark": (re.compile(r"(?<=[,;?!])(?=[^\W\d_])|(?<=[a-z]\.)(?=[A-Z][a-z])"), " "),
    "blanks": (re.compile(r" {2,}"), " "),
}


def fold(text: str) -> Traced:
    """Compatibility forms become plain ones: full-width letters, ligatures, ①, ℃."""
    return Traced.of(text).keep(
        _folded(character, text[place - 1] if place else "") for place, character in enumerate(text)
    )


def _folded(character: str, before: str) -> str:
    if character < "\u0080":
        return character
    if character in _HALVES:
        return (" " if before.isdecimal() else "") + _HALVES[character]
    if character in _KEPT:
        return character
    plain = unicodedata.normalize("NFKC", character)
    # An accent that stands alone (¨) becomes a blank that nobody wrote and a mark that would go to
    # the letter before it: it is not said.
    if plain.startswith(" "):
        return ""
    # Digits of other scripts count as digits.
    return "".join(
        str(unicodedata.digit(c)) if unicodedata.category(c) == "Nd" else c for c in plain
    )


def spell_out(text: str) -> Traced:
    """The text with everything in words that has words."""
    traced = fold(text)
    for rules in (_BEFORE, amounts.RULES, _AFTER):
        for pattern, said in rules.values():
            traced = traced.replace(pattern, said)
    return traced.translate(_MARKS)
