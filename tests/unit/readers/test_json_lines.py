"""JSON lines, arrays and documents."""

from __future__ import annotations

import io
import json

import pytest

from sbv2cli.errors import ScriptError
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.json_lines import read


def lines(text, **options):
    data = text if isinstance(text, bytes) else text.encode()
    return list(read(io.BytesIO(data), "a.jsonl", ReaderOptions(**options)))


def codes(line):
    return [(finding.code, str(finding.at)) for finding in line.findings]


def test_pipers_keys_are_read_unchanged():
    one, two = lines(
        '{"text": "First", "speaker": "amy", "output_file": "/tmp/a.wav"}\n'
        '{"text": "Second", "speaker_id": 2, "language": "en"}\n'
    )
    assert (one.character, one.delivery.speaker, one.file) == ("amy", "amy", "/tmp/a")
    assert (two.delivery.speaker, two.language) == ("2", "en")
    assert [str(line.source) for line in (one, two)] == ["a.jsonl:1:1", "a.jsonl:2:1"]


def test_ours_with_meta_and_unknown_keys():
    (line,) = lines(
        '{"id": 7, "text": "やあ", "style": {"Happy": 0.8, "Sad": 0.2}, "speed": 1.1,'
        ' "meta": {"mood": "calm", "n": 3}, "tags": ["a"], "skip": true}'
    )
    assert (line.id, line.delivery.style, line.delivery.speed) == ("7", "Happy:0.8+Sad:0.2", 1.1)
    assert line.meta == {"mood": "calm", "n": "3", "tags": '["a"]'}
    assert line.skip


def test_a_reading_may_be_a_document():
    (line,) = lines('{"text": "箸", "reading": {"format": "x", "kana": "ハ\'シ"}}')
    assert json.loads(line.reading) == {"format": "x", "kana": "ハ'シ"}


@pytest.mark.parametrize(
    "script",
    [
        '[{"text": "一"}, {"text": "二"}]',
        '[\n  {"text": "一"},\n  {\n"text": "二"}\n]\n',
        '{"title": "t", "lines": [{"text": "一"}, {"text": "二"}]}',
        '{\n  "lines": [\n    {"text": "一"},\n    "二"\n  ],\n  "x": {}\n}',
        '["一", "二"]',
        '"一"\n"二"\n',
    ],
)
def test_arrays_and_documents(script):
    assert [line.text for line in lines(script)] == ["一", "二"]


def test_one_object_over_several_rows():
    (line,) = lines('{\n  "text": "一"\n}\n')
    assert line.text == "一"


@pytest.mark.parametrize("indent", [None, 1])
def test_lines_may_be_under_another_name_or_under_their_ids(indent):
    texts = [{"id": "a", "text": "やあ"}, {"id": "b", "text": "うん"}]
    for whole in (
        {"title": "灯台", "version": 2, "dialogues": texts},
        {"a": {"text": "やあ"}, "x": {"id": "b", "text": "うん"}},
    ):
        found = lines(json.dumps(whole, indent=indent, ensure_ascii=False))
        assert [(line.id, line.text) for line in found] == [("a", "やあ"), ("b", "うん")]
        assert not [one for line in found for one in line.findings]
        row = found[1].source.row
        assert row == 1 if indent is None else row > 1
    named = json.dumps({"a": {"serif": "やあ"}}, indent=indent)
    assert [line.text for line in lines(named, columns={"text": "serif"})] == ["やあ"]


@pytest.mark.parametrize(
    "whole",
    [
        {"scenes": [{"lines": [{"text": "やあ"}]}]},
        {"a": [{"text": "やあ"}], "b": [{"text": "うん"}]},
        {"a": {"text": "やあ"}, "b": {"c": {"text": "うん"}}},
        {"a": [{"text": "やあ"}, {"next": 1}]},
    ],
)
def test_lines_that_are_deeper_are_not_guessed(whole):
    (line,) = lines(json.dumps(whole))
    assert codes(line) == [("script.text-missing", "a.jsonl:1:1")]
    assert "deeper" in line.findings[0].hint


def test_a_row_that_offers_choices_is_a_row():
    first, second = lines(
        '{"id": "a", "choices": [{"text": "はい"}]}\n{"id": "b", "text": "うん"}\n'
    )
    assert codes(first) == [("script.text-missing", "a.jsonl:1:1")]
    assert (second.id, second.text) == ("b", "うん")


def test_values_in_an_array_have_their_rows():
    found = lines('[\n  {"text": "一"},\n\n  {"text": "二", "speed": "x"}\n]')
    assert [str(line.source) for line in found] == ["a.jsonl:2:3", "a.jsonl:4:3"]
    assert codes(found[1]) == [("setting.speed", "a.jsonl:4:3")]


def test_a_broken_row_does_not_harm_the_others():
    found = lines('{"text": "一"}\n{"text": "二",}\n17\n{"txet": "四"}\n{"text": 5}\n')
    assert [codes(line) for line in found] == [
        [],
        [("script.json", "a.jsonl:2:14")],
        [("script.json", "a.jsonl:3:1")],
        [("script.text-missing", "a.jsonl:4:1")],
        [("script.value", "a.jsonl:5:1")],
    ]
    assert found[3].findings[0].hint == 'did you mean "txet"?'


@pytest.mark.parametrize(
    ("script", "at"),
    [
        ('[{"text": "一"}', "a.jsonl:1:15"),
        ('[\n{"text": "一"},\n{"text" "二"}]', "a.jsonl:3:9"),
        ('[{"text": "一"}] x', "a.jsonl:1:17"),
        ("[" * 100_000, "a.jsonl:1:2"),
        ('[{"a": ' + "9" * 5000 + "}]", "a.jsonl:1:2"),
    ],
)
def test_a_broken_document_is_an_error_with_its_place(script, at):
    with pytest.raises(ScriptError) as caught:
        lines(script)
    assert (caught.value.code, caught.value.at) == ("script.json", at)


def test_deep_and_long_rows_are_findings():
    found = lines('{"a": ' + "[" * 100_000 + "\n" + '{"a": ' + "9" * 5000 + "}\n")
    assert [codes(line)[0][0] for line in found] == ["script.json", "script.json"]


def test_characters_that_no_file_can_hold():
    (line,) = lines(r'{"text": "a\ud800\u0000b", "id": "x\u0000"}')
    assert [code for code, _ in codes(line)] == ["script.nul", "script.surrogate", "script.nul"]
    assert line.text == "a?\ufffdb"
    line.text.encode()


def test_keys_that_speech_cannot_follow_are_said():
    (line,) = lines('{"text": "やあ", "phones": ["y", "a"]}')
    assert [(f.code, f.severity) for f in line.findings] == [("script.key-unsupported", "warning")]


def test_the_key_ruby_counts_code_points_of_the_text():
    (line,) = lines(
        '{"text": "𠮷野家と岬", "ruby": [{"start": 4, "end": 5, "reading": "みさき"},'
        ' {"start": 0, "end": 3, "reading": "よしのや"}]}'
    )
    assert [(line.text[slice(*one.span)], one.reading) for one in line.ruby] == [
        ("𠮷野家", "よしのや"),
        ("岬", "みさき"),
    ]
    assert line.findings == ()


def test_a_text_with_the_key_ruby_is_taken_as_it_stands():
    (line,) = lines('{"text": "岬《みさき》", "ruby": []}')
    assert (line.text, line.ruby) == ("岬《みさき》", ())
    (line,) = lines('{"text": "岬《みさき》"}')
    assert (line.text, [one.reading for one in line.ruby]) == ("岬", ["みさき"])


@pytest.mark.parametrize(
    "ruby",
    [
        '"みさき"', "7", '[{"start": 0, "end": 9, "reading": "み"}]',
        '[{"start": 1, "end": 1, "reading": "み"}]', '[{"start": -1, "end": 1, "reading": "み"}]',
        '[{"start": 0, "end": 1, "reading": " "}]', '[{"start": 0, "end": true, "reading": "み"}]',
        '[{"start": 0, "end": 1}]', "[[0, 1]]",
        '[{"start": 0, "end": 2, "reading": "あ"}, {"start": 1, "end": 2, "reading": "い"}]',
    ],
)  # fmt: skip
def test_ruby_that_cannot_be_meant_is_a_finding(ruby):
    (line,) = lines(f'{{"text": "岬町", "ruby": {ruby}}}')
    assert [(f.code, f.severity) for f in line.findings] == [("script.ruby", "error")]


def test_numbers_that_cannot_be_meant():
    found = lines(
        '{"text": "a", "speed": NaN}\n{"text": "a", "speed": 1e999}\n{"text": "a", "seed": -1}\n'
        '{"text": "a", "speed": true}\n{"text": "a", "speed": []}\n{"text": "a", "speed": null}\n'
    )
    assert [bool(line.findings) for line in found] == [True] * 5 + [False]


def test_a_long_array_is_read_in_linear_time():
    assert len(lines("[" + ", ".join(['{"text": "や"}'] * 50_000) + "]")) == 50_000


def test_nothing_gives_no_lines():
    assert lines("") == lines("\n\n") == lines("[]") == lines('{"lines": []}') == []


def test_a_heading_is_marked_and_a_games_level_is_left_alone():
    title, hard = lines(
        '{"text": "序", "heading": true, "level": 2}\n{"text": "a", "level": "Hard"}\n'
    )
    assert (title.heading, title.level, title.findings) == (True, 2, ())
    assert (hard.heading, hard.level, dict(hard.meta)) == (False, None, {"level": "Hard"})


def test_carried_readings_are_read_and_ruby_wins_over_them():
    text = (
        '{"text": "岬の灯台", "ruby": [{"start": 0, "end": 1, "reading": "みさき"}], "carried":'
        ' [{"start": 0, "end": 1, "reading": "こう"}, {"start": 2, "end": 3, "reading": "とう"}]}'
    )
    given, carried = lines(text)[0].ruby
    assert (given.span, given.reading, given.carried) == ((0, 1), "みさき", False)
    assert (carried.span, carried.reading, carried.carried) == ((2, 3), "とう", True)
    assert lines(text, ruby="given")[0].ruby == (given,)
    assert lines(text, ruby="base")[0].ruby == ()


def test_what_is_said_of_half_a_character_can_be_written():
    ruby = r'[{"start":"\ud800","end":1,"reading":"やま"}]'
    (line,) = read(io.BytesIO(f'{{"text":"山","ruby":{ruby}}}'.encode()), "s.jsonl")
    assert [finding.code for finding in line.findings] == ["script.ruby"]
    assert r"\ud800" in line.findings[0].message
    line.findings[0].message.encode()
