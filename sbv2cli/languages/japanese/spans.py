"""The record between the rules that rewrite a text and the reader that says it.

`rules.expand` cuts the author's text into spans and decides for each what the engine gets;
`reader.read_better` makes phones of them. Spans tile the text: each begins where the one before
ends.
"""

from __future__ import annotations

from dataclasses import dataclass

from sbv2cli.records import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenSpan:
    """A stretch of the author's text and what is said for it."""

    start: int  # half-open range of code points in the author's text
    end: int
    text: str  # what engine and BERT get, already normalised; "" is silent
    kana: str | None = None  # a decided reading in katakana; it wins over the engine
    accent: int | None = None  # mora after which the pitch falls, from 1; 0 flat; None: engine's
    whole_word: bool = False  # the reading gives way where the engine has a longer word here
    kind: str = "text"  # the rule that made it: "number", "date", "latin", "ruby", "dictionary", …
    given: str | None = None  # of a ruby: its kana as it is written (kana has it as it is said)
    findings: tuple[Finding, ...] = ()
