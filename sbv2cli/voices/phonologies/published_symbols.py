"""The symbol inventory that every published SBV2 voice was trained with.

The lists are facts of the trained embeddings: the position of a symbol is its id, so nothing here
may be sorted, extended or de-duplicated again.
"""

from __future__ import annotations

PAD = "_"

ZH_SYMBOLS = (
    "E En a ai an ang ao b c ch d e ei en eng er f g h i i0 ia ian iang iao ie in ing iong ir iu "
    "j k l m n o ong ou p q r s sh t u ua uai uan uang ui un uo v van ve vn w x y z zh AA EE OO"
).split()
JP_SYMBOLS = (
    "N a a: b by ch d dy e e: f g gy h hy i i: j k ky m my n ny o o: p py q r ry s sh t ts ty u u: "
    "w y z zy"
).split()
EN_SYMBOLS = (
    "aa ae ah ao aw ay b ch d dh eh er ey f g hh ih iy jh k l m n ng ow oy p r s sh t th uh uw V w "
    "y z zh"
).split()
PUNCTUATION = ("!", "?", "…", ",", ".", "'", "-")

SYMBOLS = (
    PAD,
    *sorted({*ZH_SYMBOLS, *JP_SYMBOLS, *EN_SYMBOLS}),
    *PUNCTUATION,
    "SP",
    "UNK",
)
SYMBOL_IDS = {symbol: index for index, symbol in enumerate(SYMBOLS)}

# One row of the tone table and of the language table per language.
TONE_COUNTS = {"zh": 6, "ja": 2, "en": 4}
TONE_OFFSETS = {"zh": 0, "ja": 6, "en": 8}
LANGUAGE_IDS = {"zh": 0, "ja": 1, "en": 2}

SYMBOL_COUNT = len(SYMBOLS)
TONE_COUNT = sum(TONE_COUNTS.values())
LANGUAGE_COUNT = len(LANGUAGE_IDS)
