"""The documentation builds as a site in two languages, without a warning."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path):
    pytest.importorskip("mkdocs_static_i18n")
    built = subprocess.run(
        [sys.executable, ROOT / "tools" / "site.py", "--into", tmp_path],
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        text=True,
        capture_output=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr[-3000:]
    japanese = (tmp_path / "site" / "ja" / "how-to" / "takes" / "index.html").read_text("utf-8")
    assert "テイクを何本も作る" in japanese
    assert (tmp_path / "site" / "how-to" / "takes" / "index.html").exists()
