"""A long script that has not changed is not read again; whatever has changed is found out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from stage import Sbv2, script

from sbv2cli.cli import scripts
from sbv2cli.pipeline import prepare
from sbv2cli.writers import indexed_manifest, row_index

SHEET = "id,text\na,橋。\nb,こんにちは。\nc,さようなら。\nd,山。\n"
RENDER = ("render", "l.csv", "-m", "hana", "--no-fsync")


@pytest.fixture(autouse=True)
def _long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts, "WORTH_A_DIGEST", 0)
    monkeypatch.setattr(row_index, "KEPT_ROWS", 3)
    monkeypatch.setattr(indexed_manifest, "KEPT_ROWS", 3)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows where lines are read and prepared."""
    calls: list[int] = []
    plain = prepare.prepare

    def counting(lines, *rest):
        calls.append(len(lines))
        return plain(lines, *rest)

    monkeypatch.setattr(prepare, "prepare", counting)
    return calls


def test_the_same_again_is_told_without_reading(sbv2: Sbv2, read: list[int]) -> None:
    script("l.csv", SHEET)
    sbv2(*RENDER)
    before = Path("out/manifest.jsonl").read_bytes()
    assert read == [4]
    again = sbv2(*RENDER, "--json")
    assert read == [4]
    whole = sbv2(*RENDER, "--json", "--limit", "9")
    assert read == [4, 4]
    told, expected = again.json["summary"], whole.json["summary"]
    for one in (told, expected):
        one.pop("wall_s")
        one.pop("stages")
    assert told == expected
    assert {**again.json, "summary": told} == {**whole.json, "summary": expected}
    assert "4 fresh" in again.talk
    assert Path("out/manifest.jsonl").read_bytes() == before


def _text() -> None:
    script("l.csv", SHEET.replace("山", "川"))


def _lost() -> None:
    Path("out/c.wav").unlink()


def _cut() -> None:
    Path("out/c.wav").write_bytes(Path("out/c.wav").read_bytes()[:-2])


def _timings() -> None:
    Path("out/timings/c.json").unlink()


def _manifest() -> None:
    path = Path("out/manifest.jsonl")
    path.write_text(
        path.read_text("utf-8").replace('"status":"ok"', '"status":"failed"', 1), "utf-8"
    )


@pytest.mark.parametrize("change", [_text, _lost, _cut, _timings, _manifest])
def test_what_has_changed_is_made(sbv2: Sbv2, read: list[int], change: Callable[[], None]) -> None:
    script("l.csv", SHEET)
    sbv2(*RENDER)
    change()
    result = sbv2(*RENDER, "--json")
    assert read == [4, 4]
    assert result.json["summary"]["ok"] + result.json["summary"]["states"].get("reuse", 0) == 1
    sbv2(*RENDER)
    assert read == [4, 4]


@pytest.mark.parametrize(
    "more", [("--speed", "1.5"), ("--force",), ("--verify", "sha256"), ("--name", "x{id}.{ext}")]
)
def test_what_is_asked_for_is_done(sbv2: Sbv2, read: list[int], more: tuple[str, ...]) -> None:
    script("l.csv", SHEET)
    sbv2(*RENDER)
    sbv2(*RENDER, *more)
    assert read == [4, 4]


def test_another_voice_of_the_name_is_heard(sbv2: Sbv2, read: list[int]) -> None:
    script("l.csv", SHEET)
    sbv2(*RENDER)
    styles = next(Path().rglob("hana/config.json"))
    styles.write_text(styles.read_text("utf-8").replace("Neutral", "Calm"), "utf-8")
    sbv2(*RENDER)
    assert read == [4, 4]


def test_lines_that_may_still_be_spoken_are_read(sbv2: Sbv2, read: list[int]) -> None:
    script("l.csv", SHEET + "e,橋。\nf,♪\n")
    sbv2(*RENDER)
    sbv2(*RENDER)
    assert read == [6, 6]
