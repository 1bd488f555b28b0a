"""Any bytes into any reader give lines or ScriptError, nothing else, in bounded time."""

from __future__ import annotations

import contextlib
import io
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbv2cli.errors import ScriptError
from sbv2cli.readers import READERS
from sbv2cli.readers.detect import detect, load
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.sentences import sentences
from sbv2cli.records import ScriptLine

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
@settings(max_examples=150, deadline=None)
@given(script=SCRIPTS, options=OPTIONS)
def test_any_bytes_give_lines_or_a_script_error(name, script, options):
    try:
        lines = list(load(name).read(io.BytesIO(script), "script", options))
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


@settings(max_examples=300, deadline=None)
@given(script=SCRIPTS, suffix=st.sampled_from(["", ".csv", ".tab", ".json", ".jsonl"]))
def test_any_bytes_have_a_format(script, suffix):
    with contextlib.suppress(ScriptError):
        assert detect(io.BytesIO(script), f"script{suffix}")[0] in READERS


@given(st.text(alphabet="あ。！「」『』（）.! \n\"'a、と", max_size=60))
def test_sentences_joined_are_the_text(text):
    assert "".join(sentences(text)) == text


@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("ssml", b"<speak><s>a" + b" " * 2_000_000 + b"b</s></speak>"),
        ("ssml", b"<speak>" + b"<?xml " * 300_000),
        ("ssml", b"<speak>" + b"<s>a</s>" * 30_000 + b"</speak>"),
        ("csv", b"text\n" + b'"' * 2_000_001),
        ("csv", b"text,speed\na," + b"1" * 2_000_000 + b"\n"),
        (
            "csv",
            b"text,speed,skip,chapter\n" + f"a,{'̖́' * 100_000},{'̖́' * 100_000},".encode(),
        ),
        ("csv", f"text,{'̖́' * 100_000}\na,b\n".encode()),
        ("csv", b"text\n" + b"a\n" * 50_000),
        ("jsonl", b"[" * 2_000_000),
        ("jsonl", b'{"a":' * 500_000),
        ("json", b"[" + b'"a",' * 50_000 + b'"a"]'),
        ("voicevox", b"(" * 2_000_000 + b",a"),
        ("yarn", b"id,text\na," + b"[a" * 1_000_000),
        ("renpy", b"Identifier\tDialogue\na\t" + b"{a[" * 700_000),
        ("text", "「".encode() * 700_000),
        ("text", "あ。".encode() * 20_000),
        ("manifest", b'{"type": "line", "id": "a", "n": NaN}\n' * 20_000),
    ],
)
def test_nothing_takes_time_with_its_square(name, script):
    started = time.process_time()
    with contextlib.suppress(ScriptError):
        for _ in load(name).read(io.BytesIO(script), "script", ReaderOptions(unit="sentence")):
            pass
    # The square of these sizes would be minutes; the bound leaves room for a slow machine.
    assert time.process_time() - started < 10
