"""English spelling to katakana, for words that the table does not know.

Two steps, each a table: spelling to sounds (ordered rules per letter, the first that fits wins),
sounds to kana (the usual way in which Japanese takes in foreign words). Names in romaji are
recognised first. The result depends on the spelling alone.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sbv2cli.patterns import lazy_pattern

# Each rule: spelling (a regular expression at the letter), sounds. "Q" doubles the next consonant.
# A rule may look behind and ahead; "^" and "$" are the ends of the word.
_MAGIC = "(?=[bcdfgklmnpstvz](?:e$|es$|er$|ers$|ed$|ing$|ings$|able$))"
_CLOSED = "(?=[bcdfghjklmnpqstvwxz]|$)"
_SPELLINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "a": (
        ("augh", "oo"), ("au", "oo"), ("aw", "oo"), ("air", "ea"), ("are$", "ea"),
        ("ai", "ei"), ("ay", "ei"), ("a(?=tion|sion|ture)", "ee"), ("age(?=$|s$)", "ee j"),
        ("a(?=ble$|ste$|nge)", "ee"), ("all(?=$|s$)", "oo l"), ("alk", "oo k"),
        (f"ar{_CLOSED}", "aa"), ("ary$", "a r ii"), (f"a{_MAGIC}", "ee"), ("ae", "e"), ("a", "a"),
    ),
    "b": (("bb", "b"), ("(?<=m)b$", ""), ("b", "b")),
    "c": (
        ("^c(?=a[tmpnsb](?:$|[bcdfgklmnpst]))", "ky"),
        ("chr", "k r"), ("ch", "ch"), ("ck", "Q k"), ("cc(?=[eiy])", "k s"), ("cc", "k"),
        ("cial", "sh a l"), ("cian", "sh a n"), ("cious", "sh a s"), ("c(?=[eiy])", "s"),
        ("cq", "k"), ("c", "k"),
    ),
    "d": (("dge(?!t)", "Q j"), ("dg(?=ing)", "Q j"), ("dd", "d"), ("d", "d")),
    "e": (
        ("eau", "oo"), ("ear(?=[nlct])", "aa"), ("ear", "ia"), ("ea(?=d$|th|lth|ven)", "e"),
        ("ea", "ii"), ("eer", "ia"), ("ee", "ii"), ("eigh", "ei"), ("ei", "ei"), ("ew", "yuu"),
        ("eu", "yuu"), ("ey$", "ii"), ("ery$", "e r ii"), ("(?<=[tdp])ed$", "e d"),
        ("(?<=[kfsxh])ed$", "t"), ("(?<=[^aeiou])ed$", "d"), ("(?<=[sxzcg])es$", "i z"),
        ("(?<=[sc]h)es$", "i z"), ("(?<=[^aeiou])es$", "z"),
        ("(?<=^[bcdfghjklmnprstvw])e$", "ii"), ("(?<=^[stw]h)e$", "ii"), ("(?<!^)e$", ""),
        (f"er{_CLOSED}", "aa"), ("e(?=[cdlmnptv]e$)", "ii"), ("e(?=ment|ful|ly$|less)", ""),
        ("e", "e"),
    ),
    "f": (("ff", "f"), ("f", "f")),
    "g": (
        ("^gn", "n"), ("gn$", "n"), ("^gh", "g"), ("gh", ""), ("gg", "g"), ("gue$", "g"),
        ("gu(?=[ei])", "g"), ("ge(?=o)", "j"), ("g(?=et|i[flrv])", "g"), ("g(?=[eiy])", "j"),
        ("g", "g"),
    ),
    "h": (("h(?=$|[bcdfgklmnprstvz])", ""), ("h", "h")),
    "i": (
        ("ique$", "ii k"), ("igh", "ai"), ("ign$", "ai n"), ("i(?=nd$|ld$)", "ai"),
        ("ies$", "ii z"), ("ied$", "ai d"), ("ier$", "i aa"), ("ie$", "ii"), ("ie", "ii"),
        ("ious$", "i a s"), ("(?<=t)ive$", "i b"), ("(?<=s)ive$", "i b"),
        (f"ir{_CLOSED}", "aa"), ("ire$", "ai aa"), (f"i{_MAGIC}", "ai"), ("ia", "i a"),
        ("i", "i"),
    ),
    "j": (("j", "j"),),
    "k": (("^kn", "n"), ("kk", "k"), ("k", "k")),
    "l": (("ll", "l"), ("le$", "l"), ("les$", "l z"), ("l", "l")),
    "m": (("mm", "m"), ("mn$", "m"), ("m", "m")),
    "n": (("nn", "n"), ("ng(?=$|s$|ing$|er$)", "N g"), ("n", "n")),
    "o": (
        ("ook", "u Q k"), ("oor", "oa"), ("oo", "uu"), ("ought", "oo t"), ("ough", "oo"),
        ("ould", "u Q d"), ("ous$", "a s"), ("our", "oo"), ("ou", "au"), ("ow$", "oo"),
        ("ow(?=n$|er|l)", "au"), ("ow", "oo"), ("oy", "oi"), ("oi", "oi"), ("oar", "oo"),
        ("oa", "oo"), ("oe$", "oo"), ("ore$", "oa"), ("(?<=w)or", "aa"), ("(?<=[aeiou].)or$", "aa"),
        ("(?<=[aeiou]..)or$", "aa"), (f"or{_CLOSED}", "oo"), ("ol(?=[dt])", "oo l"),
        (f"o{_MAGIC}", "oo"), ("o", "o"),
    ),
    "p": (("ph", "f"), ("pp", "Q p"), ("^ps", "s"), ("p", "p")),
    "q": (("que$", "k"), ("qu", "kw"), ("q", "k")),
    "r": (("rr", "r"), ("rh", "r"), ("r", "r")),
    "s": (
        ("sch", "s k"), ("sc(?=[eiy])", "s"), ("sh", "sh"), ("ssion", "Q sh o n"),
        ("(?<=[aeiou])sion", "j o n"), ("sion", "sh o n"), ("sure$", "j aa"), ("ss", "s"),
        ("(?<=[ou])se$", "z"), ("(?<=[bdglmnrvwy])s$", "z"), ("s", "s"),
    ),
    "t": (
        ("tch", "Q ch"), ("th", "s"), ("tion", "sh o n"), ("tious", "sh a s"), ("tial", "sh a l"),
        ("ture(?=$|s$|d$)", "ch aa"), ("tt", "t"), ("t", "t"),
    ),
    "u": (
        ("^uni", "yuu n i"), ("ue$", "uu"), ("ui(?=t$|se$)", "uu"), ("uy", "ai"), ("ure$", "yua"),
        (f"ur{_CLOSED}", "aa"), (f"(?<=[lrj])u{_MAGIC}", "uu"), (f"u{_MAGIC}", "yuu"),
        ("u(?=[bcdfglmnpstv][aiou])", "yuu"), ("(?<=[bpf])u(?=ll|sh|t$)", "u"), ("u$", "u"),
        ("u(?=[aeio])", "u"), ("u", "a"),
    ),
    "v": (("v", "b"),),
    "w": (("wh(?=o)", "h"), ("wh", "w"), ("wr", "r"), ("w$", ""), ("w(?=[bcdfghjklmnpqrstvz])", ""),
          ("w", "w")),
    "x": (("^x", "z"), ("(?<=^e)x(?=[aeiou])", "g z"), ("x", "Q k s")),
    "y": (
        ("^y", "y"), ("(?<=[aeiou])y(?=[aeiou])", "y"), ("(?<=^[bcdfghjklmnprstvwz])y$", "ai"),
        ("(?<=^[bcdfghjklmnprstvwz][rlhkw])y$", "ai"), ("y$", "ii"), (f"y{_MAGIC}", "ai"),
        ("y", "i"),
    ),
    "z": (("zz", "Q z"), ("z", "z")),
}  # fmt: skip
_COMPILED = {
    letter: tuple((lazy_pattern(spelling), tuple(sounds.split())) for spelling, sounds in rules)
    for letter, rules in _SPELLINGS.items()
}

# Rows in the order a i u e o, then the kana for the consonant alone.
_ROWS = {
    "": "ア イ ウ エ オ -",
    "k": "カ キ ク ケ コ ク", "g": "ガ ギ グ ゲ ゴ グ", "s": "サ シ ス セ ソ ス",
    "z": "ザ ジ ズ ゼ ゾ ズ", "sh": "シャ シ シュ シェ ショ シュ", "j": "ジャ ジ ジュ ジェ ジョ ジ",
    "ch": "チャ チ チュ チェ チョ チ", "t": "タ ティ トゥ テ ト ト", "d": "ダ ディ ドゥ デ ド ド",
    "n": "ナ ニ ヌ ネ ノ ン", "N": "ナ ニ ヌ ネ ノ ン", "h": "ハ ヒ フ ヘ ホ フ",
    "f": "ファ フィ フ フェ フォ フ", "b": "バ ビ ブ ベ ボ ブ", "p": "パ ピ プ ペ ポ プ",
    "m": "マ ミ ム メ モ ム", "r": "ラ リ ル レ ロ ル", "l": "ラ リ ル レ ロ ル",
    "ky": "キャ キ キュ ケ キョ ク",
    "y": "ヤ イ ユ イェ ヨ イ", "w": "ワ ウィ ウ ウェ ウォ ウ", "kw": "クァ クイ ク クエ クオ ク",
}  # fmt: skip
_KANA = {
    consonant: dict(zip(("a", "i", "u", "e", "o", ""), row.split(), strict=True))
    for consonant, row in _ROWS.items()
}
# A vowel sound as its first vowel and what follows in kana.
_VOWELS = {
    "a": ("a", ""), "i": ("i", ""), "u": ("u", ""), "e": ("e", ""), "o": ("o", ""),
    "aa": ("a", "ー"), "ii": ("i", "ー"), "uu": ("u", "ー"), "ee": ("e", "ー"), "oo": ("o", "ー"),
    "ei": ("e", "イ"), "ai": ("a", "イ"), "au": ("a", "ウ"), "oi": ("o", "イ"), "ia": ("i", "ア"),
    "ea": ("e", "ア"), "oa": ("o", "ア"), "yuu": ("yu", "ー"), "yua": ("yu", "ア"),
}  # fmt: skip
_YU = {
    "k": "キュ", "g": "ギュ", "n": "ニュ", "N": "ニュ", "h": "ヒュ", "f": "フュ", "b": "ビュ",
    "p": "ピュ", "m": "ミュ", "t": "チュ", "d": "デュ", "s": "シュ", "z": "ジュ", "": "ユ",
}  # fmt: skip
_SHORT = frozenset("aiueo")
_DOUBLED_AT_END = frozenset(("p", "t", "k", "ch", "sh"))
_VOICED_AT_END = frozenset(("d", "g"))


@lru_cache(maxsize=4096)
def katakana_of(word: str) -> str:
    """A lower-case word of Latin letters in katakana."""
    return _romaji(word) or _kana(_sounds(word[:60])) + (
        katakana_of(word[60:]) if word[60:] else ""
    )


def _sounds(word: str) -> list[str]:
    sounds: list[str] = []
    at = 0
    while at < len(word):
        for spelling, said in _COMPILED.get(word[at], ()):
            found = spelling.match(word, at)
            if found:
                sounds += said
                at = found.end()
                break
        else:
            at += 1
    return sounds


def _kana(sounds: list[str]) -> str:
    written: list[str] = []
    vowels = sum(sound in _VOWELS for sound in sounds)
    at = 0
    while at < len(sounds):
        sound = sounds[at]
        following = sounds[at + 1] if at + 1 < len(sounds) else ""
        if sound == "Q":
            if written and written[-1][-1] not in "ーンッ":
                written.append("ッ")
            at += 1
        elif sound in _VOWELS:
            written.append(_syllable("", sound))
            at += 1
        elif following in _VOWELS:
            written.append(_syllable(sound, following))
            at += 2
        else:
            written.append(_alone(sounds, at, vowels))
            at += 1
    return "".join(written).replace("ウアー", "ワー")


def _syllable(consonant: str, vowel: str) -> str:
    first, rest = _VOWELS[vowel]
    if first == "yu":
        return _YU.get(consonant, _KANA[consonant]["u"]) + rest
    return _KANA[consonant][first] + rest


def _alone(sounds: list[str], at: int, vowels: int) -> str:
    """A consonant without a vowel; after a short vowel at the end of a word it is doubled."""
    sound = sounds[at]
    previous = sounds[at - 1] if at else ""
    following = sounds[at + 1] if at + 1 < len(sounds) else ""
    if sound == "m" and following in ("p", "b"):
        return "ン"
    doubled = (
        not following
        and previous in _SHORT
        and (sound in _DOUBLED_AT_END or (sound in _VOICED_AT_END and vowels == 1))
    )
    if sound == "t" and following == "s":
        # One sound in the ear of a Japanese: ツ.
        sounds[at + 1] = "Q" if at + 2 == len(sounds) else sounds[at + 1]
        return ("ッ" if previous in _SHORT else "") + "ツ"
    return ("ッ" if doubled else "") + _KANA[sound][""]


_MORA = lazy_pattern(
    "(?P<c>ky|gy|sh|ch|ny|hy|by|py|my|ry|ts|j|k|g|s|z|t|d|n|h|b|p|m|y|r|w|f|)(?P<v>[aiueo])"
    "|(?P<n>n)(?![aiueoy])|(?P<q>([kstpcg])(?=\\5))"
)
_ROMAJI = {
    "": "アイウエオ", "k": "カキクケコ", "g": "ガギグゲゴ", "s": "サ スセソ", "z": "ザジズゼゾ",
    "t": "タ  テト", "d": "ダ  デド", "n": "ナニヌネノ", "h": "ハヒ ヘホ", "b": "バビブベボ",
    "p": "パピプペポ", "m": "マミムメモ", "y": "ヤ ユ ヨ", "r": "ラリルレロ", "w": "ワ    ",
    "f": "  フ  ",
}  # fmt: skip
_ROMAJI_SMALL = {
    "ky": "キ", "gy": "ギ", "sh": "シ", "ch": "チ", "ny": "ニ", "hy": "ヒ", "by": "ビ", "py": "ピ",
    "my": "ミ", "ry": "リ", "j": "ジ",
}  # fmt: skip
_ENGLISH_LOOK = lazy_pattern(
    "oo|ee|ea|oa|ue|ie|ui|eo|ai[nrl]|.[^aiueo]e$|^[^aiueo]*[aiueo]$|nn$|mm"
)


def _romaji(word: str) -> str:
    """A Japanese word in Hepburn letters, or "" when it does not look like one."""
    if len(word) < 4 or _ENGLISH_LOOK.search(word):
        return ""
    kana: list[str] = []
    at = 0
    while at < len(word):
        found = _MORA.match(word, at)
        if found is None or found.end() == at:
            return ""
        mora = _mora(found)
        if not mora:
            return ""
        kana.append(mora)
        at = found.end()
    return "".join(kana).replace("オウ", "オー")


def _mora(found: re.Match[str]) -> str:
    if found["n"]:
        return "ン"
    if found["q"]:
        return "ッ"
    consonant, place = found["c"], "aiueo".index(found["v"])
    if consonant == "ts":
        return "ツ" if place == 2 else ""
    if consonant in _ROMAJI_SMALL:
        small = ("ャ", "", "ュ", "ェ", "ョ")[place]
        wanted = small or consonant in ("sh", "ch", "j")
        return _ROMAJI_SMALL[consonant] + small if wanted else ""
    return _ROMAJI[consonant][place].strip()
