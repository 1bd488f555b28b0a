"""Scripts that other people made: each is read right or refused by name, none read in silence."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from voiceable import voiceable

from sbv2cli.errors import ScriptError
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.script import read_script

DATA = Path(__file__).parents[2] / "data"
EXPECTED = json.loads((DATA / "games" / "expected.json").read_text(encoding="utf-8"))
REFUSED = {
    "ink/demo.ink": "Ink-Localiser",
}
LANGUAGE = {"yarn/TestYarnProject-Strings.csv": "de"}


def digest(values):
    return hashlib.sha256("\n".join(values).encode()).hexdigest()


def folded_id(value):
    return "".join(letter for letter in value.casefold() if letter.isalnum())


def folded_text(value):
    return "".join(unicodedata.normalize("NFKC", value).split())


@pytest.mark.parametrize("name", sorted(set(EXPECTED) - set(REFUSED)))
def test_a_file_holds_what_it_is_known_to_hold(name):
    expected = EXPECTED[name]
    options = ReaderOptions(language=LANGUAGE.get(name, "ja"))
    lines = [line for line in read_script(DATA / "games" / name, options) if voiceable(line)]
    texts = [folded_text(line.text) for line in lines]
    assert len(lines) == expected["lines"]
    assert digest(texts[:1]) == expected["first_sha256"]
    assert digest(texts[-1:]) == expected["last_sha256"]
    assert digest(texts) == expected["texts_sha256"]
    assert Counter(line.character or "" for line in lines) == expected["characters"]
    ids = [folded_id(line.id) for line in lines if line.id_given]
    assert len(ids) == expected["ids"]
    assert digest(ids) == (expected["ids_sha256"] or digest([]))


@pytest.mark.parametrize("name", sorted(REFUSED))
@pytest.mark.parametrize("renamed", [False, True])
def test_a_source_is_refused_with_the_way_out_also_under_another_name(name, renamed, tmp_path):
    path = DATA / "games" / name
    if renamed:
        path = tmp_path / "script.txt"
        path.write_bytes((DATA / "games" / name).read_bytes())
    with pytest.raises(ScriptError) as caught:
        list(read_script(path))
    assert caught.value.code == "script.unsupported"
    assert REFUSED[name] in caught.value.hint
    assert list(read_script(path, from_format="text"))


def test_every_file_is_tried():
    files = {
        path.relative_to(DATA / "games").as_posix()
        for path in (DATA / "games").glob("*/*")
        if not path.name.startswith("LICENSE")
    }
    assert files == set(EXPECTED)


def test_notes_of_aozora_bunko_in_a_text_that_is_read_as_it_stands_are_warnings():
    lines = list(read_script(DATA / "aozora" / "45623_ruby_20632.txt", from_format="text"))
    noted = [line for line in lines if "［＃" in line.text]
    assert noted
    assert all("script.note-spoken" in [one.code for one in line.findings] for line in noted)
