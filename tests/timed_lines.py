"""Lines on a time line, made up: every character is a word of two phones of 100 ms each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sbv2cli.languages.sentences import split_sentences
from sbv2cli.records import Ruby
from sbv2cli.writers import timeline
from sbv2cli.writers.timeline import ExportOptions, TimedLine, Track

OPTIONS = ExportOptions(split_sentences=partial(split_sentences, inside_quotes=True))
LONG = (
    "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。"
    "何でも薄暗いじめじめした所でニャーニャー泣いていた事だけは記憶している。"
)


def line(
    text: str, *, at: float = 0.0, character: str | None = None, ruby: tuple[Ruby, ...] = ()
) -> TimedLine:
    """A line with 100 ms of silence around it."""
    spans, words = [("_", 0.0, 0.1)], []
    for index, _ in enumerate(text):
        begin = round(0.1 + 0.2 * index, 6)
        spans += [("k", begin, round(begin + 0.1, 6)), ("a", round(begin + 0.1, 6), begin + 0.2)]
        words.append((index, index + 1, begin, round(begin + 0.2, 6)))
    end = round(0.2 + 0.2 * len(text), 6)
    spans.append(("_", round(end - 0.1, 6), end))
    moras = tuple(("カ", start, stop) for _, _, start, stop in words)
    found = TimedLine(
        id="a",
        text=text,
        character=character,
        ruby=ruby,
        start=0,
        end=end,
        phones=tuple((p, round(s, 6), round(e, 6)) for p, s, e in spans),
        moras=moras,
        words=tuple(words),
    )
    return timeline.moved(found, at)


TWO = [line("おはよう", character="太郎 A"), line('「a" & <b> --> c」', at=2.5)]
TOTAL = 8.0


def track(lines: Sequence[TimedLine], seconds: float, sound: str = "a.wav") -> Track:
    return Track(lines=lines, seconds=seconds, sound=sound)


def spoken(phones: str, step: float = 0.1, language: str = "ja") -> Track:
    """A sound of these phones, each as long as `step`."""
    names = phones.split()
    edges = [round(index * step, 6) for index in range(len(names) + 1)]
    spans = tuple(zip(names, edges, edges[1:], strict=False))
    one = TimedLine(id="a", text="", start=0, end=edges[-1], language=language, phones=spans)
    return track([one], edges[-1])
