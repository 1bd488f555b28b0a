"""What the timings beside a sound say of its reading: moras, words, and the notation of both."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sbv2cli.languages.japanese.corrections import notation_of
from sbv2cli.proof import line
from sbv2cli.records import Reading, Word

_NOTHING = 3e-6  # seconds that rounding may add up to
_EDGE = "_"
_FEWEST = 5  # moras; the numbers of an exclamation say nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenMoras:
    """The moras of a sound, in order."""

    times: tuple[tuple[float, float], ...] = ()  # seconds
    words: tuple[line.Word, ...] = ()

    def measures(self) -> dict[str, float]:
        """Moras per second of speech, the longest mora and the longest pause between two."""
        if len(self.times) < _FEWEST:
            return {}
        lengths = [end - start for start, end in self.times]
        gaps = [
            start - end for (_, end), (start, _) in zip(self.times, self.times[1:], strict=False)
        ]
        return {
            "speed": len(lengths) / max(sum(lengths), _NOTHING),
            "mora": max(lengths),
            "pause": max(gaps),
        }


def spoken_moras(sidecar: Any) -> SpokenMoras:
    """What a sidecar says; a damaged one says nothing."""
    try:
        moras = [(float(start), float(end)) for _, start, end, *_ in sidecar.get("moras", ())]
        starts = [start for start, _ in moras]
        words = tuple(
            (int(first), int(last), begin, until)
            for first, last, start, end in sidecar.get("chars", ())
            if (begin := bisect_left(starts, start - _NOTHING))
            < (until := bisect_left(starts, end - _NOTHING))
        )
    except (TypeError, ValueError, AttributeError):
        return SpokenMoras()
    return SpokenMoras(times=tuple(moras), words=words)


def notation(sidecar: Any) -> str | None:
    """The reading that was spoken, in the notation of `--reading`; `None` where it is no kana."""
    try:
        words = tuple(_words(sidecar["phones"], sidecar["moras"], sidecar["chars"]))
    except (TypeError, ValueError, KeyError, IndexError):
        return None
    if not any(word.kana for word in words):
        return None
    reading = Reading(
        language="ja",
        text="",
        normalised="",
        model_text="",
        phones=(),
        tones=(),
        phones_per_token=(),
        words=words,
    )
    return notation_of(reading)


def _words(phones: Sequence[Any], moras: Sequence[Any], chars: Sequence[Any]) -> Iterator[Word]:
    """A word for each word of the text, and for each mark between them."""
    borders = sorted({float(start) for _, _, start, _ in chars})
    mora = 0
    held: list[tuple[str, str, int]] = []  # kana on the first phone of a mora, phone, tone

    def word() -> Word:
        return Word(
            surface="",
            span=(0, 0),
            spoken="x",
            kana="".join(kana for kana, _, _ in held) or None,
            phones=tuple(phone for _, phone, _ in held),
            tones=tuple(tone for _, _, tone in held),
            phones_per_token=(),
        )

    for phone, start, end in phones:
        at_border = bisect_left(borders, start - _NOTHING) < bisect_left(borders, start + _NOTHING)
        if held and at_border:
            yield word()
            held.clear()
        while mora < len(moras) and moras[mora][2] < end - _NOTHING:
            mora += 1
        inside = mora < len(moras) and moras[mora][1] <= start + _NOTHING
        if inside:
            kana, begins, _, high = moras[mora]
            held.append((kana if abs(begins - start) <= _NOTHING else "", phone, int(high)))
        elif phone != _EDGE:
            held.append(("", phone, 0))
    if held:
        yield word()
