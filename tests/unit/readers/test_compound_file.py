"""Damaged tables of .xls: refused before anything follows them."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest

from sbv2cli.errors import ScriptError
from sbv2cli.readers import compound_file
from sbv2cli.readers.excel import read

DATA = Path(__file__).parents[2] / "data"
XLS = DATA / "sheets" / "recording.xls"
SECTOR = 512
FIRST_TABLE, DIRECTORY, SMALL, TABLES = 76, 48, 60, 68  # places in the header


def number(data, place):
    return struct.unpack_from("<I", data, place)[0]


def changed(place, value):
    data = bytearray(XLS.read_bytes())
    struct.pack_into("<I", data, place, value)
    return bytes(data)


def entry(sector):
    """Where the table says which sector follows."""
    return (number(XLS.read_bytes(), FIRST_TABLE) + 1) * SECTOR + 4 * sector


@pytest.mark.parametrize("path", [XLS, DATA / "scripts" / "utage" / "lighthouse.xls"])
def test_whole_files_are_read(path):
    assert compound_file.problem(path.read_bytes()) is None


def test_sectors_in_a_circle_are_refused():
    # calamine would follow them until the memory of the machine is full.
    directory = number(XLS.read_bytes(), DIRECTORY)
    data = changed(entry(directory), directory)
    with pytest.raises(ScriptError, match="follow each other in a circle") as refused:
        list(read(io.BytesIO(data), "a.xls"))
    assert refused.value.code == "script.spreadsheet"


def test_tables_in_a_circle_are_refused():
    data = bytearray(changed(TABLES, 2))
    struct.pack_into("<I", data, 4 * SECTOR - 4, 2)  # the last number of sector 2 names the next
    assert compound_file.problem(bytes(data)) == "its tables cannot be followed"


def test_a_stream_longer_than_the_file_is_refused():
    directory = number(XLS.read_bytes(), DIRECTORY)
    data = changed((directory + 1) * SECTOR + 120, 1 << 31)
    assert compound_file.problem(data) == "a stream in it is longer than the file"


@pytest.mark.parametrize("size", [0, 8, 100, 511, 512, 600])
def test_a_file_that_is_cut_off_has_an_answer(size):
    said = compound_file.problem(XLS.read_bytes()[:size])
    assert said is None or said.startswith("it")
