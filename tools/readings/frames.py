"""`python -m tools.readings.frames`: words in many sentences; how many are torn apart in some.

The engine reads 夕食 as ユーショク, but 夕食はない as ユークワナイ, and 飛ぶ as トブ, but
飛んでない as ヒンデナイ. Nouns, verbs, adjectives and names of the corpus and of `written.tsv` are
put into frames of everyday speech, each word into all frames of its kind. A word that is read so as
it stands in a plain sentence, and otherwise in few frames (a tenth at most), is torn there; in
more, it has several readings, and does not count. `--show` prints the sentences.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from sbv2cli.languages.japanese import engine, reader
from sbv2cli.languages.japanese.openjtalk import EngineWord
from tools.readings.corpus import lines
from tools.readings.verb_frames import adjective_frames, verb_frames
from tools.readings.written import written

_NOUN_AFTER = (
    "は が を に で と も や、 の へ から まで より だ。 です。 だろう。 じゃない。 "
    "って言う。 なら なんて とか くらい ばかり だけ しかない。 さえ すら こそ 、 ！ ？ "
    "っ！ … はいい。 はここだ。 がいい。 がいなくなる。 をして。 をした。 にいる。 "
    "にした。 でいい。 といい。 とした。 もいい。 のはずだ。 のほうだ。 のようだ。 など "
    "はもう はまた はどこ はない はある はその がない がある ができた にはない にもない "
    "について によって とはいえ としても だったら だって だけど だから だし だよ だね "
    "だな かな かも かい よ。 ね。 なの なのに なので らしい みたいだ。"
).split()
_NOUN_BEFORE = (
    "この また、 ただ もう まだ 彼の だって、 だから、 いい 新しい 静かな あの どんな "
    "すぐ きっと ほら、 いや、 それは 見た 行った 来る 違う 小さい そして"
).split()
_NAME_AFTER = (
    "さん さんが来た。 君 くん ちゃん 様 先輩 先生 は笑った。 が来た。 も行く。 に聞け。 "
    "の声だ。 を呼べ。 と話す。 、待て。 ！ ？ って誰。 じゃない。 だ。 です。 "
    "なら知ってる。 から聞いた。 だけだ。 しかいない。 みたいだ。 らしい。 かな。 かも。 "
    "だって。 だけど、 だから、 には言うな。 とは違う。 への手紙。 夫妻。 たち。 の奴。 "
    "よ。 こそ。 が言った。 は黙った。 の家。 の父。 、お前か。"
).split()
_NAME_BEFORE = (
    "あの その おい、 ねえ、 それは 今日は いや、 もう まだ だって だから 結局 やはり "
    "たぶん さっき 隣の 俺と 彼女は 若い 親友の 刑事の 部長の"
).split()
_LONGEST_KANJI = 4
_NOUNS = frozenset(("一般", "サ変接続", "形容動詞語幹", "副詞可能"))
_A_TENTH = 10
_SHORT = 2


@dataclass(frozen=True, slots=True)
class Frame:
    """A sentence around a word: `text` with the word's beginning, from `start` on."""

    text: str
    start: int
    stem: int  # letters of the word that stand in it


@dataclass(frozen=True, slots=True)
class Found:
    """A word and the sentences in which it is read otherwise than by itself."""

    word: str
    frames: int
    torn: tuple[str, ...]

    @property
    def steady(self) -> bool:
        """Whether it has one reading, but for few frames."""
        return len(self.torn) * _A_TENTH <= self.frames


def around(word: str, before: Sequence[str], after: Sequence[str]) -> Iterator[Frame]:
    """A noun or a name in its frames."""
    for behind in after:
        yield Frame(f"この{word}{behind}", 2, len(word))
    for ahead in before:
        yield Frame(f"{ahead}{word}が見える。", len(ahead), len(word))


def look(frames: Sequence[Frame], plain: str, stem: int, word: str) -> Found:
    """A word in its frames, beside its reading at the beginning of a plain sentence."""
    kana = _said(Frame(plain, 0, stem))
    torn = [frame.text for frame in frames if _said(frame) != kana]
    return Found(word, len(frames), tuple(torn))


def _said(frame: Frame) -> str | None:
    """What is said for the word's letters in a sentence; None where other words begin in them."""
    end = frame.start + frame.stem
    words = reader.analyse(frame.text)[2]
    over = [word for word in words if word.start < end and frame.start < word.end]
    if not over or over[0].start != frame.start:
        return None
    kana = "".join(word.kana for word in over)
    # Of a word that goes on behind its letters only they count: a kana of it is one of the text.
    return kana[: len(kana) - (over[-1].end - end)].rstrip("ー")


def noun(word: str) -> Found:
    """A noun in its frames."""
    return look(list(around(word, _NOUN_BEFORE, _NOUN_AFTER)), f"{word}を見る。", len(word), word)


def name(word: str) -> Found:
    """A name in its frames."""
    frames = [Frame(f"{word}{behind}", 0, len(word)) for behind in _NAME_AFTER]
    frames += [Frame(f"{ahead}{word}が来た。", len(ahead), len(word)) for ahead in _NAME_BEFORE]
    return look(frames, f"{word}が来た。", len(word), word)


def verb(word: str) -> Found:
    """A verb in its frames, in every form; `word`: as `_as_verb` writes it."""
    written, kind = word.split("/")
    return _inflected(written, verb_frames(written, kind))


def adjective(word: str) -> Found:
    """An adjective in its frames, in every form."""
    return _inflected(word, adjective_frames(word))


def _inflected(word: str, sentences: Iterator[str]) -> Found:
    stem = len(word) - 1
    frames = [Frame(text, 0, stem) for text in sentences if text.startswith(word[:stem])]
    return look(frames, f"{word}。", stem, word)


def _words(fits: Callable[[EngineWord], str | None]) -> list[str]:
    """Words of our corpora of one kind, the commonest first."""
    counted: Counter[str] = Counter()
    for text in (*(line.text for line in written()), *(line.text for line in lines())):
        counted.update(found for word in engine.analyse(text) if (found := fits(word)))
    return [word for word, _ in counted.most_common()]


def _as_noun(word: EngineWord) -> str | None:
    if word.pos != "名詞" or word.detail not in _NOUNS:
        return None
    return word.string if re.fullmatch("[一-龥々]{2,4}[ぁ-ん]{0,2}", word.string) else None


def _as_name(word: EngineWord) -> str | None:
    named = word.name in ("姓", "名") and re.fullmatch("[一-龥々]{2,4}", word.string)
    return word.string if named else None


def _as_verb(word: EngineWord) -> str | None:
    kind = word.inflection[:2]
    if word.pos != "動詞" or kind not in ("五段", "一段"):
        return None
    fits = re.fullmatch("[一-龥々]{1,3}[ぁ-ん]{0,2}[うくぐすつぬぶむる]", word.orig)
    # Of 出る the engine has an old 出づ, of 見る a 見ゆ; of kanji with る most are half words.
    return f"{word.orig}/{kind}" if fits and (kind == "五段" or len(word.orig) > _SHORT) else None


def _as_adjective(word: EngineWord) -> str | None:
    fits = word.pos == "形容詞" and re.fullmatch("[一-龥々]{1,3}[ぁ-ん]{0,2}い", word.orig)
    return word.orig if fits else None


def main() -> None:
    """Print a row for each kind."""
    parser = argparse.ArgumentParser(prog="python -m tools.readings.frames", description=__doc__)
    parser.add_argument("--show", action="store_true", help="print the sentences of torn words")
    parser.add_argument("--words", type=int, help="of each kind, the commonest")
    arguments = parser.parse_args()
    kinds = (
        ("nouns", _words(_as_noun), noun),
        ("names", _words(_as_name), name),
        ("verbs", _words(_as_verb), verb),
        ("adjectives", _words(_as_adjective), adjective),
    )
    print(f"{'kind':12}{'words':>7}{'sentences':>11}{'torn words':>12}{'sentences':>11}")
    with ProcessPoolExecutor() as pool:
        for kind, words, make in kinds:
            found = list(pool.map(make, words[: arguments.words], chunksize=20))
            steady = [one for one in found if one.steady]
            torn = [one for one in steady if one.torn]
            print(
                f"{kind:12}{len(steady):7}{sum(one.frames for one in steady):11}{len(torn):12}"
                f"{sum(len(one.torn) for one in torn):11}"
            )
            if arguments.show:
                for one in torn:
                    print(f"  {one.word}: {' '.join(one.torn)}")


if __name__ == "__main__":
    main()
