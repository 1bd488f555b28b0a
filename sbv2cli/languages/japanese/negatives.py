"""Verbs with ん for ぬ: 離さん リサン, 増えん ゾーエン, 待たんで マテタンデ.

The engine takes さん behind a kanji for what is put behind names, and a kanji with エン for a noun;
with ぬ it knows the verb. So it is asked with ぬ, and ん is said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sbv2cli.languages.japanese.openjtalk import EngineWord

# The last kana of such verbs, behind one kanji or a kana more. さ stands behind names, た is the
# past elsewhere (見たんで), て goes on (見てんの), so these have their kanji; 浮かんで and 膨らんで
# are no negatives.
_VERBS = re.compile(
    "(?:"
    "[話放離消出押推貸返帰探捜指刺差挿試回廻越超増許崩乱汚犯晒示残倒壊殺写移映落隠外]さ|"
    "[表現著申冷覚逃流潰励脅騙耕証]さ|"
    "(?<=[をもはに])[渡治直潤正]さ|[渡治直潤正]さ(?=ん(?:ぞ|で[もいくよ]))|"
    "[待立打撃討保断絶育放経発満勝持]た|[捨育立建当充果企]て|[敵嗤]わ|(?![浮混強])[一-鿿]"
    "(?:[かばまがきぎちりえけげせねべめれ]|[かがやごど]さ|[がかわなまく]ら|(?<![膨赤白黒明生])ら)"
    ")ん(?!ち|っ)"
)


def with_nu(text: str) -> str:
    """`text` with ぬ where the negative of a verb may end in ん."""
    if "ん" not in text:
        return text
    return _VERBS.sub(lambda found: f"{found.group()[:-1]}ぬ", text)


def misread(
    asked: str, text: str, words: Sequence[EngineWord], places: Sequence[tuple[int, int]]
) -> set[int]:
    """Where the engine, asked with ぬ for the ん of `text`, found no verb before it."""
    right = {
        place[0]
        for verb, word, place in zip(words, words[1:], places[1:], strict=False)
        if word.string == "ぬ" and verb.pos == "動詞" and len(verb.string) > 1
    }
    return {at for at, letter in enumerate(asked) if letter != text[at] and at not in right}
