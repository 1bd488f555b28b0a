"""A journal that is made up is resumed as one that a killed run has left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sbv2cli.bench import long_scripts


@pytest.mark.slow
def test_every_line_of_a_made_up_journal_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_scripts, "TEXTS", 2)
    summaries = []
    plain = long_scripts._run

    def run(folder: Path, out: str, *more: str):
        ran = plain(folder, out, *more)
        rows = (folder / out / "manifest.jsonl").read_text("utf-8").splitlines()
        summaries.append(json.loads(rows[-1]))
        return ran

    monkeypatch.setattr(long_scripts, "_run", run)
    figures = long_scripts.measure(5, lambda _: None)
    assert figures["scripts"].keys() == {"5"}
    spoken, resumed, *others = summaries
    assert spoken["states"] == {"new": 2}
    assert resumed["states"] == {"fresh": 5}
    assert others == [resumed, resumed]
