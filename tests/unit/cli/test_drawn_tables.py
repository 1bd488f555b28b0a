"""Tables on a terminal: side by side, or, where it is narrow, a row below the other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.cli.drawn_tables import drawn
from sbv2cli.cli.wrapping import columns, width_of

HEADINGS = ("行", "id", "", "本文")
ROWS = [
    ("l.csv:2:7", "a1", "", "橋を渡る。"),
    ("l.csv:3:7", "a2", "", "こんにちは、今日はいい天気ですね。"),
]


def test_what_has_room_stands_side_by_side_without_empty_columns():
    assert drawn(HEADINGS, ROWS, 60) == [
        "行         id  本文",
        "l.csv:2:7  a1  橋を渡る。",
        "l.csv:3:7  a2  こんにちは、今日はいい天気ですね。",
    ]


def test_a_long_cell_is_wrapped_and_no_line_begins_with_a_full_stop():
    assert drawn(HEADINGS, ROWS, 31)[2:] == [
        "l.csv:3:7  a2  こんにちは、今日",
        "               はいい天気です",
        "               ね。",
    ]


def test_on_a_narrow_terminal_the_cells_of_a_row_stand_in_turn():
    assert drawn(HEADINGS, ROWS, 22) == [
        "l.csv:2:7",
        "  id: a1",
        "  本文: 橋を渡る。",
        "l.csv:3:7",
        "  id: a2",
        "  本文: こんにちは、",
        "    今日はいい天気です",
        "    ね。",
    ]


def test_numbers_stand_at_their_right_edge_below_a_title():
    assert drawn(("", "a"), [("x", "1"), ("y", "10")], 40, title="t", right=True) == [
        "t", "    a", "x   1", "y  10",
    ]  # fmt: skip


def test_a_table_of_nothing_has_no_lines():
    assert drawn(HEADINGS, [], 40, title="t") == []


@given(
    st.lists(st.tuples(*[st.text("あa。' /ー", max_size=40)] * 3), min_size=1, max_size=4),
    st.integers(8, 90),
)
def test_nothing_is_cut_and_no_line_is_wider_than_the_terminal(rows, width):
    lines = drawn(("", "", ""), rows, width)
    assert all(columns(line) <= width + 1 for line in lines)  # a full stop may hang out
    written, shown = ("".join(map("".join, rows)), "".join(lines))
    assert sorted(written.replace(" ", "")) == sorted(shown.replace(" ", ""))


def test_the_variable_columns_is_stronger_than_the_terminal(monkeypatch, tmp_path):
    with (tmp_path / "no terminal").open("w") as file:
        monkeypatch.setenv("COLUMNS", "40")
        assert width_of(file) == 40
        monkeypatch.setenv("COLUMNS", "0")
        assert width_of(file) == 80
