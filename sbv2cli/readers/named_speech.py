"""Who speaks, where a text says it before what is said: 太郎：やあ, 太郎＞やあ, and 太郎「やあ」.

Only on request (`--speakers colon`, `--speakers names`), for prose has colons and quotations too. A
remark in parentheses behind the name, 太郎（小声）：やあ, or behind it, 太郎「やあ」（笑う）,
is a direction for the actor. A row may hold the speech of several, 太郎「やあ」花子「うん」; a name
may stand alone above what is said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Literal

from sbv2cli.patterns import lazy_pattern

How = Literal["colon", "names"]

DIRECTION = "direction"
"""The column of what stands in parentheses behind a name."""

# A name is short and holds no punctuation: 少年A, ＤＪ・太郎, 花子 & 太郎.
_PUNCTUATION = '。、，．！？!?「」『』“”"（）()…‥:：＞'
# Of somebody unknown nothing but ？？？ may be written.
_NAME = rf"(?P<name>[？?]{{1,6}}|[^\s,.［\]\[］※{_PUNCTUATION}][^{_PUNCTUATION}]{{0,19}}?)"
_REMARK = r"\s*(?:[（(](?P<remark>[^（）()\n]{1,30})[）)])?\s*"
_COLON = lazy_pattern(rf"\s*(?:【\s*)?{_NAME}(?:\s*】)?{_REMARK}[:：＞]\s*(?=\S)(?!//)")
_QUOTED = lazy_pattern(rf"\s*(?:【\s*)?{_NAME}(?:\s*】)?{_REMARK}(?:[:：]\s*)?(?=[「『“])")
# A name above what is said, 【太郎】 or 太郎：
_HEADED = lazy_pattern(rf"\s*【\s*{_NAME}\s*】{_REMARK}[:：]?\s*")
_COLON_ALONE = lazy_pattern(rf"\s*{_NAME}{_REMARK}[:：]\s*")
_PLATE = lazy_pattern(rf"\s*【\s*{_NAME}\s*】{_REMARK}(?=[^\s「『“])")
# What stands in 【】 and is nobody.
_NOBODY = lazy_pattern(
    "第?[0-9０-９一二三四五六七八九十百]+[章話幕節回部場]?|第.*|.*(?:章|幕|シーン|場面|選択肢"
    "|あらすじ|登場人物|人物紹介|目次|前書き|後書き|あとがき|まえがき|つづく|続く|注意|注意事項)"
    "|シーン.*|完|終|終わり|了|暗転|回想|速報|お知らせ|重要|注|補足|背景|効果音|音楽|演出|ト書き"
    "|テロップ|字幕"
    # Where and when a scene is. Surnames end with 室, 村, 町 and 中 too.
    "|.*(?:教室|教員室|職員室|保健室|図書室|会議室|応接室|研究室|診察室|病室|寝室|個室|自室|客室"
    "|浴室|和室|洋室|控え?室|更衣室|待合室|実験室|音楽室|美術室|理科室|生徒会室|体育館|図書館"
    "|部室|学校|学園|大学|校舎|校庭|校門|屋上|廊下|階段|玄関|居間|台所|部屋|ベランダ|リビング"
    "|キッチン|オフィス|カフェ|喫茶店|居酒屋|コンビニ|スーパー|駅前?|公園|病院|神社|教会|公民館"
    "|広場|商店街|交差点|路地裏?|帰り道|通学路|電車内?|車内|船内|店内|室内|屋外|海岸|砂浜|浜辺"
    "|墓地|城内|王宮|宮殿|酒場|宿屋|洞窟|街道|門前|前庭|中庭|裏庭)(?:の[前中外上])?"
    "(?:[・･、,／/　 ].*|[（(].*)?"
    "|.*[・･／/　 ](?:早朝|朝|昼|正午|午前|午後|夕方|夕|夜|深夜|夜中|外|内|中)"
    "|早朝|朝|昼|正午|午前.*|午後.*|夕方|夕|夜|深夜|夜中|翌[日朝週月年].*|当日|前日|後日"
    "|.*[日週月年間]後|同時刻|.*の家|同じ頃|その頃"
    "|(?:SE|BGM|ME|BG|CG|EV)[0-9]*",
    re.IGNORECASE,
)
# ○学校・屋上（夕）, as screenplays head a scene, is nobody.
_THOUGHT = lazy_pattern(
    rf"\s*(?![○◯◎●□■◇◆△▲▽▼☆★♪♫#＃§])(?:【\s*)?{_NAME}(?:\s*】)?\s*(?=[（(][^（）()]*[）)]\s*$)"
)
_LONGEST_QUOTATION = 20  # rows
_CLOSING = {"「": "」", "『": "』", "“": "”"}
_MARKS = {closing: lazy_pattern(f"[{opening}{closing}]") for opening, closing in _CLOSING.items()}
_NO_NAME = lazy_pattern(
    r"[\d\s.\-/]*|.*(?<=[一-龯々ァ-ヶー])[はがもとに]"
    "|(?:[こそあど]れ|[こそど]こ|あそこ|だれ|なに|なぜ)[はがもとにで]?"
)
_AFTER = lazy_pattern(r"[\s、。．！？!?…‥―—]*")
_REMARK_AFTER = lazy_pattern(r"[（(](?P<remark>[^（）()\n]{1,60})[）)][\s。]*")
# Hiragana behind a quotation may be a particle, 「行こう」と花子「うん」, and no name.
_HIRAGANA = lazy_pattern("[ぁ-ゖ]")


@dataclass(frozen=True, slots=True)
class SpeechPart:
    """Who says a part of a row, where it stands, and how it is to be said."""

    character: str | None
    start: int
    end: int
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class SpeechAbove:
    """A name that stands alone in a row, above what is said."""

    character: str
    remark: str | None
    in_brackets: bool  # 【太郎】


@dataclass(slots=True)
class NamedSpeech:
    """Reads one row or paragraph after another; a quotation may go on over several."""

    how: How
    _open: str = field(default="", init=False)  # the closing bracket to come
    _speaker: str | None = field(default=None, init=False)
    _rows: int = field(default=0, init=False)  # since the quotation, or the name above, began
    _above: SpeechAbove | None = field(default=None, init=False)
    _only_quoted: bool = field(default=False, init=False)  # what the name above says
    _known: set[str] = field(default_factory=set, init=False)  # who has spoken

    def parts(self, text: str) -> tuple[SpeechPart, ...]:
        """Who says a row, in parts; nobody named where it is narration."""
        self._rows += 1
        whole = (SpeechPart(None, 0, len(text)),)
        if self.how == "colon":
            said = _without_remark(_found(_COLON, text), text) or _on_plate(text)
            return said or self._below(text) or whole
        begins = bool(_found(_QUOTED, text))
        if self._open and not begins and self._rows <= _LONGEST_QUOTATION:
            return self._going_on(text)
        self._open = ""  # it was never closed
        if parts := _quotations(text, 0, self._known):
            return self._said(parts, text)
        thought = () if begins else _found(_THOUGHT, text)
        if thought and thought[0].character in self._known:
            return thought
        return self._below(text) or thought or _on_plate(text) or whole

    def alone(self, text: str) -> SpeechAbove | None:
        """The name that is all of a row, if it is one."""
        if self._open:
            return None
        if self.how == "names" and text.strip() in self._known:
            return SpeechAbove(text.strip(), None, in_brackets=False)
        in_brackets = True
        found = _HEADED.fullmatch(text)
        if found is None:
            in_brackets, found = False, _COLON_ALONE.fullmatch(text)
        if found is None or _NO_NAME.fullmatch(name := found["name"].strip()):
            return None
        if in_brackets and not is_somebody(name):
            return None
        return SpeechAbove(name, found["remark"], in_brackets)

    def stands_below(self, above: SpeechAbove, text: str, *, blank_between: bool) -> bool:
        """Whether a row is said by the name above it; then so is what follows."""
        quoted = text.lstrip()[:1] in _CLOSING
        named = _found(_COLON, text) if self.how == "colon" else _quotations(text, 0, self._known)
        named = named or _on_plate(text)
        if named and not quoted:
            return False
        if not quoted and (blank_between or not (above.in_brackets or self.how == "colon")):
            return False
        self._above, self._only_quoted, self._rows = above, quoted, 0
        return True

    def end(self) -> None:
        """A blank row, a heading or another scene: what a name above says ends here."""
        self._above = None

    def doubtful(self, text: str, parts: Sequence[SpeechPart]) -> str | None:
        """Who begins a row as a speaker does, but is spoken with it."""
        if self.how == "colon" or parts[0].character is not None:
            return None
        found = _found(_QUOTED, text)
        name = found[0].character if found else None
        return name if name in self._known else None

    def _said(self, parts: tuple[SpeechPart, ...], text: str) -> tuple[SpeechPart, ...]:
        last = parts[-1]
        opening = text[last.start : last.start + 1]
        self._open = _CLOSING[opening] if _closed(text, last.start) is None else ""
        self._known |= {part.character for part in parts if part.character}
        self._speaker, self._rows, self._above = last.character, 0, None
        return parts

    def _going_on(self, text: str) -> tuple[SpeechPart, ...]:
        """The row of a quotation that began in one before, and what is said behind it."""
        speaker, closed = self._speaker, _closed(text, -1, self._open)
        if closed is None:
            return (SpeechPart(speaker, 0, len(text)),)
        self._open = ""
        end, at, remark = _behind(text, closed)
        if at == len(text):
            return (SpeechPart(speaker, 0, end, remark),)
        others = _quotations(text, at, self._known)
        if not others:
            return (SpeechPart(speaker, 0, len(text)),)
        return (SpeechPart(speaker, 0, end, remark), *self._said(others, text))

    def _below(self, text: str) -> tuple[SpeechPart, ...]:
        """A row under the name of who says it."""
        above = self._above
        if above is None or self._rows > _LONGEST_QUOTATION:
            return ()
        if not self._only_quoted:
            return (SpeechPart(above.character, 0, len(text), above.remark),)
        start = len(text) - len(text.lstrip())
        closed = _closed(text, start) if text[start : start + 1] in _CLOSING else start
        if closed is None:
            part = SpeechPart(above.character, start, len(text), above.remark)
            return self._said((part,), text)
        end, at, after = _behind(text, closed)
        if closed == start or at < len(text):
            self._above = None
            return ()  # 「行こう」と言った
        self._known.add(above.character)
        return (SpeechPart(above.character, start, end, _both(above.remark, after)),)


def _quotations(text: str, at: int, known: AbstractSet[str]) -> tuple[SpeechPart, ...]:
    """What is said from a place on; nothing where something else stands there too."""
    parts: list[SpeechPart] = []
    while at < len(text):
        quoted = _found(_QUOTED, text, at)
        if not quoted or not _may_follow(quoted[0], text, at, known):
            return ()
        name, start, remark = quoted[0].character, quoted[0].start, quoted[0].remark
        closed = _closed(text, start)
        if closed is None:
            return (*parts, SpeechPart(name, start, len(text), remark))
        end, at, after = _behind(text, closed)
        parts.append(SpeechPart(name, start, end, _both(remark, after)))
    return tuple(parts)


def _may_follow(part: SpeechPart, text: str, at: int, known: AbstractSet[str]) -> bool:
    """Whether a name that stands behind a quotation is one."""
    if not at or text[at - 1].isspace() or part.character in known:
        return True
    return _HIRAGANA.match(text, at) is None


def speaker_before(text: str) -> str | None:
    """Who is named before a quotation that is all of a row, whether that is asked for or not."""
    if "「" not in text:
        return None
    return next((one.character for one in _quotations(text, 0, frozenset())), None)


def named_before(text: str) -> tuple[How, str] | None:
    """Who a row seems to name before what is said, and what of `--speakers` would read it so."""
    quoted = _quotations(text, 0, frozenset()) if "「" in text else ()
    found = quoted or _on_plate(text)
    if found and found[0].character:
        return "names", found[0].character
    alone = NamedSpeech("names").alone(text)
    if alone is not None:
        return ("names" if alone.in_brackets else "colon"), alone.character
    found = _found(_COLON, text)
    return ("colon", found[0].character) if found and found[0].character else None


def _closed(text: str, start: int, closing: str = "") -> int | None:
    """Where a quotation that opens at a place ends, if it does."""
    closing = closing or _CLOSING[text[start]]
    depth = 1
    for mark in _MARKS[closing].finditer(text, start + 1):
        depth += -1 if mark[0] == closing else 1
        if not depth:
            return mark.end()
    return None


def is_somebody(name: str) -> bool:
    """Whether what stands in 【】 is a name: not a sound, a chapter or a place."""
    return _NOBODY.fullmatch(name) is None


def _on_plate(text: str) -> tuple[SpeechPart, ...]:
    """A row with a name in brackets before it, 【太郎】やあ."""
    found = _found(_PLATE, text)
    return found if found and is_somebody(found[0].character or "") else ()


def _without_remark(found: tuple[SpeechPart, ...], text: str) -> tuple[SpeechPart, ...]:
    """Speech behind a colon; what is behind a bracket that closes it is a direction."""
    if not found or text[found[0].start] not in _CLOSING:
        return found
    part, closed = found[0], _closed(text, found[0].start)
    end, at, after = (len(text), 0, None) if closed is None else _behind(text, closed)
    if after is None or at < len(text):
        return found
    return (SpeechPart(part.character, part.start, end, _both(part.remark, after)),)


def _behind(text: str, end: int) -> tuple[int, int, str | None]:
    """(end of a quotation with its marks, where what follows begins, the remark between them)."""
    marks = _AFTER.match(text, end)
    assert marks is not None
    remark = _REMARK_AFTER.match(text, marks.end())
    if remark is None:
        return marks.end(), marks.end(), None
    return marks.end(), remark.end(), remark["remark"]


def _both(before: str | None, after: str | None) -> str | None:
    return "、".join(filter(None, (before, after))) or None


def _found(pattern: re.Pattern[str], text: str, at: int = 0) -> tuple[SpeechPart, ...]:
    match = pattern.match(text, at)
    if match is None or _NO_NAME.fullmatch(match["name"].strip()):
        return ()
    remark = match.groupdict().get("remark")
    return (SpeechPart(match["name"].strip(), match.end(), len(text), remark),)
