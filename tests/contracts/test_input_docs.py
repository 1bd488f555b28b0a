"""The reference knows every key, format and code of the input side."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sbv2cli.readers import READERS
from sbv2cli.readers.rows import LINE_ALIASES
from sbv2cli.readers.script import SUFFIXES
from sbv2cli.settings import ALIASES, KEYS, PAUSES

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
CODE = re.compile(
    r'"((?:cast|config|dictionary|format|manifest|script|ssml|usage)\.[a-z]+(?:-[a-z]+)*)"'
)
SOURCES = [
    *(ROOT / "sbv2cli" / "readers").glob("*.py"),
    ROOT / "sbv2cli" / "config.py",
    ROOT / "sbv2cli" / "config_file.py",
    ROOT / "sbv2cli" / "settings.py",
    ROOT / "sbv2cli" / "languages" / "japanese" / "user_dictionary.py",
    *(
        ROOT / "sbv2cli" / "cli" / name
        for name in ("options.py", "console.py", "commands/check.py")
    ),
]


def documented(name):
    return set(re.findall(r"`([^`\n]+)`", (REFERENCE / name).read_text(encoding="utf-8")))


def words(name):
    return {word for code in documented(name) for word in code.split()}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_every_code_is_in_the_table(path):
    text = path.read_text(encoding="utf-8")
    codes = {code for code in CODE.findall(text) if not code.endswith((".toml", ".csv"))}
    assert codes - documented("errors.md") == set()


def test_every_code_of_the_table_exists():
    used = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    table = {
        code for code in documented("errors.md") if re.match(r"(?:script|ssml|dictionary)\.", code)
    }
    assert {code for code in table if f'"{code}"' not in used} == set()


def test_every_format_suffix_and_key_is_described():
    known = words("script-formats.md")
    assert set(READERS) - known == set()
    assert set(SUFFIXES) - known == set()
    assert set(LINE_ALIASES) - {"bert_scale"} - known == set()


def test_every_setting_is_described():
    known = words("settings.md")
    assert set(KEYS) - known == set()
    assert set(ALIASES) - known == set()
    assert set(PAUSES) - known == set()


@pytest.mark.parametrize("name", sorted(READERS))
def test_every_reader_bears_nothing_and_garbage(name):
    import io

    from sbv2cli.errors import ScriptError
    from sbv2cli.tables import resolve

    reader = resolve(READERS, name, kind="format")
    assert list(reader(io.BytesIO(b""), "empty")) == []
    with pytest.raises(ScriptError):
        list(reader(io.BytesIO(b"\x00\xff\xfe garbage \x81"), "garbage"))
