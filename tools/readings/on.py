"""`python -m tools.readings.on`: the Chinese readings of kanji, counted in Sudachi's dictionary.

Its words of two to four kanji are cut into readings as Chinese words have them; the counts of a
round weigh the cuts of the next (expectation maximisation). What half the words of a kanji have is
its reading in `data/on.tsv`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import prod

from sudachipy import Dictionary

from sbv2cli.languages.japanese.moras import hiragana
from sbv2cli.languages.japanese.rules.kana import pronounced
from tools.readings.corpus import ROOT

TABLE = ROOT / "sbv2cli" / "languages" / "japanese" / "data" / "on.tsv"
HEADER = """kanji	readings
# The reading from Chinese that most words of two to four kanji have in Sudachi's dictionary, and
# those that a twentieth of them have. Counted, not chosen: tools/readings/on.py makes it anew.
"""
NUMERALS = "一二三四五六七八九十百千万億兆零数何幾毎"
ROUNDS = 8
RARE = 1e-4
SHARE, OTHERS, FEWEST = 0.5, 0.04, 2

_WORD = re.compile("[一-鿿]{2,4}")
_MORA = re.compile("[ァ-ヴ][ャュョァィゥェォ]?|ー")
_CHINESE = re.compile("[ァ-ヴ][ャュョ]?[ウインツクチキッ]?")

Cut = tuple[str, ...]
Counts = dict[str, dict[str, float]]


def main() -> None:
    """Write the table."""
    rows = list(table(counts(list(words()))))
    TABLE.write_text(HEADER + "".join(f"{kanji}\t{cell}\n" for kanji, cell in rows), "utf-8")


def nouns() -> dict[str, set[str]]:
    """Nouns of two to four kanji in Sudachi's dictionary, and their readings."""
    readings: dict[str, set[str]] = defaultdict(set)
    for morph in Dictionary(dict="core").entries():
        part = morph.part_of_speech()
        if _WORD.fullmatch(morph.surface()) and part[:2] == ("名詞", "普通名詞"):
            readings[morph.surface()].add(morph.reading_form())
    return readings


def words() -> Iterator[tuple[str, list[Cut]]]:
    """Words with one reading that a cut fits, and their cuts."""
    for word, kana in nouns().items():
        if len(kana) == 1 and (found := list(cuts(_MORA.findall(*kana), len(word)))):
            yield word, found


def cuts(moras: Sequence[str], kanji: int) -> Iterator[Cut]:
    """Ways to give each kanji a mora or two."""
    for length in (1, 2):
        first, rest = "".join(moras[:length]), moras[length:]
        if len(moras) < length or not _CHINESE.fullmatch(first):
            continue
        if kanji == 1:
            yield from [(first,)] if not rest else []
        else:
            yield from ((first, *cut) for cut in cuts(rest, kanji - 1))


def counts(found: Sequence[tuple[str, list[Cut]]]) -> Counts:
    """How often each kanji has each reading."""
    shares: Counts = {}
    counted: Counts = {}
    for _ in range(ROUNDS):
        counted = defaultdict(lambda: defaultdict(float))
        for word, ways in found:
            weights = [_weight(shares, word, way) for way in ways]
            for way, weight in zip(ways, weights, strict=True):
                for kanji, reading in zip(word, way, strict=True):
                    counted[kanji][reading] += weight / sum(weights)
        shares = {
            kanji: {reading: count / (sum(row.values()) + 0.5) for reading, count in row.items()}
            for kanji, row in counted.items()
        }
    return counted


def _weight(shares: Counts, word: str, way: Cut) -> float:
    """How likely a cut is; the first round has no counts, and all are alike."""
    pairs = zip(word, way, strict=True)
    return prod(shares[kanji].get(reading, RARE) for kanji, reading in pairs) if shares else 1.0


def table(counted: Counts) -> Iterator[tuple[str, str]]:
    """The rows: a kanji, and its readings as they are said."""
    for kanji, row in sorted(counted.items()):
        whole: dict[str, float] = defaultdict(float)
        for reading, count in row.items():
            whole[re.sub("ッ$", "ツ", reading)] += count
        ranked = sorted(whole.items(), key=lambda one: -one[1])[:3]
        total = sum(count for _, count in ranked)
        first, most = ranked[0]
        if kanji in NUMERALS or most < FEWEST or most < SHARE * total:
            continue
        others = [r for r, count in ranked[1:] if count >= FEWEST and count > OTHERS * total]
        said = dict.fromkeys(pronounced(hiragana(r), verb=False) for r in (first, *others))
        yield kanji, " ".join(said)


if __name__ == "__main__":
    main()
