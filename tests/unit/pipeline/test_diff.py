"""What is new, stale and why, or fresh."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import bare_lines as lines
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.pipeline import diff, manifest_rows
from sbv2cli.pipeline.diff import FileFacts
from sbv2cli.records import AudioFacts, ManifestRow
from sbv2cli.writers.manifest import from_json, to_json

THERE = FileFacts(there=True, whole=True, timings=True)


def made(**fields: Any) -> ManifestRow:
    line = lines.prepared("a", **fields)
    row = manifest_rows.described(line, line.keys("r"))
    audio = AudioFacts(format="wav/pcm16", rate=lines.RATE, bytes=1)
    return replace(row, file=line.file, audio=audio)


def compare(row: ManifestRow | None, file: FileFacts = THERE, **fields: Any) -> diff.Decision:
    line = lines.prepared("a", **fields)
    return diff.compare(line, line.keys("r"), row, file, timings=True)


def test_what_is_as_it_was_is_fresh() -> None:
    assert compare(made()).state == "fresh"


def test_a_row_is_the_same_after_the_disk() -> None:
    row = made()
    assert from_json(to_json(row)) == row


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"settings": replace(lines.SETTINGS, speed=1.25)}, "speed 1→1.25"),
        ({"settings": replace(lines.SETTINGS, take=2)}, "take 1→2"),
        ({"settings": replace(lines.SETTINGS, style={0: 0.5})}, "style Neutral:1→Neutral:0.5"),
    ],
)
def test_a_change_says_what_it_is(change: dict[str, Any], why: str) -> None:
    decision = compare(made(), **change)
    assert (decision.state, decision.why) == ("stale", (why,))


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (FileFacts(there=False, whole=False, timings=False), diff.MISSING),
        (FileFacts(there=True, whole=False, timings=True), diff.DAMAGED),
        (FileFacts(there=True, whole=True, timings=False), diff.TIMINGS),
    ],
)
def test_a_file_that_is_not_as_it_was(file: FileFacts, why: str) -> None:
    assert compare(made(), file).why == (why,)


def test_a_moved_file_is_stale() -> None:
    assert compare(made(), file_settings=lines.prepared("a").file_settings).state == "fresh"
    line = lines.prepared("a", file="b.wav")
    decision = diff.compare(line, line.keys("r"), made(), THERE, timings=True)
    assert decision.why == (diff.MOVED,)


@pytest.mark.parametrize("status", ["failed", "cancelled", "skipped"])
def test_what_did_not_end_well_is_new(status: Any) -> None:
    assert compare(replace(made(), status=status)).state == "new"
    assert compare(None).state == "new"


@given(speed=st.sampled_from([1.0, 1.5]), seed=st.integers(0, 2), gain=st.sampled_from([0.0, -3.0]))
def test_fresh_exactly_where_nothing_that_is_heard_differs(
    speed: float, seed: int, gain: float
) -> None:
    settings = replace(lines.SETTINGS, speed=speed, seed=seed)
    file_settings = replace(lines.prepared("a").file_settings, gain_db=gain)
    same = (speed, seed, gain) == (1.0, 0, 0.0)
    decision = compare(made(), settings=settings, file_settings=file_settings)
    assert (decision.state == "fresh") == same
