"""The manifest as a script."""

from __future__ import annotations

import io
import json

import pytest

from sbv2cli.errors import ScriptError
from sbv2cli.readers.manifest import read

JOB = {"type": "job", "schema": "sbv2.manifest/1", "tool": "sbv2 1.0.0"}


def lines(*records, tail=""):
    text = "".join(f"{json.dumps(record)}\n" for record in records) + tail
    return list(read(io.BytesIO(text.encode()), "manifest.jsonl"))


def line(identity, n, **fields):
    return {"type": "line", "id": identity, "n": n, "status": "ok", "text": identity, **fields}


def test_the_last_record_of_an_id_counts_in_the_order_of_the_script():
    found = lines(JOB, line("b", 2, text="旧"), line("a", 1), line("b", 2, text="新"))
    assert [(entry.id, entry.text, entry.number) for entry in found] == [
        ("a", "a", 1),
        ("b", "新", 2),
    ]


def test_what_the_author_said_is_taken_and_what_the_run_made_is_not():
    (entry,) = lines(
        JOB,
        line(
            "a", 7, character="太郎", voice="v", style={"Happy": 1.0}, seed=3, take=2, speed=1.2,
            file="x/a.wav", duration=1.5, sha256="f", spoken="エー", rate=44100, synth_key="k",
            chapter=1, chapter_title="一", source={"path": "l.csv", "line": 8, "col": 3},
        ),
        {"type": "summary", "ok": 1},
    )  # fmt: skip
    said = entry.delivery
    assert (said.voice, said.style, said.seed, said.take, said.speed) == (
        "v",
        "Happy:1.0",
        3,
        2,
        1.2,
    )
    assert (entry.character, entry.chapter, entry.chapter_title) == ("太郎", 1, "一")
    assert (str(entry.source), entry.file, entry.meta) == ("l.csv:8:3", None, {})


def test_a_killed_run_leaves_half_a_row_at_the_end():
    assert len(lines(JOB, line("a", 1), tail='{"type": "li')) == 1
    with pytest.raises(ScriptError) as caught:
        lines(JOB, tail='{"type": "li\n' + json.dumps(line("a", 1)))
    assert (caught.value.code, caught.value.at) == ("manifest.damaged", "manifest.jsonl:2:1")


def test_a_newer_manifest_is_a_clear_error():
    with pytest.raises(ScriptError) as caught:
        lines({**JOB, "schema": "sbv2.manifest/2"})
    assert str(caught.value) == (
        "error[manifest.version]: the manifest has version 2, this sbv2 reads up to 1\n"
        "  at: manifest.jsonl:1:1\n"
        "  hint: pip install --upgrade sbv2cli"
    )
    assert lines({**JOB, "schema": "sbv2.manifest/1.4"}) == []


def test_skipped_lines_stay_skipped():
    assert lines(JOB, {**line("a", 1), "status": "skipped"})[0].skip
