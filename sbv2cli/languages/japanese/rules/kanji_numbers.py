"""Numbers written in kanji: positional ones with 〇, decimals with ・, 三つ, 三行目."""

from __future__ import annotations

import re

from sbv2cli.languages.japanese.rules.characters import KANJI, before
from sbv2cli.languages.japanese.rules.numerals import DIGITS, LONGEST, cardinal, digit_spans
from sbv2cli.languages.japanese.spans import SpokenSpan
from sbv2cli.patterns import lazy_pattern

_VALUES = str.maketrans("〇零一二三四五六七八九", "00123456789")
_KANJI_DIGITS = "〇零一二三四五六七八九"
_POSITIONAL = lazy_pattern(f"[{_KANJI_DIGITS}]{{2,}}")
_WHOLE = "(?P<w>[一二三四五六七八九十百千]{1,6}|[〇零])"
_PARTS = f"{_WHOLE}(?P<p>[・.])(?P<f>[{_KANJI_DIGITS}]{{1,12}})"
_DECIMAL_ALONE = lazy_pattern(_PARTS)
_DECIMAL = lazy_pattern(
    f"{_PARTS}(?=[%割倍度点億万兆秒分個人円トメキグミパセリポ]|光年|海里|等星|気圧|馬力|平方|立方|"
    "天文|マイル|ノット|フィート|インチ|ヘク|ヘル|アン|ワット|ボルト|カロ|ギガ|テラ|デシ|$)"
)
# Before other words 五・六 may be five or six (五・六と続く); 五・八 is not, nor what is measured.
_BEFORE_WORDS = lazy_pattern("(?=[とをにではがのへ、。,.)」』]|まで|から|より|前後|以[上下])")
_MEASURED = lazy_pattern(
    "(?:マグニチュード|震度|平均|視力|率|比|指数|係数|値|度|量|点|温|体重|約|わずか|およそ)"
    "(?:は|が|の|で|を)?約?$"
)
_DAYS_OF_HISTORY = {
    "三・一一": "サンイチイチ",
    "九・一一": "キューイチイチ",
    "二・二六": "ニーニーロク",
    "五・一五": "ゴイチゴ",
    "八・一五": "ハチイチゴ",
    "三・一": "サンイチ",
    "六・四": "ロクヨン",
}
_DAY_OF_HISTORY = re.compile(
    "(?:三・一一|九・一一|二・二六|五・一五|八・一五)(?![〇零一二三四五六七八九十])|三・一(?=運動|独立)|六・四(?=事件)"
)
_CIRCLES = lazy_pattern("[〇○◯]+")
# Not in 三つ巴, 四つ葉, 四つん這い, 八つ当たり and 四つ目垣, which are words; in 二つ三つ浮かぶ.
_THINGS = lazy_pattern(
    f"(?!四つ(?:に(?:組|渡り)|目(?:垣|綴)))(?P<n>[1-9]|(?<=つ)[{_KANJI_DIGITS[2:]}]|[{_KANJI_DIGITS[2:]}]"
    f"(?=つ(?:目(?!の(?:巨人|怪|鬼|化|妖|魔|獣)|小僧)|(?![{KANJI}んどあ]))))つ"
)
_THINGS_READ = (
    ("ヒトツ", 2), ("フタツ", 3), ("ミッツ", 3), ("ヨッツ", 3), ("イツツ", 2), ("ムッツ", 3),
    ("ナナツ", 2), ("ヤッツ", 3), ("ココノツ", 2),
)  # fmt: skip
_LINE = lazy_pattern("(?P<n>[0-9]{1,6}|[一二三四五六七八九十百千]{1,8})行目")
_QUARTER = lazy_pattern("(?P<n>[1-4一二三四])?四半期")
_COUNTED = "イチ ニ サン ヨン ゴ ロク ナナ ハチ キュー ジュー".split()
_YEAR = 3  # digits at least: 二三年 are two or three
_READ_BY_DIGITS = lazy_pattern("番(?!線|目|台|地|組)|号室")


def positional(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """一〇〇 is 百, 二〇二四 二千二十四; as a telephone or room number digit by digit."""
    if before(flat, at) in tuple(_KANJI_DIGITS):
        return None  # a long run is not looked at again from each of its places
    found = _POSITIONAL.match(flat, at, stop)
    if found is None or not _is_positional(flat, found):
        return None
    end = found.end()
    digits = found.group().translate(_VALUES)
    if not digits.strip("0"):
        return None  # 〇〇さん
    if digits[0] == "0" or len(digits) > LONGEST:
        # Read on the digits themselves: positions are the same in both writings.
        local = digit_spans(digits, 0, len(digits), kind="digits")
        return [
            SpokenSpan(
                start=at + span.start, end=at + span.end, text=span.text, kana=span.kana,
                accent=span.accent, kind=span.kind,
            )
            for span in local
        ]  # fmt: skip
    if digits == "110" and _READ_BY_DIGITS.match(flat, end):
        return [
            SpokenSpan(start=at, end=end, text="百十", kana="ヒャクトー", accent=3, kind="phone")
        ]
    return [SpokenSpan(start=at, end=end, text=cardinal(digits), kind="number")]


def _is_positional(flat: str, found: re.Match[str]) -> bool:
    """Whether it has a zero, or is a year: to the engine 三八四年 is サンビャクハチヨネン."""
    if "〇" in found.group() or "零" in found.group():
        return True
    return len(found.group()) >= _YEAR and flat[found.end() : found.end() + 1] == "年"


def kanji_decimal(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """三・一四 is 三点一四."""
    if before(flat, at) in tuple(_KANJI_DIGITS):
        return None
    if day := _DAY_OF_HISTORY.match(flat, at, stop):
        kana = _DAYS_OF_HISTORY[day.group()]
        return [SpokenSpan(start=at, end=day.end(), text=day.group(), kana=kana, kind="number")]
    found = _DECIMAL.match(flat, at, stop) or _decimal_before_words(flat, at, stop)
    if found is None:
        return None
    return [
        SpokenSpan(start=at, end=found.start("p"), text=found["w"], kind="number"),
        SpokenSpan(start=found.start("p"), end=found.end("p"), text="点", kind="number"),
        SpokenSpan(
            start=found.start("f"), end=found.end(), text=found["f"].replace("零", "〇"),
            kind="number",
        ),
    ]  # fmt: skip


def _decimal_before_words(flat: str, at: int, stop: int) -> re.Match[str] | None:
    found = _DECIMAL_ALONE.match(flat, at, stop)
    if found is None or before(flat, at) == "・" or not _BEFORE_WORDS.match(flat, found.end()):
        return None
    if found.group() in _DAYS_OF_HISTORY:
        return None
    whole, part = (found[name].translate(_VALUES) for name in "wf")
    follows = whole.isdecimal() and len(part) == 1 and int(part) == int(whole) + 1
    if follows and not _MEASURED.search(flat, max(0, at - 12), at):
        return None
    return found


def circles(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """〇〇さん is マルマルサン; a lone 〇 before a counter is left to the engine."""
    found = _CIRCLES.match(flat, at, stop)
    if found is None:
        return None
    end = found.end()
    if (
        end - at == 1
        and flat[at] == "〇"
        and flat[end : end + 1] in tuple("時円点分秒度人個歳回年")
    ):
        return None
    text = "マル" * (end - at)
    return [SpokenSpan(start=at, end=end, text=text, kind="circle")]


def things(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """三つ and 3つ are ミッツ, whatever follows; the engine sees つと in 三つと."""
    found = _THINGS.match(flat, at, stop)
    if (
        found is None
        or before(flat, at) in tuple(_KANJI_DIGITS + "十百千万.,っ")
        or before(flat, at).isdecimal()
    ):
        return None
    value = int(found["n"].translate(_VALUES))
    kana, accent = _THINGS_READ[value - 1]
    return [
        SpokenSpan(
            start=at,
            end=found.end(),
            text=f"{DIGITS[value]}つ",
            kana=kana,
            accent=accent,
            whole_word=flat[found.end() : found.end() + 1] != "目",  # 瓜二つ, but 三つ目
            kind="number",
        )
    ]


def quarter(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """第1四半期 and 四半期: シハンキ. The engine would join the numerals to fourteen."""
    found = _QUARTER.match(flat, at, stop)
    if found is None:
        return None
    number = found["n"] or ""
    value = int(number.translate(_VALUES) or 0)
    return [
        SpokenSpan(
            start=at,
            end=found.end(),
            text=f"{DIGITS[value] if value else ''}四半期",
            kana=f"{_COUNTED[value - 1] if value else ''}シハンキ",
            kind="number",
        )
    ]


def line_of_text(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """三行目 is サンギョーメ; the engine knows it as a name (ミユキ)."""
    found = _LINE.match(flat, at, stop)
    if found is None:
        return None
    kanji = found["n"].translate(_VALUES)
    value = 10 if kanji == "十" else int(kanji) if kanji.isdecimal() else 0
    number = found["n"] if value == 0 else cardinal(str(value))
    if 0 < value <= len(_COUNTED):
        kana = _COUNTED[value - 1] + "ギョーメ"
        return [
            SpokenSpan(start=at, end=found.end(), text=f"{number}行目", kana=kana, kind="number")
        ]
    line = found.end("n")
    return [
        SpokenSpan(start=at, end=line, text=number, kind="number"),
        SpokenSpan(start=line, end=found.end(), text="行目", kana="ギョーメ", kind="number"),
    ]
