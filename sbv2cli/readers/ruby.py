"""Notations of ruby -> the text that a person sees, and the readings over it as spans.

A notation is a row of `NOTATIONS`: the forms that are looked for, each at the character it begins
with. What is no form stays in the text as it is. Whether an annotation is a reading or a gloss is
not decided here: the language does that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import itemgetter
from typing import Any

from sbv2cli.patterns import lazy_pattern
from sbv2cli.readers.format import DEFAULTS, ReaderOptions
from sbv2cli.records import Ruby, Span

LONGEST_BASE = 40
LONGEST_READING = 200  # the longest in the books of Aozora Bunko has 119 characters
_LONGEST_TAGGED = 2000

# What can carry ruby without a bar: Aozora Bunko's converter goes by these classes.
_KANJI = "々〆〇〻仝㐀-䶿一-鿿豈-龎𠀀-𳑿"
_HIRAGANA, _KATAKANA = "ぁ-ゖゝゞ", "ァ-ヺーヽヾ"
_LATIN = "A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ"
_KANA = lazy_pattern(f"[{_HIRAGANA}{_KATAKANA}・ \u3000]+")

ANCHOR, SEPARATOR, END = "\ufff9", "\ufffa", "\ufffb"
"""Unicode's own marks for ruby. No person types them: readers of formats with elements for ruby
put them into a text that is still to be cut into lines, and every notation knows them."""

_FULL_WIDTH = str.maketrans({chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)})


Place = tuple[int, int]
"""(offset in the text that is shown, offset in the one that was written) of a piece of text."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A text as a person sees it."""

    text: str
    ruby: tuple[Ruby, ...] = ()
    places: tuple[Place, ...] = ()  # of the pieces that are shown, in order


@dataclass(frozen=True, slots=True)
class _Found:
    """A stretch of markup: of it only `bases` stay in the text, each with its annotation."""

    start: int
    end: int
    bases: tuple[tuple[Span, str | None], ...]


# (text, text in one width, place, first place that may still be taken) -> what stands there.
_Form = Callable[[str, str, int, int], "_Found | None"]


def _pattern(opening: str, base: str, bar: str, closing: str) -> re.Pattern[str]:
    not_these = f"[^{base}\n]"
    return lazy_pattern(
        f"{opening}(?P<b>{not_these}{{1,{LONGEST_BASE}}}){bar}"
        f"(?P<r>{not_these}{{1,{LONGEST_READING}}}){closing}"
    )


_BARRED = _pattern("[|]", "|《》", "《", "》")
_BRACED = _pattern(r"\{", "{}|", "[|]", r"\}")
_LENTICULAR = _pattern("【", "【】|", "[|]", "】")
_PIXIV = lazy_pattern(
    rf"\[\[rb:[ \u3000]?(?P<b>[^\[\]>\n]{{1,{LONGEST_BASE}}}?)[ \u3000]?>[ \u3000]?"
    rf"(?P<r>[^\[\]>\n]{{1,{LONGEST_READING}}})\]\]"
)
_ALPHAPOLIS = lazy_pattern(
    rf"#(?P<b>[^#_\n]{{1,{LONGEST_BASE}}})__(?P<r>[^#_\n]{{1,{LONGEST_READING}}})__#"
)
# Of games: <ruby=かんじ>漢字</ruby>, \\r[漢字,かんじ], [漢字|かんじ].
_VALUED_TAG = lazy_pattern(
    rf"<(?P<tag>ruby|rb|r)(?: +text)? *= *[\"']?(?P<r>[^<>\"'\n]{{1,{LONGEST_READING}}})[\"']?>"
    rf"(?P<b>[^<>\n]{{1,{LONGEST_BASE}}})</(?P=tag)>"
)
_CODE = lazy_pattern(
    rf"\\(?:r|R|rb|RB|ruby)\[(?P<b>[^\[\],|\n]{{1,{LONGEST_BASE}}})[,|]"
    rf"(?P<r>[^\[\],|\n]{{1,{LONGEST_READING}}})\]"
)
# Over kanji alone: [行く|やめる] are words to choose from.
_SQUARE = lazy_pattern(
    rf"\[(?P<b>[{_KANJI}ヶヵ]{{1,{LONGEST_BASE}}})[|]"
    rf"(?P<r>[{_HIRAGANA}{_KATAKANA}・ \u3000]{{1,{LONGEST_READING}}})\]"
)
_TEXT_TAGS = _pattern(r"\{rb\}", "{}", r"\{/rb\}\{rt\}", r"\{/rt\}")
_INTERLINEAR = lazy_pattern(
    f"{ANCHOR}(?P<b>[^{ANCHOR}{SEPARATOR}{END}]*){SEPARATOR}(?P<r>[^{ANCHOR}{SEPARATOR}{END}]*){END}"
)
_ANGLE = lazy_pattern(rf"《(?P<r>[^《》\n]{{1,{LONGEST_READING}}})》")
_DOTTED = lazy_pattern(r"《《(?P<b>[^《》\n]{1,200})》》")
_ESCAPED = lazy_pattern(r"[|](?=[《(])")
_KANA_20 = rf"[{_HIRAGANA}{_KATAKANA}・ \u3000]{{1,20}}"  # Narou takes no longer ones
_ROUND = lazy_pattern(rf"[(](?P<r>{_KANA_20})[)]")
_SHORT_ANGLE = lazy_pattern(rf"《(?P<r>{_KANA_20})》")
_BARRED_ROUND = lazy_pattern(rf"[|](?P<b>[^|《》()\n]{{1,{LONGEST_BASE}}})[(](?P<r>{_KANA_20})[)]")
# Of two 《 the inner one opens the reading.
_BARRED_NESTED = lazy_pattern(
    rf"[|](?P<b>[^|》\n]{{1,{LONGEST_BASE}}})《(?P<r>[^《》\n]{{1,{LONGEST_READING}}})》"
)
_MEMO = lazy_pattern(r"\[[^\[\]\n]{0,2000}\]")
_TAG = lazy_pattern(r"<(?P<close>/?)(?P<name>ruby|rb|rt|rp|rtc)(?: [^<>]{0,100})?>")

_KANJI_RUN = lazy_pattern(f"[{_KANJI}ヶヵ]{{1,{LONGEST_BASE}}}$")
_LATIN_RUN = lazy_pattern(f"[{_LATIN}0-9Α-Ωα-ωА-Яа-я]{{1,{LONGEST_BASE}}}$")
# 々 is no kanji for Narou's parentheses, and 〇 and figures carry no ruby at all.
_NAROU_ROUND_RUN = lazy_pattern(f"[㐀-䶿一-鿿豈-龎𠀀-𳑿{_LATIN}]{{1,{LONGEST_BASE}}}$")
_NAROU_RUN = lazy_pattern(f"(?:[々㐀-䶿一-鿿豈-龎𠀀-𳑿]|[{_LATIN}]){{1,{LONGEST_BASE}}}$")
_GAP = lazy_pattern("[ \u3000]")
_WHOLE = lazy_pattern(f"(?P<b>[^《》｜|\n]+)《(?P<r>[{_HIRAGANA}{_KATAKANA}・ \u3000]+)》")
_NAMES_KANA = lazy_pattern("[ぁ-ゖ]")
_TO_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
_CLASS_RUNS = (
    _KANJI_RUN,
    lazy_pattern(f"[{_HIRAGANA}]+$"),
    lazy_pattern(f"[{_KATAKANA}ヴ]+$"),
    lazy_pattern("[０-９Ａ-Ｚａ-ｚΑ-Ωα-ωА-Яа-я−＆’，．]+$"),
    lazy_pattern("[A-Za-z0-9#&',-]+[.;\"?!)]*$"),
)


def read_ruby(text: str, notation: str = "auto") -> tuple[str, tuple[Ruby, ...]]:
    """The text without its notation, and what stood over it; linear in time, never raises."""
    shown = _shown(text, notation)
    return shown.text, shown.ruby


def _shown(text: str, notation: str) -> Shown:
    forms, opener = _TABLE[notation]
    if opener.search(text) is None:
        return Shown(text)
    flat = text.translate(_FULL_WIDTH)
    shown: list[str] = []
    ruby: list[Ruby] = []
    places: list[Place] = []
    at = floor = length = 0
    while (opening := opener.search(text, at)) is not None:
        at = opening.start()
        found = _first(forms[flat[at]], text, flat, at, floor)
        if found is None:
            at += 1
            continue
        shown.append(text[floor : found.start])
        places.append((length, floor))
        length += found.start - floor
        for (start, end), annotation in found.bases:
            if annotation and start < end:
                span = (length, length + end - start)
                ruby.append(Ruby(span=span, reading=annotation))
            shown.append(text[start:end])
            places.append((length, start))
            length += end - start
        at = floor = found.end
    shown.append(text[floor:])
    places.append((length, floor))
    return Shown("".join(shown), tuple(ruby), tuple(places))


def take_ruby(
    text: str, language: str | None, options: ReaderOptions = DEFAULTS
) -> tuple[str, tuple[Ruby, ...]]:
    """A text and what stands over it, as the options want it for a text in this language."""
    shown = shown_text(text, language, options)
    return shown.text, shown.ruby


def shown_text(text: str, language: str | None, options: ReaderOptions = DEFAULTS) -> Shown:
    """What a person sees of a text in this language, as the options want it."""
    notation = options.markup
    if notation == "auto" and (language or options.language) != "ja":
        notation = "plain"  # 《》 are quotation marks in Chinese, braces are braces in English
    shown = _shown(text, notation)
    return shown if options.ruby != "base" else replace(shown, ruby=())


def read_aloud(text: str, ruby: Sequence[Ruby]) -> str | None:
    """A text with its readings in place of what they stand over; `None` where there are none."""
    reading, end = "", 0
    for one in ruby:
        reading += text[end : one.span[0]] + one.reading
        end = one.span[1]
    return (reading + text[end:]).strip() if ruby else None


def whole_reading(written: str) -> tuple[str, str] | None:
    """(name, reading) where what stands in 《》 at the end is the reading of all before it.

    灰色の塔《はいいろのとう》: the kana of the name come again in it. In 灰色の塔《とう》 they do
    not, so that it is ruby over 塔.
    """
    found = _WHOLE.fullmatch(written.strip())
    if found is None:
        return None
    said = iter(found["r"].translate(_TO_HIRAGANA))
    kana = _NAMES_KANA.findall(found["b"].translate(_TO_HIRAGANA))
    return (found["b"], found["r"]) if all(one in said for one in kana) else None


def interlinear(base: str, reading: str) -> str:
    """A base with its reading in Unicode's own marks."""
    return f"{ANCHOR}{base}{SEPARATOR}{reading}{END}"


def may_hold_ruby(text: str) -> bool:
    """Whether a text could be taken for one with ruby notation in it."""
    return _TABLE["auto"][1].search(text) is not None


def ruby_as_json(ruby: Iterable[Ruby], *, carried: bool = False) -> list[dict[str, Any]]:
    """The value of the key `ruby` of a line record; of the key `carried` if that is asked for."""
    return [
        {"start": one.span[0], "end": one.span[1], "reading": one.reading}
        for one in ruby
        if one.carried == carried
    ]


def _first(forms: Sequence[_Form], text: str, flat: str, at: int, floor: int) -> _Found | None:
    for form in forms:
        found = form(text, flat, at, max(floor, at - LONGEST_BASE))
        if found is not None:
            return found
    return None


# ---- forms ---------------------------------------------------------------------------------------


def _matched(pattern: re.Pattern[str]) -> _Form:
    """A form whose base and annotation both stand inside its marks."""

    def form(text: str, flat: str, at: int, floor: int) -> _Found | None:
        del floor
        found = pattern.match(flat, at)
        return found and _Found(at, found.end(), ((found.span("b"), _annotation(text, found)),))

    return form


def _annotation(text: str, found: re.Match[str]) -> str:
    return text[slice(*found.span("r"))].strip()


def _behind(text: str, found: re.Match[str], base: re.Match[str], floor: int) -> _Found:
    start, end = floor + base.start(), found.start()
    return _Found(start, found.end(), (((start, end), _annotation(text, found)),))


def _angle(text: str, flat: str, at: int, floor: int) -> _Found | None:
    """漢字《かんじ》; over Latin letters kana only."""
    found = _ANGLE.match(flat, at)
    if found is None or found["r"].startswith((" ", "\u3000")):
        return None
    base = _KANJI_RUN.search(flat[floor:at])
    if base is None and _KANA.fullmatch(found["r"]):
        base = _LATIN_RUN.search(flat[floor:at])
    return base and _behind(text, found, base, floor)


def _angle_by_class(text: str, flat: str, at: int, floor: int) -> _Found | None:
    """Aozora Bunko: the longest run of one class of characters."""
    found = _ANGLE.match(flat, at)
    if found is None:
        return None
    runs = (run.search(text[floor:at]) for run in _CLASS_RUNS)
    base = next((run for run in runs if run), None)
    return base and _behind(text, found, base, floor)


def _angle_kanji(text: str, flat: str, at: int, floor: int) -> _Found | None:
    """Kakuyomi: any reading, over kanji alone."""
    found = _ANGLE.match(flat, at)
    base = found and _KANJI_RUN.search(flat[floor:at])
    return _behind(text, found, base, floor) if found and base else None


def _angle_kana(text: str, flat: str, at: int, floor: int) -> _Found | None:
    """Narou: without a bar readings in kana alone."""
    del text
    return _over_runs(flat, _SHORT_ANGLE.match(flat, at), _NAROU_RUN, floor)


def _round(text: str, flat: str, at: int, floor: int) -> _Found | None:
    """Narou: 漢字(かんじ)."""
    del text
    return _over_runs(flat, _ROUND.match(flat, at), _NAROU_ROUND_RUN, floor)


def _over_runs(
    flat: str, found: re.Match[str] | None, run: re.Pattern[str], floor: int
) -> _Found | None:
    """Kana over the run before it; over two runs with a blank between where it has one as well."""
    if found is None or not found["r"].strip() or _GAP.match(found["r"]):
        return None
    reading = found["r"].rstrip()
    parts = _GAP.split(reading)
    spans: list[Span] = []
    end = found.start()
    while len(spans) < len(parts) and (base := run.search(flat, floor, end)) is not None:
        spans.append((base.start(), end))
        end = base.start() - 1
        if end < floor or not _GAP.match(flat, end):
            break
    if not spans:
        return None
    if len(spans) < len(parts):  # 山田太郎(やまだ　たろう)
        return _Found(spans[0][0], found.end(), ((spans[0], reading),))
    spans.reverse()
    if "\u3000" in reading:  # Narou splits at blanks of half width alone
        return _Found(spans[0][0], found.end(), (((spans[0][0], spans[-1][1]), reading),))
    gaps = [((left[1], right[0]), None) for left, right in pairwise(spans)]
    pairs = [*zip(spans, parts, strict=True), *gaps]
    return _Found(spans[0][0], found.end(), tuple(sorted(pairs, key=itemgetter(0))))


def _escaped(text: str, flat: str, at: int, floor: int) -> _Found | None:
    """｜《: the bar goes, the bracket stays what it is."""
    del text, floor
    return _Found(at, at + 2, (((at + 1, at + 2), None),)) if _ESCAPED.match(flat, at) else None


def _dotted(text: str, flat: str, at: int, floor: int) -> _Found | None:
    """《《text》》: emphasis dots over each character."""
    del text, floor
    found = _DOTTED.match(flat, at)
    return found and _Found(at, found.end(), ((found.span("b"), None),))


def _memo(text: str, flat: str, at: int, floor: int) -> _Found | None:
    """VOICEVOX: [a note that is not spoken]."""
    del text, floor
    found = _MEMO.match(flat, at)
    return found and _Found(at, found.end(), ())


def _tagged(text: str, flat: str, at: int, floor: int) -> _Found | None:
    """<ruby>base<rp>(</rp><rt>reading</rt>…</ruby>, also with several pairs, rb or no end tags."""
    del floor
    if _TAG.match(flat, at) is None:
        return None
    end = flat.find("</ruby>", at, at + _LONGEST_TAGGED)
    if end < 0:
        return None
    bases: list[Span] = []
    readings: list[str] = []
    state, position = "", at
    for tag in _TAG.finditer(flat, at, end + len("</ruby>")):
        inner = text[position : tag.start()]
        if inner and state == "base":
            bases.append((position, tag.start()))
        elif inner and state == "rt":
            readings.append(inner.strip())
        position = tag.end()
        state = "base" if tag["close"] or tag["name"] in ("ruby", "rb") else tag["name"]
    # White space between the tags of a file that is laid out nicely is no base.
    bases = [base for base in bases if text[slice(*base)].strip()]
    padded = [*readings, *[""] * len(bases)]
    pairs = ((base, reading or None) for base, reading in zip(bases, padded, strict=False))
    return _Found(at, end + len("</ruby>"), tuple(pairs)) if bases else None


# ---- the table -----------------------------------------------------------------------------------

_bar = _matched(_BARRED)
_ROWS: Mapping[str, Mapping[str, tuple[_Form, ...]]] = {
    "auto": {
        "《": (_dotted, _angle),
        "|": (_escaped, _bar, _matched(_BARRED_ROUND)),
        "{": (_matched(_TEXT_TAGS), _matched(_BRACED)),
        "【": (_matched(_LENTICULAR),),
        "<": (_tagged, _matched(_VALUED_TAG)),
        "[": (_matched(_PIXIV), _matched(_SQUARE)),
        "\\": (_matched(_CODE),),
        "#": (_matched(_ALPHAPOLIS),),
    },
    "plain": {},
    "aozora": {"《": (_angle_by_class,), "|": (_bar,)},
    "kakuyomi": {"《": (_dotted, _angle_kanji), "|": (_escaped, _bar)},
    "narou": {
        "《": (_angle_kana,),
        "|": (_escaped, _matched(_BARRED_NESTED), _matched(_BARRED_ROUND)),
        "(": (_round,),
    },
    "renpy": {"【": (_matched(_LENTICULAR),), "{": (_matched(_TEXT_TAGS),)},
    "voicevox": {"{": (_matched(_BRACED),), "[": (_memo,)},
}
NOTATIONS: tuple[str, ...] = tuple(_ROWS)
"""What `--markup` may name; `auto` knows what cannot be meant otherwise."""


# What has to follow a mark that stands in many texts without ruby.
_AHEAD = {
    ("auto", "["): r"(?=[\[［][rｒ][bｂ]|[^\[\]［］|｜\n]{1,40}[|｜])",
    ("auto", "#"): "(?=[^#＃_＿\n]{1,40}[_＿]{2})",
    ("auto", "\\"): r"(?=[rRｒＲ][\[［bBuｂＢｕ])",
}


def _wide(opening: str) -> str:
    return re.escape(opening) + (chr(ord(opening) + 0xFEE0) if opening.isascii() else "")


def _opener(name: str, row: Mapping[str, tuple[_Form, ...]]) -> re.Pattern[str]:
    alone = "".join(_wide(mark) for mark in row if (name, mark) not in _AHEAD)
    followed = [f"[{_wide(mark)}]{_AHEAD[name, mark]}" for mark in row if (name, mark) in _AHEAD]
    return lazy_pattern("|".join((f"[{ANCHOR}{alone}]", *followed)))


_TABLE = {
    name: (
        {**row, ANCHOR: (_matched(_INTERLINEAR),)},
        _opener(name, row),
    )
    for name, row in _ROWS.items()
}
