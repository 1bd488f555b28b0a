"""What Chinese writes without hanzi, in hanzi: each rule a pattern and what is said for it.

The rules run in the order of `RULES`, on text whose full-width forms are already folded.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from sbv2cli.languages.chinese.compat import MARKS
from sbv2cli.languages.chinese.numbers import LONGEST, cardinal, digit_by_digit
from sbv2cli.languages.traced import Traced

Rule = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str | None]]

# A lone $ is no pause here, and a line's end is joined with the blanks around it.
_MARKS = {written: mark for written, mark in MARKS.items() if written not in "$\n"}
_UNFOLDED = frozenset("…") | _MARKS.keys()
_NUMBER = r"(?<![0-9])[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?"
_CURRENCIES = {"¥": "元", "$": "美元", "€": "欧元", "£": "英镑", "₩": "韩元"}
_UNITS = {
    "km/h": "公里每小时",
    "m/s": "米每秒",
    "km2": "平方公里",
    "cm2": "平方厘米",
    "m2": "平方米",
    "m3": "立方米",
    "km": "公里",
    "cm": "厘米",
    "mm": "毫米",
    "m": "米",
    "kg": "公斤",
    "mg": "毫克",
    "g": "克",
    "ml": "毫升",
    "mL": "毫升",
    "L": "升",
    "h": "小时",
    "min": "分钟",
    "ms": "毫秒",
    "s": "秒",
    "kW": "千瓦",
    "W": "瓦",
    "Hz": "赫兹",
    "kHz": "千赫",
    "MHz": "兆赫",
    "GHz": "吉赫",
    "°C": "摄氏度",
    "°F": "华氏度",
    "°": "度",
}
_OPERATORS = {"+": "加", "-": "减", "×": "乘", "*": "乘", "÷": "除以", "=": "等于", ":": "比"}
_MEASURES = "个只条本位次种块件张名匹头辆台部家座棵朵杯碗瓶盒包双对套间层句段篇首遍趟场天周倍岁"
# Hanzi that sound like the names of the Latin letters.
_LETTERS = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "诶 必 西 地 易 艾弗 记 艾尺 爱 杰 开 艾勒 艾姆 恩 欧 批 克由 啊 艾丝 替 优 微 达不溜"
        " 艾克斯 歪 贼".split(" "),
        strict=True,
    )
)
_LONGEST_INITIALISM = 5


def fold(text: str) -> Traced:
    """Compatibility forms become plain ones: full-width digits, ①, ㎡, ℃, radicals."""
    return Traced.of(text).keep(_folded(character) for character in text)


def _folded(character: str) -> str:
    if character == "〇":
        return "零"
    if character < "\u0080" or character in _UNFOLDED:
        return character
    return unicodedata.normalize("NFKC", character)


def _number(written: str) -> str:
    """A number in words: digit by digit where it is a code rather than an amount."""
    plain = written.replace(",", "")
    whole = plain.partition(".")[0]
    if len(whole) > LONGEST or (len(whole) > 1 and whole[0] == "0"):
        return plain.replace(".", "点").translate(_SPOKEN_DIGITS)
    whole, point, fraction = plain.partition(".")
    return cardinal(whole) + ("点" + digit_by_digit(fraction) if point else "")


_SPOKEN_DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")


def _date(match: re.Match[str]) -> str | None:
    year, month, day = match["year"], int(match["month"]), int(match["day"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return f"{digit_by_digit(year)}年{cardinal(str(month))}月{cardinal(str(day))}日"


def _time(match: re.Match[str]) -> str | None:
    hour, minute = int(match["hour"]), int(match["minute"])
    if hour > 24 or minute > 59:
        return None
    said = cardinal(str(hour)) + "点"
    if minute:
        said += ("零" if minute < 10 else "") + cardinal(str(minute)) + "分"
    if match["second"] and int(match["second"]):
        said += cardinal(str(int(match["second"]))) + "秒"
    return said


def _telephone(match: re.Match[str]) -> str:
    # In numbers that are called, 一 is said yāo, so that it cannot be taken for 七.
    groups = [digits.translate(_SPOKEN_DIGITS) for digits in re.findall("[0-9]+", match[0])]
    return ("加" if match[0].startswith("+") else "") + ",".join(groups).replace("一", "幺")


def _money(match: re.Match[str]) -> str:
    return _number(match["amount"]) + (match["scale"] or "") + _CURRENCIES[match["sign"]]


def _temperature(match: re.Match[str]) -> str:
    return "零下" + _number(match["amount"]) + _UNITS[match["unit"]]


def _initialism(match: re.Match[str]) -> str | None:
    letters = match[0]
    if len(letters) > _LONGEST_INITIALISM or not (letters.isupper() or len(letters) == 1):
        return None
    return "".join(_LETTERS[letter] for letter in letters.upper())


_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_LINE_END = re.compile("[\r\n\u2028\u2029]")

RULES: dict[str, Rule] = {
    "blank": (re.compile(r"\s+"), lambda m: "\n" if _LINE_END.search(m[0]) else " "),
    "telephone": (
        re.compile(
            r"(?<![0-9.])(?:\+[0-9]{1,3}[- ]?)?(?:1[3-9][0-9](?:[- ]?[0-9]{4}){2}"
            r"|0[0-9]{2,3}-[0-9]{7,8}|[48]00-[0-9]{3,4}-[0-9]{3,4})(?![0-9.])"
        ),
        _telephone,
    ),
    "date": (
        re.compile(
            r"(?<![0-9])(?P<year>[12][0-9]{3})(?P<mark>[-/.])(?P<month>[0-9]{1,2})(?P=mark)"
            r"(?P<day>[0-9]{1,2})(?![0-9])"
        ),
        _date,
    ),
    "range": (re.compile(r"(?<=[0-9%]) ?(?:[~～–—]+|-(?![0-9.]+ ?=)) ?(?=[0-9])"), "到"),
    "year": (
        re.compile(r"(?<![0-9.,])(?:1[1-9]|20)[0-9]{2}(?= ?年|到[0-9]{4} ?年)"),
        lambda m: digit_by_digit(m[0]),
    ),
    "time": (
        re.compile(
            r"(?<![0-9:：])(?P<hour>[0-9]{1,2})[:：](?P<minute>[0-9]{2})"
            r"(?:[:：](?P<second>[0-9]{2}))?(?![0-9:：])"
        ),
        _time,
    ),
    "version": (
        re.compile(r"(?<![0-9.])[0-9]+(?:\.[0-9]+){2,}(?![0-9.])"),
        lambda m: "点".join(map(_number, m[0].split("."))),
    ),
    "below zero": (
        re.compile(rf"(?<![0-9A-Za-z])[-−–](?P<amount>{_NUMBER}) ?(?P<unit>°[CF])"),
        _temperature,
    ),
    "minus": (
        re.compile(r"(?:(?<![0-9A-Za-z\u4e00-\u9fff])|(?<=[是于为到至约达]))[-−](?=[0-9])"),
        "负",
    ),
    "money": (
        re.compile(rf"(?P<sign>[¥$€£₩]) ?(?P<amount>{_NUMBER}) ?(?P<scale>[百千万亿]{{0,2}})"),
        _money,
    ),
    "money after": (re.compile(rf"(?P<amount>{_NUMBER})(?P<scale>) ?(?P<sign>[¥$€£₩])"), _money),
    "percent": (re.compile(rf"({_NUMBER}) ?%"), lambda m: "百分之" + _number(m[1])),
    "per mille": (re.compile(rf"({_NUMBER}) ?‰"), lambda m: "千分之" + _number(m[1])),
    "fraction": (
        re.compile(r"(?<![0-9./])([0-9]+)[/⁄]([1-9][0-9]*)(?![0-9./])"),
        lambda m: f"{_number(m[2])}分之{_number(m[1])}",
    ),
    "unit": (
        re.compile(rf"(?P<amount>{_NUMBER}) ?(?P<unit>{_UNIT})(?![A-Za-z0-9])"),
        lambda m: _number(m["amount"]) + _UNITS[m["unit"]],
    ),
    "operator": (
        re.compile(r"(?<=[0-9]) ?([-+×*÷=:：]) ?(?=[0-9])"),
        lambda m: _OPERATORS[m[1].replace("：", ":")],
    ),
    "two": (re.compile(rf"(?<![0-9.第])2(?=[{_MEASURES}])"), "两"),
    "number": (re.compile(_NUMBER), lambda m: _number(m[0])),
    "initialism": (re.compile(r"[A-Za-z]+"), _initialism),
    "and": (re.compile(r" ?& ?"), "和"),
    "plus": (re.compile(r"(?<=[\u4e00-\u9fff]) ?\+ ?(?=[\u4e00-\u9fff])"), "加"),
    "name point": (re.compile(r"[·・•]"), ""),  # between the parts of a name nobody pauses
    "interjection": (re.compile("嗯"), "恩"),
    "dots": (re.compile(r"\.{3,}|[⋯‥]"), "…"),
    "line": (re.compile("\n"), "."),
    "comma": (re.compile(r"[:;/|]"), ","),
    "quote": (re.compile(r"[『』〈〉〔〕«»]"), "'"),
    "dash": (re.compile(r"[-–—―−‐‑~～〜]+"), "-"),
}


def spell_out(text: str) -> Traced:
    """The text after all rules; what is left that is neither hanzi nor mark cannot be said."""
    traced = fold(text)
    for pattern, said in RULES.values():
        traced = traced.replace(pattern, said)
    return traced.translate(_MARKS)
