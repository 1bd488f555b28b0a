"""The measure of carried readings, on two books: what it holds must not get worse."""

from __future__ import annotations

import shell

from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.script import read_script
from tools.carried_readings import carried, repeats

BOOKS = shell.ROOT / "tests" / "data" / "aozora"


def test_most_ruby_that_stands_again_is_what_was_carried():
    lines = list(read_script(BOOKS / "624_ruby_5668.txt", ReaderOptions()))
    found = list(repeats(lines))
    other = {(one.word, one.carried, one.stands) for one in found if one.carried != one.stands}
    assert len(found) >= 10
    assert other <= {("難", "かた", "がた"), ("未", "いま", "ま")}


def test_a_name_is_carried_through_a_book():
    places = carried(list(read_script(BOOKS / "73_ruby_1217.txt", ReaderOptions())))
    assert len(places["甚太夫", "じんだゆう"]) == 40
    assert ("露", "あらわ") not in places
