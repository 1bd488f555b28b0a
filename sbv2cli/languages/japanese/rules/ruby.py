"""Readings that the author gives inside the text: ruby in six notations, and furigana.

Is an annotation a reading or a gloss? Kana is a reading and is spoken; Latin letters and figures
over a base are a gloss, marks alone are emphasis, kanji over kanji is a gloss too and is reported:
in all three the base is spoken. Parentheses are a reading only when kanji stand directly before
them, they hold kana of one kind alone, the length is plausible, and it is no common aside.
A reading may hold the accent: ' stands after the mora behind which the pitch falls, and before the
first one for a flat word (｜橋《ハシ'》, ｜端《'ハシ》).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sbv2cli.languages.japanese.moras import count_moras, katakana
from sbv2cli.languages.japanese.rules.characters import HIRAGANA, KANJI, KATAKANA, LATIN
from sbv2cli.languages.japanese.rules.kana import pronounced
from sbv2cli.languages.japanese.spans import SpokenSpan
from sbv2cli.records import Finding

LONGEST_BASE = 40
LONGEST_READING = 60

_KANA_READING = re.compile(f"[{HIRAGANA}{KATAKANA}・ ]{{1,{LONGEST_READING}}}")
_ACCENTED = re.compile(f"[{HIRAGANA}{KATAKANA}ー]*'[{HIRAGANA}{KATAKANA}ー]*")
_EMPHASIS = re.compile("[・﹅﹆●○◦﹆、ヽ]{1,60}")
_GLOSS_LETTERS = re.compile(f"[{LATIN}0-9 .,'&+-]{{1,{LONGEST_READING}}}")
_OPENERS = re.compile(r"《|[|]|\{|<ruby|【|[(]")
_ANGLE = re.compile(rf"《(?P<r>[^《》\n]{{1,{LONGEST_READING}}})》")
_BARRED = re.compile(
    rf"[|](?P<b>[^|《》\n]{{1,{LONGEST_BASE}}})《(?P<r>[^《》\n]{{1,{LONGEST_READING}}})》"
)
_BARRED_ROUND = re.compile(
    rf"[|](?P<b>[^|《》()\n]{{1,{LONGEST_BASE}}})[(](?P<r>[{HIRAGANA}{KATAKANA}・ ]{{1,20}})[)]"
)
_ESCAPED = re.compile(r"[|](?=[《(])")
_BOUTEN = re.compile(r"《《(?P<b>[^《》\n]{1,200})》》")
_BRACED = re.compile(
    rf"\{{(?P<b>[^{{}}|\n]{{1,{LONGEST_BASE}}})[|](?P<r>[^{{}}|\n]{{1,{LONGEST_READING}}})\}}"
)
_LENTICULAR = re.compile(
    rf"【(?P<b>[^【】|\n]{{1,{LONGEST_BASE}}})[|](?P<r>[^【】|\n]{{1,{LONGEST_READING}}})】"
)
_ROUND = re.compile(rf"[(](?P<r>[{HIRAGANA}]{{1,20}}|[{KATAKANA}]{{1,20}})[)]")
_BASE_KANJI = re.compile(f"[{KANJI}ヶヵ]{{1,{LONGEST_BASE}}}$")
_BASE_LATIN = re.compile(f"[{LATIN}0-9Α-Ωα-ωА-Яа-я]{{1,{LONGEST_BASE}}}$")
_TAG = re.compile(r"<(?P<close>/?)(?P<name>ruby|rb|rt|rp|rtc)(?: [^<>]{0,100})?>")

# Asides in kana that stand in parentheses after a noun and are no reading of it.
_ASIDES = frozenset(
    "まで から など のみ だけ より ほか または および つまり うち うそ わら かな かも ね よ か"
    " は も が を に で と の へ や さん くん ちゃん さま です ます たぶん おそらく いわゆる"
    " なぜか ただし もちろん なお あるいは もしくは"
    " ここ これ それ あれ はい いいえ うん えっ おい ん っ"
    " ママ ナシ アリ メモ マル バツ カッコ".split()
)


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
    findings: tuple[Finding, ...] = ()


def claims(flat: str) -> list[Claim]:
    """All readings given by the author, in order, without overlaps."""
    found: list[Claim] = []
    floor = 0  # nothing before this may be taken again
    at = 0
    while (opener := _OPENERS.search(flat, at)) is not None:
        at = opener.start()
        claimed = _claim(flat, at, max(floor, at - LONGEST_BASE))
        if claimed:
            found += claimed
            floor = at = claimed[-1].end
        else:
            at = opener.end()
    return found


def _claim(flat: str, at: int, floor: int) -> list[Claim]:
    letter = flat[at]
    if letter == "《":
        return _angle(flat, at, floor)
    if letter == "|":
        return _bar(flat, at)
    if letter == "<":
        return _tagged(flat, at)
    if letter == "(":
        return _round(flat, at, floor)
    found = (_BRACED if letter == "{" else _LENTICULAR).match(flat, at)
    return [_settled(flat, found, found.span("b"))] if found else []


def _angle(flat: str, at: int, floor: int) -> list[Claim]:
    bouten = _BOUTEN.match(flat, at)
    if bouten:
        return [Claim(at, bouten.end(), bouten.span("b"), None)]
    found = _ANGLE.match(flat, at)
    if found is None:
        return []
    base = _BASE_KANJI.search(flat[floor:at])
    if base is None and _KANA_READING.fullmatch(found["r"]):
        base = _BASE_LATIN.search(flat[floor:at])
    if base is None or found["r"].startswith(" "):
        return []
    start = floor + base.start()
    return [_settled(flat, found, (start, at))]


def _bar(flat: str, at: int) -> list[Claim]:
    escaped = _ESCAPED.match(flat, at)
    if escaped:
        # The bar goes, the bracket stays what it is.
        return [Claim(at, at + 2, (at + 1, at + 2), None)]
    found = _BARRED.match(flat, at) or _BARRED_ROUND.match(flat, at)
    return [_settled(flat, found, found.span("b"))] if found else []


def _settled(flat: str, found: re.Match[str], base: tuple[int, int]) -> Claim:
    """A base with its annotation; `found` ends where the annotation ends."""
    start = min(found.start(), base[0])
    annotation = found["r"]
    if _EMPHASIS.fullmatch(annotation) or _GLOSS_LETTERS.fullmatch(annotation):
        return Claim(start, found.end(), base, None)
    reading = _reading(annotation, flat[slice(*base)])
    if reading is not None:
        return Claim(start, found.end(), base, *reading)
    note = Finding(
        code="reading.ruby-gloss",
        severity="warning",
        message=f'"{annotation}" over "{flat[base[0] : base[1]]}" is no reading in kana; '
        "the base is spoken",
        span=(start, found.end()),
        hint="write the reading in kana",
    )
    return Claim(start, found.end(), base, None, findings=(note,))


def _reading(written: str, base: str) -> tuple[str, int | None] | None:
    """The kana as it is said and its accent; None when this is no kana."""
    accent = None
    if len(written) > 1 and _ACCENTED.fullmatch(written):
        accent = count_moras(katakana(written.partition("'")[0]))
        written = written.replace("'", "")
    if not _KANA_READING.fullmatch(written):
        return None
    return pronounced(written, verb=base.endswith("う")), accent


def _round(flat: str, at: int, floor: int) -> list[Claim]:
    found = _ROUND.match(flat, at)
    base = _BASE_KANJI.search(flat[floor:at]) if found else None
    if found is None or base is None:
        return []
    reading = found["r"]
    moras = len(re.sub("[ぁぃぅぇぉゃゅょゎァィゥェォャュョヮ]", "", reading))
    length = len(base.group())
    # A kanji is rarely read with more than four moras (承《うけたまわ》る is five).
    if reading in _ASIDES or not length <= moras <= max(5, 4 * length):
        return []
    return [_settled(flat, found, (floor + base.start(), at))]


def _tagged(flat: str, at: int) -> list[Claim]:
    """<ruby>base<rp>(</rp><rt>reading</rt>…</ruby>, also with several pairs, rb or no end tags."""
    limit = min(len(flat), at + 2000)
    end = flat.find("</ruby>", at, limit)
    if end < 0:
        return []
    pieces: dict[str, list[tuple[int, int]]] = {"base": [], "rt": []}
    state = ""
    position = at
    for tag in _TAG.finditer(flat, at, end + len("</ruby>")):
        if tag.start() > position and state in ("base", "rt"):
            pieces[state].append((position, tag.start()))
        position = tag.end()
        closing = bool(tag["close"])
        state = "base" if closing or tag["name"] in ("ruby", "rb") else tag["name"]
    pairs = list(zip(pieces["base"], pieces["rt"], strict=False))
    bases = pieces["base"]
    if not bases:
        return []
    settled = []
    start = at
    for index, base in enumerate(bases):
        last = index + 1 == len(bases)
        stop = end + len("</ruby>") if last else bases[index + 1][0]
        written = flat[slice(*base)].strip()
        reading = flat[slice(*pairs[index][1])].strip() if index < len(pairs) else ""
        settled.append(Claim(start, stop, base, *(_reading(reading, written) or (None,))))
        start = stop
    return settled


def spans(claim: Claim, inner: list[SpokenSpan]) -> list[SpokenSpan]:
    """The claim as spans: silent marks around the base; `inner` covers the base."""
    first, last = claim.base
    around = []
    if claim.start < first:
        around.append(
            SpokenSpan(start=claim.start, end=first, text="", kind="ruby", findings=claim.findings)
        )
    around += inner
    if last < claim.end:
        findings = claim.findings if claim.start == first else ()
        around.append(
            SpokenSpan(start=last, end=claim.end, text="", kind="ruby", findings=findings)
        )
    return around
