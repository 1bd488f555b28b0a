"""Verbs that the engine reads with their last kana, and that kana once more: 保て タモテテ.

Its dictionary has some verbs written without it (保 タモテ), and the cheapest way through
隊列を保て is one of them with the kana as a word of its own. So is 旅立て (タビダテテ), and so are
verbs with れる for an ending, and cries: 咲き乱れる サキミダレレル, 待てー マテテー.
"""

from __future__ import annotations

from collections.abc import Sequence

from sbv2cli.languages.japanese.moras import katakana
from sbv2cli.languages.japanese.phrases import PhraseWord

_KANJI = "㐀"  # letters from here on are kanji or rarer
_LONGER = "ーぁぃぅぇぉ"


def correct(text: str, words: Sequence[PhraseWord]) -> list[PhraseWord]:
    """`words` with such a kana as a part of the verb before it; places count from 0 in `text`."""
    whole: list[PhraseWord] = []
    for word in words:
        if whole and _is_ending(text, whole[-1], word):
            whole[-1] = whole[-1]._replace(end=word.end)
        elif whole and _goes_on(text, whole[-1], word):
            whole[-1] = whole[-1]._replace(kana=whole[-1].kana[:-1])
            whole.append(word)
        else:
            whole.append(word)
    return whole


def _is_ending(text: str, verb: PhraseWord, word: PhraseWord) -> bool:
    return (
        verb.pos in ("動詞", "形容詞")
        and not (verb.pos == "形容詞" and text[word.start] == "さ")  # 臭さ is クササ
        and word.end - word.start == 1
        and text[verb.end - 1] >= _KANJI
        and word.start == verb.end
        and len(verb.kana) > 1
        and word.kana == verb.kana[-1] == katakana(text[word.start])
    )


def _goes_on(text: str, verb: PhraseWord, word: PhraseWord) -> bool:
    """Whether the ending is a word of more than that kana: 乱|れる, 待|てー."""
    return (
        verb.pos == "動詞"
        and len(verb.kana) > 1
        and text[verb.end - 1] >= _KANJI
        and word.start == verb.end
        and word.end - word.start > 1
        and word.kana[:1] == verb.kana[-1] == katakana(text[word.start])
        and (text[word.start] == "れ" or text[word.start + 1] in _LONGER)
    )
