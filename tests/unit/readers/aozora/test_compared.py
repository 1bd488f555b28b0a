"""Real texts, beside what the official converter makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.compare_aozora import compare, main

DATA = Path(__file__).parents[3] / "data" / "aozora"
PAGES = sorted(DATA.glob("*.html"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_text_is_read_as_the_converter_reads_it(page):
    text = page.with_name(page.name.replace("_unicode", "")).with_suffix(".txt")
    found = compare(text, page)
    assert found.characters > 500
    assert (found.lost, found.foreign) == ({}, {})
    assert (found.pairs, found.headings) == ([], [])


def test_a_text_that_falls_short_is_told(tmp_path, capsys):
    page = DATA / "73_ruby_1217.html"
    (tmp_path / page.name).write_bytes(page.read_bytes())
    text = page.with_suffix(".txt").read_bytes().decode("cp932")
    changed = text.replace("「一」は中見出し", "一は中見出し").replace("肥後《ひご》", "肥後")
    (tmp_path / "73_ruby_1217.txt").write_bytes(changed.encode("cp932"))
    assert main([str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert "SHORT" in told
    assert "converter 一, sbv2 二" in told
