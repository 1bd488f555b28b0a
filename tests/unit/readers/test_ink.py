"""JSON objects of texts by their ids."""

from __future__ import annotations

import io
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.errors import ScriptError
from sbv2cli.readers.detect import detect
from sbv2cli.readers.ink import read


def lines(text):
    return list(read(io.BytesIO(text.encode()), "strings.json"))


def test_each_key_is_an_id():
    first, second = lines('{\n  "a_1": "It\\u0027s {x}.",\n  "a_2": "やあ。"\n}\n')
    assert (first.id, first.text, str(first.source)) == ("a_1", "It's {x}.", "strings.json:2:10")
    assert [one.code for one in first.findings] == ["script.interpolation"]
    assert (second.id, second.id_given) == ("a_2", True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": "b", "c": "d"}', "ink"),
        ('{\n"a": "b"\n}\n', "ink"),
        (json.dumps({f"line_{n}": "やあ" * 20 for n in range(2_000)}), "ink"),
        ('{"text": "b"}', "json"),
        ('{"id": "a", "text": "b"}', "json"),
        ('{"id": "a", "name": "太郎", "message": "b"}', "json"),
        ('{"name": "名前", "no": "いいえ"}', "ink"),
        ('{"a": 1}', "json"),
        ('{"a": {"b": "c"}}', "json"),
        ('{"a": ["b"]}', "json"),
        ("{}", "json"),
        ('{"lines": [{"text": "b"}]}', "json"),
    ],
)
def test_an_object_of_nothing_but_texts_is_recognised(text, expected):
    assert detect(io.BytesIO(text.encode()), "a.json")[0] == expected


def test_a_row_of_json_lines_is_a_line():
    row = '{"key": "a", "name": "太郎", "serif": "b"}'
    assert detect(io.BytesIO(row.encode()), "a.jsonl")[0] == "jsonl"


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=8), min_size=1))
def test_any_object_of_texts_is_read(texts):
    found = lines(json.dumps(texts))
    assert len(found) == len(texts)


@pytest.mark.parametrize("text", ["{", '{"a"}', '{"a": 1}', "[]", '{"a": "b",}', '{"a": "b"'])
def test_anything_else_is_an_error(text):
    with pytest.raises(ScriptError):
        lines(text)


@pytest.mark.parametrize("piece", ['"a": "b", ', '"', "\\", "{"])
def test_time_is_linear(piece):
    began = time.process_time()
    detect(io.BytesIO(("{" + piece * 50_000).encode()), "a.json")
    assert time.process_time() - began < 3
