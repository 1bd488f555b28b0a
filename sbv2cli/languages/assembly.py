"""Puts words together to a reading, the same way for English and Chinese."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain

from sbv2cli.records import Finding, Reading, Span, Word

EDGE = "_"


@lru_cache(maxsize=1024)
def spread(phones: int, tokens: int) -> tuple[int, ...]:
    """`phones` over `tokens` as evenly as can be, the first ones getting one more."""
    if tokens == 0:
        return ()
    each, extra = divmod(phones, tokens)
    return (each + 1,) * extra + (each,) * (tokens - extra)


def word(
    text: str,
    span: Span,
    spoken: str,
    sounds: Sequence[tuple[str, int]],
    per_token: Sequence[int],
) -> Word:
    """A word said as `sounds`: phones with their tones."""
    return Word(
        surface=text[slice(*span)],
        span=span,
        spoken=spoken,
        kana=None,
        phones=tuple(phone for phone, _ in sounds),
        tones=tuple(tone for _, tone in sounds),
        phones_per_token=tuple(per_token),
    )


def join_overlapping(text: str, words: Iterable[Word], glue: str) -> tuple[Word, ...]:
    """One word for words that stand for the same characters of the author ("$5": five dollars)."""
    groups: list[list[Word]] = []
    reached = -1
    for new in words:
        if groups and new.span[0] < reached:
            groups[-1].append(new)
        else:
            groups.append([new])
        reached = max(reached, new.span[1])
    return tuple(group[0] if len(group) == 1 else _one(text, group, glue) for group in groups)


def _one(text: str, group: Sequence[Word], glue: str) -> Word:
    span = (min(word.span[0] for word in group), max(word.span[1] for word in group))
    return Word(
        surface=text[slice(*span)],
        span=span,
        spoken=glue.join(word.spoken for word in group if word.spoken),
        kana=None,
        phones=tuple(chain.from_iterable(word.phones for word in group)),
        tones=tuple(chain.from_iterable(word.tones for word in group)),
        phones_per_token=tuple(chain.from_iterable(word.phones_per_token for word in group)),
    )


def reading(
    language: str,
    text: str,
    normalised: str,
    words: Sequence[Word],
    findings: Iterable[Finding] = (),
) -> Reading:
    """The words between edge marks; the BERT is given `normalised`."""
    made = Reading(
        language=language,
        text=text,
        normalised=normalised,
        model_text=normalised,
        phones=(EDGE, *chain.from_iterable([word.phones for word in words]), EDGE),
        tones=(0, *chain.from_iterable([word.tones for word in words]), 0),
        phones_per_token=(1, *chain.from_iterable([word.phones_per_token for word in words]), 1),
        words=tuple(words),
        findings=tuple(findings),
    )
    assert sum(made.phones_per_token) == len(made.phones) == len(made.tones)
    return made
