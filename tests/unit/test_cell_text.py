"""Texts that no spreadsheet takes for a formula, and that come back as they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.cell_text import STARTS, guarded, unguarded


@pytest.mark.parametrize("text", ["12時です。", ".5", "/n", ":", "'90s", "<b>", "；", "あ", ""])
def test_what_is_no_formula_stays(text: str) -> None:
    assert guarded(text) == text
    assert unguarded(text) == text


@given(st.text(alphabet=f"'{STARTS}\t\r\na1", max_size=6))
def test_texts_come_back_and_none_is_a_formula(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith((*STARTS, "\t", "\r", "\n"))
