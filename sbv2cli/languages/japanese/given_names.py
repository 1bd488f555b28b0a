"""Given names that no dictionary has, put together of the kanji that parents choose.

To the engine 湊斗 is ミナトト, 蒼真 ソーシン and 遥斗 ヨート: two words. `data/given.tsv` has how
such kanji are said as the first and as the last of two.
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


def reading(written: str) -> str | None:
    """How a name of two kanji is said, if both are of given names."""
    if len(written) != _TWO:
        return None
    firsts, lasts = _table()
    first = _TOGETHER.get(written[1], {}).get(written[0], firsts.get(written[0]))
    last = lasts.get(written[1])
    return first + last if first and last else None


@cache
def _table() -> tuple[dict[str, str], dict[str, str]]:
    rows = list(rows_of("given.tsv"))
    return {kanji: first for kanji, first, _ in rows}, {kanji: last for kanji, _, last in rows}
