"""The edge to jieba (words and their kinds) and pypinyin (readings); both are in the extra `zh`.

jieba's own loader writes a cache into the shared temporary directory and talks on stderr; this
one does neither, so that processes side by side cannot disturb each other.
"""

from __future__ import annotations

import logging
import warnings
from functools import cache, lru_cache
from typing import Any

from sbv2cli.languages.chinese.sandhi import Halves, Tagged, split_in_two
from sbv2cli.tables import missing_extra

MEMORY = 1 << 16  # words whose answers are remembered


@cache
def _jieba() -> Any:
    try:
        with warnings.catch_warnings():
            # jieba 0.42.1 has invalid escapes and, where setuptools is old, asks pkg_resources.
            warnings.simplefilter("ignore")
            import jieba  # noqa: PLC0415 - comes with the extra "zh", and takes half a second
            import jieba.posseg  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise missing_extra(error, what="Chinese text") from error
    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    with tokenizer.get_dict_file() as file:
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(file)
    tokenizer.initialized = True
    return jieba.posseg.POSTokenizer(tokenizer)


@cache
def _pypinyin() -> Any:
    try:
        import pypinyin  # noqa: PLC0415 - comes with the extra "zh"
    except ModuleNotFoundError as error:
        raise missing_extra(error, what="Chinese text") from error
    return pypinyin


@lru_cache(1 << 10)
def words(text: str) -> tuple[Tagged, ...]:
    """The words of a text with their parts of speech."""
    return tuple(Tagged(pair.word, pair.flag) for pair in _jieba().lcut(text))


@lru_cache(MEMORY)
def halves(word: str) -> Halves:
    """The two parts of a word."""
    return split_in_two(word, list(_jieba().tokenizer.cut_for_search(word)))


@lru_cache(MEMORY)
def initials(word: str) -> tuple[str, ...]:
    """One initial for each syllable, "" where there is none."""
    pinyin = _pypinyin()
    style = pinyin.Style.INITIALS
    return tuple(pinyin.lazy_pinyin(word, neutral_tone_with_five=True, style=style))


@lru_cache(MEMORY)
def finals(word: str) -> tuple[str, ...]:
    """One final with its tone for each syllable: "iang3"; the neutral tone is 5."""
    pinyin = _pypinyin()
    style = pinyin.Style.FINALS_TONE3
    return tuple(pinyin.lazy_pinyin(word, neutral_tone_with_five=True, style=style))


def knows(word: str) -> bool:
    """Whether a word is in the dictionary; else it was put together of hanzi, as names are."""
    return bool(_jieba().tokenizer.FREQ.get(word))


def other_readings(hanzi: str) -> tuple[str, ...]:
    """Every reading of one hanzi, in pinyin with tone numbers."""
    pinyin = _pypinyin()
    found = pinyin.pinyin(
        hanzi, style=pinyin.Style.TONE3, heteronym=True, neutral_tone_with_five=True
    )
    return tuple(found[0])
