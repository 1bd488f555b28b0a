"""Every engine has a page, in English and in Japanese, with the same commands."""

from __future__ import annotations

import re

import pytest
import shell

from sbv2cli.settings.engines import ENGINES

ENGLISH = shell.ROOT / "docs" / "how-to" / "engines"
JAPANESE = shell.ROOT / "docs" / "ja" / "how-to" / "engines"
PAGES = sorted(path.name for path in ENGLISH.glob("*.md") if path.name != "README.md")


def commands(page):
    text = page.read_text(encoding="utf-8")
    rows = (row for row in shell.examples(text) if row.startswith("sbv2 "))
    return [re.sub(r"--lang \w+", "", row) for row in rows]


@pytest.mark.parametrize("name", PAGES)
def test_both_languages_give_the_same_two_or_three_commands(name):
    assert commands(ENGLISH / name) == commands(JAPANESE / name)
    assert 2 <= len(commands(ENGLISH / name)) <= 4


@pytest.mark.parametrize("index", [ENGLISH / "README.md", JAPANESE / "README.md"])
def test_the_index_has_every_page_and_every_preset(index):
    text = index.read_text(encoding="utf-8")
    assert set(re.findall(r"\]\(([\w-]+\.md)\)", text)) == set(PAGES)
    assert set(re.findall(r"\| `(\w+)` \|", text)) == set(ENGINES)


def test_the_reference_has_every_preset():
    text = (shell.ROOT / "docs" / "reference" / "file-names.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \| `[A-Z]?\w+/", text, re.MULTILINE)) == set(ENGINES)
