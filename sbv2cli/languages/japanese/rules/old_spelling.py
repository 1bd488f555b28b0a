"""Spelling of before 1946: 云つた is イッタ, 思ふ オモウ, でせう デショー, 行かう イコー.

Books whose rights have ended are full of it, and the engine takes such kana for what they are
today: ウンツタ, オモエツタ, デセー, イカー. It knows ゐ, 考へる, やう and さう; the rest is here.
Only letters that no text of today has at such a place are said otherwise.
"""

from __future__ import annotations

import re

from sbv2cli.languages.japanese.spans import SpokenSpan

# Kanji that are a verb with the ending う (ふ of old), る and つ. Some are nouns as well: 歌ふたつ;
# 一つ and 二つ are none.
_U = "云言思買笑習誓狂伺従從逢遭吸縫食喰貰揃救奪扱嫌洗敬補醉迷襲誘拾拭諂窺逐給賜違失追負払拂"
_U_OR_NOUN = "会會合舞歌唄謡戦戰装粧匂酔祝願雇使伝傳憂慕添厭"
_RU = (
    "取乗乘作切降帰歸走残殘知散座坐眠登渡通謝怒語移去祈踊躍茂光放守戻曲回廻掘握塗刷叱頼賴振売賣触蹴"
    "行至困飾祭写寫撮採執盛鳴成為搾侮黙湿茹滑遮遡罵誤勝狩刈送参參釣懲"
)
_TSU = "立待持打勝撃擊討断斷経經放絶保育"
_NO_SMALL = f"一二三四五六七八九十幾且分別発満{_TSU}"
_SAY = "[,.!?。、,」』)]|$"

# One letter, what it says, what stands before it and what behind it.
_LETTERS: tuple[tuple[str, str, str, str], ...] = (
    ("つ", "っ", f"[{_U}{_U_OR_NOUN}{_RU}]", "[たて]"),
    ("つ", "っ", f"(?![{_NO_SMALL}])[一-鿿]", "て(?![をがの])|た(?![なえわうい])"),
    ("つ", "っ", f"[{_TSU}]", f"て|た(?:{_SAY}|[のがらりと])"),
    ("つ", "っ", "[しなよた]か|だ|であ", "た(?!な[いく])"),
    ("つ", "っ", "[一-鿿][まわさたなば]|しま|わか|[にをと]と|[にをと]も", "た|て(?![をがの])"),
    ("つ", "っ", "[にもはとくうら]な|によ|[とへに]い|(?<!お)や", "て|た(?!ち)"),
    ("つ", "っ", "[にがもはの]あ|^あ|[,.。、「']あ", "[たて]"),
    ("つ", "っ", "す", "かり"),
    ("つ", "っ", "や", "ぱり"),
    ("つ", "っ", "[びゆそ]", "くり"),
    ("つ", "っ", "[がうし]", "かり"),
    ("つ", "っ", "は", "きり"),
    ("つ", "っ", "ま", "たく"),
    ("つ", "っ", "ち[よょ]", "と"),
    ("よ", "ょ", "ち", "[つっ]と"),
    ("よ", "ょ", "[でま]し", "う"),
    ("や", "ゃ", "ぢ", ""),
    ("や", "ゃ", "じ", "な[いく]|ありま|あない|ござい"),
    ("ふ", "う", f"[{_U}]|[とう]い", "(?!かし|く)"),
    ("ふ", "う", f"[{_U_OR_NOUN}]", f"[とのがかべ一-鿿]|{_SAY}"),
    ("ひ", "い", f"[{_U}]", "(?!と)"),
    ("は", "わ", f"(?<![一-鿿])言|[{_U[0]}{_U[2:]}]", "[なれずせざぬしむん]"),  # 二言はない
    ("は", "お", f"[{_U}]", "う"),
    ("ら", "ろ", f"だ|であ|[しなよた]か|[{_RU}]", "う"),
    ("か", "こ", "[行書聞泣歩働動描置引吹開]", "う"),
    ("さ", "そ", "[話出返指消押貸探殺許渡]", "う"),
    ("ま", "も", "[読飲住踏休進]", "う"),
    ("ば", "ぼ", "[呼飛遊運選並結学喜叫]", "う"),
    ("た", "と", f"[{_TSU}]", "う"),
    ("せう", "しょう", "[でま]", ""),
)


def _pattern(letter: str, before: str, behind: str) -> str:
    """The letter at such a place. A look backwards has one length, so there is one for each."""
    places = "|".join(f"(?<={one}{letter})" for one in before.split("|"))
    return f"{letter}(?:{places})(?={behind})"


_AT: dict[str, list[tuple[re.Pattern[str], str]]] = {}
for _letter, _said, _before, _behind in _LETTERS:
    _AT.setdefault(_letter[0], []).append((re.compile(_pattern(_letter, _before, _behind)), _said))

FIRST = "".join(_AT)
"""Where such a letter can stand."""
STOPS = f"(?=[{FIRST}])(?:{'|'.join(_pattern(a, c, d) for a, _, c, d in _LETTERS)})"
"""Where runs of plain letters stop, so that this rule is asked."""


def letter(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """One letter, or the two of せう, as they are said."""
    for pattern, said in _AT[flat[at]]:
        found = pattern.match(flat, at)
        if found and found.end() <= stop:
            return [SpokenSpan(start=at, end=found.end(), text=said, kind="old-spelling")]
    return None
