"""Lines in shards, and a line that its worker dies of."""

from __future__ import annotations

import os
import sys
from dataclasses import replace

import pytest
import tiny_voice
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.executors.processes import ProcessExecutor
from sbv2cli.languages.language import ReadOptions
from sbv2cli.pipeline.diff import Outlined
from sbv2cli.pipeline.file_names import NameRules
from sbv2cli.pipeline.job import Job
from sbv2cli.pipeline.pending_sounds import PendingSounds
from sbv2cli.pipeline.prepare import prepare
from sbv2cli.pipeline.whole_lines import (
    SHARD_CHARACTERS,
    SHARD_LINES,
    MakeLines,
    SoundWork,
    shards,
)
from sbv2cli.pipeline.workers import workers
from sbv2cli.records import LineId, ScriptLine, Source
from sbv2cli.settings.cast import Cast
from sbv2cli.settings.keys import BUILT_IN_DELIVERY
from sbv2cli.writers.audio.formats import Encoding


@given(st.lists(st.integers(0, 3000), max_size=200), st.integers(1, 8))
def test_shards_are_all_lines_in_their_order(characters, count):
    items = [
        SoundWork(id=str(n), voice="v", ids=(), lines=(), characters=each)
        for n, each in enumerate(characters)
    ]
    found = list(shards(items, count))
    assert [item for shard in found for item in shard] == items
    for shard in found:
        assert 1 <= len(shard) <= SHARD_LINES
        assert len(shard) == 1 or sum(one.characters for one in shard) <= SHARD_CHARACTERS
    # At the end no worker is left with much.
    assert not found or len(found[-1]) == 1


class Poison:
    """Ends the process that takes it out of its packing."""

    def __reduce__(self):
        return os._exit, (7,)


@pytest.mark.skipif(sys.platform == "win32", reason="processes of this kind")
def test_a_line_that_kills_twice_fails_alone(tmp_path):
    tiny_voice.write(tmp_path / "voice")
    job = Job(
        output=tmp_path / "out",
        manifest=tmp_path / "out" / "manifest.jsonl",
        delivery=replace(BUILT_IN_DELIVERY, voice=str(tmp_path / "voice")),
        cast=Cast(),
        reading=ReadOptions(),
        names=NameRules(ext="wav"),
        encoding=Encoding(format="wav", subtype="pcm16"),
    )
    lines = [
        ScriptLine(
            id=LineId(f"r{n}"), number=n, text=f"{n}番の行です。", source=Source(path="s", row=n)
        )
        for n in range(1, 9)
    ]
    prepared = prepare(lines, job)
    pending = PendingSounds(job)
    for one in prepared:
        pending.add(Outlined(prepared=one))
    items = list(pending)
    deadly = replace(items[3], voice=Poison())
    executor = ProcessExecutor()
    specs = {
        voice: executor.here(spec)[0] for voice, spec in workers(prepared, job.machine).items()
    }
    function = MakeLines.of(prepared, specs, job)
    shard = [*items[:3], deadly, *items[4:]]
    found = {made.id: made for made in executor.pool.run(function, iter([shard]), 2)}
    executor.close()
    (line,) = found.pop(items[3].id).lines
    assert line.failure is not None
    assert line.failure.code == "engine.worker-died"
    assert "exit status 7" in line.failure.message
    assert len(found) == 7
    for made in found.values():
        assert made.lines[0].row is not None
        assert made.lines[0].content.data.startswith(b"RIFF")
