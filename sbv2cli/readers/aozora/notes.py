"""What the notes ［＃…］ say of headings and pages. All others are left out and mean nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sbv2cli.patterns import lazy_pattern

PAGE_BREAKS = frozenset({"改ページ", "改頁", "改丁", "改見開き", "改段"})

_SIZES = {"大": 1, "中": 2, "小": 3}
_FORM = "(?P<form>同行|窓)?(?P<size>[大中小])?見出し"
_BACKWARD = re.compile(f"「(?P<name>.+)」は、?{_FORM}")
_INLINE = re.compile(f"{_FORM}(?P<end>終わり)?")
_BLOCK = re.compile(f"ここ(?P<which>から|で)(?:.*、)?{_FORM}(?:終わり)?(?:、.*)?")


# Notes in brackets of half width, [#３字下げ], as people type them who have no others at hand.
_NARROW = lazy_pattern(
    r"[\[［][#＃](?P<note>[^\[\]［］\n]{0,100}?(?:字下げ|字上げ|地付き|見出し|傍点|傍線"
    r"|圏点|縦中横|割り注|太字|斜体|底本|ルビ|ママ|注記|水準|[uU][+＋]|改ページ|改頁|改丁|改段"
    r"|改見開き|文字|罫囲み|キャプション|入る)[^\[\]［］\n]{0,100})[\]］]"
)


@dataclass(frozen=True, slots=True)
class Title:
    """A heading: its size, and whether text goes on in its row (同行, 窓)."""

    size: int  # 1 大, 2 中, 3 小
    run_in: bool = False


def widened(written: str) -> str:
    """A text whose notes all stand in ［＃ ］; as long as before, so that places stay."""
    return _NARROW.sub(r"［＃\g<note>］", written) if "#" in written or "[" in written else written


def title_of(note: str) -> tuple[str, Title] | None:
    """「…」は中見出し: what is named, and how."""
    found = _BACKWARD.match(note) if "見出し" in note else None
    return None if found is None else (found["name"], _title(found))


def inline_title(note: str) -> tuple[Title, bool] | None:
    """中見出し, 中見出し終わり: the heading, and whether it ends."""
    found = _INLINE.fullmatch(note) if "見出し" in note else None
    return None if found is None else (_title(found), found["end"] is not None)


def block_title(note: str) -> tuple[Title | None, bool] | None:
    """ここから中見出し, ここで中見出し終わり: what begins with the next row; whether one ends."""
    found = _BLOCK.fullmatch(note) if "見出し" in note else None
    if found is None:
        return None
    return (_title(found), False) if found["which"] == "から" else (None, True)


def _title(found: re.Match[str]) -> Title:
    return Title(_SIZES[found["size"] or "中"], run_in=found["form"] is not None)
