"""A plan of renames can be applied in any order, replaces nothing, and leaves less missing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.pipeline.audit.folder import match
from sbv2cli.pipeline.audit.renames import plan
from sbv2cli.pipeline.audit.wanted import WantedFile
from sbv2cli.records import LineId, ManifestRow, ScriptLine, Source

STEMS = st.sampled_from(["a", "A", "b", "が", "か\u3099", "c", "d"])
FOLDERS = st.sampled_from(["", "x/", "y/"])
ENDINGS = st.sampled_from([".wav", ".ogg"])
TEXTS = st.sampled_from(
    ["おはようございます、みなさん。", "おはようございます、みなさま。", "はい。"]
)
PATHS = st.builds("{}{}{}".format, FOLDERS, STEMS, ENDINGS)


def wanted(number, path, text):
    at = Source(path="lines.csv", row=number + 1)
    line = ScriptLine(id=LineId(f"l{number}"), number=number, text=text, source=at)
    return WantedFile(line=line, file=path, seconds=1.0)


def row(number, path, text):
    at = Source(path="lines.csv", row=number + 1)
    identity = LineId(f"old{number}")
    return ManifestRow(id=identity, number=number, status="ok", file=path, text=text, source=at)


@given(
    lines=st.lists(st.tuples(PATHS, TEXTS), max_size=6, unique_by=lambda one: one[0]),
    there=st.lists(st.tuples(PATHS, TEXTS), max_size=6, unique_by=lambda one: one[0]),
)
def test_a_plan_is_safe_in_any_order(lines, there):
    files = [wanted(number, *one) for number, one in enumerate(lines, start=1)]
    rows = [row(number, *one) for number, one in enumerate(there, start=1)]
    before = {path for path, _ in there}
    matched = match(files, sorted(before))
    steps = plan(matched, rows)
    old, new = [one.old for one in steps], [one.new for one in steps]
    assert len(set(old)) == len(old)
    assert set(old) <= set(matched.left)
    assert len(set(new)) == len(new)
    assert not set(new) & before
    after = (before - set(old)) | set(new)
    assert len(match(files, sorted(after)).missing) == len(matched.missing) - len(steps)
