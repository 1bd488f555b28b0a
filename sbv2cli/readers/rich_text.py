"""Texts with tags as Unity's and Unreal's text components, Naninovel and Utage hold them."""

from __future__ import annotations

import re

from sbv2cli.readers.ruby import interlinear

# <ruby="かんじ">漢字</ruby>, <ruby=かんじ>漢字</ruby>, <r=かんじ>漢字</r>
_RUBY = re.compile(
    r"<(?P<tag>ruby|r)=(?P<quote>[\"']?)(?P<reading>[^<>\"']{1,60})(?P=quote)>"
    r"(?P<base>[^<>]{0,60})</(?P=tag)>",
    re.IGNORECASE,
)
VALUE_TAG = r"<(?:param|format)\s*=[^<>]{1,80}>"  # what the game fills in
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
# A name, and a value behind = or attributes; <3 and <重要> are no tags. <param=x> is a value that
# the game fills in, and <ruby> without a value is that of web pages: both stay.
_TAG = re.compile(
    r"</>|</?(?!(?:param|format)\s*=|(?:ruby|r[bt]|rp|rtc)>)[A-Za-z][\w.-]*"
    r"(?:\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^<>]*)|(?:\s+[\w-]+\s*=\s*[^<>]*)+)?\s*/?>",
    re.ASCII,
)


def line_ends(text: str) -> str:
    r"""A text with the line ends that Unity's text components make of `\n`."""
    return text.replace("\\r", "").replace("\\n", "\n") if "\\" in text else text


def without_tags(text: str) -> str:
    """A text as it is shown, its ruby in the marks of `ruby.interlinear`."""
    if "<" not in text:
        return text
    text = _RUBY.sub(lambda found: interlinear(found["base"], found["reading"]), text)
    return _TAG.sub("", _BREAK.sub("\n", text))
