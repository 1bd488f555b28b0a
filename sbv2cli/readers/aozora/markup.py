"""One row of an Aozora text -> what a person sees of it, and what its notes say.

Ruby, gaiji, accents and notes lie inside each other, so a row is scanned once from left to right.
Which characters a 《reading》 without ｜ stands over follows the official converter: the longest
run of one class directly before it, which a note and another pair stop.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sbv2cli.patterns import lazy_pattern
from sbv2cli.readers.aozora.bases import base_begin
from sbv2cli.readers.aozora.characters import (
    ACCENT,
    ACCENTS,
    UNKNOWN,
    breathing,
    character_of,
    reading_of,
    repeated,
)
from sbv2cli.readers.aozora.notes import PAGE_BREAKS, Title, block_title, inline_title, title_of
from sbv2cli.records import Ruby

_SPECIAL = lazy_pattern("[※［《》｜〔]")
_SPECIAL_OR_ACCENT = lazy_pattern(f"[※［《》｜〕]|{ACCENT.pattern}")
_READING = lazy_pattern("《([^《》]*)》")
_GIVEN = lazy_pattern("「([^「」]+)」に「([^「」]+)」のルビ")
_IN_BRACKETS = lazy_pattern("〔[^〔〕]*〕?")
# What old files have: a mark that leads to a note behind the text, and notes in place.
_NUMERAL = "[0-9０-９]"
_OLD = f"(?:※{_NUMERAL}+|＊[^［］\n]{{1,200}}|{_NUMERAL}{{1,2}}字下げ[^［］\n]{{0,40}})"
_OLD_NOTE = lazy_pattern(f"［{_OLD}］")
_BRACKETS = lazy_pattern(f"※［|［＃|［{_OLD}］|[「」］]")
_QUOTED_CLOSING = lazy_pattern("］[^「」［］]{0,20}」[はにのとが、］]")
_BLANKS = frozenset(" \t\u3000")
_NO_BASE = frozenset(" \t\u3000、。！？「」『』（）〈〉【】")  # 《 behind it is a bracket
_NEAR = 1000  # characters before a note in which the heading stands that it names
_LOOK_AHEAD = 4  # notes between a base and its reading


@dataclass(slots=True)
class Row:
    """What a row holds."""

    text: str
    ruby: tuple[Ruby, ...] = ()
    places: tuple[tuple[int, int], ...] = ()  # (offset in the text, offset in what was written)
    titles: tuple[tuple[int, int, Title], ...] = ()  # stretches of the text that are headings
    noted: bool = False  # there are notes in it
    page_break: bool = False
    opens: Title | None = None  # a heading of several rows begins with the next row
    closes: bool = False  # and ends here
    unknown: int = 0  # characters that no number names and that carry no reading
    open_note: int | None = None  # where a note begins that has no end


def read_row(written: str) -> Row:
    """What a person sees of a row, and what its notes say; linear in time, never raises."""
    if _SPECIAL.search(written) is None:
        return Row(text=written, places=((0, 0),))
    return _Scan(written).row()


def has_open_note(written: str) -> bool:
    """Whether a note begins in a row and ends in a later one."""
    return "［＃" in written and _unclosed(written) is not None


def _unclosed(written: str) -> int | None:
    ends = _note_ends(written)
    starts = (found.start() for found in re.finditer("［＃", written))
    return next((at for at in starts if at not in ends), None)


def _note_ends(written: str) -> dict[int, int]:
    """Offset of the ［ of each note -> offset behind its ］."""
    ends: dict[int, int] = {}
    open_at: list[int] = []
    quotes: list[int] = []
    for found in _BRACKETS.finditer(written):
        mark = found[0]
        if mark in ("※［", "［＃"):
            open_at.append(found.end() - 1 if mark == "※［" else found.start())
            quotes.append(0)
        elif mark[0] == "［" or not open_at:
            continue
        elif mark == "「":
            quotes[-1] += 1
        elif mark == "」":
            quotes[-1] = max(quotes[-1] - 1, 0)
        elif not (quotes[-1] and _QUOTED_CLOSING.match(written, found.start())):
            ends[open_at.pop()] = found.end()
            quotes.pop()
    return ends


def _has_accent(written: str, ends: Mapping[int, int], at: int, end: int) -> bool:
    """Whether an accent stands in a stretch, and in no note there."""
    while (found := _SPECIAL_OR_ACCENT.search(written, at, end)) is not None:
        if found[0] in ACCENTS:
            return True
        at = ends.get(found.start(), found.end())
    return False


def _before_reading(written: str, ends: Mapping[int, int], at: int) -> bool:
    """Whether 《 follows a note, so that the note belongs to the base."""
    for _ in range(_LOOK_AHEAD):
        if not written.startswith("［＃", at):
            break
        at = ends.get(at, at)
    return written.startswith("《", at)


@dataclass(slots=True)
class _Scan:
    written: str
    shown: list[str] = field(default_factory=list)  # characters
    ruby: list[tuple[int, int, str]] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    floor: int = 0  # no base reaches before it
    bar: int | None = None  # where a ｜ is shown that waits for its 《
    accents_to: int = 0  # offset of the 〕 up to which accents combine
    title: tuple[int, Title] | None = None  # a heading that is open
    given: list[tuple[int, str]] = field(default_factory=list)  # readings of unknown characters
    closes_at: int = -1  # offset of a 》 that ends brackets of the text's own
    base: int | None = None  # where a note says that the base of the next reading begins
    result: Row = field(default_factory=lambda: Row(text=""))
    ends: dict[int, int] = field(init=False)
    titles: list[tuple[int, int, Title]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ends = _note_ends(self.written)

    def row(self) -> Row:
        at = 0
        while at < len(self.written):
            special = _SPECIAL_OR_ACCENT if at < self.accents_to else _SPECIAL
            found = special.search(self.written, at)
            if found is None:
                self.show(self.written[at:], at)
                break
            self.show(self.written[at : found.start()], at)
            at = self.take(found[0], found.start())
        return self.finish()

    def take(self, mark: str, at: int) -> int:
        """What stands at a mark; the offset behind it."""
        if mark == "※" and self.written.startswith("［", at + 1):
            return self.gaiji(at)
        if mark == "［" and self.written.startswith("＃", at + 1):
            return self.note(at)
        if mark == "《":
            return self.reading(at)
        if mark == "〔":
            return self.accented(at)
        end = at + len(mark)
        if mark == "｜":
            self.bar = len(self.shown)
        elif mark == "［" and (found := _OLD_NOTE.match(self.written, at)):
            self.result.noted = True
            mark, end = "", found.end()
        elif mark == "〕" and end == self.accents_to:
            mark = ""
        self.show(ACCENTS.get(mark, mark), at)
        if mark == "》" and at == self.closes_at:
            self.floor = len(self.shown)
        return end

    def show(self, text: str, at: int) -> None:
        """Text that a person sees, and where it is written."""
        if not text:
            return
        shown, place = self.places[-1] if self.places else (0, None)
        if place is None or at - place != len(self.shown) - shown:
            self.places.append((len(self.shown), at))
        self.shown.extend(text)

    def drop_bar(self, bar: int) -> None:
        """The ｜ before a base is not shown; one without a 《 is a character of the text."""
        del self.shown[bar]
        for at in range(len(self.places) - 1, -1, -1):
            shown, written = self.places[at]
            if shown <= bar:
                self.places.insert(at + 1, (bar, written + bar - shown + 1))
                break
            self.places[at] = (shown - 1, written)
        for at in range(len(self.given) - 1, -1, -1):
            shown, reading = self.given[at]
            if shown < bar:
                break
            self.given[at] = (shown - 1, reading)
        if self.title is not None:
            self.title = (self.title[0] - (self.title[0] > bar), self.title[1])

    def gaiji(self, at: int) -> int:
        """※［＃…］: one character."""
        end = self.ends.get(at + 1)
        if end is None:
            self.show(UNKNOWN, at)
            return at + 1
        self.result.noted = True
        description = self.written[at + 2 : end - 1].removeprefix("＃")
        known = character_of(description)
        if known is None:
            reading = reading_of(description)
            self.given.append((len(self.shown), reading or ""))
        self.show(known or UNKNOWN, at)
        return end

    def accented(self, at: int) -> int:
        """〔…〕: brackets around accents go, others are the text's own."""
        found = _IN_BRACKETS.match(self.written, at)
        end = at + 1 if found is None else found.end()
        if _has_accent(self.written, self.ends, at + 1, end):
            self.accents_to = end
        else:
            self.show("〔", at)
        return at + 1

    def reading(self, at: int) -> int:
        """《…》: what stands over the characters before it."""
        found = _READING.match(self.written, at)
        reading = "" if found is None else repeated(plain(found[1])).strip()
        start = self.base_start()
        bare = set(self.shown[start:]) <= (_NO_BASE if self.bar is None else _BLANKS)
        if found is None or not reading or start >= len(self.shown) or bare:
            if found is not None and reading:
                self.closes_at = found.end() - 1
                if self.bar is not None:  # ｜《 is a bracket
                    self.drop_bar(self.bar)
                    self.bar = None
            self.show("《", at)
            return at + 1
        if self.bar is not None:
            self.drop_bar(self.bar)
            start = self.bar
        self.ruby.append((start, len(self.shown), reading))
        self.bar = self.base = None
        self.floor = len(self.shown)
        return found.end()

    def base_start(self) -> int:
        """Where the base of a reading begins that stands here."""
        if self.bar is not None:
            return self.bar + 1
        if self.base is not None:
            return max(self.base, self.floor)
        return base_begin(self.shown, self.floor)

    def note(self, at: int) -> int:
        """［＃…］: never shown; some say what the text before or behind them is."""
        end = self.ends.get(at)
        if end is None:
            if self.result.open_note is None:
                self.result.open_note = at
            self.show("［", at)
            return at + 1
        self.result.noted = True
        self.base = None
        self.obey(self.written[at + 2 : end - 1], end)
        if not _before_reading(self.written, self.ends, end):
            self.floor = len(self.shown)
            self.base = None
        return end

    def obey(self, note: str, end: int) -> None:
        """What a note says of the text; `end` is behind it."""
        if (titled := title_of(note)) is not None:
            name, title = titled
            self.titled(plain(name), title)
        elif (block := block_title(note)) is not None:
            opens, closes = block
            self.result.opens = opens or self.result.opens
            self.result.closes = closes or self.result.closes
        elif (inline := inline_title(note)) is not None:
            title, closes = inline
            self.inline(title, closes=closes)
        elif note in ("割り注", "割り注終わり"):
            self.aside("）" if note.endswith("終わり") else "（", end)
        elif note.split("、", maxsplit=1)[0] in PAGE_BREAKS:
            self.result.page_break = True
        elif found := _GIVEN.fullmatch(note):
            self.give(plain(found[1]), repeated(plain(found[2])).strip())
        elif found := re.match("「(.+?)」", note):
            self.about(found[1], note)
        elif found := re.fullmatch("1-7-(8[2-5])", note):
            self.replace("ワヰヱヲ"[int(found[1]) - 82] + "゛", breathing(found[1]))

    def about(self, quoted: str, note: str) -> None:
        """「…」に傍点 and its like: what they quote is the base of a reading behind them."""
        if quoted == UNKNOWN and (known := character_of(note)) is not None:
            self.replace(UNKNOWN, known)
            return
        name = plain(quoted)
        if name and self.ends_with(name):
            self.base = len(self.shown) - len(name)

    def give(self, base: str, reading: str) -> None:
        """「…」に「…」のルビ: ruby over what stands before, where there is none yet."""
        start = len(self.shown) - len(base)
        if base and reading and self.ends_with(base) and start >= self.floor:
            self.ruby.append((start, len(self.shown), reading))

    def ends_with(self, text: str) -> bool:
        return self.shown[-len(text) :] == list(text)

    def replace(self, text: str, by: str) -> None:
        """Put a character where the text ends with a stand-in for it."""
        if self.ends_with(text):
            start = len(self.shown) - len(text)
            self.shown[start:] = [by]
            while self.given and self.given[-1][0] >= start:
                self.given.pop()
            if self.ruby and self.ruby[-1][1] > len(self.shown):
                begin, _, reading = self.ruby[-1]
                self.ruby[-1] = (min(begin, start), len(self.shown), reading)

    def aside(self, bracket: str, at: int) -> None:
        """割り注 stands in small letters between brackets, whether or not they are typed."""
        typed = self.shown[-1:] == ["（"] or self.written.startswith("）", at)
        if not typed:
            self.shown.append(bracket)

    def titled(self, name: str, title: Title) -> None:
        """「…」は中見出し: text that has been shown is a heading."""
        start = _last_place(self.shown, name) if name else None
        if start is not None and (not self.titles or self.titles[-1][1] <= start):
            self.titles.append((start, start + len(name), title))

    def inline(self, title: Title, *, closes: bool) -> None:
        """［＃中見出し］…［＃中見出し終わり］."""
        if not closes:
            self.title = (len(self.shown), title)
        elif self.title is not None:
            start, opened = self.title
            self.title = None
            if start < len(self.shown):
                self.titles.append((start, len(self.shown), opened))

    def finish(self) -> Row:
        if self.title is not None:
            self.inline(self.title[1], closes=True)
        covered = [False] * len(self.shown)
        for start, end, _ in self.ruby:
            covered[start:end] = [True] * (end - start)
        for start, reading in self.given:
            if start < len(covered) and not covered[start]:
                if reading:
                    self.ruby.append((start, start + 1, reading))
                else:
                    self.result.unknown += 1
        self.result.text = "".join(self.shown)
        self.result.ruby = tuple(
            Ruby(span=(start, end), reading=reading) for start, end, reading in sorted(self.ruby)
        )
        self.result.places = tuple(self.places)
        self.result.titles = tuple(self.titles)
        return self.result


def _last_place(shown: Sequence[str], name: str) -> int | None:
    """Where a name was last shown, not far from the end."""
    near = "".join(shown[-_NEAR:])
    found = near.rfind(name)
    return None if found < 0 else len(shown) - len(near) + found


def plain(written: str) -> str:
    """What a person sees of a few characters, without what stands over them."""
    return written if _SPECIAL.search(written) is None else read_row(written).text
