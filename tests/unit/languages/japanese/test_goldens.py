"""Every recorded Japanese vector."""

from __future__ import annotations

from pathlib import Path

import pytest
import replay_frontend
import replay_ja

FOLDER = Path(__file__).parents[3] / "golden" / "frontend"


@pytest.mark.parametrize("engine", replay_ja.ENGINES)
def test_recorded_readings(engine):
    if missing := replay_ja.engine_missing(engine):
        pytest.skip(missing)
    matched, total, differences = replay_ja.replay(FOLDER, engine)
    assert total == 692
    assert differences == []
    assert matched == total


def test_recorded_given_phones():
    matched, total, differences = replay_ja.replay_given(FOLDER)
    assert (matched, total, differences) == (106, 106, [])


def test_replay_notices_a_difference(tmp_path):
    rows = (FOLDER / "ja.jsonl").read_text("utf-8").split("\n")[:3]
    changed = rows[0].replace('"tones":[0,0,1', '"tones":[0,1,1', 1)
    assert changed != rows[0]
    (tmp_path / "ja.jsonl").write_text("\n".join([changed, *rows[1:]]), "utf-8")
    fixture = (FOLDER / "ja_engine_fixture.jsonl").read_text("utf-8")
    (tmp_path / "ja_engine_fixture.jsonl").write_text(fixture, "utf-8")
    results = {one.name: one for one in replay_frontend.replay(tmp_path)}
    assert not results["ja.jsonl dict"].exact
    assert results["ja.jsonl dict"].matched == 2


def test_replay_fails_on_a_folder_without_rows(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["replay_frontend.py", str(tmp_path)])
    assert replay_frontend.main() == 1
    assert "no row understood" in capsys.readouterr().out
