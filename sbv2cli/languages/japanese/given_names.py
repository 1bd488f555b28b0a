"""Given names that no dictionary has, put together of the kanji that parents choose.

To the engine 湊斗 is ミナトト, 蒼真 ソーシン and 遥斗 ヨート: two words. `data/given.tsv` has how
such kanji are said as the first and as the last of two. In the same way `data/given_of_old.tsv`
has names of old (源七, 巳之吉), and `data/given_of_warriors.tsv` those of warriors (晴房).
"""

from __future__ import annotations

from functools import cache

from sbv2cli.languages.japanese.data_tables import rows_of

_TWO = 2
# Before these the first is shorter or another: 優月 ユズキ, 颯斗 ハヤト, 蒼斗 アオト.
_TOGETHER = {
    "月": {"優": "ユ", "悠": "ユ", "柚": "ユ", "夏": "ナ", "美": "ミ"},
    "斗": {"颯": "ハヤ", "蒼": "アオ", "真": "マナ", "美": "ミ"},
    "人": {"颯": "ハヤ", "蒼": "アオ", "真": "マナ", "夏": "ナツ"},
    "葉": {"蒼": "アオ"},
    "子": {"夏": "ナツ", "月": "ツキ"},
    "海": {"夏": "ナツ"},
    "実": {"夏": "ナツ"},
    "美": {"夏": "ナツ"},
}


# Of these two kanji make other words: 龍人 and 虎人 are peoples, 星海 is a sea, 雪里 a place.
_OF_NATURE = frozenset("龍竜虎樹星月花風空海夢雪冬夏春聖玄")
_OTHER_LASTS = frozenset("人海葉里衣穂夏歌")


def reading(written: str) -> str | None:
    """How a given name of today, of old or of a warrior is said, if it may be one."""
    return reading_of_today(written) or reading_of_old(written) or _of_two(written, _WARRIORS)


def reading_of_today(written: str) -> str | None:
    """How a name of two kanji is said, if both are of given names."""
    if len(written) != _TWO or (written[0] in _OF_NATURE and written[1] in _OTHER_LASTS):
        return None
    together = _TOGETHER.get(written[1], {}).get(written[0])
    return _of_two(written, "given.tsv", together)


_WARRIORS = "given_of_warriors.tsv"


def _of_two(written: str, table: str, first: str | None = None) -> str | None:
    if len(written) != _TWO or written[0] == written[1]:
        return None
    firsts, lasts = _table(table)
    first, last = first or firsts.get(written[0]), lasts.get(written[1])
    return first + last if first and last else None


def reading_of_old(written: str) -> str | None:
    """How a name of old is said, if its first kanji and its end are of such names."""
    firsts, lasts = _table("given_of_old.tsv")
    for place in range(1, len(written)):
        first, last = firsts.get(written[:place]), lasts.get(written[place:])
        if first and last and written[:place] != written[place:]:
            return first + _behind(first, last)
    return None


_BEHIND_N = {"ハチ": "パチ", "ヘー": "ペー", "サブロー": "ザブロー"}  # 源八, 勘平, 金三郎


def _behind(first: str, last: str) -> str:
    if first.endswith("ン"):
        return _BEHIND_N.get(last, last)
    # 利兵衛 is リヘー, 熊兵衛 クマベー.
    return "ヘー" if last == "ベー" and len(first) == 1 else last


@cache
def _table(name: str) -> tuple[dict[str, str], dict[str, str]]:
    rows = list(rows_of(name))
    return {kanji: first for kanji, first, _ in rows}, {kanji: last for kanji, _, last in rows}
