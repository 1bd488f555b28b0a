"""`python -m tools.readings.dictionary`: how many words of Sudachi's dictionary are read otherwise.

Each word that has kanji is read in a sentence of its part of speech, verbs and adjectives in every
form. It counts as read alike if the dictionary has the reading for it at all. What is read
otherwise is not always wrong: the dictionary has mistakes, and words have other readings.
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

# What stands around a word or form. It ends in ア or イ before it: a ウ behind オ would count as a
# long オ.
SENTENCES = {
    ("名詞", "*"): ("あんな", "を見た。"),
    ("形状詞", "*"): ("かなり", "だ。"),
    ("副詞", "*"): ("", "そうする。"),
    ("動詞", "終止形-一般"): ("彼が", "。"),
    ("動詞", "未然形-一般"): ("彼が", "ない。"),
    ("動詞", "連用形-一般"): ("彼が", "ます。"),
    ("動詞", "連用形-促音便"): ("彼が", "た。"),
    ("動詞", "連用形-イ音便"): ("彼が", "た。"),
    ("動詞", "連用形-撥音便"): ("彼が", "だ。"),
    ("動詞", "仮定形-一般"): ("彼が", "ばよい。"),
    ("動詞", "命令形"): ("さあ", "。"),
    ("形容詞", "終止形-一般"): ("かなり", "。"),
    ("形容詞", "連用形-一般"): ("かなり", "なる。"),
    ("形容詞", "連用形-促音便"): ("かなり", "た。"),
    ("形容詞", "仮定形-一般"): ("かなり", "ばよい。"),
}
_WORD = re.compile("[々ぁ-んァ-ヶー㐀-䶿一-鿿]{2,9}")
_KANJI = re.compile("[々㐀-䶿一-鿿]")

Key = tuple[str, str, str]  # part of speech, form, word as written


class Other(NamedTuple):
    """A word that is read otherwise."""

    key: Key
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
    sizes, counts = Counter(key[:2] for key in found), Counter(other.key[:2] for other in others)
    print("words   read otherwise   part of speech and form")
    for part in SENTENCES:
        print(f"{sizes[part]:6}{counts[part]:17}   {part[0]} {part[1].strip('*')}")
    for other in others if arguments.show else ():
        print(*other.key, other.said, " ".join(sorted(other.readings)), sep="\t")


def words() -> Mapping[Key, frozenset[str]]:
    """The readings of each word and form; names and classical forms are left out."""
    readings: dict[Key, set[str]] = defaultdict(set)
    parts: dict[str, set[str]] = defaultdict(set)
    for morph in Dictionary(dict="core").entries():
        word, (part, detail, *_, kind, form) = morph.surface(), morph.part_of_speech()
        if (part, form) not in SENTENCES or detail == "固有名詞" or kind.startswith("文語"):
            continue
        if _WORD.fullmatch(word) and _KANJI.search(word):
            kana = pronounced(hiragana(morph.reading_form()), verb=part == "動詞")
            readings[part, form, word].add(comparable(kana))
            parts[word].add(part)
    return {key: frozenset(kana) for key, kana in readings.items() if len(parts[key[2]]) == 1}


def read_otherwise(found: Mapping[Key, frozenset[str]]) -> Iterator[Other]:
    """The words of `found` that are read as no reading of theirs."""
    for key, readings in found.items():
        part, form, word = key
        before, behind = SENTENCES[part, form]
        whole = _said(before + word + behind)
        said = whole.removeprefix(_said(before)).removesuffix(_said(behind))
        if said not in readings:
            yield Other(key, said, readings)


def _said(text: str) -> str:
    return comparable("".join(word.kana or "" for word in JAPANESE.read(text).words))


if __name__ == "__main__":
    main()
