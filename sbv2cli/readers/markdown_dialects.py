"""What Obsidian, Notion, Vivliostyle and their kin write beside CommonMark.

Links in double brackets say their label, marks of emphasis and attributes nothing; comments,
embedded pictures and the properties that Notion exports are no text. Rows stay where they are.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from sbv2cli.patterns import lazy_pattern

_COMMENT = lazy_pattern(r"%%(?:[^%]|%(?!%)){0,20000}%%")
_EMBEDDED = lazy_pattern(r"!\[\[([^\[\]\n]{1,300})\]\]")
_MEDIA = lazy_pattern(
    r"\.(?:png|jpe?g|gif|webp|svg|bmp|avif|mp[34]|m4a|wav|ogg|webm|mov|pdf|canvas|base)(?:[|#]|\Z)",
    re.IGNORECASE,
)
# Not pixiv's ruby, [[rb:漢字 > かんじ]].
_LINK = lazy_pattern(r"\[\[(?!rb:)([^\[\]|\n]{1,200})(?:\\?\|([^\[\]|\n]{1,200}))?\]\]")
_MARKED = lazy_pattern(r"(?<!=)==(?=[^\s=])([^=\n]{1,500})(?<=\S)==(?!=)")
_CALLOUT = lazy_pattern(
    r"^((?:[ \t]*>){1,8}[ \t]*)\[![\w-]{1,40}(?:\|[^\]\n]{0,40})?\][+-]?[ \t]*", re.MULTILINE
)
_PLACE = lazy_pattern(r"(?<=\S)[ \t]{1,8}\^[A-Za-z0-9-]{1,60}[ \t]*$", re.MULTILINE)
_ATTRIBUTES = r"\{:?[ \t]{0,8}(?:[#.][\w-]+|[\w-]+=[^{}|\n]{0,80})(?:[ \t][^{}|\n]{0,200})?\}"
_OF_HEADING = lazy_pattern(
    rf"^( {{0,3}}#{{1,6}}[ \t\u3000][^\n]{{0,300}}?){_ATTRIBUTES}[ \t]*$",
    re.MULTILINE,
)
_OF_LINK = lazy_pattern(rf"(?<=\)){_ATTRIBUTES}")
_PROPERTY = r"[^:\n#>|]{1,40}: [^\n]{0,500}\n"
_PROPERTIES = lazy_pattern(rf"\A(\s*# [^\n]{{1,300}}\n\s*\n)((?:{_PROPERTY}){{1,40}})(?=\s*\n|\Z)")
_DATE = r"(?:[A-Z][a-z]+ \d{1,2}, \d{4}|\d{4}年\d{1,2}月\d{1,2}日)(?: \d{1,2}:\d\d(?: [AP]M)?)?"
# Notion's dates, and what it calls its own properties.
_NOTIONS = lazy_pattern(
    rf"^[^:\n]{{1,40}}: {_DATE}$"
    r"|^(?:Created(?: time| by)?|Last edited(?: time| by)?|Status|Tags"
    r"|作成日時|最終更新日時|ステータス|タグ): ",
    re.MULTILINE,
)


@dataclass(slots=True)
class Plainer:
    """A text without what only a program understands, and what was left out."""

    text: str
    left_out: Counter[str] = field(default_factory=Counter)  # characters, by what they are
    counts: Counter[str] = field(default_factory=Counter)


def plainer(text: str, *, front_matter: bool = False) -> Plainer:
    """CommonMark of a text in one of its dialects."""
    found = Plainer(text)
    if not front_matter:
        found.text = _PROPERTIES.sub(lambda one: _without_properties(one, found), found.text)
    found.text = _COMMENT.sub(lambda one: "\n" * one[0].count("\n"), found.text)
    found.text = _EMBEDDED.sub(lambda one: _embedded(one, found), found.text)
    found.text = _LINK.sub(_label, found.text)
    found.text = _PLACE.sub("", _MARKED.sub(r"\1", _CALLOUT.sub(r"\1", found.text)))
    found.text = _OF_LINK.sub("", _OF_HEADING.sub(r"\1", found.text))
    return found


def _without_properties(found: re.Match[str], into: Plainer) -> str:
    if _NOTIONS.search(found[2]) is None:
        return found[0]
    into.left_out["properties"] += len("".join(found[2].split()))
    return found[1] + "\n" * found[2].count("\n")


def _embedded(found: re.Match[str], into: Plainer) -> str:
    into.counts["pictures" if _MEDIA.search(found[1]) else "embedded"] += 1
    return ""


def _label(found: re.Match[str]) -> str:
    """What a link shows: its label, else the name of the note without the place in it."""
    note, _, place = found[1].partition("#")
    return found[2] or note.strip() or place.strip()
