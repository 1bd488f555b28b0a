"""Endings of verbs that games write and the engine's dictionary lacks.

ん for ぬ: it takes さん behind a kanji for what is put behind names, and a kanji with エン for a
noun (離さん リサン, 増えん ゾーエン, 待たんで マテタンデ). い for よ: 行けい is ギョーケー, 散れい
サンレー. With ぬ and よ it knows the verbs; so it is asked with these, and ん and い are said.

て at the end of a sentence (笑って。 ワライッテ), where it is asked with a comma.

っ for う, where a friend is asked: 休もっか is キューモッカ, 帰ろっか キロッカ. It is asked
with う.

にゃ for ねば: 帰らにゃ is キラニャ. It is asked with ぬ for に.

う for く and っ, which lengthens what stands before: it says タカウ for 高う and アウタ for 会うた.
"""

from __future__ import annotations

from collections.abc import Sequence

from sbv2cli.languages.japanese.moras import LONG_MARK
from sbv2cli.languages.japanese.openjtalk import EngineWord
from sbv2cli.patterns import lazy_pattern

# The last kana of such verbs, behind one kanji or a kana more. さ stands behind names, た is the
# past elsewhere (見たんで), て goes on (見てんの), so these have their kanji; 浮かんで and 膨らんで
# are no negatives, and 川越さん and 小出さん are persons: few verbs have two kanji.
_NEGATIVE = lazy_pattern(
    "(?:"
    "(?:(?<![一-鿿])|(?<=[見引差取呼抜追飛思突]))"
    "(?:[話放離消出押推貸返帰探捜指刺差挿試回廻越超増許崩乱汚犯晒示残倒壊殺写移映落隠外]さ|"
    "[表現著申冷逃流潰励脅騙耕証]さ)|"
    "(?<=[をもはに])[渡治直潤正]さ|[渡治直潤正]さ(?=ん(?:ぞ|で[もいくよ]))|"
    "[待立打撃討保断絶育放経発満勝持]た|[捨育立建当果企]て|充て(?=ん(?:[ぞとよ.,!?]|$))|[敵嗤]わ|(?![浮混強])[一-鿿]"
    "(?:[かばまがきぎちりえけげせねべめれ]|[かがやごど]さ|[がかわなまく]ら|(?<![膨赤白黒明生])ら)"
    ")ん(?!ち|っ)"
)
# 帰ろっか is キロッカ to it, 休もっか キューモッカ; with う it knows them.
_SHALL_WE = lazy_pattern(
    "(?<=[一-鿿])[ぁ-ん]?[こごそとのぼもろお]っ(?=(?:か(?:な|ね)?[あぁー〜]?|と)(?:[!?,.'-]|$))"
)
# Before a full stop it takes って for the particle: 言って。 is ゲンッテ, 買って。 カイッテ.
# Before a comma it knows the verbs. Behind kanji and katakana a kanji makes a noun (バイト代って?),
# and some kanji are nouns rather than such verbs.
_LAST_TE = lazy_pattern(
    "((?:(?<![一-鿿々ァ-ヶー])(?![足点代下中判重氷番])[一-鿿]|[ぁ-ん])って)[.!?]"
)
_MUST = lazy_pattern("(?<=[一-鿿])[ぁ-ん]{0,2}[かがさたなばまらわせべめれけねえ]に(?=ゃ)")
_COMMAND = lazy_pattern("[一-鿿][けげせてねべめれ]い(?=[!?,.'-]|$)")
_MODERN = "ぬよう"
_LENGTHENED = str.maketrans("アカガサザタダナハバパマヤラワ", "オコゴソゾトドノホボポモヨロオ")
_SHORT = {"良い": "ヨ", "善い": "ヨ", "好い": "ヨ", "言う": "ユ", "云う": "ユ"}
_PAST = ("た", "て", "たら", "たり", "ても", "ては")
_SPOKEN_PAST = ("てる", "たん", "たんや", "たんか", "とる")  # 買うたん, 笑うてる


def modern(text: str) -> str:
    """`text` with ぬ, よ and う in the places of such endings, as far as letters can tell."""
    if "ん" in text:
        text = _NEGATIVE.sub(lambda found: f"{found.group()[:-1]}ぬ", text)
    if "にゃ" in text:
        text = _MUST.sub(lambda found: f"{found.group()[:-1]}ぬ", text)
    if "っ" in text:
        text = _LAST_TE.sub(r"\1,", text)
        text = _SHALL_WE.sub(lambda found: f"{found.group()[:-1]}う", text)
    return _COMMAND.sub(lambda found: f"{found.group()[:-1]}よ", text) if "い" in text else text


def misread(
    asked: str, text: str, words: Sequence[EngineWord], places: Sequence[tuple[int, int]]
) -> set[int]:
    """Where the engine, asked with `asked` for `text`, found no verb before the ending."""
    right = {
        place[0]
        for verb, word, place in zip(words, words[1:], places[1:], strict=False)
        if word.string in _MODERN and verb.pos == "動詞" and len(verb.string) > 1
    }
    return {
        at
        for at, letter in enumerate(asked)
        if letter != text[at] and letter != "," and at not in right
    }


def lengthened(word: EngineWord, following: EngineWord | None) -> str | None:
    """高う is タコー and 会うた オータ; None where う is said."""
    if not word.string.endswith("う") or not word.pron.endswith("ウ"):
        return None
    past = following is not None and (
        following.string in _SPOKEN_PAST
        or (following.string in _PAST and following.pos[:1] == "助")
    )
    if word.pos != "形容詞" and not (word.pos == "動詞" and past):
        return None
    if word.orig == f"{word.string}い":  # 危うさ
        return None
    stem = word.pron.replace("’", "")[:-1]
    stem = f"{stem[:-1]}{stem[-1:].translate(_LENGTHENED)}"
    return f"{_SHORT.get(word.orig, stem)}{LONG_MARK}"
