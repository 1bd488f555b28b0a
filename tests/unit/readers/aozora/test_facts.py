"""Title and people of Aozora texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from sbv2cli.readers.aozora.facts import facts_of
from sbv2cli.readers.script import book_facts

DATA = Path(__file__).parents[3] / "data"


@pytest.mark.parametrize(
    ("rows", "title", "subtitle", "people"),
    [
        (["羅生門", "芥川龍之介"], "羅生門", None, [("芥川龍之介", "aut")]),
        (["探偵会話", "―下駄―", "海野十三"], "探偵会話", "―下駄―", [("海野十三", "aut")]),
        (
            ["赤毛連盟", "The Red-Headed League", "ドイル", "大久保ゆう訳"],
            "赤毛連盟", None, [("ドイル", "aut"), ("大久保ゆう訳", "trl")],
        ),
        (["集", "中期", "著者", "誰か編"], "集", "中期", [("著者", "aut"), ("誰か編", "edt")]),
        (["題"], "題", None, []),
        ([], None, None, []),
    ],
)  # fmt: skip
def test_a_header_says_who_wrote_what(rows, title, subtitle, people):
    facts = facts_of(rows)
    assert (facts.title, facts.subtitle) == (title, subtitle)
    assert [(person.name, person.role) for person in facts.people] == people


def test_ruby_gives_readings_where_it_covers_all():
    facts = facts_of(["心《こころ》［※１］", "夏目漱石《なつめそうせき》"])
    assert (facts.title, facts.title_reading) == ("心", "こころ")
    assert facts.people[0].reading == "なつめそうせき"
    assert facts_of(["インドラの網《あみ》", "宮沢賢治"]).title_reading == "インドラのあみ"
    assert facts_of(["白い網《あみ》"]).title_reading is None


def test_facts_of_a_file():
    facts = book_facts(DATA / "aozora" / "460_ruby.txt")
    assert (facts.title, facts.people[0].name) == ("インドラの網", "宮沢賢治")
    assert book_facts(DATA / "games" / "renpy" / "o2a2-2023.dialogue.tab").title is None
