"""Readings that the author gives for a part of the text: ruby, and kana in parentheses.

Is an annotation a reading or a gloss? Kana is a reading and is spoken; Latin letters and figures
over a base are a gloss, marks alone are emphasis, kanji over kanji is a gloss too and is reported:
in all three the base is spoken. Parentheses are a reading only when kanji stand directly before
them, they hold kana of one kind alone, the length is plausible, and it is no common aside; other
brackets, which hold choices and feelings too, only when the engine reads the kanji so.
A reading may hold the accent: ' stands after the mora behind which the pitch falls, and before the
first one for a flat word (橋 ハシ', 端 'ハシ).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from sbv2cli import normal_form
from sbv2cli.languages.japanese.engine import analyse
from sbv2cli.languages.japanese.moras import count_moras, katakana
from sbv2cli.languages.japanese.openjtalk import EngineWord
from sbv2cli.languages.japanese.rules.characters import HIRAGANA, KANJI, KATAKANA, LATIN, fold
from sbv2cli.languages.japanese.rules.kana import pronounced
from sbv2cli.languages.japanese.rules.ruby_extent import start_of_name
from sbv2cli.languages.japanese.spans import SpokenSpan
from sbv2cli.patterns import lazy_pattern
from sbv2cli.records import Finding, Ruby

LONGEST_BASE = 40

_KANA_READING = lazy_pattern(f"[{HIRAGANA}{KATAKANA}・ ]+")
_ACCENTED = lazy_pattern(f"[{HIRAGANA}{KATAKANA}ー]*'[{HIRAGANA}{KATAKANA}ー]*")
_HALF_WIDTH = lazy_pattern("[･-ﾟ]+")
_EMPHASIS = lazy_pattern("[・﹅﹆●○◦﹆、ヽ]+")
_GLOSS_LETTERS = lazy_pattern(f"[{LATIN}0-9 .,'&+-]+")
_BRACKETED = lazy_pattern(
    rf"[(\[〔【](?P<r>[{HIRAGANA}][{HIRAGANA}ー]{{,19}}|[{KATAKANA}]{{1,20}})[)\]〕】]"
)
_CLOSING = {"(": ")", "[": "]", "〔": "〕", "【": "】"}
_OKURIGANA = lazy_pattern("[ぁ-ん]{1,4}")
_SMALL = lazy_pattern("[ぁぃぅぇぉゃゅょゎァィゥェォャュョヮ]")
_SAID_ALIKE = str.maketrans("ヲヅヂ", "オズジ")
_BASE_KANJI = lazy_pattern(f"[{KANJI}ヶヵ]{{1,{LONGEST_BASE}}}$")

# Asides in kana that stand in parentheses after a noun and are no reading of it.
_ASIDES = frozenset(
    "まで から など のみ だけ より ほか または および つまり うち うそ わら かな かも ね よ か"
    " は も が を に で と の へ や さん くん ちゃん さま です ます たぶん おそらく いわゆる"
    " なぜか ただし もちろん なお あるいは もしくは"
    " ここ これ それ あれ はい いいえ うん えっ おい ん っ"
    " ママ ナシ アリ メモ マル バツ カッコ".split()
)


# A lone kanji is rather read so (辛(から)すぎる, 我が家(や)), but for those that stand as nouns.
_BEFORE_ASIDES = frozenset("私僕俺君彼誰何今昔次前後中金品")
_HONORIFICS = {"くん": "君", "さま": "様", "さん": "山"}


@dataclass(frozen=True, slots=True)
class Claim:
    """A stretch that is settled before the other rules see the text.

    `base` is to be expanded by the rules when `kana` is None.
    """

    start: int
    end: int
    base: tuple[int, int]
    kana: str | None
    accent: int | None = None
    given: str | None = None  # the reading as the author wrote it, without its accent
    findings: tuple[Finding, ...] = ()


def claims(flat: str, given: Sequence[Ruby] = ()) -> Iterator[Claim]:
    """All readings given by the author, in order, without overlaps.

    A span of `given` that is empty, overlaps the one before or leaves the text is left out.
    """
    at = 0
    for ruby in _joined(sorted(given, key=lambda ruby: ruby.span)):
        start, end = ruby.span
        if not at <= start < end <= len(flat):
            continue
        yield from _in_brackets(flat, at, start)
        yield _settled(flat, ruby)
        at = end
    yield from _in_brackets(flat, at, len(flat))


def _joined(given: Sequence[Ruby]) -> Iterator[Ruby]:
    """Ruby over one kanji each, side by side, is that of one word: 憂《ゆう》鬱《うつ》."""
    waiting: Ruby | None = None
    for ruby in given:
        alone = ruby.span[1] - ruby.span[0] == 1 and _KANA_READING.fullmatch(_annotation(ruby))
        if waiting is not None and alone and waiting.span[1] == ruby.span[0]:
            span = waiting.span[0], ruby.span[1]
            waiting = replace(waiting, span=span, reading=waiting.reading + ruby.reading)
            continue
        if waiting is not None:
            yield waiting
        waiting = ruby if alone else None
        if not alone:
            yield ruby
    if waiting is not None:
        yield waiting


def _in_brackets(flat: str, floor: int, stop: int) -> Iterator[Claim]:
    for found in _BRACKETED.finditer(flat, floor, stop):
        claim = _bracketed(flat, found, max(floor, found.start() - LONGEST_BASE))
        if claim is not None:
            yield claim
            floor = claim.end


def _annotation(ruby: Ruby) -> str:
    """What is written over a base, in one width; half-width kana are whole ones here."""
    folded = fold(ruby.reading).strip()
    return _HALF_WIDTH.sub(lambda found: normal_form.normalize("NFKC", found[0]), folded)


def kana_reading(ruby: Ruby) -> str | None:
    """The annotation where it is a reading, with its accent mark if it has one."""
    annotation = _annotation(ruby)
    if _EMPHASIS.fullmatch(annotation):
        return None
    is_kana = _KANA_READING.fullmatch(annotation) or _ACCENTED.fullmatch(annotation)
    return annotation if is_kana else None


def _settled(flat: str, ruby: Ruby) -> Claim:
    """A base with its annotation."""
    start, end = ruby.span
    annotation = _annotation(ruby)
    if _EMPHASIS.fullmatch(annotation) or _GLOSS_LETTERS.fullmatch(annotation):
        return Claim(start, end, ruby.span, None)
    reading = _reading(annotation, flat[start:end])
    if reading is not None:
        # 七瀬灯《ともり》: the beginning of the base is read as any other text.
        start += start_of_name(flat[start:end], annotation.replace("'", ""))
        return Claim(start, end, (start, end), *reading, given=annotation.replace("'", ""))
    note = Finding(
        code="reading.ruby-gloss",
        severity="warning",
        message=f'"{ruby.reading}" over "{flat[start:end]}" is no reading in kana; '
        "the base is spoken",
        span=ruby.span,
        hint="write the reading in kana",
    )
    return Claim(start, end, ruby.span, None, findings=(note,))


def _reading(written: str, base: str) -> tuple[str, int | None] | None:
    """The kana as it is said and its accent; None when this is no kana."""
    accent = None
    if len(written) > 1 and _ACCENTED.fullmatch(written):
        accent = count_moras(katakana(written.partition("'")[0]))
        written = written.replace("'", "")
    if not _KANA_READING.fullmatch(written):
        return None
    return pronounced(written, verb=base.endswith("う")), accent


def _bracketed(flat: str, found: re.Match[str], floor: int) -> Claim | None:
    opening = flat[found.start()]
    base = _BASE_KANJI.search(flat[floor : found.start()])
    if base is None or flat[found.end() - 1] != _CLOSING[opening]:
        return None
    reading = found["r"]
    behind = _OKURIGANA.match(flat, found.end())
    okurigana = behind.group() if behind else ""
    words = analyse(base.group() + okurigana)
    length = _said_so(base.group(), reading, words)
    if not length and opening == "(":
        length = _covered(base.group(), reading, words)
    if length == 0:
        return None
    start = found.start() - length
    kana, accent = _reading(reading, flat[start : found.start()]) or (None, None)
    return Claim(start, found.end(), (start, found.start()), kana, accent)


def _said_so(base: str, reading: str, words: Sequence[EngineWord]) -> int:
    """How many kanji at the end of `base` the engine reads so; 0 where none are.

    So 山田君(くん) is a reading of 君 alone, and 乗(の)れ is none of the asides.
    """
    said = _plain(pronounced(reading))
    for index, start in enumerate(_starts(words)):
        if start < len(base) and _plain("".join(w.pron for w in words[index:])).startswith(said):
            return len(base) - start
    return 0


def _covered(base: str, reading: str, words: Sequence[EngineWord]) -> int:
    """How many kanji at its end another reading may be for; 0 where it is an aside."""
    if _HONORIFICS.get(reading) == base[-1]:
        return 1
    if reading in _ASIDES and (len(base) > 1 or base in _BEFORE_ASIDES):
        return 0
    moras = len(_SMALL.sub("", reading))
    last = max((start for start in _starts(words) if start < len(base)), default=0)
    for length in (len(base), len(base) - last):
        # A kanji is rarely read with more than four moras (承《うけたまわ》る is five).
        if length <= moras <= max(5, 4 * length):
            return length
    return 0


def _starts(words: Sequence[EngineWord]) -> list[int]:
    """Where words begin, one after another."""
    return [0, *accumulate(len(word.string) for word in words)][:-1]


def _plain(kana: str) -> str:
    return katakana(kana).replace("’", "").translate(_SAID_ALIKE)


def spans(claim: Claim, inner: list[SpokenSpan]) -> list[SpokenSpan]:
    """The claim as spans: `inner` covers the base, what stands behind it is silent."""
    last = claim.base[1]
    if claim.findings:
        inner = [replace(inner[0], findings=(*inner[0].findings, *claim.findings)), *inner[1:]]
    if last == claim.end:
        return inner
    return [*inner, SpokenSpan(start=last, end=claim.end, text="", kind="ruby")]
