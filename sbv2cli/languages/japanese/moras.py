"""Moras: katakana to phones and back. Pure tables; knows no engine and no text rules.

Phones are the symbols of the Style-Bert-VITS2 Japanese set. ン is "N" and ッ is "q", both moras of
their own. A long vowel is written by repeating the vowel: ソー is s o o.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from sbv2cli import normal_form

EDGE = "_"
PUNCTUATION = ("!", "?", "…", ",", ".", "'", "-")
PUNCTUATION_SET = frozenset(PUNCTUATION)
SYLLABIC_NASAL = "N"
GEMINATE = "q"
LONG_MARK = "ー"

# The mora inventory of Open JTalk (BSD-3-Clause, jpcommon) as consonant by vowel a i u e o.
_GRID = """
-   ア   イ   ウ   エ   オ
k   カ   キ   ク   ケ   コ
ky  キャ .    キュ キェ キョ
kw  クヮ .    .    .    .
g   ガ   ギ   グ   ゲ   ゴ
gy  ギャ .    ギュ ギェ ギョ
gw  グヮ .    .    .    .
s   サ   スィ ス   セ   ソ
sh  シャ シ   シュ シェ ショ
z   ザ   ズィ ズ   ゼ   ゾ
j   ジャ ジ   ジュ ジェ ジョ
t   タ   ティ トゥ テ   ト
ty  テャ .    テュ .    テョ
ts  ツァ ツィ ツ   ツェ ツォ
ch  チャ チ   チュ チェ チョ
d   ダ   ディ ドゥ デ   ド
dy  デャ .    デュ .    デョ
n   ナ   ニ   ヌ   ネ   ノ
ny  ニャ .    ニュ ニェ ニョ
h   ハ   ヒ   .    ヘ   ホ
hy  ヒャ .    ヒュ ヒェ ヒョ
f   ファ フィ フ   フェ フォ
b   バ   ビ   ブ   ベ   ボ
by  ビャ .    ビュ ビェ ビョ
p   パ   ピ   プ   ペ   ポ
py  ピャ .    ピュ ピェ ピョ
m   マ   ミ   ム   メ   モ
my  ミャ .    ミュ ミェ ミョ
y   ヤ   .    ユ   イェ ヨ
r   ラ   リ   ル   レ   ロ
ry  リャ .    リュ リェ リョ
w   ワ   ウィ .    ウェ ウォ
v   ヴァ ヴィ ヴ   ヴェ ヴォ
"""

# Spellings that have phones but are not what phones are written back as.
_SPELLINGS = """
ヴャ by a  ヴュ by u  ヴョ by o  ヲ - o  ヱ - e  ヰ - i  ヮ w a  ャ y a  ュ y u  ョ y o
ヅ z u  ヂ j i  ヶ k e  ァ - a  ィ - i  ゥ - u  ェ - e  ォ - o
"""


def _canonical() -> dict[str, tuple[str, ...]]:
    table = {}
    for row in _GRID.strip().splitlines():
        consonant, *kana = row.split()
        for vowel, one in zip("aiueo", kana, strict=True):
            if one != ".":
                table[one] = (vowel,) if consonant == "-" else (consonant, vowel)
    return {**table, "ン": (SYLLABIC_NASAL,), "ッ": (GEMINATE,)}


def _spellings() -> dict[str, tuple[str, ...]]:
    words = _SPELLINGS.split()
    return {
        kana: (vowel,) if consonant == "-" else (consonant, vowel)
        for kana, consonant, vowel in zip(words[::3], words[1::3], words[2::3], strict=True)
    }


CANONICAL = _canonical()
"""Katakana -> phones, one to one."""

MORAS = {**CANONICAL, **_spellings()}
"""Katakana -> phones, every spelling that the reference knows."""

KANA_OF = {phones: kana for kana, phones in CANONICAL.items()}
"""Phones -> katakana."""

CONSONANTS = frozenset(phones[0] for phones in MORAS.values() if len(phones) == 2)
VOWELS = frozenset("aiueo")

# pyopenjtalk-plus has one mora for these, with phones that no voice knows (kw, gw, fy); voices were
# trained on the two kana said one after the other. Each row still takes one place of an accent.
_FOLDED = {
    **{f"ク{small}": ("k", "u", vowel) for small, vowel in zip("ァィゥェォ", "aiueo", strict=True)},
    **{f"グ{small}": ("g", "u", vowel) for small, vowel in zip("ァィゥェォ", "aiueo", strict=True)},
    "クヮ": ("k", "u", "w", "a"),
    "グヮ": ("g", "u", "w", "a"),
    "シィ": ("sh", "i", "i"),
    "デェ": ("d", "e", "e"),
    "フュ": ("f", "u", "y", "u"),
}

# Kana outside the inventory and the nearest inside it: old ヷ row, small ヵ, Ainu letters.
_NEAREST = str.maketrans(
    {"ヷ": "ヴァ", "ヸ": "ヴィ", "ヹ": "ヴェ", "ヺ": "ヴォ", "ヵ": "カ", "ヿ": "コト"}
    | dict(zip("ㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ", "クシストヌハヒフヘホムラリルレロ", strict=True))
)

_SPOKEN_MORAS = {**MORAS, **_FOLDED}
ALL_MORAS = (*sorted(_SPOKEN_MORAS, key=len, reverse=True), LONG_MARK)
"""Every spelling of a mora, so that the longest that fits comes first."""

_MORA = re.compile("|".join(ALL_MORAS))

_HIRAGANA = {code: code + 0x60 for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)}
_TO_HIRAGANA = {upper: lower for lower, upper in _HIRAGANA.items()}

Mora = tuple[str, tuple[str, ...]]
"""A mora as it is written, and its phones."""

# One record for each: a script has hundreds of thousands of moras.
_SAID: dict[str, Mora] = {written: (written, phones) for written, phones in _SPOKEN_MORAS.items()}
_LENGTHENED: dict[str, Mora] = {phone: (LONG_MARK, (phone,)) for phone in (*VOWELS, SYLLABIC_NASAL)}
_UNHEARD: Mora = (LONG_MARK, ())


def katakana(text: str) -> str:
    """`text` with hiragana, half-width and rare kana as plain katakana; the rest unchanged."""
    return normal_form.normalize("NFKC", text).translate(_HIRAGANA).translate(_NEAREST)


def hiragana(kana: str) -> str:
    """Katakana as hiragana; everything else as it is."""
    return kana.translate(_TO_HIRAGANA)


def split_moras(kana: str, before: Sequence[str] = ()) -> tuple[Mora, ...] | None:
    """Katakana as moras, or None when something in it is not katakana.

    Args:
        kana: the reading, in katakana with ー.
        before: the phones said just before, which a leading ー lengthens.

    A ー that has nothing to lengthen (at the start, after ッ) takes a place but has no phones:
    えっーと is エ・ッ・ト with a longer stop, and the reference fails on it.
    """
    last = before[-1] if before and kana.startswith(LONG_MARK) else ""
    return _split(kana, last) if len(kana) > _COMMON else _split_common(kana, last)


def _split(kana: str, last: str) -> tuple[Mora, ...] | None:
    written = _MORA.findall(kana)
    if "".join(written) != kana:
        return None
    if LONG_MARK not in kana:
        return tuple([_SAID[one] for one in written])
    moras: list[Mora] = []
    for one in written:
        mora = _SAID[one] if one != LONG_MARK else _LENGTHENED.get(last, _UNHEARD)
        moras.append(mora)
        last = mora[1][-1] if mora[1] else last
    return tuple(moras)


# The same words come again and again, and each is split several times on its way. What is kept is
# bounded in number and in length.
_COMMON = 24
_split_common = lru_cache(maxsize=16_384)(_split)


def count_moras(kana: str) -> int:
    """How many places an accent can have in `kana`; 0 when it is no katakana."""
    return len(split_moras(kana) or ())


def kana_of_phones(phones: Iterable[str]) -> str | None:
    """Plain katakana for phones (punctuation stays); None when they make no moras."""
    written: list[str] = []
    held = ""
    for phone in phones:
        if phone in CONSONANTS and not held:
            held = phone
            continue
        kana = (
            phone if phone in PUNCTUATION_SET else KANA_OF.get((held, phone) if held else (phone,))
        )
        if kana is None or (held and phone in PUNCTUATION_SET):
            return None
        written.append(kana)
        held = ""
    return None if held else "".join(written)


@lru_cache(maxsize=1024)
def mora_tones(moras: int, accent: int) -> tuple[int, ...]:
    """High (1) and low (0) of each mora of an accent phrase; `accent` counts moras, 0 is flat.

    Tokyo accent as the training data of the voices has it: a phrase of one mora is low.
    """
    if moras <= 1:
        return (0,) * moras
    if accent == 1:
        return (1,) + (0,) * (moras - 1)
    high = moras if accent <= 0 or accent >= moras else accent
    return (0,) + (1,) * (high - 1) + (0,) * (moras - high)
