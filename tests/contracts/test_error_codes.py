"""Codes are permanent: each in the source is in the reference, and none there is made up."""

from __future__ import annotations

import re

import codes
import pytest

TABLE = (codes.ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `([^`]+)` \| (.+?) \| (.+?) \|$", TABLE, flags=re.MULTILINE)
DOCUMENTED = [row[0] for row in ROWS]
# `settings.in_bounds` and its like name the setting after the dot.
PATTERN = "setting.*"


@pytest.mark.parametrize(
    "module",
    [path for path in codes.modules() if codes.of(path)],
    ids=lambda path: path.relative_to(codes.PACKAGE).as_posix(),
)
def test_every_code_is_in_the_reference(module):
    assert codes.of(module) - set(DOCUMENTED) == set()


def test_every_code_of_the_reference_is_in_the_source():
    known = set().union(*map(codes.of, codes.modules())) | {PATTERN}
    assert set(DOCUMENTED) - known == set()


def test_each_code_has_one_row_with_a_meaning_and_a_next_step():
    assert len(DOCUMENTED) == len(set(DOCUMENTED))
    assert [
        code for code, meaning, action in ROWS if not meaning.strip() or not action.strip()
    ] == []


def test_codes_are_found_however_they_are_written(tmp_path):
    module = tmp_path / "sample.py"
    module.write_text(
        'raise VoiceError(\n    "voice.gone" if away else "voice.late", "said")\n'
        'Finding(code="text.odd", at="config.json")\n'
        'resolve(TABLE, name, kind="singer")\n',
        encoding="utf-8",
    )
    assert codes.of(module) == {"voice.gone", "voice.late", "text.odd", "singer.unknown"}


def test_the_exit_statuses_are_those_of_the_help():
    from sbv2cli.cli.main import EPILOG

    listed = re.findall(r"^\s+(\d+)\s", EPILOG, flags=re.MULTILINE)
    assert set(listed) <= set(re.findall(r"^\| (\d+) \|", TABLE, flags=re.MULTILINE))
