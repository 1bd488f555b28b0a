"""Texts without hiragana, as robots speak and laws were written: ワタシハ敵デハナイ.

To the engine ハ is a letter of a word there, and kanji are nouns (弱イ ジャクイ). What stands
behind kanji is handed to it in hiragana, and so are particles before kanji and marks, if the text
has a sentence's end; アロハ航空 has none.
"""

from __future__ import annotations

from sbv2cli.languages.japanese.moras import hiragana
from sbv2cli.languages.japanese.spans import SpokenSpan
from sbv2cli.patterns import lazy_pattern

FIRST = "".join(map(chr, range(ord("ァ"), ord("ヴ") + 1)))
_PARTICLE = (
    "(?:[ハヘヲ](?=[一-鿿、。，,.!?…]|ナイ|ナク|ナカ|ア[ルリラ]|イナ|オラ)|ヘ(?=ハ)|"
    "(?:(?<=[ヘニトデ])|(?<=サテ|オレ|ボク|キミ|カレ|ワレ|ココ|ソコ)|(?<=ワタシ|アナタ|オマエ|キサマ)|"
    "(?<=[コソア]レ))ハ(?![ァィゥェォャュョー]))"
)
_THIS = "(?<![ァ-ヴー])[コソアド]ノ(?=[一-鿿])"  # コノ国 is a noun to it: コノコク
STOPS = f"(?<=[一-鿿々])[ァ-ヴ]|(?<=[ァ-ヶー])(?<!アロ){_PARTICLE}|{_THIS}"
_HIRAGANA = lazy_pattern("[ぁ-ゔ]")
_SENTENCE = lazy_pattern(
    "(?:[一-鿿][ァ-ヶ]{0,2}[ダスルタイクグムブヌツウズ]|デス|マス|[タナ]イ|セヨ|[ベヘ]シ|ナリ|アリ|"
    "[スレナ]ル|シタ|マセン|[ベヘ]カラ[ズス]|[ダデマ][ダスタ]?[カナネヨゾ]|ノカ|ノデス|ナサイ|[ベケゲセテネメレエ]ヨ|クレ|ンゾ|テイル|"
    "[一-鿿](?<![一二三四五六七八九十百千万億])[ァ-ヶ]?[レロヨネ]|[一-鿿]メ)(?:[。.!?？！、,…」』]|$)|"
    "(?:ワタシ|ワレワレ|ボク|オレ|アナタ|オマエ|キサマ|ニンゲン|コレ|ソレ|サテ)ハ[、,]"
)
# パーセント, ハウス and the like are words.
_BEHIND_KANJI = lazy_pattern(
    "(?<=[一-鿿々])(?![パピプペポ])"
    "(?:[ハヘ](?=ナ[イクカ]|ア[ルリラ]|イナ|オラ|[^ァ-ヴー]|$)|[^ハヘァィゥェォヴー])[ア-ンッャュョ]{0,7}(?![ァ-ヴー])"
)
_ONE = lazy_pattern(f"(?<=[ァ-ヶー])(?<!アロ){_PARTICLE}|{_THIS}")


def letters(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """Katakana of such a text that stand for hiragana."""
    if _HIRAGANA.search(flat):
        return None
    found = _BEHIND_KANJI.match(flat, at, stop) or _ONE.match(flat, at, stop)
    if found is None or not _SENTENCE.search(flat):
        return None
    return [
        SpokenSpan(start=at, end=found.end(), text=hiragana(found.group()), kind="katakana-text")
    ]
