"""A counting name depends on earlier lines of its group, and on nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.pipeline.file_names import FileNames, NameRules, SpokenAs
from sbv2cli.records import LineId, ScriptLine, Source

SAID = SpokenAs(voice="hana", speaker=None, style=None, take=1, language="ja")
CHARACTERS = st.sampled_from([None, "太郎", "花子", "TARO", "taro"])


def line(name, character):
    at = Source(path="lines.csv", row=1)
    return ScriptLine(id=LineId(name), number=1, text="あ", source=at, character=character)


def names(lines):
    rules = NameRules(ext="wav", template="{character|語り}_{nc:03d}.{ext}")
    file_names = FileNames(rules, lines)
    return {each.id: file_names.of(each, SAID) for each in lines}


@given(
    characters=st.lists(CHARACTERS, max_size=12),
    inserted=CHARACTERS,
    at=st.integers(min_value=0, max_value=12),
)
def test_an_inserted_line_moves_only_those_behind_it_of_its_character(characters, inserted, at):
    lines = [line(f"l{number}", each) for number, each in enumerate(characters)]
    at = min(at, len(lines))
    before, after = names(lines), names([*lines[:at], line("new", inserted), *lines[at:]])
    assert len({name.casefold() for name in after.values()}) == len(after)
    group = (inserted or "").casefold()
    for number, each in enumerate(lines):
        moved = number >= at and (each.character or "").casefold() == group
        assert (before[each.id] != after[each.id]) == moved
