"""What Obsidian, Notion, Vivliostyle, Pandoc and their kin write beside CommonMark.

Links in double brackets say their label, marks of emphasis and attributes nothing; comments,
embedded pictures, tags above and below the text, and the properties that Notion exports are no
text. Rows stay where they are.
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
# Of Pandoc: `<br>`{=html}, [words]{.class}, H~2~O and x^2^, and what a term in a list means.
_RAW = lazy_pattern(r"(`{1,3})([^`\n]{1,2000})\1\{=(\w{1,20})\}")
_SPAN = lazy_pattern(rf"(?<![!\]])\[([^\[\]\n]{{1,500}})\]{_ATTRIBUTES}")
_SMALL = lazy_pattern(r"(?<=[A-Za-z0-9)])([~^])([0-9A-Za-z+-]{1,10})\1")
_MEANS = lazy_pattern(r"^ {0,3}:[ \t]{1,4}(?=\S)", re.MULTILINE)
# #第一章, which CommonMark takes for text: the blank is missing.
_HEADING = lazy_pattern(
    r"^( {0,3}#{1,6})(?=第[0-9０-９一二三四五六七八九十百]{1,5}[章話部幕節回編]|最終[章話]"
    r"|[序終間]章|幕間|プロローグ|エピローグ|はじめに|おわりに|まえがき|あとがき)",
    re.MULTILINE,
)
_TAG = r"#(?![\d_/-]+(?![\w/-]))[\w/-]{1,60}(?![\w/-])"
_TAGS = lazy_pattern(rf"[ \t\u3000]*{_TAG}(?:[ \t\u3000,、]{{1,8}}{_TAG}){{0,40}}[ \t\u3000]*")
_TAG_AMONG_WORDS = lazy_pattern(rf"(?:^|(?<=[ \t\u3000])){_TAG}(?=[ \t\u3000]|$)", re.MULTILINE)
_TITLE = lazy_pattern(r" {0,3}# ")
_FENCE = lazy_pattern(r"^ {0,3}(```|~~~).*?(?:^ {0,3}\1|\Z)", re.MULTILINE | re.DOTALL)
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
    found.text = _RAW.sub(lambda one: one[2] if one[3] == "html" else "", found.text)
    found.text = _MEANS.sub("", _SMALL.sub(r"\2", _SPAN.sub(r"\1", found.text)))
    found.text = _HEADING.sub(r"\1 ", found.text)
    if "#" in found.text:
        found.text = found.text if front_matter else _without_tags(found)
        found.counts["tags"] += len(_TAG_AMONG_WORDS.findall(_FENCE.sub("", found.text)))
    return found


def _without_tags(into: Plainer) -> str:
    """A text without the rows of nothing but tags above and below it."""
    rows = into.text.split("\n")
    for numbers in (range(len(rows)), reversed(range(len(rows)))):
        for number in numbers:
            if _TAGS.fullmatch(rows[number]):
                into.left_out["tags"] += len("".join(rows[number].split()))
                rows[number] = ""
            elif rows[number].strip() and not _TITLE.match(rows[number]):
                break
    return "\n".join(rows)


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
