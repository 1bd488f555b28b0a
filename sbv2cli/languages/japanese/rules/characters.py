"""Character classes, and the one-to-one folding on which all rules match.

`fold` never changes the length of a text, so a position in the folded text is a position in the
author's. What changes lengths (㎏, half-width kana with marks) is folded by the rules that own it.
"""

from __future__ import annotations

from sbv2cli import normal_form
from sbv2cli.patterns import lazy_pattern

KANJI = "々〆〇㐀-䶿一-鿿豈-龎𠀀-𳑿"
HIRAGANA = "ぁ-ゖゝゞ"
KATAKANA = "ァ-ヺーヽヾ"
KANA = HIRAGANA + KATAKANA
LATIN = "A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ"
# What a word can be made of: next to these a mark stands "between words".
WORD = f"{KANA}{KANJI}{LATIN}0-9"

WAVE = "〜"  # the folded form of every wave mark
MINUS = "-"

_FOLDS = {
    **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys("~～〜∼∽˜〰", WAVE),
    **dict.fromkeys("−－‐‑﹣", MINUS),
    **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008", " "),
    **dict.fromkeys("\u2009\u200a\u202f\u205f\u3000\u1680\t\v\f", " "),
    **dict.fromkeys("\u2028\u2029\x85\r", "\n"),
    **dict.fromkeys("’‘ʼ＇`´｀", "'"),
    **dict.fromkeys("﹪٪", "%"),
    "￥": "¥",
    "￦": "₩",
    "￡": "£",
    "￠": "¢",
    "⁄": "/",
    "∕": "/",
    "∶": ":",
    "꞉": ":",
    "\u00b5": "\u03bc",  # micro sign
    "\u2126": "Ω",  # ohm, kelvin and ångström signs
    "\u212a": "K",
    "\u212b": "Å",
    "˚": "°",
    "º": "°",
    "｡": "。",
    "､": "、",
    "･": "・",
    "·": "・",
    "•": "・",
    "∙": "・",
    "⋅": "・",
    "‧": "・",
    "｢": "「",
    "｣": "」",
}
# Digits of other scripts, and the letters that people use as ornaments: 𝓗𝓲, Ⓐ.
_FOLDS |= {
    chr(zero + value): str(value)
    # Arabic, Persian, Devanagari, Bengali, Thai; five ornamental rows follow one another.
    for zero in (0x660, 0x6F0, 0x966, 0x9E6, 0xE50, *range(0x1D7CE, 0x1D800, 10))
    for value in range(10)
}
_FOLDS |= {
    chr(code): normal_form.normalize("NFKC", chr(code))
    for code in (*range(0x1D400, 0x1D7CC), *range(0x24B6, 0x24EA))
    if len(normal_form.normalize("NFKC", chr(code))) == 1
}
_FOLDS["～"] = WAVE  # after the full-width block, which would make it "~"
_FOLD_TABLE = str.maketrans(_FOLDS)
_LOWER_TABLE = str.maketrans({chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})

_KATAKANA_FROM_HIRAGANA = str.maketrans(
    {chr(code): chr(code + 0x60) for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)}
)
_KANJI = lazy_pattern(f"[{KANJI}]")
_WORD = lazy_pattern(f"[{WORD}]")
# Marks that ride on the character before them, and marks that nobody sees or says.
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
)


def fold(text: str) -> str:
    """The text with one width per letter, one wave, one minus, one space; length unchanged."""
    return text.translate(_FOLD_TABLE)


def lower(text: str) -> str:
    """ASCII lower case; length unchanged, unlike `str.lower`."""
    return text.translate(_LOWER_TABLE)


def katakana(text: str) -> str:
    """Hiragana as katakana; everything else unchanged."""
    return text.translate(_KATAKANA_FROM_HIRAGANA)


def is_kanji(character: str) -> bool:
    """Whether this is a Chinese character, or a sign that stands for one."""
    return _KANJI.match(character) is not None


def is_kana(character: str) -> bool:
    """Whether this is hiragana, katakana or the long vowel mark."""
    return "ぁ" <= character <= "ヾ" and character not in "・゠゛゜゙゚"


def is_word(character: str) -> bool:
    """Whether this belongs to a word or a number."""
    return _WORD.match(character) is not None


def before(text: str, at: int) -> str:
    """The character before a position, or "" at the start."""
    return text[at - 1 : at]


def compatible(text: str) -> str:
    """Unicode compatibility form (NFKC); lone surrogates pass unchanged."""
    return normal_form.normalize("NFKC", text)
