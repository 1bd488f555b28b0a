"""The reference's normaliser of Japanese text, rule by rule (frontend specification JP-1 to JP-4).

Its losses are kept on purpose: `compat` promises the same readings. `better` has `rules` instead.
"""

from __future__ import annotations

import re
from decimal import Context, Decimal

from sbv2cli import normal_form

# JP-3, in the order in which alternatives are tried. The full-width rows cannot occur in normalised
# text (NFKC folds them); the same table is applied to what the engine answers, and there they do.
_MARKS = {
    "...": ("…", "・・・", "···"),
    ",": ("：", "；", "，", "、", "・", "·"),
    ".": ("。", "．", "\n", "$", "."),
    "!": ("！",),
    "?": ("？",),
    "'": tuple('“”"‘’（）()《》【】[]「」'),
    "-": tuple(
        "\u02d7\u2010\u2012\u2013\u2014\u2015\u2043\u2212\u23af\u23e4\u2500\u2501\u2e3a\u2e3b"
    ),
}
_MARK_OF = {written: mark for mark, all_written in _MARKS.items() for written in all_written}
_MARK = re.compile("|".join(map(re.escape, _MARK_OF)))

# JP-4: hiragana, katakana, ideographs (basic block and extension A), 々, letters, Greek, marks.
_DROPPED = re.compile(
    "[^\u3040-\u309f\u30a0-\u30ff\u4e00-\u9fff\u3400-\u4dbf\u3005"
    "A-Za-z\uff21-\uff3a\uff41-\uff5a\u0370-\u03ff\u1f00-\u1fff!?…,.'\\-]+"
)
_LONE_VOICING = re.compile("[\u3099\u309a]")
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+")
_CURRENCY = re.compile(r"([$¥£€])([0-9.]*[0-9])")
_CURRENCIES = {"$": "ドル", "¥": "円", "£": "ポンド", "€": "ユーロ"}
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")

_DIGITS = "零一二三四五六七八九"
_MYRIADS = ("", *"万億兆京垓秭穣溝澗正載極")
_LIMIT = 10 ** (4 * len(_MYRIADS) - 1)  # the reference gives up at 10^51, before 極 is full
_DECIMALS = Context(prec=28)
_EXACT = Context(prec=400)


def normalise(text: str) -> str:
    """Text as the reference hands it to the engine.

    Raises:
        OverflowError: a number of 10^51 or more, as in the reference.
    """
    text = normal_form.normalize("NFKC", text)
    text = _read_numbers(text)
    text = text.replace("~", "ー").replace("〜", "ー")
    return _LONE_VOICING.sub("", keep_allowed(text))


def keep_allowed(text: str) -> str:
    """Punctuation mapped to the seven marks, everything that is not allowed deleted."""
    return _DROPPED.sub("", _MARK.sub(lambda match: _MARK_OF[match[0]], text))


def _read_numbers(text: str) -> str:
    text = _THOUSANDS.sub(lambda match: match[0].replace(",", ""), text)
    text = _CURRENCY.sub(lambda match: match[2] + _CURRENCIES[match[1]], text)
    return _NUMBER.sub(lambda match: number_in_kanji(match[0]), text)


def number_in_kanji(digits: str) -> str:
    """A cardinal number in kanji, equal to the library that the reference uses, noise included.

    Raises:
        OverflowError: 10^51 and more.
    """
    number = Decimal(digits)
    if number == int(number):
        return _integer_in_kanji(number, _DECIMALS)
    return _decimal_in_kanji(float(digits))


def _integer_in_kanji(number: Decimal, context: Context) -> str:
    if number >= _LIMIT:
        raise OverflowError(f"abs({number:f}) must be less than {_LIMIT}.")
    if number == 0:
        return _DIGITS[0]
    top = (number.adjusted() // 4) * 4
    # The library cuts off the highest group in decimals of 28 digits, so that a remainder that is
    # longer is rounded. The whole part of a binary float takes another way there and stays exact.
    highest, rest = context.divmod(number, Decimal(10) ** top)
    groups = [_group_in_kanji(int(highest)) + _MYRIADS[top // 4]]
    for power in range(rest.adjusted() // 4 if rest else -1, -1, -1):
        group = int(rest) // 10 ** (4 * power) % 10000
        if group:
            groups.append(_group_in_kanji(group) + _MYRIADS[power])
    return "".join(groups)


def _group_in_kanji(group: int) -> str:
    """Up to four digits. 一 is not said before 千 百 十."""
    written = []
    for unit in ("", "十", "百", "千"):
        group, digit = divmod(group, 10)
        if digit:
            written.append(("" if digit == 1 and unit else _DIGITS[digit]) + unit)
    return "".join(reversed(written))


def _decimal_in_kanji(number: float) -> str:
    # The library goes through a binary float and back through its shortest decimal form; with more
    # than about 17 digits the noise is audible, and `compat` keeps it.
    whole = int(number)
    places = abs(int(Decimal(str(number)).as_tuple().exponent))
    scaled = abs(number - whole) * 10**places
    fraction = round(scaled) if abs(round(scaled) - scaled) < 0.01 else int(scaled)
    after = "".join(_DIGITS[int(digit)] for digit in str(fraction).rjust(places, "0")[:places])
    return _integer_in_kanji(Decimal(whole), _EXACT) + (f"点{after}" if places else "")
