"""Words half in kana that nobody means: 様々な種 is no ナタネ, 彼も同じ人だ no ドージジン.

The engine's dictionary has many nouns whose first kanji is in kana, and finds them where a word
ends in that kana and a noun follows. Behind a letter such a word is two.
"""

from __future__ import annotations

from collections.abc import Sequence

from sbv2cli.languages.japanese import sudachi
from sbv2cli.languages.japanese.openjtalk import EngineWord
from sbv2cli.patterns import lazy_pattern

# Particles and endings. お, ご, み, か (か所, か弱い) and つ do stand before nouns.
_WORD = lazy_pattern("[はがをにともへでくぐすぬむるうじきしちいりたてなのせれや][一-鿿]{1,3}")
_LETTER = lazy_pattern("[ぁ-んァ-ヶー々一-鿿]")


def cuts(text: str, words: Sequence[EngineWord], places: Sequence[tuple[int, int]]) -> list[int]:
    """Where their nouns begin in `text`; `places` are those of `words` in it."""
    return [
        start + 1
        for word, (start, end) in zip(words, places, strict=True)
        if word.pos == "名詞"
        and start
        and _WORD.fullmatch(text, start, end)
        and _LETTER.match(text, start - 1)
        and not sudachi.entries(text[start:end])
    ]
