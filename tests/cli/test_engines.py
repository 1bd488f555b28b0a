"""Real dialogue files: the names that `--for` gives are those that the engine's own files ask for.

What an engine looks for is worked out here from its file, by other means than the readers.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

from shell import ROOT

if TYPE_CHECKING:
    from stage import Sbv2

GAMES = ROOT / "tests" / "data" / "games"


def planned(sbv2: Sbv2, path: Path, *options: str) -> set[str]:
    """The files of all lines that are to be spoken."""
    result = sbv2("render", path, "-m", "poly", "-n", "--json", *options)
    assert result.status == 0, result.talk
    return {item["file"] for item in result.json["plan"] if item["state"] != "skipped"}


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def test_renpy_finds_the_voice_of_every_identifier(sbv2: Sbv2) -> None:
    path = GAMES / "renpy" / "o2a2-2023.dialogue.tab"
    rows = [row.split("\t") for row in path.read_text(encoding="utf-8").splitlines()[1:]]
    auto_voice = "voice/{id}.ogg"  # as in its documentation; paths are below game/
    asked = {f"game/{auto_voice.format(id=row[0])}" for row in rows if row[0] and row[2].strip()}
    assert asked == planned(sbv2, path, "--for", "renpy", "--lang", "en")


def test_tyrano_finds_every_file_that_the_scenario_plays(sbv2: Sbv2) -> None:
    path = GAMES / "tyrano" / "e01_c01.ks"
    played = re.findall(r"\[playse storage=\"(theater/[^\"]+)\"", path.read_text(encoding="utf-8"))
    assert played
    assert {f"data/sound/{file}" for file in played} == planned(sbv2, path, "--for", "tyrano")


def test_yarn_spinner_finds_the_id_of_every_line(sbv2: Sbv2) -> None:
    path = GAMES / "yarn" / "VisualNovel_ja.csv"
    ids = {row["id"].removeprefix("line:").lower() for row in table(path) if row["text"].strip()}
    found = planned(sbv2, path, "--for", "yarn")
    assert {f"Assets/Voice/ja/{one}.wav" for one in ids} == found
    # It falls back to any file whose name holds the id, so no id may be part of another one's name.
    assert not [(one, other) for one in ids for other in ids if one != other and one in other]


def test_unity_has_a_clip_for_every_key_of_the_language(sbv2: Sbv2) -> None:
    path = GAMES / "unity" / "StringTable.csv"
    keys = {row["Key"] for row in table(path) if row["Japanese(ja)"].strip()}
    assert {f"Assets/Voice/ja/{key}.wav" for key in keys} == planned(sbv2, path, "--for", "unity")
