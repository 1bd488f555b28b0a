"""Numbers as Japanese words: kanji numerals for the engine, katakana where a digit is named."""

from __future__ import annotations

from sbv2cli.languages.japanese.spans import SpokenSpan

DIGITS = "零一二三四五六七八九"
_PLACES = ("", "十", "百", "千")
_MYRIADS = ("", "万", "億", "兆", "京")
LONGEST = 4 * len(_MYRIADS)
"""Digits in the largest number that has a name here; longer ones are read digit by digit."""

# Digit by digit every digit has two moras, so that they can be said in pairs.
_NAMED = ("ゼロ", "イチ", "ニー", "サン", "ヨン", "ゴー", "ロク", "ナナ", "ハチ", "キュー")
_ACCENTS = (1, 2, 1, 0, 1, 1, 2, 1, 2, 1)
_ENGLISH = (
    "ゼロ ワン ツー スリー フォー ファイブ シックス セブン エイト ナイン "
    "テン イレブン トゥエルブ サーティーン フォーティーン フィフティーン シックスティーン "
    "セブンティーン エイティーン ナインティーン トゥエンティー"
).split()


def cardinal(digits: str) -> str:
    """An integer in kanji numerals: "1234" is 千二百三十四; leading zeros say nothing."""
    digits = digits.lstrip("0")
    if not digits:
        return DIGITS[0]
    words = []
    groups = range(len(digits), 0, -4)
    for myriad, end in enumerate(groups):
        group = _below_myriad(digits[max(0, end - 4) : end])
        if group == "千" and myriad:
            group = "一千"  # イッセンマン, but センヒャクマン
        if group:
            words.append(group + _MYRIADS[myriad])
    return "".join(reversed(words))


def _below_myriad(digits: str) -> str:
    words = []
    for place, digit in zip(range(len(digits) - 1, -1, -1), digits, strict=True):
        value = int(digit)
        if value:
            # 一 is not said before 十, 百 and 千.
            words.append(("" if value == 1 and place else DIGITS[value]) + _PLACES[place])
    return "".join(words)


def decimal(whole: str, fraction: str) -> str:
    """A decimal: "3", "14" is 三点一四. The engine reads the digits after 点 one by one."""
    places = "".join("〇" if digit == "0" else DIGITS[int(digit)] for digit in fraction)
    # The engine knows 〇 among digits, but not alone after 点.
    return f"{cardinal(whole)}点{'ゼロ' if places == '〇' else places}"


def value(text: str) -> str:
    """A plain number such as "1,234.50" in kanji numerals."""
    whole, point, fraction = text.replace(",", "").partition(".")
    return decimal(whole, fraction) if point and fraction else cardinal(whole)


def digit_spans(flat: str, start: int, end: int, *, kind: str) -> list[SpokenSpan]:
    """Digits named one by one, in pairs as announcers say them; other characters are skipped."""
    spans = []
    at = start
    while at < end:
        pair = at + 1 < end and "0" <= flat[at + 1] <= "9"
        stop = at + 2 if pair else at + 1
        values = [int(digit) for digit in flat[at:stop]]
        # A pair falls after the first mora of its second digit (ゼロキュ]ー).
        spans.append(
            SpokenSpan(
                start=at,
                end=stop,
                text="".join("〇" if number == 0 else DIGITS[number] for number in values),
                kana="".join(_NAMED[number] for number in values),
                accent=3 if pair else _ACCENTS[values[0]],
                kind=kind,
            )
        )
        at = stop
    return spans


def english(number: int) -> str | None:
    """Small numbers as they are said in titles and names: ツー, スリー."""
    return _ENGLISH[number] if 0 <= number < len(_ENGLISH) else None
