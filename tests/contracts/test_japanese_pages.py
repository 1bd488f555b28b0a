"""Every page has a Japanese counterpart that tells the same."""

from __future__ import annotations

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]


def japanese_pages():
    path = ROOT / "tools" / "japanese_pages.py"
    spec = importlib.util.spec_from_file_location("japanese_pages", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_page_is_there_in_japanese_and_none_is_older():
    assert japanese_pages().faults() == []


def test_an_english_page_that_changes_is_told(monkeypatch):
    module = japanese_pages()
    monkeypatch.setattr(module, "digest", lambda _page: "another")
    assert "docs/ja/how-to/takes.md tells of an older docs/how-to/takes.md" in module.faults()
