"""Names of years: the engine takes many for persons (弘安三年 ヒロヤス, 康永三年 カンエーゾー).

`data/eras.tsv` has all 247 of them. One is read so before a number with 年 and before 年間, where
the engine gets it with a space on either side.
"""

from __future__ import annotations

from functools import cache

from sbv2cli.languages.japanese.data_tables import rows_of
from sbv2cli.patterns import lazy_pattern

YEARS = "(?:(?:元|[0-9〇一二三四五六七八九十]{1,3})年|年[間号中])"
"""What stands behind it."""

_YEARS = lazy_pattern(YEARS)
_LENGTHS = (4, 2)  # 天平勝宝, 延暦


@cache
def readings() -> dict[str, str]:
    """Each era and how it is read."""
    return dict(rows_of("eras.tsv"))


def places(text: str) -> set[int]:
    """Where eras begin and end."""
    found: set[int] = set()
    for years in _YEARS.finditer(text):
        end = years.start()
        for length in _LENGTHS:
            if length <= end and text[end - length : end] in readings():
                found |= {end - length, end}
                break
    return found
