"""Several takes of a line, and the choice of one."""

from __future__ import annotations

import pytest

from sbv2cli.errors import ScriptError, UsageError
from sbv2cli.pipeline import takes
from sbv2cli.records import Delivery, LineId, ScriptLine, Source
from sbv2cli.settings.cast import Cast, Role, cast_of


def line(name, number=1, **fields):
    at = Source(path="a.csv", row=number + 1)
    fields = {"text": "あ", **fields}
    return ScriptLine(id=LineId(name), number=number, source=at, **fields)


def shown(lines):
    return [(each.id, each.take_of, each.delivery.take) for each in lines]


@pytest.mark.parametrize(
    ("written", "expected"),
    [("2", (2,)), ("1..3", (1, 2, 3)), ("3,1", (1, 3)), ("1..2, 4,2", (1, 2, 4)), ("3..3", (3,))],
)
def test_takes_as_people_write_them(written, expected):
    assert takes.parse(written) == expected


@pytest.mark.parametrize("written", ["", "0", "3..1", "1-3", "..3", "a", "1,,2", "1..9999", "-1"])
def test_what_is_no_take_is_refused(written):
    with pytest.raises(UsageError) as refused:
        takes.parse(written)
    assert refused.value.code == "setting.take"


def test_each_line_gets_its_takes_but_where_one_is_fixed():
    cast = cast_of({"花子": Role(name="花子", delivery=Delivery(take=5))})
    lines = [
        line("a"),
        line("b", 2, delivery=Delivery(take=2)),
        line("c", 3, skip=True),
        line("d", 4, text=" "),
        line("e", 5, character="花子"),
    ]
    assert shown(takes.expand(lines, (1, 3), {}, cast)) == [
        ("a-take1", "a", 1),
        ("a-take3", "a", 3),
        ("b", None, 2),
        ("c", None, None),
        ("d", None, None),
        ("e", None, None),
    ]


def test_one_take_leaves_the_lines_as_they_are():
    lines = [line("a"), line("b", 2)]
    assert takes.expand(lines, (2,), {}, Cast()) == lines
    assert takes.expand(lines, (), {}, Cast()) == lines


def test_the_chosen_take_has_the_plain_id_also_where_the_script_is_a_manifest_of_takes():
    lines = [line("a"), line("b", 2)]
    of_takes = takes.expand(lines, (1, 2), {}, Cast())
    for script in (lines, of_takes):
        found = takes.expand(script, (), {"a": 2}, Cast())
        assert shown(found)[0] == ("a", None, 2)
        assert [each.id for each in found].count("a") == 1
    assert takes.expand(of_takes, (), {}, Cast()) == of_takes


def test_a_selection_means_all_takes_of_a_line():
    lines = [line("a"), line("b", 2)]
    several = takes.expand(lines, (1, 2), {}, Cast())
    assert takes.ids_of(lines[:1], several) == {"a-take1", "a-take2"}
    # And of a manifest of takes, just the takes that were selected.
    assert takes.ids_of(several[:1], several) == {"a-take1"}
    chosen = takes.expand(several, (), {"a": 2}, Cast())
    assert takes.ids_of(several[:2], chosen) == {"a"}


def test_an_id_that_a_take_would_have_is_refused():
    other = line("a-take2", 2, delivery=Delivery(take=1))
    with pytest.raises(ScriptError) as refused:
        takes.expand([line("a"), other], (1, 2), {}, Cast())
    assert refused.value.code == "take.id"


@pytest.mark.parametrize(
    "written",
    [
        "id,take,note\na,2,\nb,3,nice\nc,,\n",
        "\ufeffテイク,台詞ID\n2,a\n3,b\n",
        "id\ttake\na\t2\nb\t3\n",
        '{"id":"a","take":2}\n\n{"id":"b","take":"3"}\n',
    ],
)
def test_the_choice_is_a_table_or_json_lines(tmp_path, written):
    path = tmp_path / "picks"
    path.write_text(written, encoding="utf-8")
    assert takes.read_choice(path) == {"a": 2, "b": 3}


@pytest.mark.parametrize(
    ("written", "row"),
    [
        ("a,2\n", 1),
        ("", 1),
        ("id,take\na,x\n", 2),
        ("id,take\na,0\n", 2),
        ("id,take\na,1\na,2\n", 3),
        ('{"id":"a"}\n', 1),
        ('{"id":"a","take":1}\n[1]\n', 2),
        ('{"id":\n', 1),
    ],
)
def test_a_choice_that_cannot_be_read_is_refused_with_its_row(tmp_path, written, row):
    path = tmp_path / "picks"
    path.write_text(written, encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        takes.read_choice(path)
    assert refused.value.code == "take.choice"
    assert refused.value.at == f"{path}:{row}"


def test_a_choice_of_no_line_is_refused():
    with pytest.raises(UsageError) as refused:
        takes.expand([line("a1")], (), {"a2": 1}, Cast())
    assert refused.value.code == "take.line-unknown"
    assert "a1" in (refused.value.hint or "")
