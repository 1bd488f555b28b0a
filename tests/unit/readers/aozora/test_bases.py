"""Bases of ruby, beside a model of the official converter's buffer of characters.

The model pushes one character after another, as aozora2html (CC0) does; ours looks back from 《.
"""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from sbv2cli.readers.aozora.markup import read_row

# Behind these 《 is a bracket to us, where the converter puts ruby over a blank or a stop.
BRACKETED = set(" \u3000、。（」")
CLASSES = (
    ("hiragana", "[ぁ-んゝゞ]"),
    ("katakana", "[ァ-ヴーヽヾ]"),
    ("wide", "[０-９Ａ-Ｚａ-ｚΑ-Ωα-ωА-Яа-я−＆’，．]"),
    ("narrow", r"[A-Za-z0-9#\-&',]"),
    ("kanji", "[一-龥々※仝〆〇ヶ]"),
    ("end", '[.;"?!)]'),
)


def kind(character):
    return next((name for name, these in CLASSES if re.match(these, character)), None)


def pairs_of(text):
    """(base, reading) in order, as the buffer of the converter gives them."""
    pairs, buffer, running, barred = [], "", None, False
    at = 0
    while at < len(text):
        character = text[at]
        closed = text.find("》", at)
        if character == "《" and closed > at + 1 and "《" not in text[at + 1 : closed]:
            if buffer and (barred or not set(buffer) <= BRACKETED):
                pairs.append((buffer, text[at + 1 : closed]))
            buffer, running, barred, at = "", None, False, closed + 1
            continue
        if character == "｜":
            buffer, running, barred = "", None, True
        elif kind(character) == "end" and running == "narrow":
            buffer, running = buffer + character, None
        elif barred or (kind(character) is not None and kind(character) == running):
            buffer += character
        else:
            buffer, running = character, kind(character)
        at += 1
    return pairs


TEXT = st.text("漢字々ヶヵ〇かゝカーヴＡ１，a1&'-.!)\"、。（」…×○ 　", max_size=8)
RUBY = st.sampled_from(["《か》", "《かな、カ》", "｜", "《》", "》"])


@given(st.lists(st.one_of(TEXT, RUBY), max_size=12).map("".join))
@example("etc.)《など》")
@example("a'b-c!?《x》")
@example("一ヵ月《つき》と○○《まる》")
def test_a_base_is_that_of_the_converter(text):
    text = "。" + text.replace("&", "").replace('"', "")  # which it writes as entities first
    row = read_row(text)
    found = [(row.text[slice(*one.span)], one.reading) for one in row.ruby]
    assert found == pairs_of(text)
