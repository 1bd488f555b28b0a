"""The tutorial for Python, run as it is written."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import shell

PAGES = ("docs/tutorial/python.md", "docs/ja/tutorial/python.md")
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_the_page_prints_what_it_says(stage: Path, page: str) -> None:
    blocks = BLOCK.findall((shell.ROOT / page).read_text(encoding="utf-8"))
    code = "".join(block for language, block in blocks if language == "python")
    shown = "".join(block for language, block in blocks if language == "text")
    (stage / "page.py").write_text(code, encoding="utf-8")
    environment = {"PYTHONPATH": str(shell.ROOT), "HOME": str(stage), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "page.py"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout == shown
    assert Path("hello.wav").read_bytes()[:4] == b"RIFF"
    assert Path("together.flac").read_bytes()[:4] == b"fLaC"


def test_both_pages_run_the_same() -> None:
    codes = [
        [block for _, block in BLOCK.findall((shell.ROOT / page).read_text(encoding="utf-8"))]
        for page in PAGES
    ]
    assert codes[0] == codes[1]
