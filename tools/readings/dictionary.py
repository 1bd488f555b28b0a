"""`python -m tools.readings.dictionary`: how many words of Sudachi's dictionary are read otherwise.

Each word that has kanji is read in a sentence of its part of speech, verbs and adjectives in their
dictionary form. It counts as read alike if the dictionary has the reading for it at all. What is
read otherwise is not always wrong: the dictionary has mistakes, and words have other readings.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sudachipy import Dictionary

from sbv2cli.languages.japanese import JAPANESE
from sbv2cli.languages.japanese.alike import comparable
from sbv2cli.languages.japanese.moras import hiragana
from sbv2cli.languages.japanese.rules.kana import pronounced

# What stands around a word. It ends in ア or イ before it: a ウ behind オ would count as a long オ.
SENTENCES = {
    "名詞": ("あんな", "を見た。"),
    "動詞": ("彼が", "。"),
    "形容詞": ("かなり", "。"),
    "形状詞": ("かなり", "だ。"),
    "副詞": ("", "そうする。"),
}
_WORD = re.compile("[々ぁ-んァ-ヶー㐀-䶿一-鿿]{2,9}")
_KANJI = re.compile("[々㐀-䶿一-鿿]")


class Other(NamedTuple):
    """A word that is read otherwise."""

    word: str
    part: str
    said: str
    readings: frozenset[str]


def main() -> None:
    """Count, and print what was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.readings.dictionary", description=__doc__
    )
    parser.add_argument("--show", action="store_true", help="print the words")
    arguments = parser.parse_args()
    found = words()
    others = list(read_otherwise(found))
    print("part      words  read otherwise")
    for part in SENTENCES:
        size = sum(1 for one, _ in found if one == part)
        print(f"{part:　<4}{size:9}{sum(1 for other in others if other.part == part):16}")
    for other in others if arguments.show else ():
        print(other.word, other.part, other.said, " ".join(sorted(other.readings)), sep="\t")


def words() -> Mapping[tuple[str, str], frozenset[str]]:
    """Readings by part of speech and word; names and classical forms are left out."""
    readings: dict[tuple[str, str], set[str]] = defaultdict(set)
    parts: dict[str, Counter[str]] = defaultdict(Counter)
    for morph in Dictionary(dict="core").entries():
        word, (part, detail, *_, kind, form) = morph.surface(), morph.part_of_speech()
        if part not in SENTENCES or detail == "固有名詞" or kind.startswith("文語"):
            continue
        if form not in ("*", "終止形-一般") or not _WORD.fullmatch(word) or not _KANJI.search(word):
            continue
        kana = pronounced(hiragana(morph.reading_form()), verb=part == "動詞")
        readings[part, word].add(comparable(kana))
        parts[word][part] += 1
    return {key: frozenset(kana) for key, kana in readings.items() if len(parts[key[1]]) == 1}


def read_otherwise(found: Mapping[tuple[str, str], frozenset[str]]) -> Iterator[Other]:
    """The words of `found` that are read as no reading of theirs."""
    for (part, word), readings in found.items():
        before, behind = SENTENCES[part]
        whole = _said(before + word + behind)
        said = whole.removeprefix(_said(before)).removesuffix(_said(behind))
        if said not in readings:
            yield Other(word, part, said, readings)


def _said(text: str) -> str:
    return comparable("".join(word.kana or "" for word in JAPANESE.read(text).words))


if __name__ == "__main__":
    main()
