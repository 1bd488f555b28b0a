"""Kana: voiced marks, iteration marks, half-width kana, old and small letters, long vowel marks."""

from __future__ import annotations

import re
import unicodedata

from sbv2cli.languages.japanese.rules.characters import (
    before,
    is_kana,
    is_kanji,
    is_word,
    katakana,
)
from sbv2cli.languages.japanese.spans import SpokenSpan

_MARKED = re.compile("(?P<kana>[ぁ-ゖァ-ヺ])(?P<mark>[゛゙ﾞ゜゚ﾟ]+)")
_LONE = re.compile("[゛゙ﾞ゜゚ﾟ]+")
_HALF = re.compile("[ｦ-ﾝ][ﾞﾟ]?")
_REPEAT = re.compile("[ゝゞヽヾ]+")
# Aozora Bunko writes ／＼ and, with a voiced beginning, ／″＼.
_LONG_REPEAT = re.compile("[〱〲]|[〳〴]〵|/[″゛]?\\\\")
_LONGEST_WORD = 4  # letters that are said again; two where nothing says more
_PARTICLES = "はがをにのともでへや"
_LONG_WORDS = re.compile("ところ|ひとり|かへす|かえす")
_OF_SOUND = re.compile("(?:[ぁ-ゖ]{2,3}|[ァ-ヶ]{2,3})[りリ]")  # ぽたり, ゆっくり
_VOICED = {"゛": "\u3099", "゙": "\u3099", "ﾞ": "\u3099", "゜": "\u309a", "゚": "\u309a", "ﾟ": "\u309a"}
_LONG = re.compile("[ーｰ]+")
# Letters that the engine does not read, and how they are said.
_RARE = {
    "ヷ": "ヴァ", "ヸ": "ヴィ", "ヹ": "ヴェ", "ヺ": "ヴォ", "ゟ": "より", "ヿ": "こと",
    "ゕ": "か", "ゖ": "か", "ヵ": "カ", "ヶ": "ケ", "ㇰ": "ク", "ㇱ": "シ", "ㇲ": "ス",
    "ㇳ": "ト", "ㇴ": "ヌ", "ㇵ": "ハ", "ㇶ": "ヒ", "ㇷ": "フ", "ㇸ": "ヘ", "ㇹ": "ホ",
    "ㇺ": "ム", "ㇻ": "ラ", "ㇼ": "リ", "ㇽ": "ル", "ㇾ": "レ", "ㇿ": "ロ", "𛀁": "え",
    "𛀀": "エ", "𛄡": "い", "𛄟": "う",
}  # fmt: skip
_HENTAIGANA = re.compile("[\U0001b002-\U0001b11e]")


def marked(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """か゛ is が; a mark that cannot voice its kana says nothing: あ゛ is あ."""
    found = _MARKED.match(flat, at, stop)
    if found is None:
        return None
    whole = unicodedata.normalize("NFC", found["kana"] + _VOICED[found["mark"][0]])
    text = whole if len(whole) == 1 else found["kana"]
    return [SpokenSpan(start=at, end=found.end(), text=_RARE.get(text, text), kind="kana")]


def lone_marks(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """Voiced marks with nothing to voice say nothing."""
    found = _LONE.match(flat, at, stop)
    return [SpokenSpan(start=at, end=found.end(), text="", kind="kana")] if found else None


def half_width(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """ｶﾞ is ガ, one span per kana."""
    found = _HALF.match(flat, at, stop)
    if found is None:
        return None
    text = unicodedata.normalize("NFKC", found.group())
    text = text if len(text) == 1 else text[0]
    return [SpokenSpan(start=at, end=found.end(), text=text, kind="kana")]


def repeat(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """こゝろ is こころ, いすゞ いすず; without a kana before it the mark says nothing."""
    found = _REPEAT.match(flat, at, stop)
    if found is None:
        return None
    previous = before(flat, at)
    plain = unicodedata.normalize("NFD", previous)[:1]
    spans = []
    for position in range(at, found.end()):
        text = ""
        if previous and is_kana(previous) and previous != "ー":
            mark = "\u3099" if flat[position] in "ゞヾ" else ""
            text = unicodedata.normalize("NFC", plain + mark)
            text = text if len(text) == 1 else plain
        spans.append(SpokenSpan(start=position, end=position + 1, text=text, kind="kana"))
    return spans


def without_repeats(kana: str) -> str:
    """A reading with its marks written out: くヽる is くくる, カヾヤ カガヤ."""
    if _REPEAT.search(kana) is None:
        return kana
    written: list[str] = []
    for letter in kana:
        previous = written[-1] if written else ""
        if letter in "ゝゞヽヾ" and previous and is_kana(previous) and previous != "ー":
            plain = unicodedata.normalize("NFD", previous)[0]
            voiced = unicodedata.normalize("NFC", plain + "\u3099") if letter in "ゞヾ" else plain
            written.append(voiced if len(voiced) == 1 else plain)
        else:
            written.append(letter)
    return "".join(written)


def long_repeat(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """〳〵 says the word before it again: いろ〳〵 is いろいろ."""
    found = _LONG_REPEAT.match(flat, at, stop)
    if found is None:
        return None
    phrase = _word_before(flat, at)
    if phrase and (found.group()[0] in "〲〴" or len(found.group()) == 3):
        head = unicodedata.normalize("NFC", phrase[0] + "\u3099")
        phrase = (head if len(head) == 1 else phrase[0]) + phrase[1:]
    return [SpokenSpan(start=at, end=found.end(), text=phrase, kind="kana")]


def said_again(flat: str, at: int, word: SpokenSpan) -> SpokenSpan | None:
    """折《をり》〳〵: the mark says the reading of the word before it again."""
    found = _LONG_REPEAT.match(flat, at)
    if found is None or not word.kana:
        return None
    said, text = word.kana, word.text
    if found.group()[0] in "〲〴" or len(found.group()) == 3:
        head = unicodedata.normalize("NFC", said[0] + "\u3099")
        said = (head if len(head) == 1 else said[0]) + said[1:]
    return SpokenSpan(start=at, end=found.end(), text=text, kana=said, kind="ruby")


def _word_before(flat: str, at: int) -> str:
    """The letters that 〳〵 repeats: two, or a whole word such as ところ and ぽたり."""
    start = at
    while start > max(0, at - _LONGEST_WORD) and _repeatable(flat[start - 1]):
        start -= 1
    for begin in range(start, at - 2):
        previous = flat[begin - 1] if begin else ""
        inside = previous and is_kana(previous) and previous not in _PARTICLES
        led = flat[begin] in _PARTICLES and previous and _repeatable(previous)
        of_sound = _OF_SOUND.fullmatch(flat, begin, at) and not (inside or led)
        if of_sound or _LONG_WORDS.fullmatch(flat, begin, at):
            return flat[begin:at]
    return flat[max(start, at - 2) : at]


def _repeatable(letter: str) -> bool:
    """Whether 〳〵 can repeat this."""
    return is_kana(letter) or is_kanji(letter)


def rare(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """Letters outside the everyday set. ヶ and ヵ between kanji or figures are the engine's."""
    if at >= stop:
        return None
    letter = flat[at]
    previous = before(flat, at)
    counted = bool(previous) and (is_kanji(previous) or previous.isdecimal())
    if letter in "ヶヵゕゖ" and counted:
        text = letter
    elif letter in _RARE:
        text = _RARE[letter]
    elif _HENTAIGANA.match(letter):
        # "HENTAIGANA LETTER KA-1": the name says the sound.
        name = unicodedata.name(letter, "").removeprefix("HENTAIGANA LETTER ").partition("-")[0]
        text = _FROM_NAME.get(name, "")
    else:
        return None
    return [SpokenSpan(start=at, end=at + 1, text=text, kind="kana")]


def _names() -> dict[str, str]:
    names = {}
    for code in range(0x3041, 0x3097):
        name = unicodedata.name(chr(code)).removeprefix("HIRAGANA LETTER ")
        names[name] = chr(code)
    return names


_FROM_NAME = _names()


def long_vowel(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """ー after a word lengthens it; alone or after a mark it is a break."""
    found = _LONG.match(flat, at, stop)
    if found is None:
        return None
    end = found.end()
    previous = before(flat, at)
    lengthens = bool(previous) and (
        is_word(previous) or previous in "々ﾝ〜゛゜" or "ｦ" <= previous <= "ﾟ"
    )
    alone = "-" if previous or end < len(flat) else ""
    text = "ー" * (end - at) if lengthens else alone
    return [SpokenSpan(start=at, end=end, text=text, kind="kana")]


def kanji_marks(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """〻 repeats like 々, 〃 is 同上, 〆 is しめ where the engine knows no word with it."""
    if at >= stop:
        return None
    letter = flat[at]
    previous = before(flat, at)
    if letter in "々〻":
        if not (previous and (is_kanji(previous) or previous == "〻")):
            return None
        text = "々"
    elif letter == "〃":
        text = "同上"
    elif letter == "〆":
        text = "〆" if is_kanji(flat[at + 1 : at + 2] or " ") else "しめ"
    else:
        return None
    return [SpokenSpan(start=at, end=at + 1, text=text, kind="kana")]


_LONG_O = re.compile("([おこそとのほもよろをごぞどぼぽょ])う")
_LONG_E = re.compile("([えけせてねへめれげぜでべぺ])い")


def pronounced(reading: str, *, verb: bool = False) -> str:
    """A reading in kana as it is said, in katakana: とうきょう is トーキョー.

    Only hiragana is changed: who writes ruby in katakana means each letter. `verb` keeps a final
    う apart (想《おもう》).
    """
    reading = unicodedata.normalize("NFKC", reading).replace(" ", "").replace("・", "")
    head, tail = (reading[:-1], reading[-1:]) if verb and reading.endswith("う") else (reading, "")
    head = _LONG_E.sub(r"\1ー", _LONG_O.sub(r"\1ー", head))
    return katakana(head + tail).replace("ヲ", "オ")
