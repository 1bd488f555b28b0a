"""`python -m tools.readings.compounds`: which kanji that the engine puts together are Chinese.

Sudachi's dictionary has words of two kanji that the engine lacks and makes of one word each, of
which one or both are native: クビショー for 首章, ネコスナ for 猫砂. Of some the Chinese reading is
right (シュショー), of others the engine's. Weights of each kanji as the first and as the last, and
of each way of mixing, are fitted to those words of which one of the two is right (logistic
regression). They are in `data/compounds.tsv`, in tenths.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch

from sbv2cli.languages.japanese import engine, rare_compounds
from sbv2cli.languages.japanese.alike import comparable
from sbv2cli.languages.japanese.moras import hiragana
from sbv2cli.languages.japanese.rare_compounds import MIXED
from sbv2cli.languages.japanese.rules.kana import pronounced
from tools.readings.corpus import ROOT
from tools.readings.on import nouns

TABLE = ROOT / "sbv2cli" / "languages" / "japanese" / "data" / "compounds.tsv"
HEADER = """kanji	first	last
# How much a kanji, as the first and as the last of two that the engine reads in two ways, speaks
# for the Chinese reading of both, and above them what each way of mixing does; in tenths of a
# logit. Fitted, not chosen: tools/readings/compounds.py makes it anew.
"""
RIDGE = 0.3  # the best of .3, .6 and 1 in five folds
# Of the words that begin or end with a kanji: what counts as one Chinese and one native more.
CHINESE, NATIVE = 1.4, 0.6
_TWO = 2
Share = dict[str, list[int]]  # kanji: words with it, and those of them that have it in Chinese


@dataclass(frozen=True, slots=True)
class Pair:
    """A word that the engine makes of two."""

    kanji: str
    way: str  # of mixing, one of `MIXED`
    chinese: bool  # or right as it is


@dataclass(frozen=True, slots=True)
class Shares:
    """How often kanji begin and end words of Sudachi's dictionary in their Chinese reading."""

    first: Share
    last: Share


def main() -> None:
    """Write the table."""
    words = pairs_of_kanji()
    shares = counted(words)
    pairs = list(mixed(words))
    TABLE.write_text(HEADER + "".join(rows(pairs, shares)), "utf-8")
    print(f"{len(pairs)} words, {sum(pair.chinese for pair in pairs)} of them Chinese")


def pairs_of_kanji() -> dict[str, set[str]]:
    """Nouns of two kanji in Sudachi's dictionary, and how they are said."""
    return {
        word: {pronounced(hiragana(one), verb=False) for one in kana}
        for word, kana in nouns().items()
        if len(word) == _TWO
    }


def counted(words: Mapping[str, set[str]]) -> Shares:
    """The shares of each kanji."""
    shares = Shares(defaultdict(lambda: [0, 0]), defaultdict(lambda: [0, 0]))
    for word, kana in words.items():
        for said in kana:
            begins, ends = rare_compounds.chinese_edges(word, said)
            for share, chinese in ((shares.first[word[0]], begins), (shares.last[word[1]], ends)):
                share[0] += 1
                share[1] += chinese
    return shares


def mixed(words: Mapping[str, set[str]]) -> Iterator[Pair]:
    """Words that the engine mixes, and of which it or the Chinese reading is right."""
    for word, kana in words.items():
        parts = engine.analyse(f"あの{word}が多い。")[1:3]
        if [part.string for part in parts] != list(word):
            continue  # the engine has the word
        said = [part.pron.replace("’", "") for part in parts]
        whole, way = rare_compounds.in_chinese(word), rare_compounds.way_of(word, said)
        if whole is None or way is None or not rare_compounds.may_join(word):
            continue
        right = set(map(comparable, kana))
        kept = comparable("".join(said)) in right
        if kept != (comparable(whole) in right):
            yield Pair(word, way, not kept)


def rows(pairs: Sequence[Pair], shares: Shares) -> Iterator[str]:
    """Rows of the table."""
    kanji = sorted({letter for pair in pairs for letter in pair.kanji})
    at = {letter: index for index, letter in enumerate(kanji)}
    first = torch.tensor([at[pair.kanji[0]] for pair in pairs])
    last = torch.tensor([at[pair.kanji[1]] for pair in pairs])
    way = torch.tensor([MIXED.index(pair.way) for pair in pairs])
    chinese = torch.tensor([float(pair.chinese) for pair in pairs]).double()
    # What a word itself adds to its kanji's shares is left out, or it would tell its own answer.
    said = torch.tensor([
        [
            _logit(shares.first, p.kanji[0], without=p.chinese),
            _logit(shares.last, p.kanji[1], without=p.chinese),
        ]
        for p in pairs
    ]).double()  # fmt: skip
    own = torch.zeros(2, len(kanji), dtype=torch.double, requires_grad=True)
    ways = torch.zeros(len(MIXED), dtype=torch.double, requires_grad=True)
    trust = torch.zeros(2, dtype=torch.double, requires_grad=True)
    fitting = torch.optim.LBFGS([own, ways, trust], max_iter=300, line_search_fn="strong_wolfe")

    def loss() -> float:
        fitting.zero_grad()
        logits = own[0, first] + own[1, last] + said @ trust + ways[way]
        wrong = torch.nn.functional.binary_cross_entropy_with_logits(
            logits, chinese, reduction="sum"
        )
        total = wrong + RIDGE * own.square().sum() / 2
        total.backward()
        return float(total.detach())

    fitting.step(loss)
    for name, weight in zip(MIXED, ways.tolist(), strict=True):
        yield f"{name}\t{round(10 * weight)}\t\n"
    for letter in filter(rare_compounds.in_chinese, sorted({*shares.first, *shares.last})):
        mine = own[:, at[letter]].tolist() if letter in at else [0.0, 0.0]
        known = [_logit(shares.first, letter), _logit(shares.last, letter)]
        weights = [
            round(10 * (a + b * c)) for a, b, c in zip(mine, trust.tolist(), known, strict=True)
        ]
        yield f"{letter}\t{weights[0]}\t{weights[1]}\n"


def _logit(share: Share, kanji: str, *, without: bool | None = None) -> float:
    words, chinese = share.get(kanji, (0, 0))
    if without is not None:
        words, chinese = words - 1, chinese - without
    return math.log((chinese + CHINESE) / max(NATIVE, words - chinese + NATIVE))


if __name__ == "__main__":
    main()
