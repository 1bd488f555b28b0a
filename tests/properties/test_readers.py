"""Any bytes into any reader give lines or ScriptError, nothing else, in bounded time."""

from __future__ import annotations

import contextlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbv2cli.errors import ScriptError
from sbv2cli.readers import READERS
from sbv2cli.readers.script import format_of
from sbv2cli.readers.sentences import sentences
from sbv2cli.readers.source import ReaderOptions
from sbv2cli.records import ScriptLine
from sbv2cli.tables import resolve

# Bytes that steer the readers, so that random scripts get past their first row.
PIECES = st.sampled_from(
    [
        b"id,text\n", b"text\tid\n", b"sep=;\n", b'"', b",", b"\t", b";", b"\n", b"\r\n", b"\0",
        b"\xef\xbb\xbf", b"\xff\xfe", b"{", b"}", b"[", b"]", b":", b'"text"', b'"lines"',
        b'{"text": "a", "speed": "x", "style": {}}', b'{"type": "line", "id": "a", "n": 1}',
        b'{"type": "job", "schema": "sbv2.manifest/9"}', b"\\ud800", b"NaN", b"9" * 30,
        b"<speak>", b"</speak>", b"<s>", b"</s>", b'<break time="1s"/>', b'<prosody rate="1e9">',
        b"</prosody>", b"<sub alias='x'>", b"</sub>", b"<!DOCTYPE a>", b"&amp;", b"&x;", b"<!--",
        b"<![CDATA[", b"]]>", b"<?xml version='1.0' encoding='utf-7'?>", b"# ", b"Identifier\t",
        b"Dialogue\t", b"Character\n", "今日は。".encode(), "日本".encode("cp932"), b"1,2,3",
        b"id,text,speed,pitch,take,skip,chapter,pause_after,speaker_id\n", b"-1e999", b"+2st",
    ]
)  # fmt: skip
SCRIPTS = st.one_of(
    st.binary(max_size=400),
    st.lists(st.one_of(PIECES, st.binary(max_size=6)), max_size=40).map(b"".join),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
)
OPTIONS = st.builds(
    ReaderOptions,
    unit=st.sampled_from([None, "line", "sentence", "paragraph"]),
    encoding=st.sampled_from(["auto", "auto", "utf-8", "cp932", "utf-16", "utf-7", "euc-jp"]),
)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=150, deadline=2000)
@given(script=SCRIPTS, options=OPTIONS)
def test_any_bytes_give_lines_or_a_script_error(name, script, options):
    reader = resolve(READERS, name, kind="format")
    try:
        lines = list(reader(io.BytesIO(script), "script", options))
    except ScriptError as error:
        str(error).encode()
        return
    for number, line in enumerate(lines, start=1):
        assert isinstance(line, ScriptLine)
        assert line.number == number
        assert line.id
        repr(line).encode()
        for finding in line.findings:
            finding.message.encode()
            assert finding.code.count(".") == 1


@settings(max_examples=300, deadline=2000)
@given(script=SCRIPTS, suffix=st.sampled_from(["", ".csv", ".tab", ".json", ".jsonl"]))
def test_any_bytes_have_a_format(script, suffix):
    with contextlib.suppress(ScriptError):
        assert format_of(io.BytesIO(script), f"script{suffix}") in READERS


@given(st.text(alphabet="あ。！「」『』（）.! \n\"'a、と", max_size=60))
def test_sentences_joined_are_the_text(text):
    assert "".join(sentences(text)) == text
