"""How tones change in running Mandarin: 不, 一, the neutral tone, third tones in a row.

Pure: words come with their parts of speech, finals as "iang3". The rules are those of
PaddleSpeech (paddlespeech/t2s/frontend/tone_sandhi.py, Copyright (c) 2021 PaddlePaddle Authors,
Apache License 2.0), written anew from their description; see NOTICE.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sbv2cli.languages.chinese.neutral_words import NEUTRAL_LAST, NEVER_NEUTRAL

PUNCTUATION = frozenset("!?…,.'-")
# What counts as punctuation after 一, where the tone stays.
_AFTER_YI = frozenset("：，；。？！“”‘’':,;.?!")
_PARTICLES = frozenset("吧呢啊呐噻嘛吖嗨哦哒额滴哩哟喽啰耶喔诶")
_STRUCTURAL = frozenset("的地得")
_MEASURED = frozenset("几有两半多各整每做是")  # 个 after them is a measure word
_DIRECTIONS = frozenset("上下进出回过起开")

Halves = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Tagged:
    """A word and its part of speech, in the tags of jieba."""

    text: str
    tag: str

    def plus(self, more: str) -> Tagged:
        """This word with `more` after it."""
        return Tagged(self.text + more, self.tag)


def merge(words: Sequence[Tagged], finals_of: Callable[[str], Sequence[str]]) -> list[Tagged]:
    """Join words that sound as one, so that the rules for a word see both halves."""
    merged = _merge_reduplications(_merge_yi(_merge_bu(words)))
    for joinable in (_all_third, _third_meets_third):
        merged = _merge_thirds(merged, finals_of, joinable)
    return _merge_er(merged)


def _merge_bu(words: Sequence[Tagged]) -> list[Tagged]:
    merged: list[Tagged] = []
    waiting = False
    for word in words:
        if waiting:
            merged.append(Tagged("不" + word.text, word.tag))
            waiting = False
        elif word.text == "不":
            waiting = True
        else:
            merged.append(word)
    if waiting:
        merged.append(Tagged("不", "d"))
    return merged


def _merge_yi(words: Sequence[Tagged]) -> list[Tagged]:
    merged: list[Tagged] = []
    position = 0
    while position < len(words):
        word = words[position]
        before = words[position - 1] if position else None
        after = words[position + 1] if position + 1 < len(words) else None
        if (
            word.text == "一"
            and before is not None
            and after is not None
            and before.text == after.text
            # The reference asks whether the first is a verb; where only the second is (累一累) it
            # never comes back, so that nothing is owed to it there.
            and "v" in (before.tag, after.tag)
        ):
            merged[-1] = merged[-1].plus("一" + after.text)
            position += 2
            continue
        merged.append(word)
        position += 1
    joined: list[Tagged] = []
    for word in merged:
        if joined and joined[-1].text == "一":
            joined[-1] = joined[-1].plus(word.text)
        else:
            joined.append(word)
    return joined


def _merge_reduplications(words: Sequence[Tagged]) -> list[Tagged]:
    merged: list[Tagged] = []
    for word in words:
        if merged and merged[-1].text == word.text:
            merged[-1] = merged[-1].plus(word.text)
        else:
            merged.append(word)
    return merged


def _all_third(left: Sequence[str], right: Sequence[str]) -> bool:
    return _thirds(left) and _thirds(right)


def _third_meets_third(left: Sequence[str], right: Sequence[str]) -> bool:
    return left[-1][-1:] == "3" and right[0][-1:] == "3"


def _merge_thirds(
    words: Sequence[Tagged],
    finals_of: Callable[[str], Sequence[str]],
    joinable: Callable[[Sequence[str], Sequence[str]], bool],
) -> list[Tagged]:
    finals = [finals_of(word.text) for word in words]
    merged: list[Tagged] = []
    just_joined = False
    for position, word in enumerate(words):
        before = words[position - 1] if position else None
        just_joined = (
            before is not None
            and not just_joined
            and joinable(finals[position - 1], finals[position])
            and not (len(before.text) == 2 and before.text[0] == before.text[1])
            and len(before.text) + len(word.text) <= 3
        )
        if just_joined:
            merged[-1] = merged[-1].plus(word.text)
        else:
            merged.append(word)
    return merged


def _merge_er(words: Sequence[Tagged]) -> list[Tagged]:
    merged: list[Tagged] = []
    for word in words:
        if merged and word.text == "儿":
            merged[-1] = merged[-1].plus("儿")
        else:
            merged.append(word)
    return merged


def _thirds(finals: Sequence[str]) -> bool:
    return all(final[-1:] == "3" for final in finals)


def _toned(final: str, tone: str) -> str:
    return final[:-1] + tone


def change_tones(word: Tagged, finals: Sequence[str], halves: Halves) -> list[str]:
    """The finals of one word as they are spoken; `halves` are its two parts (`split_in_two`)."""
    changed = _neutral(word, _yi(word.text, _bu(word.text, list(finals))), halves)
    return _third(word.text, changed, halves)


def split_in_two(word: str, pieces: Sequence[str]) -> Halves:
    """Two parts of a word: its shortest piece (of jieba's search mode), and what is left."""
    shortest = min(pieces, key=len)
    if word.startswith(shortest):
        return shortest, word[len(shortest) :]
    return word[: -len(shortest)], shortest


def _bu(word: str, finals: list[str]) -> list[str]:
    if len(word) == 3 and word[1] == "不":  # 看不懂
        finals[1] = _toned(finals[1], "5")
        return finals
    for position, character in enumerate(word[:-1]):
        if character == "不" and finals[position + 1][-1:] == "4":  # 不怕
            finals[position] = _toned(finals[position], "2")
    return finals


def _yi(word: str, finals: list[str]) -> list[str]:
    if "一" not in word or all(c.isnumeric() for c in word):  # 一零零
        return finals
    if len(word) == 3 and word[1] == "一" and word[0] == word[2]:  # 看一看
        finals[1] = _toned(finals[1], "5")
    elif word.startswith("第一"):
        finals[1] = _toned(finals[1], "1")
    else:
        for position, character in enumerate(word[:-1]):
            if character != "一":
                continue
            if finals[position + 1][-1:] == "4":  # 一段
                finals[position] = _toned(finals[position], "2")
            elif word[position + 1] not in _AFTER_YI:  # 一天
                finals[position] = _toned(finals[position], "4")
    return finals


def _neutral(word: Tagged, finals: list[str], halves: Halves) -> list[str]:
    text = word.text
    if word.tag[:1] in ("n", "v", "a") and text not in NEVER_NEUTRAL:
        for position in range(1, len(text)):
            if text[position] == text[position - 1]:  # 奶奶
                finals[position] = _toned(finals[position], "5")
    measure = text.find("个")
    if _ends_neutral(word):
        finals[-1] = _toned(finals[-1], "5")
    elif text == "个" or (
        measure >= 1 and (text[measure - 1].isnumeric() or text[measure - 1] in _MEASURED)
    ):
        finals[measure] = _toned(finals[measure], "5")
    elif _listed(text):
        finals[-1] = _toned(finals[-1], "5")
    reached = 0
    for half in halves:
        reached += len(half)
        if _listed(half):
            finals[reached - 1] = _toned(finals[reached - 1], "5")
    return finals


def _ends_neutral(word: Tagged) -> bool:
    text, last = word.text, word.text[-1]
    if last in _PARTICLES or last in _STRUCTURAL:
        return True
    if len(text) < 2:
        return False
    return (
        (last in "们子" and word.tag in ("r", "n") and text not in NEVER_NEUTRAL)
        or (last in "上下里" and word.tag in ("s", "l", "f"))
        or (last in "来去" and text[-2] in _DIRECTIONS)
    )


def _listed(text: str) -> bool:
    return text in NEUTRAL_LAST or text[-2:] in NEUTRAL_LAST


def _third(word: str, finals: list[str], halves: Halves) -> list[str]:
    if len(word) == 2 and _thirds(finals):
        finals[0] = _toned(finals[0], "2")
    elif len(word) == 3:
        _third_of_three(finals, len(halves[0]))
    elif len(word) == 4:
        for first in (0, 2):
            if _thirds(finals[first : first + 2]):
                finals[first] = _toned(finals[first], "2")
    return finals


def _third_of_three(finals: list[str], cut: int) -> None:
    if _thirds(finals):
        for position in {1: (1,), 2: (0, 1)}.get(cut, ()):  # 纸|老虎, 蒙古|包
            finals[position] = _toned(finals[position], "2")
        return
    left, right = finals[:cut], finals[cut:]
    if len(left) == 2 and _thirds(left):  # 所有|人
        finals[0] = _toned(finals[0], "2")
    if not right:
        return
    if _thirds(right):
        if len(right) == 2:
            finals[cut] = _toned(finals[cut], "2")
    elif right[0][-1:] == "3" and finals[cut - 1][-1:] == "3":  # 好|喜欢
        finals[cut - 1] = _toned(finals[cut - 1], "2")
