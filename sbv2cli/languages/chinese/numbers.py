"""Numbers as Chinese says them."""

from __future__ import annotations

import re
import unicodedata

DIGITS = "零一二三四五六七八九"
_UNITS = ("", "十", "百", "千")
_GROUPS = ("", "万", "亿", "万")  # 万亿 has no word of its own
LONGEST = 16  # digits
_FRACTION = 16


def digit_by_digit(number: str) -> str:
    """Each digit by itself: 二零二四."""
    return "".join(DIGITS[unicodedata.digit(digit)] for digit in number)


def cardinal(number: str) -> str:
    """A number, perhaps with a decimal point, in words; the grouping is that of cn2an's "low" mode.

    Raises:
        ValueError: more than 16 digits, or digits that are neither ASCII nor full-width.
    """
    whole, _, fraction = unicodedata.normalize("NFKC", number).partition(".")
    strange = next((c for c in whole + fraction if c not in "0123456789"), None)
    if strange is not None:
        raise ValueError(f"输入的数据不在转化范围内：{strange}！")
    said = _whole(whole.lstrip("0"))
    if fraction:
        said += "点" + digit_by_digit(fraction[:_FRACTION])
    return said


def _whole(digits: str) -> str:
    if len(digits) > LONGEST:
        raise ValueError(f"超出数据范围，最长支持 {LONGEST} 位")
    said = ""
    for position, digit in enumerate(digits):
        power = len(digits) - position - 1
        group = _GROUPS[power // 4] if power % 4 == 0 else ""
        if digit != "0":
            said += DIGITS[int(digit)] + _UNITS[power % 4] + group
        else:
            said += DIGITS[0] + group if power % 4 == 0 else ""
            said += DIGITS[0] if position > 0 and not said.endswith("零") else ""
    for written, spoken in (("零零", "零"), ("零万", "万"), ("零亿", "亿"), ("亿万", "亿")):
        said = said.replace(written, spoken)
    said = re.sub("([万亿])零([一二三四五六七八九]千)", r"\1\2", said.strip("零"))
    return (said[1:] if said.startswith("一十") else said) or "零"
