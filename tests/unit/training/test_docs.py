"""The reference of training names every setting and every reason."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from sbv2cli.training.fit_settings import FitSettings

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/reference/training.md").read_text("utf-8")


def test_every_setting_is_described_and_no_other():
    table = PAGE.partition("## Settings")[2].partition("\n#")[0]
    first_cells = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    described = set(re.findall(r"`(\w+)`", " ".join(first_cells)))
    assert described == {field.name for field in fields(FitSettings)}


def test_every_reason_for_dropping_is_described():
    reasons = set()
    for name in ("prepare.py", "make_clips.py", "audio.py"):
        source = (ROOT / "sbv2cli/training/prepare" / name).read_text("utf-8")
        reasons |= set(re.findall(r'Unusable\(\s*"([a-z.-]+)"', source))
        reasons |= set(re.findall(r'Dropped\([^)]*code="([a-z.-]+)"', source))
    # Seen by whoever trains, not by whoever prepares.
    reasons -= {"audio.rate"}
    assert len(reasons) > 12
    assert {reason for reason in reasons if f"`{reason}`" not in PAGE} == set()
