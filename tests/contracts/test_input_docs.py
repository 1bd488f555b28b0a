"""The reference knows every key, format and setting of the input side."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sbv2cli.readers import READERS, SUFFIXES
from sbv2cli.readers.cells import LINE_ALIASES
from sbv2cli.readers.detect import load
from sbv2cli.settings.keys import ALIASES, KEYS, PAUSES

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


def documented(name):
    return set(re.findall(r"`([^`\n]+)`", (REFERENCE / name).read_text(encoding="utf-8")))


def words(name):
    return {word for code in documented(name) for word in code.split()}


def test_every_format_suffix_and_key_is_described():
    known = words("script-formats.md")
    assert set(READERS) - known == set()
    assert set(SUFFIXES) - known == set()
    assert set(LINE_ALIASES) - {"bert_scale"} - known == set()


@pytest.mark.parametrize(("name", "row"), READERS.items())
def test_the_table_of_formats_says_what_each_is(name, row):
    page = (REFERENCE / "script-formats.md").read_text(encoding="utf-8")
    suffixes = f"`{' '.join(row.suffixes)}`" if row.suffixes else ""
    assert f"| `{name}` | {row.help} | {suffixes}".rstrip() in page


def test_every_setting_is_described():
    known = words("settings.md")
    assert set(KEYS) - known == set()
    assert set(ALIASES) - known == set()
    assert set(PAUSES) - known == set()


@pytest.mark.parametrize("name", sorted(READERS))
def test_every_reader_bears_nothing_and_garbage(name):
    import io

    from sbv2cli.errors import ScriptError
    from sbv2cli.readers.format import DEFAULTS

    read = load(name).read
    assert list(read(io.BytesIO(b""), "empty", DEFAULTS)) == []
    with pytest.raises(ScriptError):
        list(read(io.BytesIO(b"\x00\xff\xfe garbage \x81"), "garbage", DEFAULTS))
