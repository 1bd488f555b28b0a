"""What the program says is there in Japanese."""

from __future__ import annotations

import importlib.util
import string
from pathlib import Path

import polib
import pytest

from sbv2cli.readers.blocks import REMARKS, remark
from sbv2cli.readers.unsupported import AS_TEXT, UNSUPPORTED
from sbv2cli.translations.catalogues import NO_MESSAGE, WORDS, catalogue, word_translator
from sbv2cli.translations.templates import is_number

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "sbv2cli" / "translations" / "ja").glob("*.po"))
# Hardly a word of their own: found again where what is put in is a message.
LINKS = {
    "{number}: {states}",
    "{name} is {error}",
    "{origin} at {commit}: {found}",
}
# A value in a value's place that only a real text tells apart.
AMBIGUOUS = {"{least} to {most} for {lowest} to {highest}{clipped}"}


def gatherer():
    spec = importlib.util.spec_from_file_location("messages", ROOT / "tools" / "messages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def names(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def translated(path):
    return [one for one in polib.pofile(path) if one.msgstr not in ("", NO_MESSAGE)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_translation_uses_the_values_of_its_message(path):
    assert [one.msgid for one in translated(path) if names(one.msgstr) - names(one.msgid)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_message_is_found_again(path):
    lost = []
    for one in translated(path):
        if "\n" in one.msgid or one.msgid in LINKS | AMBIGUOUS or "!r}" in one.msgid:
            continue
        values = {
            name: str(number) if is_number(name) else f"V{number}X"
            for number, name in enumerate(sorted(names(one.msgid)), 1)
        }
        text = one.msgid.format(**values)
        translate = word_translator("ja") if path.stem == WORDS else catalogue("ja").translate
        if translate(text) != one.msgstr.format(**values):
            lost.append(text)
    assert lost == []


@pytest.mark.parametrize("what", REMARKS)
def test_a_remark_about_a_whole_book_is_found_again(what):
    for count in (1, 1_234):
        message = remark(what, count).message
        assert catalogue("ja").translate(message) != message


@pytest.mark.parametrize("row", UNSUPPORTED, ids=lambda row: row.what)
def test_the_way_out_of_a_file_that_is_not_read_is_found_again(row):
    hint = row.way_out if row.binary else f"{row.way_out}; {AS_TEXT}"
    for text in (hint, row.way_out, f"this looks like {row.what}, which is not read"):
        assert catalogue("ja").translate(text) != text


def test_every_message_of_the_program_has_a_translation(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["messages.py", "--check"])
    assert gatherer().main() == 0, capsys.readouterr().err
