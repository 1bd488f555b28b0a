"""Help cut by columns and not by characters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.cli.translated_help import columns, wrapped

JAPANESE = "台本を読み、一行に一つの音声ファイルと、マニフェスト（manifest.jsonl）を書きます。"


def test_a_line_has_the_width_and_begins_with_no_mark():
    lines = wrapped(JAPANESE, 20)
    assert "".join(lines) == JAPANESE
    assert max(map(columns, lines)) <= 20 + len("、")
    assert [line for line in lines if line[0] in "、。）"] == []


def test_words_are_not_cut():
    assert "manifest.jsonl" in "".join(wrapped(JAPANESE, 30)).split("（")[1]
    assert any("manifest.jsonl" in line for line in wrapped(JAPANESE, 30))


@given(st.text(alphabet="あ亜a bー。「」", max_size=60), st.integers(10, 40))
def test_nothing_is_lost(text, width):
    assert "".join(wrapped(text, width)).replace(" ", "") == text.replace(" ", "")
