"""Verbs behind て that the engine takes for the second half of a compound: 弾けて消えた ギエタ.

Its dictionary has some 180 verbs as they are said behind a noun or another verb (芽生え, 気疲れ),
with a voiced first mora. It takes them, too, where a verb in て stands before; there they are words
of their own.
"""

from __future__ import annotations

from unicodedata import normalize

from sbv2cli.languages.japanese.openjtalk import EngineWord

_SECOND_HALF = "非自立"
_KANJI = "㐀"  # letters from here on are kanji or rarer
_ALWAYS_VOICED = frozenset(("出す", "出る"))


def unvoiced(words: list[EngineWord]) -> list[EngineWord]:
    """`words` with such verbs as they are said alone."""
    for index, word in enumerate(words):
        if word.detail == _SECOND_HALF and index and _is_alone(words[index - 1], word):
            pron = normalize("NFD", word.pron[0])[0] + word.pron[1:]
            words[index] = word._replace(pron=pron)
    return words


def _is_alone(before: EngineWord, verb: EngineWord) -> bool:
    return (
        verb.pos == "動詞"
        and before.pos == "助詞"
        and before.string in ("て", "で")
        and verb.string[0] >= _KANJI
        and verb.orig not in _ALWAYS_VOICED
        and len(normalize("NFD", verb.pron[0])) > 1
    )
